"""One attempt as hooks and tracer see it."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from .errors import CloudError
from .problems import request_id_of
from .telemetry import RequestInfo, ResponseInfo, tell

if TYPE_CHECKING:
    from .call import Call
    from .messages import Response
    from .telemetry import Observers


class Observation:
    """An attempt that is watched; made when it begins.

    Args:
        observers: Who watches.
        call: Whose attempt it is.
    """

    __slots__ = ("_api", "_began", "_info", "_observers", "_span")

    def __init__(self, observers: Observers, call: Call) -> None:
        request = call.request
        info = RequestInfo(request.operation, request.method, request.path, call.attempts)
        self._api = request.api
        self._observers = observers
        self._info = info
        self._span: object = None
        tell(observers.on_request, info)
        if observers.tracer is not None:
            self._span = observers.tracer.attempt_started(call.span, info)
        self._began = time.perf_counter()

    def ended(self, outcome: Response | BaseException) -> None:
        """Tell everybody how it ended."""
        elapsed = time.perf_counter() - self._began
        if isinstance(outcome, BaseException):
            status = outcome.status if isinstance(outcome, CloudError) else None
            info = ResponseInfo(self._info, status, {}, None, elapsed, 0, outcome)
        else:
            info = ResponseInfo(
                self._info,
                outcome.status,
                outcome.headers,
                request_id_of(self._api, outcome),
                elapsed,
                len(outcome.body),
                None,
            )
        observers = self._observers
        if observers.tracer is not None:
            observers.tracer.attempt_ended(self._span, info)
        tell(observers.on_response, info)
