"""Lists the resources that a description needs, and no others."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

import attrs

from clickhouse_cloud_async.core.errors import APIStatusError, NotFoundError
from clickhouse_cloud_async.core.memory import remembering

from .names import UnresolvedError
from .resource import Location
from .spreading import spread

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from clickhouse_cloud_async.core.memory import Memory

    from .handler import Context
    from .kind import Kind
    from .kinds import Kinds
    from .resource import Resource, Scope
    from .wanted import Wanted


def relevant_kinds(
    kinds: Kinds, wanted: Iterable[Wanted], prune: Iterable[str]
) -> dict[str, set[str]]:
    """Return the relevant kinds, each with the IDs of its relevant scopes.

    These are the described kinds, the kinds that descriptions refer to, and their parents.

    Args:
        kinds: The kinds of the API.
        wanted: The described resources.
        prune: Kinds of which all resources that are not described are deleted.
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
    """Return the locations whose resources of a kind have to be listed.

    Args:
        kind: The kind; its parents have already been read.
        context: Has the description and the inventory.
        scopes: The IDs of the scopes in which it is relevant.
    """
    matter = [scope for scope in context.scopes if scope.id in scopes]
    if kind.is_in_one_list or kind.parent is None:
        return [Location(scope=scope) for scope in matter]
    found: dict[tuple[str, str], Location] = {}
    by_id = {scope.id: scope for scope in matter}
    for scope, name in named_locations(kind, context, scopes):
        try:
            parent = context.names.find(kind.parent.kind, scope, name)
        except UnresolvedError:
            continue
        if parent is not None:
            found[scope, parent.id] = Location(scope=by_id[scope], parent=parent)
    return list(found.values())


def named_locations(
    kind: Kind[Any], context: Context, scopes: Iterable[str]
) -> list[tuple[str, str]]:
    """Return the scopes and parents whose resources of a kind have to be listed, by name.

    Args:
        kind: The kind.
        context: Has the description.
        scopes: The IDs of the scopes in which it is relevant.

    Returns:
        IDs of scopes, each with the name of a parent, which is empty if one list shows all.
    """
    if kind.is_in_one_list or kind.parent is None:
        return [(scope, "") for scope in scopes]
    named = dict.fromkeys(_parents(kind, context))
    return [(scope, name) for scope, name in named if scope in scopes]


def _parents(kind: Kind[Any], context: Context) -> Iterable[tuple[str, str]]:
    """Yield the scopes and names of the parents with relevant resources."""
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
            # A key of several fields contains slashes itself.
            parent, *key = reference.name.rsplit("/", len(kind.key))
            if kind.key and len(key) == len(kind.key):
                yield each.scope.id, parent


async def list_resources(
    kind: Kind[Any], context: Context, places: Sequence[Location]
) -> list[Resource[Any]]:
    """List the resources of a kind, and store them in the inventory.

    Args:
        kind: The kind.
        context: Has the inventory.
        places: The locations to list.

    Raises:
        CloudError: They could not be listed, for a reason that is not specific to one parent.
    """

    async def look(place: Location, via: Scope) -> Sequence[Any]:
        items = await _items(kind, context, place, via)
        context.look.done(kind.name, kind.list_requests(()))
        return items

    found: list[Resource[Any]] = []
    lists = await spread(places, lambda place: place.scope, look)
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
    """Fetch resources individually of which a list shows only a part.

    Args:
        kind: Their kind.
        context: Has the inventory, which is updated.
        resources: The resources.

    Returns:
        The resources that still exist, in full.

    Raises:
        CloudError: One could not be fetched.
    """

    async def fetch(resource: Resource[Any], via: Scope) -> Resource[Any] | None:
        with remembering(_memory(kind, context, resource.parent)):
            item = await kind.get(attrs.evolve(resource, scope=via))
        context.look.done(kind.name, kind.get_requests)
        if item is None:
            return None
        whole = kind.resource(item, resource.scope, resource.parent)
        context.inventory.add(whole)
        return whole

    in_part = list(resources)
    context.look.expect(kind.name, len(in_part) * kind.get_requests)
    fetched = await spread(in_part, lambda resource: resource.scope, fetch)
    return [resource for resource in fetched if resource is not None]


async def list_hidden(kind: Kind[Any], context: Context, place: Location) -> None:
    """List resources that could not be listed until now, once for all concurrent callers.

    Args:
        kind: Their kind.
        context: Has the inventory.
        place: Their location, whose parent runs.

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


async def _items(kind: Kind[Any], context: Context, place: Location, via: Scope) -> Sequence[Any]:
    through = attrs.evolve(place, scope=via)
    if place.parent is None:
        return await kind.list_items(through)
    if (reason := kind.hidden_by(place.parent)) is not None:
        context.inventory.hidden[kind.name, place.parent.id] = reason
        return ()
    memory = _memory(kind, context, place.parent)
    is_known = memory is not None and bool(memory.results)
    obstacle = None if context.options.wake or is_known else kind.would_wake(place.parent)
    if obstacle is None:
        try:
            with remembering(memory):
                return await kind.list_items(through)
        except NotFoundError:
            return ()
        except APIStatusError as error:
            obstacle = error.message
    context.inventory.problems[kind.name, place.parent.id] = obstacle
    return ()


def _memory(kind: Kind[Any], context: Context, parent: Resource[Any] | None) -> Memory | None:
    """Return the known results about the resources of a parent, if each parent has a list."""
    if context.memories is None or parent is None or kind.is_in_one_list:
        return None
    return context.memories.memory(kind.name, kind.reported_by, parent)
