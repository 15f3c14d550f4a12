"""Callers other than the emulator's own key."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiohttp import encode_basic_auth

if TYPE_CHECKING:
    from .client import Api


ANYWHERE = [{"source": "0.0.0.0/0", "description": "anywhere"}]
"""An access list without which a key can be used from nowhere."""


async def new_key(api: Api, **body: object) -> tuple[str, dict[str, str]]:
    """Create an API key for use from anywhere; its id and the header that it authenticates with."""
    facts = {"name": "caller", "ipAccessList": ANYWHERE, **body}
    created = (await api("POST", "/keys", facts)).result
    header = encode_basic_auth(created["keyId"], created["keySecret"])
    return created["key"]["id"], {"Authorization": header}


async def new_role(api: Api, *policies: tuple[str, str, str], actors: tuple[str, ...] = ()) -> str:
    """Create a role out of policies (allow or deny, permission, resource) and return its id."""
    body = {
        "name": f"role {len((await api('GET', '/roles')).result)}",
        "actors": list(actors),
        "policies": [
            {"allowDeny": verdict, "permissions": [permission], "resources": [resource]}
            for verdict, permission, resource in policies
        ],
    }
    role_id: str = (await api("POST", "/roles", body)).result["id"]
    return role_id


async def system_role(api: Api, name: str) -> str:
    """The id of a system role."""
    listed = (await api("GET", "/roles")).result
    role_id: str = next(role["id"] for role in listed if role["name"] == name)
    return role_id
