"""Base class of the emulators of all APIs."""

from __future__ import annotations

import asyncio
import atexit
import os
import secrets
from pathlib import Path
from threading import get_ident
from typing import TYPE_CHECKING, Self, TypeVar, get_args

from .clock import Clock
from .context import Gate
from .fault_documents import add_fault, parse_fault
from .faults import Faults
from .hosts import HostCheck, is_loopback
from .persistence import Persistence
from .pipeline import Pipeline
from .rate_limit import RateLimiter
from .serving_thread import ServingThread
from .snapshot import Snapshot
from .world import Strictness, World

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Generator, Iterable, Mapping
    from datetime import datetime
    from os import PathLike
    from types import TracebackType

    from .api import EmulatedAPI
    from .faults import AddedFault
    from .messages import RecordedRequest
    from .rate_limit import RequestLimit
    from .server import Handler, Server

_T = TypeVar("_T")

_LAST_PORT = 65535


class BaseEmulator:
    """An API on this machine.

    It serves while one of its context managers is entered: ``async with`` serves in the running
    event loop, ``with`` in a separate thread. All generated values depend only on the seed and the
    preceding requests, except the bearer token.

    Args:
        api: The API.
        time_scale: Emulated seconds per real second; with 0, time stands still until `advance`.
        seed: Seed of all generated values.
        strictness: Whether to apply rules that are known only from the API's behaviour.
        rate_limit: Limit on requests per credential, measured on the emulator's clock; None for
            none.
        state: File in which all content is saved.
        kept_requests: Maximum number of requests that ``requests`` keeps; None for no limit.
        on_request: Called with each request after it was carried out.
        host: Loopback address or name to listen on.
        port: Port to listen on; 0 for any free one.
        allowed_hosts: Names that the ``Host`` header of requests may contain in addition to those
            of this machine.

    Attributes:
        token: Bearer token that is accepted in place of other credentials.
        time_scale: As the argument.
        rate_limit: As the argument.

    Raises:
        ValueError: The host is not a loopback address, a number is out of bounds, or the state file
            cannot be used.
        TypeError: ``allowed_hosts`` is a single text.
    """

    def __init__(  # noqa: PLR0913 - one keyword per trait of the emulated API
        self,
        api: EmulatedAPI,
        *,
        time_scale: float = 1.0,
        seed: int = 0,
        strictness: Strictness = "live",
        rate_limit: RequestLimit | None = None,
        state: str | PathLike[str] | None = None,
        kept_requests: int | None = None,
        on_request: Callable[[RecordedRequest], None] | None = None,
        host: str = "127.0.0.1",
        port: int = 0,
        allowed_hosts: Iterable[str] = (),
    ) -> None:
        _check_options(host, port, kept_requests, allowed_hosts)
        if strictness not in get_args(Strictness):
            words = " or ".join(get_args(Strictness))
            raise ValueError(f"strictness must be {words}, not {strictness!r}")
        # The name may resolve to two addresses, which would get two different free ports.
        self._host = "127.0.0.1" if host == "localhost" else host
        self._port = port
        self._host_check = HostCheck(allowed_hosts)
        self.token: str = secrets.token_urlsafe(32)
        self.time_scale: float = time_scale
        self.rate_limit: RequestLimit | None = rate_limit
        clock = Clock(time_scale)
        faults = Faults(seed, api.contract.operations.keys(), api.registry.kinds.keys(), clock)
        self._world = World(
            api.contract, clock, seed, api.registry.actions(), faults, strictness=strictness
        )
        self._persistence = None if state is None else Persistence(self._world, Path(state))
        limiter = None if rate_limit is None else RateLimiter(rate_limit, clock)
        gate = Gate(self.token, limiter)
        self._pipeline = Pipeline(api, self._world, gate, kept_requests, on_request)
        self._gate = gate
        self._routes: dict[str, Handler] = {}
        self._server: Server | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._serving_thread = 0
        self._process = 0
        self._thread: ServingThread | None = None

    @property
    def url(self) -> str:
        """URL at which it listens, such as ``http://127.0.0.1:8123``.

        Raises:
            RuntimeError: It does not listen.
        """
        if self._server is None:
            raise RuntimeError("the emulator listens only inside its context manager")
        return self._server.url

    @property
    def now(self) -> datetime:
        """The emulated time, in UTC."""
        return self._world.clock.now()

    @property
    def requests(self) -> list[RecordedRequest]:
        """Every request that was answered, in order."""
        return self._world.requests

    def advance(
        self, seconds: float = 0, *, minutes: float = 0, hours: float = 0, days: float = 0
    ) -> Awaitable[None]:
        """Advance emulated time, and run all timers that are due until then, in order.

        Time has advanced when the call returns. In coroutines, ``await emulator.advance(...)`` is
        also allowed.

        Args:
            seconds: Emulated seconds.
            minutes: Emulated minutes, added to them.
            hours: Emulated hours, added to them.
            days: Emulated days, added to them.

        Raises:
            ValueError: The time is negative or not finite, it ends after 2125, or more than a
                million timers are due in it; in the last case, time is advanced only to the last
                timer that was run.
        """
        self._call(self._world.advance, seconds + 60 * (minutes + 60 * (hours + 24 * days)))
        return _Done()

    def snapshot(self) -> Snapshot:
        """Take a snapshot of everything that the emulator holds, for `restore`."""
        return self._call(Snapshot.of, self._world)

    def restore(self, snapshot: Snapshot) -> None:
        """Restore a snapshot: its documents and its emulated time.

        Recorded requests and faults are kept.

        Args:
            snapshot: The return value of `snapshot` of this emulator.

        Raises:
            ValueError: The snapshot is of another emulator.
        """
        self._call(snapshot.restore, self._world)

    @property
    def faults(self) -> Faults:
        """The faults that were added; none at first."""
        return self._world.faults

    def add_fault(self, description: str | Mapping[str, object]) -> AddedFault:
        """Add a fault that is described by text or as a JSON object.

        Args:
            description: A text such as ``error_response,status=503,operation=instanceGet,count=2``,
                or the object that the endpoint ``/_emulator/faults`` takes.

        Raises:
            ValueError: There is no such kind or argument, or a value does not fit.
        """
        document = parse_fault(description) if isinstance(description, str) else description
        return self._call(add_fault, self.faults, document)

    def _load_state(self) -> bool:
        """Load the state file; return whether it had any content.

        Subclasses call it before they add the initial content.
        """
        return self._persistence is not None and self._persistence.load()

    def _call(self, function: Callable[..., _T], *arguments: object) -> _T:
        """Call a function in the emulator's event loop, so that no request runs concurrently."""
        if self._loop is None or self._serving_thread == get_ident():
            return function(*arguments)
        if self._process != os.getpid():
            raise RuntimeError(
                "the emulator runs in the process that started it: call this there; a forked"
                " process can only send requests to its URL"
            )

        async def call() -> _T:
            return function(*arguments)

        return asyncio.run_coroutine_threadsafe(call(), self._loop).result()

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
        thread = ServingThread()
        try:
            thread.call(self._start)
        except BaseException:
            thread.stop()
            raise
        self._thread = thread
        atexit.register(self._leave)  # in a notebook nobody leaves the block
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        atexit.unregister(self._leave)
        self._leave()

    def _leave(self) -> None:
        assert self._thread is not None
        thread, self._thread = self._thread, None
        if not thread.is_here:
            return  # in a forked process: it still serves in the one that started it
        try:
            thread.call(self._stop)
        finally:
            thread.stop()

    async def _start(self) -> None:
        from .server import Server

        if self._server is not None:
            raise RuntimeError("the emulator is already running")
        if self._persistence is not None:
            self._persistence.open()
        server = Server(self._pipeline, self._host, self._port, self._host_check, self._routes)
        try:
            await server.start()
        except BaseException:
            self._close_file()
            raise
        self._server, self._process = server, os.getpid()
        self._loop, self._serving_thread = asyncio.get_running_loop(), get_ident()

    async def _stop(self) -> None:
        assert self._server is not None
        server, self._server, self._loop = self._server, None, None
        await server.stop()
        self._close_file()

    def _close_file(self) -> None:
        if self._persistence is not None:
            self._persistence.close()


def _check_options(
    host: str, port: int, kept_requests: int | None, allowed_hosts: Iterable[str]
) -> None:
    if not is_loopback(host):
        raise ValueError(f"{host} is not a loopback address")
    if not 0 <= port <= _LAST_PORT:
        raise ValueError(f"port must be from 0 to {_LAST_PORT}, not {port}")
    if kept_requests is not None and kept_requests < 0:
        raise ValueError(f"kept_requests must not be negative, not {kept_requests}")
    if isinstance(allowed_hosts, str):
        raise TypeError(f"allowed_hosts must be a collection of names, not {allowed_hosts!r}")


class _Done:
    """Return an awaitable that is done."""

    def __await__(self) -> Generator[None]:
        return
        yield
