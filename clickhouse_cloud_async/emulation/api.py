"""What tells one emulated API from another, as one value."""

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
"""A step of a request's way.

It adds to the context what it finds out, or raises a `Problem`, which ends the way.
"""


@attrs.frozen(eq=False)
class EmulatedAPI:
    """An API that can be emulated.

    Args:
        contract: Its operations, and what its objects look like.
        registry: What answers its operations.
        home: From the template of a request's path and the path, segment by segment, to the place
            in the store. Each resource has one home, below what it ends with; an API whose paths
            do not nest like its things do says so here. An empty place stands for what is not
            kept, such as the name of a cloud.
        authenticate: The stage that finds out whose request it is, and counts it.
        authorise: The stage that makes sure that the caller may do what it asks for.
        no_route: From the context of a request that no operation is found for to its refusal.
        call: Makes what handlers are given.
        wrap: From a context with a reply to the response.
        refuse: From a problem and the request's id to the response. It is also used for what is
            no request that can be read.
        mismatch: From a value in a request that does not fit to the problem that tells it.
        max_body_bytes: The largest request body that is read; beyond it the response is 413.
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
