"""Sign-up, passwords, and the users of an organisation and of its customers."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING

from clickhouse_cloud_async.apis.omnistrate.emulator.access.accounts import (
    INVITERS,
    add_org,
    add_user,
    change_user,
    find_user,
    follow_link,
    new_link,
    remove_user,
    shown_user,
)
from clickhouse_cloud_async.apis.omnistrate.emulator.access.tokens import digest
from clickhouse_cloud_async.apis.omnistrate.emulator.registry import operation
from clickhouse_cloud_async.apis.omnistrate.emulator.tree.queries import having
from clickhouse_cloud_async.emulation.problems import Problem, bad_request, conflict, not_found

if TYPE_CHECKING:
    from clickhouse_cloud_async.apis.omnistrate.emulator.call import Call
    from clickhouse_cloud_async.emulation.json_values import JsonObject


@operation("signUp")
def sign_up(call: Call) -> None:
    """Sign up a user with an organisation, who then has to follow an activation link."""
    _sign_up(call, None)


@operation("signUpCustomer")
def sign_up_customer(call: Call) -> None:
    """Sign up a customer of the caller, who is the vendor."""
    _sign_up(call, call.org_id)


@operation("validateToken")
def activate(call: Call) -> None:
    """Activate a user with the token of the activation link."""
    user = _holder(call)
    user |= {"status": "ACTIVE", "enabled": True}


@operation("regenerateToken")
def resend_link(call: Call) -> None:
    """Send a user another activation link."""
    user = call.store.document(("users", call.parameters["id"]))
    if user["status"] == "ACTIVE":
        raise conflict("the user is active already")
    new_link(call.world, user)


@operation("resetPassword")
def reset_password(call: Call) -> None:
    """Send a link for a new password, without disclosing whether the user exists."""
    _reset(call, None)


@operation("resetCustomerPassword")
def reset_customer_password(call: Call) -> None:
    """Send a customer of the caller a link for a new password."""
    _reset(call, call.org_id)


@operation("changePassword")
def change_password(call: Call) -> None:
    """Set a password with the token of a link, which also activates an invited user."""
    user = _holder(call)
    user |= {"_password": digest(call.body["password"]), "status": "ACTIVE", "enabled": True}


@operation("updatePassword")
def update_password(call: Call) -> None:
    """Change the caller's password."""
    user = call.user
    if user["_password"] != digest(call.body.get("currentPassword", "")):
        raise bad_request("wrong current password")
    user["_password"] = digest(call.body["password"])


@operation("describeUser")
def describe(call: Call) -> JsonObject:
    """Show the caller, with the fields of the organisation."""
    return shown_user(call.world, call.user)


@operation("updateUser")
def update(call: Call) -> None:
    """Change the caller; users who can invite others can also change them."""
    key = call.parameters["id"]
    if key != call.user_id and call.user["roleType"] not in INVITERS:
        raise Problem(HTTPStatus.FORBIDDEN, "only the user can change this user")
    change_user(call.world, call.store.document(("users", key)), call.body)


@operation("deleteUser", "deleteCustomerUser")
def delete(call: Call) -> None:
    """Delete the caller, and revoke the caller's tokens."""
    if any(having(call.world, "subscriptions", rootUserId=call.user_id)):
        raise conflict("the user owns subscriptions; delete them first")
    remove_user(call.world, call.user_id)


@operation("describeUsersByOrg")
def list_all(call: Call) -> JsonObject:
    """List the users of the organisation."""
    org = call.org_id
    people = [user for user in having(call.world, "users", orgId=org) if not user.get("_is_key")]
    return {"Id": org, "orgUsers": [_member(user) for user in people]}


@operation("inviteUser")
def invite(call: Call) -> None:
    """Invite a person to the organisation."""
    email, role = call.body["email"], call.body["roleType"]
    if role == "root":
        raise bad_request("body.roleType: root is the owner's role, which cannot be assigned")
    name = email.partition("@")[0]
    user = add_user(call.world, call.org_id, email, name=name, role=role, is_active=False)
    new_link(call.world, user)


@operation("inviteCustomerUser")
def invite_customer(call: Call) -> None:
    """Invite a person to become a customer of the caller."""
    email = call.body["email"]
    if find_user(call.world, email, call.org_id) is not None:
        raise conflict(f"there is a user {email} already")
    org = add_org(call.world, email.partition("@")[2])["id"]
    name = email.partition("@")[0]
    person = add_user(
        call.world, org, email, name=name, role="root", vendor=call.org_id, is_active=False
    )
    new_link(call.world, person)


@operation("revokeUserRole")
def revoke(call: Call) -> None:
    """Remove a user's role, and thereby the user from the organisation."""
    user = _person(call)
    if user["roleType"] != call.body["roleType"]:
        raise not_found(f"the role {call.body['roleType']} of {user['email']}")
    if any(having(call.world, "subscriptions", rootUserId=user["id"])):
        raise conflict("the user owns subscriptions; delete them first")
    remove_user(call.world, user["id"])


@operation("changeUserRole")
def change_role(call: Call) -> None:
    """Change the role of a user."""
    user, role = _person(call), call.body["newRoleType"]
    if role == "root":
        raise bad_request("body.newRoleType: root is the owner's role, which cannot be assigned")
    user["roleType"] = role


def _sign_up(call: Call, vendor: str | None) -> None:
    body = call.body
    if find_user(call.world, body["email"], vendor) is not None:
        raise conflict(f"there is a user {body['email']} already")
    names = {"companyUrl": "orgURL", "companyDescription": "orgDescription"}
    known = {field: body[name] for name, field in names.items() if name in body}
    org = add_org(call.world, body.get("legalCompanyName") or body["name"], **known)["id"]
    user = add_user(
        call.world,
        org,
        body["email"],
        name=body["name"],
        role="root",
        password=body["password"],
        vendor=vendor,
        is_active=False,
    )
    user |= {"attributes": body["attributes"]} if "attributes" in body else {}
    new_link(call.world, user)


def _holder(call: Call) -> JsonObject:
    """Return the user of a link's token, which becomes invalid.

    Raises:
        Problem: 400 if the token is not that of the user's last link.
    """
    for user in list(having(call.world, "users", email=call.body["email"])):
        document = call.store.document(("users", user["id"]))
        if follow_link(call.world, document, call.body["token"]):
            return document
    raise bad_request("the token is invalid or was used already")


def _reset(call: Call, vendor: str | None) -> None:
    user = find_user(call.world, call.body["email"], vendor)
    if user is not None:
        new_link(call.world, call.store.document(("users", user["id"])))


def _person(call: Call) -> JsonObject:
    """Return a user of the caller's organisation who is not its owner."""
    user = find_user(call.world, call.body["email"], None)
    if user is None or user["orgId"] != call.org_id:
        raise not_found(f"user {call.body['email']}")
    if user["roleType"] == "root":
        raise conflict("the owner's role cannot be changed")
    return call.store.document(("users", user["id"]))


def _member(user: JsonObject) -> JsonObject:
    names = ("email", "name", "roleType")
    return {n: user[n] for n in names} | {"userId": user["id"], "invitedAt": user["createdAt"]}
