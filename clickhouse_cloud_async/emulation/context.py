"""What is known of a request on its way through the pipeline."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .endpoints import Endpoint
    from .faults import Fault
    from .json_values import JsonObject
    from .messages import Incoming, Reply
    from .problems import Problem
    from .rate_limit import RateLimiter
    from .store import Key, Path
    from .world import World


@attrs.frozen
class Gate:
    """What an emulator lets in, apart from the credentials that its world holds.

    Args:
        token: A bearer token that is accepted in their place.
        limiter: Counts requests per credential, or None for no limit.
    """

    token: str = attrs.field(repr=False)
    limiter: RateLimiter | None


@attrs.define(eq=False)
class Context:
    """A request on its way; every stage of the pipeline adds what it finds out.

    Args:
        world: What the request works on.
        gate: What is let in.
        incoming: The request as it arrived.
        request_id: Its id.
        content: Its JSON body; an empty object where none was sent.
        headers: Headers that its response is going to have.
        identity: Where the document of its credential is; None for the emulator's token, and
            before it is authenticated.
        endpoint: What was asked for; None before it is located.
        segments: The segments of its path, decoded.
        path: Where in the store the request leads.
        parameters: Path parameters by name.
        query: Query parameters by name, converted to their JSON types, defaults filled in.
        body: The body, checked; empty where none was sent.
        faults: What goes wrong with it on purpose.
        stale: What documents are shown as, in encoded form, where a read lags behind.
        delay: Real seconds by which its response leaves late.
        reply: What it is answered with; None before it is handled.
        problem: Why it is refused, which ends its way.
    """

    world: World
    gate: Gate
    incoming: Incoming
    request_id: str
    content: object = attrs.field(repr=False)
    headers: Mapping[str, str] = attrs.Factory(dict[str, str])
    identity: Path | None = None
    endpoint: Endpoint | None = None
    segments: tuple[str, ...] = ()
    path: Path = ()
    parameters: Mapping[str, str] = attrs.Factory(dict[str, str])
    query: Mapping[str, Any] = attrs.Factory(dict[str, Any])
    body: JsonObject = attrs.field(factory=dict[str, Any], repr=False)
    faults: tuple[Fault, ...] = ()
    stale: Mapping[Key, bytes | None] = attrs.Factory(dict["Key", "bytes | None"])
    delay: float = 0.0
    reply: Reply | None = None
    problem: Problem | None = None

    @property
    def located(self) -> Endpoint:
        """What was asked for, in a stage that comes after locating it."""
        assert self.endpoint is not None
        return self.endpoint
