"""The states of a service and the ways between them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import attrs

from clickhouse_cloud_async.emulator.problems import bad_request

if TYPE_CHECKING:
    from collections.abc import Mapping
    from random import Random

GONE: Final = "gone"
"""No state of the API: the service is not there any more."""

PASSING: Mapping[str, tuple[str, float]] = {
    "provisioning": ("starting", 60.0),
    "starting": ("running", 45.0),
    "stopping": ("stopped", 30.0),
    "awaking": ("running", 20.0),
    "terminating": (GONE, 30.0),
}
"""States that pass by themselves: what follows and after how many emulated seconds, typically."""

JITTER = 0.1
"""By how much of itself a typical duration may be shorter or longer."""

COMMANDS: Mapping[str, tuple[frozenset[str], str]] = {
    "start": (frozenset({"stopped"}), "starting"),
    "stop": (frozenset({"running", "idle", "degraded", "partially_running"}), "stopping"),
    "awake": (frozenset({"idle"}), "awaking"),
}
"""Commands: the states that they work in and the state that they lead to."""


@attrs.define
class Lifecycle:
    """Where a service is between provisioning and its end.

    Args:
        state: State as the API names it, or `GONE`.
        since: When the state began, in emulated seconds.
        random: Where the jitter of durations comes from.
    """

    state: str
    since: float
    random: Random = attrs.field(repr=False)
    _ends: float | None = attrs.field(default=None, init=False)

    def __attrs_post_init__(self) -> None:
        self._enter(self.state, self.since)

    def settle(self, now: float, idle_after: float | None) -> None:
        """Go through every transition that is due, in order.

        Args:
            now: Emulated seconds.
            idle_after: Emulated seconds after which a running service goes idle; None for never.
        """
        while (due := self._next(idle_after)) is not None and due[1] <= now:
            self._enter(*due)

    def command(self, command: str, now: float) -> None:
        """Start, stop or wake.

        Args:
            command: One of `COMMANDS`.
            now: Emulated seconds.

        Raises:
            Problem: 400 in a state that the command does not work in.
        """
        allowed, state = COMMANDS[command]
        if self.state == state:
            # The same command again, perhaps because the first answer got lost: it goes on.
            return
        if self.state not in allowed:
            raise bad_request(
                f"{command} works on a service that is {' or '.join(sorted(allowed))}."
                f" Current state: {self.state}"
            )
        self._enter(state, now)

    def terminate(self, now: float) -> None:
        """Begin the end.

        Args:
            now: Emulated seconds.

        Raises:
            Problem: 400 in any state but ``stopped``.
        """
        if self.state != "stopped":
            raise bad_request(f"only a stopped service can be deleted. Current state: {self.state}")
        self._enter("terminating", now)

    def _next(self, idle_after: float | None) -> tuple[str, float] | None:
        if self.state == "running" and idle_after is not None:
            return "idle", self.since + idle_after
        if self._ends is not None:
            return PASSING[self.state][0], self._ends
        return None

    def _enter(self, state: str, now: float) -> None:
        self.state = state
        self.since = now
        self._ends = None
        if state in PASSING:
            self._ends = now + PASSING[state][1] * self.random.uniform(1 - JITTER, 1 + JITTER)
