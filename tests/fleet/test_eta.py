"""Estimates of the time left."""

from __future__ import annotations

import time
from itertools import count
from typing import TYPE_CHECKING

import pytest

from clickhouse_cloud_async import AsyncClickHouseCloud, Polling, RateLimit
from clickhouse_cloud_async.apis.clickhouse.fleet.service import SERVICES
from clickhouse_cloud_async.fleet import Outcome
from clickhouse_cloud_async.fleet.eta import ETA

if TYPE_CHECKING:
    from collections.abc import Sequence

    from clickhouse_cloud_async.core.caller import Caller

START = ("start",)
RESTART = ("stop", "start")

_KEYS = count()


class Clock:
    """A clock that stands still until it is moved."""

    now = 1000.0

    def __call__(self) -> float:
        """Tell the time."""
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """The clock that estimates go by."""
    made = Clock()
    monkeypatch.setattr(time, "monotonic", made)
    return made


def caller(limit: RateLimit | None = RateLimit(10), polling: Polling = Polling()) -> Caller:  # noqa: B008 - constants
    """Return what sends the requests of a key of its own."""
    key = f"key{next(_KEYS)}"
    return AsyncClickHouseCloud(key, "secret", rate_limit=limit, polling=polling)._caller


def outcomes(number: int, state: str = "stopped") -> list[Outcome]:
    """Services in a state to which nothing was sent yet."""
    return [
        Outcome(id=f"{n}", name="", organization_id="", before=state, after=state)
        for n in range(number)
    ]


def expecting(
    services: Sequence[Outcome],
    commands: Sequence[str],
    by: Caller | None = None,
    *,
    wait: bool = True,
) -> ETA:
    """An estimate of what is sent to services, at a request per second where not said otherwise."""
    estimate, by = ETA(SERVICES, wait=wait), by or caller()
    for outcome in services:
        estimate.expect(outcome, commands, by)
    return estimate


def go(outcome: Outcome, state: str | None, command: str | None = None) -> Outcome:
    """Move a service, by a command or by itself."""
    outcome.after = state
    if command is not None:
        outcome.commands.append(command)
    return outcome


def test_requests_that_are_left(clock: Clock) -> None:
    """The last request waits for those before it, and its service still has to start."""
    many = outcomes(300)

    assert clock.now
    assert expecting(many, START).seconds == 300 + 45
    assert expecting(many, START, wait=False).seconds == 300
    assert expecting(many, START, caller(RateLimit(20))).seconds == 150 + 45
    assert expecting(many, START, caller(None)).seconds == 45
    assert expecting(many, RESTART).seconds == 600 + 30 + 45
    assert expecting(many, RESTART, wait=False).seconds == 600 + 30
    assert expecting(many, ("stop", "delete")).seconds == 600 + 30 + 30 + 10
    estimate = expecting(many, START)
    for outcome in many[:200]:
        estimate.finish(outcome)
    assert estimate.seconds == 100 + 45


def test_keys_have_budgets_of_their_own(clock: Clock) -> None:
    """Requests of several keys go at the same time."""
    estimate, slow, fast = ETA(SERVICES, wait=True), caller(), caller(RateLimit(100))
    services = outcomes(90)
    for by, part in ((slow, services[:30]), (fast, services[30:])):
        for outcome in part:
            estimate.expect(outcome, START, by)

    assert clock.now
    assert estimate.seconds == 30 + 45


def test_services_on_their_way(clock: Clock) -> None:
    """A service that was told to start takes as long as is typical, less what has passed."""
    (one,) = services = outcomes(1)
    estimate = expecting(services, START)

    estimate.see(go(one, "starting", "start"))
    assert estimate.seconds == 45
    clock.now += 15
    assert estimate.seconds == 30
    clock.now += 60
    assert estimate.seconds is None
    estimate.finish(go(one, "running"))
    assert estimate.seconds == 0


def test_services_of_which_each_is_elsewhere(clock: Clock) -> None:
    """The one that takes longest from where it is counts."""
    first, second, third = services = outcomes(3, "running")
    estimate = expecting(services, RESTART, caller(None))
    estimate.see(go(first, "stopping", "stop"))
    clock.now += 10
    estimate.see(go(second, "stopping", "stop"))
    estimate.finish(third)

    assert estimate.seconds == 30 + 45
    clock.now += 20
    estimate.see(go(first, "stopped"))
    estimate.see(go(first, "starting", "start"))
    assert estimate.seconds == 10 + 45
    estimate.finish(second)
    assert estimate.seconds == 45


def test_learning(clock: Clock) -> None:
    """What was seen to take less than is typical takes as long for others."""
    first, second, third = services = outcomes(3)
    estimate = expecting(services, START, caller(None))
    estimate.see(go(first, "starting", "start"))
    clock.now += 3
    estimate.finish(go(first, "running"))
    estimate.see(go(second, "starting", "start"))
    assert estimate.seconds == 3

    clock.now += 5
    estimate.finish(go(second, "running"))
    estimate.see(go(third, "starting", "start"))
    assert estimate.seconds == 4


def test_half_a_state_teaches_nothing(clock: Clock) -> None:
    """A state whose beginning was not seen has lasted for longer than was seen."""
    before, after = outcomes(1, "stopping")[0], outcomes(1, "running")[0]
    estimate = expecting([before], START, caller(None))
    estimate.expect(after, ("stop",), caller(None))
    clock.now += 2
    estimate.see(go(before, "stopped"))
    estimate.see(go(after, "stopping", "stop"))
    estimate.finish(before)

    assert estimate.seconds == 30


def test_transitions_of_an_emulator(clock: Clock) -> None:
    """Where transitions pass faster than in the cloud, that is known beforehand."""
    fast = caller(None, Polling(speed=45))

    assert clock.now
    assert expecting(outcomes(2), START, fast).seconds == 1


def test_pace(clock: Clock) -> None:
    """What may take any time for a service goes on as fast as it went so far."""
    services = outcomes(10, "running")
    estimate = expecting(services, ("map",), caller(None))
    assert estimate.seconds is None
    clock.now += 6
    for outcome in services[:2]:
        estimate.finish(go(outcome, "running", "map"))

    assert estimate.seconds == 24
    slow = expecting(services[:5], ("scale",))
    slow.finish(go(services[0], "running", "scale"))
    assert slow.seconds == 4


def test_services_that_need_nothing(clock: Clock) -> None:
    """They are no part of the pace, and are waited for by nobody."""
    services = outcomes(4, "running")
    estimate = expecting(services, (), caller(None))
    clock.now += 5
    estimate.finish(services[0])
    assert estimate.seconds is None
    estimate.finish(services[0])
    estimate.see(services[0])
    for outcome in services[1:]:
        estimate.finish(outcome)

    assert estimate.seconds == 0
