"""Requests that are held back instead of being sent."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .holding import is_holding

if TYPE_CHECKING:
    from .messages import Request

_READS = frozenset(("GET", "HEAD"))


class RequestHeld(Exception):  # noqa: N818 - nothing went wrong
    """A request was held back, which ends the call.

    It is not a `CloudError`, so that error handling does not treat it as a failure.

    Args:
        request: The request, ready to be sent.

    Attributes:
        request: As the argument.
    """

    def __init__(self, request: Request) -> None:
        super().__init__(f"{request.method} {request.path} was held back")
        self.request = request


def hold_change(request: Request) -> None:
    """Raise `RequestHeld` if this context holds back a request.

    Args:
        request: The request, ready to be sent.

    Raises:
        RequestHeld: It changes something, and this context holds changes back.
    """
    if is_holding() and request.method not in _READS:
        raise RequestHeld(request)


def first_held(error: BaseException) -> RequestHeld | None:
    """Return the first request that was held back before an error; None if none was.

    A method that sends several requests may have tried to undo the first one.

    Args:
        error: The error that the method raised.
    """
    found: RequestHeld | None = None
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, RequestHeld):
            found = cause
        cause = cause.__cause__ or cause.__context__
    return found
