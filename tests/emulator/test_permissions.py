"""Permissions of keys by their roles."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clickhouse_cloud_async.apis.clickhouse.emulator.access.permissions import (
    VIEW_POSTGRES,
    Grants,
    requirements,
)

from .callers import new_key, new_role
from .contract import CONTRACT

if TYPE_CHECKING:
    from clickhouse_cloud_async.core.contract import ContractOperation

    from .client import Api

VIEW, MANAGE = "control-plane:service:view", "control-plane:service:manage"

_REACHABLE = [
    operation
    for operation in CONTRACT.operations.values()
    if not re.search(r"\{(?!organizationId|serviceId)[^}]+\}/", operation.path)
]
"""The operations that name nothing on the way but an organisation and a service."""


async def test_operations_need_what_the_contract_says(api: Api) -> None:
    """A key that lacks one of an operation's permissions gets a 403 that names it, and no other."""
    service, *_ = [service["id"] for service in (await api("GET", "/services")).result]
    organization = f"organization/{api.emulator.organization_id}"
    role = await new_role(api, ("ALLOW", VIEW, "instance/*"))
    _, headers = await new_key(api, assignedRoleIds=[role])

    async def refusal(operation: ContractOperation, *permissions: str) -> str:
        """The error text of a 403 for a key with these permissions; empty for any other answer."""
        policies = [
            {"allowDeny": "ALLOW", "permissions": [permission], "resources": [resource]}
            for permission in permissions
            for resource in ("instance/*", organization)
            if (resource == organization) == (permission.split(":")[1] == "organization")
        ]
        await api("PATCH", f"/roles/{role}", {"policies": policies})
        path = operation.path.replace("{organizationId}", api.emulator.organization_id)
        path = path.replace("{serviceId}", service)
        path = re.sub(r"\{[^}]+\}", str(uuid4()), path)
        answer = await api(operation.method, path, headers=headers, checked=False)
        return answer.error if answer.status == 403 else ""

    wrong: list[str] = []
    for operation in _REACHABLE:
        needed = list(operation.permissions or ())
        if said := await refusal(operation, *needed):
            wrong.append(f"{operation.id}: {said}")
        for lacking in needed:
            said = await refusal(operation, *(name for name in needed if name != lacking))
            if f"permission {lacking}" not in said:
                wrong.append(f"{operation.id} without {lacking}: {said or 'not refused'}")

    assert len(_REACHABLE) > 140
    assert wrong == []


def test_permissions_are_those_of_the_contract() -> None:
    """The emulator demands the contract's permissions, which depend on the command for a state."""
    wrong = [
        operation.id
        for operation in CONTRACT.operations.values()
        if [needed.permission for needed in requirements(operation)]
        != list(operation.permissions or ())
    ]

    assert wrong == []
    assert CONTRACT.operations["instanceStateUpdate"].permissions == ()


def test_resources_are_named_by_the_path() -> None:
    """The path of an operation names the resource that its permissions are needed on.

    Creating a service and listing Postgres services need a permission on no instance in particular.
    """
    missing = {
        operation.id: needed.parameter
        for operation in CONTRACT.operations.values()
        for needed in requirements(operation)
        if f"{{{needed.parameter}}}" not in operation.path
    }

    assert missing == {"instanceCreate": "serviceId", "postgresServiceGetList": "postgresId"}


async def test_roles_of_a_developer(api: Api) -> None:
    """A developer's key looks, and may wake a service, but changes nothing."""
    _, headers = await new_key(api, roles=["developer"])
    running, idle, _ = [f"/services/{s['id']}" for s in (await api("GET", "/services")).result]

    async def status(method: str, path: str, body: object = None) -> int:
        return (await api(method, path, body, headers=headers)).status

    for path in ("", "/services", running, f"{running}/backups", "/members", "/keys"):
        assert await status("GET", path) == 200, path
    assert await status("PATCH", f"{idle}/state", {"command": "awake"}) == 200
    assert await status("PATCH", running, {"name": "mine"}) == 403
    assert await status("PATCH", "", {"name": "mine"}) == 403
    assert await status("PATCH", f"{running}/backupConfiguration", {}) == 403
    assert await status("PATCH", f"{running}/state", {"command": "stop"}) == 403
    assert await status("POST", "/services", {}) == 403
    assert await status("POST", "/keys", {"name": "more", "roles": ["admin"]}) == 403
    assert await status("GET", "/activities") == 403


async def test_token_may_do_everything(api: Api) -> None:
    """The bearer token needs no roles, and what it does is nobody's."""
    headers = {"Authorization": f"Bearer {api.emulator.token}"}
    running = (await api("GET", "/services", headers=headers)).result[0]["id"]
    body = {"command": "stop"}
    stopped = await api("PATCH", f"/services/{running}/state", body, headers=headers)
    activity = (await api("GET", "/activities", headers=headers)).result[0]

    assert stopped.status == 200
    assert (activity["type"], activity["actorType"]) == ("service_stop", "api")
    assert "actorId" not in activity


async def test_missing_permission_is_named(api: Api) -> None:
    """The answer to a key that may not says which permission it needs, and nothing happened."""
    _, headers = await new_key(api, roles=["developer"])
    service = await api.service()
    path = f"/services/{service['id']}"
    # What the body says is not even looked at.
    renaming = await api("PATCH", path, {"name": 1}, headers=headers)
    stopping = await api("PATCH", f"{path}/state", {"command": "stop"}, headers=headers)

    message = f"the key needs the permission {MANAGE} on instance/{service['id']}"
    assert (renaming.status, renaming.error) == (403, message)
    assert (stopping.status, stopping.error) == (403, message)
    assert (await api("GET", path)).result == service


@pytest.mark.parametrize(
    ("role", "allowed"),
    [
        ("query_endpoints", set[str]()),
        ("org_member", {"", "/usageCost"}),
        ("billing", {"", "/usageCost", "/creditBalances"}),
        ("admin", {"", "/usageCost", "/creditBalances", "/activities"}),
    ],
)
async def test_other_system_roles(api: Api, role: str, allowed: set[str]) -> None:
    """Each system role opens its part of the API."""
    _, headers = await new_key(api, roles=[role])
    dates = [("from_date", "2026-01-05"), ("to_date", "2026-01-05")]
    seen = {
        path
        for path in ("", "/usageCost", "/creditBalances", "/activities")
        if (
            await api("GET", path, query=dates if path == "/usageCost" else (), headers=headers)
        ).status
        == 200
    }

    assert seen == allowed


async def test_key_without_roles_sees_its_organization_only(api: Api) -> None:
    """A key without roles authenticates, finds its organisation, and no services."""
    _, headers = await new_key(api)
    organizations = (await api("GET", "/v1/organizations", headers=headers)).result

    assert [item["id"] for item in organizations] == [api.emulator.organization_id]
    assert (await api("GET", "/services", headers=headers)).result == []
    assert (await api("GET", "/prometheus/discovery", headers=headers)).json == []
    assert (await api("GET", "", headers=headers)).status == 403


async def test_role_for_one_service(api: Api) -> None:
    """A role on one service shows that service alone, wherever services are listed."""
    one, other, _ = [service["id"] for service in (await api("GET", "/services")).result]
    role = await new_role(api, ("ALLOW", VIEW, f"instance/{one}"))
    _, headers = await new_key(api, assignedRoleIds=[role])

    listed = (await api("GET", "/services", headers=headers)).result
    metrics = (await api("GET", "/prometheus", headers=headers)).text
    targets = (await api("GET", "/prometheus/discovery", headers=headers)).json
    statuses = [
        (await api("GET", f"/services/{service}", headers=headers)).status
        for service in (one, other)
    ]

    assert [service["id"] for service in listed] == [one]
    assert [target["labels"]["clickhouse_service_id"] for target in targets] == [one]
    assert one in metrics
    assert other not in metrics
    assert statuses == [200, 403]


async def test_role_for_one_postgres_service(api: Api) -> None:
    """A role on one Postgres service shows that one alone."""
    body = {"provider": "aws", "region": "us-east-1", "size": "m6gd.large"}
    one, other = [
        (await api("POST", "/postgres", body | {"name": name})).result["id"] for name in ("a", "b")
    ]
    role = await new_role(api, ("ALLOW", VIEW_POSTGRES, f"instance/{one}"))
    _, headers = await new_key(api, assignedRoleIds=[role])
    listed = (await api("GET", "/postgres", headers=headers)).result
    refused = await api("GET", f"/postgres/{other}", headers=headers)
    _, headers = await new_key(api)
    nothing = await api("GET", "/postgres", headers=headers)

    assert [service["id"] for service in listed] == [one]
    assert (refused.status, nothing.status) == (403, 403)
    assert nothing.error == f"the key needs the permission {VIEW_POSTGRES}"


async def test_denial_wins(api: Api) -> None:
    """What a role denies, no other role allows; a change of a role counts at once."""
    one, other, _ = [service["id"] for service in (await api("GET", "/services")).result]
    wide = await new_role(api, ("ALLOW", VIEW, "instance/*"), ("ALLOW", MANAGE, "instance/*"))
    narrow = await new_role(api, ("DENY", MANAGE, f"instance/{one}"))
    _, headers = await new_key(api, assignedRoleIds=[wide, narrow])

    async def rename(service: str) -> int:
        path = f"/services/{service}"
        return (await api("PATCH", path, {"name": "renamed"}, headers=headers)).status

    before = [await rename(one), await rename(other)]
    await api("PATCH", f"/roles/{narrow}", {"policies": []})
    after = [await rename(one), await rename(other)]
    await api("DELETE", f"/roles/{wide}")
    finally_ = [await rename(one), await rename(other)]

    assert (before, after, finally_) == ([403, 200], [200, 200], [403, 403])


async def test_management_includes_deletion(api: Api) -> None:
    """Who may manage services may delete them; who may only delete may do nothing else."""
    stopped = (await api("GET", "/services")).result[2]["id"]
    manager = await new_role(api, ("ALLOW", MANAGE, "instance/*"))
    remover = await new_role(api, ("ALLOW", "control-plane:service:delete", "instance/*"))
    for role, statuses in ((remover, [403, 200]), (manager, [200, 200])):
        _, headers = await new_key(api, assignedRoleIds=[role])
        path = f"/services/{stopped}"
        renamed = await api("PATCH", path, {"name": "renamed"}, headers=headers)
        deleted = await api("DELETE", path, headers=headers)
        assert [renamed.status, deleted.status] == statuses


async def test_actors_of_a_role(api: Api) -> None:
    """A role that names a key as its actor is a role of that key, until it names it no more."""
    key_id, headers = await new_key(api)
    organization = f"organization/{api.emulator.organization_id}"
    policy = ("ALLOW", "control-plane:organization:view", organization)
    role = await new_role(api, policy, actors=(f"apiKey/{key_id}",))
    given_ = (await api("GET", "", headers=headers)).status
    shown = (await api("GET", f"/keys/{key_id}")).result["assignedRoles"]
    await api("PATCH", f"/roles/{role}", {"actors": []})
    taken = (await api("GET", "", headers=headers)).status

    assert (given_, taken) == (200, 403)
    assert [assigned["roleId"] for assigned in shown] == [role]


_POLICIES = st.lists(
    st.fixed_dictionaries(
        {
            "allowDeny": st.sampled_from(["ALLOW", "DENY"]),
            "permissions": st.lists(st.sampled_from([VIEW, "a:service:b"]), max_size=2),
            "resources": st.lists(st.sampled_from(["instance/*", "instance/1", "instance/2"])),
        }
    ),
    max_size=4,
)


@given(policies=_POLICIES, service=st.sampled_from(["1", "2"]))
def test_grants(policies: list[dict[str, Any]], service: str) -> None:
    """A permission is granted where some policy allows it and none denies it."""
    verdicts = {
        policy["allowDeny"]
        for policy in policies
        if VIEW in policy["permissions"]
        and {"instance/*", f"instance/{service}"} & set(policy["resources"])
    }

    grants = Grants.of(policies)
    assert grants.include(VIEW, "instance", service) == (verdicts == {"ALLOW"})
