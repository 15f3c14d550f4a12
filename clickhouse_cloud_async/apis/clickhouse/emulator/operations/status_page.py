"""The status page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clickhouse_cloud_async.apis.clickhouse.emulator.registry import page
from clickhouse_cloud_async.apis.clickhouse.emulator.status_page import render
from clickhouse_cloud_async.emulation.messages import Outgoing

if TYPE_CHECKING:
    from clickhouse_cloud_async.emulation.messages import Incoming
    from clickhouse_cloud_async.emulation.world import World


@page("GET", "")
def show_status(world: World, incoming: Incoming) -> Outgoing:
    """Show the resources and recent requests of the emulator."""
    name_part = dict(incoming.query).get("q", "")
    headers = {"Content-Type": "text/html; charset=utf-8", "Cache-Control": "no-store"}
    return Outgoing(200, headers, render(world, name_part).encode())
