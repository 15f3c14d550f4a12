"""Actions on one resource without a plan: adopt, forget and rename."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Any

import attrs

from clickhouse_cloud_async.core.client import caller_of
from clickhouse_cloud_async.core.errors import InvalidArgumentError, NotFoundError
from clickhouse_cloud_async.fleet.verification import verification_window

from .inventory import label_of
from .observation import list_resources
from .resource import Location

if TYPE_CHECKING:
    from collections.abc import Callable

    from .handler import Context
    from .kind import Kind
    from .resource import Resource


async def find_one(context: Context, kind: Kind[Any], name: str) -> Resource[Any]:
    """Return the resource with a name.

    Args:
        context: Has the clients and the inventory.
        kind: Its kind.
        name: Its name, after that of its parent and a slash; or its ID.

    Raises:
        InvalidArgumentError: There is more than one.
        NotFoundError: There is no such resource.
        CloudError: The actual state could not be read.
    """
    if kind.is_in_one_list:
        if kind.parent is not None:
            await list_resources(context.kinds[kind.parent.kind], context, _everywhere(context))
        places = _everywhere(context)
    else:
        assert kind.parent is not None
        above, _, _ = name.rpartition("/")
        parent = await find_one(context, context.kinds[kind.parent.kind], above or name)
        places = [Location(scope=parent.scope, parent=parent)]
    found = await list_resources(kind, context, places)
    matching = [each for each in found if name in {each.id, each.name, label_of(each)}]
    if len(matching) > 1:
        ids = ", ".join(each.id for each in matching)
        raise InvalidArgumentError(f"{len(matching)} {kind.name} are called {name!r}: {ids}")
    if not matching:
        raise NotFoundError(f"there is no {kind.noun} {name!r}")
    return matching[0]


async def mark(context: Context, kind: Kind[Any], name: str, fleet: str | None) -> str:
    """Mark a resource as part of a fleet, or of none.

    Args:
        context: Has the clients and the inventory.
        kind: Its kind.
        name: Its name or ID.
        fleet: The fleet; None for none.

    Returns:
        Its ID.

    Raises:
        InvalidArgumentError: Its kind has no marks, or it belongs to another fleet.
        NotFoundError: There is no such resource.
        CloudError: A request failed.
    """
    if not kind.is_owned:
        raise InvalidArgumentError(
            f"{kind.name} carry no mark of a fleet: a fleet has all of them that its document"
            " describes"
        )
    resource = await find_one(context, kind, name)
    owner = kind.owner(resource.item)
    if fleet is not None and owner not in {None, fleet}:
        raise InvalidArgumentError(f"{kind.noun} {name} belongs to the fleet {owner}")
    if owner != fleet:
        await kind.mark(resource, fleet)
        await _until(kind, resource, lambda item: kind.owner(item) == fleet)
    return resource.id


async def rename(context: Context, kind: Kind[Any], name: str, new_name: str) -> str:
    """Rename a resource.

    Args:
        context: Has the clients and the inventory.
        kind: Its kind.
        name: Its name or ID.
        new_name: Its new name.

    Returns:
        Its ID.

    Raises:
        InvalidArgumentError: The name is in use, or names of this kind cannot be changed.
        NotFoundError: There is no such resource.
        CloudError: A request failed.
    """
    if not new_name:
        raise InvalidArgumentError("the new name is empty")
    resource = await find_one(context, kind, name)
    parent_id = None if resource.parent is None else resource.parent.id
    key = (*resource.key[:-1], new_name)
    taken = context.inventory.by_key(kind.name, resource.scope.id, parent_id, key)
    if taken:
        raise InvalidArgumentError(f"there is a {kind.noun} {new_name!r} already: {taken[0].id}")
    if reason := kind.protection(resource.item):
        raise InvalidArgumentError(f"{kind.noun} {name} cannot be renamed: {reason}")
    await kind.rename(resource, new_name)
    field = kind.key[-1]
    await _until(kind, resource, lambda item: kind.by_name[field].value_of(item) == new_name)
    version = kind.sent_version(resource) if kind.names_versions else None
    if version is not None:
        await kind.note_version(attrs.evolve(resource, key=key), version, resource)
    return resource.id


async def _until(kind: Kind[Any], resource: Resource[Any], shows: Callable[[Any], bool]) -> None:
    """Wait until a resource shows an accepted change, for a limited time."""
    polling = caller_of(resource.client).pollers.polling
    end = time.monotonic() + verification_window(polling.speed)
    while (item := await kind.get(resource)) is not None and not shows(item):
        if time.monotonic() > end:
            return
        await asyncio.sleep(polling.pause)


def _everywhere(context: Context) -> list[Location]:
    return [Location(scope=scope) for scope in context.scopes]
