"""State of a task, during its run and afterwards."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import attrs

from clickhouse_cloud_async.core.errors import CloudError
from clickhouse_cloud_async.fleet.report import MemberFailure, Outcome, OutcomeStatus

from .updates import outcome_of

if TYPE_CHECKING:
    from distributed import Future

    from .keys import Key
    from .updates import Message
    from .work import TaskResult


@attrs.define(kw_only=True, eq=False, repr=False)
class Shard:
    """Keys that must be used together, and the task that acts on their services.

    Attributes:
        name: Key of the task.
        members: Indexes of the keys in the fleet.
        keys: The keys.
        address: The worker.
        process: Its process.
        future: The task, once it is submitted.
        outcomes: Outcomes so far, by service ID.
        finished: IDs of the services that are finished.
        likely_end: Estimated end on the monotonic clock; None if unknown.
        failures: Keys whose services could not be listed.
        ended: Result of the task; None while it runs, or if it is lost.
        is_over: Whether no more updates are expected.
    """

    name: str
    members: list[int]
    keys: tuple[Key, ...]
    address: str
    process: str
    future: Future[TaskResult | None] | None = None
    outcomes: dict[str, Outcome] = attrs.Factory(dict[str, Outcome])
    finished: set[str] = attrs.Factory(set[str])
    likely_end: float | None = None
    failures: list[MemberFailure] = attrs.Factory(list[MemberFailure])
    ended: TaskResult | None = None
    is_over: bool = False

    @property
    def found(self) -> list[tuple[Any, str]]:
        """The services that were listed, each with the id of its organisation."""
        return [] if self.ended is None else self.ended.found

    @property
    def requests(self) -> int:
        """Number of requests known to have been sent."""
        if self.ended is not None:
            return self.ended.report.requests
        return sum(outcome.requests for outcome in self.outcomes.values())

    @property
    def is_complete(self) -> bool:
        """Whether it ran to its end."""
        return self.ended is not None and self.ended.report.is_complete

    def update(self, message: Message) -> list[Outcome]:
        """Apply a message; return the changed outcomes."""
        updates = [outcome_of(document) for document in message["outcomes"]]
        self.finished.update(message["finished"])
        left = message["remaining"]
        self.likely_end = None if left is None else time.monotonic() + left
        return self._merge(updates)

    def end(self, ended: TaskResult) -> list[Outcome]:
        """Apply the result of the task; return the outcomes that were not final before."""
        self.is_over, self.ended = True, ended
        for failure in ended.report.failures:
            failure.member = self.members[failure.member]
            self.failures.append(failure)
        outcomes = ended.report.outcomes
        updates = [each for each in outcomes if each.id not in self.finished]
        if ended.report.is_complete:
            self.finished.update(each.id for each in outcomes)
        self._merge(outcomes)
        return [self.outcomes[each.id] for each in updates]

    def lose(self, why: str) -> list[Outcome]:
        """Abandon the task; the outcome of unfinished services is unknown.

        Args:
            why: Cause of the loss, as a clause.
        """
        self.is_over = True
        open_ones = [o for o in self.outcomes.values() if o.id not in self.finished]
        for outcome in open_ones:
            outcome.status, outcome.reason = OutcomeStatus.UNKNOWN, why
            self.finished.add(outcome.id)
        if not self.outcomes:
            self.fail(f"{why}, and nothing is known of what it did")
        return open_ones

    def fail(self, why: str) -> None:
        """End the task without outcomes.

        Args:
            why: Cause of the failure, as a clause.
        """
        self.is_over = True
        for member, key in zip(self.members, self.keys, strict=True):
            error = CloudError(why)
            self.failures.append(
                MemberFailure(member=member, organization_id=key.organization_id, error=error)
            )

    def _merge(self, outcomes: list[Outcome]) -> list[Outcome]:
        """Update outcomes in place, because callers may hold references to them."""
        for new in outcomes:
            known = self.outcomes.setdefault(new.id, new)
            for field in attrs.fields(Outcome):
                setattr(known, field.name, getattr(new, field.name))
        return [self.outcomes[new.id] for new in outcomes]
