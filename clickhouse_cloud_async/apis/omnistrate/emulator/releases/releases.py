"""Versions of product tiers: their content, differences and releases."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import orjson

from clickhouse_cloud_async.apis.omnistrate.emulator.ids import now
from clickhouse_cloud_async.apis.omnistrate.emulator.place import Place
from clickhouse_cloud_async.apis.omnistrate.emulator.registry import REGISTRY
from clickhouse_cloud_async.apis.omnistrate.emulator.tree import tree
from clickhouse_cloud_async.apis.omnistrate.emulator.tree.homes import version_key
from clickhouse_cloud_async.apis.omnistrate.emulator.tree.kinds import BY_COLLECTION
from clickhouse_cloud_async.apis.omnistrate.emulator.tree.queries import having, peek
from clickhouse_cloud_async.emulation.problems import Problem, bad_request, conflict, not_found
from clickhouse_cloud_async.emulation.state_machines import StateMachine
from clickhouse_cloud_async.emulation.transitions import Transition

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from clickhouse_cloud_async.emulation.json_values import JsonObject
    from clickhouse_cloud_async.emulation.store import Path
    from clickhouse_cloud_async.emulation.world import World

Content: TypeAlias = "dict[str, dict[str, JsonObject]]"
"""The content of a version: documents by collection and ID."""

PARTS: Final = {
    "computeConfigId": "compute-configs",
    "networkConfigId": "network-configs",
    "storageConfigId": "storage-configs",
}
"""The parts of an infrastructure configuration."""

OPEN: Final = ("Active", "Preferred")
"""States of versions that new instances can have."""

_OF_RESOURCES = {
    "inputParameters": "input-parameters",
    "outputParameters": "output-parameters",
    "files": "files",
}
"""Categories of changes of a resource other than its own fields, with their collections."""

_MODEL_RELEASES: StateMachine[Any] = StateMachine(
    REGISTRY, "model release", {"DEPLOYING": Transition("READY", 60.0)}, field="_release"
)


def content_of(world: World, tier: str) -> Content:
    """Return the current content of a product tier: it, its resources and their configurations."""
    content: Content = {"tiers": {tier: peek(world, "tiers", tier)}}
    for resource in having(world, "resources", productTierId=tier):
        content.setdefault("resources", {})[resource["id"]] = resource
        for collection in _OF_RESOURCES.values():
            for part in having(world, collection, resourceId=resource["id"]):
                content.setdefault(collection, {})[part["id"]] = part
        for collection, key in _configs(world, resource):
            content.setdefault(collection, {})[key] = peek(world, collection, key)
    copied: Content = orjson.loads(orjson.dumps(content))
    return copied


def _configs(world: World, resource: JsonObject) -> Iterator[tuple[str, str]]:
    """Yield the configurations of a resource."""
    if resource.get("imageConfigId"):
        yield "image-configs", resource["imageConfigId"]
    if resource.get("infraConfigId"):
        yield from parts_of(world, resource["infraConfigId"])


def parts_of(world: World, infra: str) -> Iterator[tuple[str, str]]:
    """Yield an infrastructure configuration and its parts."""
    yield "infra-configs", infra
    config = peek(world, "infra-configs", infra)
    for field, collection in PARTS.items():
        if config.get(field):
            yield collection, config[field]
            part = peek(world, collection, config[field])
            yield from (("volume-configs", volume) for volume in part.get("_volumeIds", ()))


def versions_of(world: World, tier: str) -> list[JsonObject]:
    """Return the versions of a product tier, newest first."""
    return list(having(world, "versions", productTierId=tier))[::-1]


def content_at(world: World, tier: str, version: str) -> Content:
    """Return the content of a version of a product tier.

    Raises:
        Problem: 404 if there is no such version.
    """
    found = world.store.peek((*place(tier, version), "content", "all"))
    if found is None:
        raise not_found(f"version {version} of tier {tier}")
    return found


def content_of_instance(world: World, instance: JsonObject) -> Content:
    """Return the content of the version that an instance runs."""
    return content_at(world, instance["_tierId"], instance["tierVersion"])


def part_of(content: Content, collection: str, key: str | None) -> JsonObject:
    """Return a document in the content of a version; an empty object if there is none."""
    return content.get(collection, {}).get(key or "", {})


def latest_content(world: World, tier: str) -> Content:
    """Return the content of the newest released version; empty if there is none."""
    for version in versions_of(world, tier):
        if version["status"] != "Pending":
            return content_at(world, tier, version["version"])
    return {}


def preferred(world: World, tier: str) -> JsonObject | None:
    """Return the version for new instances: the preferred one, otherwise the newest active one.

    It is deduced that an active one is used.
    """
    versions = versions_of(world, tier)
    for status in ("Preferred", "Active"):
        for version in versions:
            if version["status"] == status:
                return version
    return None


def has_changes(world: World, tier: str) -> bool:
    """Return whether a product tier has changed since its last release."""
    return content_of(world, tier) != latest_content(world, tier)


def differences(old: Content, new: Content) -> dict[str, JsonObject]:
    """Compare two contents of a product tier.

    Args:
        world: The emulator's documents and time.
        old: The earlier one.
        new: The later one.

    Returns:
        The changes, by the ID of each resource.
    """
    before, after = old.get("resources", {}), new.get("resources", {})
    tiers = [next(iter(each.get("tiers", {}).values()), None) for each in (old, new)]
    features = [None if tier is None else tier.get("enabledFeatures", []) for tier in tiers]
    return {
        key: _change_set(old, new, key)
        | {"productTierFeatureChanges": _word(features[0], features[1])}
        for key in {**before, **after}
    }


def _change_set(old: Content, new: Content, key: str) -> JsonObject:
    before, after = (each.get("resources", {}).get(key) for each in (old, new))
    resource = after or before
    assert resource is not None
    word = _word(before, after)
    if word == "PENDING_UPDATE" and after["isDeprecated"]:  # type: ignore[index] # both are there
        word = "PENDING_DEPRECATE"
    result: JsonObject = {
        "resourceName": resource["name"],
        "resourceChanges": word,
        "categorizedResourceChanges": {
            category: _summary(old.get(collection, {}), new.get(collection, {}), key)
            for category, collection in _OF_RESOURCES.items()
        },
    }
    for field, collection, shown_as, name in _CONFIG_CHANGES:
        config = resource.get(field)
        if config:
            one, other = (each.get(collection, {}).get(config) for each in (old, new))
            state = _word(one, other)
            if collection == "infra-configs" and state == "ACTIVE" and _parts_differ(old, new):
                state = "PENDING_UPDATE"
            known = other or one or {}
            summary = {"changeState": state, field: config, name: known.get(name, "")}
            result[shown_as] = summary
    words = {
        word,
        *(part.get("changeState") for part in result.values() if isinstance(part, dict)),
    }
    pending = bool(words - {"ACTIVE", None}) or any(
        part["status"] == "PENDING_CHANGE" for part in result["categorizedResourceChanges"].values()
    )
    result["overallResourceStatus"] = "PENDING_CHANGE" if pending else "NO_CHANGE"
    return result


_CONFIG_CHANGES = (
    ("imageConfigId", "image-configs", "imageConfigChanges", "imageName"),
    ("infraConfigId", "infra-configs", "infraConfigChanges", "name"),
)


def _parts_differ(old: Content, new: Content) -> bool:
    collections = (*PARTS.values(), "volume-configs")
    return any(old.get(name, {}) != new.get(name, {}) for name in collections)


def _summary(
    old: Mapping[str, JsonObject], new: Mapping[str, JsonObject], resource: str
) -> JsonObject:
    changes: list[JsonObject] = []
    for key in {**old, **new}:
        one, other = old.get(key), new.get(key)
        known = other or one or {}
        if known.get("resourceId") == resource and one != other:
            attributes = {
                name: str(value)
                for name, value in known.items()
                if name[:1] != "_" and (one is None or other is None or one.get(name) != value)
            }
            change = {"changeType": _word(one, other), "name": str(known.get("name", key))}
            changes.append(change | {"attributes": attributes})
    return {"changes": changes, "status": "PENDING_CHANGE" if changes else "NO_CHANGE"}


def _word(one: object, other: object) -> str:
    """Return the API's name for the difference between an earlier and a later document."""
    if one is None:
        return "PENDING_NEW"
    if other is None:
        return "PENDING_DELETE"
    return "ACTIVE" if one == other else "PENDING_UPDATE"


def add_version(  # noqa: PLR0913 - what is known of a version
    world: World,
    tier: str,
    *,
    kind: str,
    status: str,
    user: str,
    name: str = "",
    description: str = "",
    parent: str | None = None,
) -> JsonObject:
    """Add a version with the current content of a product tier.

    Args:
        world: The emulator's documents and time.
        tier: Id of the product tier.
        kind: ``Major``, ``Incremental`` or ``UserDefined``.
        status: ``Pending`` or ``Active``.
        user: Name of the user that creates it.
        name: Name of the version; for a user-defined one, the version itself.
        description: Its description.
        parent: The version before it; the newest one if None.

    Raises:
        Problem: 400 for a parent that does not exist, 409 for a version that exists already.
    """
    number = number_of(world, tier, kind, name, parent)
    newest = next((each["version"] for each in versions_of(world, tier)), number)
    document = tree.new_document(
        world,
        _KIND,
        peek(world, "tiers", tier)["_org"],
        _version_fields(world, tier)
        | {"version": number, "type": kind, "status": status, "name": name or number}
        | {"description": description, "createdBy": user, "releasedBy": user}
        | {"releasedAt": now(world), "baseVersion": parent or newest}
        | ({} if parent is None else {"parentVersion": parent}),
    )
    del document["id"]
    home = place(tier, number)
    world.store.put(home, document)
    world.store.put((*home, "content", "all"), content_of(world, tier))
    return document


def _version_fields(world: World, tier: str) -> JsonObject:
    document = peek(world, "tiers", tier)
    return {
        "autoApproveSubscription": document.get("autoApproveSubscription", False),
        "enabledFeatures": document.get("enabledFeatures", []),
        "features": document.get("features", {}),
        "productTierId": tier,
        "serviceId": document["serviceId"],
        "serviceModelId": document["serviceModelId"],
    }


def number_of(world: World, tier: str, kind: str, name: str = "", parent: str | None = None) -> str:
    """Return the number that a new version of a product tier would have.

    Args:
        world: The emulator's documents and time.
        tier: Id of the product tier.
        kind: ``Major``, ``Incremental`` or ``UserDefined``.
        name: Name of the version.
        parent: The version that it goes on from; the newest one if None.

    Raises:
        Problem: 400 without a name or for a parent that does not exist, 409 for a version that
            exists already.
    """
    known = [each["version"] for each in versions_of(world, tier)]
    if parent is not None and parent not in known:
        raise bad_request(f"parentVersion: there is no version {parent}")
    number = _next_number(known, kind, name, parent)
    if number in known:
        raise conflict(f"there is a version {number} already")
    return number


def _next_number(known: list[str], kind: str, name: str, parent: str | None) -> str:
    """Return the number after the existing ones."""
    if kind == "UserDefined":
        if not name:
            raise bad_request("name: a user-defined version needs one")
        return name
    numbers = [
        tuple(map(int, text.split("."))) for text in known if re.fullmatch(r"\d+\.\d+", text)
    ]
    last = max((major for major, _ in numbers), default=0)
    if kind == "Major" or not last:
        return f"{last + 1}.0"
    major = last
    if parent is not None and re.fullmatch(r"\d+\.\d+", parent):
        major = int(parent.split(".")[0])
    return f"{major}.{max(minor for first, minor in numbers if first == major) + 1}"


def activate(world: World, version: JsonObject, *, is_preferred: bool) -> None:
    """Release a version, so that new instances can have it.

    Args:
        world: The emulator's documents and time.
        version: The version.
        is_preferred: Whether it becomes the preferred one for new instances.
    """
    version |= {"status": "Active", "releasedAt": now(world), "updatedAt": now(world)}
    if is_preferred:
        prefer(world, version)
    model = world.store.document(("models", version["serviceModelId"]))
    _MODEL_RELEASES.enter(Place(world), ("models", model["id"]), "DEPLOYING")


def prefer(world: World, version: JsonObject) -> None:
    """Make a version the preferred one for new instances."""
    for other in list(having(world, "versions", productTierId=version["productTierId"])):
        if other["status"] == "Preferred":
            world.store.document(place(other["productTierId"], other["version"]))["status"] = (
                "Active"
            )
    version |= {"status": "Preferred", "updatedAt": now(world)}


def release(  # noqa: PLR0913 - what is known of a version
    world: World, tier: str, *, kind: str, is_preferred: bool, user: str, name: str = ""
) -> JsonObject:
    """Release the current content of a product tier as a version.

    Deprecated resources are removed with it, unless instances still need them.
    """
    for resource in list(having(world, "resources", productTierId=tier, isDeprecated=True)):
        try:
            tree.remove(world, "resources", resource["id"])
        except Problem:
            continue
    version = add_version(world, tier, kind=kind, status="Active", user=user, name=name)
    activate(world, version, is_preferred=is_preferred)
    return version


def discard(world: World, tiers: Iterable[str]) -> None:
    """Restore product tiers to their last release.

    One that was never released then has no resources.

    Raises:
        Problem: 409 if a resource depends on one that would be removed.
    """
    going: dict[Path, None] = {}
    kept: list[Content] = []
    for tier in tiers:
        present, released = content_of(world, tier), latest_content(world, tier)
        kept.append(orjson.loads(orjson.dumps(released)))
        for collection in ("resources", *_OF_RESOURCES.values()):
            for key in present.get(collection, {}).keys() - released.get(collection, {}).keys():
                going |= tree.subtree(world, collection, key)
    tree.check_unused(world, going)
    for gone in reversed(going):
        world.store.remove(gone)
    for content in kept:
        for collection, documents in content.items():
            for key, document in documents.items():
                world.store.put((collection, key), document)


def shown_version(world: World, version: JsonObject, *, with_resources: bool = True) -> JsonObject:
    """Return a version as the API shows it."""
    tier = version["productTierId"]
    result = {name: value for name, value in version.items() if name[:1] != "_"}
    result["instanceCount"] = sum(
        1 for _ in having(world, "instances", _tierId=tier, tierVersion=version["version"])
    )
    if with_resources:
        resources = content_at(world, tier, version["version"]).get("resources", {}).values()
        result["resources"] = [_resource_summary(resource) for resource in resources]
    return result


def _resource_summary(resource: JsonObject) -> JsonObject:
    summary = {
        "id": resource["id"],
        "name": resource["name"],
        "description": resource["description"],
        "urlKey": resource["key"],
        "isExternal": not resource["internal"],
    }
    configs = ("imageConfigId", "infraConfigId")
    return summary | {name: resource[name] for name in configs if name in resource}


def place(tier: str, version: str) -> tuple[str, str]:
    """Return the path of a version of a product tier."""
    return ("versions", version_key(tier, version))


_KIND = BY_COLLECTION["versions"]
