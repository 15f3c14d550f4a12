"""Backups and snapshots: their configurations, the bucket, and what the clock makes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from . import RUNNING

if TYPE_CHECKING:
    from tests.emulator.client import Api


async def walk(api: Api) -> None:
    """Ask for every operation on backups and snapshots."""
    await _configure(api)
    await _use_a_bucket(api)
    await api.emulator.advance(days=1, hours=1)
    for name in ("backups", "snapshots"):
        listed = (await api("GET", f"{RUNNING}/{name}")).result
        assert (await api("GET", f"{RUNNING}/{name}/{listed[1]['id']}")).result["status"] == "done"
    assert (await api("DELETE", f"{RUNNING}/backupBucket")).status == 200


async def _configure(api: Api) -> None:
    backups, snapshots = f"{RUNNING}/backupConfiguration", f"{RUNNING}/snapshotConfiguration"
    assert (await api("GET", backups)).result["backupPeriodInHours"] == 24
    body: dict[str, object] = {
        "backupPeriodInHours": None,
        "backupRetentionPeriodInHours": 168,
        "backupStartTime": "02:00",
    }
    assert (await api("PATCH", backups, body)).result["backupStartTime"] == "02:00"
    assert (await api("GET", snapshots)).result["enabled"] is False
    body = {"enabled": True, "gap": 60, "timeFrame": 2880}
    assert (await api("PATCH", snapshots, body)).result == body


async def _use_a_bucket(api: Api) -> None:
    path = f"{RUNNING}/backupBucket"
    body = {
        "bucketProvider": "GCP",
        "bucketPath": "gs://backups",
        "accessKeyId": "access",
        "secretAccessKey": "secret",
    }
    assert (await api("POST", path, body)).result["bucketPath"] == "gs://backups"
    body = {
        "bucketProvider": "AWS",
        "bucketPath": "s3://backups",
        "iamRoleArn": "arn:aws:iam::000000000000:role/backup",
        "iamRoleSessionName": "session",
    }
    assert (await api("PATCH", path, body)).result["bucketProvider"] == "AWS"
    assert (await api("GET", path)).result["iamRoleSessionName"] == "session"
