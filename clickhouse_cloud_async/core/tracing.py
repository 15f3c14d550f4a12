"""Spans and metrics by OpenTelemetry's conventions for HTTP clients (extra ``otel``)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from opentelemetry import metrics, trace

from clickhouse_cloud_async._version import __version__

if TYPE_CHECKING:
    from .telemetry import RequestInfo, ResponseInfo

SCOPE = "clickhouse_cloud_async"


class OpenTelemetryTracer:
    """Records a span for each call and, inside it, one for each attempt.

    Metrics: ``http.client.request.duration`` (seconds, by attempt),
    and under the API's own prefix ``call.attempts`` and ``call.throttled`` (seconds).

    Args:
        base_url: The base URL of requests.
        prefix: Start of the names of the API's own metrics and attributes.
    """

    def __init__(self, base_url: str, prefix: str) -> None:
        self._tracer = trace.get_tracer(SCOPE, __version__)
        meter = metrics.get_meter(SCOPE, __version__)
        self._duration = meter.create_histogram(
            "http.client.request.duration", "s", "Duration of HTTP client requests."
        )
        self._attempts = meter.create_histogram(
            f"{prefix}.call.attempts", "{attempt}", "Requests sent for one call."
        )
        self._throttled = meter.create_histogram(
            f"{prefix}.call.throttled", "s", "Wait of one call for the rate limit."
        )
        self._base_url = base_url
        self._operation = f"{prefix}.operation"
        self._own_server = _server(base_url)

    def _server_of(self, base_url: str) -> dict[str, Any]:
        return _server(base_url) if base_url else self._own_server

    def call_started(self, operation: str, method: str, base_url: str) -> Any:
        """Begin the span of a call, and return it for `call_ended`."""
        return self._tracer.start_span(
            operation or method,
            attributes={self._operation: operation, **self._server_of(base_url)},
        )

    def call_ended(
        self, span: Any, *, base_url: str, attempts: int, throttled: float, failure: str | None
    ) -> None:
        """End the span of a call."""
        server = self._server_of(base_url)
        self._attempts.record(attempts, server)
        self._throttled.record(throttled, server)
        if failure is not None:
            span.set_attribute("error.type", failure)
            span.set_status(trace.StatusCode.ERROR)
        span.end()

    def attempt_started(self, span: Any, request: RequestInfo) -> Any:
        """Begin the span of an attempt within a call's."""
        attributes: dict[str, Any] = {
            "http.request.method": request.method,
            "url.full": (request.base_url or self._base_url) + request.path,
            **self._server_of(request.base_url),
        }
        if request.attempt > 1:
            attributes["http.request.resend_count"] = request.attempt - 1
        return self._tracer.start_span(
            request.method,
            context=trace.set_span_in_context(span),
            kind=trace.SpanKind.CLIENT,
            attributes=attributes,
        )

    def attempt_ended(self, span: Any, response: ResponseInfo) -> None:
        """End the span of an attempt."""
        attributes: dict[str, Any] = {
            "http.request.method": response.request.method,
            **self._server_of(response.request.base_url),
        }
        if response.status is not None:
            attributes["http.response.status_code"] = response.status
            span.set_attribute("http.response.status_code", response.status)
        failure = _failure(response)
        if failure is not None:
            attributes["error.type"] = failure
            span.set_attribute("error.type", failure)
            span.set_status(trace.StatusCode.ERROR)
        self._duration.record(response.elapsed, attributes)
        span.end()


def _server(base_url: str) -> dict[str, Any]:
    """Return the span attributes of a server."""
    parts = urlsplit(base_url)
    return {
        "server.address": parts.hostname or "",
        "server.port": parts.port or (443 if parts.scheme == "https" else 80),
    }


def _failure(response: ResponseInfo) -> str | None:
    if response.error is not None:
        return type(response.error).__qualname__
    if response.status is not None and response.status >= 400:  # noqa: PLR2004  # first of errors
        return str(response.status)
    return None
