"""The predefined roles of each ClickStack, which cannot be changed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clickhouse_cloud_async.emulation.problems import bad_request

from .common import draw_id, neighbours

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from clickhouse_cloud_async.apis.clickhouse.emulator.call import Call
    from clickhouse_cloud_async.emulation.json_values import JsonObject

_CONTENT = ("Alert", "Dashboard", "SavedSearch", "Source", "Webhook")

_PREDEFINED: Mapping[str, tuple[str, tuple[tuple[str, str], ...]]] = {
    "Admin": ("Manages everything, the team and its roles included.", (("manage", "all"),)),
    "Member": (
        "Sees everything and manages what the team works with.",
        (("read", "all"), *(("manage", subject) for subject in _CONTENT)),
    ),
    "ReadOnly": ("Sees everything and changes nothing.", (("read", "all"),)),
}
"""Description and permissions by name."""


def predefined(call: Call) -> Iterator[JsonObject]:
    """The predefined roles of a call's service."""
    organization, service = call.organization, call.service
    random = organization.world.draw("clickstack roles", service["id"])
    for name, (description, permissions) in _PREDEFINED.items():
        yield {
            "id": draw_id(random),
            "name": name,
            "description": description,
            "permissions": [
                {"action": action, "subject": subject, "integration": "mongodb"}
                for action, subject in permissions
            ],
            "isPredefined": True,
            "createdAt": service["createdAt"],
            "updatedAt": service["createdAt"],
        }


_ADDED = {"action": "read", "subject": "Connection", "integration": "mongodb"}
"""The permission that the API adds to each custom role."""


def completed(call: Call) -> JsonObject:
    """Return what a request says of a role; live, with the permission that every role gets."""
    body = call.body
    if not call.organization.world.is_live or _ADDED in body["permissions"]:
        return body
    return body | {"permissions": [*body["permissions"], dict(_ADDED)]}


def find_predefined(call: Call) -> JsonObject | None:
    """The predefined role in the path of a call; None if it is a custom role."""
    named = call.parameters["clickStackRoleId"]
    return next((role for role in predefined(call) if role["id"] == named), None)


def check_own(call: Call) -> None:
    """Check that the role in the path of a call is not predefined.

    Raises:
        Problem: 400 if it is.
    """
    role = find_predefined(call)
    if role is not None:
        raise bad_request(f"role {role['name']} is predefined and cannot be changed or deleted")


def check_name(call: Call, *, own_id: str = "") -> None:
    """Check that no other role has the name in a request.

    Args:
        call: The call.
        own_id: ID of the role with the name.

    Raises:
        Problem: 400 if one has it.
    """
    name = call.body.get("name")
    others = (role for role in neighbours(call, "roles").values() if role["id"] != own_id)
    if name in _PREDEFINED or any(role["name"] == name for role in others):
        raise bad_request(f"name: there is a role {name} already")
