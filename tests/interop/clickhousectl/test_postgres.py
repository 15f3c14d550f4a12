"""Postgres services."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from .program import Clickhousectl

WINDOW = ["--from-date", "2026-01-05T09:00:00Z", "--to-date", "2026-01-05T12:00:00Z"]


@pytest.fixture
def shop(ctl: Clickhousectl) -> str:
    """Id of a running Postgres service."""
    place = ["--region", "us-east-1", "--size", "c6gd.large", "--pg-version", "17"]
    created = ctl("postgres", "create", "--name", "shop", *place, "--tag", "env=prod")
    assert created["password"]
    assert created["state"] == "creating"
    ctl.until({"state": "running"}, "postgres", "get", created["id"])
    return str(created["id"])


def test_life(ctl: Clickhousectl, shop: str) -> None:
    """A service is changed, restarts, and is deleted while it runs."""
    assert [p["name"] for p in ctl("postgres", "list", "--filter", "state=running")] == ["shop"]
    change = ["--new-name", "store", "--size", "c6gd.xlarge", "--add-tag", "team=web"]
    ctl("postgres", "update", shop, *change)
    changed = ctl.until({"state": "running"}, "postgres", "get", "--name", "store")
    assert changed["size"] == "c6gd.xlarge"
    assert {tag["key"] for tag in changed["tags"]} == {"env", "team"}
    assert ctl("postgres", "restart", shop)["state"] == "restarting"
    ctl.until({"state": "running"}, "postgres", "get", shop)
    ctl("postgres", "delete", shop)
    ctl.until_gone("postgres", "get", shop)


def test_replicas(ctl: Clickhousectl, shop: str) -> None:
    """A read replica is like its source, and becomes a primary."""
    ctl.refused("postgres", "read-replica", "create", shop, "--name", "early")
    ctl.emulator.advance(minutes=30)
    replica = ctl("postgres", "read-replica", "create", shop, "--name", "copy")["id"]
    ready = ctl.until({"state": "running"}, "postgres", "get", replica)
    source = ctl("postgres", "get", shop)
    assert ready["isPrimary"] is False
    assert [ready[key] for key in ("region", "size", "postgresVersion")] == [
        source[key] for key in ("region", "size", "postgresVersion")
    ]
    ctl("postgres", "promote", replica)
    ctl.until({"isPrimary": True, "state": "running"}, "postgres", "get", replica)


def test_switchover(ctl: Clickhousectl, shop: str) -> None:
    """A service with a standby switches over to it."""
    ctl("postgres", "update", shop, "--ha-type", "async")
    ctl.until({"state": "running", "haType": "async"}, "postgres", "get", shop)
    ctl("postgres", "switchover", shop)
    ctl.until({"state": "running"}, "postgres", "get", shop)


def test_restore(ctl: Clickhousectl, shop: str) -> None:
    """A new service is made of what an old one was, with the access that was asked for."""
    ctl.emulator.advance(hours=2)
    moment = ["--restore-target", "2026-01-05T10:30:00Z", "--block-public-access"]
    assert ctl("postgres", "backup", "list", shop)["result"]
    restored = ctl("postgres", "restore", shop, "--name", "earlier", *moment)
    assert ctl("postgres", "get", restored["id"])["ipAccessList"] == []
    restored = ctl("postgres", "get", "--name", "earlier")
    assert restored["state"] == "restoring_backup"
    ctl.until({"state": "running"}, "postgres", "get", restored["id"])


def test_configuration(ctl: Clickhousectl, shop: str) -> None:
    """A patch adds to the configuration, a replacement drops the rest."""
    whole = {
        "pgConfig": {"max_connections": 200, "work_mem": 4096},
        "pgBouncerConfig": {"default_pool_size": "20"},
    }
    (ctl.home / "whole.json").write_text(json.dumps(whole), encoding="utf-8")
    ctl("postgres", "config", "replace", shop, "--file", "whole.json")
    ctl("postgres", "config", "patch", shop, "--set", "max_connections=300")
    configuration = ctl("postgres", "config", "get", shop)
    assert configuration["pgConfig"]["max_connections"] == 300
    assert configuration["pgConfig"]["work_mem"] == 4096
    assert configuration["pgBouncerConfig"] == {"default_pool_size": "20"}


def test_password(ctl: Clickhousectl, shop: str) -> None:
    """A password has to be good."""
    assert ctl("postgres", "reset-password", shop, "--generate")["password"]
    ctl("postgres", "reset-password", shop, "--password", "planted-Secret-1")


def test_observation(ctl: Clickhousectl, shop: str) -> None:
    """Logs, metrics and slow queries of a stretch of time."""
    ctl.emulator.advance(hours=3)
    logs = ctl("postgres", "logs", shop, *WINDOW, "--limit", 5)
    assert logs == sorted(logs, key=lambda line: line["timestamp"], reverse=True)
    assert ctl("postgres", "metrics", shop, *WINDOW)["metrics"]
    pattern = ctl("postgres", "slow-queries", "list", shop, *WINDOW)[0]
    place = ["--db-name", pattern["dbName"], "--db-user", pattern["dbUser"]]
    words = [*place, "--db-operation", pattern["dbOperation"]]
    found = ctl("postgres", "slow-queries", "get", shop, pattern["queryId"], *words)
    assert pattern["queryId"] in str(found)
    assert shop in ctl("postgres", "prometheus", "service", shop)
    assert shop in ctl("postgres", "prometheus", "org")


def test_certificates(ctl: Clickhousectl, shop: str) -> None:
    """The certificates of the authority that a service trusts."""
    assert "BEGIN CERTIFICATE" in ctl("postgres", "certs", "get", shop)["certificate"]
