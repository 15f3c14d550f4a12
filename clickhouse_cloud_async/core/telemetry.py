"""What can be seen of the requests: log lines, counts, and hooks for whoever wants to watch."""

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


# Not frozen: making both of these for an attempt would take 1.5 us longer, a quarter of its hooks.
@attrs.define(unsafe_hash=True)
class RequestInfo:
    """One attempt that is about to be sent.

    Attributes:
        operation: Id of the operation; empty for a request by path.
        method: HTTP method.
        path: Path without query; it may hold ids, never credentials.
        attempt: 1 for the first attempt of a call, 2 for the second, and so on.
    """

    operation: str
    method: str
    path: str
    attempt: int


@attrs.define
class ResponseInfo:
    """How one attempt ended.

    Attributes:
        request: The attempt.
        status: HTTP status; None where no answer came.
        headers: Header fields of the answer, found without regard to case; empty where none came.
        request_id: The API's id of the request, where it gave one.
        elapsed: Seconds from sending the request to having read the answer.
        size: Bytes of the answer's body after decompression.
        error: What happened where no answer came; a cancellation too.
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
        cause: What it failed with: the error that the call would raise if it were its last attempt.
        wait: Seconds until the next attempt; waiting for the rate budget may make it longer.
    """

    request: RequestInfo
    cause: CloudError
    wait: float


class Stats:
    """What a client has done so far.

    Attributes:
        requests: Attempts that were sent.
        retries: How many of them were repeats.
        throttled_seconds: Seconds that calls waited for the rate budget, added up.
        bytes_sent: Bytes of request bodies.
        bytes_received: Bytes of answers' bodies after decompression.
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
        """Take a lock that nobody holds; the counts go on from those of the parent process."""
        self._lock = threading.Lock()

    def throttled(self, seconds: float) -> None:
        """Count a wait for the rate budget."""
        with self._lock:
            self.throttled_seconds += seconds

    def sent(self, attempt: int, size: int) -> None:
        """Count an attempt: 1 for the first of a call, and the bytes of its body."""
        with self._lock:
            self.requests += 1
            self.retries += attempt > 1
            self.bytes_sent += size

    def received(self, size: int) -> None:
        """Count the bytes of an answer's body."""
        with self._lock:
            self.bytes_received += size

    def __repr__(self) -> str:
        return (
            f"Stats(requests={self.requests}, retries={self.retries},"
            f" throttled_seconds={self.throttled_seconds:.3f},"
            f" bytes_sent={self.bytes_sent}, bytes_received={self.bytes_received})"
        )


class Tracer(Protocol):
    """Makes spans and metrics of calls and attempts."""

    def call_started(self, operation: str, method: str) -> object:
        """Begin the span of a call; what it returns is given back at the end."""

    def call_ended(
        self, span: object, *, attempts: int, throttled: float, failure: str | None
    ) -> None:
        """End the span of a call."""

    def attempt_started(self, span: object, request: RequestInfo) -> object:
        """Begin the span of an attempt within a call's."""

    def attempt_ended(self, span: object, response: ResponseInfo) -> None:
        """End the span of an attempt."""


@attrs.frozen
class Observers:
    """Everything that watches a client's requests.

    Attributes:
        stats: The client's counts.
        on_request: Called before each attempt.
        on_response: Called after each attempt.
        on_retry: Called before the wait for another attempt.
        tracer: Makes spans, where telemetry is on.
    """

    stats: Stats = attrs.field(factory=Stats)
    on_request: Callable[[RequestInfo], object] | None = None
    on_response: Callable[[ResponseInfo], object] | None = None
    on_retry: Callable[[RetryInfo], object] | None = None
    tracer: Tracer | None = None

    @property
    def is_watching(self) -> bool:
        """Whether anybody wants to know of single attempts."""
        return (
            self.on_request is not None or self.on_response is not None or self.tracer is not None
        )


def tell(hook: Callable[[T], object] | None, info: T) -> None:
    """Tell a hook, where there is one; what goes wrong in it is logged and no more."""
    if hook is None:
        return
    try:
        hook(info)
    except Exception:
        logger.exception("a hook failed")
