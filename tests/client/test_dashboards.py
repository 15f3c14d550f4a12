"""Tiles of a dashboard keep their ids, and so their alerts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs
import pytest

from clickhouse_cloud_async import AsyncClickHouseCloud, InvalidArgumentError
from clickhouse_cloud_async.emulator import Emulator

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from clickhouse_cloud_async.models import ClickStackDashboardResponse


def tile(name: str, **parts: Any) -> dict[str, Any]:
    """A tile with a number."""
    chart = {"displayType": "number", "sourceId": "s", "select": [{"aggFn": "count"}]}
    return {"name": name, "x": 0, "y": 0, "w": 6, "h": 3, "config": chart, **parts}


@attrs.frozen
class World:
    """A dashboard with an alert on each of its tiles."""

    emulator: Emulator
    cloud: AsyncClickHouseCloud
    service: str
    dashboard: ClickStackDashboardResponse

    async def update(self, *tiles: Any) -> ClickStackDashboardResponse:
        """Replace the tiles of the dashboard."""
        dashboards = self.cloud.clickstack.dashboards
        return await dashboards.update(self.service, self.dashboard.id, name="d", tiles=tiles)

    async def alerts(self) -> set[str | None]:
        """Names of the alerts that are left."""
        return {alert.name for alert in await self.cloud.clickstack.alerts.list(self.service)}

    def sent(self) -> list[str | None]:
        """The operations that were asked for."""
        return [request.operation_id for request in self.emulator.requests]


@pytest.fixture
async def world() -> AsyncIterator[World]:
    """A dashboard with the tiles errors, rows and rows."""
    async with (
        Emulator([{"name": "etl", "state": "running"}], time_scale=0) as emulator,
        AsyncClickHouseCloud(
            emulator.api_key, emulator.api_secret, base_url=emulator.url, rate_limit=None
        ) as cloud,
    ):
        service = (await cloud.services.get_by_name("etl")).id
        webhook: Any = await cloud.clickstack.webhooks.create(
            service, name="w", service="slack", url="https://hooks.example.com/1"
        )
        tiles: Any = [tile("errors"), tile("rows"), tile("rows")]
        dashboard = await cloud.clickstack.dashboards.create(service, name="d", tiles=tiles)
        for number, each in enumerate(dashboard.tiles):
            await cloud.clickstack.alerts.create(
                service,
                name=f"{each.name} {number}",
                source="tile",
                dashboard_id=dashboard.id,
                tile_id=each.id,
                threshold=1,
                threshold_type="above",
                interval="5m",
                channel={"type": "webhook", "webhook_id": webhook.id},
            )
        emulator.requests.clear()
        yield World(emulator, cloud, service, dashboard)


async def test_tile_without_id_keeps_that_of_the_tile_with_its_name(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    """Its alert stays; tiles that share a name are not told apart, and a log line names them."""
    updated = await world.update(tile("errors", w=12), tile("rows"), tile("new"))

    assert world.sent() == ["clickStackGetDashboard", "clickStackUpdateDashboard"]
    assert updated.tiles[0].id == world.dashboard.tiles[0].id
    assert await world.alerts() == {"errors 0"}
    assert "removes tiles with their alerts: 'rows', 'rows'" in caplog.text


async def test_ids_that_are_given_are_sent_as_they_are(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    """A tile with an id may have a new name, and leaves its old one to nobody."""
    first, second, third = [each.id for each in world.dashboard.tiles]
    updated = await world.update(
        tile("failures", id=first), tile("rows", id=second), tile("rows", id=third)
    )
    assert world.sent() == ["clickStackUpdateDashboard"]
    assert [each.id for each in updated.tiles] == [first, second, third]

    updated = await world.update(tile("rows"), tile("failures", id=first), tile("rows", id=third))
    assert [each.id for each in updated.tiles] == [second, first, third]
    assert await world.alerts() == {"errors 0", "rows 1", "rows 2"}
    assert "removes tiles" not in caplog.text


async def test_mistake_in_a_tile_is_refused_before_the_dashboard_is_read(world: World) -> None:
    """Nothing is sent for a tile that cannot be."""
    with pytest.raises(InvalidArgumentError, match=r"tiles\[0\]"):
        await world.update(tile("errors", colour="red"))

    assert world.sent() == []
