"""Exporters for the spans and metrics of the tests."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from opentelemetry import metrics, trace
from opentelemetry.sdk.metrics import Histogram, MeterProvider
from opentelemetry.sdk.metrics.export import AggregationTemporality, InMemoryMetricReader
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

if TYPE_CHECKING:
    from collections.abc import Sequence

    from opentelemetry.sdk.metrics.export import HistogramDataPoint
    from opentelemetry.sdk.trace import ReadableSpan


class Telemetry:
    """The process-wide providers of OpenTelemetry, which may be set once only."""

    def __init__(self) -> None:
        self._spans = InMemorySpanExporter()
        self._metrics = InMemoryMetricReader({Histogram: AggregationTemporality.DELTA})
        tracers = TracerProvider()
        tracers.add_span_processor(SimpleSpanProcessor(self._spans))
        trace.set_tracer_provider(tracers)
        metrics.set_meter_provider(MeterProvider([self._metrics]))

    def clear(self) -> None:
        """Forget what came so far."""
        self._spans.clear()
        self._metrics.get_metrics_data()

    def spans(self) -> Sequence[ReadableSpan]:
        """The spans that have ended, in the order in which they did."""
        return self._spans.get_finished_spans()

    def points(self) -> dict[str, list[HistogramDataPoint]]:
        """The points of each histogram since they were last asked for."""
        data = self._metrics.get_metrics_data()
        every: list[Any] = [
            metric
            for resource in (data.resource_metrics if data else ())
            for scope in resource.scope_metrics
            for metric in scope.metrics
        ]
        return {metric.name: list(metric.data.data_points) for metric in every}

    def shown(self) -> str:
        """All spans and metrics as an exporter writes them, but for line breaks."""
        data = self._metrics.get_metrics_data()
        texts = [span.to_json(indent=None) for span in self.spans()]
        return "".join([*texts, data.to_json(indent=None) if data else ""])
