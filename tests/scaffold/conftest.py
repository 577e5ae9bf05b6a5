"""A rendered scaffold as an imported module, and the real OpenTelemetry SDK in memory around each test."""

from __future__ import annotations

import importlib.util
import itertools
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, TypeVar, cast

import pytest
from flask import Flask
from opentelemetry import metrics, trace
from opentelemetry.instrumentation.flask import FlaskInstrumentor
from opentelemetry.metrics import _internal as metrics_internal
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.util._once import Once
from upstream import clock as clock
from upstream import retrying as retrying
from upstream import upstream as upstream

from splice.scaffold import Spec, render

_F = TypeVar("_F")


class Scaffold(Protocol):
    """What the tests use of a rendered scaffold."""

    _CODEGEN_ID: str
    _tracer: Any
    _histogram: Any

    def observed(self, operation: str) -> Callable[[_F], _F]: ...
    def observed_view(self, **operations: str) -> Callable[[_F], _F]: ...
    def instrument(self, app: object) -> Any: ...


Load = Callable[..., Scaffold]
_numbers = itertools.count()


def spec(**changes: Any) -> Spec:
    """A spec with all parts; keyword arguments change its fields."""
    fields: dict[str, Any] = {
        "parts": ("instrument", "observed", "observed_view"),
        "codemods": (("metrics", 1), ("spans", 1)),
        "config": "{}",
        "instruments": ("django", "fastapi", "flask", "starlette"),
    }
    return Spec(**{**fields, **changes})


@pytest.fixture
def load(tmp_path: Path) -> Iterator[Load]:
    """`load(**changes of the spec)` renders a scaffold and imports it as a module of its own."""
    names = []

    def import_it(**changes: Any) -> Scaffold:
        name = f"rendered_scaffold_{next(_numbers)}"
        file = tmp_path / f"{name}.py"
        file.write_text(render(spec(**changes)).text, "utf-8")
        found = importlib.util.spec_from_file_location(name, file)
        assert found is not None and found.loader is not None
        module = importlib.util.module_from_spec(found)
        sys.modules[name] = module
        names.append(name)
        found.loader.exec_module(module)
        return cast(Scaffold, module)

    yield import_it
    for name in names:
        del sys.modules[name]


@dataclass
class Telemetry:
    """What the process has emitted."""

    provider: TracerProvider
    exporter: InMemorySpanExporter
    reader: InMemoryMetricReader

    def spans(self) -> list[ReadableSpan]:
        return list(self.exporter.get_finished_spans())

    def span(self) -> ReadableSpan:
        """The only span there is."""
        (span,) = self.spans()
        return span

    def points(self, metric: str = "app.operation.duration") -> list[Any]:
        """The data points of one metric."""
        data = self.reader.get_metrics_data()
        if data is None:
            return []
        scopes = [scope for resource in data.resource_metrics for scope in resource.scope_metrics]
        found = [one for scope in scopes for one in scope.metrics if one.name == metric]
        return [point for one in found for point in one.data.data_points]

    def counts(self) -> dict[tuple[str, str], int]:
        """How many calls were counted by operation and error type ("" without one)."""
        return {
            (str(point.attributes["operation"]), str(point.attributes.get("error.type", ""))): point.count
            for point in self.points()
        }


def instrument_flask(app: Flask) -> None:
    """Put the official instrumentor on one application."""
    instrumentor: Any = FlaskInstrumentor
    instrumentor().instrument_app(app)


def forget_providers() -> None:
    """Undo `set_tracer_provider` and `set_meter_provider`, as OpenTelemetry's own test kit does."""
    trace._TRACER_PROVIDER_SET_ONCE = Once()
    trace._TRACER_PROVIDER = None
    metrics_internal._METER_PROVIDER_SET_ONCE = Once()
    metrics_internal._METER_PROVIDER = None
    metrics_internal._PROXY_METER_PROVIDER = metrics_internal._ProxyMeterProvider()


@pytest.fixture
def telemetry() -> Iterator[Telemetry]:
    """The SDK as the global provider, exporting into memory."""
    before = (trace._TRACER_PROVIDER, metrics_internal._METER_PROVIDER)
    forget_providers()
    exporter, reader = InMemorySpanExporter(), InMemoryMetricReader()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    trace.set_tracer_provider(provider)
    metrics.set_meter_provider(MeterProvider([reader]))
    yield Telemetry(provider, exporter, reader)
    provider.shutdown()
    reader.shutdown()
    forget_providers()
    trace._TRACER_PROVIDER, metrics_internal._METER_PROVIDER = before
