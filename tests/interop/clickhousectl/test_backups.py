"""Backups, their configuration and buckets, and snapshots."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .program import Clickhousectl

BUCKET = {
    "bucketProvider": "GCP",
    "bucketPath": "gs://backups/etl",
    "accessKeyId": "GOOG1EXAMPLE",
    "secretAccessKey": "planted-Secret-1",
}


def test_backups_are_made_by_the_clock(ctl: Clickhousectl, etl: str) -> None:
    """A day brings a backup, of which a new service can be made."""
    before = {backup["id"] for backup in ctl("backup", "list", etl)}
    ctl.emulator.advance(hours=49)
    backups = ctl("backup", "list", etl)
    newest = backups[0]
    assert newest["id"] not in before
    assert [b["startedAt"] for b in backups] == sorted(
        (b["startedAt"] for b in backups), reverse=True
    )
    done = ctl.until({"status": "done"}, "backup", "get", etl, newest["id"])
    assert done["finishedAt"] > done["startedAt"]

    copy = ctl("service", "create", "--name", "copy", "--backup-id", newest["id"])["service"]
    ctl.until({"state": "running"}, "service", "get", copy["id"])


def test_configuration(ctl: Clickhousectl, etl: str) -> None:
    """A start time wants backups once a day; without it the period is free."""
    hours = ["--backup-period-hours", 12, "--backup-retention-period-hours", 48]
    ctl("service", "backup-config", "update", etl, *hours)
    assert ctl("service", "backup-config", "get", etl)["backupPeriodInHours"] == 12
    daily = ["--backup-start-time", "03:00", "--backup-period-hours", 24]
    ctl("service", "backup-config", "update", etl, *daily)
    configuration = ctl("service", "backup-config", "get", etl)
    assert configuration["backupStartTime"] == "03:00"
    assert configuration["backupRetentionPeriodInHours"] == 48
    ctl("service", "backup-config", "update", etl, "--clear-backup-start-time")
    assert not ctl("service", "backup-config", "get", etl).get("backupStartTime")


def test_bucket(ctl: Clickhousectl, etl: str) -> None:
    """A bucket is shown without its secret until it is deleted."""
    ctl.refused("backup", "bucket", "get", etl)
    ctl("backup", "bucket", "create", etl, "--file", "-", file=BUCKET)
    shown = ctl("backup", "bucket", "get", etl)
    assert shown["bucketPath"] == BUCKET["bucketPath"]
    assert BUCKET["secretAccessKey"] not in str(shown)
    moved = BUCKET | {"bucketPath": "gs://backups/elsewhere"}
    ctl("backup", "bucket", "update", etl, "--file", "-", file=moved)
    assert ctl("backup", "bucket", "get", etl)["bucketPath"] == moved["bucketPath"]
    ctl("backup", "bucket", "delete", etl)
    ctl.refused("backup", "bucket", "get", etl)


def test_snapshots(ctl: Clickhousectl, etl: str) -> None:
    """Snapshots are made once they are switched on."""
    pair = ["--gap", 30, "--time-frame", 1440]
    ctl("service", "snapshot", "config", "update", etl, "--enabled", "true", *pair)
    configuration = ctl("service", "snapshot", "config", "get", etl)
    assert configuration == {"enabled": True, "gap": 30, "timeFrame": 1440}
    ctl.emulator.advance(hours=2)
    snapshots = ctl("service", "snapshot", "list", etl)
    newest = ["--snapshot-id", snapshots[0]["id"]]
    done = ctl.until({"status": "done"}, "service", "snapshot", "get", etl, *newest)
    assert done["type"] == "full"
    odd = ["--gap", 7, "--time-frame", 1440]
    ctl.refused("service", "snapshot", "config", "update", etl, "--enabled", "true", *odd)
