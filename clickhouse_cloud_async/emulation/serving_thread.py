"""The event loop of an emulator in a program that has none: in a thread."""

from __future__ import annotations

import asyncio
import os
from concurrent.futures import Future
from threading import Thread
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

_T = TypeVar("_T")


class ServingThread:
    """Runs an event loop in a thread until it is stopped.

    A forked process has a copy of this object but no such thread: waiting for it would never end.
    """

    def __init__(self) -> None:
        self._process = os.getpid()
        self._loop: asyncio.AbstractEventLoop
        self._stopped: asyncio.Event
        started: Future[None] = Future()
        self._thread = Thread(target=self._run, args=(started,), name="emulator", daemon=True)
        self._thread.start()
        started.result()

    @property
    def is_here(self) -> bool:
        """Whether the thread is one of this process, and not of one that it was forked from."""
        return self._process == os.getpid()

    def call(self, function: Callable[[], Coroutine[object, object, _T]]) -> _T:
        """Call an async function in the loop and wait for its result."""
        return asyncio.run_coroutine_threadsafe(function(), self._loop).result()

    def stop(self) -> None:
        """Cancel what runs in the loop, and wait for the end of the thread."""
        self._loop.call_soon_threadsafe(self._stopped.set)
        self._thread.join()

    def _run(self, started: Future[None]) -> None:
        async def serve() -> None:
            self._loop, self._stopped = asyncio.get_running_loop(), asyncio.Event()
            started.set_result(None)
            await self._stopped.wait()

        try:
            asyncio.run(serve())
        except BaseException as error:
            if started.done():
                raise
            started.set_exception(error)
