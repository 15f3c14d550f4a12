"""Rules of services that no schema states: plans, tiers, own clouds, warehouses, backups."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from clickhouse_cloud_async.emulator import Emulator

from .client import serving

if TYPE_CHECKING:
    from .client import Api

PLACE = {"provider": "aws", "region": "us-east-1"}
HORIZONTAL = {
    "autoscalingMode": "horizontal",
    "minReplicas": 2,
    "maxReplicas": 4,
    "minReplicaMemoryGb": 32,
    "maxReplicaMemoryGb": 32,
}
ENTRY = {"name": "day", "weekdays": [1], "startHourUtc": 8, "endHourUtc": 18}


async def _own_cloud(api: Api) -> str:
    """An own cloud that is ready."""
    body = {"regionId": "us-east-1", "accountId": "123456789012"}
    created = (await api("POST", "/byocInfrastructure", body)).result
    await api.emulator.advance(hours=1)
    return str(created["id"])


@pytest.mark.parametrize("name", ["a/b", 'a "b"', "  ", "naïve?"])
async def test_names(api: Api, name: str) -> None:
    """A name is made of letters, digits and blanks, when it is given and when it changes."""
    service = await api.create_service(name="Zürich 1-a_b.c")
    answers = [
        await api("POST", "/services", {"name": name, **PLACE}),
        await api("PATCH", f"/services/{service['id']}", {"name": name}),
    ]

    assert {(a.status, a.error) for a in answers} == {
        (400, "name: must be made of letters, digits and blanks")
    }


@pytest.mark.parametrize(
    ("body", "status", "message"),
    [
        ({"tier": "development", "provider": "azure", "region": "eastus2"}, 400, "tier: "),
        ({"tier": "development", "numReplicas": 2}, 400, "numReplicas: "),
        ({"tier": "development", "releaseChannel": "fast"}, 400, "releaseChannel: "),
        ({"numReplicas": 1}, 400, "numReplicas: the first service of a warehouse has at least 2"),
        ({"profile": "v1-giant"}, 400, "profile: there is no v1-giant"),
        ({"profile": "v1-standard-byoc-4"}, 400, "profile: "),
        ({"byocId": "nowhere"}, 400, "byocId: there is no own cloud nowhere"),
        ({"dataWarehouseId": "nowhere"}, 400, "dataWarehouseId: there is no warehouse nowhere"),
        ({"backupId": "1e0e8c1e-0000-4000-8000-000000000000"}, 400, "backupId: "),
        ({"ipAccessList": [{"description": "x"}]}, 400, "ipAccessList[0].source: must be an IP"),
        ({"ipAccessList": [{"source": "home"}]}, 400, "ipAccessList[0].source: must be an IP"),
        ({"autoscalingMode": "horizontal", "minTotalMemoryGb": 48}, 400, "minTotalMemoryGb: "),
        ({"autoscalingMode": "horizontal", "numReplicas": 3}, 400, "numReplicas: "),
        ({"idleTimeoutMinutes": 4}, 400, "idleTimeoutMinutes: must be at least 5"),
    ],
)
async def test_creation_that_is_refused(
    api: Api, body: dict[str, Any], status: int, message: str
) -> None:
    """What cannot be is refused with the name of the field, and no service begins."""
    answer = await api("POST", "/services", {"name": "new", **PLACE, **body})

    assert answer.status == status
    assert answer.error.startswith(message)
    assert len((await api("GET", "/services")).result) == 3


async def test_development_has_one_size(api: Api) -> None:
    """A service for development has a size of its own, idles always and does not scale."""
    service = await api.create_service(tier="development", idleScaling=False)
    path = f"/services/{service['id']}/replicaScaling"
    refused = await api("PATCH", path, {"numReplicas": 3})

    assert service["minReplicaMemoryGb"] == service["maxReplicaMemoryGb"]
    assert (service["tier"], service["numReplicas"], service["idleScaling"]) == (
        "development",
        1,
        True,
    )
    assert (refused.status, refused.error) == (
        400,
        "numReplicas: services for development have one fixed size",
    )


@pytest.mark.parametrize(
    ("plan", "body", "status"),
    [
        ("SCALE", {"hasTransparentDataEncryption": True}, 403),
        ("SCALE", {"profile": "v1-highmem-s"}, 403),
        ("SCALE", HORIZONTAL, 200),
        ("BASIC", HORIZONTAL, 403),
        ("BASIC", {"numReplicas": 1}, 200),
        ("TRIAL", {"maxReplicaMemoryGb": 120}, 200),
        ("TRIAL", {"maxReplicaMemoryGb": 124}, 400),
        ("ENTERPRISE", {"maxReplicaMemoryGb": 356, "profile": "v1-highmem-xl"}, 200),
    ],
)
async def test_plans(api: Api, plan: str, body: dict[str, Any], status: int) -> None:
    """What a plan lacks is refused with 403, and what is beyond its bounds with 400."""
    api.emulator.seed({"plan": plan})
    answer = await api("POST", "/services", {"name": "new", **PLACE, **body})

    assert answer.status == status
    if status != 200:
        assert answer.error.startswith(next(iter(body)))
        assert plan in answer.error


@pytest.mark.parametrize(("plan", "replicas"), [("BASIC", 1), ("SCALE", 3)])
async def test_default_replicas(api: Api, plan: str, replicas: int) -> None:
    """How many replicas a service has by default depends on the plan."""
    api.emulator.seed({"plan": plan})

    assert (await api.create_service())["numReplicas"] == replicas


async def test_features_that_are_lost(api: Api) -> None:
    """Schedules and windows can be deleted, but not written, when the plan has them no more."""
    path = f"/services/{(await api.create_service())['id']}"
    window = {"weekday": 1, "startHourUtc": 6}
    schedule = {"entries": [ENTRY]}
    await api("PUT", f"{path}/upgradeWindow", window)
    await api("POST", f"{path}/scalingSchedule", schedule)
    api.emulator.seed({"plan": "BASIC"})
    refused = [
        await api("PUT", f"{path}/upgradeWindow", window),
        await api("POST", f"{path}/scalingSchedule", schedule),
        await api("PATCH", f"{path}/replicaScaling", HORIZONTAL),
    ]
    deleted = [
        await api("DELETE", f"{path}/{name}") for name in ("upgradeWindow", "scalingSchedule")
    ]

    assert [answer.status for answer in refused] == [403, 403, 403]
    assert [answer.status for answer in deleted] == [200, 200]


async def test_profiles(api: Api) -> None:
    """Profiles of own clouds are listed only for one, and none without the plan."""
    byoc = await _own_cloud(api)

    async def names(*query: tuple[str, str]) -> list[str]:
        listed = (await api("GET", "/serviceProfiles", query=query)).result
        return [profile["profile"] for profile in listed]

    region = ("region_id", "us-east-1")
    assert not [name for name in await names(region) if "byoc" in name]
    assert "v1-standard-byoc-4" in await names(("byoc_id", byoc))
    assert await names(("byoc_id", byoc)) == await names(("byoc_id", byoc), region)
    other = [("byoc_id", byoc), ("region_id", "eu-west-1")]
    assert (await api("GET", "/serviceProfiles", query=other)).status == 400
    unknown = [("byoc_id", "1e0e8c1e-0000-4000-8000-000000000000")]
    assert (await api("GET", "/serviceProfiles", query=unknown)).status == 404
    api.emulator.seed({"plan": "SCALE"})
    assert await names(region) == []


async def test_services_in_an_own_cloud(api: Api) -> None:
    """There the memory is one of a few sizes, and that of the profile where it has one."""
    byoc = await _own_cloud(api)
    profile = "v1-standard-byoc-4"

    async def ask(low: int, high: int, **more: str) -> tuple[int, str]:
        body = {"byocId": byoc, "minReplicaMemoryGb": low, "maxReplicaMemoryGb": high, **more}
        answer = await api("POST", "/services", {"name": "new", **PLACE, **body})
        return answer.status, "" if answer.status == 200 else answer.error.partition(":")[0]

    missing = await api("POST", "/services", {"name": "new", **PLACE, "byocId": byoc})
    assert missing.error == "minReplicaMemoryGb: is required together with byocId"
    assert await ask(48, 116) == (200, "")
    assert await ask(48, 120) == (400, "maxReplicaMemoryGb")
    assert await ask(48, 48, profile=profile) == (200, "")
    assert await ask(48, 116, profile=profile) == (400, "maxReplicaMemoryGb")
    assert await ask(48, 116, region="eu-west-1") == (400, "byocId")
    service = (await api("GET", "/services")).result[-1]
    scaled = await api(
        "PATCH", f"/services/{service['id']}/replicaScaling", {"maxReplicaMemoryGb": 116}
    )
    assert (service["profile"], scaled.status) == (profile, 400)


async def test_warehouses(api: Api) -> None:
    """Secondary services have one replica or more, the window of the primary, and end first."""
    primary = await api.create_service()
    warehouse = primary["dataWarehouseId"]
    secondary = await api.create_service(dataWarehouseId=warehouse, numReplicas=1)
    path, own = f"/services/{primary['id']}", f"/services/{secondary['id']}"
    elsewhere = {"name": "new", "provider": "aws", "region": "us-east-2"}
    refused = await api("POST", "/services", elsewhere | {"dataWarehouseId": warehouse})
    assert (refused.status, refused.error) == (
        400,
        "region: must be that of the warehouse, us-east-1",
    )

    assert (await api("GET", f"{own}/upgradeWindow")).status == 404
    await api("PUT", f"{path}/upgradeWindow", {"weekday": 3, "startHourUtc": 12})
    inherited = {"weekday": 3, "startHourUtc": 12, "duration": 6}
    assert (await api("GET", f"{own}/upgradeWindow")).result == inherited
    assert (await api("DELETE", f"{own}/upgradeWindow")).status == 400

    await api.emulator.advance(minutes=5)
    for place in (path, own):
        await api("PATCH", f"{place}/state", {"command": "stop"})
    await api.emulator.advance(minutes=1)
    early = await api("DELETE", path)
    assert (early.status, early.error) == (
        400,
        "the service is the primary one of a warehouse with 1 more",
    )
    for place in (own, path):
        assert (await api("DELETE", place)).status == 200
        await api.emulator.advance(minutes=1)
        assert (await api("GET", place)).status == 404


async def test_secondary_service_counts_until_it_is_gone() -> None:
    """The primary service of a warehouse waits for a secondary one that reads `terminated`."""
    services = [{"name": name, "state": "stopped", "dataWarehouseId": "shared"} for name in "ab"]
    async with serving(Emulator(services, time_scale=0)) as api:
        first, second = (await api("GET", "/services")).result
        primary, secondary = (f"/services/{service['id']}" for service in (first, second))
        await api("DELETE", secondary)
        seen: list[tuple[str, int]] = []
        for seconds in (0, 34.5, 60):
            await api.emulator.advance(seconds)
            found = await api("GET", secondary)
            state = found.result["state"] if found.status == 200 else "gone"
            seen.append((state, (await api("DELETE", primary)).status))
    assert seen == [("terminating", 400), ("terminated", 400), ("gone", 200)]


async def test_warehouse_that_is_being_deleted(api: Api) -> None:
    """No service joins a warehouse whose primary service is going to be gone."""
    stopped = next(s for s in (await api("GET", "/services")).result if s["state"] == "stopped")
    await api("DELETE", f"/services/{stopped['id']}")
    body = {name: stopped[name] for name in ("provider", "region", "dataWarehouseId")}
    answer = await api("POST", "/services", {"name": "late", **body})

    assert (answer.status, "is being deleted" in answer.error) == (400, True)


async def test_warehouses_that_are_given() -> None:
    """Of given services that share a warehouse the first one is the primary one."""
    services = [{"name": name, "dataWarehouseId": "shared"} for name in "ab"]
    async with serving(Emulator(services, time_scale=0)) as api:
        listed = (await api("GET", "/services")).result

    assert [(service["name"], service["isPrimary"]) for service in listed] == [
        ("a", True),
        ("b", False),
    ]


async def test_restoring_a_backup(api: Api) -> None:
    """A backup becomes a service of the same region and tier, once it is done."""
    source = await api.create_service(idleScaling=False)
    await api.emulator.advance(days=1, seconds=60)
    path = f"/services/{source['id']}/backups"
    (backup,) = (await api("GET", path)).result
    assert backup["status"] == "in_progress"

    async def restore(**changes: object) -> str:
        body = {"name": "copy", **PLACE, "backupId": backup["id"], **changes}
        answer = await api("POST", "/services", body)
        return "" if answer.status == 200 else answer.error

    assert await restore() == "backupId: the backup is in_progress"
    await api.emulator.advance(minutes=5)
    assert await restore(region="us-east-2") == "region: must be that of the backed-up service"
    assert await restore(tier="production") == "tier: must be that of the backed-up service"
    shared = await restore(dataWarehouseId=source["dataWarehouseId"])
    assert shared == "backupId: the service has the data of its warehouse"
    assert await restore() == ""


async def test_core_dumps_follow_the_organization(api: Api) -> None:
    """While the organisation has them off, no service has them on."""
    await api("PATCH", "", {"enableCoreDumps": False})
    service = await api.create_service(enableCoreDumps=True)
    path = f"/services/{service['id']}"
    forced = (await api("PATCH", path, {"enableCoreDumps": True})).result
    await api("PATCH", "", {"enableCoreDumps": True})
    allowed = (await api("PATCH", path, {"enableCoreDumps": True})).result

    assert [s["enableCoreDumps"] for s in (service, forced, allowed)] == [False, False, True]


async def test_activities(api: Api) -> None:
    """Each change is told once, by what has changed, and what happens by itself by the system."""
    service = await api.create_service(
        idleTimeoutMinutes=5, hasTransparentDataEncryption=True, idleScaling=True
    )
    path = f"/services/{service['id']}"
    await api.emulator.advance(minutes=30)
    await api("PATCH", f"{path}/state", {"command": "awake"})
    await api("PATCH", f"{path}/state", {"command": "awake"})
    await api.emulator.advance(minutes=1)
    await api("PATCH", path, {"name": "renamed", "releaseChannel": "default"})
    await api("PATCH", path, {"transparentDataEncryptionKeyId": "new", "endpoints": []})
    await api("PATCH", f"{path}/replicaScaling", {"minReplicaMemoryGb": 8, "idleScaling": False})
    await api("PATCH", f"{path}/state", {"command": "stop"})
    await api.emulator.advance(minutes=1)
    await api("DELETE", path)
    await api("DELETE", path)

    listed = (await api("GET", "/activities")).result
    told = [(a["actorType"], a["type"]) for a in listed if a.get("serviceId") == service["id"]]
    assert sorted(told) == sorted(
        [
            ("api", "service_create"),
            ("system", "service_running"),
            ("system", "service_idle"),
            ("api", "service_awaken"),
            ("system", "service_running"),
            ("api", "service_update_name"),
            ("api", "service_encryption_key_rotated"),
            ("api", "service_update_autoscaling_memory"),
            ("api", "service_update_autoscaling_idling"),
            ("api", "service_stop"),
            ("api", "service_delete"),
        ]
    )
