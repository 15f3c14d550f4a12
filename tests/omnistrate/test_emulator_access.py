"""Access control and sessions of Omnistrate's emulator."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

import attrs
import pytest

from clickhouse_cloud_async.core.auth import end_of_jwt
from clickhouse_cloud_async.core.values import Secret

from .requests import CONTRACT, Request

if TYPE_CHECKING:
    from .requests import Api

KEY_EMAIL = "apikey@apikeys.invalid"


async def test_tokens_end_by_the_clock(api: Api) -> None:
    """A token says when it ends, works until then, and is refused with 401 after that."""
    emulator = api.emulator
    account = {"email": emulator.email, "password": emulator.password}
    session = await api("signIn", account)
    ends = end_of_jwt(Secret(session["jwtToken"]))
    assert ends is not None
    seconds = ends - emulator.now.timestamp()
    await emulator.advance(seconds - 5)
    await api("listService", token=session["jwtToken"])
    await emulator.advance(10)
    error = await api("listService", token=session["jwtToken"], status=401)
    assert (error["name"], error["temporary"]) == ("auth_failure", False)
    renewed = await api("refreshToken", {"refreshToken": session["refreshToken"]})
    await api("listService", token=renewed["jwtToken"])
    await api("refreshToken", {"refreshToken": session["refreshToken"]}, status=401)


async def test_tokens_that_have_ended_take_no_memory(api: Api) -> None:
    """A thousand sign-ins leave nothing behind once they are over."""
    account = {"email": api.emulator.email, "password": api.emulator.password}
    for _ in range(100):
        await api("signIn", account)
    await api.emulator.advance(days=31)
    assert len(api.emulator._world.store.collection(("tokens",))) == 1  # the owner's own


async def test_wrong_password_is_400(api: Api) -> None:
    """The API refuses wrong credentials with 400 and the same words, whoever it is."""
    for email, password in (
        (api.emulator.email, "wrong"),
        ("nobody@example.com", api.emulator.password),
        (KEY_EMAIL, "om_wrong"),
    ):
        error = await api("signIn", {"email": email, "password": password}, status=400)
        assert error["message"] == "wrong user email or password"
        assert error["name"] == "bad_request"


async def test_api_keys_sign_in_as_users_of_their_own(api: Api) -> None:
    """A key is the password of a fixed address, and acts with its own role."""
    session = await api("signIn", {"email": KEY_EMAIL, "password": api.emulator.api_key})
    await api("createService", {"name": "n", "description": "d"}, token=session["jwtToken"])
    api.emulator.add_services([{"name": "DB", "instances": 1}])
    reading = api.emulator.add_api_key(role="reader")
    for key in (api.emulator.api_key, reading):
        session = await api("signIn", {"email": KEY_EMAIL, "password": key})
        seen = await api("listAllResourceInstances", token=session["jwtToken"])
        assert len(seen["resourceInstances"]) == 1
    await api("listService", token=session["jwtToken"])
    body = {"name": "m", "description": "d"}
    await api("createService", body, token=session["jwtToken"], status=403)
    people = await api("describeUsersByOrg")
    assert [each["roleType"] for each in people["orgUsers"]] == ["root"]


async def test_a_missing_token_is_400_and_a_wrong_one_401(api: Api) -> None:
    """All operations that need a token say so, and the 15 others do not."""
    without = [o.id for o in CONTRACT.operations.values() if o.security is not None]
    assert len(without) == 16  # one of them takes basic authentication
    known = {name: "x" for o in CONTRACT.operations.values() for name in _names(o.path)}
    for operation in CONTRACT.operations.values():
        if operation.security is None:
            request = Request(operation.id, token=None, parameters=known)
            missing = await api.send(request)
            wrong = await api.send(attrs.evolve(request, token="a.b.c"))
            assert (missing.status, wrong.status) == (400, 401), operation.id
            assert "token is missing" in missing.json["message"]
    await api("getRegistrationServiceHealth", token=None)


def _names(path: str) -> list[str]:
    return [part[1:-1] for part in path.split("/") if part.startswith("{")]


async def test_basic_authentication_is_for_one_operation(api: Api) -> None:
    """It takes the address and password of a consumption user, and gives a token."""
    user = api.emulator.add_customer("customer@example.com", password="p:q")
    text = base64.b64encode(f"{user.email}:{user.password}".encode()).decode()
    basic = {"Authorization": f"Basic {text}"}
    session = await api("signInConsumptionUser", headers=basic)
    assert (await api("describeUser", token=session["token"]))["email"] == user.email
    await api("signInConsumptionUser", status=401)
    await api("signInConsumptionUser", headers={"Authorization": "Basic eDp5"}, status=400)


async def test_sign_up_needs_the_activation_link(api: Api) -> None:
    """A user who has not followed the link cannot sign in; the link works once."""
    person = {"email": "new@example.com", "name": "New", "password": "p"}
    await api("signUp", person)
    await api("signUp", person, status=409)
    account = {"email": person["email"], "password": "p"}
    await api("signIn", account, status=400)
    activation = {"email": person["email"], "token": api.emulator.link_token(person["email"])}
    await api("validateToken", activation)
    await api("validateToken", activation, status=400)
    session = await api("signIn", account)
    user = await api("describeUser", token=session["jwtToken"])
    assert (user["roleType"], user["status"]) == ("root", "ACTIVE")
    assert (await api("listService", token=session["jwtToken"]))["ids"] == []


async def test_vendors_do_not_see_each_other(api: Api) -> None:
    """What belongs to another organisation is not there."""
    service = await api("createService", {"name": "n", "description": "d"})
    code = api.emulator.add_provider_code("other@example.org")
    provided = {"authorizationCode": code, "identityProviderName": "Google"}
    other = (await api("loginWithIdentityProvider", provided))["jwtToken"]
    await api("loginWithIdentityProvider", provided, status=401)
    await api("describeService", id=service, token=other, status=404)
    await api("deleteService", id=service, token=other, status=404)
    await api("createService", {"name": "n", "description": "d"}, token=other)
    await api("createService", {"name": "n", "description": "d"}, status=409)


async def test_roles_decide(api: Api) -> None:
    """Readers read, editors write, and only owner and admins invite people."""
    reader = api.emulator.add_user("reader@example.com", role="reader").token
    editor = api.emulator.add_user("editor@example.com", role="editor").token
    admin = api.emulator.add_user("admin@example.com", role="admin").token
    body = {"name": "n", "description": "d"}
    await api("createService", body, token=reader, status=403)
    await api("createService", body, token=editor)
    invitation = {"email": "guest@example.com", "roleType": "reader"}
    await api("inviteUser", invitation, token=editor, status=403)
    await api("inviteUser", {**invitation, "roleType": "root"}, token=admin, status=400)
    await api("inviteUser", invitation, token=admin)
    customer = api.emulator.add_customer("customer@example.com").token
    await api("listService", token=customer, status=403)
    await api("listServiceOffering", token=customer)


async def test_deleting_a_user_ends_its_tokens(api: Api) -> None:
    """Whoever is deleted cannot go on, and cannot sign in again."""
    user = api.emulator.add_user("leaving@example.com", password="p")
    await api("deleteUser", token=user.token)
    await api("describeUser", token=user.token, status=401)
    await api("signIn", {"email": user.email, "password": "p"}, status=400)


async def test_secrets_of_queries_are_recorded_masked(api: Api) -> None:
    """A password in a query, which one operation has, is in no record of requests."""
    query = {"imageRegistry": "docker.io", "image": "redis", "password": "planted-password"}
    await api("checkIfContainerImageAccessible", query=query)
    assert ("image", "redis") in api.emulator.requests[-1].query
    assert "planted" not in repr(api.emulator.requests[-1])


@pytest.mark.parametrize("name", ["tokens", "passwords", "API keys"])
async def test_no_secret_is_kept_in_plain_text(api: Api, name: str) -> None:
    """Of what callers sign in with, documents hold hashes; those of the owner stand apart."""
    user = api.emulator.add_user("user@example.com", password="planted-password")
    secrets = {
        "tokens": user.token,
        "passwords": user.password,
        "API keys": api.emulator.add_api_key(),
    }
    whole = b"".join(body for _, body in api.emulator._world.dump())
    assert secrets[name].encode() not in whole
