"""Pending changes, releases and versions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clickhouse_cloud_async.apis.omnistrate.emulator.call import kept
from clickhouse_cloud_async.apis.omnistrate.emulator.listing import page_of
from clickhouse_cloud_async.apis.omnistrate.emulator.registry import operation
from clickhouse_cloud_async.apis.omnistrate.emulator.releases import releases
from clickhouse_cloud_async.apis.omnistrate.emulator.tree.queries import having
from clickhouse_cloud_async.emulation.problems import bad_request, conflict

if TYPE_CHECKING:
    from clickhouse_cloud_async.apis.omnistrate.emulator.call import Call
    from clickhouse_cloud_async.emulation.json_values import JsonObject


@operation("describePendingChanges")
def describe_changes(call: Call) -> JsonObject:
    """Show the differences between product tiers and their last releases."""
    world = call.world
    found: dict[str, JsonObject] = {}
    for tier in _tiers(call, call.query.get("productTierId")):
        content = releases.content_of(world, tier)
        found |= releases.differences(releases.latest_content(world, tier), content)
    api = call.get("service-apis", call.parameters["id"])
    return {"id": api["id"], "serviceId": api["serviceId"], "resourceChangeSets": found}


@operation("discardPendingChanges")
def discard_changes(call: Call) -> None:
    """Discard the pending changes of product tiers."""
    releases.discard(call.world, _tiers(call, call.query.get("productTierId")))


@operation("releaseServiceAPI")
def release(call: Call) -> None:
    """Release the pending changes as a new version of each product tier."""
    kind, name = call.body.get("versionSetType", "Major"), call.body.get("versionSetName", "")
    every = _tiers(call, call.body.get("productTierId"))
    tiers = [tier for tier in every if releases.has_changes(call.world, tier)]
    for tier in tiers:
        releases.number_of(call.world, tier, kind, name)
    if not call.body.get("dryRun"):
        for tier in tiers:
            releases.release(
                call.world,
                tier,
                kind=kind,
                is_preferred=call.body.get("isPreferred", False),
                user=_name(call),
                name=name,
            )


@operation("deprecateServiceAPI")
def deprecate_api(call: Call) -> None:
    """Deprecate all versions of the product tiers of a service API for new instances."""
    for tier in _tiers(call, None):
        for version in list(having(call.world, "versions", productTierId=tier)):
            if version["status"] in releases.OPEN:
                _deprecate(call, call.store.document(releases.place(tier, version["version"])))


@operation("listTierVersionSets")
def list_versions(call: Call) -> JsonObject:
    """Return a page of the versions of a product tier, newest first."""
    tier = call.get("tiers", call.parameters["productTierId"])
    versions = releases.versions_of(call.world, tier["id"])
    majors_only = call.query.get("latestMajorVersionOnly")
    major = call.query.get("latestIncrementalVersionForMajorVersion")
    if majors_only and major:
        raise bad_request(
            "latestMajorVersionOnly and latestIncrementalVersionForMajorVersion cannot be combined"
        )
    if majors_only:
        versions = [each for each in versions if each["type"] == "Major"][:1]
    if major:
        versions = [each for each in versions if _major(each) == major.partition(".")[0]][:1]
    page, following = page_of(versions, call.query)
    with_resources = not call.query.get("excludeResources")
    shown = [
        releases.shown_version(call.world, each, with_resources=with_resources) for each in page
    ]
    return {"tierVersionSets": shown, **following}


@operation("createTierVersionSet")
def create_version(call: Call) -> JsonObject:
    """Add an unreleased version."""
    tier = call.get("tiers", call.parameters["productTierId"])
    version = releases.add_version(
        call.world,
        tier["id"],
        kind=call.body["type"],
        status="Pending",
        user=_name(call),
        name=call.body.get("name", ""),
        description=call.body.get("description", ""),
        parent=call.body.get("parentVersion"),
    )
    return {"version": version["version"]}


@operation("describeTierVersionSet")
def describe_version(call: Call) -> JsonObject:
    """Show a version."""
    return releases.shown_version(call.world, _version(call))


@operation("updateTierVersionSet")
def update_version(call: Call) -> JsonObject:
    """Rename a version."""
    version = _version(call)
    version |= {"name": call.body["name"], "updatedAt": call.now}
    for instance in list(having(call.world, "instances", _tierId=version["productTierId"])):
        call.store.document(("instances", instance["id"]))  # it shows the name of its version
    return releases.shown_version(call.world, version)


@operation("releaseTierVersionSet")
def release_version(call: Call) -> JsonObject:
    """Release a pending version."""
    version = _version(call)
    if version["status"] != "Pending":
        raise conflict(f"the version is {version['status']}, and only Pending can be released")
    if "name" in call.body:
        version["name"] = call.body["name"]
    releases.activate(call.world, version, is_preferred=call.body.get("isPreferred", False))
    version["releasedBy"] = _name(call)
    return releases.shown_version(call.world, version)


@operation("promoteTierVersionSet")
def promote_version(call: Call) -> JsonObject:
    """Make an active version the preferred one for new instances."""
    version = _version(call)
    if version["status"] not in releases.OPEN:
        raise conflict(f"the version is {version['status']}, and only Active can be preferred")
    releases.prefer(call.world, version)
    return releases.shown_version(call.world, version)


@operation("deprecateTierVersionSet")
def deprecate_version(call: Call) -> JsonObject:
    """Deprecate a version for new instances; existing ones continue to run."""
    version = _version(call)
    if version["status"] not in releases.OPEN:
        raise conflict(f"the version is {version['status']}, and only Active can be deprecated")
    _deprecate(call, version)
    return releases.shown_version(call.world, version)


@operation("diffTierVersionSets")
def compare(call: Call) -> JsonObject:
    """Show the differences between two versions."""
    tier = call.get("tiers", call.parameters["productTierId"])
    one, other = call.parameters["version"], call.parameters["anotherVersion"]
    old, new = (releases.content_at(call.world, tier["id"], each) for each in (other, one))
    return {
        "productTierId": tier["id"],
        "serviceId": tier["serviceId"],
        "version": one,
        "anotherVersion": other,
        "resourceChangeSets": releases.differences(old, new),
    }


@operation("describeTierVersionSetMetadata")
def describe_metadata(call: Call) -> JsonObject:
    """Show the release notes of a version."""
    return _metadata(_version(call))


@operation("updateTierVersionSetMetadata")
def update_metadata(call: Call) -> JsonObject:
    """Change the release notes of a version."""
    version = _version(call)
    if "releaseNotes" in call.body:
        version |= {"releaseNotes": call.body["releaseNotes"], "updatedAt": call.now}
    return _metadata(version)


def _tiers(call: Call, only: str | None) -> list[str]:
    """Return the product tiers of a service API, or only the requested one."""
    api = call.get("service-apis", call.parameters["id"])
    models = [model["id"] for model in having(call.world, "models", serviceApiId=api["id"])]
    if only is not None and call.get("tiers", only)["serviceModelId"] not in models:
        raise bad_request(f"productTierId: {only} does not belong to service-api {api['id']}")
    every = (
        tier["id"] for model in models for tier in having(call.world, "tiers", serviceModelId=model)
    )
    return [tier for tier in every if only in {None, tier}]


def _version(call: Call) -> JsonObject:
    tier = call.get("tiers", call.parameters["productTierId"])
    return call.store.document(releases.place(tier["id"], call.parameters["version"]))


def _metadata(version: JsonObject) -> JsonObject:
    return kept(version, "productTierId", "serviceId", "version", "releaseNotes")


def _deprecate(call: Call, version: JsonObject) -> None:
    version |= {"status": "Deprecated", "updatedAt": call.now}


def _major(version: JsonObject) -> str:
    number: str = version["version"]
    return number.partition(".")[0]


def _name(call: Call) -> str:
    name: str = call.user.get("name", "")
    return name
