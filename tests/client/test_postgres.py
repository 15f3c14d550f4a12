"""Managed Postgres: who can connect to a new service, tags of one that changes, replicas."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs
import pytest

from clickhouse_cloud_async import (
    AsyncClickHouseCloud,
    BadRequestError,
    InvalidArgumentError,
    OutcomeUnknownError,
    PartialFailureError,
    Polling,
)
from clickhouse_cloud_async.emulator import Emulator, ErrorResponse, LostResponse, RecordedRequest

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from clickhouse_cloud_async.models import (
        PostgresIpAccessListEntryRequestDict,
        PostgresService,
    )

OFFICE: PostgresIpAccessListEntryRequestDict = {
    "source": "192.0.2.0/24",
    "port_range": "5432",
    "description": "office",
}
HOME: PostgresIpAccessListEntryRequestDict = {"source": "198.51.100.7", "port_range": "5432..6432"}
TARGET = "2026-01-05T12:00:00Z"
NEW: dict[str, Any] = {
    "name": "shop",
    "provider": "aws",
    "region": "us-east-1",
    "size": "r6gd.medium",
    "tags": [{"key": "env", "value": "prod"}],
}


@attrs.frozen
class World:
    """An emulator with a Postgres service that only the office can connect to, and a client."""

    emulator: Emulator
    cloud: AsyncClickHouseCloud
    shop: PostgresService

    def sent(self) -> list[str]:
        """The operations that were asked for."""
        return [request.operation_id or "" for request in self.emulator.requests]


@pytest.fixture
async def world() -> AsyncIterator[World]:
    """An emulator five hours after the service was created."""
    async with (
        Emulator(time_scale=0) as emulator,
        AsyncClickHouseCloud(
            emulator.api_key, emulator.api_secret, base_url=emulator.url, rate_limit=None
        ) as cloud,
    ):
        shop = await cloud.postgres.create(**NEW, ip_access_list=[OFFICE])
        await emulator.advance(hours=5)
        emulator.requests.clear()
        yield World(emulator, cloud, shop)


def rules(service: PostgresService) -> list[tuple[str | None, str | None]]:
    """Address and ports of each rule."""
    return [(rule.source, rule.port_range) for rule in service.ip_access_list or ()]


async def test_service_without_access_list_is_refused_unsent(world: World) -> None:
    """The error asks for the list, because the API would let everybody connect."""
    with pytest.raises(InvalidArgumentError, match=r'ip_access_list: .*"anywhere".*\[\]'):
        await world.cloud.postgres.create(**NEW)
    assert world.sent() == []

    closed = await world.cloud.postgres.create(**NEW, ip_access_list=[])
    opened = await world.cloud.postgres.create(**NEW, ip_access_list="anywhere")
    assert rules(closed) == []
    assert {source for source, _ in rules(opened)} == {"0.0.0.0/0"}


async def test_restored_service_has_the_rules_of_its_source(world: World) -> None:
    """It is closed before the call returns, keeps its tags, and its password is not lost."""
    restored = await world.cloud.postgres.restore(
        world.shop.id, name="copy", restore_target=TARGET, tags=[{"key": "copy"}]
    )

    assert world.sent() == ["postgresServiceGet", "postgresInstanceRestore", "postgresServicePatch"]
    assert restored.password is not None
    shown = await world.cloud.postgres.get(restored.id)
    assert rules(restored) == rules(shown) == [("192.0.2.0/24", "5432")]
    assert [tag.key for tag in shown.tags or ()] == ["copy"]


async def test_restored_service_has_the_rules_that_are_given(world: World) -> None:
    """Rules that are given win over those of the source, none and all included."""
    given: dict[str, Any] = {"rules": [HOME], "none": [], "all": "anywhere"}
    shown = {}
    for name, ip_access_list in given.items():
        restored = await world.cloud.postgres.restore(
            world.shop.id, name=name, restore_target=TARGET, ip_access_list=ip_access_list
        )
        shown[name] = rules(await world.cloud.postgres.get(restored.id))

    assert shown["rules"] == [("198.51.100.7", "5432..6432")]
    assert shown["none"] == []
    assert {source for source, _ in shown["all"]} == {"0.0.0.0/0"}


async def test_rules_that_cannot_be_sent_are_refused_before_the_restore(world: World) -> None:
    """A mistake in a rule leaves no open service behind."""
    wrong: Any = [{"source": "192.0.2.0/24", "ports": "5432"}]
    with pytest.raises(InvalidArgumentError, match="ip_access_list"):
        await world.cloud.postgres.restore(
            world.shop.id, name="copy", restore_target=TARGET, ip_access_list=wrong
        )

    assert world.sent() == []


async def test_restored_service_that_stays_open_is_an_error(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    """The error names the service that everybody may connect to, and holds it; a log line, too."""
    world.emulator.faults.add(ErrorResponse(409, "not now"), operation="postgresServicePatch")
    with pytest.raises(PartialFailureError, match="every address may connect") as caught:
        await world.cloud.postgres.restore(world.shop.id, name="copy", restore_target=TARGET)

    restored: Any = caught.value.result
    assert (await world.cloud.postgres.get(restored.id)).name == "copy"
    assert restored.password is not None
    for text in (str(caught.value), caplog.text):
        assert restored.id in text
        assert restored.password.reveal() not in text
    assert (caught.value.status, caught.value.operation) == (409, "postgresServicePatch")


async def test_lost_response_to_a_restore_warns_of_an_open_service(world: World) -> None:
    """A lost response to a restore comes with a hint that the service may be open."""
    world.emulator.faults.add(LostResponse(), operation="postgresInstanceRestore")
    with pytest.raises(OutcomeUnknownError, match="every address can connect to it") as caught:
        await world.cloud.postgres.restore(world.shop.id, name="copy", restore_target=TARGET)

    assert caught.value.name == "copy"


async def test_update_keeps_the_tags(world: World, caplog: pytest.LogCaptureFixture) -> None:
    """A change that names no tags leaves them as they are, and a log line says how."""
    caplog.set_level("INFO", "clickhouse_cloud_async")
    changed = await world.cloud.postgres.update(world.shop.id, name="store")

    assert world.sent() == ["postgresServiceGet", "postgresServicePatch"]
    shown = await world.cloud.postgres.get(world.shop.id)
    for service in (changed, shown):
        assert (service.name, service.tags) == ("store", world.shop.tags)
    assert f"update of Postgres service {world.shop.id} sends its 1 tags" in caplog.text


@pytest.mark.parametrize("tags", [[], [{"key": "team", "value": "data"}, {"key": "unpaid"}]])
async def test_tags_that_are_given_replace_those_there(world: World, tags: Any) -> None:
    """Nothing is read for them, and an empty list clears them."""
    changed = await world.cloud.postgres.update(world.shop.id, tags=tags)

    assert world.sent() == ["postgresServicePatch"]
    assert [tag.key for tag in changed.tags or ()] == [tag["key"] for tag in tags]


async def test_wrong_argument_of_an_update_is_refused_unsent(world: World) -> None:
    """A mistake is found before the tags are read."""
    wrong: Any = 5
    with pytest.raises(InvalidArgumentError, match="name"):
        await world.cloud.postgres.update(world.shop.id, name=wrong)

    assert world.sent() == []


async def test_replica_before_the_first_backup_is_refused_with_advice(world: World) -> None:
    """The error says what is missing and how to see that it is there."""
    new = await world.cloud.postgres.create(**NEW, ip_access_list=[])
    with pytest.raises(BadRequestError, match=r"try again once postgres\.list_backups shows one"):
        await world.cloud.postgres.create_read_replica(new.id, name="replica")
    with pytest.raises(BadRequestError, match="no backups"):  # a pause is longer than the timeout
        await world.cloud.postgres.create_read_replica(
            new.id, name="replica", wait_for_backup=True, timeout=19
        )

    replica = await world.cloud.postgres.create_read_replica(world.shop.id, name="replica")
    assert replica.is_primary is False


async def test_replica_waits_for_the_first_backup_on_request() -> None:
    """The request is sent again until there is one, within the time of the call."""
    sent: list[str | None] = []

    def pass_time(request: RecordedRequest) -> None:
        sent.append(request.operation_id)
        emulator.advance(minutes=6)

    emulator = Emulator(time_scale=0, on_request=pass_time)
    async with (
        emulator,
        AsyncClickHouseCloud(
            emulator.api_key,
            emulator.api_secret,
            base_url=emulator.url,
            polling=Polling(speed=2000.0),
            rate_limit=None,
        ) as cloud,
    ):
        new = await cloud.postgres.create(**NEW, ip_access_list=[])
        replica = await cloud.postgres.create_read_replica(
            new.id, name="replica", wait_for_backup=True
        )

    assert replica.is_primary is False
    assert sent.count("postgresInstanceCreateReadReplica") > 2
