"""Generic operations of all kinds: create, show, change, delete and list."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from clickhouse_cloud_async.apis.omnistrate.emulator.call import matches
from clickhouse_cloud_async.apis.omnistrate.emulator.registry import operation
from clickhouse_cloud_async.apis.omnistrate.emulator.releases.releases import content_at
from clickhouse_cloud_async.emulation.problems import bad_request, not_found
from clickhouse_cloud_async.emulation.store import name_of

from . import tree
from .kinds import BY_COLLECTION
from .shown import shown

if TYPE_CHECKING:
    from collections.abc import Callable

    from clickhouse_cloud_async.apis.omnistrate.emulator.call import Call
    from clickhouse_cloud_async.emulation.json_values import JsonObject

    from .kinds import Kind

    Handler = Callable[[Call], object]


def register(collection: str, *verbs: str, **names: str) -> None:
    """Register the generic handlers for the operations of a kind.

    Args:
        collection: Collection of the kind.
        *verbs: Which of ``create``, ``describe``, ``update``, ``delete`` and ``list``; all if
            omitted.
        **names: IDs of operations that do not consist of a verb and the kind's stem, by their
            verbs.
    """
    kind = BY_COLLECTION[collection]
    for verb in verbs or _MAKERS:
        operation(names.get(verb, f"{verb}{kind.stem}"))(_MAKERS[verb](kind))


def create(call: Call, kind: Kind, **further: object) -> str:
    """Add a resource below the one in the path, and return its ID.

    Args:
        call: The call.
        kind: Its kind.
        **further: Additional fields.
    """
    fields = {**call.parameters, **call.body, **further}
    key: str = tree.add(call.world, kind.collection, call.org_id, fields)["id"]
    return key


def update(call: Call, kind: Kind) -> None:
    """Change the sent fields of a resource."""
    document = call.get(kind.collection, call.parameters["id"])
    tree.change(call.world, kind, document, call.body)


def _create(kind: Kind) -> Handler:
    return lambda call: create(call, kind)


def _describe(kind: Kind) -> Handler:
    def describe(call: Call) -> JsonObject:
        """Show a resource, now or in a version of a product tier."""
        key = call.parameters["id"]
        version = version_asked_for(call)
        if version is None:
            return shown(call.world, kind.collection, call.get(kind.collection, key))
        things = released(call, kind, *version)
        if key not in things:
            raise not_found(f"{name_of((kind.collection, key))} of version {version[1]}")
        return shown(call.world, kind.collection, things[key])

    return describe


def _update(kind: Kind) -> Handler:
    return lambda call: update(call, kind)


def _delete(kind: Kind) -> Handler:
    def delete(call: Call) -> None:
        """Delete a resource with all that belong to it."""
        call.get(kind.collection, call.parameters["id"])
        if not call.query.get("dryRun"):
            tree.remove(call.world, kind.collection, call.parameters["id"])

    return delete


def _list(kind: Kind) -> Handler:
    def list_all(call: Call) -> JsonObject:
        """List the caller's resources below the one in the path."""
        version = version_asked_for(call)
        if version is not None:
            things = released(call, kind, *version).values()
            found = [thing for thing in things if matches(thing, call.parameters)]
        else:
            found = list(call.all(kind.collection, **call.parameters))
        managed = call.query.get("managed")
        if managed is not None:
            found = [thing for thing in found if bool(thing.get("_managed")) == managed]
        return listing(call, kind, found)

    return list_all


def released(call: Call, kind: Kind, tier: str, version: str) -> dict[str, JsonObject]:
    """Return the resources of a kind in a version of a product tier, by their IDs."""
    call.get("tiers", tier)
    return content_at(call.world, tier, version).get(kind.collection, {})


def listing(call: Call, kind: Kind, found: list[JsonObject]) -> JsonObject:
    """Return a list's response: IDs, and the whole resources if the kind's lists have them."""
    ids, things = kind.listed
    result: dict[str, Any] = {}
    if ids:
        result[ids] = [thing["id"] for thing in found]
    if things:
        result[things] = [shown(call.world, kind.collection, thing) for thing in found]
    return result


def version_asked_for(call: Call) -> tuple[str, str] | None:
    """Return the product tier and version of a read; None for the current state.

    Raises:
        Problem: 400 for one of the two without the other.
    """
    query, in_path = call.query, call.parameters.get("productTierId")
    tier: str | None = in_path or query.get("ProductTierId") or query.get("productTierId")
    version: str | None = query.get("ProductTierVersion") or query.get("productTierVersion")
    if version is None and (tier is None or in_path is not None):
        return None
    if version is None or tier is None:
        raise bad_request("ProductTierId and ProductTierVersion must come together")
    return tier, version


_MAKERS = {
    "create": _create,
    "describe": _describe,
    "update": _update,
    "delete": _delete,
    "list": _list,
}
