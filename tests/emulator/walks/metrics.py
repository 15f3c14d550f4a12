"""Metrics of services, how Prometheus finds them, and quotas."""

from __future__ import annotations

from typing import TYPE_CHECKING

from . import RUNNING

if TYPE_CHECKING:
    from tests.emulator.client import Api


async def walk(api: Api) -> None:
    """Ask for every operation on metrics and quotas."""
    for filtered in ("true", "false"):
        query = [("filtered_metrics", filtered)]
        for path in ("/prometheus", f"{RUNNING}/prometheus"):
            assert "ClickHouse_ServiceInfo" in (await api("GET", path, query=query)).text
        assert (await api("GET", "/prometheus/discovery", query=query)).json
    body = {
        "name": "metrics",
        "provider": "aws",
        "region": "us-east-1",
        "size": "m6gd.large",
        "ipAccessList": [],
    }
    postgres = (await api("POST", "/postgres", body)).result
    await api.emulator.advance(minutes=10)
    for path in ("/postgres/prometheus", f"/postgres/{postgres['id']}/prometheus"):
        assert "PostgresServer_Up" in (await api("GET", path)).text
    for quota in (await api("GET", "/quotas")).result:
        assert (await api("GET", f"/quotas/{quota['quotaCode']}")).result == quota
