"""One attempt as hooks and tracer see it."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from .answers import request_id_of
from .errors import ClickHouseCloudError
from .telemetry import RequestInfo, ResponseInfo

if TYPE_CHECKING:
    from .attempts import Call
    from .telemetry import Observers
    from .transport import Response


class Observation:
    """An attempt that is watched; made when it begins.

    Args:
        observers: Who watches.
        call: Whose attempt it is.
    """

    __slots__ = ("_began", "_info", "_observers", "_span")

    def __init__(self, observers: Observers, call: Call) -> None:
        request = call.request
        self._observers = observers
        self._info = RequestInfo(request.operation, request.method, request.path, call.attempts)
        observers.request(self._info)
        self._span: object = observers.tracer and observers.tracer.attempt_started(
            call.span, self._info
        )
        self._began = time.perf_counter()

    def ended(self, outcome: Response | BaseException) -> None:
        """Tell everybody how it ended."""
        info = _response_info(self._info, outcome, time.perf_counter() - self._began)
        if self._observers.tracer is not None:
            self._observers.tracer.attempt_ended(self._span, info)
        self._observers.response(info)


def _response_info(
    info: RequestInfo, outcome: Response | BaseException, elapsed: float
) -> ResponseInfo:
    if isinstance(outcome, BaseException):
        status = outcome.status if isinstance(outcome, ClickHouseCloudError) else None
        return ResponseInfo(info, status, {}, None, elapsed, 0, outcome)
    return ResponseInfo(
        info,
        outcome.status,
        outcome.headers,
        request_id_of(outcome),
        elapsed,
        len(outcome.body),
        None,
    )
