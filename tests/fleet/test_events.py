"""Events from the differences of polls."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import attrs
import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clickhouse_cloud_async import (
    APIConnectionError,
    AsyncClickHouseCloud,
    AuthenticationError,
    CloudError,
)
from clickhouse_cloud_async.apis.clickhouse.fleet.service import SERVICES
from clickhouse_cloud_async.core.waiting.cycles import PollCycle
from clickhouse_cloud_async.fleet import Criteria, EventKind, FleetEvent
from clickhouse_cloud_async.fleet.events import Event, differences
from clickhouse_cloud_async.fleet.watch import Tracker
from clickhouse_cloud_async.models import Service

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

BEGAN = datetime(2026, 1, 1, tzinfo=UTC)
CLOUD = AsyncClickHouseCloud(token="t")

Services = dict[str, Service]


def service(key: str, state: str = "running", name: str = "s", **fields: object) -> Service:
    """A service as an answer has it."""
    document = {
        "id": key,
        "name": name,
        "state": state,
        "provider": "aws",
        "region": "eu-central-1",
        "autoscalingMode": "vertical",
    }
    return Service.from_dict(document | fields)


KEYS = st.sampled_from("abcde")

LOOKS: st.SearchStrategy[Services] = st.dictionaries(
    KEYS,
    st.tuples(
        st.sampled_from(["running", "stopped", "idle", "a state of tomorrow"]),
        st.sampled_from(["x", "y"]),
        st.sampled_from([None, 1, 3]),
        st.lists(st.sampled_from([{"key": "env"}, {"key": "team", "value": "data"}]), max_size=2),
    ),
).map(
    lambda look: {
        key: service(key, state, name, numReplicas=replicas, tags=tags)
        for key, (state, name, replicas, tags) in look.items()
    }
)

ERRORS = st.sampled_from([None, None, APIConnectionError("no connection")])


def carried_out(before: Mapping[str, Service], events: Iterable[Event[Service]]) -> Services:
    """The services after events, each of which has to fit what was before it."""
    now = dict(before)
    for event in events:
        assert event.service is not None
        key = event.service.id
        assert now.get(key) == event.before
        if event.after is None:
            assert event.kind is EventKind.GONE
            del now[key]
            continue
        if event.before is None:
            assert event.kind is EventKind.APPEARED
        else:
            is_state = event.before.state != event.after.state
            assert event.kind is (EventKind.STATE_CHANGED if is_state else EventKind.CHANGED)
            new = {name: after for name, (_, after) in event.changes.items()}
            old = {name: before for name, (before, _) in event.changes.items()}
            assert attrs.evolve(event.before, **new) == event.after
            assert attrs.evolve(event.after, **old) == event.before
        now[key] = event.after
    return now


def found(before: Mapping[str, Service], after: Mapping[str, Service]) -> list[Event[Service]]:
    """Return what has happened from one look to the next."""
    return list(differences(SERVICES, before, after, at=BEGAN, organization_id="o"))


@given(before=LOOKS, after=LOOKS)
def test_events_make_one_look_of_the_other(before: Services, after: Services) -> None:
    """The events turn what was into what is, with no more than one for each service."""
    events = found(before, after)

    assert carried_out(before, events) == after
    told = [event.service.id for event in events if event.service]
    assert len(told) == len(set(told))
    assert all(event.before != event.after for event in events)
    assert {event.at for event in events} <= {BEGAN}
    assert {event.organization_id for event in events} <= {"o"}


@given(look=LOOKS)
def test_equal_looks(look: Services) -> None:
    """Nothing has happened where everything is as it was, whichever objects tell so."""
    again = {key: Service.from_dict(service.to_dict()) for key, service in look.items()}

    assert found(look, look) == found(look, again) == []


@given(
    looks=st.lists(st.tuples(LOOKS, ERRORS), max_size=8), initial=st.booleans(), name=st.booleans()
)
def test_series_of_looks(
    *, looks: list[tuple[Services, CloudError | None]], initial: bool, name: bool
) -> None:
    """Over any outages nothing is missed that looks can show, and each outage is told of twice."""
    criteria = Criteria.of(name="x" if name else None)
    tracker = Tracker(SERVICES, CLOUD, criteria, initial=initial, began=BEGAN)
    known: Services | None = {} if initial else None
    at = seen = BEGAN
    is_blind = False
    for services, error in looks:
        at += timedelta(seconds=1)
        events = list(tracker.compare(PollCycle(services, at, error), every=1.0))
        if error is not None:
            assert [e.kind for e in events] == [] if is_blind else [EventKind.GAP]
            assert [(e.since, e.until, e.error) for e in events if not is_blind] == (
                [] if is_blind else [(seen, None, error)]
            )
            is_blind = True
            continue
        if is_blind:
            gap = events.pop(0)
            assert (gap.kind, gap.since, gap.until, gap.is_final) == ("gap", seen, at, False)
        before = services if known is None else known
        if name:
            pairs = [(event.before, event.after) for event in found(before, services)]
            assert [(event.before, event.after) for event in events] == [
                pair for pair in pairs if any(each and each.name == "x" for each in pair)
            ]
        else:
            assert carried_out(before, events) == services
        known, seen, is_blind = services, at, False


def test_late_look() -> None:
    """A look that comes much too late makes a gap of its own, with what it has shown after it."""
    tracker = Tracker(SERVICES, CLOUD, Criteria(), initial=False, began=BEGAN)
    first, late = BEGAN + timedelta(seconds=2), BEGAN + timedelta(seconds=62)
    assert not list(tracker.compare(PollCycle({"a": service("a")}, first, None), every=10.0))

    gap, event = tracker.compare(PollCycle({"a": service("a", "idle")}, late, None), every=10.0)

    assert (gap.kind, gap.since, gap.until, gap.error) == (EventKind.GAP, first, late, None)
    assert gap.reason == "the last poll was 60.0 s ago, the interval is 10 s"
    assert event.kind is EventKind.STATE_CHANGED
    assert event.changes == {"state": ("running", "idle")}


def test_first_look_that_fails() -> None:
    """Until somebody can look for the first time there is a gap, from the beginning on."""
    tracker = Tracker(SERVICES, CLOUD, Criteria(), initial=True, began=BEGAN)
    first, second = BEGAN + timedelta(seconds=1), BEGAN + timedelta(seconds=2)
    error = APIConnectionError("no connection")

    (begun,) = tracker.compare(PollCycle({}, first, error), every=10.0)
    ended, appeared = tracker.compare(PollCycle({"a": service("a")}, second, None), every=10.0)

    assert (begun.since, begun.until, begun.reason) == (BEGAN, None, "no connection")
    assert (ended.since, ended.until, ended.reason) == (BEGAN, second, "no connection")
    assert appeared.kind is EventKind.APPEARED


def test_final_gap() -> None:
    """Where nobody will look any more, that is told even during an outage."""
    tracker = Tracker(SERVICES, CLOUD, Criteria(), initial=True, began=BEGAN)
    list(tracker.fail(APIConnectionError("no connection"), BEGAN))

    (final,) = tracker.fail(AuthenticationError("bad key"), BEGAN, is_final=True)

    assert final.is_final
    assert final.reason == "bad key"


@pytest.mark.parametrize("failures", [0, 1])
def test_initial(failures: int) -> None:
    """What the first successful poll finds is marked, and nothing that appears later."""
    tracker = Tracker(SERVICES, CLOUD, Criteria(), initial=True, began=BEGAN)
    for _ in range(failures):
        list(tracker.compare(PollCycle({}, BEGAN, APIConnectionError("no connection")), every=10.0))
    polls = [{"a": service("a")}, {"a": service("a"), "b": service("b")}]

    found = [
        event
        for items in polls
        for event in tracker.compare(PollCycle(items, BEGAN, None), every=10.0)
        if event.kind is not EventKind.GAP
    ]

    assert [(e.to_dict()["id"], e.is_initial) for e in found] == [("a", True), ("b", False)]


@pytest.mark.parametrize(
    ("event", "expected"),
    [
        (
            found({"a": service("a", tags=[{"key": "env"}])}, {"a": service("a", "idle")})[0],
            {
                "kind": "state_changed",
                "id": "a",
                "name": "s",
                "before": "running",
                "after": "idle",
                "is_initial": False,
                "changes": {
                    "state": {"before": "running", "after": "idle"},
                    "tags": {"before": [{"key": "env"}], "after": None},
                },
            },
        ),
        (
            found({}, {"a": service("a")})[0],
            {
                "kind": "appeared",
                "id": "a",
                "name": "s",
                "before": None,
                "after": "running",
                "is_initial": False,
                "changes": {},
            },
        ),
        (
            found({"a": service("a")}, {})[0],
            {
                "kind": "gone",
                "id": "a",
                "name": "s",
                "before": "running",
                "after": None,
                "is_initial": False,
                "changes": {},
            },
        ),
        (
            next(
                Tracker(SERVICES, CLOUD, Criteria(), initial=True, began=BEGAN).fail(
                    APIConnectionError("x"), BEGAN
                )
            ),
            {
                "kind": "gap",
                "organization_id": None,
                "since": "2026-01-01T00:00:00Z",
                "until": None,
                "reason": "x",
                "error": "APIConnectionError",
                "is_final": False,
            },
        ),
    ],
)
def test_json(event: FleetEvent, expected: dict[str, object]) -> None:
    """An event as JSON tells states, values and moments in the API's own way."""
    common = {"at": "2026-01-01T00:00:00Z", "organization_id": "o"}

    assert orjson.loads(orjson.dumps(event.to_dict())) == common | expected
