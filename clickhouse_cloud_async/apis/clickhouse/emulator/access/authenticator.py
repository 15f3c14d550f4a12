"""Authenticates requests, and counts them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clickhouse_cloud_async.apis.clickhouse.emulator.organization import organization_at
from clickhouse_cloud_async.emulation.problems import Problem

from .credentials import read_authorization, same_secret
from .key_index import key_of
from .keys import is_valid, note_use, serves_address

if TYPE_CHECKING:
    from clickhouse_cloud_async.emulation.context import Context, Gate

    from .credentials import Credential

UNLIMITED = 1_000_000
"""The limit in response headers if there is no limit."""


def authenticate(context: Context) -> None:
    """Check the credentials of a request and count it.

    Raises:
        Problem: 429 if there were too many requests, 401 without a valid key, 403 if the key does
            not allow the caller's address.
    """
    credential = read_authorization(context.incoming.headers.get("authorization"))
    context.headers, is_allowed = _count(context.gate, credential)
    if not is_allowed:
        raise Problem(429, "too many requests with this key")
    if (
        credential is not None
        and not credential.key_id
        and same_secret(credential.secret, context.gate.token)
    ):
        return
    world = context.world
    path = None if credential is None else key_of(world, credential)
    key = None if path is None else world.store.peek(path)
    if path is None or key is None or not is_valid(organization_at(world, path), key):
        challenge = {"WWW-Authenticate": 'Basic realm="ClickHouse Cloud API"'}
        raise Problem(401, "an enabled API key is needed", headers=challenge)
    if not serves_address(key, context.incoming.peer, is_live=world.is_live):
        raise Problem(403, f"the key's ipAccessList does not contain {context.incoming.peer}")
    note_use(organization_at(world, path), path)
    context.identity = path


def _count(gate: Gate, credential: Credential | None) -> tuple[dict[str, str], bool]:
    """Return the headers that announce the limit, and whether the request is allowed."""
    if gate.limiter is None:
        # Clients that apply the real API's limit by default need not do so here.
        return {"X-RateLimit-Limit": str(UNLIMITED)}, True
    allowance = gate.limiter.take(credential.key_id if credential else "")
    headers = {
        "X-RateLimit-Limit": str(allowance.limit),
        "X-RateLimit-Remaining": str(allowance.remaining),
    }
    if not allowance.allowed:
        headers["X-RateLimit-Reset"] = f"{allowance.reset:.3f}"
    return headers, allowance.allowed
