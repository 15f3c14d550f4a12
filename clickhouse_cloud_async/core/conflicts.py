"""Conflicts (409) that pass by themselves while a resource settles."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable
from contextlib import contextmanager
from contextvars import ContextVar
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

import attrs

from .problems import problem_message

if TYPE_CHECKING:
    from collections.abc import Generator

    from .messages import Request, Response
    from .waiting.lifecycle import Lifecycle

RETRY_FOR = 900.0
"""Seconds for which a request that a settling resource refuses is retried."""

RETRY_INTERVAL = 10.0
"""Seconds between two attempts."""

Pause = Callable[[str, float], Awaitable[None]]
"""A function that waits for some seconds before the next attempt, given the reason."""


@attrs.frozen(kw_only=True, eq=False)
class PassingConflict:
    """The conflicts of an operation that pass by themselves.

    An API may show the new state of a resource before its transition is over, and until then refuse
    with 409 requests that the state allows.

    Attributes:
        lifecycle: How to read the resource and its state.
        states: States that allow the operation, or lead by themselves to one that does.
        unless: Pattern in the messages of permanent conflicts; empty for none.
    """

    lifecycle: Lifecycle[Any]
    states: frozenset[str]
    unless: str = ""

    def may_pass(self, request: Request, response: Response) -> bool:
        """Return whether a response may be such a conflict.

        Args:
            request: The request.
            response: The response.
        """
        if response.status != HTTPStatus.CONFLICT or response.has_ambiguous_attempt:
            return False
        return not (self.unless and re.search(self.unless, problem_message(request, response)))

    def allows(self, item: object) -> bool:
        """Return whether the state of a resource allows the operation, or will by itself.

        Args:
            item: The resource as it was read after the refusal.
        """
        state = self.lifecycle.name_of(getattr(item, self.lifecycle.state, None))
        return state in self.states


async def _sleep(_reason: str, seconds: float) -> None:
    await asyncio.sleep(seconds)


_pause: ContextVar[Pause] = ContextVar("conflict_pause", default=_sleep)


@contextmanager
def pausing_with(pause: Pause) -> Generator[None, None, None]:
    """Use a function of the caller for the waits between attempts of calls in the block.

    Args:
        pause: Waits for some seconds; an exception that it raises ends the call.
    """
    token = _pause.set(pause)
    try:
        yield
    finally:
        _pause.reset(token)


async def pause_before_retry(reason: str, seconds: float) -> None:
    """Wait before the next attempt, with the caller's function if there is one.

    Args:
        reason: Why there is another attempt.
        seconds: How long.
    """
    await _pause.get()(reason, seconds)
