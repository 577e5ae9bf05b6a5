"""Whatever is wrong with telemetry: each request is served, by exactly one call of the handler."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from conftest import Load, Telemetry, spec
from opentelemetry import trace
from opentelemetry.sdk.trace import ReadableSpan, SpanProcessor, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor, SpanExporter, SpanExportResult

from splice.scaffold import render

SERVICE = """
import asyncio
import sys

if sys.argv[1] == "without":
    class Blocker:
        def find_spec(self, name, path=None, target=None):
            if name.partition(".")[0] == "opentelemetry":
                raise ModuleNotFoundError(f"No module named {name!r}", name=name)
    sys.meta_path.insert(0, Blocker())

import scaffold

calls = []

@scaffold.observed("GET /sync")
def sync(x):
    calls.append("sync")
    return x

@scaffold.observed("GET /async")
async def asynchronous(x):
    calls.append("async")
    return x

@scaffold.observed("shop.generator")
def generator(x):
    calls.append("generator")
    yield x

@scaffold.observed("shop.fail")
def fail():
    calls.append("fail")
    raise KeyError("mine")

scaffold.instrument(object())
assert sync(1) == 1
assert asyncio.run(asynchronous(2)) == 2
assert list(generator(3)) == [3]
try:
    fail()
except KeyError:
    pass
assert calls == ["sync", "async", "generator", "fail"], calls
"""


def serve_request() -> str:
    return "ok"


def serve(folder: Path, *arguments: str, path: Sequence[Path] = (), program: str = SERVICE) -> str:
    """Run a small service in a process of its own."""
    (folder / "scaffold.py").write_text(render(spec()).text)
    (folder / "service.py").write_text(program)
    done = subprocess.run(
        [sys.executable, "service.py", *arguments],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(map(str, path))},
    )
    assert done.returncode == 0, done.stderr
    return done.stdout + done.stderr


def test_without_opentelemetry(tmp_path: Path) -> None:
    program = SERVICE + "\nassert not hasattr(sync, '__wrapped__')\nassert 'opentelemetry' not in sys.modules\n"
    serve(tmp_path, "without", program=program)


def test_without_an_sdk(tmp_path: Path) -> None:
    serve(tmp_path, "with")


@pytest.fixture(scope="session")
def opentelemetry_1_29(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with OpenTelemetry 1.29, the last one without advice on buckets."""
    folder = tmp_path_factory.mktemp("otel129")
    packages = ["opentelemetry-api==1.29.0", "opentelemetry-sdk==1.29.0"]
    done = subprocess.run(
        [sys.executable, "-m", "pip", "install", "-q", "--disable-pip-version-check", "--target", folder, *packages],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        pytest.skip("OpenTelemetry 1.29 cannot be installed here")
    return folder


def test_with_opentelemetry_1_29(opentelemetry_1_29: Path, tmp_path: Path) -> None:
    program = (
        """
import opentelemetry.version, opentelemetry.sdk.version
assert opentelemetry.sdk.version.__version__ == "1.29.0"
from opentelemetry import metrics, trace
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from opentelemetry.sdk.trace import TracerProvider
reader = InMemoryMetricReader()
"""
        + SERVICE.replace(
            "calls = []",
            """calls = []
trace.set_tracer_provider(TracerProvider())
metrics.set_meter_provider(MeterProvider([reader]))
""",
        )
        + """
(resource,) = reader.get_metrics_data().resource_metrics
names = {metric.name for scope in resource.scope_metrics for metric in scope.metrics}
assert names == {"app.operation.duration", "scaffold.info"}, names
"""
    )
    assert "failed" not in serve(tmp_path, "with", path=[opentelemetry_1_29], program=program)


@pytest.mark.parametrize("version", ["3.9", "3.10", "3.12", "3.13"])
def test_on_other_pythons(version: str, tmp_path: Path) -> None:
    (tmp_path / "scaffold.py").write_text(render(spec()).text)
    (tmp_path / "service.py").write_text(SERVICE)
    try:
        probe = subprocess.run([f"python{version}", "-V"], capture_output=True, check=False)
    except FileNotFoundError:
        pytest.skip(f"no Python {version} here")
    if probe.returncode:
        pytest.skip(f"no Python {version} here")
    done = subprocess.run(
        [f"python{version}", "-E", "service.py", "without"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


class Broken(SpanProcessor, SpanExporter):
    """Raises wherever it is asked to do something."""

    def on_start(self, span: Any, parent_context: Any = None) -> None:
        raise RuntimeError("on_start")

    def on_end(self, span: ReadableSpan) -> None:
        raise RuntimeError("on_end")

    def export(self, spans: Any) -> SpanExportResult:
        raise RuntimeError("export")

    def shutdown(self) -> None:
        pass

    def force_flush(self, timeout_millis: int = 30000) -> bool:
        return True


class OnlyTheEnd(Broken):
    def on_start(self, span: Any, parent_context: Any = None) -> None:
        pass


class BrokenSpan(trace.NonRecordingSpan):
    """A span of another vendor, in a bad mood."""

    def is_recording(self) -> bool:
        return True

    def set_attribute(self, key: str, value: Any) -> None:
        raise RuntimeError("set_attribute")

    def set_attributes(self, attributes: Any) -> None:
        raise RuntimeError("set_attributes")

    def set_status(self, status: Any, description: str | None = None) -> None:
        raise RuntimeError("set_status")

    def add_event(self, name: str, attributes: Any = None, timestamp: int | None = None) -> None:
        raise RuntimeError("add_event")

    def end(self, end_time: int | None = None) -> None:
        raise RuntimeError("end")


class BrokenTracer:
    def start_span(self, *arguments: Any, **named: Any) -> BrokenSpan:
        return BrokenSpan(trace.SpanContext(1, 1, is_remote=False))


class BrokenInstrument:
    def record(self, *arguments: Any) -> None:
        raise RuntimeError("record")


def provider(processor: SpanProcessor) -> TracerProvider:
    made = TracerProvider()
    made.add_span_processor(processor)
    return made


@pytest.mark.parametrize(
    "tracer",
    [
        provider(Broken()).get_tracer("x"),
        provider(OnlyTheEnd()).get_tracer("x"),
        provider(SimpleSpanProcessor(Broken())).get_tracer("x"),
        BrokenTracer(),
        object(),
    ],
    ids=["processor", "processor at the end", "exporter", "span", "tracer"],
)
@pytest.mark.parametrize("operation", ["GET /x", "shop.read"])
def test_broken_telemetry(tracer: Any, operation: str, load: Load, telemetry: Telemetry) -> None:
    scaffold = load()
    scaffold._tracer = tracer
    scaffold._histogram = BrokenInstrument()
    calls = []

    @scaffold.observed(operation)
    def read(fail: bool) -> str:
        calls.append(1)
        if fail:
            raise KeyError("mine")
        return "ok"

    @scaffold.observed(operation)
    def steps() -> Any:
        calls.append(2)
        yield 1
        yield 2

    assert read(False) == "ok"
    with pytest.raises(KeyError, match="mine") as caught:
        read(True)
    assert caught.value.__context__ is None
    assert list(steps()) == [1, 2]
    assert calls == [1, 1, 2]
    assert trace.get_current_span() is trace.INVALID_SPAN


def test_a_broken_span_that_should_be_enriched(load: Load, telemetry: Telemetry) -> None:
    span = BrokenSpan(trace.SpanContext(1, 1, is_remote=False))
    span.kind = trace.SpanKind.SERVER  # type: ignore[attr-defined]
    with trace.use_span(span):
        assert load().observed("GET /x")(serve_request)() == "ok"


def test_failures_are_logged_once(load: Load, telemetry: Telemetry, caplog: pytest.LogCaptureFixture) -> None:
    scaffold = load()
    scaffold._tracer = object()
    read = scaffold.observed("shop.read")(serve_request)
    for _call in range(3):
        read()
    assert [record.getMessage() for record in caplog.records] == ["scaffold: _Call.open failed, your code runs on"]


def test_providers_that_raise_at_import(load: Load, telemetry: Telemetry, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*arguments: Any, **named: Any) -> None:
        raise RuntimeError("no provider")

    monkeypatch.setattr("opentelemetry.trace.get_tracer", refuse)
    monkeypatch.setattr("opentelemetry.metrics.get_meter", refuse)

    def read() -> int:
        return 1

    assert load().observed("shop.read")(read) is read


def test_an_api_without_scope_attributes(
    load: Load, telemetry: Telemetry, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    get_tracer = trace.get_tracer
    monkeypatch.setattr("opentelemetry.trace.get_tracer", lambda name, version: get_tracer(name, version))
    load().observed("shop.read")(lambda: 1)()
    assert telemetry.span().name == "shop.read"
    assert caplog.records == []
