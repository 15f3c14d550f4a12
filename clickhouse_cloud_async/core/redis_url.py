"""Checks the URL of a Redis server, without showing it: it may hold a password."""

from __future__ import annotations

from importlib.util import find_spec
from typing import Any
from urllib.parse import urlsplit

from .errors import ConfigurationError

SCHEMES = ("redis", "rediss", "unix")


def check_redis_url(url: object) -> None:
    """Check the URL of a Redis server.

    Its options are checked only if the extra ``redis`` is installed.

    Raises:
        ConfigurationError: It cannot be used.
    """
    if not isinstance(url, str):
        raise ConfigurationError(f"storage must be a str, got a {type(url).__name__}")
    try:
        parts = urlsplit(url)
        has_place = bool(parts.path if parts.scheme == "unix" else parts.hostname)
        _ = parts.port
    except ValueError:
        raise ConfigurationError("the storage of a rate limit has no valid host and port") from None
    if parts.scheme not in SCHEMES or not has_place:
        raise ConfigurationError(
            "the storage of a rate limit must be a URL like redis://localhost:6379 (or rediss://,"
            " or unix:///path/to/socket)"
        )
    if find_spec("redis") is not None:
        _check_options(url)


def _check_options(url: str) -> None:
    from redis.asyncio import ConnectionPool

    try:
        pool: Any = ConnectionPool.from_url(url)
        pool.make_connection()
    except Exception as error:  # noqa: BLE001 - any error of the library means the same
        reason = type(error).__name__
    else:
        return
    # Raised here, because the library's error holds the URL.
    raise ConfigurationError(f"the storage of a rate limit is no valid URL of Redis ({reason})")
