"""Named query endpoints of a service."""

from __future__ import annotations

from typing import TYPE_CHECKING

from . import RUNNING

if TYPE_CHECKING:
    from tests.emulator.client import Api


async def walk(api: Api) -> None:
    """Ask for every operation on named query endpoints."""
    path = f"{RUNNING}/query-api-endpoints"
    body: dict[str, object] = {
        "name": "top users",
        "sql": "SELECT user FROM visits ORDER BY count DESC LIMIT {limit:UInt8}",
        "database": "default",
        "parameters": {"limit": "10"},
        "apiKeyIds": [],
        "roles": ["sql_console_read_only"],
        "allowedOrigins": ["https://app.example.com"],
    }
    created = (await api("POST", path, body)).result
    item = f"{path}/{created['id']}"
    assert body.items() <= created.items()
    assert (await api("GET", item)).result == created
    listed = (await api("GET", path)).result["items"]
    assert [endpoint["id"] for endpoint in listed] == [created["id"]]
    replaced = (await api("PUT", item, body | {"name": "all users"})).result
    assert replaced == created | {"name": "all users"}
    assert (await api("DELETE", item)).status == 200
