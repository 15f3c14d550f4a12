"""The processes of engines: few, ended with their emulator, and what they leave behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from clickhouse_cloud_async import ClickHouseCloud
from clickhouse_cloud_async.apis.clickhouse.emulator import emulator as emulator_module
from clickhouse_cloud_async.emulator import Emulator

from .conftest import RUNNING
from .served import TIME_LIMIT, Served

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from clickhouse_cloud_async.models import Backup

SERVICE: dict[str, object] = {"name": "main", **RUNNING}

PROGRAM = """
import sys, time
from clickhouse_cloud_async import ClickHouseCloud
from clickhouse_cloud_async.emulator import Emulator
from tests.emulator.sql.served import Served

with Emulator([{"name": "main", "idleScaling": False, "state": "running"}], sql=True) as emulator:
    with ClickHouseCloud(
        emulator.api_key, emulator.api_secret, base_url=emulator.url, rate_limit=None
    ) as cloud:
        assert Served.of(cloud, "main").value("SELECT 1") == 1
    print("ready", flush=True)
    sys.stdin.read()
"""


def _children(pid: int) -> list[int]:
    """Return the processes that a process has started, where the system tells."""
    tasks = Path(f"/proc/{pid}/task")
    return [
        int(child) for task in tasks.iterdir() for child in (task / "children").read_text().split()
    ]


def _wait_until_gone(pid: int) -> None:
    deadline = time.monotonic() + TIME_LIMIT
    while Path(f"/proc/{pid}").exists() and time.monotonic() < deadline:
        if "State:\tZ" in Path(f"/proc/{pid}/status").read_text():
            break
        time.sleep(0.05)
    else:
        assert not Path(f"/proc/{pid}").exists()


needs_proc = pytest.mark.skipif(
    not Path("/proc/self/task").exists(), reason="needs /proc, as Linux has it"
)


@needs_proc
def test_no_engine_outlives_a_killed_emulator(tmp_path: Path) -> None:
    """An emulator that is killed leaves no process behind."""
    program = subprocess.Popen(  # noqa: S603 - the program above
        [sys.executable, "-c", PROGRAM],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        cwd=Path(__file__).parents[3],
        env={**os.environ, "TMPDIR": str(tmp_path)},  # it cannot tidy up
    )
    with program:
        assert program.stdout is not None
        assert program.stdout.readline() == b"ready\n"
        engines = _children(program.pid)
        assert engines
        program.send_signal(signal.SIGKILL)
        program.wait()
        assert program.stdin is not None
        program.stdin.close()
    for engine in engines:
        _wait_until_gone(engine)


@needs_proc
def test_data_stays_with_the_state_file(tmp_path: Path) -> None:
    """Another emulator with the same state file has services at the same ports, with their data."""
    state = tmp_path / "state"
    before = set(_children(os.getpid()))
    with (
        Emulator([SERVICE], time_scale=0, sql=True, state=state) as emulator,
        _cloud(emulator) as cloud,
    ):
        first = Served.of(cloud, "main")
        first.run("CREATE TABLE kept (a UInt8) ENGINE = MergeTree ORDER BY a")
        first.run("INSERT INTO kept VALUES (3)")
        assert len(set(_children(os.getpid())) - before) == 1
    assert set(_children(os.getpid())) <= before
    folder = state.with_name("state.data")
    assert folder.stat().st_mode & 0o077 == 0
    with Emulator(time_scale=0, sql=True, state=state) as emulator:
        assert first.rows("SELECT a FROM kept") == [[3]]
    with Emulator(time_scale=0, state=state) as emulator, _cloud(emulator) as cloud:
        endpoints = cloud.services.get(first.id).endpoints or ()
        assert {each.host.partition(".")[2][-18:] for each in endpoints} == {"clickhouse.example"}


def test_a_copy_that_fails_is_no_backup(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """A backup whose data cannot be copied ends with an error; the one after it is complete."""
    state = tmp_path / "state"
    with (
        Emulator([SERVICE], time_scale=0, sql=True, state=state) as emulator,
        _cloud(emulator) as cloud,
    ):
        service = Served.of(cloud, "main")
        service.run("CREATE TABLE broken (a UInt8) ENGINE = Log", "INSERT INTO broken VALUES (1)")
        for data in state.with_name("state.data").rglob("a.bin"):
            data.unlink()
        emulator.advance(hours=25)
        assert _newest_backup(cloud, service, "error").size_in_bytes is None
        assert "broken" not in caplog.text
        service.run("DROP TABLE broken")
        emulator.advance(hours=24)
        service.value("SELECT 1")  # comes after the copy
        assert _newest_backup(cloud, service, "done").size_in_bytes is not None


def _newest_backup(cloud: ClickHouseCloud, service: Served, status: str) -> Backup:
    """Wait until the newest backup of a service has a status, and return it."""
    deadline = time.monotonic() + TIME_LIMIT
    while (newest := cloud.backups.list(service.id)[0]).status != status:
        assert time.monotonic() < deadline, newest.status
        time.sleep(0.05)
    return newest


@needs_proc
def test_a_service_that_goes_takes_its_data_along(tmp_path: Path) -> None:
    """The data of a deleted service is removed, and no process starts for one without queries."""
    state = tmp_path / "state"
    stopped: dict[str, object] = {"name": "old", "state": "stopped"}
    before = set(_children(os.getpid()))
    with (
        Emulator([SERVICE, stopped], time_scale=0, sql=True, state=state) as emulator,
        _cloud(emulator) as cloud,
    ):
        warehouses = state.with_name("state.data") / "warehouses"
        old = cloud.services.get_by_name("old").id
        (warehouses / old / "data").mkdir(parents=True)
        cloud.services.delete(old)
        emulator.advance(minutes=5)
        emulator.advance(days=3)
        assert set(_children(os.getpid())) <= before
    assert not (warehouses / old).exists()


def test_a_snapshot_takes_services_along() -> None:
    """Services that are gone after `restore` listen no more; those of the snapshot do."""
    with Emulator([SERVICE], time_scale=0, sql=True) as emulator, _cloud(emulator) as cloud:
        kept = Served.of(cloud, "main")
        kept.run("CREATE TABLE made (a UInt8) ENGINE = Log")
        snapshot = emulator.snapshot()
        emulator.seed({"services": [{"name": "more", **RUNNING}]})
        more = Served.of(cloud, "more")
        assert more.query("SELECT 1", method="GET", password="wrong").code == "516"
        emulator.restore(snapshot)
        assert [each.name for each in cloud.services.list()] == ["main"]
        assert kept.query("EXISTS made").text == "1\n"
        with pytest.raises(ConnectionError):
            more.query("SELECT 1")


def _cloud(emulator: Emulator) -> AbstractContextManager[ClickHouseCloud]:
    return ClickHouseCloud(
        emulator.api_key, emulator.api_secret, base_url=emulator.url, rate_limit=None
    )


def test_without_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the engine, the error names the extra; an emulator without SQL needs none."""
    monkeypatch.setattr(emulator_module, "find_spec", lambda _name: None)
    with pytest.raises(ValueError, match=r"chdb, which is not installed: run .*\[sql\]"):
        Emulator(sql=True)
    Emulator()


def test_the_engine_is_not_imported_here() -> None:
    """The emulator's own process never loads the engine."""
    script = (
        "import sys; from clickhouse_cloud_async.emulator import Emulator; Emulator(sql=True);"
        "assert not {'chdb', 'pandas', 'pyarrow'} & sys.modules.keys()"
    )
    subprocess.run([sys.executable, "-c", script], check=True)  # noqa: S603 - as above
