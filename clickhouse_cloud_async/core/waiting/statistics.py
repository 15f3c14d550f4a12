"""The state of a poller."""

from __future__ import annotations

import attrs


@attrs.frozen(kw_only=True)
class PollerStatistics:
    """The state of one poller of a client, at one moment.

    Attributes:
        kind: Kind of the polled resources, such as ``service``.
        parent: Value of each path parameter of their parent, such as the organisation.
        waits: Number of waits and followings that the poller serves.
        watches: Number of watches of all resources that the poller serves.
        requests: Number of requests that the poller has sent so far.
        failures: Number of failed polls since the last successful one.
        next_poll_in: Seconds until the next poll is due; None if none is needed.
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
