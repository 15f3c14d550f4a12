"""A resource that may refuse a call with 409 while it settles."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Protocol

from .conflicts import RETRY_FOR, RETRY_INTERVAL
from .deadline import Deadline
from .errors import CloudError

if TYPE_CHECKING:
    from .conflicts import PassingConflict
    from .messages import Request, Response
    from .values import Unset


class Read(Protocol):
    """Reads a resource."""

    async def __call__(self, *, timeout: float | Unset | None) -> object:
        """Read it within a timeout in seconds; None for no limit, `UNSET` for the client's."""
        ...


class SettlingResource:
    """The resource of a call that may be refused while the resource settles.

    Args:
        conflict: Its conflicts that pass by themselves.
        read: Reads the resource.
        speed: Speed of its transitions, relative to real ones.

    Attributes:
        pause: Seconds between two attempts.
    """

    def __init__(self, conflict: PassingConflict, read: Read, speed: float) -> None:
        self._conflict = conflict
        self._read = read
        self._retry_for = RETRY_FOR / speed
        self.pause: float = RETRY_INTERVAL / speed

    def window(self, limit: float | None) -> Deadline:
        """Return the deadline of retries, counted from now.

        Args:
            limit: Seconds that the caller allows; None for no limit.
        """
        return Deadline(min(self._retry_for, math.inf if limit is None else limit))

    def may_refuse(self, request: Request, response: Response) -> bool:
        """Return whether a response may refuse a request because the resource settles."""
        return self._conflict.may_pass(request, response)

    async def is_settling(self, timeout: float | Unset | None) -> bool:
        """Return whether its state allows the call, or will by itself.

        Args:
            timeout: Seconds for reading it; None for no limit, `UNSET` for the client's.
        """
        try:
            item = await self._read(timeout=timeout)
        except CloudError:
            # The refusal is reported; the key may lack the permission to read the resource.
            return False
        return self._conflict.allows(item)
