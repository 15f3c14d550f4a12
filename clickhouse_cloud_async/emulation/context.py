"""The context of a request in the pipeline."""

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
    """Access to an emulator, apart from the credentials in its world.

    Args:
        token: A bearer token that is accepted in place of credentials.
        limiter: Counts requests per credential, or None for no limit.
    """

    token: str = attrs.field(repr=False)
    limiter: RateLimiter | None


@attrs.define(eq=False)
class Context:
    """The context of a request; every stage of the pipeline adds its results.

    Args:
        world: The world of the emulator.
        gate: The access settings.
        incoming: The request as it arrived.
        request_id: Its id.
        content: Its JSON body; an empty object if none was sent.
        headers: Headers for its response.
        identity: Key of its credential's document; None for the emulator's token, and before
            authentication.
        endpoint: Its endpoint; None before it is located.
        segments: The segments of its path, decoded.
        path: Its place in the store.
        parameters: Path parameters by name.
        query: Query parameters by name, converted to their JSON types, defaults filled in.
        body: The body, checked; empty if none was sent.
        faults: Faults that are injected.
        stale: Earlier versions of documents that a stale read shows, in encoded form.
        delay: Real seconds by which its response is delayed.
        reply: Its result; None before it is handled.
        problem: The reason of its refusal.
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
        """The endpoint, in stages after the request was located."""
        assert self.endpoint is not None
        return self.endpoint
