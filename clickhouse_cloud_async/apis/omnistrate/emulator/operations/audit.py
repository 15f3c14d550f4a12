"""Audit events of instances, newest first."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clickhouse_cloud_async.apis.omnistrate.emulator.instances.addresses import (
    resolve_model,
    resolve_tier,
)
from clickhouse_cloud_async.apis.omnistrate.emulator.listing import page_of
from clickhouse_cloud_async.apis.omnistrate.emulator.registry import operation
from clickhouse_cloud_async.apis.omnistrate.emulator.tree.queries import having
from clickhouse_cloud_async.emulation.moments import read_moment
from clickhouse_cloud_async.emulation.problems import not_found

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from clickhouse_cloud_async.apis.omnistrate.emulator.call import Call
    from clickhouse_cloud_async.emulation.json_values import JsonObject


@operation("listAllAuditEvents")
def list_all(call: Call) -> JsonObject:
    """Return a page of the events of all subscriptions that the caller belongs to."""
    query = call.query
    sources = query.get("eventSourceTypes")
    begin, end = (query.get(name) for name in ("startDate", "endDate"))
    since = None if begin is None else read_moment("startDate", begin)
    until = None if end is None else read_moment("endDate", end)
    wanted = {
        "serviceId": query.get("serviceID"),
        "environmentType": query.get("environmentType"),
        "resourceInstanceId": query.get("instanceID"),
    }

    def matches(event: JsonObject) -> bool:
        moment = read_moment("time", event["time"])
        return (
            all(value in {None, event[name]} for name, value in wanted.items())
            and (sources is None or event["eventSource"] in sources)
            and (since is None or moment >= since)
            and (until is None or moment <= until)
        )

    page, following = page_of(_visible(call, matches), query)
    return _listed(page) | following


@operation("listAuditEventsForInstance", "listAuditEventsForInstanceDeprecated")
def list_of_instance(call: Call) -> JsonObject:
    """List the events of an instance."""
    key = call.parameters["instanceId"]
    return _listed(_visible(call, lambda event: event["resourceInstanceId"] == key))


@operation("listAuditEventsForServicePlan", "listAuditEventsForServicePlanDeprecated")
def list_of_plan(call: Call) -> JsonObject:
    """List the events of all instances of a product tier."""
    *_, model = resolve_model(call.world, call.parameters)
    tier = resolve_tier(call.world, model, call.parameters)["id"]
    wanted = call.query.get("subscriptionId")
    return _listed(
        _visible(
            call,
            lambda event: (
                event["productTierId"] == tier and wanted in {None, event["subscriptionId"]}
            ),
        )
    )


@operation("describeAuditEvent", "describeAuditEventDeprecated")
def describe(call: Call) -> JsonObject:
    """Show an event."""
    key = call.parameters["id"]
    for event in _visible(call, lambda event: event["id"] == key):
        return event
    raise not_found(f"event {key}")


def _visible(call: Call, wanted: Callable[[JsonObject], bool]) -> list[JsonObject]:
    """Return the requested events that the caller may see, newest first."""
    own = {
        subscription["id"]
        for subscription in having(call.world, "subscriptions")
        if call.user_id in subscription["_users"]
    }
    every = call.store.collection(("events",)).peek_all().values()
    return [event for event in every if event["subscriptionId"] in own and wanted(event)][::-1]


def _listed(events: Sequence[JsonObject]) -> JsonObject:
    return {"ids": [event["id"] for event in events], "events": events}
