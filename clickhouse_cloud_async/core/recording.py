"""Records the responses of calls, for callers that need more than a result."""

from __future__ import annotations

from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any, Generic, TypeVar

import attrs
import orjson

from .documents import without_byte_order_mark
from .errors import InvalidArgumentError, ResponseDecodeError
from .problems import request_id_of
from .server_time import clock_offset

if TYPE_CHECKING:
    from collections.abc import Generator, Mapping
    from datetime import datetime

    from .call import Call
    from .messages import Response

T = TypeVar("T")


@attrs.frozen(kw_only=True)
class RawResponse(Generic[T]):
    """A whole response.

    Attributes:
        result: The result of the call; for a request by path, the parsed JSON, the text if it is
            not JSON, or None for an empty body.
        status: HTTP status.
        headers: Header fields, case-insensitive.
        request_id: The API's ID of the request; None if it gave none.
        elapsed: Seconds from the start of the call to its end, including waits and retries.
        attempts: Number of requests that were sent for the call.
        body: The body, decompressed.
    """

    result: T = attrs.field(repr=False)
    status: int
    headers: Mapping[str, str] = attrs.field(repr=False)
    request_id: str | None
    elapsed: float
    attempts: int
    body: bytes = attrs.field(repr=False)

    def server_time(self, moment: datetime) -> datetime:
        """Return the time of the server's clock at a moment, by its Date header.

        Args:
            moment: A moment by this machine's clock.
        """
        return moment + clock_offset(self.headers)

    def json(self) -> Any:
        """Parse the body.

        Raises:
            ResponseDecodeError: It is not JSON.
        """
        try:
            return orjson.loads(without_byte_order_mark(self.body))
        except orjson.JSONDecodeError:
            pass
        # Raised here, because the parser's error holds the whole body.
        raise ResponseDecodeError("the body is not JSON", status=self.status)


class Recording:
    """The responses of the calls that were made in a block."""

    def __init__(self) -> None:
        self._responses: list[tuple[Call, Response]] = []

    def add(self, call: Call, response: Response) -> None:
        """Keep a response."""
        self._responses.append((call, response))

    def response(self, result: T) -> RawResponse[T]:
        """Combine a result with the last response.

        Raises:
            InvalidArgumentError: There is no response.
        """
        if not self._responses:
            raise InvalidArgumentError(
                "the function is not a method of a client: it sent no request"
            )
        return raw_response(*self._responses[-1], result)


_recording: ContextVar[Recording | None] = ContextVar("recording", default=None)


@contextmanager
def recording() -> Generator[Recording, None, None]:
    """Record the responses of all calls that this context makes."""
    recorded = Recording()
    token = _recording.set(recorded)
    try:
        yield recorded
    finally:
        _recording.reset(token)


def record(call: Call, response: Response) -> None:
    """Keep a response if this context records."""
    recorded = _recording.get()
    if recorded is not None:
        recorded.add(call, response)


def raw_response(call: Call, response: Response, result: T) -> RawResponse[T]:
    """Combine a call, its response and its result."""
    return RawResponse(
        result=result,
        status=response.status,
        headers=response.headers,
        request_id=request_id_of(call.request.api, response),
        elapsed=call.elapsed,
        attempts=call.attempts,
        body=response.body,
    )
