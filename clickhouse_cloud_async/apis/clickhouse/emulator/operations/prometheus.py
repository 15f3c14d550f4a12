"""Metrics in the text format of Prometheus, and their discovery."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

from clickhouse_cloud_async.apis.clickhouse.emulator.access.permissions import (
    VIEW_POSTGRES,
    viewable,
)
from clickhouse_cloud_async.apis.clickhouse.emulator.metrics.exposition import exposition
from clickhouse_cloud_async.apis.clickhouse.emulator.metrics.metrics import (
    postgres_families,
    service_families,
)
from clickhouse_cloud_async.apis.clickhouse.emulator.registry import operation
from clickhouse_cloud_async.apis.clickhouse.emulator.services.service import ENDING
from clickhouse_cloud_async.emulation.problems import bad_request

if TYPE_CHECKING:
    from collections.abc import Iterable

    from clickhouse_cloud_async.apis.clickhouse.emulator.call import Call
    from clickhouse_cloud_async.emulation.json_values import JsonObject

POSTGRES_LIMIT = 100


@operation("instancePrometheusGet")
def service_metrics(call: Call) -> str:
    """Metrics of one service."""
    return _text(call, [call.service])


@operation("organizationPrometheusGet")
def organization_metrics(call: Call) -> str:
    """Return metrics of every service that the caller may view."""
    services = call.organization.collection("services")
    return _text(call, [services[service_id] for service_id in viewable(call, services)])


@operation("organizationPrometheusDiscoveryGet")
def discover(call: Call) -> list[JsonObject]:
    """Return the targets of the metrics of each existing service that the caller may view."""
    filtered = call.query.get("filtered_metrics", "true")
    if filtered not in {"true", "false"}:
        raise bad_request("filtered_metrics: must be true or false")
    scheme, _, host = call.incoming.url.partition("://")
    path = f"/v1/organizations/{call.organization.id}/services"
    services = call.organization.collection("services")
    return [
        {
            "targets": [host],
            "labels": {
                "__scheme__": scheme,
                "__metrics_path__": f"{path}/{service_id}/prometheus",
                "__param_filtered_metrics": filtered,
                "__meta_clickhouse_provider": services[service_id]["provider"],
                "__meta_clickhouse_region": services[service_id]["region"],
                "clickhouse_org_id": call.organization.id,
                "clickhouse_service_id": service_id,
                "clickhouse_discovery_service_name": services[service_id]["name"],
            },
        }
        for service_id in viewable(call, services)
        if services[service_id]["state"] not in ENDING
    ]


@operation("postgresOrgPrometheusGet")
def organization_postgres_metrics(call: Call) -> str:
    """Metrics of the first hundred Postgres services that the caller may view."""
    services = call.organization.collection("postgres")
    shown = islice(viewable(call, services, VIEW_POSTGRES), POSTGRES_LIMIT)
    return exposition(postgres_families(call.organization, [services[key] for key in shown]))


@operation("postgresInstancePrometheusGet")
def postgres_metrics(call: Call) -> str:
    """Metrics of one Postgres service."""
    service = call.organization.world.store.document(call.path[:-1])
    return exposition(postgres_families(call.organization, [service]))


def _text(call: Call, services: Iterable[JsonObject]) -> str:
    filtered = call.query.get("filtered_metrics") == "true"
    return exposition(service_families(call.organization, services, filtered=filtered))
