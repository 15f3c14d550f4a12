"""Named query endpoints: what is shown of them, and whose they are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from clickhouse_cloud_async.emulator import Emulator

from .client import serving

if TYPE_CHECKING:
    from .client import Api

ENDPOINT: dict[str, Any] = {
    "name": "users",
    "sql": "SELECT {id:UInt8}",
    "database": "default",
    "parameters": {"id": "1"},
    "apiKeyIds": [],
    "roles": ["sql_console_read_only"],
}


async def _path(api: Api) -> str:
    return f"{await api.service_path()}/query-api-endpoints"


async def test_a_list_holds_no_queries(api: Api) -> None:
    """An endpoint is shown with its query, and listed without it, page by page."""
    path = await _path(api)
    created = await api("POST", path, ENDPOINT)
    await api("POST", path, ENDPOINT | {"name": "more users"})
    page = (await api("GET", path, query=[("limit", "1")])).result

    assert created.status == 201
    assert (await api("GET", f"{path}/{created.result['id']}")).result == created.result
    shown = {name: v for name, v in created.result.items() if name not in {"sql", "parameters"}}
    assert page["items"] == [shown]
    assert page["pagination"]["totalRecords"] == 2


async def test_put_replaces(api: Api) -> None:
    """What a replacement does not mention is gone, and the URL stays."""
    path = await _path(api)
    created = (await api("POST", path, ENDPOINT)).result
    short = {name: value for name, value in ENDPOINT.items() if name != "parameters"}
    replaced = (await api("PUT", f"{path}/{created['id']}", short | {"sql": "SELECT 2"})).result

    assert replaced == created | {"sql": "SELECT 2", "parameters": {}}


async def test_endpoints_of_users_are_left_alone(api: Api) -> None:
    """What a user made elsewhere can be seen, but neither replaced nor deleted."""
    path = await _path(api)
    item = f"{path}/{(await api('POST', path, ENDPOINT)).result['id']}"
    cloud = api.emulator._world
    document = ("organizations", api.emulator.organization_id, *item.split("/")[1:])
    with cloud.change():
        cloud.store.document(document)["ownerType"] = "user"
    replaced, deleted = await api("PUT", item, ENDPOINT), await api("DELETE", item)

    assert (replaced.status, deleted.status) == (409, 409)
    assert (await api("GET", path)).result["items"][0]["ownerType"] == "user"


async def test_flat_pages() -> None:
    """Where it is wanted, a page is an array with the paging's state beside it."""
    async with serving(Emulator([{"state": "running"}], time_scale=0, flat_pages=True)) as api:
        path = await _path(api)
        for name in ("users", "more users"):
            await api("POST", path, ENDPOINT | {"name": name})
        first = await api("GET", path, query=[("limit", "1")], checked=False)
        cursor = first.json["nextCursor"]
        query = [("limit", "1"), ("cursor", cursor)]
        last = await api("GET", path, query=query, checked=False)

    assert [each["name"] for each in (*first.result, *last.result)] == ["users", "more users"]
    assert [(page.json["limit"], page.json["totalCount"]) for page in (first, last)] == [(1, 2)] * 2
    assert last.json["nextCursor"] is None
