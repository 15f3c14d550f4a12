"""Saved queries, the caller's identity, routing, Postgres backups and checks of webhooks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .callers import new_key

if TYPE_CHECKING:
    from .client import Api

QUERY: dict[str, Any] = {"name": "q", "sql": "SELECT 1", "database": "default"}


async def test_name_of_a_saved_query_is_unique(api: Api) -> None:
    """A second query of the same name is refused, in creation and replacement."""
    path = f"{await api.service_path()}/saved-queries"
    first = (await api("POST", path, QUERY)).result["id"]
    second = (await api("POST", path, QUERY | {"name": "r"})).result["id"]

    assert (await api("POST", path, QUERY)).status == 409
    assert (await api("PUT", f"{path}/{second}", QUERY)).status == 409
    assert (await api("PUT", f"{path}/{first}", QUERY)).status == 200
    assert (await api("POST", path, QUERY | {"name": ""})).status == 400


async def test_replacement_removes_parameters(api: Api) -> None:
    """Parameters that a replacement leaves out are gone."""
    path = f"{await api.service_path()}/saved-queries"
    created = (await api("POST", path, QUERY | {"parameters": {"a": "1"}})).result
    replaced = (await api("PUT", f"{path}/{created['id']}", QUERY)).result

    assert (created["parameters"], replaced["parameters"]) == ({"a": "1"}, {})


async def test_identity_of_a_key_and_of_a_user(api: Api) -> None:
    """A key learns its id, name and organisation; the bearer token stands for the owner."""
    key_id, headers = await new_key(api)
    key = (await api("GET", "/v1/whoami", headers=headers)).result
    token = {"Authorization": f"Bearer {api.emulator.token}"}
    user = (await api("GET", "/v1/whoami", headers=token)).result
    organization = api.emulator.organization_id

    assert key == {
        "actorType": "apiKey",
        "keyId": key_id,
        "name": "caller",
        "organizationId": organization,
    }
    assert user["email"] == (await api("GET", "/members")).result[0]["email"]
    assert [each["organizationId"] for each in user["organizations"]] == [organization]


async def test_routing_keeps_what_a_change_leaves_out(api: Api) -> None:
    """Replica-aware routing is off at first; a protocol that is not named stays."""
    path = f"{await api.service_path()}/replicaAwareRouting"
    before = (await api("GET", path)).result
    await api("PATCH", path, {"httpEnabled": True})
    await api("PATCH", path, {"nativeEnabled": True})

    assert before == {"httpEnabled": False, "nativeEnabled": False}
    assert (await api("GET", path)).result == {"httpEnabled": True, "nativeEnabled": True}


async def test_backups_of_postgres(api: Api) -> None:
    """The first backup comes a while after creation, then one a day; old ones go."""
    body = {"name": "a", "provider": "aws", "region": "us-east-1", "size": "m6gd.large"}
    path = f"/postgres/{(await api('POST', '/postgres', body)).result['id']}/backups"
    at_first = (await api("GET", path)).result
    await api.emulator.advance(days=3)
    later = (await api("GET", path)).result
    await api.emulator.advance(days=30)
    page = await api("GET", path, query=[("limit", "2")])

    assert at_first == []
    assert [backup["lastModified"] for backup in later] == sorted(
        (backup["lastModified"] for backup in later), reverse=True
    )
    assert len(later) == 3
    assert (len(page.result), bool(page.json["nextCursor"])) == (2, True)
    assert page.result[0] not in later


async def test_webhooks_are_validated_without_being_stored(api: Api) -> None:
    """The verdict on a webhook names the place of what is wrong; a taken name is fine."""
    path = f"{await api.service_path()}/clickstack/webhooks"
    body = {"name": "on call", "service": "slack", "url": "https://hooks.example.com/1"}
    await api("POST", path, body)
    good = (await api("POST", f"{path}/validate", body)).result
    bad = (await api("POST", f"{path}/validate", body | {"body": "{}"})).result
    unfit = (await api("POST", f"{path}/validate", body | {"service": "pigeon"})).result

    assert (good["valid"], good["errors"], good["normalized"]["name"]) == (True, [], "on call")
    assert (bad["valid"], [error["path"] for error in bad["errors"]]) == (False, ["body"])
    assert [error["path"] for error in unfit["errors"]] == ["service"]
    assert unfit["normalized"] is None
    assert len((await api("GET", path)).result) == 1
