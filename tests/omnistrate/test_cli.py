"""``chcloud omnistrate``."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from typing import TYPE_CHECKING

import pytest

from clickhouse_cloud_async.apis.omnistrate import Omnistrate, OmnistrateEmulator
from tests.cli.program import Program

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from clickhouse_cloud_async.apis.omnistrate import OmnistrateEmulator as Emulator


@pytest.fixture
def chcloud(capsysbinary: pytest.CaptureFixture[bytes]) -> Program:
    """The program, run in this process."""
    return Program(capsysbinary)


@pytest.fixture
def emulator(monkeypatch: pytest.MonkeyPatch) -> Emulator:
    """An emulator with a service, whose settings are in the environment."""
    services = {
        "name": "Cache",
        "plans": ["Free", "Pro"],
        "instances": [{"plan": "Pro"}, {"plan": "Pro", "state": "STOPPED"}],
    }
    made = OmnistrateEmulator([services], time_scale=0)
    monkeypatch.setenv("OMNISTRATE_EMAIL", made.email)
    monkeypatch.setenv("OMNISTRATE_PASSWORD", made.password)
    return made


def test_status_shows_plans_with_their_instances(
    chcloud: Program, emulator: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Instances are counted by plan and state."""
    with emulator:
        monkeypatch.setenv("OMNISTRATE_URL", emulator.url)
        rows = chcloud("omnistrate", "status", "--output", "json").json
        table = chcloud("omnistrate", "status").lines

    counts: list[Mapping[str, object]] = sorted(rows, key=lambda row: str(row["plan"]))
    assert [row["plan"] for row in counts] == ["Free", "Pro"]
    assert [row["instances"] for row in counts] == [0, 2]
    assert (counts[1]["running"], counts[1]["stopped"], counts[1]["failed"]) == (1, 1, 0)
    assert table[0].split()[0] == "SERVICE"


def test_account_and_requests(
    chcloud: Program, emulator: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The group has the commands about an account, and sends any request."""
    with emulator:
        monkeypatch.setenv("OMNISTRATE_URL", emulator.url)
        who = chcloud("omnistrate", "whoami", "-o", "json").json
        listed = chcloud("omnistrate", "api", "GET", "service").json

    assert who["email"] == emulator.email
    assert [service["name"] for service in listed["services"]] == ["Cache"]


def test_missing_credentials(chcloud: Program) -> None:
    """Without credentials the exit code says so."""
    outcome = chcloud("omnistrate", "status")

    assert outcome.code == 4
    assert "OMNISTRATE_API_KEY" in outcome.err


async def test_emulator_serves_until_it_is_interrupted(tmp_path: Path) -> None:
    """It prints settings for a shell, with which a client finds it."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "clickhouse_cloud_async.cli", "omnistrate", "emulator", "--port", "0"),
        "--example",
        stdout=asyncio.subprocess.PIPE,
        cwd=tmp_path,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    )
    assert process.stdout is not None
    lines = [(await process.stdout.readline()).decode() for _ in range(4)]
    told = dict(line.removeprefix("export ").strip().split("=", 1) for line in lines[1:])
    with Omnistrate(
        email=told["OMNISTRATE_EMAIL"],
        password=told["OMNISTRATE_PASSWORD"],
        base_url=told["OMNISTRATE_URL"],
    ) as cloud:
        services = cloud.services.list()
    process.send_signal(signal.SIGINT)

    assert await process.wait() == 0
    assert [service.name for service in services] == ["Postgres"]
