"""The status page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clickhouse_cloud_async.emulator.messages import Outgoing
from clickhouse_cloud_async.emulator.registry import page
from clickhouse_cloud_async.emulator.status_page.render import render

if TYPE_CHECKING:
    from clickhouse_cloud_async.emulator.cloud import Cloud
    from clickhouse_cloud_async.emulator.messages import Incoming


@page("GET", "")
def show_status(cloud: Cloud, incoming: Incoming) -> Outgoing:
    """Show what the emulator holds and does."""
    name_part = dict(incoming.query).get("q", "")
    headers = {"Content-Type": "text/html; charset=utf-8", "Cache-Control": "no-store"}
    return Outgoing(200, headers, render(cloud, cloud.requests, name_part).encode())
