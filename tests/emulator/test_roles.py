"""Roles: the system's and the organisation's own."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from .callers import new_key, new_role, system_role

if TYPE_CHECKING:
    from .client import Api

POLICY = {
    "allowDeny": "ALLOW",
    "permissions": ["control-plane:service:view"],
    "resources": ["instance/*"],
}


async def test_life_of_a_role(api: Api) -> None:
    """A role is created, changed by parts, got, listed and deleted."""
    member = (await api("GET", "/members")).result[0]
    actor = f"user/{member['userId']}"
    tagged = POLICY | {"tags": {"grants": ["GRANT SELECT ON *.*"], "roleV2": "sql-console-admin"}}
    body = {"name": "watchers", "actors": [actor], "policies": [POLICY, tagged]}
    created = (await api("POST", "/roles", body)).result
    path = f"/roles/{created['id']}"
    await api.emulator.advance(minutes=1)
    renamed = (await api("PATCH", path, {"name": "lookers"})).result
    replaced = (await api("PATCH", path, {"policies": [POLICY | {"allowDeny": "DENY"}]})).result

    assert (created["name"], created["type"], created["actors"]) == ("watchers", "custom", [actor])
    own = {"id", "roleId", "tenantId"}
    policies = [{k: v for k, v in p.items() if k not in own} for p in created["policies"]]
    assert policies == [POLICY, tagged]
    assert {policy["roleId"] for policy in created["policies"]} == {created["id"]}
    assert renamed["updatedAt"] > created["updatedAt"] == created["createdAt"]
    assert renamed["policies"] == created["policies"]
    assert [policy["allowDeny"] for policy in replaced["policies"]] == ["DENY"]
    assert replaced["actors"] == [actor]
    assert replaced == (await api("GET", path)).result == (await api("GET", "/roles")).result[-1]
    assert (await api("DELETE", path)).status == 200
    assert (await api("GET", path)).status == 404
    assigned = (await api("GET", "/members")).result[0]["assignedRoles"]
    assert [role["roleName"] for role in assigned] == ["Admin"]


async def test_system_roles(api: Api) -> None:
    """System roles are listed with those who hold them, and can be neither changed nor deleted."""
    listed = (await api("GET", "/roles")).result
    admin = await system_role(api, "Admin")
    key = (await api("GET", "/keys")).result[0]
    owner = (await api("GET", "/members")).result[0]
    answers = [
        await api("PATCH", f"/roles/{admin}", {"name": "Boss"}),
        await api("PATCH", f"/roles/{admin}", {"actors": []}),
        await api("DELETE", f"/roles/{admin}"),
    ]

    names = ["Admin", "Developer", "Query Endpoints", "Member", "Billing"]
    assert [(role["name"], role["type"]) for role in listed] == [(n, "system") for n in names]
    assert listed[0]["actors"] == [f"user/{owner['userId']}", f"apiKey/{key['id']}"]
    message = "Admin is a system role, which can be neither changed nor deleted"
    assert {(answer.status, answer.error) for answer in answers} == {(400, message)}
    assert listed == (await api("GET", "/roles")).result


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"name": " "}, "name: must not be empty"),
        ({"name": "admin"}, "name: there is a role admin already"),
        ({"actors": ["user/1"]}, "actors[0]: there is no user/1 in the organisation"),
        (
            {"policies": [POLICY | {"permissions": ["view"]}]},
            "policies[0].permissions[0]: must have the form of control-plane:service:view",
        ),
        (
            {"policies": [POLICY | {"resources": ["instance/*", "everything"]}]},
            "policies[0].resources[1]: must have the form of instance/*",
        ),
        ({"policies": [{"allowDeny": "ALLOW"}]}, "policies[0].permissions: is required"),
        ({"policies": [POLICY | {"allowDeny": "MAYBE"}]}, "policies[0].allowDeny: must be one of"),
    ],
)
async def test_bad_roles(api: Api, change: dict[str, object], message: str) -> None:
    """What a role cannot be is refused at its creation and afterwards; nothing is changed."""
    role = await new_role(api)
    before = (await api("GET", "/roles")).result
    body = {"name": "new", "actors": [], "policies": []}
    created = await api("POST", "/roles", body | change)
    changed = await api("PATCH", f"/roles/{role}", {"name": "other"} | change)

    assert (created.status, changed.status) == (400, 400)
    assert created.error.startswith(message)
    assert changed.error.startswith(message)
    assert before == (await api("GET", "/roles")).result


async def test_deleted_role_is_taken_from_everyone(api: Api) -> None:
    """Nobody holds a role that is gone: no key, no member, nobody who is invited."""
    role = await new_role(api)
    held = {"assignedRoleIds": [role]}
    key_id, _ = await new_key(api, **held)
    member = (await api("GET", "/members")).result[1]
    await api("PATCH", f"/members/{member['userId']}", held)
    invitation = (await api("POST", "/invitations", {"email": "a@example.com", **held})).result
    paths = (
        f"/keys/{key_id}",
        f"/members/{member['userId']}",
        f"/invitations/{invitation['id']}",
    )
    before = [(await api("GET", path)).result["assignedRoles"] for path in paths]
    await api("DELETE", f"/roles/{role}")
    after = [(await api("GET", path)).result["assignedRoles"] for path in paths]

    assert [[assigned["roleId"] for assigned in roles] for roles in before] == [[role]] * 3
    assert after == [[], [], []]


async def test_policies_name_no_service_that_is_gone(api: Api) -> None:
    """With a service it goes out of the policies; a policy for nothing else goes, too."""
    service = await api.service("stopped")
    gone = f"instance/{service['id']}"
    policies = [POLICY | {"resources": [gone]}, POLICY | {"resources": [gone, "instance/*"]}]
    body = {"name": "watchers", "actors": [], "policies": policies}
    role = (await api("POST", "/roles", body)).result
    await api("DELETE", f"/services/{service['id']}")
    await api.emulator.advance(minutes=5)
    left = (await api("GET", f"/roles/{role['id']}")).result["policies"]
    told = (await api("GET", "/activities")).result[0]

    assert [policy["resources"] for policy in left] == [["instance/*"]]
    assert (told["type"], told["actorType"]) == ("role_resources_delete", "system")
    assert (told["targetRoleNames"], told["targetResourceIds"]) == (["watchers"], [gone])


async def test_activities_of_a_role(api: Api) -> None:
    """Activities of roles tell role, actors and resources."""
    key_id, _ = await new_key(api)
    actor = f"apiKey/{key_id}"
    policy = ("ALLOW", "control-plane:service:view", "instance/*")
    role = await new_role(api, policy, actors=(actor,))
    await api("PATCH", f"/roles/{role}", {"actors": []})
    await api("DELETE", f"/roles/{role}")
    activities = (await api("GET", "/activities")).result[:3]

    kinds = [activity["type"] for activity in activities]
    assert kinds == ["role_delete", "role_update", "role_create"]
    assert {tuple(activity["targetRoleIds"]) for activity in activities} == {(role,)}
    assert [activity["targetActorIds"] for activity in activities] == [[], [], [actor]]
    assert {tuple(activity["targetResourceIds"]) for activity in activities} == {("instance/*",)}


@pytest.mark.parametrize(
    ("permissions", "resources"),
    [
        (["control-plane:organization:view", "control-plane:service:view"], ["instance/*"]),
        (["control-plane:service:view"], ["instance/*", "organization/{}"]),
        (["control-plane:organization:view"], ["instance/*"]),
        (["control-plane:organization:view"], ["organization/*"]),
    ],
)
async def test_a_policy_has_one_scope(
    api: Api, permissions: list[str], resources: list[str]
) -> None:
    """Live, what is about the organisation and what is about services need a policy each."""
    named = [resource.format(api.emulator.organization_id) for resource in resources]
    policy = {"allowDeny": "ALLOW", "permissions": permissions, "resources": named}
    answer = await api("POST", "/roles", {"name": "mixed", "actors": [], "policies": [policy]})

    assert answer.status == 400
    assert answer.error.startswith("policies[0]")
