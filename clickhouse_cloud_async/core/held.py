"""Requests that are held back in the place of being sent."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .holding import is_holding

if TYPE_CHECKING:
    from .messages import Request

_READS = frozenset(("GET", "HEAD"))


class RequestHeld(Exception):  # noqa: N818 - nothing went wrong
    """A request was held back, and so the call ends here.

    It is no `CloudError`, so that nothing that copes with failures takes it for one.

    Args:
        request: The request, ready to be sent.

    Attributes:
        request: As the argument.
    """

    def __init__(self, request: Request) -> None:
        super().__init__(f"{request.method} {request.path} was held back")
        self.request = request


def hold_change(request: Request) -> None:
    """Raise for a request that must not be sent in this context.

    Args:
        request: The request, ready to be sent.

    Raises:
        RequestHeld: It changes something, and this context holds changes back.
    """
    if is_holding() and request.method not in _READS:
        raise RequestHeld(request)


def first_held(error: BaseException) -> RequestHeld | None:
    """Return the first request that was held back on the way to an error; None if none was.

    A method that sends several requests may have tried to undo what was held back.

    Args:
        error: What the method raised.
    """
    found: RequestHeld | None = None
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, RequestHeld):
            found = cause
        cause = cause.__cause__ or cause.__context__
    return found
