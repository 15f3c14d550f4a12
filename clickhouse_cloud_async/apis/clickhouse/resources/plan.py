"""Plans of services."""

from __future__ import annotations

from collections import defaultdict
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, ClassVar

import attrs

from clickhouse_cloud_async.apis.clickhouse.fleet.service import SERVICES
from clickhouse_cloud_async.apis.clickhouse.operations.services import LIFECYCLE
from clickhouse_cloud_async.apis.clickhouse.service_fields import FIELDS, ChangeGroup
from clickhouse_cloud_async.desired.diff import replacement_reason
from clickhouse_cloud_async.desired.plan import PlanAction, ResourcePlan

from .fields import differences, everything
from .in_service import DOWN
from .service_kind import Services

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

    from clickhouse_cloud_async.desired.references import Reference
    from clickhouse_cloud_async.desired.usage import Usage

    from .fields import ActualState

_KIND = Services()
_COMING = LIFECYCLE.up | LIFECYCLE.leading_to(LIFECYCLE.up)


@attrs.frozen(kw_only=True)
class ServicePlan(ResourcePlan):
    """The plan of one service.

    Attributes:
        wanted: The described fields.
        actual: The actual service.
        references: The resources that its description refers to.
        is_up_meanwhile: Whether it is started for changes of its children, and stopped again.
    """

    volatile_fields: ClassVar[frozenset[str]] = frozenset(("state",))

    kind: str = "services"
    noun: str = "service"
    wanted: Mapping[str, Any] = attrs.field(factory=dict[str, Any], repr=False)
    actual: ActualState | None = attrs.field(default=None, repr=False)
    references: tuple[Reference, ...] = ()
    is_up_meanwhile: bool = False

    @property
    def service_id(self) -> str | None:
        """ID of the service; None if it does not exist yet."""
        return self.resource_id

    @property
    def commands(self) -> tuple[str, ...]:
        """The requests that apply it, in order."""
        if self.action is PlanAction.REFUSED:
            return ()
        if self.action is PlanAction.REMOVE:
            return _removal_commands(self.state)
        groups = {FIELDS[change.field].group for change in self.changes}
        if self.action is PlanAction.ADD:
            return ("create", *_after_creation(groups, self.wanted))
        named = [name for part, name in _COMMANDS.items() if part in groups]
        if self.is_up_meanwhile:
            return (*named, "start", "stop")
        return (
            *named,
            *(_state_command(self.wanted, self.state) if ChangeGroup.STATE in groups else ()),
        )

    def usage(self) -> tuple[Sequence[Usage] | None, Sequence[Usage] | None]:
        """Return its actual and its desired monthly usage; None if unknown."""
        item = None if self.actual is None else self.actual.found.service
        goes = self.action is PlanAction.REMOVE
        return _KIND.usage_around(item, None if goes else self.wanted)

    @property
    def uncounted(self) -> Sequence[str]:
        """Its costs that `usage` does not include."""
        return _KIND.uncounted

    def uses(self) -> Iterator[tuple[str, tuple[str, ...]]]:
        """Return kind and name of each resource that its description refers to."""
        return ((each.kind, (each.name,)) for each in self.references)

    @property
    def wait(self) -> float:
        """Usual number of seconds after its requests until the service is as described."""
        states = (state for command in self.commands for state in SERVICES.passes.get(command, ()))
        return sum(LIFECYCLE.transitional.get(state, 0.0) for state in states)

    @property
    def is_foreign(self) -> bool:
        """Whether the service was made elsewhere: it is in no fleet."""
        return self.actual is not None and self.actual.fleet is None

    @property
    def is_leaving(self) -> bool:
        """Whether the service is already being deleted."""
        return self.state in LIFECYCLE.gone


@attrs.frozen
class Fleet:
    """The fleet of a document.

    Attributes:
        name: Its name.
        adopts: Whether existing services that are in no fleet become part of it.
    """

    name: str
    adopts: bool = True

    def mark(self, owner: str | None) -> str | None:
        """Return the desired fleet of a described service; None for none.

        Args:
            owner: Its current fleet; None for none.
        """
        return self.name if self.adopts or owner is not None else None


def plan_services(  # noqa: PLR0913 - the description, in several parts
    fleet: Fleet,
    wanted: Mapping[str, Sequence[Mapping[str, Any]]],
    every: Sequence[ActualState],
    *,
    kept: Collection[tuple[str, str]] | None,
    removed: Collection[tuple[str, str]] = (),
    pinned: Mapping[tuple[str, str], str] = MappingProxyType({}),
) -> list[ServicePlan]:
    """Compare the services of a description with the existing ones.

    Args:
        fleet: The fleet.
        wanted: The described fields of its services, by the ID of their organisation.
        every: All services of these organisations.
        kept: Organisation and name of all described services; others of the fleet are deleted. None
            to delete none of them.
        removed: Organisation and name of services that are described as absent.
        pinned: The ID of each service that is described with an ID, by its organisation and name.
    """
    named: dict[tuple[str, str], list[ActualState]] = defaultdict(list)
    for actual in every:
        if actual.state not in LIFECYCLE.gone:
            named[actual.found.organization_id, actual.found.service.name].append(actual)
    by_id = {each.found.service.id: each for each in every if each.state not in LIFECYCLE.gone}
    for place, key in pinned.items():
        named[place] = [by_id[key]] if key in by_id else []
    plans = [
        plan
        for organization_id, services in wanted.items()
        for fields in services
        if (plan := _plan(fleet, organization_id, fields, named, pinned)) is not None
    ]
    plans += (_removal(fleet.name, actual) for key in removed for actual in named.get(key, ()))
    return plans if kept is None else [*plans, *_removals(fleet.name, {*kept, *removed}, every)]


def plan_change(fleet: Fleet, wanted: Mapping[str, Any], actual: ActualState) -> ServicePlan | None:
    """Return the plan of an existing service; None if it is as described."""
    owner = actual.fleet
    changes = differences(fleet.mark(owner), wanted, actual)
    reason = actual.problem
    if owner is not None and owner != fleet.name:
        reason = f"it belongs to the fleet {owner}"
    fixed = [change for change in changes if FIELDS[change.field].group is ChangeGroup.FIXED]
    if fixed:
        reason = replacement_reason(fixed)
    if not changes and reason is None:
        return None
    return ServicePlan(
        action=PlanAction.CHANGE if reason is None else PlanAction.REFUSED,
        name=actual.found.service.name,
        organization_id=actual.found.organization_id,
        resource_id=actual.found.service.id,
        state=actual.state,
        changes=tuple(changes) if reason is None else (),
        adopts=owner is None and fleet.adopts and reason is None,
        reason=reason,
        wanted=wanted,
        actual=actual,
    )


def _plan(
    fleet: Fleet,
    organization_id: str,
    wanted: Mapping[str, Any],
    named: Mapping[tuple[str, str], list[ActualState]],
    pinned: Mapping[tuple[str, str], str],
) -> ServicePlan | None:
    place = organization_id, wanted["name"]
    found, key = named.get(place, []), pinned.get(place)
    if len(found) == 1 and found[0].found.service.name == wanted["name"]:
        return plan_change(fleet, wanted, found[0])
    reason = None
    missing = [name for name in ("provider", "region") if name not in wanted]
    if key is not None and found:
        reason = f"the service {key} is called {found[0].found.service.name}: rename it first"
    elif key is not None:
        reason = f"there is no service with the ID {key}"
    elif found:
        ids = ", ".join(actual.found.service.id for actual in found)
        reason = f"{len(found)} services have this name: {ids}; pin one with its id"
    elif missing:
        reason = f"it does not exist, and creating it needs its {' and its '.join(missing)}"
    return ServicePlan(
        action=PlanAction.ADD if reason is None else PlanAction.REFUSED,
        name=wanted["name"],
        organization_id=organization_id,
        changes=tuple(everything(fleet.name, wanted)) if reason is None else (),
        reason=reason,
        wanted=wanted,
    )


def _removal(fleet: str, actual: ActualState) -> ServicePlan:
    """Return the removal of a described service, which is refused unless it is of the fleet."""
    owner = actual.fleet
    reason = None
    if owner != fleet:
        reason = (
            "it is not part of the fleet" if owner is None else f"it belongs to the fleet {owner}"
        )
    return ServicePlan(
        action=PlanAction.REMOVE if reason is None else PlanAction.REFUSED,
        name=actual.found.service.name,
        organization_id=actual.found.organization_id,
        resource_id=actual.found.service.id,
        state=actual.state,
        reason=reason,
        actual=actual,
    )


def _removals(
    fleet: str, keys: set[tuple[str, str]], every: Iterable[ActualState]
) -> Iterable[ServicePlan]:
    for actual in every:
        service, organization_id = actual.found.service, actual.found.organization_id
        if actual.fleet != fleet or actual.state in LIFECYCLE.deleted:
            continue
        if actual.state in LIFECYCLE.gone or (organization_id, service.name) not in keys:
            yield _removal(fleet, actual)


_COMMANDS: Mapping[ChangeGroup, str] = {
    ChangeGroup.UPDATE: "update",
    ChangeGroup.SCALING: "scale",
    ChangeGroup.SCHEDULE: "set_schedule",
    ChangeGroup.BACKUPS: "update_backups",
    ChangeGroup.WINDOW: "set_window",
}
"""The request that changes each group of fields, in the order in which they are sent."""


def _after_creation(groups: set[ChangeGroup], wanted: Mapping[str, Any]) -> tuple[str, ...]:
    later = groups & {ChangeGroup.SCHEDULE, ChangeGroup.BACKUPS, ChangeGroup.WINDOW}
    if wanted.get("private_endpoint_ids") or "transparent_data_encryption_key_id" in wanted:
        later.add(ChangeGroup.UPDATE)
    named = [name for part, name in _COMMANDS.items() if part in later]
    return (*named, "stop") if wanted.get("state") == "stopped" else tuple(named)


def _state_command(wanted: Mapping[str, Any], state: str | None) -> tuple[str, ...]:
    if wanted["state"] == "stopped":
        return () if state in DOWN else ("stop",)
    return () if state in _COMING else ("start",)


def _removal_commands(state: str | None) -> tuple[str, ...]:
    if state in LIFECYCLE.gone:
        return ()
    return ("delete",) if state in LIFECYCLE.deletable | DOWN else ("stop", "delete")
