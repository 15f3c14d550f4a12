"""Functions that the facade's loop calls in threads, and that call the facade from there."""

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
    """The calls of the facade that one function has made; all are in the facade's loop.

    Attributes:
        is_cancelled: Whether no other call may be made.
    """

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[Any]] = set()
        self.is_cancelled: bool = False

    def add(self, task: asyncio.Task[Any]) -> None:
        """Take note of a call."""
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def cancel(self) -> None:
        """Cancel the calls that are under way, and whatever else would be called."""
        self.is_cancelled = True
        for task in self._tasks:
            task.cancel()


calls_made: ContextVar[Calls | None] = ContextVar("calls_made", default=None)
"""The calls of the function that this thread runs for the facade's loop."""


class Threads:
    """Threads for functions that block.

    Args:
        most: How many there are at most.
    """

    def __init__(self, most: int) -> None:
        from concurrent.futures import ThreadPoolExecutor

        self._executor = ThreadPoolExecutor(most, thread_name_prefix="clickhouse-cloud-async")

    async def call(self, function: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """Call a function in a thread, in a copy of this context.

        Where this is cancelled, so is what the function calls by the facade; the function itself
        goes on, because no thread can be stopped.

        Raises:
            RuntimeError: The function wants to end the thread.
            Exception: What else it has raised.
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
