"""Access to the data of services: their user, and the addresses of their access lists."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from clickhouse_cloud_async.apis.clickhouse.emulator.access.addresses import contains
from clickhouse_cloud_async.apis.clickhouse.emulator.access.credentials import (
    read_authorization,
    same_secret,
    sha256,
)

from .errors import AUTHENTICATION_FAILED, EngineError

if TYPE_CHECKING:
    from aiohttp import web

    from clickhouse_cloud_async.emulation.json_values import JsonObject

CLIENT_ADDRESS: Final = "X-Emulator-Client-Address"
"""The header by which a request plays another address; no real service knows it."""

USER: Final = "default"
"""The one user of a service."""


def is_let_in(service: JsonObject, request: web.BaseRequest) -> bool:
    """Return whether the access list of a service holds the address of a request.

    What a service without a list does is stated nowhere; here it lets everybody in.

    Args:
        service: The service.
        request: The request.
    """
    entries = service["ipAccessList"]
    return not entries or contains(entries, address_of(request))


def address_of(request: web.BaseRequest) -> str:
    """Return the address of a request, or the one that it simulates."""
    return request.headers.get(CLIENT_ADDRESS) or request.remote or ""


def authenticate(service: JsonObject, request: web.BaseRequest) -> None:
    """Check that a request has the password of the service.

    Args:
        service: The service.
        request: The request, with credentials in its headers or its query.

    Raises:
        EngineError: The user or the password is wrong.
    """
    user, password = _credentials(request)
    known = service.get("_passwordHash")
    if user != USER or known is None or not same_secret(sha256(password), known):
        raise EngineError(
            AUTHENTICATION_FAILED,
            f"{user}: Authentication failed: password is incorrect, or there is no user with such"
            " name.",
        )


def _credentials(request: web.BaseRequest) -> tuple[str, str]:
    headers, query = request.headers, request.query
    if "X-ClickHouse-User" in headers or "X-ClickHouse-Key" in headers:
        return headers.get("X-ClickHouse-User", USER), headers.get("X-ClickHouse-Key", "")
    given = read_authorization(headers.get("Authorization"))
    if given is not None and given.key_id:
        return given.key_id, given.secret
    return query.get("user", USER), query.get("password", "")
