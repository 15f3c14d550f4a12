"""Refusals with 409 that pass by themselves while a resource settles."""

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
"""Seconds for which a request is retried that a settling resource refuses."""

RETRY_INTERVAL = 10.0
"""Seconds between two attempts."""

Pause = Callable[[str, float], Awaitable[None]]
"""Waits for some seconds before the next attempt; the text says why."""


@attrs.frozen(kw_only=True, eq=False)
class PassingConflict:
    """Which conflicts of an operation pass by themselves.

    An API may show the new state of a resource before the transition that leads to it is over, and
    refuse with 409 until then what the state allows.

    Attributes:
        lifecycle: How the resource is read, and where its state stands.
        states: States that allow the operation, or come to by themselves.
        unless: Pattern in the messages of conflicts that stay; empty for none.
    """

    lifecycle: Lifecycle[Any]
    states: frozenset[str]
    unless: str = ""

    def may_pass(self, request: Request, response: Response) -> bool:
        """Return whether a response is such a conflict, as far as it tells.

        Args:
            request: The request.
            response: The response.
        """
        if response.status != HTTPStatus.CONFLICT or response.has_ambiguous_attempt:
            return False
        return not (self.unless and re.search(self.unless, problem_message(request, response)))

    def allows(self, item: object) -> bool:
        """Return whether the state of a resource allows the operation, or comes to.

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
    """Let a function of the caller wait between the attempts of the calls in the body.

    Args:
        pause: Waits for some seconds of the event loop; what it raises ends the call.
    """
    token = _pause.set(pause)
    try:
        yield
    finally:
        _pause.reset(token)


async def pause_before_retry(reason: str, seconds: float) -> None:
    """Wait before the next attempt, as the caller wants it.

    Args:
        reason: Why there is another attempt.
        seconds: How long.
    """
    await _pause.get()(reason, seconds)
