"""The tree of a vendor's resources: adds, changes and removes them."""

from __future__ import annotations

from copy import deepcopy
from typing import TYPE_CHECKING, Any

from clickhouse_cloud_async.apis.omnistrate.emulator.ids import new_id, now, slug
from clickhouse_cloud_async.apis.omnistrate.emulator.place import Place
from clickhouse_cloud_async.apis.omnistrate.emulator.registry import REGISTRY
from clickhouse_cloud_async.core.contract import ref_name
from clickhouse_cloud_async.emulation.problems import conflict, not_found
from clickhouse_cloud_async.emulation.store import name_of

from .kinds import BY_COLLECTION, KINDS, references
from .queries import having

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from clickhouse_cloud_async.core.contract import Schema
    from clickhouse_cloud_async.emulation.json_values import JsonObject
    from clickhouse_cloud_async.emulation.store import Path
    from clickhouse_cloud_async.emulation.world import World

    from .kinds import Kind

_MOMENTS = ("createdAt", "updatedAt")


def add(world: World, collection: str, org: str, fields: Mapping[str, Any]) -> JsonObject:
    """Add a resource to the tree.

    Args:
        world: The emulator's documents and time.
        collection: Collection of its kind.
        org: ID of the organisation that owns it.
        fields: Its known fields; those whose names begin with an underscore are not shown.

    Returns:
        Its document, with defaults for fields that responses always have.

    Raises:
        Problem: 404 if it refers to a missing resource, 409 if it exists already.
    """
    kind = BY_COLLECTION[collection]
    document = new_document(world, kind, org, fields)
    check_references(world, kind, document)
    check_unique(world, kind, document)
    place = (collection, document["id"])
    world.store.put(place, document)
    REGISTRY.created(collection, Place(world), place)
    return document


def new_document(world: World, kind: Kind, org: str, fields: Mapping[str, Any]) -> JsonObject:
    """Return the document of a resource, which is not stored yet."""
    known = {**properties(world, kind), **{name: {} for name in kind.belongs}}
    given = {kind.renamed.get(name, name): value for name, value in fields.items()}
    document: JsonObject = {"id": new_id(world, kind.prefix), "_org": org}
    document |= {n: v for n, v in given.items() if n in known or n[:1] == "_"}
    if kind.keyed:
        document.setdefault("key", slug(str(document["name"])) or document["id"])
    document |= {name: now(world) for name in _MOMENTS if name in known and name not in document}
    for name, value in kind.defaults.items():
        document.setdefault(name, deepcopy(value))
    for name in world.contract.schemas[kind.schema].get("required", ()):
        if name not in document:
            document[name] = _blank(world, known[name])
    return document


def change(world: World, kind: Kind, document: JsonObject, fields: Mapping[str, Any]) -> None:
    """Change fields of a resource; its key does not change.

    Raises:
        Problem: 404 if it refers to a missing resource, 409 if its name is in use.
    """
    known = properties(world, kind)
    given = {kind.renamed.get(name, name): value for name, value in fields.items()}
    changed = document | {name: value for name, value in given.items() if name in known}
    check_references(world, kind, changed)
    check_unique(world, kind, changed)
    if "updatedAt" in known:
        changed["updatedAt"] = now(world)
    document |= changed


def check_references(world: World, kind: Kind, document: JsonObject) -> None:
    """Check that references are to existing resources of the same organisation and service.

    Raises:
        Problem: 404 for the first other one.
    """
    for collection, found in references(document, {**kind.belongs, **kind.uses}):
        named = world.store.peek((collection, found))
        if named is None or named.get("_org") != document["_org"]:
            raise not_found(name_of((collection, found)))
        service = document.get("serviceId")
        if service is not None and named.get("serviceId", service) != service:
            raise not_found(f"{name_of((collection, found))} of service {service}")


def check_unique(world: World, kind: Kind, document: JsonObject) -> None:
    """Check that no sibling has the same name or key.

    Raises:
        Problem: 409 if there is one.
    """
    if not kind.unique:
        return
    for other in having(world, kind.collection, **{kind.within: document.get(kind.within)}):
        for field in kind.unique:
            if other["id"] != document["id"] and other[field] == document[field]:
                taken = name_of((kind.collection, other["id"]))
                raise conflict(f"{field}: {document[field]!r} is taken by {taken}")


def children(world: World, collection: str, key: str) -> Iterator[tuple[Kind, JsonObject]]:
    """Yield the resources that are deleted with another one, for reading."""
    for kind in KINDS:
        fields = [field for field, whose in kind.belongs.items() if whose == collection]
        if fields:
            for document in world.store.collection((kind.collection,)).peek_all().values():
                if any(document.get(field) == key for field in fields):
                    yield kind, document


def subtree(world: World, collection: str, key: str) -> dict[Path, None]:
    """Return the paths of a resource and of all that are deleted with it, parents first."""
    found: dict[Path, None] = {}
    waiting: list[Path] = [(collection, key)]
    while waiting:
        place = waiting.pop(0)
        if place not in found:
            found[place] = None
            waiting += [
                (kind.collection, place_of(kind, child)) for kind, child in children(world, *place)
            ]
    return found


def place_of(kind: Kind, document: JsonObject) -> str:
    """Return the key of a document in the store."""
    if kind.collection == "versions":
        return f"{document['productTierId']} {document['version']}"
    key: str = document["id"]
    return key


def remove(world: World, collection: str, key: str) -> None:
    """Delete a resource with all that belong to it.

    Raises:
        Problem: 409 if another resource depends on a part of it.
    """
    going = subtree(world, collection, key)
    check_unused(world, going)
    for place in reversed(going):
        world.store.remove(place)


def check_unused(world: World, going: Iterable[Path]) -> None:
    """Check that no remaining resource depends on a deleted one.

    Raises:
        Problem: 409 for the first that does.
    """
    places = set(going)
    for kind in KINDS:
        if not kind.uses:
            continue
        for key, document in world.store.collection((kind.collection,)).peek_all().items():
            if (kind.collection, key) in places:
                continue
            for place in references(document, kind.uses):
                if place in places:
                    user = name_of((kind.collection, key))
                    raise conflict(f"{name_of(place)} is in use by {user}")


def properties(world: World, kind: Kind) -> Mapping[str, Schema]:
    """Return the fields of a resource in responses."""
    found: Mapping[str, Schema] = world.contract.schemas.get(kind.schema, {}).get("properties", {})
    return found


def _blank(world: World, schema: Schema) -> Any:
    """Return the default value of a field."""
    if "$ref" in schema:
        schema = world.contract.schemas[ref_name(schema)]
    if "default" in schema:
        return schema["default"]
    blanks: dict[object, Any] = {"boolean": False, "integer": 0, "number": 0, "string": ""}
    if schema.get("type") == "array":
        return []
    return blanks.get(schema.get("type"), {})
