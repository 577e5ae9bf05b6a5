"""A pytest plugin that sets up the real SDK in memory, and counts what a scaffold with all of its parts told it.

$CORPUS_SDK gets the JSON: decisions of guards by word, durations, spans of servers that carry a handler's name, and
repeated attempts.
"""

from __future__ import annotations

import json
import os
from collections import Counter
from pathlib import Path
from threading import Lock

from opentelemetry import metrics, trace
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import HistogramDataPoint, InMemoryMetricReader, NumberDataPoint
from opentelemetry.sdk.trace import ReadableSpan, SpanProcessor, TracerProvider

_lock = Lock()
_spans: Counter[str] = Counter()


class _Counting(SpanProcessor):
    def on_end(self, span: ReadableSpan) -> None:
        enriched = span.kind is trace.SpanKind.SERVER and "code.function.name" in (span.attributes or {})
        attempts = sum(event.name == "retry.attempt" for event in span.events)
        with _lock:
            _spans["enriched"] += enriched
            _spans["attempts"] += attempts


_reader = InMemoryMetricReader()
_tracers = TracerProvider()
_tracers.add_span_processor(_Counting())
trace.set_tracer_provider(_tracers)
metrics.set_meter_provider(MeterProvider([_reader]))


def _measured() -> tuple[Counter[str], int]:
    """Decisions by word, and how many durations there are."""
    decisions: Counter[str] = Counter()
    durations = 0
    data = _reader.get_metrics_data()
    for resource in data.resource_metrics if data is not None else ():
        for metric in (metric for scope in resource.scope_metrics for metric in scope.metrics):
            for point in metric.data.data_points:
                if metric.name == "guard.decisions" and isinstance(point, NumberDataPoint):
                    decisions[str((point.attributes or {}).get("decision"))] += int(point.value)
                elif metric.name == "app.operation.duration" and isinstance(point, HistogramDataPoint):
                    durations += point.count
    return decisions, durations


def pytest_sessionfinish() -> None:
    decisions, durations = _measured()
    counts = {"decisions": dict(+decisions), "durations": durations, **_spans}
    Path(os.environ["CORPUS_SDK"]).write_text(json.dumps(counts, sort_keys=True), encoding="utf-8")
