"""States of what an emulator holds, and the plans of their documents."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from clickhouse_cloud_async.apis.clickhouse.resources.kinds import KINDS
from clickhouse_cloud_async.desired.external import Inputs
from clickhouse_cloud_async.desired.loading import load
from clickhouse_cloud_async.desired.plain import plain
from clickhouse_cloud_async.desired.reading import read_text
from clickhouse_cloud_async.fleet import from_terraform

from .provider import PROVIDER
from .states import resource, state

if TYPE_CHECKING:
    from clickhouse_cloud_async import AsyncClickHouseCloud
    from clickhouse_cloud_async.fleet import Plan
    from clickhouse_cloud_async.models import Service

TAG = "tags[chcloud.fleet]"
"""What changes of a service that was made elsewhere: it becomes a part of the fleet."""


def stored(types: Any, shown: Any) -> Any:
    """Return what the provider stores of what the API shows: null for what it does not show."""
    if isinstance(types, dict):
        there = shown if isinstance(shown, dict) else {}
        return {
            name: stored(inner, there[name]) if name in there else None
            for name, inner in types.items()
        }
    if isinstance(types, list):
        return [stored(types[0], item) for item in shown]
    return shown


async def planned(cloud: AsyncClickHouseCloud, *resources: dict[str, Any], **secrets: str) -> Plan:
    """Convert a state, read the document's text, and plan it.

    Args:
        cloud: The client.
        *resources: What the state holds.
        **secrets: The values of variables that the document reads; others are invented.
    """
    conversion = from_terraform(state(*resources), clickstack_service="clicks")
    assert not [each for each in conversion.losses if "does not tell the name" in each.reason]
    variables = {secret.target: "sample" for secret in conversion.secrets} | secrets
    text = read_text(conversion.text, "fleet.yaml")
    return await cloud.fleet.plan(load(KINDS, [text], Inputs(variables=variables)))


def changes(plan: Plan) -> list[str]:
    """Return what a plan changes, in which nothing is refused."""
    assert not plan.refused, str(plan)
    return [change.name for item in plan.items for change in item.changes]


def stored_service(service: Service, **others: Any) -> dict[str, Any]:
    """Return a service as the provider stores it."""
    shown = plain(service)
    protocols = {each["protocol"]: each for each in shown["endpoints"]}
    values = {
        **shown,
        "cloud_provider": shown["provider"],
        "readonly": shown.get("is_readonly"),
        "warehouse_id": shown.get("data_warehouse_id"),
        "ip_access": [
            {"source": each["source"], "description": each.get("description") or ""}
            for each in shown["ip_access_list"]
        ],
        "tags": {tag["key"]: tag.get("value", "") for tag in shown.get("tags", ())} or None,
        "endpoints": {
            **protocols,
            "mysql": {"enabled": "mysql" in protocols, **protocols.get("mysql", {})},
        },
        "idle_timeout_minutes": (shown["idle_timeout_minutes"] if shown["idle_scaling"] else None),
        "encryption_key": None,
        "password": "sample",
        **others,
    }
    return resource("service", stored(PROVIDER["service"], values), label=service.name)


async def named(cloud: AsyncClickHouseCloud, name: str = "clicks") -> Service:
    """Return a service by its name."""
    return await cloud.services.get_by_name(name)
