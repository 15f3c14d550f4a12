"""The status page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clickhouse_cloud_async.apis.clickhouse.emulator.status_page import render
from clickhouse_cloud_async.emulation.messages import Outgoing
from clickhouse_cloud_async.emulation.registry import page

if TYPE_CHECKING:
    from clickhouse_cloud_async.apis.clickhouse.emulator.cloud import Cloud
    from clickhouse_cloud_async.emulation.messages import Incoming


@page("GET", "")
def show_status(cloud: Cloud, incoming: Incoming) -> Outgoing:
    """Show what the emulator holds and does."""
    name_part = dict(incoming.query).get("q", "")
    headers = {"Content-Type": "text/html; charset=utf-8", "Cache-Control": "no-store"}
    return Outgoing(200, headers, render(cloud, cloud.requests, name_part).encode())
