"""``chcloud fleet status|start|stop|wake|restart|scale|delete``."""

from __future__ import annotations

import json
import re
import signal
from typing import TYPE_CHECKING

import pytest

from clickhouse_cloud_async.emulator import Emulator, ErrorResponse, FailedTransition
from tests.client.profiles import write_profiles

from .fleets import SPEED, described, profile, sent, statuses, true_states
from .program import environment
from .terminal import terminal, without_escapes

if TYPE_CHECKING:
    from pathlib import Path

    from .program import Program


@pytest.mark.parametrize(
    ("selectors", "found"),
    [
        ((), "01234"),
        (("--tag", "env=dev"), "13"),
        (("--tag", "env=dev", "--tag", "env=prod"), "01234"),
        (("--tag", "env", "--tag", "env=dev"), "13"),
        (("--tag", "env=dev", "--tag", "team"), ""),
        (("--name", "s?-stopped"), "03"),
        (("--name", "s0*", "--name", "s1*"), "01"),
        (("--state", "idle", "--state", "running"), "124"),
        (("--state", "running", "--name", "s4*"), "4"),
        (("--provider", "aws", "--region", "eu-central-1"), ""),
    ],
)
def test_selectors(
    chcloud: Program, fleet: Emulator, selectors: tuple[str, ...], found: str
) -> None:
    """Each selector narrows the fleet down; several values of one are alternatives."""
    shown = chcloud("fleet", "status", *selectors, "--allow-empty", "--output", "json").json

    assert "".join(sorted(each["service"]["name"][1] for each in shown)) == found
    assert {each["organization_id"] for each in shown} <= {fleet.organization_id}


def test_status_as_table(chcloud: Program, fleet: Emulator) -> None:
    """Without JSON, a line for each service and the number of each state are shown."""
    header, *lines = chcloud("fleet", "status").lines

    assert header.split() == ["NAME", "STATE", "REGION", "SIZE", "ID", "TAGS"]
    assert [line.split()[:2] for line in lines[:5]] == [
        [name, state] for name, state in true_states(fleet).items()
    ]
    assert lines[-1].split(maxsplit=1) == ["states", "2 stopped, 2 running, 1 idle"]


@pytest.mark.parametrize(
    ("action", "states", "changed"),
    [
        ("start", ("running", "idle", "running", "running", "running"), 2),
        ("stop", ("stopped",) * 5, 3),
        ("wake", ("stopped", "running", "running", "stopped", "running"), 1),
    ],
)
def test_moves(
    chcloud: Program, fleet: Emulator, action: str, states: tuple[str, ...], changed: int
) -> None:
    """An action is waited for, sends a request only to those that need it, and reports all."""
    report = chcloud("fleet", action, "--all", "--output", "json").json

    assert tuple(true_states(fleet).values()) == states
    assert tuple(outcome["after"] for outcome in report["outcomes"]) == states
    assert list(statuses(report).values()).count("done") == changed
    assert list(statuses(report).values()).count("unchanged") == 5 - changed
    assert sent(fleet)["instanceStateUpdate"] == changed
    assert report["is_complete"]


def test_report_as_table(chcloud: Program, fleet: Emulator) -> None:
    """Without JSON, stdout has the report and stderr what happened on the way."""
    outcome = chcloud("fleet", "start", "--state", "stopped")

    header, first, second, _, counts, requests, seconds = outcome.out.splitlines()
    assert outcome.code == 0
    assert header.split() == ["NAME", "OUTCOME", "STATE", "SENT", "REASON", "ID"]
    assert first.split()[:6] == ["s0-stopped", "done", "stopped", "->", "running", "start"]
    assert second.split()[:2] == ["s3-stopped", "done"]
    assert counts.split(maxsplit=1) == ["start", "2 done"]
    assert requests.split()[0] == "requests"
    assert seconds.split()[0] == "time"
    assert "2 running" in outcome.err.splitlines()[-1]
    assert "\x1b" not in outcome.out + outcome.err
    assert sent(fleet)["instanceStateUpdate"] == 2


def test_no_wait(chcloud: Program, fleet: Emulator) -> None:
    """Without waiting, an action is over when its requests are answered."""
    report = chcloud("fleet", "stop", "--name", "s2*", "--no-wait", "--output", "json").json

    assert [(each["status"], each["after"]) for each in report["outcomes"]] == [
        ("done", "stopping")
    ]
    assert sent(fleet) == {"organizationGetList": 1, "instanceGetList": 1, "instanceStateUpdate": 1}


def test_dry_run(chcloud: Program, fleet: Emulator) -> None:
    """A dry run says what would be sent and sends nothing that changes anything."""
    before = true_states(fleet)

    report = chcloud("fleet", "stop", "--all", "--dry-run", "--output", "json").json

    assert [outcome["commands"] for outcome in report["outcomes"]] == [
        [] if state == "stopped" else ["stop"] for state in before.values()
    ]
    assert true_states(fleet) == before


def test_restart(chcloud: Program, fleet: Emulator) -> None:
    """A restart stops and starts what runs."""
    report = chcloud("fleet", "restart", "--name", "s[02]*", "--output", "json").json

    assert statuses(report) == {"s0-stopped": "unchanged", "s2-running": "done"}
    assert sent(fleet)["instanceStateUpdate"] == 2


def test_scale(chcloud: Program, fleet: Emulator) -> None:
    """Scaling sends what is said and nothing else, also what is switched off."""
    sizes = ("--min-replica-memory-gb", "24", "--max-replica-memory-gb", "48", "--no-idle-scaling")

    report = chcloud("fleet", "scale", "--state", "running", *sizes, "--output", "json").json

    assert statuses(report) == {"s2-running": "done", "s4-running": "done"}
    shown = chcloud("fleet", "status", "--state", "running", "--output", "json").json
    assert {
        (each["service"]["minReplicaMemoryGb"], each["service"]["maxReplicaMemoryGb"])
        for each in shown
    } == {(24, 48)}
    assert sent(fleet)["instanceReplicaScalingUpdate"] == 2


def test_failures(chcloud: Program, fleet: Emulator) -> None:
    """What fails is in the report with its reason, hides nothing else, and exits with 1."""
    fleet.faults.add(FailedTransition(state="starting"), resource="s0-stopped")

    outcome = chcloud("fleet", "start", "--all", "--output", "json")

    report = json.loads(outcome.out)
    assert (outcome.code, outcome.err) == (1, "")
    assert statuses(report)["s0-stopped"] == "failed"
    assert statuses(report)["s3-stopped"] == "done"
    assert "failed" in report["outcomes"][0]["reason"]


def test_stop_on_error(chcloud: Program, fleet: Emulator) -> None:
    """With ``--on-error stop`` nothing is begun after a failure, and the report says so."""
    fleet.faults.add(ErrorResponse(501), operation="instanceReplicaScalingUpdate")

    outcome = chcloud(
        *("fleet", "scale", "--all", "--idle-timeout-minutes", "30"),
        *("--on-error", "stop", "--output", "json"),
    )

    assert outcome.code == 1
    found = set(statuses(json.loads(outcome.out)).values())
    assert found & {"failed", "unknown"}
    assert found <= {"failed", "unknown", "not_sent"}


def test_timeout(chcloud: Program, fleet: Emulator) -> None:
    """A time limit ends the action, and the report says what was sent until then."""
    fleet.faults.add(FailedTransition(to="starting", state="starting"), resource="s0-stopped")

    outcome = chcloud("fleet", "start", "--all", "--timeout", "3", "--output", "json")

    assert outcome.code == 1
    assert statuses(json.loads(outcome.out))["s0-stopped"] == "sent"


@pytest.mark.parametrize(
    "arguments",
    [
        ("stop",),
        ("start", "--tag", "=dev"),
        ("start", "--state", "sleeping"),
        ("start", "--all", "--on-error", "panic"),
        ("start", "--all", "--timeout", "-1"),
        ("scale", "--all"),
        ("scale", "--all", "--num-replicas", "many"),
        ("delete", "--all"),
        ("delete", "--confirm", "5"),
        ("start", "--all", "--profile", "a", "--profile", "b", "--url", "http://127.0.0.1:1"),
        ("watch", "--every", "0"),
        ("apply", "missing.yaml", "--yes"),
    ],
)
def test_usage(chcloud: Program, fleet: Emulator, arguments: tuple[str, ...]) -> None:
    """What makes no sense, or might mean more than was meant, exits with 2 and sends nothing."""
    assert chcloud("fleet", *arguments).code == 2
    assert not fleet.requests


@pytest.mark.parametrize("command", ["status", "start", "delete"])
def test_nothing_matches(chcloud: Program, fleet: Emulator, command: str) -> None:
    """Where no service matches, the exit code says so, unless that is allowed."""
    confirm = ("--confirm", "0") if command == "delete" else ()
    arguments = ("fleet", command, "--name", "nobody", *confirm)

    outcome = chcloud(*arguments, "--output", "json")
    allowed = chcloud(*arguments, "--allow-empty")

    assert outcome.code == 9
    assert "no service matches" in outcome.err
    found = json.loads(outcome.out)
    assert (found if command == "status" else found["outcomes"]) == []
    assert allowed.code == 0
    assert "none found" in allowed.err
    assert "instanceStateUpdate" not in sent(fleet)


def test_refused_credentials(
    chcloud: Program, fleet: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Credentials that the API refuses exit with 4 and the reason, without a report."""
    monkeypatch.setenv("CLICKHOUSE_CLOUD_API_SECRET", "planted-secret")

    for command in (("status",), ("start", "--all"), ("watch",)):
        outcome = chcloud("fleet", *command)
        assert (outcome.code, outcome.out) == (4, "")
        assert outcome.err.startswith("error: ")
        assert "planted" not in outcome.err
    assert "instanceStateUpdate" not in sent(fleet)


@pytest.mark.parametrize("confirmed", [1, 2])
def test_delete(chcloud: Program, fleet: Emulator, confirmed: int) -> None:
    """Services are deleted, running ones stopped first, where their number was confirmed."""
    outcome = chcloud("fleet", "delete", "--name", "s[23]*", "--confirm", str(confirmed))

    left = set(true_states(fleet))
    if confirmed == 2:
        assert outcome.code == 0
        assert left == {"s0-stopped", "s1-idle", "s4-running"}
        assert "running -> gone" in outcome.out
    else:
        assert (outcome.code, outcome.out) == (2, "")
        assert outcome.err == (
            "error: --confirm: 2 services would be deleted, not 1; nothing was sent\n"
        )
        assert len(left) == 5


def test_delete_without_a_question(chcloud: Program, fleet: Emulator) -> None:
    """Without a terminal nothing is deleted; with ``--yes`` all that match are."""
    selected = ("fleet", "delete", "--name", "s[23]*")

    assert chcloud(*selected).code == 2
    assert len(true_states(fleet)) == 5
    assert chcloud(*selected, "--yes").code == 0
    assert len(true_states(fleet)) == 3


@pytest.mark.parametrize(("answer", "code", "left"), [("1", 0, 4), ("5", 2, 5)])
def test_delete_asks(fleet: Emulator, answer: str, code: int, left: int) -> None:
    """On a terminal the services are shown, and their number has to be typed."""
    command = ("fleet", "delete", "--name", "s0*")
    with terminal(*command, environment=environment(fleet)) as running:
        assert "s0-stopped" in running.read_until("Number of services")
        running.write(f"{answer}\n")
        running.read_all()
        assert running.process.wait() == code

    assert len(true_states(fleet)) == left


def test_interrupted_question(fleet: Emulator) -> None:
    """Ctrl-C at a question ends the program as it does elsewhere."""
    with terminal("fleet", "delete", "--name", "s0*", environment=environment(fleet)) as running:
        running.read_question("Number of services")
        running.process.send_signal(signal.SIGINT)
        running.read_all()
        assert running.process.wait() == 130

    assert len(true_states(fleet)) == 5


def test_nothing_to_change(chcloud: Program, fleet: Emulator) -> None:
    """Scaling needs to be told how."""
    outcome = chcloud("fleet", "scale", "--all")

    assert outcome.code == 2
    assert "--num-replicas" in outcome.err
    assert not fleet.requests


@pytest.mark.parametrize("columns", [60, 160])
def test_terminal(fleet: Emulator, columns: int) -> None:
    """On a terminal the display is drawn in place, goes at the end, and leaves the report."""
    command = ("fleet", "start", "--state", "stopped")
    with terminal(*command, columns=columns, environment=environment(fleet)) as running:
        shown = running.read_all()
        assert running.process.wait() == 0

    text = without_escapes(shown)
    assert "\x1b[1A" in shown, "the cursor moves up to draw again"
    assert re.search(r"of 2 finished +[0-9.]+ s; about [0-9]+ s left", text)
    assert text.rindex("OUTCOME") > text.rindex("finished")


def test_profiles(chcloud: Program, fleet: Emulator, tmp_path: Path) -> None:
    """Several profiles make one fleet of several organisations, each with its own key."""
    with Emulator(described(["stopped"]), time_scale=SPEED, seed=1) as other:
        write_profiles(tmp_path, here=profile(fleet), there=profile(other))
        profiles = ("--profile", "here", "--profile", "there", "--output", "json")

        report = chcloud("fleet", "start", "--name", "s0*", *profiles).json

        assert true_states(other) == {"s0-stopped": "running"}
    assert true_states(fleet)["s0-stopped"] == "running"
    assert [outcome["organization_id"] for outcome in report["outcomes"]] == [
        fleet.organization_id,
        other.organization_id,
    ]


def test_profiles_of_which_one_fails(chcloud: Program, fleet: Emulator, tmp_path: Path) -> None:
    """A profile whose services cannot be listed does not hide the others, and exits with 1."""
    broken = profile(fleet) | {"api_secret": "wrong"}
    write_profiles(tmp_path, here=profile(fleet), there=broken)
    profiles = ("--profile", "here", "--profile", "there")

    acted = chcloud("fleet", "start", "--name", "s0*", *profiles)
    looked = chcloud("fleet", "status", *profiles)

    assert true_states(fleet)["s0-stopped"] == "running"
    for outcome in (acted, looked):
        assert outcome.code == 1
        assert "s0-stopped" in outcome.out
        assert "the services of the profile there could not be listed: " in outcome.err
        assert "status 401" in outcome.err


def test_several_profiles_for_one_service(chcloud: Program) -> None:
    """A command about one service takes one profile."""
    assert chcloud("services", "list", "--profile", "a", "--profile", "b").code == 2
