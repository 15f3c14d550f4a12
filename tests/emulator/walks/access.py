"""Keys, roles, members, invitations, the organisation, and what is told of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.emulator.client import Api

POLICY = {
    "allowDeny": "ALLOW",
    "permissions": ["control-plane:service:view"],
    "resources": ["instance/*"],
    "tags": {"grants": ["GRANT SELECT ON *.*"], "roleV2": "sql-console-readonly"},
}


async def walk(api: Api) -> None:
    """Ask for every operation on access and on the organisation."""
    await _organization(api)
    role = await _roles(api)
    await _keys(api, role)
    await _people(api, role)
    assert (await api("DELETE", f"/roles/{role}")).status == 200
    query = [("from_date", "2026-01-05T00:00:00Z"), ("to_date", "2027-01-05T00:00:00Z")]
    activities = (await api("GET", "/activities", query=query)).result
    assert (await api("GET", f"/activities/{activities[0]['id']}")).result == activities[0]


async def _organization(api: Api) -> None:
    organization_id = api.emulator.organization_id
    assert len((await api("GET", "/v1/organizations")).result) == 1
    endpoint = {"id": "vpce-1", "description": "d", "cloudProvider": "aws", "region": "us-east-1"}
    body = {"name": "renamed", "privateEndpoints": {"add": [endpoint]}, "enableCoreDumps": False}
    assert (await api("PATCH", "", body)).result["privateEndpoints"] == [endpoint]
    service = (await api("GET", "/services")).result[0]
    query = [("cloud_provider", service["provider"]), ("region_id", service["region"])]
    assert (await api("GET", "/privateEndpointConfig", query=query)).status == 200
    body = {
        "regionId": "us-east-1",
        "accountId": "123456789012",
        "availabilityZoneSuffixes": ["a", "b", "c"],
        "vpcCidrRange": "10.0.0.0/16",
        "displayName": "mine",
    }
    created = (await api("POST", "/byocInfrastructure", body)).result
    await api.emulator.advance(minutes=30)
    path = f"/byocInfrastructure/{created['id']}"
    del body["displayName"]
    assert (await api("POST", "/byocInfrastructure/validate", body)).result["allPassed"]
    assert (await api("PATCH", path, {"displayName": "ours"})).result["state"] == "infra-ready"
    assert (await api("GET", path)).result["displayName"] == "ours"
    assert (await api("GET", f"{path}/progress")).result["status"] == "ready"
    assert (await api("GET", f"{path}/privateEndpointConfig")).status == 200
    assert (await api("GET", f"{path}/tags")).result == {"tags": {}}
    assert (await api("DELETE", path)).status == 200
    assert (await api("GET", "")).result["byocConfig"][0]["state"] == "infra-terminating"
    assert (await api("GET", "/v1/whoami")).result["organizationId"] == organization_id
    (notification,) = (await api("GET", "/notifications")).result
    types = (await api("GET", "/notificationTypes")).result
    assert notification["type"] in {each["name"] for each in types}


async def _roles(api: Api) -> str:
    member = (await api("GET", "/members")).result[0]
    actor = f"user/{member['userId']}"
    body = {"name": "watchers", "actors": [actor], "policies": [POLICY]}
    role: str = (await api("POST", "/roles", body)).result["id"]
    body = {"name": "lookers", "actors": [], "policies": [POLICY, POLICY | {"allowDeny": "DENY"}]}
    changed = (await api("PATCH", f"/roles/{role}", body)).result
    assert (await api("GET", f"/roles/{role}")).result == changed
    assert (await api("GET", "/roles")).result[-1] == changed
    return role


async def _keys(api: Api, role: str) -> None:
    body = {
        "name": "ci",
        "expireAt": "2027-01-01T00:00:00Z",
        "state": "enabled",
        "assignedRoleIds": [role],
        "ipAccessList": [{"source": "127.0.0.0/8", "description": "here"}],
    }
    created = (await api("POST", "/keys", body)).result["key"]
    hashes = {
        "keyIdHash": "ypeBEsobvcr6wjGzmiPcTaeG7/gUfE5yuYB3ha/uSLs=",
        "keyIdSuffix": "abcd",
        "keySecretHash": "PiPoFgA5WUoziU9lZOGxNIu9egCI1CxKy3PurtWcAJ0=",
    }
    hashed = {"name": "hashed", "hashData": hashes, "roles": ["developer"], "ipAccessList": []}
    assert (await api("POST", "/keys", hashed)).result["key"]["keySuffix"] == "abcd"
    assert len((await api("GET", "/keys")).result) == 3
    assert len((await api("GET", "/keys", query=[("limit", "2")])).result) == 2
    path = f"/keys/{created['id']}"
    changes: dict[str, object] = {
        "name": "renamed",
        "expireAt": None,
        "state": "disabled",
        "ipAccessList": [],
    }
    changed = (await api("PATCH", path, changes)).result
    assert (await api("GET", path)).result == changed
    assert (await api("DELETE", path)).status == 200


async def _people(api: Api, role: str) -> None:
    body = {"email": "New@Example.com", "assignedRoleIds": [role]}
    invited = (await api("POST", "/invitations", body)).result
    assert (await api("GET", "/invitations")).result == [invited]
    assert (await api("GET", f"/invitations/{invited['id']}")).result == invited
    assert (await api("DELETE", f"/invitations/{invited['id']}")).status == 200
    member = (await api("GET", "/members")).result[1]
    path = f"/members/{member['userId']}"
    changed = (await api("PATCH", path, {"assignedRoleIds": [role]})).result
    assert (await api("GET", path)).result == changed
    assert (await api("DELETE", path)).status == 200
