"""Notifies hooks and tracer of one attempt."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from .errors import CloudError
from .problems import request_id_of
from .telemetry import RequestInfo, ResponseInfo, notify

if TYPE_CHECKING:
    from .call import Call
    from .messages import Response
    from .telemetry import Observers


class Observation:
    """An attempt that is observed, from its beginning to its end.

    Args:
        observers: The client's observers.
        call: The call, with the attempt counted.
    """

    __slots__ = ("_api", "_began", "_info", "_observers", "_span")

    def __init__(self, observers: Observers, call: Call) -> None:
        request = call.request
        info = RequestInfo(
            request.operation.id, request.method, request.path, call.attempts, request.base_url
        )
        self._api = request.api
        self._observers = observers
        self._info = info
        self._span: object = None
        notify(observers.on_request, info)
        if observers.tracer is not None:
            self._span = observers.tracer.attempt_started(call.span, info)
        self._began = time.perf_counter()

    def ended(self, result: Response | BaseException) -> None:
        """Notify all observers of its result."""
        elapsed = time.perf_counter() - self._began
        if isinstance(result, BaseException):
            status = result.status if isinstance(result, CloudError) else None
            info = ResponseInfo(self._info, status, {}, None, elapsed, 0, result)
        else:
            info = ResponseInfo(
                self._info,
                result.status,
                result.headers,
                request_id_of(self._api, result),
                elapsed,
                len(result.body),
                None,
            )
        observers = self._observers
        if observers.tracer is not None:
            observers.tracer.attempt_ended(self._span, info)
        notify(observers.on_response, info)
