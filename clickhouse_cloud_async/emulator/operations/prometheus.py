"""Metrics in the text format of Prometheus, and where to find them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clickhouse_cloud_async.emulator.registry import operation

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from clickhouse_cloud_async.emulator.json_values import JsonObject
    from clickhouse_cloud_async.emulator.messages import Call

_POSTGRES_LIMIT = 100


@operation("instancePrometheusGet")
def service_metrics(call: Call) -> str:
    """Metrics of one service."""
    return _service_metrics(call, [call.service])


@operation("organizationPrometheusGet")
def organization_metrics(call: Call) -> str:
    """Metrics of every service."""
    return _service_metrics(call, call.organization.collection("services").values())


@operation("organizationPrometheusDiscoveryGet")
def discovery(call: Call) -> list[JsonObject]:
    """One target per service."""
    filtered = call.query.get("filtered_metrics", "true")
    path = f"/v1/organizations/{call.organization.id}/services"
    return [
        {
            "targets": ["api.clickhouse.example"],
            "labels": {
                "__scheme__": "https",
                "__metrics_path__": f"{path}/{service_id}/prometheus",
                "__param_filtered_metrics": filtered,
                "clickhouse_org_id": call.organization.id,
                "clickhouse_service_id": service_id,
                "clickhouse_discovery_service_name": service["name"],
            },
        }
        for service_id, service in call.organization.collection("services").items()
    ]


@operation("postgresOrgPrometheusGet")
def postgres_metrics(call: Call) -> str:
    """Metrics of the first hundred Postgres services."""
    items = list(call.organization.collection("postgres").values())
    return _postgres_metrics(items[:_POSTGRES_LIMIT])


@operation("postgresInstancePrometheusGet")
def postgres_service_metrics(call: Call) -> str:
    """Metrics of one Postgres service."""
    return _postgres_metrics([call.organization.store.document(call.path[:-1])])


def _service_metrics(call: Call, services: Iterable[JsonObject]) -> str:
    info: list[tuple[Mapping[str, str], float]] = []
    memory: list[tuple[Mapping[str, str], float]] = []
    for service in services:
        labels = {
            "clickhouse_org": call.organization.id,
            "clickhouse_service": service["id"],
            "clickhouse_service_name": service["name"],
        }
        info.append((labels | {"clickhouse_service_status": service["state"]}, 1))
        memory.append((labels, service["minReplicaMemoryGb"] * 2**30))
    return _family("ClickHouse_ServiceInfo", "What the service is.", info) + _family(
        "ClickHouseAsyncMetrics_CGroupMaxMemory", "Memory of a replica in bytes.", memory
    )


def _postgres_metrics(items: Iterable[JsonObject]) -> str:
    samples: list[tuple[Mapping[str, str], float]] = [
        ({"postgres_service": item["id"], "postgres_service_name": item["name"]}, 1)
        for item in items
    ]
    return _family("PostgresServer_Up", "Whether the server runs.", samples)


def _family(name: str, text: str, samples: Iterable[tuple[Mapping[str, str], float]]) -> str:
    lines = [f"# HELP {name} {text}", f"# TYPE {name} gauge"]
    for labels, value in samples:
        shown = ",".join(f'{label}="{_escaped(text)}"' for label, text in labels.items())
        lines.append(f"{name}{{{shown}}} {value:g}")
    return "\n".join(lines) + "\n"


def _escaped(text: str) -> str:
    return text.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")
