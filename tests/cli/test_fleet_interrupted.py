"""Ctrl-C and closed pipes: the report is correct, and the program ends cleanly."""

from __future__ import annotations

import json
import signal
from typing import TYPE_CHECKING

import pytest

from clickhouse_cloud_async.emulator import Emulator, Latency, RequestLimit
from tests.client.processes import GUARD, finish, start_script

from .fleets import described, sent, statuses, wait_for
from .program import environment
from .terminal import terminal, without_escapes

if TYPE_CHECKING:
    from collections.abc import Iterator

MAIN = "from clickhouse_cloud_async.cli import main\nmain()\n"


@pytest.fixture
def stopped() -> Iterator[Emulator]:
    """Twenty stopped services, of which a key can start no more than ten at once."""
    fleet = described(["stopped"] * 20)
    with Emulator(fleet, rate_limit=RequestLimit(10)) as running:
        yield running


def started(emulator: Emulator) -> int:
    """Return how many commands the emulator has answered."""
    return sent(emulator)["instanceStateUpdate"]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_report_after_interrupt(stopped: Emulator, number: signal.Signals) -> None:
    """After Ctrl-C and its like the report says which services were told to start."""
    process = start_script(
        MAIN, "fleet", "start", "--all", "--output", "json", **environment(stopped)
    )
    wait_for(lambda: started(stopped) >= 8)
    process.send_signal(number)
    outcome = finish(process)

    assert (outcome.status, outcome.err) == (130, "")
    report = json.loads(outcome.out)
    assert not report["is_complete"]
    told = statuses(report)
    assert len(told) == 20
    # On a busy machine answers are under way still.
    assert {"not_sent"} < set(told.values()) <= {"sent", "not_sent", "unknown"}
    stopped.advance(0)
    for name, state in true_states_later(stopped).items():
        if told[name] != "unknown":
            assert (told[name] == "sent") == (state != "stopped"), name


def true_states_later(emulator: Emulator) -> dict[str, str]:
    """The states of all services; looked at inside, as the key's budget is used up."""
    services = emulator._organization(emulator.organization_id).collection("services")
    return {document["name"]: document["state"] for _, document in services.items()}


def test_interrupt_on_a_terminal(stopped: Emulator) -> None:
    """On a terminal the display goes, the report stays, and the cursor comes back."""
    with terminal("fleet", "start", "--all", environment=environment(stopped)) as running:
        running.read_until("starting")
        running.process.send_signal(signal.SIGINT)
        shown = running.read_all()
        assert running.process.wait() == 130

    text = without_escapes(shown)
    assert "Traceback" not in text
    assert "\x1b[?25h" in shown
    assert "interrupted" in text
    assert "not sent" in text


def test_interrupt_before_anything(stopped: Emulator) -> None:
    """Ctrl-C before the services are listed says that nothing was sent."""
    stopped.faults.add(Latency(GUARD), operation="instanceGetList")
    process = start_script(MAIN, "fleet", "start", "--all", **environment(stopped))
    wait_for(lambda: sent(stopped)["organizationGetList"] > 0)
    process.send_signal(signal.SIGINT)

    outcome = finish(process)

    assert (outcome.status, outcome.out, outcome.err) == (130, "", "nothing was sent\n")
    assert started(stopped) == 0


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_interrupted_watch(fleet: Emulator, number: signal.Signals) -> None:
    """Ctrl-C and its like end a watch in silence, after whole lines that came at once."""
    command = ("fleet", "watch", "--every", "1", "--initial", "--output", "json")
    process = start_script(MAIN, *command, **environment(fleet))
    assert process.stdout is not None
    lines = [process.stdout.readline() for _ in range(5)]
    process.send_signal(number)

    assert finish(process) == (130, "", "")
    assert {json.loads(line)["kind"] for line in lines} == {"appeared"}


@pytest.mark.parametrize(
    "arguments",
    [
        ("status",),
        ("start", "--all"),
        ("start", "--all", "--output", "json"),
        ("watch", "--initial"),
        ("watch", "--initial", "--output", "json"),
    ],
)
def test_closed_pipe(fleet: Emulator, arguments: tuple[str, ...]) -> None:
    """A reader that goes away ends the program without a traceback."""
    process = start_script(MAIN, "fleet", *arguments, **environment(fleet))
    assert process.stdout is not None
    process.stdout.close()

    assert "Traceback" not in finish(process).err
