"""Authenticates requests, and checks the user's roles."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from clickhouse_cloud_async.emulation.problems import Problem

from .roles import allows
from .tokens import token_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from clickhouse_cloud_async.emulation.context import Context
    from clickhouse_cloud_async.emulation.json_values import JsonObject
    from clickhouse_cloud_async.emulation.world import World

_BILLING = frozenset(("createSubscription", "getUpcomingInvoice", "redirectToCustomerPortal"))
_EVERYBODY = frozenset(
    (
        "createAccessToken",
        "createOrganization",
        "getCurrentUser",
        "initializeOrganization",
        "listRegions",
    )
)
"""Operations that need no existing organisation."""


def authenticate(context: Context) -> None:
    """Find the user of a request's token.

    Raises:
        Problem: 401 without a valid token, 429 if there were too many requests.
    """
    scheme, _, text = context.incoming.headers.get("authorization", "").partition(" ")
    token = token_of(context.world, text) if scheme.lower() == "bearer" else None
    limiter = context.gate.limiter
    if limiter is not None and not limiter.take("" if token is None else token["user_id"]).allowed:
        raise Problem(HTTPStatus.TOO_MANY_REQUESTS, "too many requests with this token")
    if token is None:
        raise Problem(HTTPStatus.UNAUTHORIZED, "Token is expired")
    context.identity = ("users", token["user_id"])


def authorise(context: Context) -> None:
    """Check that the user's roles allow the request.

    Raises:
        Problem: 404 for an organisation or control plane that does not exist, 403 without a role.
    """
    operation = context.located.operation
    if operation.id in _EVERYBODY:
        return
    assert context.identity is not None, "it was authenticated"
    organization, control_plane = _home_of(context)
    member = member_of(context.world, organization, context.identity[-1])
    if member is None:
        raise Problem(HTTPStatus.FORBIDDEN, "the user is not a member of the organisation")
    area = _area(context, operation.id)
    roles = list(_roles(context.world, organization, member, control_plane))
    if not any(allows(role, area, operation.tag or "", operation.method) for role in roles):
        raise Problem(HTTPStatus.FORBIDDEN, "no role of the user allows this")
    if operation.id == "transferOwnership" and not any(role["owner"] for role in roles):
        raise Problem(HTTPStatus.FORBIDDEN, "only the owner can transfer the ownership")


def member_of(world: World, organization: str, user_id: str) -> JsonObject | None:
    """Return the membership of a user in an organisation; None if there is none."""
    members = world.store.collection(("orgs", organization, "members")).peek_all()
    return next((m for m in members.values() if m.get("user_id") == user_id), None)


def _home_of(context: Context) -> tuple[str, str | None]:
    """Return the organisation and the control plane of a request."""
    store, given = context.world.store, context.parameters
    control_plane = given.get("control_plane_id")
    if context.segments[2:3] == ("apps",):
        control_plane = store.document(("apps", given["app_id"]))["control_plane_id"]
    if control_plane is None:
        store.document(("orgs", given["id"]))
        return given["id"], None
    organization = store.document(("controlplanes", control_plane))["org_id"]
    if given.get("id", organization) != organization:
        raise Problem(HTTPStatus.NOT_FOUND, f"controlplane {control_plane} was not found")
    return organization, control_plane


def _area(context: Context, operation: str) -> str:
    """Return the area of permissions of an operation."""
    if operation in _BILLING:
        return "billing"
    tag = context.located.operation.tag
    if tag == "control-planes":
        return "control_plane"
    return "organization" if context.segments[2] == "orgs" else "api_management"


def _roles(
    world: World, organization: str, member: JsonObject, control_plane: str | None
) -> Iterator[Any]:
    for binding in member["_roles"]:
        role = world.store.peek(("orgs", organization, "roles", binding["role_id"]))
        limited = binding.get("control_plane_id")
        if role is not None and (limited is None or limited == control_plane):
            yield role
