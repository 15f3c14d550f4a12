"""Observation of requests: log, counts and hooks."""

from __future__ import annotations

import logging
import threading
from typing import TYPE_CHECKING, Protocol, TypeVar

import attrs

from .forking import resets_after_fork

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from .errors import CloudError

T = TypeVar("T")

logger: logging.Logger = logging.getLogger("clickhouse_cloud_async")


# Not frozen: creating both for an attempt would take 1.5 us longer, a quarter of its hooks.
@attrs.define(unsafe_hash=True)
class RequestInfo:
    """One attempt that is about to be sent.

    Attributes:
        operation: Id of the operation; empty for a request by path.
        method: HTTP method.
        path: Path without query; it may hold ids, never credentials.
        attempt: 1 for the first attempt of a call, 2 for the second, and so on.
        base_url: The server, if it is not the API's own; empty otherwise.
    """

    operation: str
    method: str
    path: str
    attempt: int
    base_url: str = ""


@attrs.define
class ResponseInfo:
    """The result of one attempt.

    Attributes:
        request: The attempt.
        status: HTTP status; None if there was no response.
        headers: Header fields of the response, case-insensitive; empty if there was none.
        request_id: The API's id of the request; None if it gave none.
        elapsed: Seconds from sending the request until the response was read.
        size: Bytes of the response's body after decompression.
        error: The error of an attempt without a response, also a cancellation; None otherwise.
    """

    request: RequestInfo
    status: int | None
    headers: Mapping[str, str] = attrs.field(repr=False)
    request_id: str | None
    elapsed: float
    size: int
    error: BaseException | None


@attrs.define
class RetryInfo:
    """A failed attempt whose request is sent again after a wait.

    Attributes:
        request: The attempt that failed.
        cause: The error of the attempt, which the call would raise if it were its last attempt.
        wait: Seconds until the next attempt; waiting for the rate limit may make it longer.
    """

    request: RequestInfo
    cause: CloudError
    wait: float


class Stats:
    """Counts of a client so far.

    Attributes:
        requests: Attempts that were sent.
        retries: Number of those attempts that were not the first of their call.
        throttled_seconds: Total seconds that calls have waited for the rate limit.
        bytes_sent: Bytes of request bodies.
        bytes_received: Bytes of response bodies after decompression.
    """

    def __init__(self) -> None:
        self.reset_after_fork()
        resets_after_fork(self)
        self.requests: int = 0
        self.retries: int = 0
        self.throttled_seconds: float = 0.0
        self.bytes_sent: int = 0
        self.bytes_received: int = 0

    def reset_after_fork(self) -> None:
        """Replace the lock, which a thread of the parent may hold; the counts are kept."""
        self._lock = threading.Lock()

    def throttled(self, seconds: float) -> None:
        """Count a wait for the rate limit."""
        with self._lock:
            self.throttled_seconds += seconds

    def sent(self, attempt: int, size: int) -> None:
        """Count an attempt: 1 for the first of a call, and the bytes of its body."""
        with self._lock:
            self.requests += 1
            self.retries += attempt > 1
            self.bytes_sent += size

    def received(self, size: int) -> None:
        """Count the bytes of a response's body."""
        with self._lock:
            self.bytes_received += size

    def __repr__(self) -> str:
        return (
            f"Stats(requests={self.requests}, retries={self.retries},"
            f" throttled_seconds={self.throttled_seconds:.3f},"
            f" bytes_sent={self.bytes_sent}, bytes_received={self.bytes_received})"
        )


class Tracer(Protocol):
    """Records spans and metrics of calls and attempts."""

    def call_started(self, operation: str, method: str, base_url: str) -> object:
        """Begin the span of a call, and return it for the methods below."""

    def call_ended(
        self, span: object, *, base_url: str, attempts: int, throttled: float, failure: str | None
    ) -> None:
        """End the span of a call."""

    def attempt_started(self, span: object, request: RequestInfo) -> object:
        """Begin the span of an attempt within a call's."""

    def attempt_ended(self, span: object, response: ResponseInfo) -> None:
        """End the span of an attempt."""


@attrs.frozen
class Observers:
    """The observers of a client's requests.

    Attributes:
        stats: The client's counts.
        on_request: Called before each attempt.
        on_response: Called after each attempt.
        on_retry: Called before the wait for another attempt.
        tracer: Records spans; None if telemetry is off.
    """

    stats: Stats = attrs.field(factory=Stats)
    on_request: Callable[[RequestInfo], object] | None = None
    on_response: Callable[[ResponseInfo], object] | None = None
    on_retry: Callable[[RetryInfo], object] | None = None
    tracer: Tracer | None = None

    @property
    def is_watching(self) -> bool:
        """Whether a hook or tracer observes single attempts."""
        return (
            self.on_request is not None or self.on_response is not None or self.tracer is not None
        )


def notify(hook: Callable[[T], object] | None, info: T) -> None:
    """Call a hook, if there is one; an error that it raises is logged and not passed on."""
    if hook is None:
        return
    try:
        hook(info)
    except Exception:
        logger.exception("a hook failed")
