"""Runs functions of callers in threads, from which they may call the facade."""

from __future__ import annotations

from contextvars import ContextVar, copy_context
from typing import TYPE_CHECKING, Any, ParamSpec, Self, TypeVar

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable
    from types import TracebackType

P = ParamSpec("P")
T = TypeVar("T")


class Calls:
    """The calls of the facade that one function makes; they run in the facade's loop.

    Attributes:
        is_cancelled: Whether further calls are refused.
    """

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[Any]] = set()
        self.is_cancelled: bool = False

    def add(self, task: asyncio.Task[Any]) -> None:
        """Add a call."""
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def cancel(self) -> None:
        """Cancel the running calls, and refuse further ones."""
        self.is_cancelled = True
        for task in self._tasks:
            task.cancel()


calls_made: ContextVar[Calls | None] = ContextVar("calls_made", default=None)
"""The calls of the function that this thread runs for the facade's loop."""


class Threads:
    """Threads for blocking functions.

    Args:
        most: Maximum number of threads.
    """

    def __init__(self, most: int) -> None:
        from concurrent.futures import ThreadPoolExecutor

        self._executor = ThreadPoolExecutor(most, thread_name_prefix="clickhouse-cloud-async")

    async def call(self, function: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """Call a function in a thread, in a copy of this context.

        Cancelling the wait cancels the function's calls of the facade too; the function itself
        continues, because a thread cannot be stopped.

        Raises:
            RuntimeError: The function raised an exception that would end the thread.
            Exception: Any other exception that it raised.
        """
        from asyncio import CancelledError, get_running_loop

        calls, context = Calls(), copy_context()
        context.run(calls_made.set, calls)

        def carry_out() -> tuple[T | None, BaseException | None]:
            # Not every exception can be set on a future.
            try:
                return function(*args, **kwargs), None
            except BaseException as error:  # noqa: BLE001 - it is raised again below
                return None, error

        try:
            future = get_running_loop().run_in_executor(self._executor, context.run, carry_out)
            result, error = await future
        except CancelledError:
            calls.cancel()
            raise
        if error is None:
            return result  # type: ignore[return-value]  # it is of that type where nothing was raised
        if isinstance(error, Exception):
            raise error
        raise RuntimeError(f"the function has raised {type(error).__name__}") from error

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._executor.shutdown(wait=False, cancel_futures=True)
