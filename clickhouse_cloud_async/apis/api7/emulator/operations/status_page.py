"""The status page: control planes, applications and gateways of each organisation."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clickhouse_cloud_async.apis.api7.emulator.gateways import shown_gateways
from clickhouse_cloud_async.apis.api7.emulator.registry import page
from clickhouse_cloud_async.emulation.messages import Outgoing
from clickhouse_cloud_async.emulation.status_page.markup import element, table
from clickhouse_cloud_async.emulation.status_page.page import render

if TYPE_CHECKING:
    from clickhouse_cloud_async.emulation.json_values import JsonObject
    from clickhouse_cloud_async.emulation.messages import Incoming
    from clickhouse_cloud_async.emulation.status_page.markup import Markup
    from clickhouse_cloud_async.emulation.world import World

SHOWN = 200
"""Maximum number of applications that are shown per control plane."""


@page("GET", "")
def show_status(world: World, incoming: Incoming) -> Outgoing:
    """Show the state of the emulator."""
    part = dict(incoming.query).get("q", "")
    planes = world.store.collection(("controlplanes",)).peek_all().values()
    text = render(
        world,
        "API7 Cloud emulator",
        (_control_plane(world, plane, part) for plane in planes),
        name_part=part,
        filter_text="Filter applications",
    )
    headers = {"Content-Type": "text/html; charset=utf-8", "Cache-Control": "no-store"}
    return Outgoing(200, headers, text.encode())


def _control_plane(world: World, plane: JsonObject, part: str) -> Markup:
    every = world.store.collection(("apps",)).peek_all().values()
    apps = [a for a in every if a["control_plane_id"] == plane["id"] and part in a["name"]]
    gateways = shown_gateways(world, plane["id"])
    return element(
        "section",
        element("h2", plane["name"], " ", element("code", plane["id"])),
        element("p", plane["_status"], class_="dim"),
        table(
            ("application", "state", "published", "APIs", "id"),
            (_application(world, app) for app in apps[:SHOWN]),
        ),
        table(
            ("gateway", "status", "last seen"),
            ((one["hostname"], one["status"], one["last_seen_time"]) for one in gateways),
        ),
    )


def _application(world: World, app: JsonObject) -> tuple[object, ...]:
    apis = world.store.collection(("apps", app["id"], "apis")).peek_all()
    published = "no" if app["active"] else "yes"
    return (app["name"], app["_status"], published, len(apis), element("code", app["id"]))
