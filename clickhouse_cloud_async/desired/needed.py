"""Existing resources that a described one needs, which may not be ready yet."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .inventory import label_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .handler import Context
    from .resource import Resource
    from .wanted import Wanted


def needed_by(wanted: Wanted, context: Context) -> Iterator[Resource[Any]]:
    """Yield the resources that a described one needs and that the plan does not change.

    For all other resources, the order of the plan is sufficient.

    Args:
        wanted: The description.
        context: Has the inventory and the plan.

    Raises:
        UnresolvedError: One of them does not exist.
    """
    for needed in _needed(wanted, context):
        if (needed.kind, label_of(needed)) not in context.worked_on:
            yield needed


def _needed(wanted: Wanted, context: Context) -> Iterator[Resource[Any]]:
    names, scope = context.names, wanted.scope.id
    for reference in wanted.needs():
        near = wanted.near(reference.kind)
        found = names.find(reference.kind, scope, reference.name, near)
        if found is not None:
            yield found
    for kind in wanted.kind.after:
        for other in context.inventory.of(kind, scope):
            if other.parent is not None and label_of(other.parent) == wanted.parent:
                yield other
