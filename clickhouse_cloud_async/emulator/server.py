"""The emulator as an HTTP server on a loopback address."""

from __future__ import annotations

import ipaddress
import secrets
from typing import TYPE_CHECKING, Self, TypeVar

from clickhouse_cloud_async.core.contract import load_contract
from clickhouse_cloud_async.emulator.clock import Clock
from clickhouse_cloud_async.emulator.cloud import Cloud
from clickhouse_cloud_async.emulator.credentials import KeyHashes
from clickhouse_cloud_async.emulator.dispatch import Dispatcher
from clickhouse_cloud_async.emulator.keys import add_key
from clickhouse_cloud_async.emulator.messages import Incoming
from clickhouse_cloud_async.emulator.population import populate
from clickhouse_cloud_async.emulator.problems import Problem, bad_request
from clickhouse_cloud_async.emulator.randomness import random_text, seeded
from clickhouse_cloud_async.emulator.rate_limit import RateLimit, RateLimiter

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Generator, Iterable, Mapping
    from contextlib import AbstractContextManager
    from types import TracebackType

    from aiohttp import web
    from anyio.from_thread import BlockingPortal

    from clickhouse_cloud_async.emulator.messages import RecordedRequest

_T = TypeVar("_T")

MAX_BODY_BYTES = 1024 * 1024
"""The largest request body that is read; beyond it the answer is 413."""


class Emulator:
    """The ClickHouse Cloud API on this machine, as one organisation with a few services.

    It serves while one of its context managers is entered: ``async with`` serves in the running
    event loop, ``with`` in a thread of its own. Everything it makes up, ids and credentials
    included, depends on the seed and on what was asked before; only the bearer token does not.

    Args:
        services: How many services to invent, or what is known of each as parts of the API's
            Service objects, such as ``{"name": "etl", "state": "stopped"}``.
        time_scale: Emulated seconds per real second; 0 stands still until `advance`.
        seed: What is made up depends on it.
        api_key: Id of the API key to accept; made up if None.
        api_secret: Secret of that key; made up if None.
        rate_limit: Limit on requests per key, measured on the emulator's clock; None for none.
        host: Loopback address or name to listen on.
        port: Port to listen on; 0 takes a free one.

    Attributes:
        api_key: Id of the API key that is accepted.
        api_secret: Secret of that key.
        token: Bearer token that is accepted in its place.

    Raises:
        ValueError: The host is no loopback address, the time scale is negative, or a service has
            a property, a state or a value that the API does not have.
    """

    def __init__(  # noqa: PLR0913 - one keyword per trait of the emulated API
        self,
        services: int | Iterable[Mapping[str, object]] = 0,
        *,
        time_scale: float = 1.0,
        seed: int = 0,
        api_key: str | None = None,
        api_secret: str | None = None,
        rate_limit: RateLimit | None = None,
        host: str = "127.0.0.1",
        port: int = 0,
    ) -> None:
        if not _is_loopback(host):
            raise ValueError(f"{host} is no loopback address")
        # The name may stand for two addresses, which would get two different free ports.
        self._host = "127.0.0.1" if host == "localhost" else host
        self._port = port
        random = seeded(seed, "credentials")
        self.api_key: str = random_text(random, 20) if api_key is None else api_key
        self.api_secret: str = random_text(random, 40) if api_secret is None else api_secret
        self.token: str = secrets.token_urlsafe(32)
        self._clock = Clock(time_scale)
        self._cloud = Cloud(load_contract("clickhouse"), self._clock, seed)
        with self._cloud.store.transaction():
            self._organization = self._cloud.add_organization("Emulated organisation")
            populate(self._organization, services)
            hashes = KeyHashes.of(self.api_key, self.api_secret)
            add_key(self._organization, {"name": "emulator"}, hashes)
        self._cloud.store.commit()
        limiter = None if rate_limit is None else RateLimiter(rate_limit, self._clock)
        self._dispatcher = Dispatcher(self._cloud, self.token, limiter)
        self._url: str | None = None
        self._runner: web.AppRunner | None = None
        self._thread: AbstractContextManager[BlockingPortal] | None = None
        self._portal: BlockingPortal | None = None

    @property
    def url(self) -> str:
        """Where it listens, such as ``http://127.0.0.1:8123``.

        Raises:
            RuntimeError: It does not listen.
        """
        if self._url is None:
            raise RuntimeError("the emulator listens only inside its context manager")
        return self._url

    @property
    def organization_id(self) -> str:
        """Id of the one organisation."""
        return self._organization.id

    @property
    def requests(self) -> list[RecordedRequest]:
        """Every request that was answered, in order."""
        return self._dispatcher.requests

    def advance(
        self, seconds: float = 0, *, minutes: float = 0, hours: float = 0, days: float = 0
    ) -> Awaitable[None]:
        """Move emulated time forward at once; everything due until then happens, in its order.

        It has happened when the call returns. In coroutines ``await emulator.advance(...)`` may
        be written too.

        Args:
            seconds: Emulated seconds.
            minutes: Emulated minutes, added to them.
            hours: Emulated hours, added to them.
            days: Emulated days, added to them.

        Raises:
            ValueError: The time is negative or not finite.
        """
        self._call(self._cloud.advance, seconds + 60 * (minutes + 60 * (hours + 24 * days)))
        return _Done()

    def _call(self, function: Callable[..., _T], *arguments: object) -> _T:
        """Call a function where requests are answered, so that nothing runs beside it."""
        if self._portal is None:
            return function(*arguments)
        return self._portal.call(function, *arguments)

    async def __aenter__(self) -> Self:
        await self._start()
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self._stop()

    def __enter__(self) -> Self:
        from anyio.from_thread import start_blocking_portal

        thread = start_blocking_portal()
        portal = thread.__enter__()
        try:
            portal.call(self._start)
        except BaseException as problem:
            thread.__exit__(type(problem), problem, problem.__traceback__)
            raise
        self._thread, self._portal = thread, portal
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        assert self._thread is not None
        assert self._portal is not None
        try:
            self._portal.call(self._stop)
        finally:
            self._thread.__exit__(None, None, None)
            self._thread = self._portal = None

    def __repr__(self) -> str:
        where = self.url if self._runner else "not listening"
        return f"<Emulator {where}, {len(self._organization.collection('services'))} services>"

    async def _start(self) -> None:
        from aiohttp import web

        if self._runner is not None:
            raise RuntimeError("the emulator listens already")
        app = web.Application(client_max_size=MAX_BODY_BYTES)
        app.router.add_route("*", "/{path:(?s:.*)}", self._handle)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await runner.setup()
        try:
            await web.TCPSite(runner, self._host, self._port).start()
        except BaseException:
            await runner.cleanup()
            raise
        self._runner = runner
        host = f"[{self._host}]" if ":" in self._host else self._host
        self._url = f"http://{host}:{runner.addresses[0][1]}"

    async def _stop(self) -> None:
        assert self._runner is not None
        runner, self._runner = self._runner, None
        await runner.cleanup()
        self._url = None

    async def _handle(self, request: web.Request) -> web.Response:
        from aiohttp import web

        body, unread = b"", None
        try:
            body = await request.read()
        except web.HTTPRequestEntityTooLarge:
            unread = Problem(413, f"the body is larger than {MAX_BODY_BYTES} bytes")
        except web.RequestPayloadError:
            unread = bad_request("the body can not be decoded")
        outgoing = self._dispatcher.answer(
            Incoming(
                method=request.method,
                path=_readable(request.raw_path.partition("?")[0]),
                query=tuple((_readable(k), _readable(v)) for k, v in request.query.items()),
                headers={name.lower(): _readable(v) for name, v in request.headers.items()},
                body=body,
                peer=request.remote or "",
                url=self.url,
                unread=unread,
            )
        )
        return web.Response(status=outgoing.status, headers=outgoing.headers, body=outgoing.body)


class _Done:
    """What has happened already and may still be waited for."""

    def __await__(self) -> Generator[None]:
        return
        yield


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _readable(text: str) -> str:
    """Text of a request without the stand-ins for bytes that are no UTF-8."""
    return text.encode(errors="surrogateescape").decode(errors="replace")
