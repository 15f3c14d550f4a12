"""Backups and snapshots, made by the clock."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pytest

from clickhouse_cloud_async.emulator import Emulator, FailedTransition

from .callers import new_key, system_role
from .client import serving

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from .client import Api

CREATED = "2025-12-29T06:00:00Z"
SERVICES: list[dict[str, object]] = [
    {"name": "awake", "state": "running", "idleScaling": False, "createdAt": CREATED},
    {"name": "idle", "state": "idle", "createdAt": CREATED},
    {"name": "stopped", "state": "stopped", "createdAt": CREATED},
]
AWS = {
    "bucketProvider": "AWS",
    "bucketPath": "s3://backups/here",
    "iamRoleArn": "arn:aws:iam::000000000000:role/backup",
    "iamRoleSessionName": "session",
    "iamRoleExternalId": "external",
}
GCP = {
    "bucketProvider": "GCP",
    "bucketPath": "gs://backups",
    "accessKeyId": "id",
    "secretAccessKey": "hush-gcp",
}
AZURE = {
    "bucketProvider": "AZURE",
    "containerName": "backups",
    "connectionString": "hush-azure",
}


@pytest.fixture
async def api() -> AsyncIterator[Api]:
    """A client of an emulator whose services are a week old."""
    async with serving(Emulator(SERVICES, time_scale=0)) as client:
        yield client


async def _path(api: Api, name: str = "awake") -> str:
    listed = (await api("GET", "/services")).result
    return next(f"/services/{item['id']}" for item in listed if item["name"] == name)


async def _starts(api: Api, path: str, name: str = "backups") -> list[datetime]:
    listed = (await api("GET", f"{path}/{name}")).result
    return [datetime.fromisoformat(item["startedAt"]) for item in listed]


@pytest.mark.parametrize("name", ["awake", "idle", "stopped"])
async def test_services_from_before_have_backups(api: Api, name: str) -> None:
    """What is older than emulated time has the backups that its configuration keeps."""
    path = await _path(api, name)
    listed = (await api("GET", f"{path}/backups")).result

    assert [item["startedAt"] for item in listed] == [
        "2026-01-05T06:00:00Z",
        "2026-01-04T06:00:00Z",
    ]
    assert [item["type"] for item in listed] == ["incremental", "full"]
    assert all(item["serviceId"] in path and item["status"] == "done" for item in listed)
    assert listed[0] == (await api("GET", f"{path}/backups/{listed[0]['id']}")).result
    assert (await api("GET", f"{path}/snapshots")).result == []


async def test_a_new_service_has_no_backup_for_a_day(api: Api) -> None:
    """The first backup of a new service begins a period after the service."""
    service = await api.create_service()
    path = f"/services/{service['id']}"
    await api.emulator.advance(hours=23, minutes=59)
    before = await _starts(api, path)
    await api.emulator.advance(minutes=1)

    assert before == []
    assert await _starts(api, path) == [
        datetime.fromisoformat(service["createdAt"]) + timedelta(days=1)
    ]


async def test_a_backup_lasts_until_it_is_done(api: Api) -> None:
    """While a backup is made its duration grows; then it has an end and a size."""
    path = await _path(api)
    await api.emulator.advance(hours=21)
    seen: list[Any] = []
    for seconds in (0, 60, 300, 300):
        await api.emulator.advance(seconds)
        seen.append((await api("GET", f"{path}/backups")).result[0])

    assert [item["status"] for item in seen] == ["in_progress", "in_progress", "done", "done"]
    assert [item["durationInSeconds"] for item in seen[:2]] == [0, 60]
    assert ["finishedAt" in item for item in seen] == [False, False, True, True]
    assert seen[2] == seen[3]
    assert seen[2]["sizeInBytes"] > 0
    began, ended = (datetime.fromisoformat(seen[2][name]) for name in ("startedAt", "finishedAt"))
    assert abs((ended - began).total_seconds() - seen[2]["durationInSeconds"]) <= 1


async def test_the_period_says_how_far_apart_backups_are(api: Api) -> None:
    """Each period a backup begins; one in seven is full, and holds all the others do."""
    path = await _path(api)
    change = {"backupPeriodInHours": 6, "backupRetentionPeriodInHours": 240}
    await api("PATCH", f"{path}/backupConfiguration", change)
    await api.emulator.advance(days=4)
    listed = (await api("GET", f"{path}/backups")).result[:-2]

    starts = [datetime.fromisoformat(item["startedAt"]) for item in listed]
    assert len(starts) == 16
    assert {earlier - later for earlier, later in pairwise(starts)} == {timedelta(hours=6)}
    kinds = "".join(item["type"][0] for item in reversed(listed))
    assert kinds == "iiiiifiiiiiifiii"
    sizes = [item["sizeInBytes"] for item in listed if item["type"] == "full"]
    between = [item["sizeInBytes"] for item in listed[4:10]]
    assert sizes[0] - sizes[1] == pytest.approx(sum(between) * 7 / 6, rel=1e-6)


async def test_old_backups_go(api: Api) -> None:
    """A backup goes when its retention is over, and a shorter retention counts at once."""
    path = await _path(api)
    config = f"{path}/backupConfiguration"
    await api("PATCH", config, {"backupRetentionPeriodInHours": 96})
    await api.emulator.advance(days=10)
    many = await _starts(api, path)
    await api("PATCH", config, {"backupRetentionPeriodInHours": 24})
    few = await _starts(api, path)

    assert (len(many), len(few)) == (4, 1)
    assert few == many[:1]


async def test_a_documented_start_time_forces_a_day() -> None:
    """Backups with a start time begin then, once a day; null takes the time away again."""
    services = [{"state": "running", "idleScaling": False}]
    async with serving(Emulator(services, time_scale=0, strictness="documented")) as api:
        path = await api.service_path()
        config = f"{path}/backupConfiguration"
        await api("PATCH", config, {"backupPeriodInHours": 8})
        forced = (await api("PATCH", config, {"backupStartTime": "23:45"})).result
        refused = await api("PATCH", config, {"backupPeriodInHours": 12})
        reset = (await api("PATCH", config, {"backupStartTime": None})).result

    assert (forced["backupPeriodInHours"], forced["backupStartTime"]) == (24, "23:45")
    assert refused.status == 400
    assert refused.error == "backupPeriodInHours: must be 24 beside a backupStartTime"
    assert "backupStartTime" not in reset


async def test_a_start_time_stands_beside_one_or_two_days(api: Api) -> None:
    """Live, backups begin at a full hour, every 24 or 48 hours as is stored; 12 are refused."""
    path = await _path(api)
    config = f"{path}/backupConfiguration"
    first = (await api("PATCH", config, {"backupStartTime": "23:00"})).result
    await api.emulator.advance(days=3)
    daily = await _starts(api, path)
    asked = {"backupPeriodInHours": 48, "backupRetentionPeriodInHours": 240}
    longer = (await api("PATCH", config, asked)).result
    moved = (await api("PATCH", config, {"backupStartTime": "22:00"})).result
    await api.emulator.advance(days=6)
    later = (await _starts(api, path))[:3]
    answers = [
        await api("PATCH", config, change)
        for change in ({"backupPeriodInHours": 12}, {"backupStartTime": "23:45"})
    ]

    assert (first["backupPeriodInHours"], first["backupStartTime"]) == (24, "23:00")
    assert [f"{start:%d %H:%M}" for start in daily] == ["07 23:00", "06 23:00"]
    assert (longer["backupPeriodInHours"], moved["backupPeriodInHours"]) == (48, 48)
    assert [(one - two).days for one, two in pairwise(later)] == [2, 2]
    assert {f"{start:%H:%M}" for start in later} == {"22:00"}
    assert [(answer.status, answer.error.partition(":")[0]) for answer in answers] == [
        (400, "backupPeriodInHours"),
        (400, "backupStartTime"),
    ]


async def test_null_resets_a_configuration(api: Api) -> None:
    """Null puts a property back to what it was at first."""
    path = f"{await _path(api)}/backupConfiguration"
    initial = (await api("GET", path)).result
    change = {"backupRetentionPeriodInHours": 480, "backupPeriodInHours": 12.0}
    changed = (await api("PATCH", path, change)).result
    reset = (await api("PATCH", path, dict.fromkeys(change))).result

    assert initial | change == changed
    assert initial == reset == (await api("GET", path)).result
    activity = (await api("GET", "/activities")).result
    assert [item["type"] for item in activity].count("service_update_backup_configuration") == 2


@pytest.mark.parametrize(
    "change",
    [
        {"backupPeriodInHours": 0},
        {"backupRetentionPeriodInHours": 36},
        {"backupRetentionPeriodInHours": 1104},
        {"backupRetentionPeriodInHours": 0},
        {"backupStartTime": "24:00"},
        {"backupStartTime": "9:00"},
        {"backupStartTime": ""},
    ],
)
async def test_what_a_backup_configuration_can_not_be(api: Api, change: dict[str, object]) -> None:
    """A value out of bounds is refused by name and changes nothing."""
    path = f"{await _path(api)}/backupConfiguration"
    before = (await api("GET", path)).result
    answer = await api("PATCH", path, change)

    assert answer.status == 400
    assert answer.error.startswith(f"{next(iter(change))}: ")
    assert before == (await api("GET", path)).result


async def test_idle_services_are_backed_up_and_stopped_ones_are_not(api: Api) -> None:
    """Data that does not change is backed up while idle; a stopped service keeps its newest."""
    idle, stopped = await _path(api, "idle"), await _path(api, "stopped")
    last = (await api("GET", f"{stopped}/backups")).result[0]
    await api.emulator.advance(days=5)
    of_idle = (await api("GET", f"{idle}/backups")).result
    of_stopped = (await api("GET", f"{stopped}/backups")).result

    assert [item["sizeInBytes"] for item in of_idle] == [0, 0]
    assert of_stopped == [last]


async def test_a_secondary_service_has_no_backups(api: Api) -> None:
    """The data of a warehouse is backed up once, by its primary service."""
    primary = (await api("GET", await _path(api))).result
    secondary = await api.create_service(
        dataWarehouseId=primary["dataWarehouseId"],
        provider=primary["provider"],
        region=primary["region"],
    )
    await api.emulator.advance(days=2)

    assert (await api("GET", f"/services/{secondary['id']}/backups")).result == []


async def test_a_backup_can_fail(api: Api) -> None:
    """A backup that fails ends without a size, and the next one is made as ever."""
    path = await _path(api)
    api.emulator.faults.add(FailedTransition("error", kind="backup"), count=1, resource="awake")
    await api.emulator.advance(days=2)
    newest, failed = (await api("GET", f"{path}/backups")).result[:2]

    assert (newest["status"], failed["status"]) == ("done", "error")
    assert "finishedAt" in failed
    assert "sizeInBytes" not in failed


async def test_a_backup_is_the_beginning_of_a_service(api: Api) -> None:
    """A service that was made of a backup has its data before it has its own."""
    path = await _path(api)
    source = (await api("GET", path)).result
    full = (await api("GET", f"{path}/backups")).result[1]
    place = {"provider": source["provider"], "region": source["region"]}
    restored = await api.create_service(**place, backupId=full["id"])
    await api(
        "PATCH", f"/services/{restored['id']}/backupConfiguration", {"backupPeriodInHours": 1}
    )
    await api.emulator.advance(minutes=70)
    (backup,) = (await api("GET", f"/services/{restored['id']}/backups")).result

    assert backup["type"] == "full"
    assert backup["sizeInBytes"] == pytest.approx(full["sizeInBytes"], rel=0.02)
    assert backup["sizeInBytes"] > full["sizeInBytes"]


async def test_backups_go_with_their_service(api: Api) -> None:
    """A deleted service takes its backups along, and nothing goes on in its place."""
    path = await _path(api, "stopped")
    await api("DELETE", path)
    await api.emulator.advance(days=3)

    assert (await api("GET", f"{path}/backups")).status == 404


async def test_snapshots_come_once_they_are_enabled(api: Api) -> None:
    """Snapshots are full, one in each gap, and kept for the time frame."""
    path = await _path(api)
    await api("PATCH", f"{path}/snapshotConfiguration", {"enabled": True})
    await api.emulator.advance(minutes=90, seconds=10)
    listed = (await api("GET", f"{path}/snapshots")).result
    one = (await api("GET", f"{path}/snapshots/{listed[2]['id']}")).result
    await api.emulator.advance(days=2)
    later = await _starts(api, path, "snapshots")

    assert [item["startedAt"][11:16] for item in listed] == ["10:30", "10:00", "09:30"]
    assert [item["status"] for item in listed] == ["in_progress", "done", "done"]
    assert {item["type"] for item in listed} == {"full"}
    assert listed[0]["durationInSeconds"] == 10
    assert listed[1]["sizeInBytes"] > listed[2]["sizeInBytes"]
    assert listed[2] == one
    assert len(later) == 48 + 1


async def test_snapshots_that_are_switched_off_go_in_time(api: Api) -> None:
    """Without new ones the old snapshots are there until their time frame is over."""
    path = await _path(api)
    config = f"{path}/snapshotConfiguration"
    await api("PATCH", config, {"enabled": True, "gap": 60, "timeFrame": 2880})
    await api.emulator.advance(hours=3, minutes=1)
    await api("PATCH", config, {"enabled": False})
    await api.emulator.advance(hours=30)
    kept = await _starts(api, path, "snapshots")
    await api.emulator.advance(hours=24)

    assert len(kept) == 3
    assert await _starts(api, path, "snapshots") == []


async def test_a_throttled_snapshot_is_tried_again(api: Api) -> None:
    """A throttled snapshot has no end yet; the server goes on with it by itself."""
    path = await _path(api)
    await api("PATCH", f"{path}/snapshotConfiguration", {"enabled": True})
    api.emulator.faults.add(FailedTransition("throttled", kind="snapshot"), count=1)
    seen: list[Any] = []
    for seconds in (30 * 60 + 30, 30, 120):
        await api.emulator.advance(seconds)
        seen.append((await api("GET", f"{path}/snapshots")).result[0])

    assert [item["status"] for item in seen] == ["throttled", "throttled", "done"]
    assert [item["durationInSeconds"] for item in seen[:2]] == [30, 60]
    assert ["finishedAt" in item for item in seen] == [False, False, True]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({}, "body"),
        ({"enabled": None}, "enabled"),
        ({"gap": None}, "gap"),
        ({"enabled": True, "gap": 60}, "gap"),
        ({"enabled": True, "timeFrame": 2880}, "gap"),
        ({"enabled": True, "gap": 45, "timeFrame": 1440}, "gap"),
    ],
)
async def test_what_a_snapshot_configuration_can_not_be(
    api: Api, change: dict[str, object], message: str
) -> None:
    """Nothing at all, null, and times that do not go together are refused."""
    path = f"{await _path(api)}/snapshotConfiguration"
    before = (await api("GET", path)).result
    answer = await api("PATCH", path, change)

    assert answer.status == 400
    assert answer.error.startswith(message)
    assert before == (await api("GET", path)).result


async def test_times_of_snapshots_may_be_anything_while_they_are_off(api: Api) -> None:
    """Only what is enabled has to go together; a pair may come in two steps."""
    path = f"{await _path(api)}/snapshotConfiguration"
    await api("PATCH", path, {"gap": 60})
    changed = (await api("PATCH", path, {"enabled": True, "timeFrame": 2880})).result

    assert changed == {"enabled": True, "gap": 60, "timeFrame": 2880}


@pytest.mark.parametrize("body", [AWS, GCP, AZURE])
async def test_life_of_a_bucket(api: Api, body: dict[str, str]) -> None:
    """A bucket is made once, shown without secrets, changed with them, named by backups, gone."""
    path = await _path(api)
    bucket = f"{path}/backupBucket"
    missing = await api("GET", bucket)
    created = await api("POST", bucket, body)
    again = await api("POST", bucket, body)
    secret = {name: body[name] for name in body if body[name].startswith("hush")}
    first = next(name for name in body if name != "bucketProvider")
    updated = await api("PATCH", bucket, {first: "elsewhere", **secret})
    await api.emulator.advance(days=1)
    backup = (await api("GET", f"{path}/backups")).result[0]
    deleted = await api("DELETE", bucket)

    shown = {name: value for name, value in body.items() if name not in secret}
    assert created.result == {"id": created.result["id"], **shown}
    assert updated.result == created.result | {first: "elsewhere"}
    named = {name: value for name, value in shown.items() if name != "iamRoleExternalId"}
    assert backup["bucket"] == named | {first: "elsewhere"}
    assert "hush" not in created.text + updated.text
    assert (missing.status, again.status, deleted.status) == (404, 400, 200)
    assert (await api("GET", bucket)).status == 404
    assert (await api("PATCH", bucket, body)).status == 404


@pytest.mark.parametrize(
    ("body", "name"),
    [
        ({}, "bucketProvider"),
        ({"bucketProvider": "AWS", "bucketPath": "s3://x"}, "iamRoleArn"),
        ({"bucketProvider": "GCP", "bucketPath": "gs://x", "accessKeyId": "i"}, "secretAccessKey"),
        ({"bucketProvider": "AZURE", "connectionString": "c"}, "containerName"),
        ({"bucketProvider": "ELSE"}, "bucketProvider"),
    ],
)
async def test_a_bucket_needs_everything(api: Api, body: dict[str, str], name: str) -> None:
    """What a provider's bucket cannot be without is asked for by name."""
    answer = await api("POST", f"{await _path(api)}/backupBucket", body)

    assert answer.status == 400
    assert answer.error.startswith(f"{name}: ")


async def test_a_bucket_is_changed_with_its_secret(api: Api) -> None:
    """A change without the secret, or with another provider's property, is refused."""
    path = f"{await _path(api)}/backupBucket"
    created = (await api("POST", path, GCP)).result
    without = await api("PATCH", path, {"bucketPath": "gs://other"})
    foreign = await api("PATCH", path, {"containerName": "c", "connectionString": "s"})
    unchanged = (await api("GET", path)).result
    moved = (await api("PATCH", path, AZURE)).result

    assert without.error.startswith("secretAccessKey: ")
    assert foreign.error.startswith("secretAccessKey: ")
    assert unchanged == created
    shown = {"bucketProvider": "AZURE", "containerName": "backups"}
    assert moved == {"id": created["id"], **shown}


async def test_null_takes_optional_properties_away(api: Api) -> None:
    """Properties that may be missing can be taken away; another's is not taken over."""
    path = f"{await _path(api)}/backupBucket"
    await api("POST", path, AWS)
    foreign = await api("PATCH", path, {"containerName": "c"})
    nulls = {"iamRoleSessionName": None, "iamRoleExternalId": None}
    changed = (await api("PATCH", path, nulls)).result

    assert foreign.error.startswith("containerName: ")
    assert changed.keys() == {"id", "bucketProvider", "bucketPath", "iamRoleArn"}


@pytest.mark.parametrize(
    ("method", "name", "body"),
    [
        ("PATCH", "backupConfiguration", {"backupPeriodInHours": 12}),
        ("PATCH", "snapshotConfiguration", {"enabled": True}),
        ("POST", "backupBucket", AWS),
        ("PATCH", "backupBucket", AWS),
        ("DELETE", "backupBucket", None),
    ],
)
async def test_changes_need_an_admin_key(
    api: Api, method: str, name: str, body: dict[str, object] | None
) -> None:
    """Another key may look at backups, snapshots and their configurations, but change nothing."""
    path = await _path(api)
    developer = [await system_role(api, "Developer")]
    _, headers = await new_key(api, assignedRoleIds=developer)
    refused = await api(method, f"{path}/{name}", body, headers=headers)

    assert refused.status == 403
    for shown in ("backups", "backupConfiguration", "snapshots", "snapshotConfiguration"):
        assert (await api("GET", f"{path}/{shown}", headers=headers)).status == 200
