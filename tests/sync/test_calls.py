"""Calls through the facade: the same results and errors as without it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from clickhouse_cloud_async import (
    APITimeoutError,
    AsyncClickHouseCloud,
    ClickHouseCloud,
    CloudError,
    ConfigurationError,
    InvalidArgumentError,
    NotFoundError,
    RetryPolicy,
)

from .conftest import connect

if TYPE_CHECKING:
    from collections.abc import Callable

    from clickhouse_cloud_async.emulator import Emulator

    from .conftest import HeldServer

SECRET = "planted-secret"


WALK: dict[str, Callable[[Any, str], Any]] = {
    "organizations": lambda cloud, _: cloud.organizations.list(),
    "organization": lambda cloud, _: cloud.organizations.get(),
    "quotas": lambda cloud, _: cloud.quotas.list(),
    "roles": lambda cloud, _: cloud.roles.list(),
    "members": lambda cloud, _: cloud.members.list(),
    "api_keys": lambda cloud, _: cloud.api_keys.list(),
    "activities": lambda cloud, _: cloud.activities.list(),
    "services": lambda cloud, _: cloud.services.list(),
    "service": lambda cloud, service: cloud.services.get(service),
    "backups": lambda cloud, service: cloud.backups.list(service),
    "snapshots": lambda cloud, service: cloud.snapshots.list(service),
    "settings": lambda cloud, service: cloud.clickhouse_settings.list(service),
    "pipes": lambda cloud, service: cloud.clickpipes.list(service),
    "dashboards": lambda cloud, service: cloud.clickstack.dashboards.list(service),
    "postgres": lambda cloud, _: cloud.postgres.list(),
    "udfs": lambda cloud, _: cloud.udfs.list(),
}


@pytest.mark.parametrize("step", WALK)
def test_same_results(emulator: Emulator, cloud: ClickHouseCloud, step: str) -> None:
    """A call gives through the facade what it gives without it."""
    service = next(s.id for s in cloud.services.list() if s.state == "running")

    async def directly() -> Any:
        async with AsyncClickHouseCloud(
            emulator.api_key, emulator.api_secret, base_url=emulator.url
        ) as original:
            return await WALK[step](original, service)

    assert WALK[step](cloud, service) == asyncio.run(directly())


def test_writes(cloud: ClickHouseCloud) -> None:
    """Creating, changing and deleting work without await."""
    made = cloud.api_keys.create(name="ci", ip_access_list="anywhere")
    renamed = cloud.api_keys.update(made.key.id, name="ci 2")
    deleted = cloud.api_keys.delete(made.key.id)  # type: ignore[func-returns-value]  # it has to be None

    assert renamed.name == "ci 2"
    assert deleted is None
    with pytest.raises(NotFoundError):
        cloud.api_keys.get(made.key.id)


def test_extensions(cloud: ClickHouseCloud) -> None:
    """What is written by hand for the async client is there, too."""
    service = cloud.services.list()[0]

    assert cloud.services.get_by_name(service.name) == service


def test_errors(cloud: ClickHouseCloud, held_server: HeldServer) -> None:
    """Errors are those of the async client."""
    with pytest.raises(NotFoundError) as missing:
        cloud.services.get("00000000-0000-4000-8000-000000000000")
    assert missing.value.operation == "instanceGet"

    with pytest.raises(InvalidArgumentError):
        cloud.services.get("")

    with pytest.raises(TypeError):
        cloud.services.get("id", unknown=1)  # type: ignore[call-arg]  # that is the point

    with (
        ClickHouseCloud(
            "key",
            SECRET,
            base_url=held_server.url,
            organization_id="o",
            retry=RetryPolicy(attempts=1),
        ) as slow,
        pytest.raises(APITimeoutError),
    ):
        slow.services.list(timeout=0.05)
    held_server.await_departure()


def test_settings_are_checked_at_once() -> None:
    """A client that cannot work is refused when it is made."""
    with pytest.raises(ConfigurationError):
        ClickHouseCloud("key", SECRET, base_url="http://far.example")
    with pytest.raises(InvalidArgumentError):
        ClickHouseCloud("key", SECRET, timeout=0)


def test_context_manager(emulator: Emulator) -> None:
    """The context manager gives the client itself and closes it at the end."""
    client = connect(emulator)

    with client as entered:
        assert entered is client
        client.services.list()

    with pytest.raises(ConfigurationError, match="closed"):
        client.services.list()


def test_close_twice(emulator: Emulator) -> None:
    """Closing a closed client does nothing, as does closing one that was never used."""
    client = connect(emulator)
    client.services.list()

    client.close()
    client.close()
    ClickHouseCloud("key", SECRET).close()

    with pytest.raises(ConfigurationError, match="closed"):
        client.services.list()


def test_repr() -> None:
    """A client's repr tells where it calls, and no secret."""
    client = ClickHouseCloud("key", SECRET)

    assert "https://api.clickhouse.cloud" in repr(client)
    assert SECRET not in f"{client!r} {client} {vars(client)}"
    assert client.base_url == "https://api.clickhouse.cloud"


# --- iterators ---------------------------------------------------------------------------------


def test_iterator(emulator: Emulator, cloud: ClickHouseCloud) -> None:
    """An iterator gives what the list gives, page by page."""
    for n in range(4):
        cloud.api_keys.create(name=f"key {n}", ip_access_list="anywhere")
    before = len(emulator.requests)

    keys = cloud.api_keys.iterate(limit=2)
    assert len(emulator.requests) == before
    first = next(keys)
    assert len(emulator.requests) == before + 1

    assert [first, *keys] == cloud.api_keys.list()
    with pytest.raises(StopIteration):
        next(keys)


def test_iterator_stops_early(emulator: Emulator, cloud: ClickHouseCloud) -> None:
    """Leaving an iteration early asks for nothing more, and the client goes on working."""
    for n in range(4):
        cloud.api_keys.create(name=f"key {n}", ip_access_list="anywhere")
    before = len(emulator.requests)

    for key in cloud.api_keys.iterate(limit=2):
        assert key
        break

    assert len(emulator.requests) == before + 1
    assert len(cloud.api_keys.list()) == 5


def test_iterator_is_closed_with_its_generator(cloud: ClickHouseCloud) -> None:
    """Closing an iterator ends the async one behind it at once."""
    keys = cloud.api_keys.iterate()
    next(keys)

    keys.close()  # type: ignore[attr-defined]  # a generator, though declared as an iterator

    with pytest.raises(StopIteration):
        next(keys)


def test_iterator_fails(cloud: ClickHouseCloud) -> None:
    """An error on a page comes out of the iteration."""
    with pytest.raises(CloudError) as caught:
        next(cloud.api_keys.iterate(cursor="nonsense"))

    assert caught.value.operation == "openapiKeyGetList"
