"""The fleets of exported resources whose kinds carry the mark of a fleet."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import attrs

from .resource import Phase

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from .handler import Context
    from .kind import Kind
    from .resource import Resource


@attrs.frozen(kw_only=True)
class Membership:
    """The exported resources of a kind whose resources carry the mark of their fleet.

    A document cannot describe a resource of another fleet: its plan would refuse it.

    Attributes:
        members: The resources of the exported fleet, and those of no fleet.
        notes: Notes about resources that are not exported.
        has_unmarked: Whether some belong to no fleet.
    """

    members: Sequence[Resource[Any]]
    notes: tuple[str, ...] = ()
    has_unmarked: bool = False


def membership(
    kind: Kind[Any], chosen: Sequence[Resource[Any]], fleet: str, context: Context
) -> Membership:
    """Return the selected resources that an export describes.

    Args:
        kind: Their kind.
        chosen: The selected resources.
        fleet: The name of the exported fleet.
        context: Has the inventory.
    """
    if not kind.is_owned:
        return Membership(members=chosen)
    owners = [kind.owner(each.item) for each in chosen]
    members = [each for each, owner in zip(chosen, owners, strict=True) if owner in {None, fleet}]
    others = Counter(owner for owner in owners if owner not in {None, fleet})
    notes = [
        f"left out: {_count(kind, count)} of the fleet {other}; export them under its name"
        for other, count in sorted(others.items())
    ]
    if missing := _missing(kind, chosen, fleet, context):
        notes.append(
            f"not selected: {_count(kind, missing)} of the fleet {fleet}, which a plan of the"
            " export deletes unless it has targets"
        )
    return Membership(members=members, notes=tuple(notes), has_unmarked=None in owners)


def _missing(kind: Kind[Any], chosen: Iterable[Resource[Any]], fleet: str, context: Context) -> int:
    """Return the number of the fleet's resources that are not selected."""
    selected = {each.id for each in chosen}
    return sum(
        each.id not in selected
        and kind.owner(each.item) == fleet
        and kind.status(each.item).phase is not Phase.GONE
        for scope in context.scopes
        for each in context.inventory.of(kind.name, scope.id)
    )


def _count(kind: Kind[Any], count: int) -> str:
    return f"1 {kind.noun}" if count == 1 else f"{count} {kind.name}"
