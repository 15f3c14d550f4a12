"""Queries that are saved with a service."""

from __future__ import annotations

from typing import TYPE_CHECKING

from . import RUNNING

if TYPE_CHECKING:
    from tests.emulator.client import Api


async def walk(api: Api) -> None:
    """Ask for every operation on saved queries."""
    path = f"{RUNNING}/saved-queries"
    body: dict[str, object] = {
        "name": "top users",
        "sql": "SELECT user FROM visits ORDER BY count DESC LIMIT {limit:UInt8}",
        "database": "default",
        "parameters": {"limit": "10"},
    }
    created = (await api("POST", path, body)).result
    item = f"{path}/{created['id']}"
    assert body.items() <= created.items()
    assert (await api("GET", item)).result == created
    listed = (await api("GET", path)).result
    assert listed == [{name: created[name] for name in ("id", "name", "database")}]
    replaced = (await api("PUT", item, body | {"name": "all users"})).result
    assert replaced == created | {"name": "all users"}
    assert (await api("DELETE", item)).status == 200
