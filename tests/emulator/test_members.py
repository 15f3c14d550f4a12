"""Members of the organisation and those who are invited."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from clickhouse_cloud_async.emulator import Emulator

from .callers import new_role, system_role
from .client import authorization, serving

if TYPE_CHECKING:
    from .client import Api


async def test_first_members(api: Api) -> None:
    """An organisation begins with its owner, who is an admin, and a developer."""
    owner, developer = (await api("GET", "/members")).result

    assert [m["role"] for m in (owner, developer)] == ["admin", "developer"]
    assert [m["assignedRoles"][0]["roleName"] for m in (owner, developer)] == ["Admin", "Developer"]
    assert owner["joinedAt"] == (await api("GET", "")).result["createdAt"]
    assert owner == (await api("GET", f"/members/{owner['userId']}")).result


async def test_roles_of_a_member(api: Api) -> None:
    """Assigned roles replace those before; the older role is frozen by them."""
    path = f"/members/{(await api('GET', '/members')).result[1]['userId']}"
    custom = await new_role(api)
    assigned = (await api("PATCH", path, {"assignedRoleIds": [custom]})).result
    older = (await api("PATCH", path, {"role": "admin"})).result
    none = (await api("PATCH", path, {"assignedRoleIds": []})).result
    unchanged = (await api("PATCH", path, {})).result

    ids = [[role["roleId"] for role in m["assignedRoles"]] for m in (assigned, older, none)]
    assert ids == [[custom], [await system_role(api, "Admin")], []]
    assert [m["role"] for m in (assigned, older, none)] == ["developer", "admin", "admin"]
    assert unchanged == none
    kinds = [activity["type"] for activity in (await api("GET", "/activities")).result[:3]]
    assert kinds == [
        "organization_member_update_roles",
        "organization_member_update_role",
        "organization_member_update_roles",
    ]


async def test_last_admin_stays(api: Api) -> None:
    """The last admin can be neither deleted nor made something else; the last but one can."""
    owner, developer = [m["userId"] for m in (await api("GET", "/members")).result]
    refused = [
        await api("DELETE", f"/members/{owner}"),
        await api("PATCH", f"/members/{owner}", {"role": "developer"}),
        await api("PATCH", f"/members/{owner}", {"assignedRoleIds": []}),
    ]
    await api("PATCH", f"/members/{developer}", {"role": "admin"})
    deleted = await api("DELETE", f"/members/{owner}")

    message = "the organisation's last admin has to stay one"
    assert {(answer.status, answer.error) for answer in refused} == {(400, message)}
    assert deleted.status == 200
    assert [m["userId"] for m in (await api("GET", "/members")).result] == [developer]
    assert (await api("GET", "/activities")).result[0]["type"] == "organization_member_delete"


async def test_unknown_roles(api: Api) -> None:
    """Roles that are not there can be given to nobody."""
    owner = (await api("GET", "/members")).result[0]["userId"]
    wrong = {"assignedRoleIds": ["nothing"]}
    answers = [
        await api("PATCH", f"/members/{owner}", wrong),
        await api("POST", "/invitations", {"email": "a@example.com", **wrong}),
    ]

    message = "assignedRoleIds[0]: there is no role nothing"
    assert {(answer.status, answer.error) for answer in answers} == {(400, message)}
    assert (await api("GET", "/invitations")).result == []


async def test_invitation(api: Api) -> None:
    """An invitation is kept for its lower-case address until it is taken back."""
    body = {"email": "New.Person@Example.com", "role": "developer"}
    created = (await api("POST", "/invitations", body)).result
    path = f"/invitations/{created['id']}"

    assert created["email"] == "new.person@example.com"
    assert (created["createdAt"], created["expireAt"]) == (
        "2026-01-05T09:00:00Z",
        "2026-01-12T09:00:00Z",
    )
    assert (created["role"], created["assignedRoles"][0]["roleName"]) == ("developer", "Developer")
    assert [created] == (await api("GET", "/invitations")).result
    assert created == (await api("GET", path)).result
    assert (await api("DELETE", path)).status == 200
    assert (await api("GET", path)).status == 404
    kinds = [activity["type"] for activity in (await api("GET", "/activities")).result[:2]]
    assert kinds == ["organization_invite_delete", "organization_invite_create"]


async def test_invitation_expires(api: Api) -> None:
    """An invitation that nobody accepts in time is gone."""
    await api("POST", "/invitations", {"email": "a@example.com"})
    await api.emulator.advance(days=6, hours=23)
    before = (await api("GET", "/invitations")).result
    await api.emulator.advance(hours=1)

    assert [invitation["email"] for invitation in before] == ["a@example.com"]
    assert (await api("GET", "/invitations")).result == []


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({}, "email: is required"),
        ({"email": "nobody"}, "email: must be in the format email"),
        ({"email": "TWICE@example.com"}, "email: twice@example.com is invited already"),
        ({"email": "Owner@example.com"}, "email: owner@example.com is a member already"),
        ({"email": "a@example.com", "role": "query_endpoints"}, "role: must be one of"),
    ],
)
async def test_bad_invitations(api: Api, body: dict[str, str], message: str) -> None:
    """Nobody is invited twice, or as what a member cannot be."""
    await api("POST", "/invitations", {"email": "twice@example.com"})
    answer = await api("POST", "/invitations", body)

    assert answer.status == 400
    assert answer.error.startswith(message)
    assert len((await api("GET", "/invitations")).result) == 1


async def test_accepted_invitation(api: Api) -> None:
    """Who accepts an invitation becomes a member with its roles, once."""
    role = await new_role(api)
    body = {"email": "New@example.com", "assignedRoleIds": [role]}
    await api("POST", "/invitations", body)
    user_id = api.emulator.accept_invitation("new@example.com", name="New")
    member = (await api("GET", f"/members/{user_id}")).result
    joined = (await api("GET", "/activities")).result[0]

    assert (member["name"], member["email"]) == ("New", "new@example.com")
    assert [assigned["roleId"] for assigned in member["assignedRoles"]] == [role]
    assert (await api("GET", "/invitations")).result == []
    assert (joined["type"], joined["actorType"], joined["actorId"]) == (
        "organization_member_join",
        "user",
        user_id,
    )
    with pytest.raises(ValueError, match=r"new@example\.com is not invited"):
        api.emulator.accept_invitation("new@example.com", name="New")


async def test_users_are_the_same_everywhere() -> None:
    """A user has the same id in every organisation."""
    async with serving(Emulator(time_scale=0)) as api:
        other = api.emulator.add_organization("other")
        headers = authorization(other)
        path = f"/v1/organizations/{other.id}/members"
        here = (await api("GET", "/members")).result
        there = (await api("GET", path, headers=headers)).result

    assert [m["userId"] for m in here] == [m["userId"] for m in there]
    roles = [m["assignedRoles"][0]["roleId"] for m in here + there]
    assert len(set(roles)) == 4
