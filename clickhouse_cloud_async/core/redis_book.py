"""Counts the requests of a key in Redis, by the clock of the Redis server.

Machines whose clocks differ would each see another window, so only durations are sent to Redis or
read from it. The book of a key has three entries: the requests in the longest window, a pause that
expires by itself, and the known limits.
"""

from __future__ import annotations

import asyncio
import hashlib
import math
import uuid
from typing import TYPE_CHECKING, Any

import attrs
from redis import exceptions
from redis.asyncio import ConnectionPool, Redis

from .errors import ConfigurationError
from .forking import resets_after_fork

if TYPE_CHECKING:
    from .limits import RateLimit

MARGIN = 0.1
"""Fraction by which the window in Redis is longer than that of the limit.

Requests do not reach the API in the order in which they are counted, and are counted before they
are sent: a longer window keeps them within the limit there too.
"""

REFUSALS: tuple[type[Exception], ...] = (
    exceptions.AuthenticationError,
    exceptions.AuthenticationWrongNumberOfArgsError,
    exceptions.AuthorizationError,
    exceptions.NoPermissionError,
)
"""Errors that another attempt does not resolve: the URL must be changed."""

ACQUIRE = """
local time = redis.call('TIME')
local now = time[1] * 1e6 + time[2]
local pause = redis.call('PTTL', KEYS[2])
if pause > 0 then
  return {pause * 1000, 1, tonumber(redis.call('GET', KEYS[2]))}
end
local requests, window = tonumber(ARGV[1]), tonumber(ARGV[2])
local announced = redis.call('HGET', KEYS[3], 'announced')
if announced then requests = math.min(requests, tonumber(announced)) end
local longest = math.max(window, tonumber(redis.call('HGET', KEYS[3], 'window') or 0))
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now - longest)
if redis.call('ZCOUNT', KEYS[1], string.format('(%.0f', now - window), '+inf') >= requests then
  local oldest = redis.call('ZREVRANGE', KEYS[1], requests - 1, requests - 1, 'WITHSCORES')
  return {oldest[2] + window - now, 0, 0}
end
redis.call('ZADD', KEYS[1], now, ARGV[3])
redis.call('PEXPIRE', KEYS[1], math.ceil(longest / 1000))
redis.call('HSET', KEYS[3], 'window', longest)
redis.call('PEXPIRE', KEYS[3], 86400000)
return {0, 0, 0}
"""
"""Counts a request, or returns the microseconds to wait, whether for a pause, and which one."""

PUBLISH = """
if tonumber(ARGV[1]) > math.max(0, redis.call('PTTL', KEYS[2])) then
  redis.call('SET', KEYS[2], ARGV[2], 'PX', ARGV[1])
end
if tonumber(ARGV[3]) > 0 then
  redis.call('HSET', KEYS[3], 'announced', ARGV[3])
  redis.call('PEXPIRE', KEYS[3], 86400000)
end
"""
"""Extends a pause, in milliseconds, and stores the limit that the server announces."""


@attrs.frozen
class Pause:
    """A time during which no request of a key is sent, because the server asked for it.

    Attributes:
        seconds: Its length, or the rest of it.
        then_probe: Whether a single request has to succeed before all others are sent again.
    """

    seconds: float
    then_probe: bool


class RedisBook:
    """The book of one key in Redis, used from any number of event loops.

    Args:
        limit: The limit, with its storage.
        name: Non-secret text that identifies the key.
    """

    def __init__(self, limit: RateLimit, name: str) -> None:
        assert limit.storage is not None, "only limits with a storage are shared"
        self._url = limit.storage
        self._requests = limit.requests
        self._window = limit.per * (1 + MARGIN) * 1e6
        # The braces keep the entries on one node of a cluster.
        prefix = f"rate-limit:{{{hashlib.sha256(name.encode()).hexdigest()}}}"
        self._keys = [f"{prefix}:{entry}" for entry in ("requests", "pause", "limit")]
        self._clients: dict[asyncio.AbstractEventLoop, Redis] = {}
        resets_after_fork(self)

    def reset_after_fork(self) -> None:
        """Leave the connections to the parent process, to which they belong."""
        _abandoned.append(self._clients)
        self._clients = {}

    async def acquire(self) -> float | Pause:
        """Count a request.

        Returns:
            0 if it was counted; otherwise the seconds until the next attempt, or a pause.

        Raises:
            ConfigurationError: The server refuses the credentials.
            Exception: An error of the server or the connection.
        """
        reply: list[int] = await self._run(ACQUIRE, self._requests, self._window, uuid.uuid4().hex)
        wait, is_pause, then_probe = reply
        seconds = wait / 1e6
        return Pause(seconds, bool(then_probe)) if is_pause else seconds

    async def publish(self, pause: Pause | None, announced: int | None) -> None:
        """Store what the API said, for all processes that share the book.

        Args:
            pause: The pause that it asks for.
            announced: The number of requests in a window that it announces.

        Raises:
            ConfigurationError: The server refuses the credentials.
            Exception: An error of the server or the connection.
        """
        milliseconds = math.ceil(pause.seconds * 1000) if pause else 0
        then_probe = int(pause is not None and pause.then_probe)
        await self._run(PUBLISH, milliseconds, then_probe, announced or 0)

    async def close(self) -> None:
        """Close the connections, also those of other loops that are running."""
        clients, self._clients = self._clients, {}
        for loop, client in clients.items():
            if loop is asyncio.get_running_loop():
                await client.connection_pool.disconnect()
            elif loop.is_running():
                asyncio.run_coroutine_threadsafe(client.connection_pool.disconnect(), loop)

    async def _run(self, script: str, *arguments: str | float) -> Any:
        client: Any = self._client()
        try:
            return await client.eval(script, len(self._keys), *self._keys, *arguments)
        except REFUSALS as error:
            failure = _refused(type(error).__name__)
        except exceptions.ResponseError as error:
            if "DB index" not in str(error):
                raise
            failure = _refused("no such database")
        raise failure

    def _client(self) -> Redis:
        loop = asyncio.get_running_loop()
        client = self._clients.get(loop)
        if client is None:
            self._clients = {
                each: client for each, client in self._clients.items() if not each.is_closed()
            }
            client = self._clients[loop] = Redis(connection_pool=ConnectionPool.from_url(self._url))
        return client


_abandoned: list[object] = []
"""Connections of a parent process; they would be closed if nothing held them."""


def _refused(reason: str) -> ConfigurationError:
    return ConfigurationError(
        f"the Redis server of the rate limit refuses what its URL asks for ({reason}): correct the"
        " storage of the RateLimit"
    )
