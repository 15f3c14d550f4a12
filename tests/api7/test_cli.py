"""``chcloud api7``."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from typing import TYPE_CHECKING

import pytest

from clickhouse_cloud_async.apis.api7 import API7Cloud, API7Emulator
from tests.cli.program import Program

from .walk import OPENAPI

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def chcloud(capsysbinary: pytest.CaptureFixture[bytes]) -> Program:
    """The program, run in this process."""
    return Program(capsysbinary)


def test_status_shows_what_control_planes_hold(
    chcloud: Program,
    api7_emulator: API7Emulator,
    api7_cloud: API7Cloud,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Applications, APIs and gateways are counted for each control plane."""
    app = api7_cloud.applications.import_openapi(openapi=OPENAPI)
    api7_emulator.start_gateway("g-1")
    api7_emulator.advance(15)
    monkeypatch.setenv("API7_CLOUD_TOKEN", api7_emulator.token)
    monkeypatch.setenv("API7_CLOUD_URL", api7_emulator.url)

    (row,) = chcloud("api7", "status", "--output", "json").json
    assert row == {
        "name": "default",
        "id": app.control_plane_id,
        "status": "normal",
        "applications": 1,
        "published": 1,
        "apis": 2,
        "gateways": 1,
        "healthy": 1,
    }
    table = chcloud("api7", "status").lines
    assert "default" in table[1]
    # Names for people, the API's numbers for programs, and the words of the help in errors.
    listed = chcloud("api7", "applications", "list").lines[1].split()
    assert {"normal", "active"} <= {*listed}
    assert chcloud("api7", "applications", "list", "-o", "json").json[0]["status"] == 50
    assert "no application is named 'none'" in chcloud("api7", "apis", "list", "none").err


def test_status_needs_a_token(chcloud: Program) -> None:
    """Without one the exit code says so."""
    outcome = chcloud("api7", "status")

    assert outcome.code == 4
    assert "API7_CLOUD_TOKEN" in outcome.err


async def test_emulator_serves_until_it_is_interrupted(tmp_path: Path) -> None:
    """It prints settings for a shell, with which a client finds what its example has."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "clickhouse_cloud_async.cli", "api7", "emulator", "--example", "--port", "0"),
        stdout=asyncio.subprocess.PIPE,
        cwd=tmp_path,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    )
    assert process.stdout is not None
    lines = [(await process.stdout.readline()).decode() for _ in range(5)]
    told = dict(line.removeprefix("export ").strip().split("=", 1) for line in lines[1:])
    with API7Cloud(told["API7_CLOUD_TOKEN"], base_url=told["API7_CLOUD_URL"]) as cloud:
        (plane,) = cloud.control_planes.list()
        (store,) = cloud.applications.list()
    process.send_signal(signal.SIGINT)

    assert await process.wait() == 0
    assert store.name == "store"
    assert plane.id == told["API7_CLOUD_CONTROL_PLANE_ID"]
