"""Services that somebody instruments already, with the real tools: nothing is traced twice, and nothing is harmed."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from e2e.kit import INSTRUMENTED, Ask, Served, engine, serve
from splice import testing

FLASK = """\
from flask import Flask
{imports}

app = Flask(__name__)
{setup}


@app.get("/orders/<int:order_id>")
{decorator}
def read_order(order_id):
    return str(order_id)
"""
FASTAPI = """\
from fastapi import FastAPI
{imports}

app = FastAPI()
{setup}


@app.get("/orders/{{order_id}}")
{decorator}
async def read_order(order_id: int) -> int:
    return order_id
"""
FRAMEWORKS = pytest.mark.parametrize("source", [FLASK, FASTAPI], ids=["flask", "fastapi"])
CONTRIB = {
    FLASK: ("from opentelemetry.instrumentation.flask import FlaskInstrumentor", "FlaskInstrumentor().instrument_app(app)"),
    FASTAPI: ("from opentelemetry.instrumentation.fastapi import FastAPIInstrumentor", "FastAPIInstrumentor.instrument_app(app, exclude_spans=['receive', 'send'])"),
}  # fmt: skip
PROMETHEUS = {
    FLASK: ("from prometheus_flask_exporter import PrometheusMetrics", "metrics = PrometheusMetrics(app)", "flask_http_request_duration_seconds_count"),
    FASTAPI: ("from prometheus_fastapi_instrumentator import Instrumentator", "Instrumentator().instrument(app).expose(app)", "http_request_duration_seconds_count"),
}  # fmt: skip
OPERATION = "GET /orders/{order_id}"
ASK = Ask("GET", "/orders/7", 200)
TRACER = "from opentelemetry import trace\n\ntracer = trace.get_tracer('theirs')"
SPANNED = '@tracer.start_as_current_span("theirs")'


def serve_it(
    root: Path,
    source: str,
    imports: str = "",
    setup: str = "",
    decorator: str = "",
    files: dict[str, str] | None = None,
    config: str = INSTRUMENTED,
    asks: tuple[Ask, ...] = (ASK,),
    launcher: tuple[str, ...] = (),
) -> Served:
    """The answers of a service after a run; the same as without one."""
    text = source.format(imports=imports, setup=setup, decorator=decorator or "# nothing")
    testing.put(root, {"main.py": text, **(files or {})})
    engine(root, config)
    assert 'observed("' in (root / "main.py").read_text() or "observed-by" in config
    served = serve(root, "main:app", asks, launcher=launcher)
    assert served.answers[0].status == 200
    assert served.answers[0].body == "7"
    assert not testing.run(root).changes
    return served


@FRAMEWORKS
def test_the_span_of_an_instrumentor_in_the_code_is_the_only_one_and_enriched(tmp_path: Path, source: str) -> None:
    served = serve_it(tmp_path, source, *CONTRIB[source])
    assert "instrument(app)" not in (tmp_path / "main.py").read_text()
    (span,) = served.answers[0].spans
    assert (span.kind, span.attributes["app.operation"]) == ("SERVER", OPERATION)
    assert span.scope.startswith("opentelemetry.instrumentation.")
    assert served.counts == {(OPERATION, ""): 1}
    assert "already instrumented" not in served.log


@FRAMEWORKS
def test_the_span_of_opentelemetry_instrument_is_the_only_server_span_and_enriched(tmp_path: Path, source: str) -> None:
    launcher = (str(Path(sys.executable).with_name("opentelemetry-instrument")),)
    served = serve_it(tmp_path, source, files={"Procfile": "web: opentelemetry-instrument x\n"}, launcher=launcher)
    assert "instrument(app)" not in (tmp_path / "main.py").read_text()
    (server,) = served.answers[0].servers
    assert server.attributes["app.operation"] == OPERATION
    assert not served.answers[0].ours
    assert "already instrumented" not in served.log


@FRAMEWORKS
@pytest.mark.parametrize("config", ["", '[spans]\nmode = "child"\n'], ids=["enrich", "child"])
def test_a_handler_with_a_span_decorator_gets_no_second_span_and_is_measured(
    tmp_path: Path, source: str, config: str
) -> None:
    served = serve_it(tmp_path, source, TRACER, decorator=SPANNED, config=config)
    (span,) = served.answers[0].spans
    assert (span.name, span.scope) == ("theirs", "theirs")
    assert served.counts == {(OPERATION, ""): 1}


@FRAMEWORKS
def test_below_a_server_span_it_is_enriched_and_theirs_stays(tmp_path: Path, source: str) -> None:
    imports, setup = CONTRIB[source]
    served = serve_it(tmp_path, source, f"{imports}\n{TRACER}", setup, SPANNED)
    theirs, server = served.answers[0].spans
    assert (theirs.name, server.kind) == ("theirs", "SERVER")
    assert server.attributes["app.operation"] == OPERATION
    assert served.counts == {(OPERATION, ""): 1}


def test_a_decorator_that_the_configuration_names_has_the_handler_to_itself(tmp_path: Path) -> None:
    tracing = f"{TRACER}\n\n\ndef traced(f):\n    return tracer.start_as_current_span('theirs')(f)\n"
    config = 'observed-by = ["tracing:traced"]\n'
    served = serve_it(tmp_path, FLASK, "from tracing import traced", "", "@traced", {"tracing.py": tracing}, config)
    (span,) = served.answers[0].spans
    assert span.scope == "theirs"
    assert not served.points


@FRAMEWORKS
def test_a_prometheus_instrumentator_and_ours_both_measure(tmp_path: Path, source: str) -> None:
    imports, setup, metric = PROMETHEUS[source]
    asks = (ASK, Ask("GET", "/metrics", 200))
    served = serve_it(tmp_path, source, imports, setup, asks=asks)
    assert "instrument(app)" in (tmp_path / "main.py").read_text(), "it makes no spans"
    (server,) = served.answers[0].servers
    assert server.attributes["app.operation"] == OPERATION
    assert metric in served.answers[1].body
    assert served.counts == {(OPERATION, ""): 1}
