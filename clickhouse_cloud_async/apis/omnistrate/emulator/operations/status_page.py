"""The status page: the services of each organisation, with their instances."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clickhouse_cloud_async.apis.omnistrate.emulator.registry import page
from clickhouse_cloud_async.apis.omnistrate.emulator.tree.queries import having, peek
from clickhouse_cloud_async.emulation.messages import Outgoing
from clickhouse_cloud_async.emulation.status_page.markup import element, table
from clickhouse_cloud_async.emulation.status_page.page import render

if TYPE_CHECKING:
    from clickhouse_cloud_async.emulation.json_values import JsonObject
    from clickhouse_cloud_async.emulation.messages import Incoming
    from clickhouse_cloud_async.emulation.status_page.markup import Markup
    from clickhouse_cloud_async.emulation.world import World

SHOWN = 200
"""Maximum number of instances that are shown per service."""


@page("GET", "")
def show_status(world: World, incoming: Incoming) -> Outgoing:
    """Show the state of the emulator."""
    part = dict(incoming.query).get("q", "")
    text = render(
        world,
        "Omnistrate emulator",
        (_service(world, each) for each in having(world, "services") if part in each["name"]),
        name_part=part,
        filter_text="Filter services",
    )
    headers = {"Content-Type": "text/html; charset=utf-8", "Cache-Control": "no-store"}
    return Outgoing(200, headers, text.encode())


def _service(world: World, service: JsonObject) -> Markup:
    org = peek(world, "orgs", service["_org"])
    instances = list(having(world, "instances", _serviceId=service["id"]))
    return element(
        "section",
        element("h2", service["name"], " ", element("code", service["id"])),
        element("p", org["orgName"], class_="dim"),
        table(
            ("plan", "versions", "id"),
            (_tier(world, each) for each in having(world, "tiers", serviceId=service["id"])),
        ),
        table(
            ("instance", "state", "plan", "version", "place"),
            (_instance(world, each) for each in instances[:SHOWN]),
        ),
    )


def _tier(world: World, tier: JsonObject) -> tuple[object, ...]:
    versions = having(world, "versions", productTierId=tier["id"])
    words = ", ".join(f"{each['version']} ({each['status']})" for each in versions)
    return (tier["name"], words, element("code", tier["id"]))


def _instance(world: World, instance: JsonObject) -> tuple[object, ...]:
    tier = peek(world, "tiers", instance["_tierId"])
    place = f"{instance['cloud_provider']} {instance['region']}"
    key = element("code", instance["id"])
    return (key, instance["status"], tier["name"], instance["tierVersion"], place)
