"""What a resource needs that is there already, though it may not be ready."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .inventory import label_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .handler import Context
    from .resource import Resource
    from .wanted import Wanted


def needed_by(wanted: Wanted, context: Context) -> Iterator[Resource[Any]]:
    """Yield the resources that a described one needs and that the plan leaves as they are.

    The order of the plan sees to all others.

    Args:
        wanted: The description.
        context: What was found, and what is planned.

    Raises:
        UnresolvedError: One of them is not there.
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
