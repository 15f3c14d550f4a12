"""Signing in and out, and tokens."""

from __future__ import annotations

import base64
import binascii
from http import HTTPStatus
from typing import TYPE_CHECKING, Final

from clickhouse_cloud_async.apis.omnistrate.emulator.access.accounts import (
    add_org,
    add_user,
    find_user,
)
from clickhouse_cloud_async.apis.omnistrate.emulator.access.tokens import (
    digest,
    end_token,
    end_tokens_of,
    new_refresh_token,
    new_token,
    token_of,
)
from clickhouse_cloud_async.apis.omnistrate.emulator.registry import operation
from clickhouse_cloud_async.apis.omnistrate.emulator.tree.queries import having
from clickhouse_cloud_async.emulation.problems import Problem, bad_request

if TYPE_CHECKING:
    from clickhouse_cloud_async.apis.omnistrate.emulator.call import Call
    from clickhouse_cloud_async.emulation.json_values import JsonObject

KEY_EMAIL: Final = "apikey@apikeys.invalid"
"""The address with which API keys sign in."""


@operation("signIn")
def sign_in(call: Call) -> JsonObject:
    """Sign in with address and password, or with an API key as the password."""
    email, password = call.body["email"], call.body.get("password", "")
    if email != KEY_EMAIL:
        return _session(call, _checked(find_user(call.world, email, None), password))
    key = call.store.find(("api-keys", digest(password)))
    if key is None:
        raise _wrong()
    return _session(call, call.store.document(("users", key["user"])))


@operation("signInCustomer")
def sign_in_customer(call: Call) -> JsonObject:
    """Sign in a customer of the caller, who is the vendor."""
    user = find_user(call.world, call.body["email"], call.org_id)
    return _session(call, _checked(user, call.body.get("password", "")))


@operation("signInConsumptionUser")
def sign_in_consumer(call: Call) -> JsonObject:
    """Sign in with HTTP basic authentication."""
    scheme, _, text = call.headers.get("authorization", "").partition(" ")
    try:
        decoded = (
            base64.b64decode(text, validate=True).decode() if scheme.lower() == "basic" else ""
        )
    except (binascii.Error, ValueError):
        decoded = ""
    email, colon, password = decoded.partition(":")
    if not colon:
        raise Problem(HTTPStatus.UNAUTHORIZED, "basic authentication is needed")
    known = [user for user in having(call.world, "users", email=email) if _fits(user, password)]
    if not known:
        raise _wrong()
    return {"token": new_token(call.world, _checked(known[0], password)["id"])}


@operation("loginWithIdentityProvider")
def sign_in_with_provider(call: Call) -> JsonObject:
    """Sign in with a code of an identity provider; an unknown user is signed up."""
    code = call.body.get("authorizationCode") or call.body.get("deviceCode")
    return _session(call, _provided(call, code or "", None))


@operation("loginCustomerWithIdentityProvider")
def sign_in_customer_with_provider(call: Call) -> JsonObject:
    """Sign in a customer of the caller with a code of an identity provider."""
    return _session(call, _provided(call, call.body["authorizationCode"], call.org_id))


@operation("refreshToken")
def refresh(call: Call) -> JsonObject:
    """Return a new pair of tokens for a refresh token, which becomes invalid."""
    text = call.body.get("refreshToken", "")
    token = token_of(call.world, text, "refresh")
    if token is None:
        raise Problem(HTTPStatus.UNAUTHORIZED, "the refresh token is invalid or has expired")
    end_token(call.world, text)
    return _session(call, call.store.document(("users", token["user"])))


@operation("revokeToken")
def revoke(call: Call) -> None:
    """Revoke a refresh token; its access token stays valid. An unknown one is ignored."""
    text = call.body.get("refreshToken", "")
    if token_of(call.world, text, "refresh") is not None:
        end_token(call.world, text)


@operation("logOut")
def sign_out(call: Call) -> None:
    """Revoke the token of the request, and the refresh tokens of its user."""
    end_token(call.world, call.headers["authorization"].partition(" ")[2])
    end_tokens_of(call.world, call.user_id, use="refresh")


def _session(call: Call, user: JsonObject) -> JsonObject:
    return {
        "jwtToken": new_token(call.world, user["id"]),
        "refreshToken": new_refresh_token(call.world, user["id"]),
    }


def _checked(user: JsonObject | None, password: str) -> JsonObject:
    """Return the user with an address and a password.

    Raises:
        Problem: 400 for a wrong password, and for an unknown or inactive user.
    """
    if user is None or not _fits(user, password):
        raise _wrong()
    if user["status"] != "ACTIVE":
        raise bad_request("the user has not followed the activation link yet")
    return user


def _fits(user: JsonObject, password: str) -> bool:
    return user["_password"] is not None and user["_password"] == digest(password)


def _wrong() -> Problem:
    return bad_request("wrong user email or password")


def _provided(call: Call, code: str, vendor: str | None) -> JsonObject:
    """Return the user of an identity provider's code, which becomes invalid."""
    known = call.store.collection(("codes",)).pop(digest(code), None)
    if known is None:
        raise Problem(HTTPStatus.UNAUTHORIZED, "the code is invalid or was used already")
    email: str = known["email"]
    user = find_user(call.world, email, vendor)
    if user is not None:
        return user
    name = call.body.get("legalCompanyName", email.partition("@")[2])
    org = add_org(call.world, name)["id"]
    person = email.partition("@")[0]
    return add_user(call.world, org, email, name=person, role="root", vendor=vendor)
