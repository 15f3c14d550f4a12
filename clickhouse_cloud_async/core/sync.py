"""The runtime of the sync facades: one event loop in a background thread of this process."""

from __future__ import annotations

import atexit
import os
import threading
from concurrent.futures import CancelledError, Future
from functools import partial
from typing import TYPE_CHECKING, Any, Generic, ParamSpec, TypeVar, cast

if TYPE_CHECKING:
    import asyncio
    from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Iterator

    from anyio.from_thread import BlockingPortal

P = ParamSpec("P")
T = TypeVar("T")


SECONDS_TO_STOP = 5.0
"""How long the exit of the interpreter waits for what is being cancelled."""


class _Runtime:
    """Starts the loop with the first call and keeps it until the interpreter exits."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._portal: BlockingPortal | None = None
        self._thread_id: int | None = None
        self._stopped = False

    def portal(self) -> BlockingPortal:
        """The way into the loop, which is started where it does not run yet."""
        if self.is_own_thread:
            raise RuntimeError(
                "this thread runs the facade's own event loop: use the async client here"
            )
        if self._portal is None:
            with self._lock:
                if self._stopped:
                    raise RuntimeError("the interpreter is exiting: no more calls can be made")
                if self._portal is None:
                    self._portal = self._start()
        return self._portal

    def _start(self) -> BlockingPortal:
        # Not anyio's own context manager: dropped while the interpreter exits, it would wait for
        # a thread that does not run any more.
        started: Future[BlockingPortal] = Future()
        self._thread = threading.Thread(
            target=_serve, args=(started,), name="clickhouse-cloud-async", daemon=True
        )
        self._thread.start()
        portal = started.result()
        self._thread_id = self._thread.ident
        return portal

    @property
    def is_own_thread(self) -> bool:
        """Whether the caller is the thread that runs the loop."""
        return threading.get_ident() == self._thread_id

    @property
    def is_running(self) -> bool:
        """Whether there is a loop that takes calls."""
        return self._portal is not None

    def stop(self) -> None:
        """Cancel what still runs and end the thread; no other is started."""
        with self._lock:
            self._stopped = True
            portal, self._portal = self._portal, None
        if portal is not None and self._thread is not None:
            portal.call(partial(portal.stop, cancel_remaining=True))
            self._thread.join(SECONDS_TO_STOP)


def _serve(started: Future[BlockingPortal]) -> None:
    """Run the loop until it is stopped."""
    import anyio
    from anyio.from_thread import BlockingPortal

    async def serve() -> None:
        async with BlockingPortal() as portal:
            started.set_result(portal)
            await portal.sleep_until_stopped()

    try:
        anyio.run(serve)
    except BaseException as error:
        if not started.done():
            started.set_exception(error)
        raise


_runtime = _Runtime()


def _forget_after_fork() -> None:
    """Only the forking thread lives on in a child: its first call starts a loop of its own."""
    global _runtime  # noqa: PLW0603  # one runtime per process is the point
    _abandoned.append(_runtime)
    _runtime = _Runtime()


_abandoned: list[_Runtime] = []
"""Runtimes of parent processes, kept because tearing one down would reach into the parent."""

if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget_after_fork)


@atexit.register
def _stop_at_exit() -> None:
    _runtime.stop()


def run(function: Callable[P, Awaitable[T]], *args: P.args, **kwargs: P.kwargs) -> T:
    """Call an async function in the background loop and wait for its result.

    Interrupting the wait (Ctrl-C) cancels the call.

    Raises:
        RuntimeError: Called from the background loop's own thread, where waiting would never end.
    """
    portal = _runtime.portal()
    call = _Call(partial(function, *args, **kwargs))
    try:
        return portal.start_task_soon(call.carry_out).result()
    except CancelledError:
        if _runtime.is_running:
            raise
        # The interpreter exits while a daemon thread still waits: that thread just ends.
        raise SystemExit from None
    except BaseException:
        call.cancel()
        raise


class _Call(Generic[T]):
    """A call in the background loop that can be cancelled from the moment when it is made.

    An interrupt may arrive before the caller holds the future of the task that was started.

    Args:
        function: What to call there.
    """

    def __init__(self, function: Callable[[], Awaitable[T]]) -> None:
        self._function = function
        self._lock = threading.Lock()
        self._task: asyncio.Task[Any] | None = None
        self._is_cancelled = False

    async def carry_out(self) -> T:
        """Make the call, unless it was cancelled already."""
        import asyncio

        with self._lock:
            if self._is_cancelled:
                raise asyncio.CancelledError
            self._task = asyncio.current_task()
        return await self._function()

    def cancel(self) -> None:
        """Cancel the call, from any thread."""
        with self._lock:
            self._is_cancelled = True
            task = self._task
        if task is not None:
            task.get_loop().call_soon_threadsafe(task.cancel)


def iterate(iterator: AsyncIterator[T]) -> Iterator[T]:
    """Yield the items of an async iterator, each fetched in the background loop when asked for."""
    try:
        while True:
            try:
                item = run(iterator.__anext__)
            except StopAsyncIteration:
                return
            yield item
    finally:
        # The garbage collector may end the generator in any thread, also when the loop is gone.
        if _runtime.is_running and not _runtime.is_own_thread:
            run(cast("AsyncGenerator[T]", iterator).aclose)
