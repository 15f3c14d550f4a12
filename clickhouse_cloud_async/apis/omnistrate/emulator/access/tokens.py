"""Access and refresh tokens, of which the emulator stores hashes."""

from __future__ import annotations

import base64
import hashlib
import hmac
from typing import TYPE_CHECKING, Final

import orjson

from clickhouse_cloud_async.apis.omnistrate.emulator.registry import timer
from clickhouse_cloud_async.emulation.clock import DAY, moment_at
from clickhouse_cloud_async.emulation.randomness import random_text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from clickhouse_cloud_async.apis.omnistrate.emulator.place import Place
    from clickhouse_cloud_async.emulation.json_values import JsonObject
    from clickhouse_cloud_async.emulation.store import Path
    from clickhouse_cloud_async.emulation.world import World

TOKENS: Final = ("tokens",)

ACCESS_SECONDS: Final = float(DAY)
"""Lifetime of an access token (deduced)."""

REFRESH_SECONDS: Final = 30.0 * DAY
"""Lifetime of a refresh token (deduced)."""


def new_token(world: World, user_id: str, seconds: float | None = ACCESS_SECONDS) -> str:
    """Create an access token of a user.

    Args:
        world: The emulator's documents and time.
        user_id: Id of the user.
        seconds: Its lifetime, in emulated seconds; None for as long as the user exists.
    """
    claims: dict[str, object] = {"sub": user_id, "jti": random_text(world.random, 16)}
    issued = moment_at(world.elapsed).timestamp()
    claims["iat"] = int(issued)
    if seconds is not None:
        claims["exp"] = int(issued + seconds)
    token = _signed(claims, random_text(world.random, 32).encode())
    _keep(world, token, {"user": user_id, "use": "access"}, seconds)
    return token


def new_refresh_token(world: World, user_id: str) -> str:
    """Create a refresh token of a user."""
    token = random_text(world.random, 48)
    _keep(world, token, {"user": user_id, "use": "refresh"}, REFRESH_SECONDS)
    return token


def token_of(world: World, text: str, use: str) -> JsonObject | None:
    """Return the token of a request; None if it is unknown or has expired."""
    token = world.store.peek((*TOKENS, digest(text)))
    return token if token is not None and token["use"] == use else None


def end_token(world: World, text: str) -> None:
    """Revoke a token, if it exists."""
    world.store.collection(TOKENS).pop(digest(text), None)


def end_tokens_of(world: World, user_id: str, *, use: str | None = None) -> None:
    """Revoke the tokens of a user, or only those for one purpose."""
    tokens = world.store.collection(TOKENS)
    for key, token in list(tokens.peek_all().items()):
        if token["user"] == user_id and use in {None, token["use"]}:
            del tokens[key]


def digest(text: str) -> str:
    """Return the hash of a secret, which is stored instead of it."""
    return hashlib.sha256(text.encode(errors="surrogateescape")).hexdigest()


@timer("token ends")
def _end(place: Place, path: Path) -> None:
    place.world.store.remove(path)


def _keep(world: World, text: str, token: JsonObject, seconds: float | None) -> None:
    path = (*TOKENS, digest(text))
    world.store.put(path, token)
    if seconds is not None:
        world.timers.set(path, "token ends", world.elapsed + seconds)


def _signed(claims: Mapping[str, object], secret: bytes) -> str:
    head = _encoded(orjson.dumps({"alg": "HS256", "typ": "JWT"}))
    text = f"{head}.{_encoded(orjson.dumps(dict(claims)))}"
    return f"{text}.{_encoded(hmac.digest(secret, text.encode(), hashlib.sha256))}"


def _encoded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")
