"""``chcloud services awake`` and the switches of ``chcloud wait services``."""

from __future__ import annotations

import signal
import sys
from typing import TYPE_CHECKING

import pytest

from clickhouse_cloud_async import PermissionDeniedError
from clickhouse_cloud_async.apis.clickhouse.extensions.services import AsyncServices
from clickhouse_cloud_async.cli.exit_codes import ExitCode
from clickhouse_cloud_async.emulator import Emulator
from tests.client.processes import finish, start_script
from tests.waiting.scaled import SPEED

from .program import environment

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from .program import Program

MAIN = "from clickhouse_cloud_async.cli import main\nmain()\n"
STOPPED = ("stopping", "stopped")
SERVICES: list[dict[str, object]] = [
    {"name": state, "state": state, "idleTimeoutMinutes": 1440}
    for state in ("running", "idle", "stopped")
]
WAITS = """
import signal, sys
def leave(number, frame):
    print("got", number, flush=True)
    sys.exit(7)
signal.signal(signal.SIGTERM, leave)
signal.signal(signal.SIGINT, leave)
print("ready", flush=True)
while True:
    signal.pause()
"""
"""A program that waits for a signal, and exits with 7."""


@pytest.fixture
def emulator(monkeypatch: pytest.MonkeyPatch) -> Iterator[Emulator]:
    """Three services on a fast clock, and their key in the environment."""
    with Emulator(SERVICES, time_scale=SPEED) as running:
        for name, value in environment(running).items():
            monkeypatch.setenv(name, value)
        yield running


def state_of(chcloud: Program, name: str) -> str:
    """Return the state of a service."""
    return str(chcloud("services", "get", name, "-o", "json").json["state"])


def run_python(chcloud: Program, service: str, code: str, *options: str) -> int:
    """Run a script while a service runs, and return the exit code."""
    command = (sys.executable, "-c", code)
    return chcloud("services", "awake", service, *options, "--", *command).code


@pytest.mark.usefixtures("emulator")
@pytest.mark.parametrize("name", ["running", "idle", "stopped"])
def test_command_runs_once_the_service_does(chcloud: Program, name: str, tmp_path: Path) -> None:
    """Its exit code is that of the program; the service stays as it is."""
    file = tmp_path / "was-there"
    assert run_python(chcloud, name, f"open({str(file)!r}, 'w'); exit(3)") == 3
    assert file.exists()
    assert state_of(chcloud, name) == "running"


@pytest.mark.usefixtures("emulator")
@pytest.mark.parametrize("code", [0, 4])
def test_stopped_service_is_stopped_again(chcloud: Program, code: int) -> None:
    """However the command ends."""
    assert run_python(chcloud, "stopped", f"exit({code})", "--stop-again") == code
    assert state_of(chcloud, "stopped") in STOPPED


@pytest.mark.usefixtures("emulator")
def test_command_that_a_signal_has_ended(chcloud: Program) -> None:
    """The exit code is that of shells."""
    code = "import os, signal; os.kill(os.getpid(), signal.SIGKILL)"
    assert run_python(chcloud, "running", code) == 128 + signal.SIGKILL


def test_program_that_does_not_exist(chcloud: Program, emulator: Emulator) -> None:
    """Nothing is started for it."""
    outcome = chcloud("services", "awake", "stopped", "--", "no-such-program")
    assert outcome.code == ExitCode.USAGE
    assert not emulator.requests


@pytest.mark.usefixtures("emulator")
def test_program_that_cannot_be_run(chcloud: Program, tmp_path: Path) -> None:
    """The service is stopped again all the same."""
    program = tmp_path / "program"
    program.write_bytes(b"\x7fELF")
    program.chmod(0o700)
    outcome = chcloud("services", "awake", "stopped", "--stop-again", "--", str(program))
    assert outcome.code == ExitCode.FAILED
    assert "cannot be run" in outcome.err
    assert state_of(chcloud, "stopped") in STOPPED


@pytest.mark.parametrize("code", [0, 4])
@pytest.mark.usefixtures("emulator")
def test_service_that_cannot_be_stopped(
    chcloud: Program, monkeypatch: pytest.MonkeyPatch, code: int
) -> None:
    """It is an error, and the exit code of a command that failed goes before its own."""

    async def refuse(*_: object, **__: object) -> None:
        raise PermissionDeniedError("refused")

    monkeypatch.setattr(AsyncServices, "stop", refuse)
    outcome = chcloud(
        *("services", "awake", "stopped", "--stop-again", "--"),
        *(sys.executable, "-c", f"exit({code})"),
    )
    assert outcome.code == (code or ExitCode.CREDENTIALS)
    assert "error:" in outcome.err


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such signals")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_signal_is_passed_on(chcloud: Program, emulator: Emulator, number: signal.Signals) -> None:
    """The program decides how to end; the service is stopped after it."""
    arguments = ("services", "awake", "stopped", "--stop-again", "--", sys.executable, "-c", WAITS)
    process = start_script(MAIN, *arguments, **environment(emulator))
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    process.send_signal(number)
    outcome = finish(process)
    assert (outcome.status, outcome.out) == (7, f"got {int(number)}\n")
    assert state_of(chcloud, "stopped") in STOPPED


@pytest.mark.usefixtures("emulator")
def test_wait_that_wakes(chcloud: Program) -> None:
    """Without a state it is for a service that is awake."""
    assert chcloud("wait", "services", "idle", "--wake").code == 0
    assert state_of(chcloud, "idle") == "running"


@pytest.mark.usefixtures("emulator")
def test_wait_that_takes_idle_for_running(chcloud: Program) -> None:
    """Nothing is woken for it."""
    assert chcloud("wait", "services", "idle", "--until", "running", "--idle-counts").code == 0
    assert state_of(chcloud, "idle") == "idle"


@pytest.mark.usefixtures("emulator")
def test_switches_of_a_wait_until_nothing_is_left(chcloud: Program) -> None:
    """A service that is deleted does not wake up."""
    outcome = chcloud("wait", "services", "idle", "--until", "gone", "--wake")
    assert outcome.code == ExitCode.USAGE
