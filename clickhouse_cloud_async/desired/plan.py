"""What has to happen so that a fleet is as it is wanted."""

from __future__ import annotations

from collections import defaultdict
from enum import StrEnum
from typing import TYPE_CHECKING, Any

import attrs

from clickhouse_cloud_async.apis.clickhouse.operations.services import LIFECYCLE
from clickhouse_cloud_async.apis.clickhouse.resources.fields import Part, differences, everything
from clickhouse_cloud_async.core.codec import json_bytes
from clickhouse_cloud_async.core.values import UNSET

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from clickhouse_cloud_async.apis.clickhouse.resources.document import DesiredFleet
    from clickhouse_cloud_async.apis.clickhouse.resources.fields import FieldChange, Present

_COMING = LIFECYCLE.up | LIFECYCLE.leading_to(LIFECYCLE.up)
_GOING = {"stopped"} | LIFECYCLE.leading_to({"stopped"})


class PlanKind(StrEnum):
    """What is to become of a service."""

    ADD = "add"
    CHANGE = "change"
    REMOVE = "remove"
    REFUSED = "refused"


_SIGNS: Mapping[PlanKind, str] = {
    PlanKind.ADD: "+",
    PlanKind.CHANGE: "~",
    PlanKind.REMOVE: "-",
    PlanKind.REFUSED: "!",
}


@attrs.frozen(kw_only=True)
class ServicePlan:
    """What is to become of one service.

    Attributes:
        kind: Whether it is added, changed or removed, or cannot become what it should.
        name: Its name.
        organization_id: ID of its organisation.
        service_id: Its ID; None where it is not there yet.
        state: Its state; None where it is not there yet.
        changes: What changes, field by field.
        adopts: Whether it was made elsewhere and becomes a part of the fleet.
        reason: Why it is refused.
        wanted: The fields that the document names.
        present: The service as it is.
    """

    kind: PlanKind
    name: str
    organization_id: str
    service_id: str | None = None
    state: str | None = None
    changes: tuple[FieldChange, ...] = ()
    adopts: bool = False
    reason: str | None = None
    wanted: Mapping[str, Any] = attrs.field(factory=dict[str, Any], repr=False)
    present: Present | None = attrs.field(default=None, repr=False)

    @property
    def commands(self) -> tuple[str, ...]:
        """The requests that carry it out, in order."""
        if self.kind is PlanKind.REFUSED:
            return ()
        if self.kind is PlanKind.REMOVE:
            return _removal(self.state)
        parts = {change.part for change in self.changes}
        if self.kind is PlanKind.ADD:
            return ("create", *_after_creation(parts, self.wanted))
        named = [name for part, name in _COMMANDS.items() if part in parts]
        return (*named, *(_state_command(self.wanted, self.state) if Part.STATE in parts else ()))

    def to_dict(self) -> dict[str, object]:
        """The plan of the service as JSON has it."""
        return {
            "kind": str(self.kind),
            "name": self.name,
            "organization_id": self.organization_id,
            "service_id": self.service_id,
            "state": self.state,
            "adopts": self.adopts,
            "reason": self.reason,
            "changes": [change.to_dict() for change in self.changes],
            "commands": list(self.commands),
        }

    def __str__(self) -> str:
        known = [self.service_id, self.state if self.kind is PlanKind.REMOVE else None]
        told = [text for text in known if text]
        if self.adopts:
            told.append("made elsewhere, becomes a part of the fleet")
        head = f"{_SIGNS[self.kind]} {self.name}" + (f" ({', '.join(told)})" if told else "")
        if self.reason:
            head += f": {self.reason}"
        return "\n".join((head, *(f"    {_told(change)}" for change in self.changes)))


@attrs.frozen(kw_only=True)
class Plan:
    """What has to happen so that a fleet is as it is wanted.

    Attributes:
        desired: The fleet as it is wanted.
        services: What is to become of each service of which something is.
    """

    desired: DesiredFleet
    services: tuple[ServicePlan, ...]

    @property
    def additions(self) -> tuple[ServicePlan, ...]:
        """Services that are not there yet."""
        return self._of(PlanKind.ADD)

    @property
    def changes(self) -> tuple[ServicePlan, ...]:
        """Services that change."""
        return self._of(PlanKind.CHANGE)

    @property
    def removals(self) -> tuple[ServicePlan, ...]:
        """Services of the fleet that the document does not name."""
        return self._of(PlanKind.REMOVE)

    @property
    def refused(self) -> tuple[ServicePlan, ...]:
        """Services that cannot become what they should; the reason says why."""
        return self._of(PlanKind.REFUSED)

    @property
    def is_empty(self) -> bool:
        """Whether everything is as it is wanted."""
        return not self.services

    @property
    def requests(self) -> int:
        """How many requests change something, removals included.

        Looking whether the plan still holds, and waiting, take a few more.
        """
        return sum(len(service.commands) for service in self.services)

    def to_dict(self) -> dict[str, object]:
        """The plan as JSON has it."""
        return {
            "fleet": self.desired.name,
            "is_empty": self.is_empty,
            "requests": self.requests,
            "services": [service.to_dict() for service in self.services],
        }

    def __str__(self) -> str:
        if self.is_empty:
            return f"fleet {self.desired.name}: everything is as it is wanted"
        counts = [
            (len(self.additions), "to add"),
            (len(self.changes), "to change"),
            (len(self.removals), "to remove"),
            (len(self.refused), "refused"),
        ]
        told = ", ".join(f"{count} {what}" for count, what in counts if count)
        requests = "1 request" if self.requests == 1 else f"{self.requests} requests"
        head = f"fleet {self.desired.name}: {told}; {requests}"
        return "\n".join((head, *map(str, self.services)))

    def _of(self, kind: PlanKind) -> tuple[ServicePlan, ...]:
        return tuple(service for service in self.services if service.kind is kind)


def make_plan(
    desired: DesiredFleet,
    wanted: Mapping[str, Sequence[Mapping[str, Any]]],
    every: Sequence[Present],
) -> Plan:
    """Compare a fleet as it is wanted with what there is.

    Args:
        desired: The fleet as it is wanted.
        wanted: The fields of its services, by the id of their organisation.
        every: All services of these organisations.
    """
    named: dict[tuple[str, str], list[Present]] = defaultdict(list)
    for present in every:
        if present.state not in LIFECYCLE.gone:
            named[present.found.organization_id, present.found.service.name].append(present)
    plans = [
        plan
        for organization_id, services in wanted.items()
        for fields in services
        if (plan := _plan(desired.name, organization_id, fields, named)) is not None
    ]
    keys = {
        (organization, fields["name"]) for organization in wanted for fields in wanted[organization]
    }
    return Plan(desired=desired, services=(*plans, *_removals(desired.name, keys, every)))


def plan_change(fleet: str, wanted: Mapping[str, Any], present: Present) -> ServicePlan | None:
    """What has to happen to a service that is there; None where it is as it is wanted."""
    owner = present.fleet
    changes = differences(fleet, wanted, present)
    reason = present.problem
    if owner is not None and owner != fleet:
        reason = f"it belongs to the fleet {owner}"
    fixed = [change for change in changes if change.part is Part.FIXED]
    if fixed:
        told = "; ".join(_told(change) for change in fixed)
        reason = f"what is chosen at creation cannot be changed: {told}"
    if not changes and reason is None:
        return None
    return ServicePlan(
        kind=PlanKind.CHANGE if reason is None else PlanKind.REFUSED,
        name=present.found.service.name,
        organization_id=present.found.organization_id,
        service_id=present.found.service.id,
        state=present.state,
        changes=tuple(changes) if reason is None else (),
        adopts=owner is None and reason is None,
        reason=reason,
        wanted=wanted,
        present=present,
    )


def _plan(
    fleet: str,
    organization_id: str,
    wanted: Mapping[str, Any],
    named: Mapping[tuple[str, str], list[Present]],
) -> ServicePlan | None:
    found = named.get((organization_id, wanted["name"]), [])
    if len(found) == 1:
        return plan_change(fleet, wanted, found[0])
    reason = None
    missing = [name for name in ("provider", "region") if name not in wanted]
    if found:
        ids = ", ".join(present.found.service.id for present in found)
        reason = f"{len(found)} services have this name: {ids}"
    elif missing:
        reason = f"it is not there, and to create it takes its {' and its '.join(missing)}"
    return ServicePlan(
        kind=PlanKind.ADD if reason is None else PlanKind.REFUSED,
        name=wanted["name"],
        organization_id=organization_id,
        changes=tuple(everything(fleet, wanted)) if reason is None else (),
        reason=reason,
        wanted=wanted,
    )


def _removals(
    fleet: str, keys: set[tuple[str, str]], every: Iterable[Present]
) -> Iterable[ServicePlan]:
    for present in every:
        service, organization_id = present.found.service, present.found.organization_id
        if present.fleet != fleet or present.state in LIFECYCLE.deleted:
            continue
        if present.state in LIFECYCLE.gone or (organization_id, service.name) not in keys:
            yield ServicePlan(
                kind=PlanKind.REMOVE,
                name=service.name,
                organization_id=organization_id,
                service_id=service.id,
                state=present.state,
                present=present,
            )


_COMMANDS: Mapping[Part, str] = {
    Part.UPDATE: "update",
    Part.SCALING: "scale",
    Part.SCHEDULE: "set_schedule",
    Part.BACKUPS: "update_backups",
    Part.WINDOW: "set_window",
}
"""The request that changes each part, in the order in which they are sent."""


def _after_creation(parts: set[Part], wanted: Mapping[str, Any]) -> tuple[str, ...]:
    later = parts & {Part.SCHEDULE, Part.BACKUPS, Part.WINDOW}
    if wanted.get("private_endpoint_ids"):
        later.add(Part.UPDATE)
    named = [name for part, name in _COMMANDS.items() if part in later]
    return (*named, "stop") if wanted.get("state") == "stopped" else tuple(named)


def _state_command(wanted: Mapping[str, Any], state: str | None) -> tuple[str, ...]:
    if wanted["state"] == "stopped":
        return () if state in _GOING else ("stop",)
    return () if state in _COMING else ("start",)


def _removal(state: str | None) -> tuple[str, ...]:
    if state in LIFECYCLE.gone:
        return ()
    return ("delete",) if state in _GOING else ("stop", "delete")


def _told(change: FieldChange) -> str:
    if change.before is UNSET:
        return f"{change.name}: {_text(change.after)}"
    return f"{change.name}: {_text(change.before)} -> {_text(change.after)}"


def _text(value: object) -> str:
    if value is UNSET:
        return "not there"
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return value if isinstance(value, str) else json_bytes(value).decode()
