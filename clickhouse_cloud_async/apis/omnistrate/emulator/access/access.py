"""Authenticates requests, and checks the caller's roles."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Final

from clickhouse_cloud_async.apis.omnistrate.emulator.tree.homes import home
from clickhouse_cloud_async.emulation.problems import Problem, not_found
from clickhouse_cloud_async.emulation.router import is_parameter
from clickhouse_cloud_async.emulation.store import name_of

from .accounts import INVITERS, WRITERS
from .tokens import token_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from clickhouse_cloud_async.core.contract import ContractOperation
    from clickhouse_cloud_async.emulation.context import Context
    from clickhouse_cloud_async.emulation.json_values import JsonObject
    from clickhouse_cloud_async.emulation.store import Path

_ABOUT_THE_CALLER: Final = frozenset(
    ("deleteCustomerUser", "deleteUser", "logOut", "updatePassword", "updateUser")
)
"""Operations with changes that need no role, because they have separate rules."""

_INVITATIONS: Final = frozenset(
    ("changeUserRole", "inviteCustomerUser", "inviteUser", "revokeUserRole")
)

_CONSUMPTION: Final = frozenset(("resource-instance", "service-offering", "subscription"))
"""First segments of the paths for customers."""

_SHARED: Final = frozenset(("subscriptions", "instances", "custom-networks", "orchestrations"))
"""Collections that belong to the users of a subscription, not to an organisation."""

_VERSION = 1
"""Number of path segments for the API's version."""


def authenticate(context: Context) -> None:
    """Find the user of a request's token, if it is valid.

    Raises:
        Problem: 429 if there were too many requests.
    """
    scheme, _, text = context.incoming.headers.get("authorization", "").partition(" ")
    token = token_of(context.world, text, "access") if scheme.lower() == "bearer" else None
    if token is not None:
        context.identity = ("users", token["user"])
    limiter = context.gate.limiter
    if limiter is not None and not limiter.take("" if token is None else token["user"]).allowed:
        raise Problem(HTTPStatus.TOO_MANY_REQUESTS, "too many requests")


def authorise(context: Context) -> None:
    """Check that the caller may carry out the request.

    Raises:
        Problem: 400 without a token and 401 with an invalid one, 403 without a role, 404 for
            resources that the caller cannot see.
    """
    operation = context.located.operation
    if not needs_token(operation):
        context.identity = None
        return
    if context.identity is None:
        if not context.incoming.headers.get("authorization"):
            raise Problem(HTTPStatus.BAD_REQUEST, "token is missing from header")
        raise Problem(HTTPStatus.UNAUTHORIZED, "the token is invalid or has expired")
    user = context.world.store.document(context.identity)
    for place in _places(context):
        _check_visible(context, user, place)
    _check_role(context, operation, user)


def needs_token(operation: ContractOperation) -> bool:
    """Return whether an operation needs a bearer token; others need none, or a password."""
    return operation.security is None


def _places(context: Context) -> Iterator[tuple[str, Path]]:
    """Yield the resources on a request's path, with their path parameters."""
    template = context.located.template
    for place, part in enumerate(template):
        if is_parameter(part):
            found = home(template[: place + 1], context.segments[: place + 1])
            if found:
                yield part[1:-1], found


def _check_visible(context: Context, user: JsonObject, named: tuple[str, Path]) -> None:
    """Check that the caller can see a resource, and that it belongs to the others in the path."""
    parameter, place = named
    document = context.world.store.peek(place)
    if document is None:
        return  # the handler that needs it checks it
    for name, value in context.parameters.items():
        if name not in {"id", parameter} and document.get(name, value) != value:
            raise not_found(f"{name_of(place)} of {name} {value}")
    if place[0] in _SHARED:
        visible = user["id"] in _members(context, place[0], document)
    elif place[0] == "users":
        visible = document["orgId"] == user["orgId"]
    elif "_org" in document:
        is_on_offer = context.segments[_VERSION] in _CONSUMPTION
        visible = document["_org"] in {user["orgId"], user["_vendor"] if is_on_offer else None}
    else:
        visible = True  # the handler checks who may see it
    if not visible:
        raise not_found(name_of(place))


def _members(context: Context, collection: str, document: JsonObject) -> dict[str, str]:
    """Return the roles of the owners of a customer's resource, by their IDs."""
    store = context.world.store
    subscription: JsonObject | None = document
    if collection == "instances":
        subscription = store.peek(("subscriptions", document["subscriptionId"]))
    elif collection != "subscriptions":
        return {document["_owner"]: "root"}
    assert subscription is not None, "it stays while it has instances"
    members: dict[str, str] = subscription["_users"]
    return members


def _check_role(context: Context, operation: ContractOperation, user: JsonObject) -> None:
    """Check that the caller's role allows an operation."""
    if operation.id in _ABOUT_THE_CALLER:
        return
    half = context.segments[_VERSION]
    if half in _CONSUMPTION:
        _check_member(context, operation, user)
        return
    if user["_vendor"] is not None and half != "user":
        raise Problem(HTTPStatus.FORBIDDEN, "customers cannot use the vendor's part of the API")
    role: str = user["roleType"]
    if operation.id in _INVITATIONS and role not in INVITERS:
        raise Problem(HTTPStatus.FORBIDDEN, f"the role {role} does not allow inviting people")
    is_service_editor = role == "service_editor" and half == "service"
    if operation.method != "GET" and role not in WRITERS and not is_service_editor:
        raise Problem(HTTPStatus.FORBIDDEN, f"the role {role} does not allow {operation.id}")


def _check_member(context: Context, operation: ContractOperation, user: JsonObject) -> None:
    """Check that the caller's role in the subscription allows an operation."""
    needed = INVITERS if "SubscriptionUser" in operation.id else WRITERS
    for _, place in _places(context):
        document = context.world.store.peek(place)
        if place[0] in _SHARED and document is not None and operation.method != "GET":
            role = _members(context, place[0], document)[user["id"]]
            if role not in needed:
                raise Problem(
                    HTTPStatus.FORBIDDEN,
                    f"the role {role} in the subscription does not allow {operation.id}",
                )
