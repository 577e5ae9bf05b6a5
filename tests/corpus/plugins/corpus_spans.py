"""A pytest plugin that sets up the real SDK in memory and counts: calls of handlers, spans, measurements.

Calls are counted by `hit`, which the corpus writes into the first line of each handler, wherever our decorator
stands; spans of the scope `splice` by a span processor; durations by a metric reader. $CORPUS_SPANS gets the JSON.
"""

from __future__ import annotations

import gc
import json
import os
from collections import Counter
from pathlib import Path
from threading import Lock

from opentelemetry import metrics, trace
from opentelemetry.context import Context
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import HistogramDataPoint, InMemoryMetricReader
from opentelemetry.sdk.trace import ReadableSpan, Span, SpanProcessor, TracerProvider

_lock = Lock()
_hits: Counter[str] = Counter()
_started: Counter[str] = Counter()
_ended: Counter[str] = Counter()


def hit(function: str) -> None:
    """A handler runs."""
    with _lock:
        _hits[function] += 1


class _Counting(SpanProcessor):
    def on_start(self, span: Span, parent_context: Context | None = None) -> None:
        _count(_started, span)

    def on_end(self, span: ReadableSpan) -> None:
        _count(_ended, span)


def _count(counter: Counter[str], span: ReadableSpan) -> None:
    scope = span.instrumentation_scope
    if scope is not None and scope.name == "splice":
        with _lock:
            counter[str((span.attributes or {}).get("code.function.name"))] += 1


_reader = InMemoryMetricReader()
_tracers = TracerProvider()
_tracers.add_span_processor(_Counting())
trace.set_tracer_provider(_tracers)
metrics.set_meter_provider(MeterProvider([_reader]))


def _measured() -> dict[str, int]:
    """Recorded durations by operation."""
    found: Counter[str] = Counter()
    data = _reader.get_metrics_data()
    for resource in data.resource_metrics if data is not None else ():
        for scope in resource.scope_metrics:
            for metric in scope.metrics if scope.scope.name == "splice" else ():
                for point in metric.data.data_points:
                    if isinstance(point, HistogramDataPoint):
                        found[str((point.attributes or {}).get("operation"))] += point.count
    return found


def pytest_sessionfinish() -> None:
    gc.collect()  # a stream that nobody read to its end ends with its iterator
    counts = {"hits": _hits, "started": _started, "ended": _ended, "measured": _measured()}
    Path(os.environ["CORPUS_SPANS"]).write_text(json.dumps(counts, sort_keys=True), encoding="utf-8")
