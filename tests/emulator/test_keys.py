"""API keys: how they are made and changed, and when they work."""

from __future__ import annotations

import base64
import hashlib
from typing import TYPE_CHECKING, Any

import pytest
from aiohttp import encode_basic_auth

from clickhouse_cloud_async.apis.clickhouse.emulator.access.keys import serves_address
from clickhouse_cloud_async.emulator import Emulator

from .callers import ANYWHERE, new_key, system_role
from .client import serving

if TYPE_CHECKING:
    from clickhouse_cloud_async.emulation.world import Strictness

    from .client import Api


def _sha256(text: str) -> str:
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


HASHES = {"keyIdHash": _sha256("mykeyid"), "keyIdSuffix": "eyid", "keySecretHash": _sha256("mine")}


async def test_created_key_works_until_it_is_disabled(api: Api) -> None:
    """A created key authenticates while it is enabled and not expired."""

    async def ask() -> int:
        return (await api("GET", "/services", headers=headers)).status

    key_id, headers = await new_key(api, roles=["developer"])
    path = f"/keys/{key_id}"
    statuses = [await ask()]
    for change in ({"state": "disabled"}, {"state": "enabled", "expireAt": "2026-01-06T00:00:00Z"}):
        await api("PATCH", path, change)
        statuses.append(await ask())
    await api.emulator.advance(days=1)
    statuses.append(await ask())
    unlimited = (await api("PATCH", path, {"expireAt": None})).result
    statuses.append(await ask())
    await api("DELETE", path)
    statuses.append(await ask())

    assert statuses == [200, 401, 200, 401, 200, 401]
    assert "expireAt" not in unlimited


async def test_secret_is_shown_once(api: Api) -> None:
    """A generated key shows its id and secret when it is created, and never again."""
    created = (await api("POST", "/keys", {"name": "ci", "roles": ["developer"]})).result
    listed = await api("GET", "/keys")

    assert {"key", "keyId", "keySecret"} == created.keys()
    assert created["keyId"].endswith(created["key"]["keySuffix"])
    assert created["key"] == listed.result[1]
    assert created["keySecret"] not in listed.text
    assert created["key"]["state"] == "enabled"
    assert not {"expireAt", "usedAt"} & created["key"].keys()


async def test_caller_brings_hashes(api: Api) -> None:
    """Who brings hashes gets no secret, and the key that was hashed works."""
    body = {"name": "h", "hashData": HASHES, "roles": ["admin"], "ipAccessList": ANYWHERE}
    created = (await api("POST", "/keys", body)).result
    again = await api("POST", "/keys", body)
    headers = {"Authorization": encode_basic_auth("mykeyid", "mine")}

    assert {"key"} == created.keys()
    assert created["key"]["keySuffix"] == "eyid"
    assert (await api("GET", "", headers=headers)).status == 200
    assert (again.status, again.error.partition(":")[0]) == (400, "hashData.keyIdHash")


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({"name": None}, "name: must be string"),
        ({"name": " "}, "name: must not be empty"),
        ({"roles": []}, "roles: must have at least 1 items"),
        ({"roles": ["king"]}, "roles[0]: must be one of"),
        (
            {"assignedRoleIds": ["1e0e8c1e-0000-4000-8000-000000000000"]},
            "assignedRoleIds[0]: there is no role",
        ),
        ({"expireAt": "soon"}, "expireAt: must be in the format date-time"),
        ({"expireAt": "0001-01-01T00:00:00+01:00"}, "expireAt: is out of range"),
        ({"ipAccessList": [{"source": "home"}]}, "ipAccessList[0].source: must be an IP address"),
        ({"ipAccessList": [{}]}, "ipAccessList[0].source: must be an IP address"),
        ({"state": "broken"}, "state: must be one of"),
    ],
)
async def test_bad_keys(api: Api, body: dict[str, object], message: str) -> None:
    """What a key cannot be is refused at its creation and afterwards, and nothing is changed."""
    key_id, _ = await new_key(api)
    before = (await api("GET", "/keys")).result
    refused = await api("POST", "/keys", {"name": "k"} | body)
    unchanged = await api("PATCH", f"/keys/{key_id}", {"state": "disabled"} | body)

    assert (refused.status, unchanged.status) == (400, 400)
    assert refused.error.startswith(message)
    assert unchanged.error.startswith(message)
    assert [key["id"] for key in before] == [k["id"] for k in (await api("GET", "/keys")).result]
    assert (await api("GET", f"/keys/{key_id}")).result["state"] == "enabled"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"keyIdHash": "a"}, "hashData.keyIdHash: must be the base64 of a SHA-256 digest"),
        ({"keySecretHash": ""}, "hashData.keySecretHash: must be the base64 of a SHA-256 digest"),
        ({"keyIdSuffix": "abc"}, "hashData.keyIdSuffix: must have 4 characters"),
    ],
)
async def test_bad_hashes(api: Api, change: dict[str, str], message: str) -> None:
    """Hashes are base64 of binary SHA-256 digests, and all of them are needed."""
    refused = await api("POST", "/keys", {"name": "h", "hashData": HASHES | change})
    partial = {name: value for name, value in HASHES.items() if name not in change}
    missing = await api("POST", "/keys", {"name": "h", "hashData": partial})

    assert (refused.status, refused.error) == (400, message)
    assert (missing.status, missing.error) == (400, f"hashData.{next(iter(change))}: is required")


async def test_name_is_required(api: Api) -> None:
    """A key without a name is refused."""
    answer = await api("POST", "/keys", {"roles": ["admin"]})

    assert (answer.status, answer.error) == (400, "name: is required")


async def test_empty_expiry(api: Api) -> None:
    """An empty expiry is no expiry, and one in another time zone is kept in UTC."""
    body = {"name": "k", "expireAt": ""}
    created = (await api("POST", "/keys", body)).result["key"]
    path = f"/keys/{created['id']}"
    changed = (await api("PATCH", path, {"expireAt": "2027-01-01T02:00:00+02:00"})).result
    cleared = (await api("PATCH", path, {"expireAt": ""})).result

    assert changed["expireAt"] == "2027-01-01T00:00:00Z"
    assert "expireAt" not in created
    assert "expireAt" not in cleared


async def test_a_key_can_not_delete_itself(api: Api) -> None:
    """A key deletes others, but not itself."""
    key_id, headers = await new_key(api, roles=["admin"])
    refused = await api("DELETE", f"/keys/{key_id}", headers=headers)

    assert (refused.status, refused.error) == (400, "a key cannot delete itself")
    assert (await api("DELETE", f"/keys/{key_id}")).status == 200


async def test_roles_of_a_key(api: Api) -> None:
    """Older roles and assigned ones name the same; once assigned, the older ones are frozen."""
    admin, developer = [await system_role(api, name) for name in ("Admin", "Developer")]
    created = (await api("POST", "/keys", {"name": "k", "roles": ["developer"]})).result["key"]
    path = f"/keys/{created['id']}"
    moved = (await api("PATCH", path, {"assignedRoleIds": [admin]})).result
    back = (await api("PATCH", path, {"roles": ["developer"]})).result
    none = (await api("PATCH", path, {"assignedRoleIds": []})).result

    assert [key["roles"] for key in (created, moved, back, none)] == [["developer"]] * 4
    ids = [[role["roleId"] for role in k["assignedRoles"]] for k in (created, moved, back, none)]
    assert ids == [[developer], [admin], [developer], []]
    shown = {"roleId": admin, "roleName": "Admin", "roleType": "system"}
    assert moved["assignedRoles"] == [shown]


async def test_use_is_noted_to_the_minute(api: Api) -> None:
    """A key tells the minute of its last use, and nothing before it was used."""

    async def used() -> Any:
        return (await api("GET", f"/keys/{key_id}")).result.get("usedAt")

    key_id, headers = await new_key(api, roles=["developer"])
    seen = [await used()]
    for seconds in (0, 59, 1, 125):
        await api.emulator.advance(seconds)
        await api("GET", "/services", headers=headers)
        seen.append(await used())

    minutes = ["09:00", "09:00", "09:01", "09:03"]
    assert seen == [None, *(f"2026-01-05T{minute}:00Z" for minute in minutes)]


@pytest.mark.parametrize(
    ("sources", "status"),
    [
        ([], 403),
        (["127.0.0.1"], 200),
        (["10.0.0.0/8", "127.0.0.0/8"], 200),
        (["0.0.0.0/0"], 200),
        (["10.0.0.0/8", "::1"], 403),
    ],
)
async def test_access_list_limits_callers(api: Api, sources: list[str], status: int) -> None:
    """A key with an access list works only for the addresses that it holds."""
    entries = [{"source": source, "description": "d"} for source in sources]
    key_id, headers = await new_key(api, roles=["developer"], ipAccessList=entries)
    answer = await api("GET", "", headers=headers)

    assert answer.status == status
    assert (await api("GET", f"/keys/{key_id}")).result["ipAccessList"] == entries


@pytest.mark.parametrize(("strictness", "status"), [("live", 403), ("documented", 200)])
async def test_key_without_an_access_list(strictness: Strictness, status: int) -> None:
    """Live, a key that says nothing of addresses can be used from nowhere."""
    async with serving(Emulator(time_scale=0, strictness=strictness)) as api:
        created = (await api("POST", "/keys", {"name": "k", "roles": ["admin"]})).result
        header = encode_basic_auth(created["keyId"], created["keySecret"])
        answer = await api("GET", "", headers={"Authorization": header})
    assert answer.status == status
    assert created["key"]["ipAccessList"] == []


@pytest.mark.parametrize(
    ("peer", "served"),
    [
        ("10.1.2.3", True),
        ("::ffff:10.1.2.3", True),
        ("2001:db8::7", True),
        ("11.0.0.1", False),
        ("2001:db9::1", False),
        ("", False),
    ],
)
def test_addresses(peer: str, served: bool) -> None:  # noqa: FBT001 - a parameter
    """Addresses of both kinds are looked up in ranges of their own kind."""
    key = {"ipAccessList": [{"source": "10.0.0.0/8"}, {"source": "2001:db8::1/32"}]}

    assert serves_address(key, peer, is_live=True) == served


async def test_each_change_is_an_activity(api: Api) -> None:
    """Whatever changes of a key is told, each on its own."""
    key_id, _ = await new_key(api, roles=["developer"])
    path = f"/keys/{key_id}"
    await api("PATCH", path, {"name": "renamed", "state": "disabled"})
    await api("PATCH", path, {"name": "renamed", "roles": ["admin"]})
    await api("PATCH", path, {"assignedRoleIds": []})
    await api("PATCH", path, {"expireAt": "2027-01-01T00:00:00Z"})
    await api("PATCH", path, {"ipAccessList": [{"source": "1.2.3.4"}]})
    await api("DELETE", path)
    activities = (await api("GET", "/activities")).result

    assert [(a["type"], a.get("keyUpdateType")) for a in activities[::-1][1:]] == [
        ("key_create", None),
        ("openapi_key_update", "name-changed"),
        ("openapi_key_update", "state-changed"),
        ("openapi_key_update", "role-changed"),
        ("openapi_key_update", "roles-v2-changed"),
        ("openapi_key_update", "date-changed"),
        ("openapi_key_update", "ip-access-list-changed"),
        ("key_delete", None),
    ]
    assert {a.get("targetKeyId") for a in activities} == {None, key_id}


async def test_bad_credentials() -> None:
    """Without a key that works the answer is 401 with a challenge; elsewhere it is 403."""
    async with serving(Emulator(time_scale=0)) as api:
        other = api.emulator.add_organization("other")
        for header in (
            None,
            "Basic !",
            "Bearer wrong",
            encode_basic_auth(api.emulator.api_key, "wrong"),
            encode_basic_auth("wrong", api.emulator.api_secret),
        ):
            headers = {} if header is None else {"Authorization": header}
            answer = await api("GET", "", headers=headers)
            assert (answer.status, answer.error) == (401, "an enabled API key is needed")
            assert answer.headers["WWW-Authenticate"].startswith("Basic ")
        elsewhere = await api("GET", f"/v1/organizations/{other.id}")

    assert (elsewhere.status, elsewhere.error) == (403, "the key belongs to another organisation")
