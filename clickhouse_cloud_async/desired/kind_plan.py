"""Plans of resources of kinds that are tables of fields."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs

from clickhouse_cloud_async.core.values import MASK, UNSET

from .diff import SecretChange, replacement_reason
from .differences import always, differences, everything, fixed, never
from .inventory import label_of
from .names import HiddenError, UnresolvedError
from .plan import PlanAction, ResourcePlan
from .resource import Phase
from .secrets import secrets_in, version_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from clickhouse_cloud_async.core.values import Secret

    from .diff import FieldChange
    from .differences import Resend
    from .inventory import Inventory
    from .kind import Kind
    from .names import Names
    from .plan import PlanOptions
    from .resource import Resource
    from .usage import Usage
    from .wanted import Wanted


NOTE_VERSION = "note_version"
"""The request that records the version of its secrets that was sent to a resource."""


@attrs.frozen(kw_only=True)
class KindPlan(ResourcePlan):
    """The plan of one resource.

    Attributes:
        definition: Its kind.
        wanted: Its description; None if it has none.
        resource: The actual resource; None if it does not exist yet.
        late: Fields of a new resource with references to resources that are created after it.
        hidden_in: The parent that must run before the existence of the resource can be determined;
            None if it is known.
        version: The version of its secrets to record after they were sent; None for none.
    """

    definition: Kind[Any] = attrs.field(repr=False)
    wanted: Wanted | None = attrs.field(default=None, repr=False)
    resource: Resource[Any] | None = attrs.field(default=None, repr=False)
    late: frozenset[str] = frozenset()
    hidden_in: Resource[Any] | None = attrs.field(default=None, repr=False)
    version: str | None = None

    @property
    def is_unseen(self) -> bool:
        """Whether it cannot be known before its parent is up if it is there."""
        return self.hidden_in is not None

    @property
    def commands(self) -> tuple[str, ...]:
        """Its requests, in order."""
        if self.action is PlanAction.REFUSED:
            return ()
        if self.action is PlanAction.REMOVE:
            return ("delete", NOTE_VERSION) if self.leaves_version else ("delete",)
        fields = self.definition.by_name
        # A resource that comes with its parent is changed then.
        is_new = self.action is PlanAction.ADD and not self.definition.comes_with_parent
        needed = {
            fields[each.field].change
            for each in self.changes
            if not (is_new and fields[each.field].in_creation and each.field not in self.late)
        }
        later = [request for request in self.definition.requests if request in needed]
        later += [NOTE_VERSION] if self.version is not None or self.moves_version else []
        return ("create", *later) if is_new else tuple(later)

    @property
    def leaves_version(self) -> bool:
        """Whether its parent keeps the version of its secrets, which remains after its deletion."""
        resource = self.resource
        if resource is None or resource.parent is None:
            return False
        return self.definition.sent_version(resource) is not None

    @property
    def moves_version(self) -> bool:
        """Whether it is renamed, and its parent stores the version of its secrets by its name."""
        kind, resource = self.definition, self.resource
        if self.action is not PlanAction.CHANGE or resource is None or not kind.names_versions:
            return False
        is_renamed = any(change.field in kind.key for change in self.changes)
        return is_renamed and kind.sent_version(resource) is not None

    @property
    def wait(self) -> float:
        """Usual number of seconds after its requests until it is as described."""
        if self.action is PlanAction.ADD:
            return self.definition.usual_wait
        return self.definition.change_wait if self.action is PlanAction.CHANGE else 0.0

    def secrets(self) -> Iterator[Secret]:
        """Yield the secrets that its requests may need."""
        if self.wanted is not None and self.action in {PlanAction.ADD, PlanAction.CHANGE}:
            yield from secrets_in(self.wanted.fields)

    def usage(self) -> tuple[Sequence[Usage] | None, Sequence[Usage] | None]:
        """Return its actual and its desired monthly usage; None if unknown."""
        item = None if self.resource is None else self.resource.item
        wanted = None if self.action is PlanAction.REMOVE else self.wanted
        fields = None if wanted is None else wanted.fields
        return self.definition.usage_around(item, fields)

    @property
    def uncounted(self) -> Sequence[str]:
        """Its costs that `usage` does not include."""
        return self.definition.uncounted

    @property
    def identity(self) -> tuple[str, ...]:
        """A key that two plans of the same resource share."""
        if self.wanted is None:
            return super().identity
        # A removal may be planned before its resource can be seen, and carried out after.
        named = (self.kind, self.organization_id, self.wanted.label)
        pinned = self.wanted.described.id
        # Namesakes are different resources.
        return named if pinned is None else (*named, pinned)

    def uses(self) -> Iterator[tuple[str, tuple[str, ...]]]:
        """Yield the kind and the possible names of each resource that it needs."""
        if self.wanted is not None:
            for reference in self.wanted.needs():
                yield reference.kind, tuple(self.wanted.labels(reference))

    def awaits(self) -> Iterator[tuple[str, tuple[str, ...]]]:
        """Yield kinds of the resources that have to be ready first, and what each may be called."""
        if self.action is not PlanAction.REMOVE:
            yield from self.uses()
        elif self.definition.needs_parent_up and self.definition.parent and self.parent:
            yield self.definition.parent.kind, (self.parent,)

    def follows(self) -> Iterator[tuple[str, tuple[str, ...]]]:
        """Yield the kind and the possible names of each resource that it is linked to."""
        if self.wanted is not None:
            for name in self.wanted.later:
                for reference in self.wanted.references_of(name):
                    yield reference.kind, tuple(self.wanted.labels(reference))

    def used(self) -> Iterator[tuple[str, str]]:
        """Yield kind and ID of each resource that it currently refers to, including its parent."""
        resource = self.resource
        if resource is None:
            return
        if resource.parent is not None:
            yield resource.parent.kind, resource.parent.id
        for field in self.definition.fields:
            # A reference that may be set later may be removed later, too.
            if field.refers_to is not None and field.output == "id" and not field.may_follow:
                value = field.value_of(resource.item)
                for key in value if isinstance(value, list) else [value]:
                    yield field.refers_to, str(key)

    def inside(self) -> tuple[str, str] | None:
        """Return kind and ID of its parent, if that exists."""
        parent = self.hidden_in if self.resource is None else self.resource.parent
        return None if parent is None else (parent.kind, parent.id)


def plan_wanted(
    wanted: Wanted, inventory: Inventory, names: Names, options: PlanOptions
) -> KindPlan | None:
    """Return the plan of a resource; None if it is as described.

    Args:
        wanted: The description.
        inventory: The existing resources.
        names: Resolves the references of the description.
        options: How to plan.
    """
    try:
        found = find_resource(wanted, inventory, names)
        if wanted.described.is_absent or options.destroy:
            return None if found is None else plan_removal(found, wanted)
        if found is None:
            return _addition(wanted, names)
        is_resent = f"{wanted.kind.name}/{wanted.label}" in options.resend
        before, after = wanted.kind.sent_version(found), _version(wanted)
        is_newer = None not in {before, after} and before != after
        plan = plan_change(wanted, found, names, always if is_resent or is_newer else never)
        return plan if plan is None or after is None else _versioned(plan, before, after)
    except HiddenError as error:
        return _unseen(wanted, names, options, error)
    except UnresolvedError as error:
        return _refusal(wanted, error.reason)


def _version(wanted: Wanted) -> str | None:
    """Return the version of the described secrets, if the API has a place to record it."""
    return version_of(wanted.fields) if wanted.kind.keeps_versions else None


def _versioned(plan: KindPlan, before: str | None, after: str) -> KindPlan:
    """Return a plan that shows and records the version of the secrets that are sent, if any."""
    if plan.action is not PlanAction.CHANGE or not any(map(_is_secret, plan.changes)):
        return plan
    shown = plan.changes
    if before is not None and before != after:
        shown = tuple(
            SecretChange(each.field, each.key, each.before, each.after, before, after)
            if _is_secret(each)
            else each
            for each in plan.changes
        )
    return attrs.evolve(plan, changes=shown, version=after)


def _is_secret(change: FieldChange) -> bool:
    return change.key is None and change.before is UNSET and change.after == MASK


def find_resource(wanted: Wanted, inventory: Inventory, names: Names) -> Resource[Any] | None:
    """Return the existing resource of a description; None if there is none yet.

    Args:
        wanted: The description.
        inventory: The existing resources.
        names: Finds its parent.

    Raises:
        HiddenError: It cannot be read yet.
        UnresolvedError: Its parent does not exist, or several resources match.
    """
    kind, scope, parent_id = wanted.kind, wanted.scope.id, None
    if kind.parent is not None and wanted.parent is not None:
        parent = names.find(kind.parent.kind, scope, wanted.parent)
        if parent is None:
            return None
        parent_id = parent.id
        if (reason := inventory.hidden.get((kind.name, parent.id))) is not None:
            raise HiddenError(reason, parent)
        obstacle = inventory.problems.get((kind.name, parent.id))
        if obstacle is not None:
            raise UnresolvedError(f"it could not be read: {obstacle}")
    pinned = wanted.described.id
    if pinned is not None:
        found = inventory.by_id(kind.name, scope, pinned)
        if found is None:
            raise UnresolvedError(f"there is no {kind.noun} with the ID {pinned}")
        return found
    assert wanted.key is not None
    there = [
        each
        for each in inventory.by_key(kind.name, scope, parent_id, wanted.key)
        if kind.status(each.item).phase is not Phase.GONE
    ]
    if len(there) > 1:
        ids = ", ".join(each.id for each in there)
        raise UnresolvedError(f"{len(there)} resources have this name: {ids}; pin one with its id")
    return there[0] if there else None


def plan_change(
    wanted: Wanted, resource: Resource[Any], names: Names, resend: Resend = never
) -> KindPlan | None:
    """Return the plan of an existing resource; None if it is as described.

    Args:
        wanted: The description.
        resource: The resource.
        names: Resolves the references of the description.
        resend: Which secrets are sent again.

    Raises:
        UnresolvedError: A referenced resource does not exist.
    """
    kind = wanted.kind
    changes = differences(wanted, resource, names, resend)
    if not changes:
        return None
    reason = kind.protection(resource.item) or kind.refusal(resource, changes)
    final = fixed(changes, wanted)
    if final:
        reason = replacement_reason(final)
    if reason is not None:
        return _refusal(wanted, reason, resource)
    return _plan(
        PlanAction.CHANGE,
        wanted,
        resource,
        changes=tuple(changes),
        warnings=_warnings(kind, changes),
    )


def plan_removal(
    resource: Resource[Any], wanted: Wanted | None, kind: Kind[Any] | None = None
) -> KindPlan | None:
    """Return the removal of a resource; None if it is permanent or already gone.

    Args:
        resource: The resource.
        wanted: Its description; None if it has none.
        kind: Its kind, if it has no description.
    """
    definition = kind if wanted is None else wanted.kind
    assert definition is not None
    if definition.is_permanent or definition.status(resource.item).phase is Phase.GONE:
        return None
    reason = definition.protection(resource.item) or definition.refusal(resource, ())
    return KindPlan(
        action=PlanAction.REMOVE if reason is None else PlanAction.REFUSED,
        kind=definition.name,
        noun=definition.noun,
        name=resource.name,
        parent=None if resource.parent is None else label_of(resource.parent),
        organization_id=resource.scope.id,
        resource_id=resource.id,
        state=definition.status(resource.item).reason,
        reason=reason,
        definition=definition,
        wanted=wanted,
        resource=resource,
    )


def _addition(wanted: Wanted, names: Names) -> KindPlan:
    kind, fields = wanted.kind, wanted.fields
    is_given = kind.comes_with_parent
    if is_given and kind.parent is None:
        return _refusal(wanted, "it does not exist, and cannot be created")
    missing = () if is_given else kind.missing(fields)
    if missing:
        needed = _all_of(missing)
        return _refusal(wanted, f"it does not exist, and creating it needs its {needed}")
    return _new(wanted, names)


def _all_of(fields: Sequence[str]) -> str:
    return " and its ".join(fields)


def _new(wanted: Wanted, names: Names) -> KindPlan:
    for reference in wanted.references():
        near = wanted.near(reference.kind)
        names.label(reference.kind, wanted.scope.id, reference.name, near)
    late = frozenset(name for name in wanted.later if not names.has_all(wanted, name))
    return _plan(
        PlanAction.ADD,
        wanted,
        None,
        changes=tuple(everything(wanted, names)),
        late=late,
        version=_version(wanted),
    )


def _unseen(
    wanted: Wanted, names: Names, options: PlanOptions, hidden: HiddenError
) -> KindPlan | None:
    """Return the creation of a resource unless it turns out to exist, or its removal if it does."""
    reason = hidden.reason
    if wanted.described.is_absent or options.destroy:
        if wanted.kind.is_permanent:
            return None
        why = f"if it is there: {reason}"
        return _plan(PlanAction.REMOVE, wanted, None, hidden_in=hidden.parent, reason=why)
    if wanted.described.id is not None:
        return _refusal(wanted, f"it could not be read: {reason}")
    missing = wanted.kind.missing(wanted.fields)
    when = "unless it is there"
    if missing:
        when = f"only changed if it is there, because creating it needs its {_all_of(missing)}"
    try:
        planned = _new(wanted, names)
    except UnresolvedError as error:
        return _refusal(wanted, error.reason)
    return attrs.evolve(planned, hidden_in=hidden.parent, reason=f"{when}: {reason}")


def _refusal(wanted: Wanted, reason: str, resource: Resource[Any] | None = None) -> KindPlan:
    return _plan(PlanAction.REFUSED, wanted, resource, reason=reason)


def _plan(
    action: PlanAction, wanted: Wanted, resource: Resource[Any] | None, **rest: Any
) -> KindPlan:
    return KindPlan(
        action=action,
        kind=wanted.kind.name,
        noun=wanted.kind.noun,
        name=wanted.name,
        parent=wanted.parent,
        organization_id=wanted.scope.id,
        resource_id=None if resource is None else resource.id,
        definition=wanted.kind,
        wanted=wanted,
        resource=resource,
        **rest,
    )


def _warnings(kind: Kind[Any], changes: Sequence[FieldChange]) -> tuple[str, ...]:
    known = (kind.by_name[change.field].warning for change in changes)
    return tuple(dict.fromkeys(warning for warning in known if warning is not None))
