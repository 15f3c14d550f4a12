"""Test the nightly job against the emulator: no account, no waiting."""

import runpy
import sys
from pathlib import Path

import pytest

from clickhouse_cloud_async import ClickHouseCloud
from clickhouse_cloud_async.emulator import Emulator, ErrorResponse

FLEET = [
    {"name": "etl", "state": "running", "tags": [{"key": "env", "value": "dev"}]},
    {"name": "shop", "state": "running", "idleScaling": False},
]


def run(report: Path, monkeypatch: pytest.MonkeyPatch) -> int:
    monkeypatch.setattr(sys, "argv", ["nightly_report.py", str(report)])
    with pytest.raises(SystemExit) as ended:
        runpy.run_path(str(Path(__file__).with_name("nightly_report.py")), run_name="__main__")
    return int(ended.value.code or 0)


@pytest.mark.usefixtures("clickhouse_cloud_env")
@pytest.mark.clickhouse_cloud(services=FLEET, time_scale=1000)
def test_only_development_stops(
    clickhouse_cloud: ClickHouseCloud,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert run(tmp_path / "report.md", monkeypatch) == 0
    assert {s.name: s.state for s in clickhouse_cloud.services.list()} == {
        "etl": "stopped",
        "shop": "running",
    }
    assert "| etl | done |" in (tmp_path / "report.md").read_text("utf-8")


@pytest.mark.clickhouse_cloud(services=FLEET, time_scale=1000)
def test_a_refusal_is_reported(
    clickhouse_cloud_env: Emulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clickhouse_cloud_env.faults.add(ErrorResponse(422), operation="instanceStateUpdate")
    assert run(tmp_path / "report.md", monkeypatch) == 1
    assert "| etl | failed |" in (tmp_path / "report.md").read_text("utf-8")
