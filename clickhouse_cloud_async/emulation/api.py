"""The description of an emulated API."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

import attrs

if TYPE_CHECKING:
    from collections.abc import Callable

    from clickhouse_cloud_async.core.contract import Contract

    from .context import Context
    from .endpoints import Endpoint
    from .messages import Outgoing
    from .problems import Problem
    from .registry import AnyRegistry
    from .store import Path
    from .validation import MismatchError

Stage: TypeAlias = "Callable[[Context], None]"
"""A stage of the pipeline.

It adds its results to the context, or raises a `Problem`, which ends the request.
"""


@attrs.frozen(eq=False)
class EmulatedAPI:
    """An API that can be emulated.

    Args:
        contract: Its operations and schemas.
        registry: The handlers of its operations.
        home: From the template of a request's path and the path, segment by segment, to the place
            in the store. Each resource has one home, below the resource that it is deleted with,
            even if the API's paths do not nest like its resources. An empty place means that
            nothing is stored, as for the name of a cloud.
        authenticate: The stage that identifies the caller, and counts the request.
        authorise: The stage that checks the caller's permissions.
        no_route: From the context of a request without an operation to its refusal.
        call: Creates the argument of handlers.
        wrap: From a context with a reply to the response.
        refuse: From a problem and the request's id to the response. It is also used for malformed
            requests.
        mismatch: From a value in a request that violates its schema to the problem.
        max_body_bytes: The largest request body that is accepted; the response is 413 otherwise.
    """

    contract: Contract
    registry: AnyRegistry
    home: Callable[[tuple[str, ...], tuple[str, ...]], Path]
    authenticate: Stage
    authorise: Stage
    no_route: Callable[[Context], Problem]
    call: Callable[[Context], Any]
    wrap: Callable[[Context], Outgoing]
    refuse: Callable[[Problem, str], Outgoing]
    mismatch: Callable[[Endpoint, MismatchError], Problem]
    max_body_bytes: int = 1024 * 1024
