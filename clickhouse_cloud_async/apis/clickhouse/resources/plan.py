"""What has to happen to services so that they are as they are described."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any, ClassVar

import attrs

from clickhouse_cloud_async.apis.clickhouse.operations.services import LIFECYCLE
from clickhouse_cloud_async.apis.clickhouse.service_fields import FIELDS, ChangeGroup
from clickhouse_cloud_async.desired.plan import PlanKind, PlanOf, ResourcePlan

from .document import DesiredFleet
from .fields import differences, everything

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from .fields import ActualState

_COMING = LIFECYCLE.up | LIFECYCLE.leading_to(LIFECYCLE.up)
_GOING = {"stopped"} | LIFECYCLE.leading_to({"stopped"})


@attrs.frozen(kw_only=True)
class ServicePlan(ResourcePlan):
    """What is to become of one service.

    Attributes:
        actual: The service as it is.
    """

    id_name: ClassVar[str] = "service_id"
    volatile_fields: ClassVar[frozenset[str]] = frozenset(("state",))

    actual: ActualState | None = attrs.field(default=None, repr=False)

    @property
    def service_id(self) -> str | None:
        """ID of the service; None where it is not there yet."""
        return self.resource_id

    @property
    def commands(self) -> tuple[str, ...]:
        """The requests that carry it out, in order."""
        if self.kind is PlanKind.REFUSED:
            return ()
        if self.kind is PlanKind.REMOVE:
            return _removal(self.state)
        groups = {FIELDS[change.field].group for change in self.changes}
        if self.kind is PlanKind.ADD:
            return ("create", *_after_creation(groups, self.wanted))
        named = [name for part, name in _COMMANDS.items() if part in groups]
        return (
            *named,
            *(_state_command(self.wanted, self.state) if ChangeGroup.STATE in groups else ()),
        )

    @property
    def is_leaving(self) -> bool:
        """Whether the service is on its way out already."""
        return self.state in LIFECYCLE.gone


@attrs.frozen(kw_only=True)
class Plan(PlanOf[DesiredFleet, ServicePlan]):
    """What has to happen so that a fleet is as described.

    Attributes:
        desired: The description of the fleet.
        items: What is to become of each service of which something is.
    """

    items_name: ClassVar[str] = "services"

    @property
    def services(self) -> tuple[ServicePlan, ...]:
        """What is to become of each service of which something is."""
        return self.items


def make_plan(
    desired: DesiredFleet,
    wanted: Mapping[str, Sequence[Mapping[str, Any]]],
    every: Sequence[ActualState],
) -> Plan:
    """Compare the description of a fleet with what there is.

    Args:
        desired: The description of the fleet.
        wanted: The described fields of its services, by the ID of their organisation.
        every: All services of these organisations.
    """
    named: dict[tuple[str, str], list[ActualState]] = defaultdict(list)
    for actual in every:
        if actual.state not in LIFECYCLE.gone:
            named[actual.found.organization_id, actual.found.service.name].append(actual)
    plans = [
        plan
        for organization_id, services in wanted.items()
        for fields in services
        if (plan := _plan(desired.name, organization_id, fields, named)) is not None
    ]
    keys = {
        (organization, fields["name"]) for organization in wanted for fields in wanted[organization]
    }
    return Plan(desired=desired, items=(*plans, *_removals(desired.name, keys, every)))


def plan_change(fleet: str, wanted: Mapping[str, Any], actual: ActualState) -> ServicePlan | None:
    """Return what has to happen to a service that is there; None where it is as described."""
    owner = actual.fleet
    changes = differences(fleet, wanted, actual)
    reason = actual.problem
    if owner is not None and owner != fleet:
        reason = f"it belongs to the fleet {owner}"
    fixed = [change for change in changes if FIELDS[change.field].group is ChangeGroup.FIXED]
    if fixed:
        named = "; ".join(map(str, fixed))
        reason = f"what is chosen at creation cannot be changed: {named}"
    if not changes and reason is None:
        return None
    return ServicePlan(
        kind=PlanKind.CHANGE if reason is None else PlanKind.REFUSED,
        name=actual.found.service.name,
        organization_id=actual.found.organization_id,
        resource_id=actual.found.service.id,
        state=actual.state,
        changes=tuple(changes) if reason is None else (),
        adopts=owner is None and reason is None,
        reason=reason,
        wanted=wanted,
        actual=actual,
    )


def _plan(
    fleet: str,
    organization_id: str,
    wanted: Mapping[str, Any],
    named: Mapping[tuple[str, str], list[ActualState]],
) -> ServicePlan | None:
    found = named.get((organization_id, wanted["name"]), [])
    if len(found) == 1:
        return plan_change(fleet, wanted, found[0])
    reason = None
    missing = [name for name in ("provider", "region") if name not in wanted]
    if found:
        ids = ", ".join(actual.found.service.id for actual in found)
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
    fleet: str, keys: set[tuple[str, str]], every: Iterable[ActualState]
) -> Iterable[ServicePlan]:
    for actual in every:
        service, organization_id = actual.found.service, actual.found.organization_id
        if actual.fleet != fleet or actual.state in LIFECYCLE.deleted:
            continue
        if actual.state in LIFECYCLE.gone or (organization_id, service.name) not in keys:
            yield ServicePlan(
                kind=PlanKind.REMOVE,
                name=service.name,
                organization_id=organization_id,
                resource_id=service.id,
                state=actual.state,
                actual=actual,
            )


_COMMANDS: Mapping[ChangeGroup, str] = {
    ChangeGroup.UPDATE: "update",
    ChangeGroup.SCALING: "scale",
    ChangeGroup.SCHEDULE: "set_schedule",
    ChangeGroup.BACKUPS: "update_backups",
    ChangeGroup.WINDOW: "set_window",
}
"""The request that changes each part, in the order in which they are sent."""


def _after_creation(groups: set[ChangeGroup], wanted: Mapping[str, Any]) -> tuple[str, ...]:
    later = groups & {ChangeGroup.SCHEDULE, ChangeGroup.BACKUPS, ChangeGroup.WINDOW}
    if wanted.get("private_endpoint_ids"):
        later.add(ChangeGroup.UPDATE)
    named = [name for part, name in _COMMANDS.items() if part in later]
    return (*named, "stop") if wanted.get("state") == "stopped" else tuple(named)


def _state_command(wanted: Mapping[str, Any], state: str | None) -> tuple[str, ...]:
    if wanted["state"] == "stopped":
        return () if state in _GOING else ("stop",)
    return () if state in _COMING else ("start",)


def _removal(state: str | None) -> tuple[str, ...]:
    if state in LIFECYCLE.gone:
        return ()
    return ("delete",) if state in LIFECYCLE.deletable | _GOING else ("stop", "delete")
