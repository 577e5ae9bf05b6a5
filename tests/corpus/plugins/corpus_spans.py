"""A pytest plugin that sets up the real SDK in memory and counts: calls of handlers, spans, measurements.

Calls are counted by `hit`, which the corpus writes into the first line of each handler, wherever our decorator
stands; by `called`, a decorator below ours where the service has others there, which may answer instead; and by
`inherited` where a class answers with methods of a library. Spans of the scope `splice` are counted by a span
processor, durations by a metric reader. $CORPUS_SPANS gets the JSON.
"""

from __future__ import annotations

import functools
import gc
import inspect
import json
import os
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from threading import Lock
from typing import Any

from opentelemetry import metrics, trace
from opentelemetry.context import Context
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import HistogramDataPoint, InMemoryMetricReader
from opentelemetry.sdk.trace import ReadableSpan, Span, SpanProcessor, TracerProvider

_lock = Lock()
_hits: Counter[str] = Counter()
_called: Counter[str] = Counter()
_members: dict[str, list[str]] = {}
_started: Counter[str] = Counter()
_ended: Counter[str] = Counter()
_operations: Counter[str] = Counter()


def hit(function: str) -> None:
    """A handler runs."""
    with _lock:
        _hits[function] += 1


def called(name: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Count the calls of a function and what decorates it already."""

    def decorate(function: Callable[..., Any]) -> Callable[..., Any]:
        def begin(*args: Any, **kwargs: Any) -> Any:
            with _lock:
                _called[name] += 1
            return function(*args, **kwargs)

        async def asynchronous(*args: Any, **kwargs: Any) -> Any:
            return await begin(*args, **kwargs)

        assert not inspect.isasyncgenfunction(function), "no framework here takes one that is decorated"
        assert not inspect.isgeneratorfunction(function), "no framework here takes one that is decorated"
        return functools.wraps(function)(asynchronous if inspect.iscoroutinefunction(function) else begin)

    return decorate


def inherited(name: str, members: list[str]) -> None:
    """Count the calls of methods that a Django view of this name inherits from a library.

    On each object, and so around whatever stands on the class; nothing is written into the class.
    """
    _members[name] = members
    from django.views import View

    begin = View.__init__

    def with_counters(self: Any, **kwargs: Any) -> None:
        begin(self, **kwargs)
        for method, counter in _counted(type(self)).items():
            setattr(self, method, counter(getattr(self, method)))

    if len(_members) == 1:
        View.__init__ = with_counters


def _counted(cls: type) -> dict[str, Callable[[Callable[..., Any]], Callable[..., Any]]]:
    """Counters for the methods of a class: each is the nearest base's that says it inherits it."""
    found: dict[str, Callable[[Callable[..., Any]], Callable[..., Any]]] = {}
    for base in reversed(cls.__mro__):
        name = f"{base.__module__}.{base.__qualname__}"
        found |= {method: called(f"{name}.{method}") for method in _members.get(name, ()) if hasattr(base, method)}
        for method in vars(base).keys() & found.keys() - set(_members.get(name, ())):
            del found[method]  # it has a method of its own
    return found


class _Counting(SpanProcessor):
    def on_start(self, span: Span, parent_context: Context | None = None) -> None:
        _count(_started, span)
        if _is_ours(span):
            with _lock:
                _operations[span.name] += 1

    def on_end(self, span: ReadableSpan) -> None:
        _count(_ended, span)


def _is_ours(span: ReadableSpan) -> bool:
    scope = span.instrumentation_scope
    return scope is not None and scope.name == "splice"


def _count(counter: Counter[str], span: ReadableSpan) -> None:
    if _is_ours(span):
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
    spans = {"started": _started, "ended": _ended, "operations": _operations}
    counts = {"hits": _hits, "called": _called, **spans, "measured": _measured()}
    Path(os.environ["CORPUS_SPANS"]).write_text(json.dumps(counts, sort_keys=True), encoding="utf-8")
