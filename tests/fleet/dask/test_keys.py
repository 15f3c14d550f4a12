"""Keys, where they are used, and where they must not be seen."""

from __future__ import annotations

import logging
import pickle
from typing import TYPE_CHECKING, Any, cast

import pytest

pytest.importorskip("distributed", reason="the extra dask is not installed")

from clickhouse_cloud_async import ConfigurationError, InvalidArgumentError
from clickhouse_cloud_async.fleet.dask import AsyncDaskFleet, DaskFleet, FleetKey
from clickhouse_cloud_async.fleet.dask.cluster import assign_worker
from clickhouse_cloud_async.fleet.dask.keys import group_keys
from tests.fleet.clouds import services

from .conftest import address_of

if TYPE_CHECKING:
    from distributed import Client

    from clickhouse_cloud_async.emulator import Emulator
    from clickhouse_cloud_async.fleet import AsyncFleetService

SECRET = "planted-secret-of-a-key"


def key(name: str, organization: str = "o", **others: Any) -> FleetKey:
    """A key of some organisation."""
    credentials = others or {"api_key": name, "api_secret": SECRET}
    return FleetKey(organization_id=organization, **credentials)


@pytest.mark.parametrize(
    "given",
    [{}, {"api_key": "k"}, {"api_secret": "s"}, {"token": "t", "api_key": "k", "api_secret": "s"}],
)
def test_bad_keys(given: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    """A key is whole; what stands in the environment does not help."""
    monkeypatch.setenv("CLICKHOUSE_CLOUD_API_KEY", "k")
    monkeypatch.setenv("CLICKHOUSE_CLOUD_API_SECRET", "s")
    with pytest.raises(ConfigurationError):
        FleetKey(organization_id="o", **cast("Any", given))


def test_base_url(monkeypatch: pytest.MonkeyPatch) -> None:
    """The base URL of a key is settled when it is made; the environment does not count."""
    monkeypatch.setenv("CLICKHOUSE_CLOUD_URL", "https://other.example.com")
    made = FleetKey(
        api_key="k", api_secret="s", organization_id="o", base_url="https://api.example.com/v1"
    )

    assert key("k").base_url == "https://api.clickhouse.cloud"
    assert made.base_url == "https://api.example.com"
    assert pickle.loads(pickle.dumps(made)) == made  # noqa: S301  # it is ours
    assert made.open().base_url == "https://api.example.com"


def test_keys_that_go_together() -> None:
    """Keys of one organisation, and a key of several, are not used apart."""
    keys = [
        key("a", "1"),
        key("b", "2"),
        key("c", "3"),
        key("a", "2"),
        key("", "4", token="t"),
        key("", "3", token="t"),
    ]

    assert group_keys(keys) == [[0, 1, 3], [2, 4, 5]]
    assert group_keys(keys[::-1]) == [[0, 1, 3], [2, 4, 5]]
    with pytest.raises(InvalidArgumentError, match="twice"):
        group_keys([*keys, key("b", "2")])


def test_places() -> None:
    """A worker that goes moves the keys that it had, and no others."""
    workers = [f"tcp://10.0.0.{number}:4000" for number in range(8)]
    names = [f"key {number}" for number in range(400)]
    before = {name: assign_worker(name, workers) for name in names}
    after = {name: assign_worker(name, workers[:-1]) for name in names}

    assert set(before.values()) == set(workers)
    moved = {name for name in names if before[name] != after[name]}
    assert moved == {name for name in names if before[name] == workers[-1]}


def test_bad_fleets(client: Client) -> None:
    """A fleet has keys, each of them once, and options that can be sent."""
    import ssl

    from clickhouse_cloud_async import HTTPOptions

    for keys in ([], ["k"], [key("a"), key("a")]):
        with pytest.raises(InvalidArgumentError, match="keys"):
            AsyncDaskFleet(client, cast("Any", keys))
    http = HTTPOptions(ssl_context=ssl.create_default_context())
    with pytest.raises(InvalidArgumentError, match="cannot be sent"):
        AsyncDaskFleet(client, [key("a")], http=http)


async def test_asynchronous_client_without_await(client: Client) -> None:
    """A client of the event loop that waits would wait for ever."""
    from distributed import Client as DaskClient

    async with DaskClient(address_of(client), asynchronous=True) as asynchronous:
        with pytest.raises(InvalidArgumentError, match="AsyncDaskFleet"):
            DaskFleet(asynchronous, [key("a")])


async def test_no_workers() -> None:
    """A cluster without workers is told at once."""
    from .conftest import open_cluster

    with open_cluster(workers=0) as client:
        with pytest.raises(ConfigurationError, match="no workers"):
            await AsyncDaskFleet(client, [key("a")]).select().list()
        with pytest.raises(ConfigurationError, match=r"AsyncFleet\.of"):
            AsyncDaskFleet(client, [key("a")]).select().watch()


async def test_secrets_stay_out_of_sight(
    client: Client, still: Emulator, caplog: pytest.LogCaptureFixture
) -> None:
    """No log, name, event or repr shows a secret, not even where all goes wrong."""
    caplog.set_level(logging.DEBUG)
    added = still.add_organization("o", services(["stopped"]), api_key="k", api_secret=SECRET)
    made = FleetKey(
        organization_id=added.id, api_key="k", api_secret=added.api_secret, base_url=still.url
    )
    fleet = AsyncDaskFleet(client, [made])

    async def fail(each: AsyncFleetService) -> None:
        raise LookupError(each.cloud)

    report = await fleet.select().map(fail)
    await fleet.select().start()
    with pytest.raises(ZeroDivisionError):
        await fleet.select(where=lambda _service: 1 / 0).start()

    dask = cast("Any", client)
    told = [
        dask.get_worker_logs(),
        dask.get_scheduler_logs(),
        dask.get_events(),
        dask.run_on_scheduler(lambda dask_scheduler: repr(list(dask_scheduler.tasks.values()))),
        dask.story(*dask.futures),
        report,
        report.outcomes[0].error,
        made,
        fleet,
        fleet.select(),
        caplog.text,
    ]
    assert report.failed
    assert all(SECRET not in str(each) and SECRET not in repr(each) for each in told)
