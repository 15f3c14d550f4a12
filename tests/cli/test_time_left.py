"""The estimate of the time that is left."""

from __future__ import annotations

import time

import pytest

from clickhouse_cloud_async.cli.time_left import TimeLeft
from clickhouse_cloud_async.fleet import Outcome


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


def outcomes(count: int, state: str, organization: str = "one") -> list[Outcome]:
    """Services in a state to which nothing was sent yet."""
    return [
        Outcome(
            service_id=f"{organization}{number}",
            name="",
            organization_id=organization,
            before=state,
            after=state,
        )
        for number in range(count)
    ]


def estimator(
    action: str = "start", *, wait: bool = True, needed: int = 1, pace: float | None = 1.0
) -> TimeLeft:
    """An estimate at a request per second."""
    return TimeLeft(action, wait=wait, needed=lambda _: needed, pace=lambda: pace)


def test_requests_that_are_left() -> None:
    """The last request waits for those before it, and its service still has to start."""
    many = outcomes(300, "stopped")

    assert estimator().estimate(many, {}) == 300 + 45
    assert estimator(wait=False).estimate(many, {}) == 300
    assert estimator(pace=2.0).estimate(many, {}) == 150 + 45
    assert estimator("restart", needed=2).estimate(many, {}) == 600 + 30 + 45
    assert estimator().estimate(many, dict.fromkeys(range(200))) == 100 + 45


def test_organizations_have_budgets_of_their_own() -> None:
    """Requests of several organisations go at the same time."""
    both = outcomes(10, "stopped", "one") + outcomes(30, "stopped", "two")

    assert estimator(wait=False).estimate(both, {}) == 30


def test_services_on_their_way(clock: Clock) -> None:
    """A service that was told to start takes as long as is typical, less what has passed."""
    (one,) = services = outcomes(1, "stopped")
    estimate = estimator()
    estimate.estimate(services, {})
    one.commands, one.after = ["start"], "starting"

    assert estimate.estimate(services, {}) == 45
    clock.now += 15
    assert estimate.estimate(services, {}) == 30
    clock.now += 60
    assert estimate.estimate(services, {}) is None


def test_learning(clock: Clock) -> None:
    """What was seen to take less than is typical takes as long for others."""
    first, second = services = outcomes(2, "stopped")
    estimate = estimator()
    estimate.estimate(services, {})
    first.commands, first.after = ["start"], "starting"
    estimate.estimate(services, {})
    clock.now += 3
    first.after = "running"
    second.commands, second.after = ["start"], "starting"

    assert estimate.estimate(services, {0: first}) == 3


@pytest.mark.parametrize("state", ["running", None])
def test_unknown(state: str | None) -> None:
    """Where neither requests are left nor states that pass, nothing is foretold."""
    (one,) = services = outcomes(1, "running")
    one.commands, one.after = ["scale"], state

    assert estimator("scale").estimate(services, {}) is None
    assert estimator("scale", pace=None).estimate(outcomes(9, "running"), {}) is None
