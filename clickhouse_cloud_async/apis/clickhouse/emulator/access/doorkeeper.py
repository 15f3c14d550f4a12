"""Lets requests in: each needs a key that works, and is counted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clickhouse_cloud_async.emulation.problems import Problem

from .credentials import read_authorization, same_secret
from .keys import admits, is_valid, note_use

if TYPE_CHECKING:
    from clickhouse_cloud_async.apis.clickhouse.emulator.cloud import Cloud
    from clickhouse_cloud_async.emulation.messages import Incoming
    from clickhouse_cloud_async.emulation.rate_limit import RateLimiter
    from clickhouse_cloud_async.emulation.store import Path

    from .credentials import Credential

UNLIMITED = 1_000_000
"""Requests per window that are announced where there is no limit."""


class Doorkeeper:
    """Checks who asks.

    Args:
        cloud: Where the keys are.
        token: The bearer token that is accepted beside them.
        limiter: Counts requests per key, or None for no limit.
    """

    def __init__(self, cloud: Cloud, token: str, limiter: RateLimiter | None) -> None:
        self._cloud = cloud
        self._token = token
        self._limiter = limiter

    def admit(self, incoming: Incoming, headers: dict[str, str]) -> Path | None:
        """Check who asks and count the request.

        Args:
            incoming: The request.
            headers: What the answer's headers have to say of it; added to.

        Returns:
            Where the key is, or None for the bearer token.

        Raises:
            Problem: 429 for too many requests, 401 without a key that works, 403 where the key
                does not work for the caller's address.
        """
        claim = read_authorization(incoming.headers.get("authorization"))
        self._count(claim, headers)
        if claim is not None and not claim.key_id and same_secret(claim.secret, self._token):
            return None
        path = None if claim is None else self._cloud.key_of(claim)
        key = None if path is None else self._cloud.store.peek(path)
        if path is None or key is None or not is_valid(self._cloud.organization(path[2]), key):
            challenge = {"WWW-Authenticate": 'Basic realm="ClickHouse Cloud API"'}
            raise Problem(401, "an enabled API key is needed", headers=challenge)
        if not admits(key, incoming.peer):
            raise Problem(403, f"the key's ipAccessList does not hold {incoming.peer}")
        note_use(self._cloud.organization(path[2]), path)
        return path

    def _count(self, claim: Credential | None, headers: dict[str, str]) -> None:
        if self._limiter is None:
            # Clients that keep to the real API's limit by themselves need not do so here.
            headers["X-RateLimit-Limit"] = str(UNLIMITED)
            return
        allowance = self._limiter.take(claim.key_id if claim else "")
        headers.update(allowance.headers)
        if not allowance.admitted:
            raise Problem(429, "too many requests with this key")
