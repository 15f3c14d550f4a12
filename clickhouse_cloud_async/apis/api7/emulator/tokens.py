"""Access tokens: JSON Web Tokens, of which the emulator stores only a hash."""

from __future__ import annotations

import base64
import hashlib
import hmac
from typing import TYPE_CHECKING, Any

import orjson

from clickhouse_cloud_async.emulation.clock import moment_at
from clickhouse_cloud_async.emulation.randomness import random_text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from clickhouse_cloud_async.emulation.json_values import JsonObject
    from clickhouse_cloud_async.emulation.world import World

TOKENS = ("tokens",)
_DIGESTS = {"HS256": hashlib.sha256, "HS512": hashlib.sha512}


def signed(claims: Mapping[str, object], secret: bytes, algorithm: str = "HS256") -> str:
    """Create a JSON Web Token.

    Args:
        claims: Its claims.
        secret: The secret that signs it.
        algorithm: ``HS256`` or ``HS512``.
    """
    head = _encoded(orjson.dumps({"alg": algorithm, "typ": "JWT"}))
    text = f"{head}.{_encoded(orjson.dumps(dict(claims)))}"
    return f"{text}.{_encoded(hmac.digest(secret, text.encode(), _DIGESTS[algorithm]))}"


def new_token(world: World, user_id: str, token_id: str, expire: int | None, notes: str) -> str:
    """Create an access token of a user, and store its hash.

    Args:
        world: The emulator's documents and time.
        user_id: ID of the user.
        token_id: Its ID.
        expire: Its expiry, in Unix seconds; None for never.
        notes: The user's notes about it.
    """
    claims: dict[str, Any] = {"sub": user_id, "jti": token_id}
    if expire is not None:
        claims["exp"] = expire
    token = signed(claims, random_text(world.random, 32).encode())
    document = {"id": token_id, "user_id": user_id, "notes": notes, "expire": expire}
    world.store.put((*TOKENS, _digest(token)), document)
    return token


def token_of(world: World, text: str) -> JsonObject | None:
    """Return the token of a request; None if it is unknown or has expired."""
    token = world.store.peek((*TOKENS, _digest(text)))
    if token is None:
        return None
    expire = token["expire"]
    return token if expire is None or moment_at(world.elapsed).timestamp() < expire else None


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _encoded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")
