"""User-defined functions, from the archive to the service."""

from __future__ import annotations

import json
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest
from anyio.from_thread import start_blocking_portal

from clickhouse_cloud_async.emulator import Emulator

from .front import front
from .program import Clickhousectl

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator
    from pathlib import Path

DEFINITION = {
    "functionName": "reversed",
    "type": "executable",
    "runtime": "python3.11",
    "arguments": [{"name": "text", "type": "String"}],
    "returnType": "String",
}


@pytest.fixture
def ctl(emulator: Emulator, tmp_path: Path) -> Iterator[Clickhousectl]:
    """The client in a folder with a function, on a way where it can upload."""
    with uploading(emulator, tmp_path) as program:
        yield program


@contextmanager
def uploading(emulator: Emulator, home: Path) -> Generator[Clickhousectl]:
    """The client in a folder with a function, on a way where it can upload."""
    source = home / "clickhouse" / "udfs" / "reversed"
    source.mkdir(parents=True)
    (source / "udf.json").write_text(json.dumps(DEFINITION), encoding="utf-8")
    (source / "main.py").write_text("print('olleh')\n", encoding="utf-8")
    authority = home / "authority.pem"
    with (
        start_blocking_portal() as portal,
        portal.wrap_async_context_manager(front(emulator.url, authority)) as way,
    ):
        yield Clickhousectl(emulator, home, way, {"SSL_CERT_FILE": str(authority)})


def test_life(ctl: Clickhousectl, etl: str) -> None:
    """A function is built, attached, built anew, detached and deleted."""
    assert ctl("udf", "create", "reversed")["status"] == "building"
    ctl.until({"status": "ready"}, "udf", "get", "reversed")
    assert ctl("udf", "attach", "reversed", etl)["status"] == "provisioning"
    ctl.until({"status": "deployed", "version": 1}, "udf", "attachment", "get", "reversed", etl)

    assert ctl("udf", "version", "create", "reversed")["version"] == 2
    ctl.refused("udf", "attach", "reversed", etl, "--version", 2)
    ctl.until({"status": "ready", "version": 2}, "udf", "get", "reversed")
    ctl.refused("udf", "version", "delete", "reversed", 1)
    ctl("udf", "attach", "reversed", etl)
    ctl.until({"status": "deployed", "version": 2}, "udf", "attachment", "get", "reversed", etl)
    ctl("udf", "version", "delete", "reversed", 1)

    ctl("udf", "detach", "reversed", etl)
    ctl.until_gone("udf", "attachment", "get", "reversed", etl)
    ctl("udf", "delete", "reversed")
    ctl.until_gone("udf", "get", "reversed")


def test_lists(tmp_path: Path) -> None:
    """The client goes through pages of functions, versions and attachments that are arrays."""
    fleet = [{"name": name, "state": "running"} for name in ("etl", "events")]
    with (
        Emulator(fleet, time_scale=0, flat_pages=True) as emulator,
        uploading(emulator, tmp_path) as ctl,
    ):
        ctl("udf", "create", "reversed")
        ctl.until({"status": "ready"}, "udf", "get", "reversed")
        ctl("udf", "version", "create", "reversed")
        ctl.until({"status": "ready", "version": 2}, "udf", "get", "reversed")
        services = {service["id"] for service in ctl("service", "list")}
        for service in services:
            ctl("udf", "attach", "reversed", service)

        (function,) = ctl("udf", "list")["result"]
        first = ctl("udf", "version", "list", "reversed", "--limit", 1)
        cursor = first["nextCursor"]
        second = ctl("udf", "version", "list", "reversed", "--limit", 1, "--cursor", cursor)
        attached = ctl("udf", "attachment", "list", "reversed")["result"]

    assert (function["functionName"], function["version"]) == ("reversed", 2)
    assert (first["limit"], first["totalCount"]) == (1, 2)
    assert [page["result"][0]["version"] for page in (first, second)] == [1, 2]
    assert "nextCursor" not in second
    assert {each["serviceId"] for each in attached} == services


def test_name_is_taken(ctl: Clickhousectl) -> None:
    """Two functions cannot have one name."""
    ctl("udf", "create", "reversed")
    ctl.refused("udf", "create", "reversed")
    assert ctl.emulator.requests[-1].status == 409


def test_sleeping_services(ctl: Clickhousectl, services: dict[str, str]) -> None:
    """The client wakes an idle service if it is told to; a stopped one it cannot."""
    ctl("udf", "create", "reversed")
    ctl.until({"status": "ready"}, "udf", "get", "reversed")
    assert "idle" in ctl.refused("udf", "attach", "reversed", services["reports"])
    assert ctl.emulator.requests[-1].status == 424
    ctl.refused("udf", "attach", "reversed", services["archive"])


def test_deployment(tmp_path: Path) -> None:
    """The client goes all the way by itself, and wakes the service on it."""
    fleet = [{"name": "reports", "state": "idle"}]
    with Emulator(fleet, time_scale=60) as emulator, uploading(emulator, tmp_path) as ctl:
        service = ctl("service", "get", "--name", "reports")["id"]
        ctl("udf", "deploy", "reversed", "--service", service)
        assert ctl("udf", "attachment", "get", "reversed", service)["status"] == "deployed"
