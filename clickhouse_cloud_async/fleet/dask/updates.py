"""Updates of outcomes, sent by a worker to the client that waits for them.

Updates go through the event log of the scheduler, which keeps them. So they contain no results and
no errors, and their size is bounded.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, TypedDict

from clickhouse_cloud_async.fleet.report import Outcome, OutcomeStatus

if TYPE_CHECKING:
    from collections.abc import Callable

TOPIC = "cloud-fleet"
"""Topic of updates in the scheduler's event log."""

BATCH_SIZE = 100
"""Maximum number of outcomes in one message."""

BATCH_INTERVAL = 0.2
"""Seconds for which updates are collected before they are sent."""


class Message(TypedDict):
    """Update of some services.

    Attributes:
        shard: Key of the task that sent it.
        outcomes: Their outcomes as JSON values.
        finished: IDs of the services that are finished.
        remaining: Estimated seconds left for all services of the task; None if unknown.
    """

    shard: str
    outcomes: list[dict[str, Any]]
    finished: list[str]
    remaining: float | None


class Updates:
    """Publishes updates of services from a worker.

    Args:
        shard: Key of the task.
        send: Called with each message to send.
    """

    def __init__(self, shard: str, send: Callable[[Message], None]) -> None:
        self._part = shard
        self._send = send
        self._changed: dict[str, Outcome] = {}
        self._finished: set[str] = set()
        self._remaining: float | None = None
        self._timer: asyncio.TimerHandle | None = None

    def publish_all(self, outcomes: list[Outcome], remaining: float | None) -> None:
        """Publish all outcomes and the estimated time left at once."""
        self._remaining = remaining
        self._changed = {outcome.id: outcome for outcome in outcomes}
        self.send()

    def add(self, outcome: Outcome, remaining: float | None) -> None:
        """Publish an outcome and the estimated time left with the next message."""
        self._changed[outcome.id] = outcome
        self._remaining = remaining
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(BATCH_INTERVAL, self.send)

    def finish(self, outcome: Outcome) -> None:
        """Mark a service as finished in the next message."""
        self._finished.add(outcome.id)

    def send(self) -> None:
        """Send the collected updates."""
        self.stop()
        changed, self._changed = list(self._changed.values()), {}
        for start in range(0, len(changed), BATCH_SIZE):
            piece = changed[start : start + BATCH_SIZE]
            self._send(
                {
                    "shard": self._part,
                    "outcomes": [outcome.to_dict() for outcome in piece],
                    "finished": [o.id for o in piece if o.id in self._finished],
                    "remaining": self._remaining,
                }
            )

    def stop(self) -> None:
        """Cancel the next message."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None


def outcome_of(document: dict[str, Any]) -> Outcome:
    """Return the outcome in an update, which has neither result nor error.

    Args:
        document: The outcome as JSON values.
    """
    known: dict[str, Any] = {name: value for name, value in document.items() if name != "error"}
    known["status"] = OutcomeStatus(known["status"])
    return Outcome(**known)
