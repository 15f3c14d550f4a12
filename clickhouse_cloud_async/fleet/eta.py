"""Estimates the time left of an action on many services."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, NamedTuple

import attrs

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from clickhouse_cloud_async.core.caller import Caller

    from .kind import Kind
    from .report import Outcome


class _Place(NamedTuple):
    """A stage of progress; services at the same stage are counted together.

    Attributes:
        state: Its state; None once it is gone.
        commands: The commands that are still to be sent.
    """

    state: str | None
    commands: tuple[str, ...]


@attrs.define(kw_only=True)
class _Part:
    """A service that is not finished.

    Attributes:
        commands: All commands to send.
        caller: The caller that sends them.
        place: Its stage.
        since: Time at which it was first seen in its state.
        is_whole: Whether it was seen to enter its state.
    """

    commands: tuple[str, ...]
    caller: Caller
    place: _Place
    since: float
    is_whole: bool = False


class ETA:
    """Estimates from the remaining requests, the rate limits, and the duration of states.

    The duration of a state is the measured one, or at first the typical one in the cloud. Commands
    without a transition may take any time, which is estimated from the pace so far.

    An update takes constant time for any number of services.

    Args:
        kind: Kind of the resources; None if their states are unknown.
        wait: Whether services are followed to the end of their transitions.
    """

    def __init__(self, kind: Kind | None, *, wait: bool) -> None:
        self._passes: Mapping[str, tuple[str, ...]] = {} if kind is None else kind.passes
        self._usual: Mapping[str, float] = {} if kind is None else kind.lifecycle.transitional
        self._wait = wait
        self._began = time.monotonic()
        self._ended = 0
        self._goes_by_pace = True
        self._speed = 1.0
        self._parts: dict[int, _Part] = {}
        self._places: dict[_Place, dict[int, float]] = {}
        self._requests: dict[Caller, int] = {}
        self._queues: dict[Caller, float] = {}
        self._lasted: dict[str, tuple[int, float]] = {}

    def expect(self, outcome: Outcome, commands: Iterable[str], caller: Caller) -> None:
        """Add a service.

        Args:
            outcome: Its outcome.
            commands: The commands to send.
            caller: The caller that sends them.
        """
        place = _Place(outcome.after, tuple(commands))
        self._parts[id(outcome)] = part = _Part(
            commands=place.commands, caller=caller, place=place, since=time.monotonic()
        )
        self._speed = caller.pollers.polling.speed
        self._goes_by_pace &= self._passes.keys().isdisjoint(place.commands)
        self._enter(id(outcome), part)

    def see(self, outcome: Outcome) -> None:
        """Update the stage of a service."""
        part = self._parts.get(id(outcome))
        if part is None:
            return
        place = _Place(outcome.after, part.commands[len(outcome.commands) :])
        if place == part.place:
            return
        self._leave(id(outcome), part)
        if place.state != part.place.state:
            now = time.monotonic()
            self._learn(part, now)
            part.since, part.is_whole = now, True
        part.place = place
        self._enter(id(outcome), part)

    def finish(self, outcome: Outcome) -> None:
        """Remove a service."""
        self.see(outcome)
        part = self._parts.pop(id(outcome), None)
        if part is not None:
            self._leave(id(outcome), part)
            self._ended += bool(part.commands)

    @property
    def seconds(self) -> float | None:
        """Estimated seconds left; None if unknown."""
        if not self._parts:
            return 0.0
        now, queue = time.monotonic(), max(self._queues.values())
        longest = max(self._rest(place, now, queue) for place in self._places)
        if self._goes_by_pace and self._ended:
            longest = max(longest, (now - self._began) / self._ended * len(self._parts))
        return longest or None

    def _rest(self, place: _Place, now: float, queue: float) -> float:
        """Return the seconds until the last service at a stage is finished."""
        moments = self._places[place]
        latest = moments[next(reversed(moments))]
        rest = max(0.0, latest + self._lasts(place.state) - now)
        if not place.commands:
            return rest
        followed = place.commands if self._wait else place.commands[:-1]
        states = (state for command in followed for state in self._passes.get(command, ()))
        return max(rest, queue) + sum(map(self._lasts, states))

    def _enter(self, key: int, part: _Part) -> None:
        self._places.setdefault(part.place, {})[key] = part.since
        self._count(part.caller, len(part.place.commands))

    def _leave(self, key: int, part: _Part) -> None:
        moments = self._places[part.place]
        del moments[key]
        if not moments:
            del self._places[part.place]
        self._count(part.caller, -len(part.place.commands))

    def _count(self, caller: Caller, requests: int) -> None:
        """Change the number of requests that wait for a rate limit."""
        self._requests[caller] = left = self._requests.get(caller, 0) + requests
        limit = caller.rate_limit
        self._queues[caller] = 0.0 if limit is None else left * limit.per / limit.requests

    def _learn(self, part: _Part, now: float) -> None:
        """Record the duration of a state that was seen from start to end."""
        state = part.place.state
        if state is not None and state in self._usual and part.is_whole:
            count, total = self._lasted.get(state, (0, 0.0))
            self._lasted[state] = (count + 1, total + now - part.since)

    def _lasts(self, state: str | None) -> float:
        if state in self._lasted:
            count, total = self._lasted[state]
            return total / count
        return self._usual.get(state or "", 0.0) / self._speed
