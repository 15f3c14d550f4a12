"""Webhooks of ClickStack."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clickhouse_cloud_async.apis.clickhouse.emulator.clickstack.alerts import check_unused
from clickhouse_cloud_async.apis.clickhouse.emulator.clickstack.common import draw_id
from clickhouse_cloud_async.apis.clickhouse.emulator.registry import operation
from clickhouse_cloud_async.emulation.problems import Problem, bad_request
from clickhouse_cloud_async.emulation.store import public
from clickhouse_cloud_async.emulation.validation import MismatchError

if TYPE_CHECKING:
    from clickhouse_cloud_async.apis.clickhouse.emulator.call import Call
    from clickhouse_cloud_async.emulation.json_values import JsonObject
    from clickhouse_cloud_async.emulation.store import Path

_WRITE_ONLY = ("headers", "queryParams")


@operation("clickStackCreateWebhook")
def create_webhook(call: Call) -> JsonObject:
    """Create a webhook."""
    _check(call, call.path, "")
    webhook_id, now = draw_id(call.organization.world.random), call.organization.timestamp
    given = {"id": webhook_id, "createdAt": now, "updatedAt": now}
    return public(call.organization.world.store.put((*call.path, webhook_id), _kept(call) | given))


@operation("clickStackUpdateWebhook")
def update_webhook(call: Call) -> JsonObject:
    """Replace a webhook; hidden properties are kept as long as its URL does not change."""
    old = call.document
    _check(call, call.path[:-1], old["id"])
    webhook = {
        "id": old["id"],
        "createdAt": old["createdAt"],
        "updatedAt": call.organization.timestamp,
        **_kept(call),
    }
    if all(call.body[name] == old[name] for name in ("url", "service")):
        secrets = {name: old[name] for name in map("_{}".format, _WRITE_ONLY) if name in old}
        webhook = secrets | webhook
    return public(call.organization.world.store.put(call.path, webhook))


@operation("clickStackDeleteWebhook")
def delete_webhook(call: Call) -> None:
    """Delete a webhook that no alert uses."""
    check_unused(call, call.path[-1])
    call.organization.world.store.remove(call.path)


def _kept(call: Call) -> JsonObject:
    """Return the stored form of a webhook; only a generic one has a body that is shown."""
    hidden = _WRITE_ONLY if call.body["service"] == "generic" else (*_WRITE_ONLY, "body")
    return {f"_{name}" if name in hidden else name: value for name, value in call.body.items()}


@operation("clickStackValidateWebhook", body={"type": "object"})
def validate_webhook(call: Call) -> JsonObject:
    """Return the errors of a webhook, and its stored form; its name may be in use."""
    schema = call.organization.world.contract.schemas["ClickStackWebhookInput"]
    try:
        body: JsonObject = call.organization.world.validator.check(schema, call.body)
        _check_service(call, body)
    except MismatchError as mismatch:
        problem = {"path": ".".join(map(str, mismatch.path)), "message": mismatch.problem}
    except Problem as refusal:
        place, _, message = refusal.message.partition(": ")
        problem = {"path": place, "message": message}
    else:
        return {"valid": True, "errors": [], "normalized": {"description": "", **body}}
    return {"valid": False, "errors": [problem], "normalized": None}


def _check(call: Call, webhooks: Path, own_id: str) -> None:
    """Check a request by the rules that no schema states.

    Args:
        call: The call.
        webhooks: The collection of webhooks.
        own_id: ID of the replaced webhook; empty for a new one.
    """
    _check_service(call, call.body)
    name, service = call.body["name"], call.body["service"]
    for other in call.organization.world.store.collection(webhooks).values():
        if other["id"] != own_id and (other["name"], other["service"]) == (name, service):
            raise bad_request(f"name: there is a webhook {name} of service {service} already")


def _check_service(call: Call, body: JsonObject) -> None:
    """Check that a request has only properties of its service; in live mode these are fewer.

    Raises:
        Problem: 400 if it has others.
    """
    if body["service"] != "slack":
        return
    for name in ("body", *(_WRITE_ONLY if call.organization.world.is_live else ())):
        if name in body:
            raise bad_request(f"{name}: cannot be given with service slack")
