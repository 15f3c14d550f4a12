"""A service from its creation to its end."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.emulator.client import Api


async def walk(api: Api) -> None:
    """Ask for every operation on services."""
    assert (await api("GET", "/services")).status == 200
    created = await api.create_service()
    path = f"/services/{created['id']}"
    assert (await api("GET", path)).result["state"] == "provisioning"
    await api.emulator.advance(minutes=5)
    assert (await api("PATCH", path, {"name": "renamed"})).result["name"] == "renamed"
    assert (await api("PATCH", f"{path}/state", {"command": "stop"})).result["state"] == "stopping"
    await api.emulator.advance(minutes=5)
    assert (await api("DELETE", path)).status == 200
