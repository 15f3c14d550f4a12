"""The sections of this API on the status page: services and keys of each organisation."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

from clickhouse_cloud_async.emulation.status_page import page
from clickhouse_cloud_async.emulation.status_page.markup import Markup, element, table
from clickhouse_cloud_async.emulation.status_page.timeline import (
    duration,
    timeline,
    timeline_span,
    totals,
)

from .access.roles import shown_holder
from .organization import organizations

if TYPE_CHECKING:
    from clickhouse_cloud_async.emulation.json_values import JsonObject
    from clickhouse_cloud_async.emulation.world import World

    from .organization import Organization

SHOWN_SERVICES = 200
"""Maximum number of services that are shown per organisation."""


def render(world: World, name_part: str) -> str:
    """Return the whole page as HTML.

    Args:
        world: The emulator's documents and time.
        name_part: Text that the names of the shown services contain.
    """
    return page.render(
        world,
        "ClickHouse Cloud emulator",
        (_organization(organization, name_part) for organization in organizations(world)),
        name_part=name_part,
        filter_text="Filter services",
    )


def _organization(organization: Organization, name_part: str) -> Markup:
    services = organization.collection("services")
    matching = (service for service in services.values() if name_part in service["name"])
    shown = list(islice(matching, SHOWN_SERVICES))
    shown_count = f", {len(shown)} shown" if len(shown) < len(services) else ""
    span = timeline_span(organization.world.elapsed)
    return element(
        "section",
        element("h2", organization.document["name"], " ", element("code", organization.id)),
        element(
            "p",
            f"{len(services)} services{shown_count}",
            *totals(service["state"] for service in services.values()),
            class_="dim",
        ),
        table(
            ("service", "state", "where", "id", f"the last {duration(span)}"),
            (_service(organization, service, span) for service in shown),
            wide=4,
        ),
        element("h2", "API keys"),
        table(
            ("key", "state", "ends in", "roles", "last used"),
            (
                _key(shown_holder(organization, key))
                for key in organization.collection("keys").values()
            ),
        ),
    )


def _service(organization: Organization, service: JsonObject, span: float) -> tuple[object, ...]:
    return (
        service["name"],
        element("span", service["state"], class_=f"state {service['state']}"),
        f"{service['provider']} {service['region']}",
        element("code", service["id"]),
        timeline(service.get("_history", []), organization.world.elapsed, span),
    )


def _key(key: JsonObject) -> tuple[object, ...]:
    return (
        key["name"],
        key["state"],
        element("code", f"…{key['keySuffix']}"),
        ", ".join(role["roleName"] for role in key["assignedRoles"]),
        key.get("usedAt", "never"),
    )
