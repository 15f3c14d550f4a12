"""Selections of services."""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clickhouse_cloud_async import (
    AsyncClickHouseCloud,
    AuthenticationError,
    ClickHouseCloud,
    InvalidArgumentError,
    OpenText,
)
from clickhouse_cloud_async.fleet import AsyncFleet, Criteria, MemberFailure
from clickhouse_cloud_async.models import Service

from .clouds import BUDGET, open_client, services, statuses

if TYPE_CHECKING:
    from clickhouse_cloud_async.emulator import Emulator


@pytest.mark.parametrize(
    ("criteria", "names"),
    [
        ({}, ["etl-eu", "etl-us", "ETL", "reports"]),
        ({"tags": {"env": "dev"}}, ["etl-eu", "ETL"]),
        ({"tags": {"env": ["dev", "prod"]}}, ["etl-eu", "etl-us", "ETL"]),
        ({"tags": {"env": None}}, ["etl-eu", "etl-us", "ETL"]),
        ({"tags": {"env": "dev", "team": "data"}}, ["etl-eu"]),
        ({"tags": {"gold": ""}}, ["etl-us"]),
        ({"tags": {"env": []}}, []),
        ({"tags": {"env": "a=b: c"}}, []),
        ({"name": "etl-*"}, ["etl-eu", "etl-us"]),
        ({"name": ["etl-?u", "rep*"]}, ["etl-eu", "reports"]),
        ({"name": []}, []),
        ({"region": "us-east-1"}, ["reports"]),
        ({"provider": {"aws", "gcp"}}, ["etl-eu", "etl-us", "reports"]),
        ({"state": "stopped"}, ["etl-us", "reports"]),
        ({"state": ("idle", "running"), "name": "etl*"}, ["etl-eu"]),
        ({"where": lambda service: service.name.isupper()}, ["ETL"]),
    ],
)
async def test_criteria(
    cloud: AsyncClickHouseCloud, emulator: Emulator, criteria: dict[str, Any], names: list[str]
) -> None:
    """All that is said has to hold, and one request tells."""
    found = await cloud.fleet.select(**criteria).list()

    assert [each.service.name for each in found] == names
    assert {each.organization_id for each in found} <= {emulator.organization_id}
    assert [request.operation_id for request in emulator.requests] == ["instanceGetList"]


@pytest.mark.parametrize(
    ("tags", "sent"),
    [
        ({"env": "dev"}, ["tag:env=dev"]),
        ({"env": None, "team": ["data"]}, ["tag:env", "tag:team=data"]),
        ({"env": ["dev", "prod"]}, []),
        ({"env": "a=b"}, []),
        ({"env": ""}, []),
    ],
)
async def test_filters(
    cloud: AsyncClickHouseCloud, emulator: Emulator, tags: dict[str, Any], sent: list[str]
) -> None:
    """What the API can look for itself, it is asked to."""
    await cloud.fleet.select(tags=tags).list()

    assert [value for _, value in emulator.requests[-1].query] == sent


@given(
    tags=st.dictionaries(
        st.sampled_from("abc"), st.none() | st.sampled_from("xyz") | st.sets(st.sampled_from("xyz"))
    ),
    present=st.dictionaries(st.sampled_from("abc"), st.sampled_from(["", "x", "y", "z"])),
    name=st.none() | st.sampled_from(["a*", "*b", "[ab]*", "ab"]),
    named=st.text("ab", min_size=1, max_size=3),
)
async def test_match(
    tags: dict[str, Any], present: dict[str, str], name: str | None, named: str
) -> None:
    """A service is meant if and only if each criterion holds."""
    service = Service.from_dict(
        {
            "id": "1",
            "name": named,
            "provider": "aws",
            "region": "us-east-1",
            "state": "running",
            "autoscalingMode": "vertical",
            "currentScaling": {},
            "tags": [{"key": k, "value": v} if v else {"key": k} for k, v in present.items()],
        }
    )
    wanted = {k: {v} if isinstance(v, str) else v for k, v in tags.items()}

    expected = (name is None or fnmatchcase(named, name)) and all(
        key in present and (values is None or present[key] in values)
        for key, values in wanted.items()
    )
    assert Criteria.of(tags=tags, name=name).match(service) == expected


async def is_meant(_service: Service) -> bool:
    """Return a coroutine that is never awaited, and so would hold of every service."""
    return False


@pytest.mark.parametrize(
    "criteria",
    [
        {"tags": "env"},
        {"tags": {1: "a"}},
        {"tags": {"env": 1}},
        {"tags": {"env": [1]}},
        {"tags": {"env": {"a": 1}}},
        {"name": 1},
        {"name": [None]},
        {"region": b"us-east-1"},
        {"provider": "ibm"},
        {"state": "runing"},
        {"state": ["running", "up"]},
        {"where": "name"},
        {"where": is_meant},
    ],
)
async def test_bad_criteria(cloud: AsyncClickHouseCloud, criteria: dict[str, Any]) -> None:
    """A criterion that cannot be is refused at once, and named."""
    with pytest.raises(InvalidArgumentError, match=next(iter(criteria))):
        cloud.fleet.select(**criteria)


@pytest.mark.parametrize(
    ("criteria", "nearest"),
    [({"provider": "asw"}, "aws"), ({"state": "runing"}, "running"), ({"state": "IDLE"}, "idle")],
)
async def test_a_misspelt_criterion_names_the_nearest_word(
    cloud: AsyncClickHouseCloud, criteria: dict[str, Any], nearest: str
) -> None:
    """Providers and states are known; a region may be new."""
    with pytest.raises(InvalidArgumentError, match=f"did you mean {nearest}\\?"):
        cloud.fleet.select(**criteria)
    with pytest.raises(InvalidArgumentError, match=r"state: .*; did you mean running\?"):
        await cloud.services.wait_until("id", "runing")  # type: ignore[arg-type] # the point
    cloud.fleet.select(region=OpenText("moon-1"))


async def test_lazy(cloud: AsyncClickHouseCloud, emulator: Emulator) -> None:
    """A selection asks for nothing by itself, and anew with each use."""
    selection = cloud.fleet.select(state="stopped")
    assert not emulator.requests

    assert statuses(await selection.start()) == {"etl-us": "done", "reports": "done"}
    assert await selection.list() == []


async def test_several_organizations(emulator: Emulator) -> None:
    """Clients of several organisations join to one fleet, each for its own services."""
    other = emulator.add_organization("Other", services(["stopped"]))
    async with (
        open_client(emulator) as first,
        open_client(
            emulator,
            credentials=(other.api_key, other.api_secret),
            organization_id=other.id,
        ) as second,
    ):
        fleet = AsyncFleet.of([first, second])
        report = await fleet.select(state="stopped").start()

    assert fleet.members == (first, second)
    assert statuses(report) == {"etl-us": "done", "reports": "done", "s0": "done"}
    assert {outcome.organization_id for outcome in report.outcomes} == {
        emulator.organization_id,
        other.id,
    }


async def test_one_service_of_two_clients(emulator: Emulator, cloud: AsyncClickHouseCloud) -> None:
    """A service that two clients see is there once."""
    key = emulator.add_key("second")
    async with open_client(emulator, credentials=(key.api_key, key.api_secret)) as second:
        found = await AsyncFleet.of([cloud, second]).select().list()

    assert len(found) == 4
    assert {each.cloud for each in found} == {cloud}


async def test_failing_client(emulator: Emulator, cloud: AsyncClickHouseCloud) -> None:
    """A client that cannot list its services hides nothing of the others."""
    async with open_client(emulator, credentials=("wrong", "wrong")) as wrong:
        selection = AsyncFleet.of([wrong, cloud]).select(state="stopped")
        failures: list[MemberFailure] = []
        found = await selection.list(failures=failures)
        with pytest.raises(AuthenticationError):
            await selection.list()
        report = await selection.start()

    assert len(found) == 2
    assert statuses(report) == {"etl-us": "done", "reports": "done"}
    for failed in (failures, report.failures):
        assert [each.member for each in failed] == [0]
        assert isinstance(failed[0].error, AuthenticationError)
    assert report.is_complete
    assert not report.is_success


async def test_unknown_organization(emulator: Emulator) -> None:
    """A client that does not know its organisation asks for it, which is counted too."""
    async with AsyncClickHouseCloud(
        emulator.api_key, emulator.api_secret, base_url=emulator.url, rate_limit=BUDGET
    ) as client:
        report = await client.fleet.select(state="idle").wake()

    assert statuses(report) == {"ETL": "done"}
    assert report.requests == len(emulator.requests) == 3


async def test_repr(cloud: AsyncClickHouseCloud) -> None:
    """Fleets and selections show what they are of."""
    selection = cloud.fleet.select(name="etl-*")

    assert repr(cloud.fleet) == "<AsyncFleet of 1 clients>"
    assert selection.criteria == Criteria.of(name="etl-*")
    assert "etl-*" in repr(selection)


@pytest.mark.parametrize("clients", [[], None, [1], ["x"]])
async def test_bad_clients(clients: Any) -> None:
    """A fleet consists of async clients."""
    with pytest.raises(InvalidArgumentError, match="clients"):
        AsyncFleet.of(clients)


async def test_sync_client(emulator: Emulator) -> None:
    """A client of the sync facade does not fit."""
    with (
        ClickHouseCloud(emulator.api_key, emulator.api_secret, base_url=emulator.url) as sync,
        pytest.raises(InvalidArgumentError, match="clients"),
    ):
        AsyncFleet.of([sync])  # type: ignore[list-item]  # the point
