"""Copies of product tiers with their resources."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from clickhouse_cloud_async.emulation.store import public

from . import tree
from .kinds import BY_COLLECTION
from .queries import first, peek

if TYPE_CHECKING:
    from collections.abc import Mapping

    from clickhouse_cloud_async.apis.omnistrate.emulator.releases.releases import Content
    from clickhouse_cloud_async.emulation.json_values import JsonObject
    from clickhouse_cloud_async.emulation.world import World


def put(
    world: World,
    collection: str,
    org: str,
    known_by: Mapping[str, Any],
    fields: Mapping[str, Any],
) -> JsonObject:
    """Update a resource, or add it if it does not exist.

    Args:
        world: The emulator's documents and time.
        collection: Collection of its kind.
        org: ID of the organisation that owns it.
        known_by: Fields that identify it among its siblings.
        fields: Its other fields.
    """
    found = first(world, collection, **known_by)
    if found is None:
        return tree.add(world, collection, org, {**fields, **known_by})
    document = world.store.document((collection, found["id"]))
    hidden = {name: value for name, value in fields.items() if name[:1] == "_"}
    tree.change(world, BY_COLLECTION[collection], document, fields)
    document |= hidden
    return document


def copy_content(
    world: World, content: Content, model: JsonObject, changes: Mapping[str, Any] | None = None
) -> JsonObject:
    """Copy the content of a product tier to the one with the same key in a service model.

    Args:
        world: The emulator's documents and time.
        content: The content.
        model: The service model.
        changes: Fields of the product tier with different values.

    Returns:
        The product tier.
    """
    source = next(iter(content["tiers"].values()))
    fields = _without(source, "id", "key", "serviceModelId", "serviceId") | dict(changes or {})
    org, service = model["_org"], {"serviceId": model["serviceId"]}
    parent = {"serviceModelId": model["id"]}
    tier = _put_named(world, "tiers", org, parent, {**fields, **service})
    copied = _copy_configs(world, content, model)
    for key, resource in content.get("resources", {}).items():
        names = _without(resource, "id", "productTierId", "dependencies")
        names |= {n: copied[v] for n, v in names.items() if isinstance(v, str) and v in copied}
        known_by = {"productTierId": tier["id"], "key": resource["key"]}
        copied[key] = put(world, "resources", org, known_by, {**names, **service})["id"]
    for key, resource in content.get("resources", {}).items():
        _copy_parts(world, content, key, copied)
        document = world.store.document(("resources", copied[key]))
        document["dependencies"] = [
            {**each, "resourceId": copied.get(each["resourceId"], each["resourceId"])}
            for each in resource.get("dependencies", ())
        ]
        document["_dependencyIds"] = [each["resourceId"] for each in document["dependencies"]]
    return tier


def _put_named(
    world: World, collection: str, org: str, parent: Mapping[str, Any], fields: Mapping[str, Any]
) -> JsonObject:
    """Update or add a resource that its name identifies below its parent."""
    return put(world, collection, org, {**parent, "name": fields["name"]}, fields)


def _copy_configs(world: World, content: Content, model: JsonObject) -> dict[str, str]:
    """Copy the configurations of an environment; all others belong to the service."""
    environment = peek(world, "service-apis", model["serviceApiId"])["serviceEnvironmentId"]
    parent = {"serviceEnvironmentId": environment}
    copied: dict[str, str] = {}
    for collection, name in (("image-configs", "imageName"), ("infra-configs", "name")):
        for key, config in content.get(collection, {}).items():
            if config["serviceEnvironmentId"] == environment:
                copied[key] = key
                continue
            known_by = {**parent, name: config[name]}
            fields = _without(config, "id", *known_by)
            copied[key] = put(world, collection, model["_org"], known_by, fields)["id"]
    return copied


def _copy_parts(world: World, content: Content, key: str, copied: Mapping[str, str]) -> None:
    """Copy the parameters and files of a resource."""
    for collection, name in (
        ("input-parameters", "key"),
        ("output-parameters", "key"),
        ("files", "name"),
    ):
        for part in content.get(collection, {}).values():
            if part["resourceId"] == key:
                known_by = {"resourceId": copied[key], name: part[name]}
                fields = _without(part, "id", "fileId", *known_by) | {
                    field: value for field, value in part.items() if field[:1] == "_"
                }
                if "dependentResourceId" in fields:
                    dependent = fields["dependentResourceId"]
                    fields["dependentResourceId"] = copied.get(dependent, dependent)
                put(world, collection, part["_org"], known_by, fields)


def _without(document: JsonObject, *names: str) -> dict[str, Any]:
    return {name: value for name, value in public(document).items() if name not in names}
