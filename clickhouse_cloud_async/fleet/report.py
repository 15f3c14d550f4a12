"""Reports of fleet actions: the outcome of each service."""

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
    """Carried out; with ``wait=True``, the service has reached the expected state."""
    UNCHANGED = "unchanged"
    """Nothing had to be sent."""
    FAILED = "failed"
    """Refused by the API, or the service has reached another final state."""
    UNKNOWN = "unknown"
    """The request may or may not have been carried out."""
    SENT = "sent"
    """Accepted in whole or in part; the service was not followed to the expected state."""
    WAITING = "waiting"
    """Accepted, and waits for a person, such as for the acceptance of an invitation."""
    NOT_SENT = "not_sent"
    """Nothing was sent."""
    PLANNED = "planned"
    """It would be sent without `dry_run`."""


@attrs.define(kw_only=True)
class Outcome:
    """Outcome of an action for one service, updated as the action runs.

    Attributes:
        id: ID of the service.
        name: Its name.
        organization_id: ID of its organisation.
        status: How the action ended for it.
        commands: Names of the requests that were accepted, or may have been, in order; in a dry run
            of those that would be sent.
        before: State of the service when the action began.
        after: Its latest known state; None once it is gone.
        reason: Reason for the status, if it needs one.
        error: Error that led to the status, if any.
        requests: Number of requests for this service alone.
        seconds: Duration in seconds, from its first request on.
        result: Return value of the function of `map`, or the new password of `reset_passwords`.
    """

    id: str
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
        """Return everything but the result as JSON values."""
        return {
            "id": self.id,
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
    """A client whose services could not be listed.

    Attributes:
        member: Index of the client in the fleet, from 0.
        organization_id: ID of its organisation; None if that is unknown, too.
        error: The error.
    """

    member: int
    organization_id: str | None
    error: CloudError = attrs.field(eq=False)

    def to_dict(self) -> dict[str, object]:
        """Return the failure as JSON values."""
        return {
            "member": self.member,
            "organization_id": self.organization_id,
            "error": type(self.error).__name__,
            "reason": str(self.error),
        }


_GOOD = frozenset((OutcomeStatus.DONE, OutcomeStatus.UNCHANGED, OutcomeStatus.PLANNED))
"""Statuses of success."""

_EXAMPLES = 3
"""Number of services that an error message names."""


@attrs.define(kw_only=True, repr=False)
class Report:
    """Outcomes of an action for all services of a selection.

    An empty report can be passed to an action, which fills it in as it runs. It is then available
    even if the call is cancelled.

    Attributes:
        action: Name of the action, such as ``start``.
        outcomes: Outcome of each service.
        failures: Clients whose services could not be listed.
        requests: Total number of requests: lists, commands and polling.
        seconds: Duration in seconds.
        is_complete: Whether the action ran to completion.
    """

    action: str = ""
    outcomes: list[Outcome] = attrs.Factory(list[Outcome])
    failures: list[MemberFailure] = attrs.Factory(list[MemberFailure])
    requests: int = 0
    seconds: float = 0.0
    is_complete: bool = False

    @classmethod
    def merged(cls, reports: Iterable[Report]) -> Report:
        """Merge the reports of actions that ran at the same time.

        Args:
            reports: The reports.

        Returns:
            The merged report, with the longest duration.
        """
        every = list(reports)
        return cls(
            action=", ".join(dict.fromkeys(each.action for each in every)),
            outcomes=[outcome for each in every for outcome in each.outcomes],
            failures=[failure for each in every for failure in each.failures],
            requests=sum(each.requests for each in every),
            seconds=max((each.seconds for each in every), default=0.0),
            is_complete=all(each.is_complete for each in every),
        )

    @property
    def done(self) -> list[Outcome]:
        """Services for which the action was carried out."""
        return self.having(OutcomeStatus.DONE)

    @property
    def unchanged(self) -> list[Outcome]:
        """Services for which nothing had to be sent."""
        return self.having(OutcomeStatus.UNCHANGED)

    @property
    def failed(self) -> list[Outcome]:
        """Services for which the action failed."""
        return self.having(OutcomeStatus.FAILED)

    @property
    def unknown(self) -> list[Outcome]:
        """Services for which the action may or may not have been carried out."""
        return self.having(OutcomeStatus.UNKNOWN)

    @property
    def sent(self) -> list[Outcome]:
        """Services for which it was accepted, but which were not followed to the expected state."""
        return self.having(OutcomeStatus.SENT)

    @property
    def waiting(self) -> list[Outcome]:
        """Services for which it was accepted and waits for a person."""
        return self.having(OutcomeStatus.WAITING)

    @property
    def not_sent(self) -> list[Outcome]:
        """Services for which nothing was sent."""
        return self.having(OutcomeStatus.NOT_SENT)

    @property
    def planned(self) -> list[Outcome]:
        """Services for which something would be sent without `dry_run`."""
        return self.having(OutcomeStatus.PLANNED)

    def having(self, *statuses: OutcomeStatus) -> list[Outcome]:
        """Return the outcomes with any of the given statuses.

        Args:
            *statuses: The statuses.
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
        """Whether the action succeeded for all services, and all could be listed."""
        return self.is_complete and not self.failures and self.counts.keys() <= _GOOD

    def raise_for_failures(self) -> None:
        """Raise an error unless the action succeeded for all services.

        Raises:
            FleetError: It failed for some services, or some could not be listed.
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
            summary = "; ".join((self._summary, *bad[:_EXAMPLES], *more))
            raise FleetError(f"{self.action}: {summary}", report=self)

    def to_dict(self) -> dict[str, object]:
        """Return everything but the results as JSON values."""
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
            counts.append("incomplete")
        return ", ".join(counts) or "no services"

    def __repr__(self) -> str:
        return f"<Report {self.action}: {self._summary}; {self.requests} requests>"


class FleetError(CloudError):
    """An action did not succeed for all services.

    Args:
        message: As in `CloudError`.
        report: Outcome of each service.

    Attributes:
        report: As the argument.
    """

    def __init__(self, message: str, *, report: Report | None = None) -> None:
        super().__init__(message)
        self.report: Report = Report() if report is None else report
