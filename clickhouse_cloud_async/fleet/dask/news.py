"""What becomes of services, on its way from a worker to who waits for it.

News go through the log of events that the scheduler keeps, so they hold no results and no errors,
and come in pieces of a bounded size.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, TypedDict

from clickhouse_cloud_async.fleet.report import Outcome, OutcomeStatus

if TYPE_CHECKING:
    from collections.abc import Callable

TOPIC = "cloud-fleet"
"""What the scheduler keeps news under."""

PIECE = 100
"""The most outcomes in one message."""

PAUSE = 0.2
"""Seconds for which news are collected."""


class Message(TypedDict):
    """News of some services.

    Attributes:
        part: Key of the task that they come from.
        outcomes: What is known of each, as JSON has it.
        finished: The ids of those that are at their end.
        remaining: About how many seconds are left for all of its services; None where that is
            unknown.
    """

    part: str
    outcomes: list[dict[str, Any]]
    finished: list[str]
    remaining: float | None


class News:
    """Tells of services from a worker.

    Args:
        part: Key of the task.
        send: Sends a message.
    """

    def __init__(self, part: str, send: Callable[[Message], None]) -> None:
        self._part = part
        self._send = send
        self._changed: dict[str, Outcome] = {}
        self._finished: set[str] = set()
        self._remaining: float | None = None
        self._alarm: asyncio.TimerHandle | None = None

    def announce(self, outcomes: list[Outcome], remaining: float | None) -> None:
        """Tell at once which services there are, and how long it is likely to take."""
        self._remaining = remaining
        self._changed = {outcome.service_id: outcome for outcome in outcomes}
        self.send()

    def add(self, outcome: Outcome, remaining: float | None) -> None:
        """Tell of a service soon, and of the time that is left."""
        self._changed[outcome.service_id] = outcome
        self._remaining = remaining
        if self._alarm is None:
            self._alarm = asyncio.get_running_loop().call_later(PAUSE, self.send)

    def finish(self, outcome: Outcome) -> None:
        """Remember that a service is at its end."""
        self._finished.add(outcome.service_id)

    def send(self) -> None:
        """Tell what is to be told."""
        self.stop()
        changed, self._changed = list(self._changed.values()), {}
        for start in range(0, len(changed), PIECE):
            piece = changed[start : start + PIECE]
            self._send(
                {
                    "part": self._part,
                    "outcomes": [outcome.to_dict() for outcome in piece],
                    "finished": [o.service_id for o in piece if o.service_id in self._finished],
                    "remaining": self._remaining,
                }
            )

    def stop(self) -> None:
        """Tell nothing more."""
        if self._alarm is not None:
            self._alarm.cancel()
            self._alarm = None


def outcome_of(told: dict[str, Any]) -> Outcome:
    """An outcome as news tell it: without result and error.

    Args:
        told: The outcome as JSON has it.
    """
    known: dict[str, Any] = {name: value for name, value in told.items() if name != "error"}
    known["status"] = OutcomeStatus(known["status"])
    return Outcome(**known)
