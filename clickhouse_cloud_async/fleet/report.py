"""What became of each service."""

from __future__ import annotations

from collections import Counter
from enum import StrEnum
from typing import TYPE_CHECKING, Any

import attrs

from clickhouse_cloud_async.core.errors import CloudError

if TYPE_CHECKING:
    from collections.abc import Iterable


class OutcomeStatus(StrEnum):
    """How an action ended for one service."""

    DONE = "done"
    """Carried out; where it was waited for, with the wanted end."""
    UNCHANGED = "unchanged"
    """There was nothing to send."""
    FAILED = "failed"
    """Refused, or it ended elsewhere."""
    UNKNOWN = "unknown"
    """It may have been carried out or not."""
    SENT = "sent"
    """Accepted in whole or in part; the end was not seen."""
    NOT_SENT = "not_sent"
    """Nothing was sent."""
    PLANNED = "planned"
    """It would be sent, were this not a dry run."""


@attrs.define(kw_only=True)
class Outcome:
    """What became of one service; it is brought up to date while the action runs.

    Attributes:
        service_id: ID of the service.
        name: Its name.
        organization_id: ID of its organisation.
        status: How it ended.
        commands: What was sent and accepted, or perhaps was, in order; in a dry run what would be.
        before: State of the service when the action began.
        after: State that it was last seen in; None once it is gone.
        reason: Why it ended so, in words, where that does not go without saying.
        error: What went wrong.
        requests: Requests that were sent for this service alone.
        seconds: Seconds from its turn to its end.
        result: What `map` or `reset_passwords` got for it.
    """

    service_id: str
    name: str
    organization_id: str
    status: OutcomeStatus = OutcomeStatus.NOT_SENT
    commands: list[str] = attrs.Factory(list[str])
    before: str
    after: str | None
    reason: str | None = None
    error: Exception | None = attrs.field(default=None, eq=False)
    requests: int = 0
    seconds: float = 0.0
    result: Any = attrs.field(default=None, repr=False)

    def to_dict(self) -> dict[str, object]:
        """Everything but the result, as JSON has it."""
        return {
            "service_id": self.service_id,
            "name": self.name,
            "organization_id": self.organization_id,
            "status": str(self.status),
            "commands": list(self.commands),
            "before": self.before,
            "after": self.after,
            "reason": self.reason,
            "error": None if self.error is None else type(self.error).__name__,
            "requests": self.requests,
            "seconds": round(self.seconds, 3),
        }


@attrs.define(kw_only=True)
class MemberFailure:
    """A client whose services could not be listed, so that nothing is known of them.

    Attributes:
        member: Which client of the fleet, counted from 0.
        organization_id: ID of its organisation; None where that is unknown too.
        error: What went wrong.
    """

    member: int
    organization_id: str | None
    error: CloudError = attrs.field(eq=False)

    def to_dict(self) -> dict[str, object]:
        """The failure as JSON has it."""
        return {
            "member": self.member,
            "organization_id": self.organization_id,
            "error": type(self.error).__name__,
            "reason": str(self.error),
        }


_GOOD = frozenset((OutcomeStatus.DONE, OutcomeStatus.UNCHANGED, OutcomeStatus.PLANNED))
"""Ways to end that are as was wanted."""

_EXAMPLES = 3
"""How many services an error names."""


@attrs.define(kw_only=True, repr=False)
class Report:
    """What became of the services of a selection.

    An empty one may be passed to an action, which fills it while it runs. So it tells what was sent
    even where the action is cancelled.

    Attributes:
        action: What was done, such as ``start``.
        outcomes: What became of each service.
        failures: Clients whose services could not be listed.
        requests: Requests that were sent for all of it: lists, commands and polling.
        seconds: Seconds that it took.
        is_complete: Whether the action ran to its end.
    """

    action: str = ""
    outcomes: list[Outcome] = attrs.Factory(list[Outcome])
    failures: list[MemberFailure] = attrs.Factory(list[MemberFailure])
    requests: int = 0
    seconds: float = 0.0
    is_complete: bool = False

    @classmethod
    def merged(cls, reports: Iterable[Report]) -> Report:
        """Join the reports of parts that ran at the same time.

        Args:
            reports: The reports.

        Returns:
            A report of everything; it took as long as the longest of them.
        """
        parts = list(reports)
        return cls(
            action=", ".join(dict.fromkeys(part.action for part in parts)),
            outcomes=[outcome for part in parts for outcome in part.outcomes],
            failures=[failure for part in parts for failure in part.failures],
            requests=sum(part.requests for part in parts),
            seconds=max((part.seconds for part in parts), default=0.0),
            is_complete=all(part.is_complete for part in parts),
        )

    @property
    def done(self) -> list[Outcome]:
        """Those for which it was carried out."""
        return self.having(OutcomeStatus.DONE)

    @property
    def unchanged(self) -> list[Outcome]:
        """Those for which there was nothing to send."""
        return self.having(OutcomeStatus.UNCHANGED)

    @property
    def failed(self) -> list[Outcome]:
        """Those for which it was refused, or ended elsewhere."""
        return self.having(OutcomeStatus.FAILED)

    @property
    def unknown(self) -> list[Outcome]:
        """Those for which it may have been carried out or not."""
        return self.having(OutcomeStatus.UNKNOWN)

    @property
    def sent(self) -> list[Outcome]:
        """Those for which it was accepted, but the end was not seen."""
        return self.having(OutcomeStatus.SENT)

    @property
    def not_sent(self) -> list[Outcome]:
        """Those for which nothing was sent."""
        return self.having(OutcomeStatus.NOT_SENT)

    @property
    def planned(self) -> list[Outcome]:
        """Those for which something would be sent, were this not a dry run."""
        return self.having(OutcomeStatus.PLANNED)

    def having(self, *statuses: OutcomeStatus) -> list[Outcome]:
        """Those that ended in certain ways.

        Args:
            *statuses: The ways.
        """
        return [outcome for outcome in self.outcomes if outcome.status in statuses]

    @property
    def counts(self) -> dict[OutcomeStatus, int]:
        """Number of services by status, without statuses that no service has."""
        counted = Counter(outcome.status for outcome in self.outcomes)
        return {status: counted[status] for status in OutcomeStatus if counted[status]}

    @property
    def is_empty(self) -> bool:
        """Whether the selection matched no service, though all clients could be listed."""
        return self.is_complete and not self.failures and not self.outcomes

    @property
    def is_success(self) -> bool:
        """Whether all services are as was wanted, and all could be listed."""
        return self.is_complete and not self.failures and self.counts.keys() <= _GOOD

    def raise_for_failures(self) -> None:
        """Raise an error unless all services are as was wanted.

        Raises:
            FleetError: Some are not, or could not be listed.
        """
        if not self.is_success:
            bad = [
                *(f"{each.error.message} (client {each.member})" for each in self.failures),
                *(
                    f"{each.name} {each.status}{f' ({each.reason})' if each.reason else ''}"
                    for each in self.outcomes
                    if each.status not in _GOOD
                ),
            ]
            more = ["..."] if len(bad) > _EXAMPLES else []
            told = "; ".join((self._summary, *bad[:_EXAMPLES], *more))
            raise FleetError(f"{self.action}: {told}", report=self)

    def to_dict(self) -> dict[str, object]:
        """Everything but the results, as JSON has it."""
        return {
            "action": self.action,
            "outcomes": [outcome.to_dict() for outcome in self.outcomes],
            "failures": [failure.to_dict() for failure in self.failures],
            "requests": self.requests,
            "seconds": round(self.seconds, 3),
            "is_complete": self.is_complete,
        }

    @property
    def _summary(self) -> str:
        counts = [f"{count} {status}" for status, count in self.counts.items()]
        if self.failures:
            counts.append(f"{len(self.failures)} not listed")
        if not self.is_complete:
            counts.append("broken off")
        return ", ".join(counts) or "no services"

    def __repr__(self) -> str:
        return f"<Report {self.action}: {self._summary}; {self.requests} requests>"


class FleetError(CloudError):
    """An action did not do for all services what was wanted.

    Args:
        message: As in `CloudError`.
        report: What became of each service.

    Attributes:
        report: As the argument.
    """

    def __init__(self, message: str, *, report: Report | None = None) -> None:
        super().__init__(message)
        self.report: Report = Report() if report is None else report
