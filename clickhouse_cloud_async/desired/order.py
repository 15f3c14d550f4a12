"""The order of resources in a plan."""

from __future__ import annotations

from collections import defaultdict
from graphlib import CycleError, TopologicalSorter
from typing import TYPE_CHECKING

from clickhouse_cloud_async.core.errors import InvalidArgumentError

from .plan import PlanAction

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from .handler import Context
    from .plan import ResourcePlan

Identity = tuple[str, ...]
"""The identity of an item of a plan."""


def dependencies(items: Sequence[ResourcePlan], context: Context) -> dict[Identity, set[Identity]]:
    """Return the predecessors of each item.

    A resource is created or changed after the resources that it refers to. It is removed after the
    resources that belong to it are removed, after all references to it are dropped, and after a
    parent that must run for it is started.

    Args:
        items: The items of a plan.
        context: Has the kinds.
    """
    graph = _removals_by_description(items)
    named, removed = _index(items)
    leaving = set(removed.values())
    siblings: defaultdict[tuple[str, str, str | None], list[Identity]] = defaultdict(list)
    for item in items:
        siblings[item.kind, item.organization_id, item.parent].append(item.identity)
    for item in items:
        is_removal = item.action is PlanAction.REMOVE
        for kind, names in item.awaits():
            graph[item.identity] |= _meant(named, item, kind, names)
        for kind, key in item.used():
            if (other := removed.get((kind, key))) is not None:
                graph[other].add(item.identity)
        for kind in context.kinds[item.kind].after:
            for other in siblings.get((kind, item.organization_id, item.parent), ()):
                # A resource is deleted only after others have dropped their references to it.
                is_first = is_removal or other in leaving
                first, second = (item.identity, other) if is_first else (other, item.identity)
                graph[second].add(first)
    for identity, before in graph.items():
        before.discard(identity)
    return graph


def links(items: Sequence[ResourcePlan]) -> dict[Identity, set[Identity]]:
    """Return the items that each item is linked to after their creation.

    Args:
        items: The items of a plan.
    """
    named, _ = _index(items)
    return {
        item.identity: {
            other
            for kind, names in item.follows()
            for other in _meant(named, item, kind, names)
            if other != item.identity
        }
        for item in items
        if item.action is not PlanAction.REMOVE
    }


def ordered(items: Sequence[ResourcePlan], context: Context) -> tuple[ResourcePlan, ...]:
    """Return items in the order in which they are started.

    Args:
        items: The items of a plan.
        context: Has the kinds.

    Raises:
        InvalidArgumentError: They depend on each other in a cycle.
    """
    by_identity = {item.identity: item for item in items}
    rank = {identity: index for index, identity in enumerate(by_identity)}
    sorter = TopologicalSorter(dependencies(items, context))
    try:
        sorter.prepare()
    except CycleError as error:
        circle = (by_identity[identity] for identity in error.args[1])
        named = " -> ".join(f"{item.noun} {item.label}" for item in circle)
        raise InvalidArgumentError(f"the references form a cycle: {named}") from None
    result: list[ResourcePlan] = []
    while sorter.is_active():
        ready = sorted(sorter.get_ready(), key=rank.__getitem__)
        result += (by_identity[identity] for identity in ready)
        sorter.done(*ready)
    return tuple(result)


def with_dependencies(
    items: Sequence[ResourcePlan], targets: frozenset[str], context: Context
) -> list[ResourcePlan]:
    """Return the selected items and all of their predecessors.

    Args:
        items: The items of a plan.
        targets: The selected ones, as ``kind/name``.
        context: Has the kinds.
    """
    graph, linked = dependencies(items, context), links(items)
    waiting = [item.identity for item in items if is_target(item, targets)]
    meant = set[Identity]()
    while waiting:
        identity = waiting.pop()
        if identity not in meant:
            meant.add(identity)
            waiting += graph[identity] | linked.get(identity, set())
    return [item for item in items if item.identity in meant]


def is_target(item: ResourcePlan, targets: frozenset[str]) -> bool:
    """Return whether an item is one of the targets.

    Args:
        item: The item.
        targets: Names as ``kind/name``.
    """
    return not targets.isdisjoint({f"{item.kind}/{item.label}", f"{item.kind}/{item.name}"})


def split_target(target: str) -> tuple[str, str]:
    """Return kind and name of a target.

    Args:
        target: As ``kind/name``.

    Raises:
        InvalidArgumentError: It does not have that form.
    """
    kind, slash, name = target.partition("/")
    if not slash:
        raise InvalidArgumentError(
            f"{target!r} is not a target: write kind/name, such as services/clicks"
        )
    return kind, name


def _removals_by_description(items: Sequence[ResourcePlan]) -> dict[Identity, set[Identity]]:
    """Return the dependencies between removals that only descriptions show, as for replicas."""
    graph: dict[Identity, set[Identity]] = {item.identity: set() for item in items}
    removals = [item for item in items if item.action is PlanAction.REMOVE]
    named = {
        (item.kind, item.organization_id, name): item.identity
        for item in removals
        for name in _names(item)
    }
    for item in removals:
        for kind, names in item.uses():
            meant = (named.get((kind, item.organization_id, name)) for name in names)
            if other := next(filter(None, meant), None):
                graph[other].add(item.identity)
    return graph


def _meant(
    named: Mapping[tuple[str, str, str], set[Identity]],
    item: ResourcePlan,
    kind: str,
    names: Sequence[str],
) -> set[Identity]:
    """Return the items with the first of the possible names that any item has."""
    found = (named.get((kind, item.organization_id, name)) for name in names)
    return next(filter(None, found), set())


def _index(
    items: Sequence[ResourcePlan],
) -> tuple[Mapping[tuple[str, str, str], set[Identity]], Mapping[tuple[str, str], Identity]]:
    """Index remaining items by names and ID, and removed ones by ID."""
    named: defaultdict[tuple[str, str, str], set[Identity]] = defaultdict(set)
    removed: dict[tuple[str, str], Identity] = {}
    for item in items:
        if item.action is PlanAction.REMOVE:
            removed[item.kind, str(item.resource_id)] = item.identity
            continue
        for name in _names(item):
            named[item.kind, item.organization_id, name].add(item.identity)
    return named, removed


def _names(item: ResourcePlan) -> Iterator[str]:
    yield from {item.name, item.label}
    if item.resource_id is not None:
        yield item.resource_id
