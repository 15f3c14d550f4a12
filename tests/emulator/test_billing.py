"""Costs and credits."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from clickhouse_cloud_async.apis.clickhouse.emulator.billing.billing import MEMORY_PRICE, PIPE_PRICE
from clickhouse_cloud_async.emulator import Emulator

from .client import serving
from .pipes import created

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from .client import Api

SERVICES: list[dict[str, object]] = [
    {
        "name": "steady",
        "state": "running",
        "idleScaling": False,
        "createdAt": "2026-01-05T09:00:00Z",
        "minReplicaMemoryGb": 16,
        "numReplicas": 2,
        "tags": [{"key": "env", "value": "prod"}],
    },
    {
        "name": "stopped",
        "state": "stopped",
        "createdAt": "2026-01-01T21:00:00Z",
        "tags": [{"key": "env", "value": "dev"}],
    },
]
HOURLY = 16 * 2 * MEMORY_PRICE * 3600


@pytest.fixture
async def api() -> AsyncIterator[Api]:
    """A client of an emulator with a service that runs and one that ran."""
    async with serving(Emulator(SERVICES, time_scale=0)) as client:
        yield client


async def _costs(api: Api, first: str, last: str, *filters: str) -> Any:
    query = [("from_date", first), ("to_date", last), *(("filter", item) for item in filters)]
    return (await api("GET", "/usageCost", query=query)).result


async def _records(api: Api, name: str, kind: str = "service") -> dict[str, Any]:
    costs = (await _costs(api, "2026-01-01", "2026-01-31"))["costs"]
    return {
        item["date"]: item
        for item in costs
        if (item["entityName"], item["entityType"]) == (name, kind)
    }


async def test_compute_is_paid_for_by_the_hour(api: Api) -> None:
    """A running service costs its memory for as long as it ran on each day."""
    await api.emulator.advance(days=2)
    records = await _records(api, "steady")

    hours = {day: item["metrics"]["computeCHC"] / HOURLY for day, item in records.items()}
    assert hours == {
        "2026-01-05": pytest.approx(15, rel=1e-4),
        "2026-01-06": pytest.approx(24, rel=1e-4),
        "2026-01-07": pytest.approx(9, rel=1e-4),
    }
    assert [item["locked"] for item in records.values()] == [True, True, False]


async def test_what_does_not_run_costs_its_storage(api: Api) -> None:
    """A stopped service has no row of its own any more; its warehouse goes on costing."""
    await api.emulator.advance(days=1)
    service = await _records(api, "stopped")
    warehouse = await _records(api, "stopped", "datawarehouse")

    assert list(service) == ["2026-01-01", "2026-01-02", "2026-01-03", "2026-01-04", "2026-01-05"]
    assert list(warehouse)[-1] == "2026-01-06"
    last, before = warehouse["2026-01-06"], warehouse["2026-01-04"]
    assert last["serviceId"] is None
    assert last["entityId"] == last["dataWarehouseId"]
    assert last["metrics"]["backupCHC"] > 0
    assert before["metrics"]["storageCHC"] > warehouse["2026-01-02"]["metrics"]["storageCHC"]


async def test_totals_add_up(api: Api) -> None:
    """Each row is the sum of its metrics, and the grand total the sum of the rows."""
    await api.emulator.advance(days=3)
    result = await _costs(api, "2026-01-01", "2026-01-31")

    assert all(
        item["totalCHC"] == pytest.approx(sum(item["metrics"].values())) for item in result["costs"]
    )
    total = sum(item["totalCHC"] for item in result["costs"])
    assert result["grandTotalCHC"] == pytest.approx(total, abs=1e-5)
    assert [item["date"] for item in result["costs"]] == sorted(
        item["date"] for item in result["costs"]
    )


async def test_both_dates_are_included(api: Api) -> None:
    """One day can be asked for, and a month day by day costs what it costs as a whole."""
    await api.emulator.advance(days=2)
    whole = await _costs(api, "2026-01-05", "2026-01-07")
    days = [await _costs(api, day, day) for day in ("2026-01-05", "2026-01-06", "2026-01-07")]

    assert whole["costs"] == [item for day in days for item in day["costs"]]
    assert await _costs(api, "2027-01-01", "2027-01-31") == {"grandTotalCHC": 0, "costs": []}


async def test_a_service_pays_for_what_it_has_at_the_time(api: Api) -> None:
    """More memory costs more from then on; what is stopped or deleted stops costing."""
    path = await api.service_path()
    await api.emulator.advance(hours=15)
    size = {"minReplicaMemoryGb": 32, "maxReplicaMemoryGb": 120}
    await api("PATCH", f"{path}/replicaScaling", size)
    await api.emulator.advance(hours=12)
    await api("PATCH", f"{path}/state", {"command": "stop"})
    await api.emulator.advance(hours=24)
    await api("DELETE", path)
    await api.emulator.advance(days=2)
    records = await _records(api, "steady")
    warehouse = await _records(api, "steady", "datawarehouse")

    computed = {day: item["metrics"]["computeCHC"] for day, item in records.items()}
    assert computed == {
        "2026-01-05": pytest.approx(15 * HOURLY, rel=1e-4),
        "2026-01-06": pytest.approx(12 * 2 * HOURLY, rel=1e-4),
    }
    assert max(warehouse) == "2026-01-07"


async def test_a_schedule_changes_the_price(api: Api) -> None:
    """While an entry of a schedule is active its memory is paid for."""
    path = await api.service_path()
    entry = {
        "name": "night",
        "weekdays": [2],
        "startHourUtc": 1,
        "endHourUtc": 4,
        "minReplicaMemoryGb": 64,
        "maxReplicaMemoryGb": 120,
    }
    await api("POST", f"{path}/scalingSchedule", {"entries": [entry]})
    await api.emulator.advance(days=2)
    records = await _records(api, "steady")

    hours = records["2026-01-06"]["metrics"]["computeCHC"] / HOURLY
    assert hours == pytest.approx(21 + 3 * 4, rel=1e-4)


async def test_a_pipe_costs_until_it_is_deleted(api: Api) -> None:
    """A ClickPipe has rows of its own while it runs, by its size, and none after its end."""
    size = {"replicas": 1, "replicaCpuMillicores": 1000, "replicaMemoryGb": 4}
    pipe = await created(api, "kafka", name="pipe", scaling=size)
    await api.emulator.advance(hours=15, minutes=5)
    await api("PATCH", f"{pipe}/scaling", size | {"replicas": 2})
    await api.emulator.advance(days=1)
    await api("DELETE", pipe)
    await api.emulator.advance(days=2)
    records = await _records(api, "pipe", "clickpipe")

    assert list(records) == ["2026-01-05", "2026-01-06", "2026-01-07"]
    assert {item["entityId"] for item in records.values()} == {pipe.split("/")[-1]}
    assert {item["serviceId"] for item in records.values()} == {pipe.split("/")[2]}
    costs = [item["metrics"]["computeCHC"] for item in records.values()]
    hourly = PIPE_PRICE * 3600
    assert costs[0] == pytest.approx(15 * hourly, rel=0.02)
    assert costs[1] == pytest.approx((24 * 2 - 5 / 60) * hourly, rel=1e-4)
    assert costs[2] == pytest.approx(2 * 5 / 60 * hourly, rel=1e-4)


@pytest.mark.parametrize(
    ("filters", "names"),
    [
        (["tag:env=prod"], {"steady"}),
        (["tag:env"], {"steady", "stopped"}),
        (["tag:env", "tag:env=dev"], {"stopped"}),
        (["tag:team=none"], set[str]()),
    ],
)
async def test_costs_by_tag(api: Api, filters: list[str], names: set[str]) -> None:
    """Only services whose tags match every filter are told, warehouses included."""
    await api.emulator.advance(days=1)
    result = await _costs(api, "2026-01-01", "2026-01-31", *filters)

    assert {item["entityName"] for item in result["costs"]} == names


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ({"from_date": "2026-01-01"}, "to_date: is required"),
        ({"to_date": "2026-01-01"}, "from_date: is required"),
        ({"from_date": "today", "to_date": "x"}, "from_date: must be in the format date"),
        ({"from_date": "2026-01-02", "to_date": "2026-01-01"}, "to_date: must not lie before"),
        ({"from_date": "2026-01-01", "to_date": "2026-02-01"}, "to_date: must lie at most 30 days"),
        (
            {"from_date": "2026-01-01", "to_date": "2026-01-01", "filter": "tag:=x"},
            "filter: 'tag:=x'",
        ),
    ],
)
async def test_dates_that_can_not_be(api: Api, query: dict[str, str], message: str) -> None:
    """Both dates are needed, in their order and at most 31 days with both of them."""
    answer = await api("GET", "/usageCost", query=list(query.items()))

    assert answer.status == 400
    assert answer.error.startswith(message)


async def test_credits_are_spent_soonest_expiry_first(api: Api) -> None:
    """Costs come out of the trial until it is used up, and then out of what was paid for."""
    fresh = (await api("GET", "/creditBalances")).result
    await api.emulator.advance(days=2)
    spending = (await api("GET", "/creditBalances")).result
    least, most = [
        (await _costs(api, first, "2026-01-07"))["grandTotalCHC"]
        for first in ("2026-01-06", "2026-01-05")
    ]
    await api.emulator.advance(days=10)
    later = (await api("GET", "/creditBalances")).result

    assert [item["type"] for item in fresh["balances"]] == ["trial", "prepaid"]
    assert fresh["totalRemainingCredits"] == 10_300
    assert all(item["amountSpent"] == 0 for item in fresh["balances"])
    trial, prepaid = spending["balances"]
    assert trial["amountSpent"] + trial["remainingCredits"] == trial["totalAmount"] == 300
    assert prepaid["amountSpent"] == 0
    assert least < trial["amountSpent"] < most
    assert [item["type"] for item in later["balances"]] == ["prepaid"]
    assert later["balances"][0]["amountSpent"] > 0
    assert later["totalRemainingCredits"] == later["balances"][0]["remainingCredits"]


async def test_credits_expire() -> None:
    """A credit that expired is not there any more, spent or not; the list may be empty."""
    async with serving(Emulator(time_scale=0)) as empty:
        await empty.emulator.advance(days=29)
        both = (await empty("GET", "/creditBalances")).result
        await empty.emulator.advance(days=2)
        one = (await empty("GET", "/creditBalances")).result
        await empty.emulator.advance(days=365)
        none = (await empty("GET", "/creditBalances")).result

    assert [item["type"] for item in both["balances"]] == ["trial", "prepaid"]
    assert [item["expirationDate"][:10] for item in both["balances"]] == [
        "2026-02-04",
        "2027-01-05",
    ]
    assert [item["type"] for item in one["balances"]] == ["prepaid"]
    assert none == {"totalRemainingCredits": 0, "balances": []}


async def test_prepaid_credits_are_paged(api: Api) -> None:
    """The older list has prepaid credits only, and its total spans all pages."""
    whole = (await api("GET", "/activeBalances")).result
    rest = (await api("GET", "/activeBalances", query=[("offset", "1")])).result
    wrong = await api("GET", "/activeBalances", query=[("limit", "0")])

    assert [item["remainingPrepaidCredits"] for item in whole["prepaidBalances"]] == [10_000]
    assert rest["prepaidBalances"] == []
    assert rest["totalRemainingPrepaidCredits"] == whole["totalRemainingPrepaidCredits"] == 10_000
    assert wrong.status == 400
