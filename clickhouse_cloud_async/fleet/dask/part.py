"""What is known of a task, while it runs and after."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import attrs

from clickhouse_cloud_async.core.errors import CloudError
from clickhouse_cloud_async.fleet.report import MemberFailure, Outcome, OutcomeStatus

from .news import outcome_of

if TYPE_CHECKING:
    from distributed import Future

    from .keys import Key
    from .news import Message
    from .work import Ended


@attrs.define(kw_only=True, eq=False, repr=False)
class Part:
    """The services of keys that go together, and the task that deals with them.

    Attributes:
        name: Key of the task.
        members: Which keys of the fleet they are.
        keys: The keys.
        address: The worker.
        process: Its process.
        future: The task, once it is handed out.
        outcomes: What became of each service so far, by id.
        finished: The ids of the services that are at their end.
        likely_end: When all of them are likely to be; None where that is unknown.
        failures: Keys of which nothing is known.
        ended: What came of the task; None while it runs, or where it is lost.
        is_over: Whether nothing more comes of it.
    """

    name: str
    members: list[int]
    keys: tuple[Key, ...]
    address: str
    process: str
    future: Future[Ended | None] | None = None
    outcomes: dict[str, Outcome] = attrs.Factory(dict[str, Outcome])
    finished: set[str] = attrs.Factory(set[str])
    likely_end: float | None = None
    failures: list[MemberFailure] = attrs.Factory(list[MemberFailure])
    ended: Ended | None = None
    is_over: bool = False

    @property
    def found(self) -> list[tuple[Any, str]]:
        """The services that were listed, each with the id of its organisation."""
        return [] if self.ended is None else self.ended.found

    @property
    def requests(self) -> int:
        """Requests that were sent, as far as is known."""
        if self.ended is not None:
            return self.ended.report.requests
        return sum(outcome.requests for outcome in self.outcomes.values())

    @property
    def is_complete(self) -> bool:
        """Whether it ran to its end."""
        return self.ended is not None and self.ended.report.is_complete

    def hear(self, message: Message) -> list[Outcome]:
        """Take in news, and give what is new."""
        news = [outcome_of(told) for told in message["outcomes"]]
        self.finished.update(message["finished"])
        left = message["remaining"]
        self.likely_end = None if left is None else time.monotonic() + left
        return self._take_in(news)

    def end(self, ended: Ended) -> list[Outcome]:
        """Take in what came of it, and give what is new."""
        self.is_over, self.ended = True, ended
        for failure in ended.report.failures:
            failure.member = self.members[failure.member]
            self.failures.append(failure)
        outcomes = ended.report.outcomes
        news = [each for each in outcomes if each.service_id not in self.finished]
        if ended.report.is_complete:
            self.finished.update(each.service_id for each in outcomes)
        self._take_in(outcomes)
        return [self.outcomes[each.service_id] for each in news]

    def lose(self, why: str) -> list[Outcome]:
        """Give it up: what becomes of services that are not at their end is unknown.

        Args:
            why: What happened to it.
        """
        self.is_over = True
        open_ones = [o for o in self.outcomes.values() if o.service_id not in self.finished]
        for outcome in open_ones:
            outcome.status, outcome.reason = OutcomeStatus.UNKNOWN, why
            self.finished.add(outcome.service_id)
        if not self.outcomes:
            self.fail(f"{why}, and nothing is known of what it did")
        return open_ones

    def fail(self, why: str) -> None:
        """End it without a word of any service.

        Args:
            why: What happened.
        """
        self.is_over = True
        for member, key in zip(self.members, self.keys, strict=True):
            error = CloudError(why)
            self.failures.append(
                MemberFailure(member=member, organization_id=key.organization_id, error=error)
            )

    def _take_in(self, outcomes: list[Outcome]) -> list[Outcome]:
        """Bring what is known up to date: the same objects, for who holds one."""
        for new in outcomes:
            known = self.outcomes.setdefault(new.service_id, new)
            for field in attrs.fields(Outcome):
                setattr(known, field.name, getattr(new, field.name))
        return [self.outcomes[new.service_id] for new in outcomes]
