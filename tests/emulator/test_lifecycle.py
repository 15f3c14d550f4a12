"""The states of services, on a clock that stands still."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from clickhouse_cloud_async.apis.clickhouse.emulator.services.service import COMMANDS, STATES
from clickhouse_cloud_async.emulation import world
from clickhouse_cloud_async.emulation.clock import START
from clickhouse_cloud_async.emulation.state_machines import JITTER
from clickhouse_cloud_async.emulator import Emulator

from .client import serving

if TYPE_CHECKING:
    from clickhouse_cloud_async.emulation.world import Strictness

    from .client import Api

SURELY = 1 + JITTER
"""Times a typical duration: after that the state has surely passed."""
SURELY_NOT = 1 - JITTER


async def _state(api: Api, service_id: str) -> str:
    answer = await api("GET", f"/services/{service_id}")
    return "404" if answer.status == 404 else str(answer.result["state"])


async def _id_of(api: Api, name: str) -> str:
    services = (await api("GET", "/services")).result
    return next(str(service["id"]) for service in services if service["name"] == name)


@pytest.mark.parametrize("state", STATES.transitions)
async def test_passing_states_last_about_as_long_as_typical(state: str) -> None:
    """A passing state lasts its typical duration, give or take the jitter."""
    step = STATES.transitions[state]
    following, typical = step.following, step.seconds
    async with serving(Emulator([{"state": state}], time_scale=0)) as api:
        service_id = (await api("GET", "/services")).result[0]["id"]
        api.emulator.advance(typical * SURELY_NOT)
        before = await _state(api, service_id)
        api.emulator.advance(typical * (SURELY - SURELY_NOT))
        after = await _state(api, service_id)

    assert (state, following.replace("gone", "404")) == (before, after)


async def test_new_service_comes_up(api: Api) -> None:
    """A new service goes through provisioning and starting to running."""
    service = await api.create_service(idleScaling=False)
    states = [service["state"]]
    for seconds in (60 * SURELY, 45 * SURELY, 3600):
        api.emulator.advance(seconds)
        states.append(await _state(api, service["id"]))

    assert states == ["provisioning", "starting", "running", "running"]


async def test_several_transitions_are_due_at_once(api: Api) -> None:
    """After a long time without any request all transitions are made up for."""
    service = await api.create_service(idleTimeoutMinutes=5)
    api.emulator.advance(24 * 3600)

    assert await _state(api, service["id"]) == "idle"


async def test_running_service_goes_idle_after_its_timeout(api: Api) -> None:
    """A service with idle scaling runs for its timeout, then idles; scaling can stop that."""
    service_id = await _id_of(api, "running")
    path = f"/services/{service_id}/replicaScaling"
    await api("PATCH", path, {"idleScaling": True, "idleTimeoutMinutes": 7})
    states: list[str] = []
    for seconds in (7 * 60 - 1, 1):
        api.emulator.advance(seconds)
        states.append(await _state(api, service_id))
    assert states == ["running", "idle"]

    await api("PATCH", path, {"idleScaling": False})
    await api("PATCH", f"/services/{service_id}/state", {"command": "awake"})
    api.emulator.advance(10 * 3600)
    assert await _state(api, service_id) == "running"


@pytest.mark.parametrize(
    ("name", "command", "states"),
    [
        ("stopped", "start", ["starting", "running"]),
        ("running", "stop", ["stopping", "stopped"]),
        ("idle", "stop", ["stopping", "stopped"]),
        ("idle", "awake", ["awaking", "running"]),
    ],
)
async def test_commands(api: Api, name: str, command: str, states: list[str]) -> None:
    """A command leads through a passing state to a steady one."""
    service_id = await _id_of(api, name)
    answer = await api("PATCH", f"/services/{service_id}/state", {"command": command})
    api.emulator.advance(60)

    assert states == [answer.result["state"], await _state(api, service_id)]


@pytest.mark.parametrize("command", COMMANDS)
async def test_commands_out_of_place(command: str) -> None:
    """A command in a state that it does not work in is refused, unless it is being carried out."""
    states = ["running", "idle", "stopped", *STATES.transitions]
    refused: set[str] = set()
    services = [{"name": state, "state": state} for state in states]
    async with serving(Emulator(services, time_scale=0)) as api:
        for service in (await api("GET", "/services")).result:
            path = f"/services/{service['id']}/state"
            answer = await api("PATCH", path, {"command": command})
            if answer.status == 400:
                assert answer.error.endswith(f"Current state: {service['state']}")
                refused.add(service["state"])

    allowed, under_way = COMMANDS[command]
    without_effect = {"start": {"idle"}, "awake": {"running"}}.get(command, set())
    assert set(states) - allowed - {under_way} - without_effect == refused


@pytest.mark.parametrize(("command", "state"), [("start", "idle"), ("awake", "running")])
@pytest.mark.parametrize(("strictness", "status"), [("live", 200), ("documented", 400)])
async def test_commands_without_effect(
    command: str, state: str, strictness: Strictness, status: int
) -> None:
    """Live, starting does not wake an idle service, and waking does nothing to a running one."""
    async with serving(Emulator([{"state": state}], time_scale=0, strictness=strictness)) as api:
        path = await api.service_path(state)
        answer = await api("PATCH", f"{path}/state", {"command": command})
        await api.emulator.advance(minutes=1)
        shown = (await api("GET", path)).result["state"]
    assert (answer.status, shown) == (status, state)


STEADY = ("degraded", "failed", "partially_running", "running", "idle", "stopped")


@pytest.mark.parametrize(("strictness", "status"), [("live", 409), ("documented", 400)])
async def test_services_are_deleted_in_some_states_only(
    strictness: Strictness, status: int
) -> None:
    """Live, seven states allow it and others conflict; documented is only that it was stopped."""
    states = [*STEADY, *STATES.transitions]
    services = [{"name": state, "state": state} for state in states]
    deleted: set[str] = set()
    async with serving(Emulator(services, time_scale=0, strictness=strictness)) as api:
        for service in (await api("GET", "/services")).result:
            answer = await api("DELETE", f"/services/{service['id']}")
            if answer.status == 200:
                deleted.add(service["state"])
            else:
                assert answer.status == status
                assert answer.error.endswith(f"Current state: {service['state']}")
    allowed = {
        "provisioning", "starting", "awaking", "idle", "stopped", "degraded", "failed",
    } if strictness == "live" else {"stopped"}  # fmt: skip
    assert deleted == allowed | {"terminating"}


def test_other_words_for_the_strictness_are_refused() -> None:
    """A misspelt word does not pass for one of the two."""
    with pytest.raises(ValueError, match="strictness must be live or documented, not 'lax'"):
        Emulator(strictness="lax")  # type: ignore[arg-type]


async def test_a_deleted_service_is_gone_with_everything_below(api: Api) -> None:
    """A service terminates first; others stay."""
    service_id = await _id_of(api, "stopped")
    await api("GET", f"/services/{service_id}/backups")
    assert (await api("DELETE", f"/services/{service_id}")).status == 200
    states = [await _state(api, service_id)]
    for seconds in (30 * SURELY, 10 * SURELY):
        api.emulator.advance(seconds)
        states.append(await _state(api, service_id))

    assert states == ["terminating", "terminated", "404"]
    assert (await api("GET", f"/services/{service_id}/backups")).status == 404
    assert len((await api("GET", "/services")).result) == 2


async def test_real_time_is_scaled() -> None:
    """Without being advanced, emulated time follows real time by its scale."""
    async with serving(Emulator([{"state": "stopping"}], time_scale=1e9)) as api:
        assert (await api("GET", "/services")).result[0]["state"] == "stopped"


@pytest.mark.parametrize("seconds", [-1, float("nan"), float("inf")])
def test_time_moves_forward_only(seconds: float) -> None:
    """The clock cannot be set back, nor to the end of time."""
    with pytest.raises(ValueError, match="forward"):
        Emulator().advance(seconds)


def test_time_may_move_by_a_rounding_error() -> None:
    """The difference of two moments, rounded to just below 0, moves nothing."""
    emulator = Emulator(time_scale=0)
    before = emulator.now
    emulator.advance(-1e-4)
    assert emulator.now == before


@pytest.mark.parametrize("days", [36_501, 1e300])
def test_time_ends(days: float) -> None:
    """Nobody can move it beyond what dates can be, and it stays where it was."""
    emulator = Emulator(1, time_scale=0)
    with pytest.raises(ValueError, match="emulated time ends at 2125-12-12T09:00:00Z"):
        emulator.advance(days=days)
    assert emulator.now == START


def test_more_than_can_be_run_at_once_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """Time stands where the last timer was run, and can be moved on from there."""
    emulator = Emulator([{"state": "running"}] * 3, time_scale=0)
    monkeypatch.setattr(world, "MOST_TIMERS_IN_ADVANCE", 10)
    with pytest.raises(ValueError, match="more than 10 timers are due in the next 864000 s"):
        emulator.advance(days=10)
    reached = emulator.now
    assert START < reached < START + timedelta(days=10)
    monkeypatch.undo()
    emulator.advance(days=1)
    assert emulator.now == reached + timedelta(days=1)


@pytest.mark.parametrize("time_scale", [1e9, 1e300])
async def test_requests_are_answered_while_more_is_due_than_can_be_run(time_scale: float) -> None:
    """A clock that is too fast for what happens falls behind, and holds up nobody."""
    services = [{"state": "running", "idleScaling": False}] * 100
    async with serving(Emulator(services, time_scale=time_scale)) as api:
        for _ in range(3):
            assert len((await api("GET", "/services")).result) == 100
