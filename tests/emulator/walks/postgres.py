"""Managed Postgres: a primary, a replica of it and a service restored from it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.emulator.client import Api

TAGS = [{"key": "env", "value": "prod"}, {"key": "unpaid"}]
CONFIG = {
    "pgConfig": {"max_connections": 200, "work_mem": "16MB", "wal_compression": "zstd"},
    "pgBouncerConfig": {"default_pool_size": "40"},
}
WINDOW = [("from_date", "2026-01-05T09:00:00Z"), ("to_date", "2026-01-05T15:00:00Z")]


async def walk(api: Api) -> None:
    """Ask for every operation on managed Postgres but those of Prometheus."""
    body = {
        "name": "shop",
        "provider": "aws",
        "region": "eu-central-1",
        "postgresVersion": "17",
        "size": "m6gd.xlarge",
        "haType": "async",
        "tags": TAGS,
        "ipAccessList": [],
        **CONFIG,
    }
    created = (await api("POST", "/postgres", body)).result
    path = f"/postgres/{created['id']}"
    await api.emulator.advance(minutes=5)
    assert (await api("GET", path)).result["state"] == "running"
    await _look(api, path)
    await _change(api, path)
    await _derive(api, path)
    assert (await api("DELETE", path)).status == 200


async def _look(api: Api, path: str) -> None:
    await api.emulator.advance(hours=5)
    assert len((await api("GET", "/postgres")).result) == 1
    assert (await api("GET", f"{path}/backups")).result[0]["status"] == "completed"
    assert (await api("GET", f"{path}/caCertificates")).status == 200
    assert (await api("GET", f"{path}/metrics", query=WINDOW)).status == 200
    log = [*WINDOW, ("severity", "LOG"), ("body_contains", "checkpoint"), ("sort_order", "asc")]
    assert (await api("GET", f"{path}/logs", query=log)).status == 200
    order = [*WINDOW, ("sort_by", "max_duration"), ("db_name", "shop")]
    slowest = (await api("GET", f"{path}/slowQueryPatterns", query=order)).result[0]
    names = {"dbName": "db_name", "dbUser": "db_user", "dbOperation": "db_operation"}
    query = [(name, slowest[shown]) for shown, name in names.items()]
    pattern = f"{path}/slowQueryPatterns/{slowest['queryId']}"
    assert (await api("GET", pattern, query=query)).status == 200


async def _change(api: Api, path: str) -> None:
    changes = {"name": "orders", "size": "m6gd.2xlarge", "haType": "sync", "tags": TAGS[:1]}
    assert (await api("PATCH", path, changes)).result["name"] == "orders"
    assert (await api("PATCH", f"{path}/password", {})).status == 200
    assert (await api("GET", f"{path}/config")).status == 200
    assert (await api("POST", f"{path}/config", CONFIG)).status == 200
    assert (await api("PATCH", f"{path}/config", CONFIG)).status == 200
    for command in ("restart", "switchover"):
        assert (await api("PATCH", f"{path}/state", {"command": command})).status == 200
        await api.emulator.advance(minutes=1)


async def _derive(api: Api, path: str) -> None:
    body = {"name": "replica", "tags": TAGS, **CONFIG}
    replica = (await api("POST", f"{path}/readReplica", body)).result
    target = {"name": "restored", "restoreTarget": "2026-01-05T10:00:00Z", "tags": TAGS, **CONFIG}
    assert (await api("POST", f"{path}/restoredService", target)).status == 200
    await api.emulator.advance(minutes=5)
    state = f"/postgres/{replica['id']}/state"
    assert (await api("PATCH", state, {"command": "promote"})).result["isPrimary"]
