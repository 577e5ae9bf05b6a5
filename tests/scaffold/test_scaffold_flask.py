"""Real Flask: one server span with or without the instrumentor, and the caller's trace goes on."""

from __future__ import annotations

from typing import Any

import pytest
from conftest import Load, Scaffold, Telemetry, instrument_flask
from flask import Flask, abort
from flask.views import MethodView
from opentelemetry import trace
from opentelemetry.sdk.trace import sampling

CALLER = {"traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"}


def make_app(scaffold: Scaffold) -> Flask:
    app = Flask(__name__)
    observed = scaffold.observed

    @observed("shop.load")
    def load_order(order_id: int) -> None:
        if order_id == 404:
            abort(404)
        if order_id == 500:
            raise ValueError("broken")

    @app.get("/orders/<int:order_id>")
    @observed("GET /orders/{order_id}")
    def read_order(order_id: int) -> str:
        load_order(order_id)
        return f"order {order_id}"

    @app.get("/a")
    @app.post("/b")
    @observed("shop.views.several")
    def several() -> str:
        return "ok"

    @app.route("/async")
    @observed("GET /async")
    async def asynchronous() -> str:
        return "ok"

    class Item(MethodView):
        @observed("GET /items")
        def get(self) -> tuple[str, int]:
            return "unavailable", 503

    app.add_url_rule("/items", view_func=Item.as_view("items"))
    return app


def by_name(telemetry: Telemetry) -> dict[str, Any]:
    return {span.name: span for span in telemetry.spans()}


def test_without_an_instrumentor_there_is_one_server_span_of_ours(load: Load, telemetry: Telemetry) -> None:
    client = make_app(load()).test_client()
    assert client.get("/orders/7", headers=CALLER).text == "order 7"
    spans = by_name(telemetry)
    assert set(spans) == {"GET /orders/{order_id}", "shop.load"}
    server, inner = spans["GET /orders/{order_id}"], spans["shop.load"]
    assert server.kind is trace.SpanKind.SERVER
    assert format(server.context.trace_id, "032x") == CALLER["traceparent"].split("-")[1]
    assert format(server.parent.span_id, "016x") == CALLER["traceparent"].split("-")[2]
    assert server.parent.is_remote
    assert inner.parent.span_id == server.context.span_id
    assert dict(server.attributes) == {
        "code.function.name": f"{__name__}.make_app.<locals>.read_order",
        "http.route": "/orders/<int:order_id>",
        "http.request.method": "GET",
    }
    assert telemetry.counts() == {("GET /orders/{order_id}", ""): 1, ("shop.load", ""): 1}


def test_with_the_instrumentor_its_span_is_enriched(load: Load, telemetry: Telemetry) -> None:
    scaffold = load()
    app = make_app(scaffold)
    instrument_flask(app)
    assert app.test_client().get("/orders/7", headers=CALLER).text == "order 7"
    assert [span.kind.name for span in telemetry.spans()] == ["INTERNAL", "SERVER"]
    inner, server = telemetry.spans()
    assert server.instrumentation_scope is not None
    assert server.instrumentation_scope.name == "opentelemetry.instrumentation.flask"
    attributes = dict(server.attributes or {})
    assert attributes["code.function.name"] == f"{__name__}.make_app.<locals>.read_order"
    assert attributes["app.operation"] == "GET /orders/{order_id}"
    assert attributes["codegen.id"] == scaffold._CODEGEN_ID
    assert inner.name == "shop.load" and inner.parent is not None
    assert inner.parent.span_id == server.context.span_id
    assert telemetry.counts()["GET /orders/{order_id}", ""] == 1


@pytest.mark.parametrize("instrumented", [True, False])
@pytest.mark.parametrize(("order", "error"), [(404, ""), (500, "ValueError")])
def test_errors(order: int, error: str, instrumented: bool, load: Load, telemetry: Telemetry) -> None:
    app = make_app(load())
    if instrumented:
        instrument_flask(app)
    assert app.test_client().get(f"/orders/{order}").status_code == order
    assert telemetry.counts() == {("GET /orders/{order_id}", error): 1, ("shop.load", error): 1}
    (server,) = [span for span in telemetry.spans() if span.kind is trace.SpanKind.SERVER]
    assert (server.attributes or {}).get("error.type", "") == error
    failed = trace.StatusCode.ERROR if error else trace.StatusCode.UNSET
    assert server.status.status_code is failed


def test_child_mode_adds_a_span_below_the_instrumentors(load: Load, telemetry: Telemetry) -> None:
    app = make_app(load(mode="child"))
    instrument_flask(app)
    app.test_client().get("/orders/7")
    _load, ours, server = telemetry.spans()
    assert (ours.name, ours.kind) == ("GET /orders/{order_id}", trace.SpanKind.INTERNAL)
    assert ours.parent is not None and ours.parent.span_id == server.context.span_id
    assert "app.operation" not in (server.attributes or {})


@pytest.mark.parametrize("instrumented", [True, False])
def test_a_second_operation_in_one_request_gets_a_child(instrumented: bool, load: Load, telemetry: Telemetry) -> None:
    scaffold = load()
    app = Flask(__name__)

    @app.get("/inner")
    @scaffold.observed("GET /inner")
    def inner() -> str:
        return "ok"

    @app.get("/outer")
    @scaffold.observed("GET /outer")
    def outer() -> str:
        return str(inner())

    if instrumented:
        instrument_flask(app)
    for _request in range(2):
        app.test_client().get("/outer")
    child, server, _child, _server = telemetry.spans()
    assert (child.name, child.kind) == ("GET /inner", trace.SpanKind.INTERNAL)
    assert child.parent is not None and child.parent.span_id == server.context.span_id
    attributes = server.attributes or {}
    assert attributes["code.function.name"] == f"{outer.__module__}.{outer.__qualname__}"
    assert attributes["http.route"] == "/outer"
    assert attributes.get("app.operation") == ("GET /outer" if instrumented else None)


def test_several_routes_on_one_function_continue_the_trace_too(load: Load, telemetry: Telemetry) -> None:
    client = make_app(load()).test_client()
    assert client.post("/b", headers=CALLER).text == "ok"
    span = telemetry.span()
    assert (span.name, span.kind) == ("shop.views.several", trace.SpanKind.SERVER)
    assert span.parent is not None and span.parent.is_remote


def test_async_views_and_method_views(load: Load, telemetry: Telemetry) -> None:
    client = make_app(load()).test_client()
    assert client.get("/async").text == "ok"
    assert client.get("/items").status_code == 503
    assert telemetry.counts() == {("GET /async", ""): 1, ("GET /items", "503"): 1}


def test_a_request_that_is_sampled_out_stays_so(load: Load, telemetry: Telemetry) -> None:
    not_sampled = {"traceparent": CALLER["traceparent"][:-1] + "0"}
    scaffold = load()
    bare, instrumented = make_app(scaffold), make_app(scaffold)
    instrument_flask(instrumented)
    for app in (bare, instrumented):
        assert app.test_client().get("/orders/7", headers=not_sampled).text == "order 7"
    assert telemetry.spans() == []
    assert telemetry.counts()["GET /orders/{order_id}", ""] == 2


@pytest.mark.parametrize(("kind", "counts"), [("handler", {("shop.views.several", ""): 1}), ("websocket", {})])
def test_a_handler_without_a_path_in_its_name_is_a_handler(
    kind: str, counts: dict[tuple[str, str], int], load: Load, telemetry: Telemetry
) -> None:
    app = make_app(load(handlers=(("shop.views.several", kind),)))
    instrument_flask(app)
    app.test_client().get("/a")
    assert (telemetry.span().attributes or {})["app.operation"] == "shop.views.several"
    assert telemetry.counts() == counts


def test_below_a_parent_that_is_sampled_out_nothing_starts(load: Load, telemetry: Telemetry) -> None:
    parent = trace.NonRecordingSpan(trace.SpanContext(1, 1, is_remote=False))
    seen = []

    @load().observed("shop.step")
    def step() -> None:
        seen.append(trace.get_current_span())

    with trace.use_span(parent):
        step()
    assert seen == [parent]
    assert telemetry.spans() == []


def test_below_a_root_that_is_sampled_out_nothing_starts_anew(load: Load, telemetry: Telemetry) -> None:
    telemetry.provider.sampler = sampling.ALWAYS_OFF
    seen = []

    @load().observed("GET /step")
    def step() -> None:
        seen.append(trace.get_current_span().get_span_context())

    step()
    assert [(context.is_valid, context.trace_flags.sampled) for context in seen] == [(True, False)]


def test_the_status_of_a_server_span_is_left_to_its_owner(load: Load, telemetry: Telemetry) -> None:
    @load().observed("GET /x")
    def fail() -> None:
        raise KeyError("answered by a handler that nobody could see")

    with trace.get_tracer("other").start_as_current_span("server", kind=trace.SpanKind.SERVER), pytest.raises(KeyError):
        fail()
    span = telemetry.span()
    assert (span.attributes or {})["error.type"] == "KeyError"
    assert span.status.status_code is trace.StatusCode.UNSET
