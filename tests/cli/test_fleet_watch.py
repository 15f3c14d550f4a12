"""``chcloud fleet watch``: events of services."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from clickhouse_cloud_async import ClickHouseCloud
from clickhouse_cloud_async.apis.clickhouse.cli.fleet_watch import event_line
from clickhouse_cloud_async.emulator import Emulator, ErrorResponse
from clickhouse_cloud_async.fleet import EventKind, FleetEvent
from tests.client.processes import finish, start_script
from tests.client.profiles import write_profiles

from .fleets import profile
from .program import environment
from .terminal import terminal, without_escapes

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from .program import Program

MAIN = "from clickhouse_cloud_async.cli import main\nmain()\n"
WATCH = ("fleet", "watch", "--every", "1")


@pytest.fixture
def cloud(fleet: Emulator) -> Iterator[ClickHouseCloud]:
    """Somebody else who moves the same services."""
    with ClickHouseCloud(fleet.api_key, fleet.api_secret, base_url=fleet.url) as client:
        yield client


def test_lines(fleet: Emulator, cloud: ClickHouseCloud) -> None:
    """Each event is a line of its own, which comes at once."""
    chosen = ("--name", "s0*", "--name", "s2*", "--initial", "--output", "json")
    process = start_script(MAIN, *WATCH, *chosen, **environment(fleet))
    assert process.stdout is not None
    first = [json.loads(process.stdout.readline()) for _ in range(2)]
    cloud.services.start(cloud.services.get_by_name("s0-stopped").id)
    event = json.loads(process.stdout.readline())
    process.terminate()
    finish(process)

    assert [(e["kind"], e["name"], e["after"]) for e in first] == [
        ("appeared", "s0-stopped", "stopped"),
        ("appeared", "s2-running", "running"),
    ]
    assert (event["kind"], event["name"], event["before"]) == (
        "state_changed",
        "s0-stopped",
        "stopped",
    )
    assert event["changes"]["state"] == {"before": "stopped", "after": event["after"]}
    assert event["organization_id"] == fleet.organization_id


def test_time_limit(chcloud: Program, fleet: Emulator) -> None:
    """A watch ends well when its time is up."""
    assert chcloud(*WATCH, "--timeout", "0.5") == (0, "", "")
    assert fleet.requests


def test_profile_that_cannot_be_watched(chcloud: Program, fleet: Emulator, tmp_path: Path) -> None:
    """A key that is refused does not end the watch of the others; the exit code tells of it."""
    with Emulator(1, seed=1) as other:
        refused = profile(other) | {"api_secret": "wrong"}
        write_profiles(tmp_path, here=profile(fleet), there=refused)
        profiles = ("--profile", "here", "--profile", "there")

        outcome = chcloud(*WATCH, "--initial", "--timeout", "1", *profiles)

    assert outcome.code == 1
    assert outcome.out.count("appeared") == 5
    assert "the watch has ended" in outcome.out


def test_gaps(fleet: Emulator) -> None:
    """A time in which nobody could look is told as one, when it begins and when it ends."""
    fleet.faults.add(ErrorResponse(501), operation="instanceGetList", count=2)
    process = start_script(MAIN, *WATCH, **environment(fleet))
    assert process.stdout is not None
    begin, end = (process.stdout.readline() for _ in range(2))
    process.terminate()
    finish(process)

    assert f"{fleet.organization_id}: polls failed since" in begin
    assert f"{fleet.organization_id}: polls succeed again, after a gap since" in end


def test_terminal(fleet: Emulator, cloud: ClickHouseCloud) -> None:
    """On a terminal, events stand above the display that shows how the services are now."""
    with terminal(*WATCH, columns=120, environment=environment(fleet)) as running:
        shown = running.read_until("5 services")
        listed = sum(each.operation_id == "instanceGetList" for each in fleet.requests)
        cloud.services.stop(cloud.services.get_by_name("s2-running").id)
        while "s2-running  running -> stop" not in without_escapes(shown):
            shown += running.read_until("5 services")
        running.process.terminate()

    assert listed == 1, "the display shows what the first poll of the watch found"
    assert "2 stopped, 2 running, 1 idle" in without_escapes(shown)
    assert "appeared" not in shown
    assert without_escapes(shown).count("s2-running  running -> stop") == 1


def test_last_service_on_a_terminal(fleet: Emulator, cloud: ClickHouseCloud) -> None:
    """The display follows services to their end, and shows that none is left."""
    command = (*WATCH, "--name", "s0*")
    with terminal(*command, columns=120, environment=environment(fleet)) as running:
        running.read_until("1 service")
        cloud.services.delete(cloud.services.get_by_name("s0-stopped").id)
        running.read_until("0 services")
        running.process.terminate()


@pytest.mark.parametrize(
    ("selectors", "headline"),
    [(("--initial",), "5 services"), (("--name", "x"), "no services seen")],
)
def test_begin_on_a_terminal(fleet: Emulator, selectors: Sequence[str], headline: str) -> None:
    """The services of the first poll are events where they are wanted; a display may be empty."""
    command = (*WATCH, *selectors)
    with terminal(*command, columns=120, environment=environment(fleet)) as running:
        shown = running.read_until(headline)
        running.process.terminate()
        shown += running.read_all()
        assert running.process.wait() == 130

    assert shown.count("appeared") == (5 if "--initial" in selectors else 0)


def test_words(cloud: ClickHouseCloud) -> None:
    """Every kind of event has words of its own, free of what would steer a terminal."""
    service = cloud.services.get_by_name("s2-running")
    at = service.created_at
    assert at is not None

    def told(kind: EventKind, **facts: object) -> str:
        event = FleetEvent(kind=kind, at=at, organization_id="org", **facts)  # type: ignore[arg-type]
        return event_line(event).plain.split("Z  ", 1)[1]

    assert told(EventKind.APPEARED, after=service) == "s2-running  appeared, running"
    assert told(EventKind.GONE, before=service) == "s2-running  gone"
    changes = {"state": ("idle", "running"), "name": ("a\x1bb", "s2-running")}
    assert told(EventKind.STATE_CHANGED, before=service, after=service, changes=changes) == (
        's2-running  idle -> running; name: "a\\u001bb" -> "s2-running"'
    )
    since = at.strftime("%Y-%m-%d %H:%M:%SZ")
    assert told(EventKind.GAP, since=at, reason="lost", is_final=True) == (
        f"org: polls failed since {since}, and the watch has ended: lost"
    )
