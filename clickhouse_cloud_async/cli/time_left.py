"""An estimate of how long an action over many services takes from now on."""

from __future__ import annotations

import time
from collections import Counter
from typing import TYPE_CHECKING

from clickhouse_cloud_async.apis.clickhouse.operations.services import LIFECYCLE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from clickhouse_cloud_async.fleet import Outcome

PATHS: Mapping[str, tuple[str, ...]] = {
    "start": ("starting",),
    "stop": ("stopping",),
    "wake": ("awaking",),
    "restart": ("stopping", "stopped", "starting"),
    "delete": ("stopping", "stopped", "terminating", "terminated"),
}
"""The states that a service passes through during an action."""


class TimeLeft:
    """Estimates from the requests that are left, the rate budget, and how long states last.

    How long a state lasts is what was seen so far, and before that what is typical in the cloud.

    Args:
        action: What is done.
        wait: Whether services are followed.
        needed: How many requests change a service, by its place in the report.
        pace: Tells how many requests go in a second for each organisation; None for no limit.
    """

    def __init__(
        self,
        action: str,
        *,
        wait: bool,
        needed: Callable[[int], int],
        pace: Callable[[], float | None],
    ) -> None:
        self._path = PATHS.get(action, ())
        self._wait = wait
        self._needed = needed
        self._pace = pace
        self._seen: dict[int, tuple[str | None, float | None]] = {}
        self._lasted: dict[str, tuple[int, float]] = {}

    def estimate(self, outcomes: Sequence[Outcome], over: Mapping[int, object]) -> float | None:
        """Give the seconds that are left, as far as they can be told.

        Args:
            outcomes: What is known of each service.
            over: The places of those that are at their end.
        """
        now = time.monotonic()
        requests = Counter[str]()
        longest = 0.0
        for place, outcome in enumerate(outcomes):
            self._see(place, outcome.after, now)
            if place in over:
                continue
            if outcome.after not in LIFECYCLE.transient:
                left = self._needed(place) - len(outcome.commands)
                requests[outcome.organization_id] += max(0, left)
            if self._wait:
                longest = max(longest, self._rest(place, now))
        pace = self._pace()
        if (most := max(requests.values(), default=0)) and pace is not None:
            way = self._sum(self._path) if self._wait else 0.0
            longest = max(longest, most / pace + way)
        return longest or None

    def _see(self, place: int, state: str | None, now: float) -> None:
        """Learn how long a state lasts from one whose beginning and end were both seen."""
        before, since = self._seen.get(place, (None, None))
        if place not in self._seen:
            self._seen[place] = (state, None)
        elif state != before:
            if before is not None and before in LIFECYCLE.transient and since is not None:
                count, total = self._lasted.get(before, (0, 0.0))
                self._lasted[before] = (count + 1, total + now - since)
            self._seen[place] = (state, now)

    def _rest(self, place: int, now: float) -> float:
        """Seconds until a service that is on its way is where it should be."""
        state, since = self._seen[place]
        if state is None or (state not in LIFECYCLE.transient and state not in self._path):
            return 0.0
        passed = 0.0 if since is None else now - since
        later = self._path[self._path.index(state) + 1 :] if state in self._path else ()
        return max(0.0, self._sum((state,)) - passed) + self._sum(later)

    def _sum(self, states: Iterable[str]) -> float:
        return sum(map(self._typical, states))

    def _typical(self, state: str) -> float:
        count, total = self._lasted.get(state, (0, 0.0))
        return total / count if count else LIFECYCLE.transient.get(state, 0.0)
