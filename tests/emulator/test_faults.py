"""Injected faults."""

from __future__ import annotations

import time

import aiohttp
import pytest

from clickhouse_cloud_async.emulation.randomness import seeded
from clickhouse_cloud_async.emulator import (
    ConnectionReset,
    Emulator,
    ErrorResponse,
    FailedTransition,
    Latency,
    LostResponse,
    StaleRead,
)

from .client import Api, authorization, serving

RUNNING_AND_STOPPED = [{"name": "a", "state": "running"}, {"name": "b", "state": "stopped"}]


async def _ids(api: Api) -> dict[str, str]:
    return {item["name"]: item["id"] for item in (await api("GET", "/services")).result}


async def test_server_errors_come_as_often_as_they_were_asked_for(api: Api) -> None:
    """An error of the server takes the place of an answer, counts, and ends with its count."""
    fault = api.emulator.faults.add(ErrorResponse(503), operation="instanceGetList", count=2)
    statuses = [(await api("GET", "/services", checked=False)).status for _ in range(3)]
    others = await api("GET", "/keys")

    assert statuses == [503, 503, 200]
    assert others.status == 200
    assert fault.happened == 2
    assert [bool(request.faults) for request in api.emulator.requests] == [True, True, False, False]


async def test_server_error_does_nothing() -> None:
    """A request that ends in an error of the server is not carried out."""
    async with serving(Emulator(RUNNING_AND_STOPPED, time_scale=0)) as api:
        ids = await _ids(api)
        api.emulator.faults.add(ErrorResponse(), operation="instanceStateUpdate")
        refused = await api(
            "PATCH", f"/services/{ids['b']}/state", {"command": "start"}, checked=False
        )
        state = (await api("GET", f"/services/{ids['b']}")).result["state"]

    assert (refused.status, refused.error) == (500, "an injected fault")
    assert state == "stopped"


@pytest.mark.parametrize(
    ("fault", "state", "recorded"),
    [(ConnectionReset(), "stopped", 0), (LostResponse(), "starting", 200)],
)
async def test_broken_connections(
    fault: ConnectionReset | LostResponse, state: str, recorded: int
) -> None:
    """After a reset nothing is done; where only the answer is lost, everything is."""
    async with serving(Emulator(RUNNING_AND_STOPPED, time_scale=0)) as api:
        path = f"/services/{(await _ids(api))['b']}"
        api.emulator.faults.add(fault, operation="instanceStateUpdate", count=1)
        with pytest.raises(aiohttp.ClientConnectionError):
            await api("PATCH", f"{path}/state", {"command": "start"})
        found = (await api("GET", path)).result["state"]

    assert found == state
    assert api.emulator.requests[1].status == recorded
    assert api.emulator.requests[1].faults == (fault,)


async def test_one_service_by_name_or_id() -> None:
    """A fault may belong to one service, named by its name or id."""
    async with serving(Emulator(RUNNING_AND_STOPPED, time_scale=0)) as api:
        ids = await _ids(api)
        api.emulator.faults.add(ErrorResponse(500), resource="a")
        api.emulator.faults.add(ErrorResponse(502), resource=ids["b"])
        paths = [f"/services/{ids['a']}", f"/services/{ids['b']}", "/services"]
        statuses = [(await api("GET", path, checked=False)).status for path in paths]

    assert statuses == [500, 502, 200]


async def test_failed_transitions() -> None:
    """A start can end in another state, once for each time it was asked for."""
    services = [{"name": name, "state": "stopped"} for name in "abc"]
    async with serving(Emulator(services, time_scale=0)) as api:
        faults = api.emulator.faults
        faults.add(FailedTransition("failed", state="starting"), resource="a")
        faults.add(FailedTransition("degraded"), resource="b", count=1)
        for service_id in (await _ids(api)).values():
            await api("PATCH", f"/services/{service_id}/state", {"command": "start"})
        await api.emulator.advance(minutes=5)
        states = [service["state"] for service in (await api("GET", "/services")).result]

    assert states == ["failed", "degraded", "running"]


async def test_ways_out_of_a_failed_transition() -> None:
    """A failed service can be started again, a degraded one has to be stopped first."""
    services = [{"name": state, "state": state} for state in ("failed", "degraded")]
    async with serving(Emulator(services, time_scale=0)) as api:
        failed, degraded = (f"/services/{i}/state" for i in (await _ids(api)).values())
        await api("PATCH", failed, {"command": "start"})
        refused = await api("PATCH", degraded, {"command": "start"})
        await api("PATCH", degraded, {"command": "stop"})
        await api.emulator.advance(minutes=2)
        states = [service["state"] for service in (await api("GET", "/services")).result]

    assert states == ["running", "stopped"]
    assert (refused.status, "Current state: degraded" in refused.error) == (400, True)


async def test_latency_is_real_time(api: Api) -> None:
    """An answer with latency is there no earlier than the latency."""
    api.emulator.faults.add(Latency(0.2), operation="instanceGetList", count=1)
    began = time.monotonic()
    answer = await api("GET", "/services")

    assert answer.status == 200
    assert time.monotonic() - began >= 0.2


@pytest.mark.parametrize(
    ("latency", "least", "most", "mean"),
    [
        (Latency(2), 2, 2, 2),
        (Latency(2, "uniform", 0.25), 1.5, 2.5, 2),
        (Latency(2, "uniform", 3), 0, 8, 2.66),
        (Latency(2, "exponential"), 0, 40, 2),
        (Latency(2, "lognormal", 0.1), 1, 4, 2.01),
    ],
)
def test_distributions(latency: Latency, least: float, most: float, mean: float) -> None:
    """Delays lie where their distribution has them."""
    random = seeded(1)
    drawn = [latency.draw(random) for _ in range(4000)]

    assert least <= min(drawn) <= max(drawn) <= most
    assert sum(drawn) / len(drawn) == pytest.approx(mean, rel=0.05)


async def _unlucky(seed: int) -> list[int]:
    async with serving(Emulator(time_scale=0, seed=seed)) as api:
        fault = api.emulator.faults.add(ErrorResponse(500), probability=0.3)
        statuses = [(await api("GET", "/services", checked=False)).status for _ in range(60)]
        assert statuses.count(500) == fault.happened
        return statuses


async def test_chance_repeats() -> None:
    """The same seed gives the same faults, about as many as their probability."""
    first = await _unlucky(3)

    assert first == await _unlucky(3)
    assert first != await _unlucky(4)
    assert 8 <= first.count(500) <= 28


async def test_faults_can_be_taken_back(api: Api) -> None:
    """A removed fault happens no more, and no fault is left after clearing."""
    faults = api.emulator.faults
    removed = faults.add(ErrorResponse(500))
    faults.add(ErrorResponse(501))
    faults.remove(removed)
    assert [added.fault for added in faults] == [ErrorResponse(501)]
    assert (await api("GET", "/services", checked=False)).status == 501
    faults.clear()
    assert (await api("GET", "/services")).status == 200


async def test_first_ending_fault_wins_and_latency_adds(api: Api) -> None:
    """Of faults that end a request one happens; latency comes on top, whenever it was added."""
    faults = api.emulator.faults
    first = faults.add(ErrorResponse(500))
    second = faults.add(ErrorResponse(501))
    late = [faults.add(Latency(0.1)), faults.add(Latency(0.1))]
    began = time.monotonic()
    answer = await api("GET", "/services", checked=False)

    assert answer.status == 500
    assert time.monotonic() - began >= 0.2
    assert (first.happened, second.happened) == (1, 0)
    assert [fault.happened for fault in late] == [1, 1]


async def test_faults_of_attachments_know_the_service() -> None:
    """The service of a request may stand at the end of its path, too."""
    path = "/udfs/reverse/attachments"
    async with serving(Emulator(RUNNING_AND_STOPPED, time_scale=0)) as api:
        ids = await _ids(api)
        organization = api.emulator._organization(api.emulator.organization_id)
        organization.world.store.put(
            (*organization.path, "udfs", "reverse"), {"functionName": "reverse"}
        )
        api.emulator.faults.add(ErrorResponse(503), resource="a")
        answers = [await api("GET", f"{path}/{ids[name]}", checked=False) for name in "ab"]

    assert [answer.status for answer in answers] == [503, 404]


def test_wrong_faults_are_refused() -> None:
    """A fault that could never happen is refused when it is added."""
    faults = Emulator().faults
    with pytest.raises(ValueError, match="there is no operation instanceGot"):
        faults.add(ErrorResponse(), operation="instanceGot")
    with pytest.raises(ValueError, match="belongs to no operation"):
        faults.add(FailedTransition(), operation="instanceGet")
    with pytest.raises(ValueError, match=r"from 0 to 1, not 1\.5"):
        faults.add(ErrorResponse(), probability=1.5)
    with pytest.raises(ValueError, match="at least 1, not 0"):
        faults.add(ErrorResponse(), count=0)
    with pytest.raises(ValueError, match="more than 0, not 0"):
        faults.add(ErrorResponse(), seconds=0)
    with pytest.raises(ValueError, match="status"):
        ErrorResponse(302)
    with pytest.raises(ValueError, match="seconds"):
        StaleRead(0)
    with pytest.raises(
        ValueError, match=r"no kind 'sevrice'; the kinds are backup, byoc, clickpipe"
    ):
        faults.add(FailedTransition(kind="sevrice"))
    with pytest.raises(ValueError, match="distribution"):
        Latency(1, "normal")  # type: ignore[arg-type]
    assert len(faults) == 0


def test_faults_from_another_thread() -> None:
    """Faults can be added while the emulator serves in its own thread."""
    import urllib.error
    import urllib.request

    with Emulator(time_scale=0) as emulator:
        emulator.faults.add(ErrorResponse(502), count=1)
        request = urllib.request.Request(  # noqa: S310 - a loopback address
            f"{emulator.url}/v1/organizations", headers=authorization(emulator)
        )
        with pytest.raises(urllib.error.HTTPError) as refused:
            urllib.request.urlopen(request)  # noqa: S310
        refused.value.close()

    assert refused.value.code == 502


@pytest.mark.parametrize("status", [400, 403, 404, 408, 409, 424, 429, 500, 599])
async def test_any_refusal_can_be_asked_for(status: int) -> None:
    """A chosen status and text, a number of times, for one operation; nothing was done."""
    async with serving(Emulator(RUNNING_AND_STOPPED, time_scale=0)) as api:
        path = f"/services/{(await _ids(api))['b']}"
        api.emulator.faults.add(
            ErrorResponse(status, "not now"), operation="instanceStateUpdate", count=2
        )
        answers = [
            await api("PATCH", f"{path}/state", {"command": "start"}, checked=False)
            for _ in range(3)
        ]
        state = (await api("GET", path)).result["state"]
    assert [answer.status for answer in answers] == [status, status, 200]
    assert answers[0].error == "not now"
    assert state == "starting"


async def test_faults_end_after_some_seconds() -> None:
    """The time is the emulator's, and begins when the fault is added."""
    async with serving(Emulator(RUNNING_AND_STOPPED, time_scale=0)) as api:
        path = f"/services/{(await _ids(api))['b']}"
        await api.emulator.advance(seconds=100)
        fault = api.emulator.faults.add(ErrorResponse(409, "settling"), resource="b", seconds=30)
        seen: list[int] = []
        for seconds in (0, 29, 1):
            await api.emulator.advance(seconds=seconds)
            seen.append((await api("DELETE", path)).status)
    assert (seen, fault.happened) == ([409, 409, 200], 2)


async def test_faults_belong_to_any_resource() -> None:
    """A ClickPipe, a key or a backup may be the only thing that a fault happens to."""
    async with serving(Emulator(RUNNING_AND_STOPPED, time_scale=0)) as api:
        keys = [(await api("POST", "/keys", {"name": name})).result["key"] for name in "ab"]
        api.emulator.faults.add(ErrorResponse(503), resource=keys[0]["id"])
        answers = [await api("GET", f"/keys/{key['id']}", checked=False) for key in keys]
    assert [answer.status for answer in answers] == [503, 200]


async def test_what_was_just_created_is_absent_for_a_while() -> None:
    """Lists and reads of it lag behind, a number of times; others are up to date."""
    async with serving(Emulator(RUNNING_AND_STOPPED, time_scale=0)) as api:
        stale = api.emulator.faults.add(StaleRead(seconds=5), resource="new", count=2)
        created = await api.create_service(name="new")
        await api.create_service(name="other")
        path = f"/services/{created['id']}"
        names = [await _names(api), await _names(api)]
        state = (await api("GET", path)).result["state"]
    assert names == [["a", "b", "other"], ["a", "b", "other"]]
    assert (state, stale.happened) == ("provisioning", 2)


async def test_reads_lag_behind_by_some_seconds() -> None:
    """An older state is shown until it is older than that, and nothing is changed by it."""
    async with serving(Emulator(RUNNING_AND_STOPPED, time_scale=0)) as api:
        path = f"/services/{(await _ids(api))['b']}"
        api.emulator.faults.add(StaleRead(seconds=10), operation="instanceGet")
        await api("PATCH", f"{path}/state", {"command": "start"})
        seen: list[tuple[str, str]] = []
        for seconds in (0, 9, 2, 100):
            await api.emulator.advance(seconds=seconds)
            shown = (await api("GET", path)).result["state"]
            listed = (await api("GET", "/services")).result[1]["state"]
            seen.append((shown, listed))
        api.emulator.faults.clear()
        state = (await api("GET", path)).result["state"]
    assert seen == [
        ("stopped", "starting"),
        ("stopped", "starting"),
        ("starting", "starting"),
        ("running", "running"),
    ]
    assert state == "running"


async def test_what_is_gone_is_shown_for_a_while() -> None:
    """A deleted key is still read, with what is below it, and cannot be used."""
    async with serving(Emulator(time_scale=0)) as api:
        await api.emulator.advance(minutes=1)
        key = (await api("POST", "/keys", {"name": "ci"})).result["key"]
        await api.emulator.advance(minutes=1)
        api.emulator.faults.add(StaleRead(seconds=30))
        assert (await api("GET", "/keys")).status == 200
        await api("DELETE", f"/keys/{key['id']}")
        seen = [(await api("GET", f"/keys/{key['id']}")).status]
        deleted = (await api("DELETE", f"/keys/{key['id']}")).status
        await api.emulator.advance(seconds=31)
        seen.append((await api("GET", f"/keys/{key['id']}")).status)
    assert (seen, deleted) == ([200, 404], 404)


async def test_what_lies_below_is_as_stale() -> None:
    """Settings of a new service are not found yet, and those of a deleted one are still read."""
    async with serving(Emulator(RUNNING_AND_STOPPED, time_scale=0)) as api:
        await api.emulator.advance(minutes=1)
        api.emulator.faults.add(StaleRead(seconds=30), resource="new")
        api.emulator.faults.add(StaleRead(seconds=30), resource="b")
        created = await api.create_service(name="new")
        deleted = (await _ids(api))["b"]
        assert (await api("DELETE", f"/services/{deleted}")).status == 200
        seen: list[list[int]] = []
        for seconds in (0, 29, 60):
            await api.emulator.advance(seconds=seconds)
            paths = [f"/services/{each}/backupConfiguration" for each in (created["id"], deleted)]
            seen.append([(await api("GET", path, checked=False)).status for path in paths])
    assert seen == [[404, 200], [404, 200], [200, 404]]


async def _names(api: Api) -> list[str]:
    return [service["name"] for service in (await api("GET", "/services")).result]
