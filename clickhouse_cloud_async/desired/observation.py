"""Where to look for resources: no request is sent for what a description does not name."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from typing import TYPE_CHECKING, Any

from clickhouse_cloud_async.core.errors import APIStatusError, NotFoundError

from .names import UnresolvedError
from .resource import Location

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from .handler import Context
    from .kind import Kind
    from .kinds import Kinds
    from .resource import Resource
    from .wanted import Wanted

AT_ONCE = 20
"""For how many parents of a client resources are listed at the same time."""


def kinds_to_look_at(
    kinds: Kinds, wanted: Iterable[Wanted], prune: Iterable[str]
) -> dict[str, set[str]]:
    """Return the kinds that matter, each with the IDs of the scopes in which it does.

    These are the kinds that are described or named by what is described, and their parents.

    Args:
        kinds: The kinds that there are.
        wanted: What is described.
        prune: Kinds of which nothing else is to be there.
    """
    scopes: defaultdict[str, set[str]] = defaultdict(set)
    for each in wanted:
        scopes[each.kind.name].add(each.scope.id)
        for reference in each.references():
            scopes[reference.kind].add(each.scope.id)
    everywhere = {scope for found in scopes.values() for scope in found}
    for name in prune:
        scopes[name] |= everywhere
    for name in reversed(kinds.names):
        parent = kinds[name].parent
        if scopes.get(name) and parent is not None:
            scopes[parent.kind] |= scopes[name]
    return {name: scopes[name] for name in kinds.names if scopes.get(name)}


def locations(kind: Kind[Any], context: Context, scopes: Iterable[str]) -> list[Location]:
    """Return where the resources of a kind have to be listed.

    Args:
        kind: The kind; the resources of its parent have been found.
        context: What is described, and what was found.
        scopes: The IDs of the scopes in which it matters.
    """
    matter = [scope for scope in context.scopes if scope.id in scopes]
    if kind.is_in_one_list or kind.parent is None:
        return [Location(scope=scope) for scope in matter]
    found: dict[tuple[str, str], Location] = {}
    by_id = {scope.id: scope for scope in matter}
    for scope, name in _parents(kind, context):
        try:
            parent = context.names.find(kind.parent.kind, scope, name)
        except UnresolvedError:
            continue
        if parent is not None and scope in by_id:
            found[scope, parent.id] = Location(scope=by_id[scope], parent=parent)
    return list(found.values())


def _parents(kind: Kind[Any], context: Context) -> Iterable[tuple[str, str]]:
    """Yield the scopes and names of the parents of a kind whose resources matter."""
    assert kind.parent is not None
    is_pruned = kind.name in context.desired.prune
    for each in context.wanted:
        if each.kind.name == kind.name and each.parent is not None:
            yield each.scope.id, each.parent
        if is_pruned and each.kind.name == kind.parent.kind:
            yield each.scope.id, each.label
        for reference in each.references():
            if reference.kind != kind.name:
                continue
            if (near := each.near(kind.name)) is not None:
                yield each.scope.id, near
            if "/" in reference.name:
                yield each.scope.id, reference.name.rpartition("/")[0]


async def list_resources(
    kind: Kind[Any], context: Context, places: Sequence[Location]
) -> list[Resource[Any]]:
    """List the resources of a kind and put them into the inventory.

    Args:
        kind: The kind.
        context: Has the inventory.
        places: Where to look.

    Raises:
        CloudError: They could not be listed, and that is no matter of one parent.
    """
    turns: defaultdict[int, asyncio.Semaphore] = defaultdict(lambda: asyncio.Semaphore(AT_ONCE))

    async def look(place: Location) -> Sequence[Any]:
        async with turns[id(place.client)]:
            return await _items(kind, context, place)

    found: list[Resource[Any]] = []
    lists = await asyncio.gather(*map(look, places))
    for place, items in zip(places, lists, strict=True):
        for item in items:
            parent = place.parent
            if kind.parent is not None and parent is None:
                key = kind.parent_id_of(item)
                parent = context.inventory.by_id(kind.parent.kind, place.scope.id, key)
                if parent is None:
                    continue
            resource = kind.resource(item, place.scope, parent)
            context.inventory.add(resource)
            found.append(resource)
    return found


async def complete(
    kind: Kind[Any], context: Context, resources: Iterable[Resource[Any]]
) -> list[Resource[Any]]:
    """Fetch resources one by one that a list shows only in part.

    Args:
        kind: Their kind.
        context: Has the inventory, which gets them as they are.
        resources: The resources.

    Returns:
        Those that are still there, with all that the API shows of them.

    Raises:
        CloudError: One could not be fetched.
    """
    turns = asyncio.Semaphore(AT_ONCE)

    async def fetch(resource: Resource[Any]) -> Resource[Any] | None:
        async with turns:
            item = await kind.get(resource)
        if item is None:
            return None
        whole = kind.resource(item, resource.scope, resource.parent)
        context.inventory.add(whole)
        return whole

    fetched = await asyncio.gather(*map(fetch, resources))
    return [resource for resource in fetched if resource is not None]


async def see(kind: Kind[Any], context: Context, place: Location) -> None:
    """Look at resources that were hidden until now, once for all who ask.

    Args:
        kind: Their kind.
        context: Has the inventory.
        place: Where they are; the parent is up.

    Raises:
        CloudError: They could not be listed.
    """
    key, inventory = (kind.name, place.parent_id), context.inventory
    if key not in inventory.hidden:
        return
    items = await context.lists.fresh(kind, place)
    if inventory.hidden.pop(key, None) is not None:
        inventory.seen_late.add(key)
        for item in items:
            inventory.add(kind.resource(item, place.scope, place.parent))


async def _items(kind: Kind[Any], context: Context, place: Location) -> Sequence[Any]:
    if place.parent is None:
        return await kind.list_items(place)
    if (reason := kind.hidden_by(place.parent)) is not None:
        context.inventory.hidden[kind.name, place.parent.id] = reason
        return ()
    obstacle = None if context.options.wake else kind.would_wake(place.parent)
    if obstacle is None:
        try:
            return await kind.list_items(place)
        except NotFoundError:
            return ()
        except APIStatusError as error:
            obstacle = error.message
    context.inventory.problems[kind.name, place.parent.id] = obstacle
    return ()
