"""One wait, as its caller sees it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Collection, Mapping
from typing import TYPE_CHECKING, Generic, TypeVar

import attrs

if TYPE_CHECKING:
    from datetime import datetime

    from clickhouse_cloud_async.core.caller import Caller
    from clickhouse_cloud_async.core.operation import PathValue

    from .lifecycle import Lifecycle

T = TypeVar("T")

DEFAULT_TIMEOUT = 1800.0
"""Seconds for a wait that does not say: no transition of the cloud takes longer as a rule."""

Target = str | Collection[str] | Callable[[T], bool]
"""What is waited for: a state, one of several, or a condition."""

Path = Mapping[str, "PathValue | None"]


@attrs.frozen
class Progress(Generic[T]):
    """A look at what is waited for.

    Attributes:
        item: What was seen.
        state: Its state.
        elapsed: Seconds since the wait began.
        typical: Seconds that this state usually takes; None where it does not pass by itself.
        polls: How often this wait has looked.
    """

    item: T
    state: str | None
    elapsed: float
    typical: float | None
    polls: int


@attrs.frozen
class Change(Generic[T]):
    """A change of state.

    Attributes:
        before: What was seen before; None for the first look.
        after: What was seen now; None where it is gone.
        at: When it was seen.
        elapsed: Seconds since the following began.
    """

    before: T | None
    after: T | None
    at: datetime
    elapsed: float


async def wait_until(
    caller: Caller,
    lifecycle: Lifecycle[T],
    path: Path,
    target: Target[T],
    *,
    timeout: float | None = DEFAULT_TIMEOUT,
    on_progress: Callable[[Progress[T]], object] | None = None,
) -> T:
    """Wait until a thing is in a state, or fulfils a condition.

    Args:
        caller: The client's way to its API.
        lifecycle: What kind of thing it is.
        path: Value of each path parameter, the thing's own included; the scope may be None.
        target: A state, several states, or a condition that is called with what was seen.
        timeout: Seconds for the whole wait; None for no limit.
        on_progress: Called with every look; what it raises ends the wait.

    Returns:
        The thing as it was seen last.

    Raises:
        WaitTimeoutError: The time was up before.
        UnreachableStateError: From its state the target cannot be reached.
        NotFoundError: It does not exist, or not any more.
        InvalidArgumentError: An argument makes no sense.
        ClickHouseCloudError: Anything else that went wrong and does not pass by itself.
    """
    raise NotImplementedError


def follow(
    caller: Caller,
    lifecycle: Lifecycle[T],
    path: Path,
    *,
    until: Target[T] | None = None,
    timeout: float | None = None,
) -> AsyncIterator[Change[T]]:
    """Yield the present state of a thing, and then every change of it.

    Args:
        caller: The client's way to its API.
        lifecycle: What kind of thing it is.
        path: As in `wait_until`.
        until: The state or condition that ends the following; None goes on until it is gone.
        timeout: Seconds for the whole following; None for no limit.

    Raises:
        ClickHouseCloudError: As `wait_until`, where it says until when.
    """
    raise NotImplementedError


async def wait_until_gone(
    caller: Caller,
    lifecycle: Lifecycle[T],
    path: Path,
    *,
    timeout: float | None = DEFAULT_TIMEOUT,
    on_progress: Callable[[Progress[T]], object] | None = None,
) -> None:
    """Wait until a thing is deleted.

    Args:
        caller: The client's way to its API.
        lifecycle: What kind of thing it is.
        path: As in `wait_until`.
        timeout: Seconds for the whole wait; None for no limit.
        on_progress: As in `wait_until`.

    Raises:
        WaitTimeoutError: The time was up before.
        ClickHouseCloudError: Anything else that went wrong and does not pass by itself.
    """
    raise NotImplementedError
