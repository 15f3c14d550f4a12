"""Services that change on a simulated clock, and a client's way to them without a network."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import attrs
import orjson

from clickhouse_cloud_async.apis.clickhouse.client import AsyncClickHouseCloud
from clickhouse_cloud_async.apis.clickhouse.operations.services import LIFECYCLE
from clickhouse_cloud_async.core.attempts import Sender
from clickhouse_cloud_async.core.auth import NoAuth
from clickhouse_cloud_async.core.caller import Caller
from clickhouse_cloud_async.core.drift import Drift
from clickhouse_cloud_async.core.limiter import Limiter
from clickhouse_cloud_async.core.messages import Response
from clickhouse_cloud_async.core.retry import RetryPolicy
from clickhouse_cloud_async.core.scopes import ScopeFinder, Scopes, ScopeValue
from clickhouse_cloud_async.core.telemetry import Observers
from clickhouse_cloud_async.core.waiting.policy import Polling
from clickhouse_cloud_async.core.waiting.poller import Pollers, poller_of
from clickhouse_cloud_async.core.waiting.wait import follow, wait_until, wait_until_gone

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Mapping

    from clickhouse_cloud_async.core.api import Scope
    from clickhouse_cloud_async.core.limits import RateLimit
    from clickhouse_cloud_async.core.messages import Request
    from clickhouse_cloud_async.core.waiting.lifecycle import Lifecycle
    from clickhouse_cloud_async.core.waiting.poller import Poller
    from clickhouse_cloud_async.core.waiting.wait import Change
    from clickhouse_cloud_async.models import Service

Life = Sequence[tuple[float, str | None]]
"""From when on a thing is in which state; None where it does not exist."""

ONLY_SINGLE: Lifecycle[Service] = attrs.evolve(LIFECYCLE, list=None)
"""Services as if there were no list of them."""


@attrs.frozen
class Sent:
    """A request that came.

    Attributes:
        at: When.
        id: The service that it is about; None for the list.
    """

    at: float
    id: str | None


class World:
    """Services with lives of their own, seen through a client.

    What a look shows is the world at the moment when its request is sent, which makes answers as
    old as they can be; the name of a service in it is the number of the request.

    Args:
        lives: States of each service, by id.
        limit: The client's rate limit; None for none.
        polling: How often it looks.
        latency: Seconds from a request to its answer.
        lifecycle: How services change, and where to look at them.
    """

    def __init__(
        self,
        lives: Mapping[str, Life],
        *,
        limit: RateLimit | None = None,
        polling: Polling | None = None,
        latency: float = 0.0,
        lifecycle: Lifecycle[Service] = LIFECYCLE,
    ) -> None:
        self.lives = dict(lives)
        self.latency = latency
        self.page_size: int | None = None
        self.lifecycle = lifecycle
        self.sent: list[Sent] = []
        self.trouble: Callable[[float], Response | Exception | None] = lambda _: None
        self.decorate: Callable[[dict[str, Any]], Any] = lambda item: item
        self.limiter = limiter = None if limit is None else Limiter(limit, is_asked_for=True)
        transport: Any = self
        observers = Observers(on_request=None, on_response=None, tracer=None)
        self.caller = Caller(
            AsyncClickHouseCloud._api,
            transport,
            Sender(transport, limiter, observers, {"": NoAuth()}),
            60.0,
            RetryPolicy(),
            Scopes(
                AsyncClickHouseCloud._api,
                {"organization_id": ScopeValue("organization", None)},
                ScopeFinder(_nowhere),
            ),
            Pollers(polling or Polling(), limiter),
            Drift(strict=True),
        )

    @property
    def now(self) -> float:
        """The simulated time."""
        return asyncio.get_running_loop().time()

    def times(self) -> list[float]:
        """Return when requests came."""
        return [sent.at for sent in self.sent]

    async def send(self, request: Request, _: object) -> Response:
        """Answer a request, as a transport does."""
        parts = request.path.split("/")
        name = parts[5] if len(parts) > 5 else None
        self.sent.append(Sent(self.now, name))
        trouble = self.trouble(self.now)
        answer = trouble or self._answer(name, request.query)
        await asyncio.sleep(self.latency)
        if isinstance(answer, Exception):
            raise answer
        return answer

    async def close(self) -> None:
        """Do nothing, as there are no connections."""

    def _answer(self, name: str | None, query: str) -> Response:
        seen = {key: state for key in self.lives if (state := self._state(key)) is not None}
        if name is None:
            items = [self._item(key, state) for key, state in seen.items()]
            if self.page_size is not None:
                offset = int(query.partition("offset=")[2] or 0)
                end = offset + self.page_size
                cursor = str(end) if end < len(items) else None
                return answer(200, {"result": items[offset:end], "nextCursor": cursor})
            return answer(200, {"result": items})
        if name not in seen:
            return answer(404, {"error": f"there is no {name}"})
        return answer(200, {"result": self._item(name, seen[name])})

    def _item(self, key: str, state: str) -> Any:
        return self.decorate({"id": key, "state": state, "name": str(len(self.sent))})

    def _state(self, key: str) -> str | None:
        state = None
        for since, following in self.lives[key]:
            if since <= self.now:
                state = following
        return state

    async def wait(self, key: str, target: Any, **options: Any) -> Service:
        """Wait until a service is in a state."""
        return await wait_until(self.caller, self.lifecycle, _path(key), target, **options)

    async def wait_gone(self, key: str, **options: Any) -> None:
        """Wait until a service is gone."""
        await wait_until_gone(self.caller, self.lifecycle, _path(key), **options)

    def follow(self, key: str, **options: Any) -> AsyncIterator[Change[Service]]:
        """Follow a service's states."""
        return follow(self.caller, self.lifecycle, _path(key), **options)

    async def poller(self) -> Poller[Service]:
        """Return what looks at the services."""
        return await poller_of(self.caller, self.lifecycle, {"organizationId": None})


def answer(status: int, document: object) -> Response:
    """An answer with a JSON body."""
    return Response(status, {}, orjson.dumps(document))


def _path(key: str) -> dict[str, str | None]:
    return {"organizationId": None, "serviceId": key}


async def _nowhere(scope: Scope) -> str:
    raise NotImplementedError
