"""Actions on Omnistrate's instances of several accounts, by the processes of a real cluster."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

pytest.importorskip("distributed", reason="the extra dask is not installed")

from clickhouse_cloud_async import ConfigurationError, Polling
from clickhouse_cloud_async.apis.omnistrate import OmnistrateEmulator
from clickhouse_cloud_async.apis.omnistrate.fleet.dask import (
    AsyncDaskFleet,
    DaskFleet,
    FleetKey,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from distributed import Client

    from clickhouse_cloud_async.apis.omnistrate.fleet import AsyncFleetInstance, FleetInstance

SPEED = 2000.0
OPTIONS: Any = {"polling": Polling(speed=SPEED)}


@pytest.fixture
def vendors() -> Iterator[list[OmnistrateEmulator]]:
    """Two vendors with five instances each."""
    service = {"name": "Cache", "plans": ["Pro"], "instances": 5}
    with (
        OmnistrateEmulator([service], time_scale=SPEED) as one,
        OmnistrateEmulator([service], time_scale=SPEED, seed=1) as other,
    ):
        yield [one, other]


def keys_of(vendors: list[OmnistrateEmulator]) -> list[FleetKey]:
    """The credentials of all vendors."""
    return [
        FleetKey(email=each.email, password=each.password, base_url=each.url) for each in vendors
    ]


async def test_fleet_of_several_accounts(client: Client, vendors: list[OmnistrateEmulator]) -> None:
    """Workers sign in, act on the instances of their accounts, and report what became of each."""
    fleet = AsyncDaskFleet(client, keys_of(vendors), **OPTIONS)

    async def key_of_service(each: AsyncFleetInstance) -> str:
        return each.address.service_key

    stopped = await fleet.select(service="Cache").stop(wait=True)
    mapped = await fleet.select().map(key_of_service)
    found = await fleet.select(status="STOPPED").list()

    assert [str(outcome.status) for outcome in stopped.outcomes] == ["done"] * 10
    assert [outcome.result for outcome in mapped.outcomes] == ["cache"] * 10
    assert {each.instance.status for each in found} == {"STOPPED"}
    with pytest.raises(ConfigurationError, match="on a worker"):
        await found[0].cloud.services.list()


def test_fleet_of_several_accounts_without_await(
    client: Client, vendors: list[OmnistrateEmulator]
) -> None:
    """The sync fleet acts and maps as the async one does."""
    fleet = DaskFleet(client, keys_of(vendors), **OPTIONS)

    def status(each: FleetInstance) -> str | None:
        return str(each.instance.status)

    report = fleet.select().restart(wait=True)
    mapped = fleet.select().map(status)

    assert report.is_success
    assert [outcome.result for outcome in mapped.outcomes] == ["RUNNING"] * 10


def test_key_needs_credentials() -> None:
    """The credentials of this process are not those of the workers, and none are shown."""
    with pytest.raises(ConfigurationError, match="needs api_key, email and password, or a token"):
        FleetKey()
    key = FleetKey(api_key="planted")

    assert "planted" not in f"{key!r} {key.identity}"
