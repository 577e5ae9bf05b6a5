"""Real FastAPI and Starlette, with annotations that are strings: signatures, threads, errors, one server span."""

from __future__ import annotations

import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress
from typing import Any

import pytest
from conftest import Load, Scaffold, Telemetry
from fastapi import Depends, FastAPI, Request, Response, WebSocket
from fastapi import HTTPException as FastAPIException
from fastapi.responses import JSONResponse, StreamingResponse
from fastapi.testclient import TestClient
from opentelemetry import trace
from opentelemetry.instrumentation.fastapi import FastAPIInstrumentor
from pydantic import BaseModel
from starlette.applications import Starlette
from starlette.requests import Request as StarletteRequest
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from starlette.websockets import WebSocketDisconnect

CALLER = {"traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"}


class Order(BaseModel):
    id: int
    note: str = ""


class Missing(Exception):
    pass


def refuse(allowed: bool = True) -> None:
    if not allowed:
        raise FastAPIException(401)


def make_app(scaffold: Scaffold, seen: list[Any]) -> FastAPI:
    app = FastAPI()
    observed = scaffold.observed

    @app.exception_handler(Missing)
    def answer_missing(_request: Request, _error: Missing) -> JSONResponse:
        return JSONResponse({}, 404)

    @app.get("/orders/{order_id}", dependencies=[Depends(refuse)])
    @observed("GET /orders/{order_id}")
    async def read_order(order_id: int, request: Request, fail: str = "") -> Order:
        seen.append(threading.current_thread())
        if fail == "missing":
            raise Missing
        if fail == "503":
            raise FastAPIException(503)
        if fail == "bug":
            raise ValueError("bug")
        return Order(id=order_id)

    @app.post("/orders")
    @observed("POST /orders")
    def create_order(order: Order) -> Order:
        seen.append(threading.current_thread())
        return order

    @app.get("/json500")
    @observed("GET /json500")
    def json500() -> JSONResponse:
        return JSONResponse({}, 500)

    @app.get("/injected")
    @observed("GET /injected")
    def injected(response: Response) -> dict[str, int]:
        response.status_code = 503
        return {}

    @app.get("/model", response_model=Order)
    @observed("GET /model")
    def wrong_model() -> Any:
        return {"id": "no number"}

    @app.get("/lines")
    @observed("GET /lines")
    async def lines() -> AsyncIterator[Order]:
        yield Order(id=1)
        seen.append(getattr(trace.get_current_span(), "name", None))
        yield Order(id=2)

    @app.get("/sync-lines")
    @observed("GET /sync-lines")
    def sync_lines() -> Iterator[Order]:
        yield Order(id=1)
        yield Order(id=2)

    @app.get("/stream")
    @observed("GET /stream")
    def stream() -> StreamingResponse:
        return StreamingResponse(iter(["a", "b"]))

    @app.websocket("/ws/{room}")
    @observed("WEBSOCKET /ws/{room}")
    async def talk(websocket: WebSocket, room: str) -> None:
        await websocket.accept()
        await websocket.send_text(f"{room} {await websocket.receive_text()}")
        await websocket.receive_text()  # the client leaves instead

    return app


@pytest.fixture
def seen() -> list[Any]:
    return []


@pytest.fixture
def client(load: Load, telemetry: Telemetry, seen: list[Any]) -> Iterator[TestClient]:
    with TestClient(make_app(load(), seen), raise_server_exceptions=False) as made:
        yield made


@pytest.fixture
def traced(load: Load, telemetry: Telemetry, seen: list[Any]) -> Iterator[TestClient]:
    app = make_app(load(), seen)
    FastAPIInstrumentor.instrument_app(app, exclude_spans=["receive", "send"])
    with TestClient(app, raise_server_exceptions=False) as made:
        yield made


def test_parameters_bodies_and_models_are_what_they_were(client: TestClient, telemetry: Telemetry) -> None:
    assert client.get("/orders/7").json() == {"id": 7, "note": ""}
    assert client.post("/orders", json={"id": 8, "note": "x"}).json() == {"id": 8, "note": "x"}
    schema = client.get("/openapi.json").json()
    assert [one["name"] for one in schema["paths"]["/orders/{order_id}"]["get"]["parameters"]] == [
        "order_id",
        "fail",
        "allowed",
    ]
    assert "#/components/schemas/Order" in str(schema["paths"]["/orders"]["post"]["requestBody"])


def test_sync_handlers_stay_in_the_threadpool(client: TestClient, seen: list[Any]) -> None:
    client.get("/orders/7")
    client.post("/orders", json={"id": 8})
    on_loop, in_pool = seen
    assert "AnyIO worker thread" in in_pool.name
    assert "AnyIO worker thread" not in on_loop.name


def test_without_an_instrumentor_there_is_one_server_span(client: TestClient, telemetry: Telemetry) -> None:
    client.get("/orders/7", headers=CALLER)
    span = telemetry.span()
    assert (span.name, span.kind) == ("GET /orders/{order_id}", trace.SpanKind.SERVER)
    assert span.parent is not None and format(span.parent.span_id, "016x") == CALLER["traceparent"].split("-")[2]
    assert dict(span.attributes or {})["http.route"] == "/orders/{order_id}"
    assert dict(span.attributes or {})["http.request.method"] == "GET"


@pytest.mark.parametrize("path", ["/orders/7", "/json500", "/stream", "/lines", "/sync-lines"])
def test_with_the_instrumentor_its_span_is_enriched(path: str, traced: TestClient, telemetry: Telemetry) -> None:
    traced.get(path)
    span = telemetry.span()
    assert span.kind is trace.SpanKind.SERVER
    assert span.instrumentation_scope is not None
    assert span.instrumentation_scope.name == "opentelemetry.instrumentation.fastapi"
    assert str((span.attributes or {})["app.operation"]).startswith(f"GET {path[:5]}")


@pytest.mark.parametrize(
    ("path", "status", "counted"),
    [
        ("/orders/7?allowed=false", 401, None),  # refused before the handler: not its time, not its error
        ("/orders/seven", 422, None),
        ("/orders/7?fail=missing", 404, ""),
        ("/orders/7?fail=503", 503, "503"),
        ("/orders/7?fail=bug", 500, "ValueError"),
        ("/json500", 500, "500"),
        ("/injected", 503, "503"),
        ("/model", 500, ""),  # the response model fails after the handler
    ],
)
@pytest.mark.parametrize("instrumented", [True, False])
def test_errors(
    path: str,
    status: int,
    counted: str | None,
    instrumented: bool,
    load: Load,
    telemetry: Telemetry,
) -> None:
    app = make_app(load(mapped=((f"{__name__}.Missing", 404),)), [])
    if instrumented:
        FastAPIInstrumentor.instrument_app(app, exclude_spans=["receive", "send"])
    with TestClient(app, raise_server_exceptions=False) as client:
        assert client.get(path).status_code == status
    assert [error for _operation, error in telemetry.counts()] == ([] if counted is None else [counted])
    servers = [span for span in telemetry.spans() if span.kind is trace.SpanKind.SERVER]
    assert len(servers) == (1 if instrumented or counted is not None else 0)
    for span in servers:
        assert (span.attributes or {}).get("error.type", "") in (counted or "", str(status) if status >= 500 else "")
        failed = status >= 500 and (instrumented or bool(counted))
        assert span.status.status_code is (trace.StatusCode.ERROR if failed else trace.StatusCode.UNSET)


def test_generator_endpoints_stream_inside_their_span(
    client: TestClient, telemetry: Telemetry, seen: list[Any]
) -> None:
    for path in ("/lines", "/sync-lines"):
        assert client.get(path).text.split() == ['{"id":1,"note":""}', '{"id":2,"note":""}']
    assert seen == ["GET /lines"]
    assert [[event.name for event in span.events] for span in telemetry.spans()] == [["first_byte"], ["first_byte"]]
    assert telemetry.counts() == {("GET /lines", ""): 1, ("GET /sync-lines", ""): 1}


def test_websockets_have_a_span_and_no_duration(client: TestClient, telemetry: Telemetry) -> None:
    with suppress(WebSocketDisconnect), client.websocket_connect("/ws/blue", headers=CALLER) as socket:
        socket.send_text("hello")
        assert socket.receive_text() == "blue hello"
    span = telemetry.span()
    assert (span.name, span.kind) == ("WEBSOCKET /ws/{room}", trace.SpanKind.SERVER)
    assert span.parent is not None and span.parent.is_remote
    assert span.status.status_code is trace.StatusCode.UNSET  # the client left: no error
    assert (span.attributes or {})["http.route"] == "/ws/{room}"
    assert telemetry.points() == []


def test_fastapis_own_endpoint_span_is_enriched(load: Load, telemetry: Telemetry) -> None:
    @load().observed("GET /x")
    def read() -> int:
        return 1

    tracer = trace.get_tracer("fastapi")
    with (
        tracer.start_as_current_span("GET /x", kind=trace.SpanKind.SERVER),
        tracer.start_as_current_span("fastapi.endpoint"),
    ):
        read()
    endpoint, _server = telemetry.spans()
    assert (endpoint.attributes or {})["app.operation"] == "GET /x"


def test_plain_starlette(load: Load, telemetry: Telemetry) -> None:
    @load().observed("GET /hello")
    async def hello(request: StarletteRequest) -> PlainTextResponse:
        return PlainTextResponse("hello", 503)

    app = Starlette(routes=[Route("/hello", hello)])
    assert TestClient(app).get("/hello", headers=CALLER).text == "hello"
    span = telemetry.span()
    assert (span.kind, span.status.status_code) == (trace.SpanKind.SERVER, trace.StatusCode.ERROR)
    assert span.parent is not None and span.parent.is_remote
    assert (span.attributes or {})["error.type"] == "503"
