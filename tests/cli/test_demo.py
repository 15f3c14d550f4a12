"""``chcloud demo``: a whole fleet starts, on any kind of output."""

from __future__ import annotations

import re
import signal
from typing import TYPE_CHECKING

import pytest

from clickhouse_cloud_async import AsyncClickHouseCloud, CloudError
from clickhouse_cloud_async.apis.clickhouse.cli import demo_run
from clickhouse_cloud_async.apis.clickhouse.cli.demo_run import POLLING, Rise
from clickhouse_cloud_async.emulator import Emulator, FailedTransition

from .terminal import terminal, without_escapes

if TYPE_CHECKING:
    from .program import Program

FAST = ("--time-scale", "200")


def test_pipe(chcloud: Program) -> None:
    """In a pipe the demo ends with all 40 services running, in plain lines with no escape code."""
    outcome = chcloud("demo", *FAST)

    assert (outcome.code, outcome.err) == (0, "")
    assert "\x1b" not in outcome.out
    assert "\r" not in outcome.out
    shown = {line.split()[0]: line.split(maxsplit=1)[1] for line in outcome.lines if line}
    assert outcome.lines[0].startswith("40 emulated services")
    assert shown["services"] == "40 running"
    assert shown["commands"].endswith("; 0 refused")
    assert re.fullmatch(r"\d+ \(\d+ to read states, \d+ to change states\)", shown["requests"])


def test_commands_and_requests(chcloud: Program) -> None:
    """One more request is sent for each service told to move than it takes to look."""
    outcome = chcloud("demo", "--services", "6", *FAST, "--seed", "3")

    shown = {line.split()[0]: line.split(maxsplit=1)[1] for line in outcome.lines if line}
    commands = int(shown["commands"].split()[0])
    assert 0 < commands < 6
    assert f"{commands} to change states" in shown["requests"]


def test_what_next(chcloud: Program) -> None:
    """The demo ends with commands that work as they are typed."""
    *_, commands = chcloud("demo", "--services", "3", *FAST).out.split("Next steps:\n")

    for line in commands.splitlines():
        program, *arguments = line.split("   ")[0].split()
        assert program == "chcloud"
        # Whatever they do, their options are known.
        assert chcloud(*arguments, "--help").code == 0


def test_seed(chcloud: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same seed makes up the same fleet; another seed another one."""
    seen: list[list[str]] = []

    async def list_only(rise: Rise, timeout: float) -> None:
        found = await rise._fleet.select().list(timeout=timeout)
        seen.append([each.service.id for each in found])
        raise CloudError("seen enough")

    monkeypatch.setattr(Rise, "run", list_only)
    for seed in ("1", "1", "2"):
        chcloud("demo", "--seed", seed)

    first, again, other = seen
    assert first == again
    assert first != other


def test_terminal() -> None:
    """On a terminal the demo redraws names, states and a bar in place, and ends with success."""
    with terminal("demo", "--time-scale", "100") as running:
        shown = running.read_all()
        assert running.process.wait() == 0

    assert "\x1b[1A" in shown, "the cursor moves up to draw again"
    assert shown.rindex("\x1b[?25h") > shown.rindex("\x1b[?25l"), "the cursor is shown again"
    text = without_escapes(shown)
    assert "40 of 40 running" in text
    assert "services  40 running" in text
    assert "analytics-prod" in text


def test_small_terminal() -> None:
    """Where the terminal is too small for the fleet, the demo says how many are not shown."""
    with terminal("demo", "--services", "100", *FAST) as running:
        assert "and 61 more" in without_escapes(running.read_all())
        assert running.process.wait() == 0


@pytest.mark.parametrize("variable", [{"TERM": "dumb"}, {"TTY_INTERACTIVE": "0"}])
def test_dumb_terminal(variable: dict[str, str]) -> None:
    """A terminal that cannot redraw gets lines as a pipe does."""
    with terminal("demo", "--services", "3", *FAST, environment=variable) as running:
        shown = running.read_all()
        assert running.process.wait() == 0

    assert "\x1b[1A" not in shown
    assert "3 running" in without_escapes(shown)


def test_interrupt() -> None:
    """Ctrl-C ends the demo with 130, without a traceback, and gives the cursor back."""
    with terminal("demo", "--time-scale", "1") as running:
        running.read_until("of 40 running")
        running.process.send_signal(signal.SIGINT)
        shown = running.read_all()
        assert running.process.wait() == 130

    assert "Traceback" not in shown
    assert "\x1b[?25h" in shown


def test_deadline(chcloud: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    """A fleet that does not come up in time is a failure that names who is late."""
    monkeypatch.setattr(demo_run, "TIMEOUT", 0.0)
    monkeypatch.setattr(demo_run, "MARGIN", 2.0)

    outcome = chcloud("demo", "--services", "8", "--time-scale", "1")

    assert outcome.code == 1
    assert outcome.err.startswith("error: after ")
    assert "services are not running: " in outcome.err
    assert " is starting" in outcome.err


async def test_failure() -> None:
    """A service that fails is told, and hinders neither the others nor the end."""
    states = ["stopped", "stopped", "idle", "stopping", "running", "awaking"]
    fleet = [{"name": f"{n} {state}", "state": state} for n, state in enumerate(states)]
    async with (
        Emulator(fleet, time_scale=100) as emulator,
        AsyncClickHouseCloud(
            emulator.api_key, emulator.api_secret, base_url=emulator.url, polling=POLLING
        ) as cloud,
    ):
        emulator.faults.add(FailedTransition(), resource="0 stopped")
        rise = Rise(cloud.fleet)
        await rise.run(60)

    assert {outcome.name: outcome.after for outcome in rise.report.outcomes} == {
        name: "failed" if name.startswith("0") else "running"
        for name in (str(service["name"]) for service in fleet)
    }
    assert [outcome.name for outcome in rise.report.failed] == ["0 stopped"]
    assert rise.frame().headline == "5 of 6 running"
