"""The fixtures of API7 Cloud, as users' tests get them."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from clickhouse_cloud_async.apis.api7 import API7Cloud, API7Emulator, AsyncAPI7Cloud


def test_sync_client_speaks_to_the_emulator(
    api7_emulator: API7Emulator, api7_cloud: API7Cloud
) -> None:
    """The client of a test sees the control plane of the test's emulator."""
    (plane,) = api7_cloud.control_planes.list()

    assert plane.id == api7_emulator.control_plane_id


async def test_async_client_speaks_to_the_emulator(
    api7_emulator: API7Emulator, async_api7_cloud: AsyncAPI7Cloud
) -> None:
    """The async client of a test does, too."""
    assert (await async_api7_cloud.organizations.get()).id == api7_emulator.organization_id
