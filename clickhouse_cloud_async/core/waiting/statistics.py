"""The state of a poller."""

from __future__ import annotations

import attrs


@attrs.frozen(kw_only=True)
class PollerStatistics:
    """The state of one poller of a client, at one moment.

    Attributes:
        kind: What it polls, such as ``service``.
        parent: Value of each path parameter of what it polls, such as the organisation.
        waits: Waits and followings that it serves.
        watches: Watches of everything that it serves.
        requests: Requests that it has sent so far.
        failures: Polls that have failed since the last one that succeeded.
        next_poll_in: Seconds until the next poll is due; None while nothing is waited for.
    """

    kind: str
    parent: dict[str, str]
    waits: int
    watches: int
    requests: int
    failures: int
    next_poll_in: float | None

    def __str__(self) -> str:
        due = "idle" if self.next_poll_in is None else f"next poll in {self.next_poll_in:.1f} s"
        failed = f", {self.failures} failed in a row" if self.failures else ""
        return (
            f"{self.kind}: {self.waits} waits, {self.watches} watches,"
            f" {self.requests} requests{failed}; {due}"
        )
