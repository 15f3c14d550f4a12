"""The activities of an organisation."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clickhouse_cloud_async.emulation.messages import readable
from clickhouse_cloud_async.emulation.randomness import random_uuid

if TYPE_CHECKING:
    from clickhouse_cloud_async.emulation.json_values import JsonObject

    from .call import Call
    from .organization import Organization


def record(call: Call, kind: str, **facts: object) -> None:
    """Record an activity of a caller.

    Args:
        call: The call.
        kind: Type of the activity, as the API names it.
        **facts: Further properties of the activity, such as ``serviceId``.
    """
    organization = call.organization
    actor: JsonObject = {"actorType": "api", "actorIpAddress": call.incoming.peer}
    if call.key_path is not None:
        key = organization.world.store.document(call.key_path)
        actor |= {"actorId": key["id"], "actorDetails": key["name"]}
    if "user-agent" in call.incoming.headers:
        actor["userAgent"] = readable(call.incoming.headers["user-agent"])
    if "serviceId" in call.parameters:
        facts = {"serviceId": call.parameters["serviceId"]} | facts
    _keep(organization, kind, actor | facts)


def record_by_member(
    organization: Organization, member: JsonObject, kind: str, **facts: object
) -> None:
    """Record an activity of a member that is not a request of the API.

    Args:
        organization: The organisation.
        member: The member.
        kind: Type of the activity, as the API names it.
        **facts: Further properties of the activity.
    """
    actor = {"actorType": "user", "actorId": member["userId"], "actorDetails": member["email"]}
    _keep(organization, kind, actor | facts)


def record_by_system(organization: Organization, kind: str, **facts: object) -> None:
    """Record an activity without a caller.

    Args:
        organization: The organisation.
        kind: Type of the activity, as the API names it.
        **facts: Further properties of the activity, such as ``serviceId``.
    """
    _keep(organization, kind, {"actorType": "system"} | facts)


def _keep(organization: Organization, kind: str, facts: JsonObject) -> None:
    activity_id = random_uuid(organization.world.random)
    organization.collection("activities")[activity_id] = {
        "id": activity_id,
        "createdAt": organization.timestamp,
        "type": kind,
        "organizationId": organization.id,
        **facts,
    }
