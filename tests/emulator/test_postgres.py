"""Managed Postgres: its life, its settings and what can be done with it."""

from __future__ import annotations

import ssl
from typing import TYPE_CHECKING, Any

import pytest

from clickhouse_cloud_async.apis.clickhouse.emulator.postgres.ed25519 import public_key, sign
from clickhouse_cloud_async.apis.clickhouse.emulator.postgres.sizes import (
    memory_gb,
    processors,
    storage_gb,
)
from clickhouse_cloud_async.emulator import Emulator, FailedTransition

from .client import serving
from .contract import CONTRACT

if TYPE_CHECKING:
    from clickhouse_cloud_async.emulation.world import Strictness

    from .client import Api

BODY = {"name": "shop", "provider": "aws", "region": "us-east-1", "size": "m6gd.large"}
CONFIG = {"pgConfig": {"work_mem": "8MB"}, "pgBouncerConfig": {"pool_mode": "session"}}


async def _created(api: Api, **body: object) -> Any:
    return (await api("POST", "/postgres", BODY | body)).result


async def _running(api: Api, **body: object) -> str:
    """The path of a service that runs."""
    path = f"/postgres/{(await _created(api, **body))['id']}"
    await api.emulator.advance(minutes=5)
    return path


async def _command(api: Api, path: str, command: str) -> Any:
    return await api("PATCH", f"{path}/state", {"command": command})


async def test_creation(api: Api) -> None:
    """A service is created with defaults, and runs after a while."""
    created = await _created(api)
    path = f"/postgres/{created['id']}"

    assert created["state"] == "creating"
    assert created["isPrimary"]
    assert (created["postgresVersion"], created["haType"], created["tags"]) == ("18", "none", [])
    assert created["password"] in created["connectionString"]
    assert created["hostname"] in created["connectionString"]
    await api.emulator.advance(minutes=5)
    secrets = {"password", "connectionString"}
    shown = {name: value for name, value in created.items() if name not in secrets}
    assert (await api("GET", path)).result == shown | {"state": "running"}
    (listed,) = (await api("GET", "/postgres")).result
    assert listed.items() <= (shown | {"state": "running"}).items()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"name": None}, "name: is required"),
        ({"region": None}, "region: is required"),
        ({"size": None}, "size: is required"),
        ({"provider": "azure"}, "provider: must be one of aws, gcp"),
        ({"name": "x" * 51}, "name: must have at most 50 characters"),
        ({"tags": [{"key": "a"}, {"key": "chc_b"}]}, "tags[1].key: the prefix chc_ is reserved"),
        ({"pgConfig": {"work_mem": "32kB"}}, "pgConfig.work_mem: must be at least 64"),
    ],
)
async def test_bad_creation(api: Api, change: dict[str, Any], message: str) -> None:
    """What is missing, too long or reserved is refused, and nothing is created."""
    body = {name: value for name, value in (BODY | change).items() if value is not None}
    answer = await api("POST", "/postgres", body)

    assert (answer.status, answer.error) == (400, message)
    assert (await api("GET", "/postgres")).result == []


async def test_change(api: Api) -> None:
    """A new name is a new host name with other certificates; a new size has other storage."""
    path = await _running(api)
    before = (await api("GET", path)).result
    certificate = (await api("GET", f"{path}/caCertificates")).text
    resized = (await api("PATCH", path, {"size": "m6gd.xlarge", "haType": "sync"})).result

    assert resized["storageSize"] == 2 * before["storageSize"] + 1
    assert resized["hostname"] == before["hostname"]
    assert (await api("GET", f"{path}/caCertificates")).text == certificate
    renamed = (await api("PATCH", path, {"name": "Orders, 2026"})).result
    assert renamed["hostname"].startswith("orders-2026-")
    assert (await api("GET", f"{path}/caCertificates")).text != certificate
    refused = await api("PATCH", path, {"name": "other", "tags": [{"key": "chc_x"}]})
    assert refused.status == 400
    assert (await api("GET", path)).result == renamed


async def test_certificate(api: Api) -> None:
    """The certificate is that of an authority, and TLS libraries can trust it."""
    path = await _running(api)
    answer = await api("GET", f"{path}/caCertificates")
    context = ssl.create_default_context(cadata=answer.text)
    (authority,) = context.get_ca_certs()
    label = (await api("GET", path)).result["hostname"].partition(".")[0]

    assert authority["subject"] == authority["issuer"] == ((("commonName", f"{label} CA"),),)
    assert authority["notBefore"] == "Jan  5 09:00:00 2026 GMT"
    assert answer.headers["Content-Disposition"] == 'attachment; filename="ca.pem"'


async def test_certificate_of_a_late_year() -> None:
    """A certificate that is valid beyond 2049 can be read too."""
    # Without services, whose backups of thirty years take their time.
    async with serving(Emulator(time_scale=0)) as api:
        await api.emulator.advance(days=30 * 365)
        path = await _running(api)
        pem = (await api("GET", f"{path}/caCertificates")).text
    context = ssl.create_default_context(cadata=pem)

    assert str(context.get_ca_certs()[0]["notAfter"]).endswith("2065 GMT")


@pytest.mark.parametrize(
    ("secret", "public", "message", "signature"),
    [
        (
            "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
            "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
            "",
            "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
        ),
        (
            "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
            "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
            "72",
            "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
        ),
    ],
)
def test_signatures(secret: str, public: str, message: str, signature: str) -> None:
    """Keys and signatures are those that everybody else gets."""
    key = bytes.fromhex(secret)

    assert public_key(key).hex() == public
    assert sign(key, bytes.fromhex(message)).hex() == signature


async def test_password(api: Api) -> None:
    """A password is shown only where it was made up."""
    path = f"{await _running(api)}/password"

    assert (await api("PATCH", path, {"password": "Correct1Horse"})).result == {}
    made_up = [(await api("PATCH", path, {})).result["password"] for _ in range(2)]
    assert made_up[0] != made_up[1]
    assert (await api("PATCH", path, {"password": made_up[0]})).status == 200


@pytest.mark.parametrize(
    "password", ["Short1aaaaa", "alllowercase1", "ALLUPPERCASE1", "NoDigitsAtAll", "Aa1" * 342]
)
async def test_bad_password(api: Api, password: str) -> None:
    """A password that is too simple, too short or too long is refused."""
    answer = await api("PATCH", f"{await _running(api)}/password", {"password": password})

    assert answer.status == 400
    assert answer.error.startswith("password: must ")
    assert password not in answer.error


async def test_restart(api: Api) -> None:
    """A restart takes a while, and asking twice is no mistake."""
    path = await _running(api)

    assert (await _command(api, path, "restart")).result["state"] == "restarting"
    assert (await _command(api, path, "restart")).result["state"] == "restarting"
    await api.emulator.advance(minutes=1)
    assert (await api("GET", path)).result["state"] == "running"


async def test_failed_restart(api: Api) -> None:
    """A restart that fails leaves the service unavailable until it is restarted again."""
    path = await _running(api)
    api.emulator.faults.add(FailedTransition("unavailable", kind="postgres"), count=1)
    await _command(api, path, "restart")
    await api.emulator.advance(minutes=1)

    assert (await api("GET", path)).result["state"] == "unavailable"
    await _command(api, path, "restart")
    await api.emulator.advance(minutes=1)
    assert (await api("GET", path)).result["state"] == "running"


async def test_commands_that_do_not_fit(api: Api) -> None:
    """Promotion needs a replica, a switch a standby, and every command the right state."""
    new = f"/postgres/{(await _created(api))['id']}"
    early = await _command(api, new, "restart")
    assert (early.status, early.error) == (
        400,
        "command: restart does not work in the state creating",
    )
    await api.emulator.advance(minutes=5)
    promotion = await _command(api, new, "promote")
    assert (promotion.status, "read replica" in promotion.error) == (400, True)
    switch = await _command(api, new, "switchover")
    assert (switch.status, "standby" in switch.error) == (400, True)
    assert (await api("PATCH", f"{new}/state", {})).error == "command: is required"
    await api("PATCH", new, {"haType": "async"})
    assert (await _command(api, new, "switchover")).result["state"] == "restarting"


async def test_read_replica(api: Api) -> None:
    """A read replica is like its primary, keeps it from being deleted, and can be promoted."""
    path = await _running(api, haType="sync", tags=[{"key": "env"}], postgresVersion="17", **CONFIG)
    await api.emulator.advance(minutes=30)
    body = {"name": "copy", "pgConfig": {"max_connections": 300}}
    replica = (await api("POST", f"{path}/readReplica", body)).result
    copy = f"/postgres/{replica['id']}"
    primary = (await api("GET", path)).result

    for name in ("provider", "region", "size", "postgresVersion", "storageSize"):
        assert replica[name] == primary[name]
    assert (replica["isPrimary"], replica["haType"], replica["tags"]) == (False, "none", [])
    assert replica["password"] in replica["connectionString"]
    settings = (await api("GET", f"{copy}/config")).result
    assert settings["pgConfig"].items() >= {"work_mem": "8MB", "max_connections": 300}.items()
    refused = await api("DELETE", path)
    assert (refused.status, refused.json["code"]) == (409, "DEPENDENT_REPLICA")
    await api.emulator.advance(minutes=5)
    assert (await _command(api, copy, "promote")).result["isPrimary"]
    await api.emulator.advance(minutes=1)
    assert (await _command(api, copy, "promote")).status == 400
    assert (await api("DELETE", path)).status == 200


async def test_replica_waits_for_the_first_backup(api: Api) -> None:
    """Live, a service that has no backup yet is not ready for one."""
    path = await _running(api)
    early = await api("POST", f"{path}/readReplica", {"name": "copy"})
    await api.emulator.advance(minutes=30)
    late = await api("POST", f"{path}/readReplica", {"name": "copy"})

    assert (early.status, "it has no backups, yet" in early.error) == (400, True)
    assert late.status == 200


async def test_replica_cannot_be_changed(api: Api) -> None:
    """Live, neither its properties nor its password; its settings can."""
    path = await _running(api)
    await api.emulator.advance(minutes=30)
    replica = (await api("POST", f"{path}/readReplica", {"name": "copy"})).result
    copy = f"/postgres/{replica['id']}"
    answers = [
        await api("PATCH", copy, {"name": "other"}),
        await api("PATCH", f"{copy}/password", {}),
    ]
    message = "Read replicas cannot be modified directly"

    assert [(answer.status, answer.error) for answer in answers] == [(400, message)] * 2
    settings = {"pgConfig": {"max_connections": 300}, "pgBouncerConfig": {}}
    assert (await api("PATCH", f"{copy}/config", settings)).status == 200


@pytest.mark.parametrize(("strictness", "left"), [("live", []), ("documented", [{"key": "env"}])])
async def test_change_without_tags(strictness: Strictness, left: list[dict[str, str]]) -> None:
    """Live, a change that does not name the tags takes all of them away."""
    async with serving(Emulator(time_scale=0, strictness=strictness)) as api:
        path = await _running(api, tags=[{"key": "env"}])
        renamed = (await api("PATCH", path, {"name": "other"})).result["tags"]
        again = (await api("PATCH", path, {"name": "more", "tags": [{"key": "a"}]})).result["tags"]
    assert (renamed, again) == (left, [{"key": "a"}])


async def test_restored_service_is_open_to_everybody(api: Api) -> None:
    """Whatever its source allows, as the restore takes no rules."""
    rule = {"source": "10.0.0.0/8", "portRange": "5432"}
    path = await _running(api, ipAccessList=[rule])
    body = {"name": "back", "restoreTarget": "2026-01-05T09:02:00Z"}
    restored = (await api("POST", f"{path}/restoredService", body)).result

    assert {rule["source"] for rule in restored["ipAccessList"]} == {"0.0.0.0/0"}


async def test_deletion(api: Api) -> None:
    """A service that is deleted is gone after a while, and nothing can be made of it before."""
    path = await _running(api)
    await api.emulator.advance(minutes=30)
    copy = (await api("POST", f"{path}/readReplica", {"name": "copy"})).result
    assert (await api("DELETE", f"/postgres/{copy['id']}")).status == 200
    assert (await api("DELETE", path)).status == 200
    assert (await api("GET", path)).result["state"] == "deleting"
    assert (await api("DELETE", path)).status == 200
    assert (await _command(api, path, "restart")).status == 400
    assert (await api("POST", f"{path}/readReplica", {"name": "late"})).status == 400
    await api.emulator.advance(minutes=1)
    assert (await api("GET", path)).status == 404
    assert (await api("GET", f"{path}/config")).status == 404
    assert (await api("GET", "/postgres")).result == []


async def test_restore(api: Api) -> None:
    """A service is restored in three steps, like its source but for what the request says."""
    path = await _running(api, haType="async")
    body = {"name": "back", "restoreTarget": "2026-01-05T09:02:00Z"}
    restored = (await api("POST", f"{path}/restoredService", body)).result
    back = f"/postgres/{restored['id']}"
    states = [restored["state"]]
    for _ in range(60):
        await api.emulator.advance(seconds=5)
        state = (await api("GET", back)).result["state"]
        states += [state] if state != states[-1] else []

    assert states == ["restoring_backup", "replaying_wal", "finalizing_restore", "running"]
    assert (restored["name"], restored["haType"], restored["isPrimary"]) == ("back", "async", True)


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({"restoreTarget": "2026-01-05T09:01:00Z"}, "name: is required"),
        ({"name": "x"}, "restoreTarget: is required"),
        (
            {"name": "x", "restoreTarget": "2026-01-05T09:06:00Z"},
            "restoreTarget: must not be in the future",
        ),
        (
            {"name": "x", "restoreTarget": "2026-01-05T08:59:59Z"},
            "restoreTarget: the service was not there at that moment",
        ),
    ],
)
async def test_bad_restore(api: Api, body: dict[str, Any], message: str) -> None:
    """Only a moment in the service's past can be restored."""
    path = await _running(api)
    answer = await api("POST", f"{path}/restoredService", body)

    assert (answer.status, answer.error) == (400, message)
    assert len((await api("GET", "/postgres")).result) == 1


async def test_settings_are_replaced_or_merged(api: Api) -> None:
    """POST says every setting, PATCH only those that change, and a restart may be needed."""
    path = f"{await _running(api)}/config"
    initial = (await api("GET", path)).result
    assert initial["pgConfig"]["max_connections"] == 200
    replaced = (await api("POST", path, CONFIG)).result

    assert replaced == CONFIG | {
        "message": "a restart is needed for max_connections and max_worker_processes"
    }
    assert (await api("GET", path)).result == CONFIG
    merged = (await api("PATCH", path, {"pgConfig": {"lock_timeout": "5s"}})).result
    assert merged == {
        "pgConfig": {"work_mem": "8MB", "lock_timeout": "5s"},
        "pgBouncerConfig": {"pool_mode": "session"},
    }
    body = {"pgConfig": {"max_connections": 50}, "pgBouncerConfig": {}}
    assert (await api("PATCH", path, body)).result["message"] == (
        "a restart is needed for max_connections"
    )


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"work_mem": 63}, "work_mem: must be at least 64"),
        ({"work_mem": "63"}, "work_mem: must be at least 64"),
        ({"max_wal_size": "31MB"}, "max_wal_size: must be at least 32768"),
        ({"autovacuum_naptime": "999ms"}, "autovacuum_naptime: must be at least 1"),
        ({"statement_timeout": "-1"}, "statement_timeout: must be at least 0"),
        ({"work_mem": "lots"}, "work_mem: must be a number, alone or with one of B, kB, MB"),
        ({"lock_timeout": "3 MB"}, "lock_timeout: must be a number, alone or with one of us, ms"),
        ({"max_connections": "3s"}, "max_connections: must be a number"),
        ({"wal_compression": "gzip"}, "wal_compression: must be one of off, on, lz4, zstd"),
        ({"shared_buffers": "1GB"}, "shared_buffers: is not known here"),
    ],
)
async def test_bad_settings(api: Api, settings: dict[str, Any], message: str) -> None:
    """Settings that Postgres would not take are refused however they are written."""
    path = f"{await _running(api)}/config"
    before = (await api("GET", path)).result
    bodies = {"POST": CONFIG | {"pgConfig": settings}, "PATCH": {"pgConfig": settings}}
    for method, body in bodies.items():
        answer = await api(method, path, body)
        assert answer.status == 400
        assert answer.error.startswith(f"pgConfig.{message}")
    assert (await api("GET", path)).result == before


async def test_settings_of_the_pool(api: Api) -> None:
    """PgBouncer has 1 to 64 settings, all of them texts."""
    path = f"{await _running(api)}/config"
    full = {f"setting_{number}": "1" for number in range(64)}
    wrong: list[dict[str, Any]] = [{}, full | {"one_more": "1"}, {"pool_mode": 1}]
    for pool in wrong:
        answer = await api("POST", path, CONFIG | {"pgBouncerConfig": pool})
        assert (answer.status, answer.error.startswith("pgBouncerConfig")) == (400, True)
    assert (await api("POST", path, CONFIG | {"pgBouncerConfig": full})).status == 200
    answer = await api("PATCH", path, {"pgBouncerConfig": {"one_more": "1"}})
    assert (answer.status, answer.error) == (
        400,
        "pgBouncerConfig: must have at most 64 properties",
    )


@pytest.mark.parametrize("size", CONTRACT.schemas["pgSize"]["enum"])
def test_sizes(size: str) -> None:
    """Every size of the contract has processors, memory and storage."""
    assert processors(size) >= 1
    assert memory_gb(size) >= 2 * processors(size)
    assert storage_gb(size) > memory_gb(size)


def test_known_sizes() -> None:
    """Sizes are those of the instance types."""
    assert (processors("r6gd.medium"), memory_gb("r6gd.medium")) == (1, 8)
    assert (processors("i7ie.3xlarge"), memory_gb("i7ie.3xlarge")) == (12, 96)
    assert (processors("m6gd.xlarge"), memory_gb("m6gd.xlarge")) == (4, 16)
    assert (processors("c4a-highmem-16"), memory_gb("c4a-highmem-16")) == (16, 128)
