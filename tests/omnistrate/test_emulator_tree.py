"""The vendor's tree in the emulator: what belongs together, and what releases hold."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from clickhouse_cloud_async.apis.omnistrate.emulator.tree.kinds import KINDS

from .walk import encoded, walk_resource, walk_tree

if TYPE_CHECKING:
    from .requests import Api

NAMED = {"name": "n", "description": "d"}


@pytest.fixture
async def tree(api: Api) -> Api:
    """An emulator with a service that has one environment, model, plan and resource."""
    default = await api("describeDeploymentConfig", id="default")
    cloud = await api("getCloudProviderByName", name="aws")
    account = {"cloudProviderId": cloud, "awsAccountID": "1", **NAMED}
    registry = await api("createImageRegistry", {**NAMED, "host": "h"})
    aws = await api("createAccountConfig", account)
    api.known |= {"default": default["id"], "aws": aws, "registry": registry}
    await walk_tree(api)
    await walk_resource(api)
    return api


async def test_ids_have_the_prefixes_of_the_contract(tree: Api) -> None:
    """Whatever is created has an id that tells its kind, and a key that is made of its name."""
    store = tree.emulator._world.store
    found = 0
    for kind in KINDS:
        for document in store.collection((kind.collection,)).values():
            if "id" in document:
                assert document["id"].startswith(kind.prefix), document
                found += 1
    assert found > 12
    service = await tree("describeService", id=tree.known["serviceId"])
    assert service["key"] == "my-db"


async def test_keys_stay_and_names_are_unique(tree: Api) -> None:
    """A service that is renamed keeps its key; two of one name are refused."""
    service = tree.known["serviceId"]
    await tree("updateService", {"name": "Other"}, id=service)
    shown = await tree("describeService", id=service)
    assert (shown["name"], shown["key"]) == ("Other", "my-db")
    await tree("createService", {"name": "Other", "description": "d"}, status=409)
    error = await tree("createService", {"name": "my db", "description": "d"}, status=409)
    assert error["message"] == f"key: 'my-db' is taken by service {service}"
    again = {**NAMED, "name": "dev", "deploymentConfigId": tree.known["default"]}
    await tree("createServiceEnvironment", again, status=409)  # its key would be that of Dev
    await tree("updateService", {"name": "Third", "dryRun": True}, id=service)
    assert (await tree("describeService", id=service))["name"] == "Other"


async def test_what_is_named_has_to_be_there(tree: Api) -> None:
    """References lead to things of the same service, and paths to things that belong together."""
    missing = {**NAMED, "serviceEnvironmentId": "se-missing000"}
    await tree("createServiceAPI", missing, status=404)
    other = await tree("createService", {"name": "Other", "description": "d"})
    stranger = {**missing, "serviceEnvironmentId": tree.known["serviceEnvironmentId"]}
    await tree("createServiceAPI", stranger, serviceId=other, status=404)
    resource = tree.known["resourceId"]
    await tree("describeResource", id=resource, serviceId=other, status=404)
    await tree("describeResource", id="r-missing000", status=404)


async def test_what_is_in_use_stays(tree: Api) -> None:
    """Configurations, sources and defaults cannot be deleted while something needs them."""
    known = tree.known
    below = {**NAMED, "serviceEnvironmentId": known["serviceEnvironmentId"]}
    compute = await tree("createComputeConfig", NAMED)
    infra = await tree("createInfraConfig", {**below, "computeConfigId": compute})
    await tree("updateResource", {"infraConfigId": infra}, id=known["resourceId"])
    await tree("deleteInfraConfig", id=infra, status=409)
    await tree("deleteComputeConfig", id=compute, status=409)
    await tree("detachComputeConfig", id=infra)
    await tree("deleteComputeConfig", id=compute)
    await tree("deleteDeploymentConfig", id="default", status=409)
    await tree("deleteServiceEnvironment", id=known["serviceEnvironmentId"], status=409)
    await tree("deleteServiceEnvironment", id=known["follower"])
    await tree("deleteServiceEnvironment", id=known["serviceEnvironmentId"])
    await tree("describeServiceModel", id=known["serviceModelId"], status=404)
    await tree("describeInfraConfig", id=infra, status=404)


async def test_a_service_goes_with_all_that_it_has(tree: Api) -> None:
    """Nothing of it is left, file contents included."""
    await tree("releaseServiceAPI", {}, id=tree.known["serviceApiId"])
    await tree("deleteService", id=tree.known["serviceId"])
    store = tree.emulator._world.store
    left = {path[0] for (path, _), _ in store.all()}
    assert left <= {"_emulator", "_timers", "orgs", "users", "tokens", "api-keys", "portals"} | {
        *("account-configs", "deployment-configs", "image-registries"),
    }


async def test_options_are_of_one_kind(tree: Api) -> None:
    """Options and labelled options exclude each other, and keys are identifiers."""
    parameter = {**NAMED, "resourceId": tree.known["resourceId"], "type": "String"}
    flags = {"required": False, "modifiable": True}
    both = {"options": ["a"], "labeledOptions": {"A": "a"}}
    await tree("createInputParameter", {**parameter, **flags, **both, "key": "k"}, status=400)
    error = await tree("createInputParameter", {**parameter, **flags, "key": "1k"}, status=400)
    assert error["name"] == "invalid_pattern"
    assert "body.key" in error["message"]


async def test_resources_cannot_need_each_other(tree: Api) -> None:
    """A circle of dependencies is refused."""
    first = tree.known["resourceId"]
    body = {**NAMED, "name": "Other", "productTierId": tree.known["productTierId"]}
    second = await tree("createResource", body | {"resourceDependencies": [{"resourceId": first}]})
    await tree("addResourceDependency", {}, id=first, resourceDependencyId=second, status=400)
    await tree("deleteResource", id=first, status=409)


async def test_pending_changes_become_versions(tree: Api) -> None:
    """What has changed is shown until it is released; without changes there is no new version."""
    known = tree.known
    place = {"id": known["serviceApiId"]}
    first = {"isPreferred": True, "productTierId": known["productTierId"]}
    await tree("releaseServiceAPI", {**first, "dryRun": True}, **place)
    assert await _versions(tree) == []
    await tree("releaseServiceAPI", first, **place)
    await tree("releaseServiceAPI", first, **place)
    assert await _versions(tree) == [("1.0", "Preferred")]
    assert await _changes(tree) == ("ACTIVE", "NO_CHANGE")
    await tree("updateResource", {"description": "changed"}, id=known["resourceId"])
    assert await _changes(tree) == ("PENDING_UPDATE", "PENDING_CHANGE")
    await tree("discardPendingChanges", **place)
    assert await _changes(tree) == ("ACTIVE", "NO_CHANGE")
    await tree("deprecateResource", id=known["resourceId"])
    assert await _changes(tree) == ("PENDING_DEPRECATE", "PENDING_CHANGE")
    await tree("undeprecateResource", id=known["resourceId"])
    await tree("updateResource", {"description": "changed"}, id=known["resourceId"])
    await tree("releaseServiceAPI", {**first, "versionSetType": "Incremental"}, **place)
    assert await _versions(tree) == [("1.1", "Preferred"), ("1.0", "Active")]
    asked = {"ProductTierId": known["productTierId"], "ProductTierVersion": "1.0"}
    before = await tree("describeResource", id=known["resourceId"], query=asked)
    assert before["description"] == "e"
    await tree(
        "describeResource",
        id=known["resourceId"],
        query={**asked, "ProductTierVersion": "9"},
        status=404,
    )
    del asked["ProductTierId"]
    await tree("describeResource", id=known["resourceId"], query=asked, status=400)
    found = await tree("diffTierVersionSets", version="1.1", anotherVersion="1.0")
    change = found["resourceChangeSets"][known["resourceId"]]
    assert change["resourceChanges"] == "PENDING_UPDATE"


async def _versions(tree: Api) -> list[tuple[str, str]]:
    found = (await tree("listTierVersionSets"))["tierVersionSets"]
    return [(each["version"], each["status"]) for each in found]


async def _changes(tree: Api) -> tuple[str, str]:
    query = {"productTierId": tree.known["productTierId"]}
    found = await tree("describePendingChanges", id=tree.known["serviceApiId"], query=query)
    change = found["resourceChangeSets"][tree.known["resourceId"]]
    return change["resourceChanges"], change["overallResourceStatus"]


async def test_versions_go_from_pending_to_deprecated(tree: Api) -> None:
    """One version is preferred at a time, and what is deprecated cannot come back."""
    for kind in ("Major", "Incremental", "UserDefined"):
        name = {"name": "custom"} if kind == "UserDefined" else {}
        await tree("createTierVersionSet", {"type": kind, **name})
    assert [each for each, _ in await _versions(tree)] == ["custom", "1.1", "1.0"]
    await tree("promoteTierVersionSet", version="1.0", status=409)
    for version in ("1.0", "1.1", "custom"):
        await tree("releaseTierVersionSet", {"isPreferred": True}, version=version)
    await tree("releaseTierVersionSet", {}, version="1.0", status=409)
    await tree("deprecateTierVersionSet", version="1.1")
    await tree("promoteTierVersionSet", version="1.1", status=409)
    assert dict(await _versions(tree)) == {
        "custom": "Preferred",
        "1.1": "Deprecated",
        "1.0": "Active",
    }
    page = await tree("listTierVersionSets", query={"pageSize": 2})
    rest = await tree("listTierVersionSets", query={"nextPageToken": page["nextPageToken"]})
    assert [each["version"] for each in rest["tierVersionSets"]] == ["1.0"]
    await tree("listTierVersionSets", query={"nextPageToken": "x"}, status=400)


async def test_a_promotion_copies_what_is_released(tree: Api) -> None:
    """Environments that follow have the same plans after a minute; a second one has to wait."""
    known = tree.known
    source = {"id": known["serviceEnvironmentId"]}
    await tree("releaseServiceAPI", {"isPreferred": True}, id=known["serviceApiId"])
    status = await tree("getServiceEnvironmentPromoteStatus", **source)
    assert status == [{"targetEnvironmentID": known["follower"], "status": "OUT_OF_SYNC"}]
    await tree("promoteServiceEnvironment", {}, **source)
    error = await tree("promoteServiceEnvironment", {}, **source, status=409)
    assert "already in progress" in error["message"]
    await tree.emulator.advance(90)
    status = await tree("getServiceEnvironmentPromoteStatus", **source)
    assert status[0]["status"] == "IN_SYNC"
    plans = await tree("listServicePlans", serviceEnvironmentId=known["follower"])
    plan = next(p for p in plans["servicePlans"] if p["productTierKey"] == "pro-plan")
    resources = await tree("listResources", productTierId=plan["productTierId"])
    assert [each["key"] for each in resources["resources"]] == ["node"]
    files = await tree("listFiles", id=resources["ids"][0])
    place = {"id": resources["ids"][0], "fileId": files["files"][0]["fileId"]}
    assert await tree("getFile", **place) == b"three"


async def test_uploads_come_back_as_they_were(tree: Api) -> None:
    """Of any size, and without a multipart type not at all; a missing file is a conflict."""
    place = {"id": tree.known["resourceId"]}
    headers = {"Name": "f", "Description": "d", "FileType": "Secret", "MountPath": "/f"}
    for content in (b"", b"\r\n--other\r\n", bytes(range(256)) * 40_000):
        key = await tree("addFile", upload=content, headers=headers, **place)
        assert await tree("getFile", fileId=key, **place) == content
        await tree("removeFile", fileId=key, **place)
        await tree("getFile", fileId=key, **place, status=409)
        await tree("removeFile", fileId=key, **place, status=409)
    plain = headers | {"Content-Type": "text/plain"}
    error = await tree("addFile", upload=b"x", headers=plain, **place, status=415)
    assert error["name"] == "invalid_media_type"
    del headers["Name"]
    await tree("addFile", upload=b"x", headers=headers, **place, status=400)


async def test_a_build_brings_a_service_to_what_a_file_says(api: Api) -> None:
    """Built twice, it changes nothing; a dry run changes nothing in any case."""
    compose: Any = {"services": {"db": {"image": "postgres"}, "app": {"depends_on": ["db"]}}}
    file = {"name": "Built", "fileContent": encoded(compose), "releaseAsPreferred": True}
    dry = await api("buildServiceFromComposeSpec", {**file, "dryrun": True})
    assert (dry["serviceID"], (await api("listService"))["ids"]) == ("", [])
    first = await api("buildServiceFromComposeSpec", file)
    again = await api("buildServiceFromComposeSpec", file)
    assert first["isNewServicePlanVersionCreated"]
    assert again == {**first, "isNewServicePlanVersionCreated": False}
    forced = {**file, "forceCreateNewServicePlanVersion": True}
    assert (await api("buildServiceFromComposeSpec", forced))["isNewServicePlanVersionCreated"]
    del compose["services"]["app"]
    less = await api("buildServiceFromComposeSpec", {**file, "fileContent": encoded(compose)})
    assert list(less["undefinedResources"]) == ["app"]
    await api("buildServiceFromComposeSpec", {**file, "fileContent": "no base64"}, status=400)
    new = {**file, "description": "d", "fileFormat": "compose", "fileName": "f"}
    await api("createServiceFromComposeSpec", new, status=409)


async def test_fields_that_are_not_known_are_ignored(tree: Api) -> None:
    """They are not kept, whatever their names; those of the emulator cannot be set."""
    odd = {"": 1, "_org": "org-other", "_managed": True, "unheard": {"of": 1}, "id": "r-mine"}
    key = await tree(
        "createResource", {**NAMED, **odd, "productTierId": tree.known["productTierId"]}
    )
    shown = await tree("describeResource", id=key)
    assert odd.keys() & shown.keys() == {"id"}
    await tree("updateResource", {"id": "r-mine", "serviceId": "s-other"}, id=key)
    assert await tree("describeResource", id=key) == shown
    managed = await tree("listResources", query={"managed": True})
    assert managed["ids"] == []


async def test_a_refusal_names_all_that_is_wrong(api: Api) -> None:
    """All problems of a body stand in one message, each with its place."""
    error = await api("signUp", {"email": "nobody", "name": ""}, token=None, status=400)
    assert error["name"] == "invalid_format"
    assert error["message"].split("; ") == [
        "body.email must be in the format email",
        "body.name must have at least 1 characters",
        "body.password is required",
    ]
