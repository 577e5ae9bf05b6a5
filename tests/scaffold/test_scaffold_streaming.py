"""Handlers that return a stream: clock and span go on until it has left, or was given up."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest
from conftest import Load, Telemetry, instrument_flask
from fastapi import FastAPI
from fastapi.responses import StreamingResponse
from fastapi.testclient import TestClient
from flask import Flask, Response, request, stream_with_context
from opentelemetry import trace


def open_spans(telemetry: Telemetry) -> list[str]:
    """Names of the spans that have ended so far."""
    return [span.name for span in telemetry.spans()]


def chunks(log: list[Any], telemetry: Telemetry, fail: bool = False) -> Iterator[str]:
    try:
        yield "a"
        log.append((getattr(trace.get_current_span(), "name", None), open_spans(telemetry), telemetry.points()))
        if fail:
            raise ValueError("half way")
        yield "b"
    finally:
        log.append("closed")


async def async_chunks(log: list[Any], telemetry: Telemetry) -> AsyncIterator[str]:
    for chunk in chunks(log, telemetry):
        await asyncio.sleep(0)
        yield chunk


SHAPES: dict[str, Any] = {
    "a generator": lambda body: body,
    "a tuple": lambda body: (body, 200, {"X": "1"}),
    "a response": Response,
    "a response in a tuple": lambda body: (Response(body), 200),
    "with context": lambda body: Response(stream_with_context(body)),
}


@pytest.mark.parametrize("shape", sorted(SHAPES))
def test_flask(shape: str, load: Load, telemetry: Telemetry) -> None:
    app, log = Flask(__name__), list[Any]()

    @app.get("/stream")
    @load().observed("GET /stream")
    def stream() -> Any:
        return SHAPES[shape](chunks(log, telemetry))

    assert app.test_client().get("/stream").text == "ab"
    assert log == [("GET /stream", [], []), "closed"]
    assert [event.name for event in telemetry.span().events] == ["first_byte"]
    assert telemetry.counts() == {("GET /stream", ""): 1}


def test_flask_keeps_the_request_context_of_a_stream(load: Load, telemetry: Telemetry) -> None:
    app = Flask(__name__)

    @app.get("/stream")
    @load().observed("GET /stream")
    def stream() -> Response:
        def parts() -> Iterator[str]:
            yield "a"
            yield request.args["name"]

        return Response(stream_with_context(parts()))

    assert app.test_client().get("/stream?name=x").text == "ax"


def test_flask_below_the_instrumentors_span(load: Load, telemetry: Telemetry, caplog: pytest.LogCaptureFixture) -> None:
    app, log = Flask(__name__), list[Any]()

    @app.get("/stream")
    @load().observed("GET /stream")
    def stream() -> Response:
        return Response(chunks(log, telemetry))

    instrument_flask(app)
    assert app.test_client().get("/stream").text == "ab"
    assert log[0][2] == [], "the duration is not recorded before the stream has left"
    assert (telemetry.span().attributes or {})["app.operation"] == "GET /stream"
    assert telemetry.counts() == {("GET /stream", ""): 1}
    assert "ended span" not in caplog.text


@pytest.mark.parametrize("method", ["head", "get"])
def test_a_flask_stream_that_is_given_up(method: str, load: Load, telemetry: Telemetry) -> None:
    app, log = Flask(__name__), list[Any]()

    @app.get("/stream")
    @load().observed("GET /stream")
    def stream() -> Response:
        return Response(chunks(log, telemetry))

    response = getattr(app.test_client(), method)("/stream", buffered=False)
    if method == "get":
        assert next(iter(response.response)) == b"a"
    response.close()
    assert telemetry.span().status.status_code is trace.StatusCode.UNSET
    assert log == (["closed"] if method == "get" else [])
    assert telemetry.counts() == {("GET /stream", ""): 1}


def test_a_stream_that_fails(load: Load, telemetry: Telemetry) -> None:
    app = Flask(__name__)

    @app.get("/stream")
    @load().observed("GET /stream")
    def stream() -> Response:
        return Response(chunks([], telemetry, fail=True))

    with pytest.raises(ValueError, match="half way"):
        app.test_client().get("/stream").get_data()
    assert telemetry.span().status.status_code is trace.StatusCode.ERROR
    assert telemetry.counts() == {("GET /stream", "ValueError"): 1}


@pytest.mark.parametrize("colour", ["sync", "async"])
def test_starlette(colour: str, load: Load, telemetry: Telemetry) -> None:
    app, log = FastAPI(), list[Any]()

    @app.get("/stream")
    @load().observed("GET /stream")
    async def stream() -> StreamingResponse:
        make: Any = chunks if colour == "sync" else async_chunks
        return StreamingResponse(make(log, telemetry), 500)

    assert TestClient(app).get("/stream").text == "ab"
    assert log == [("GET /stream", [], []), "closed"]
    span = telemetry.span()
    assert span.kind is trace.SpanKind.SERVER
    assert [event.name for event in span.events] == ["first_byte"]
    assert telemetry.counts() == {("GET /stream", "500"): 1}


def test_a_starlette_response_that_nobody_sends(load: Load, telemetry: Telemetry) -> None:
    @load().observed("GET /stream")
    def stream() -> StreamingResponse:
        return StreamingResponse(async_chunks([], telemetry))

    response = stream()
    assert telemetry.spans() == []
    del response
    gc.collect()
    assert open_spans(telemetry) == ["GET /stream"]
    assert telemetry.counts() == {("GET /stream", ""): 1}


def test_a_client_that_goes_away(load: Load, telemetry: Telemetry, caplog: pytest.LogCaptureFixture) -> None:
    app, log = FastAPI(), list[Any]()

    @app.get("/stream")
    @load().observed("GET /stream")
    async def stream() -> StreamingResponse:
        async def endless() -> AsyncIterator[str]:
            try:
                while True:
                    yield "x"
                    await asyncio.sleep(0)
            finally:
                log.append("closed")

        return StreamingResponse(endless())

    async def main() -> None:
        messages = [{"type": "http.request", "body": b"", "more_body": False}, {"type": "http.disconnect"}]

        async def receive() -> Any:
            await asyncio.sleep(0)
            return messages.pop(0) if len(messages) > 1 else messages[0]

        async def send(message: Any) -> None:
            await asyncio.sleep(0)

        scope = {
            "type": "http",
            "method": "GET",
            "path": "/stream",
            "raw_path": b"/stream",
            "query_string": b"",
            "headers": [],
            "asgi": {"version": "3.0", "spec_version": "2.0"},
        }
        await app(scope, receive, send)
        gc.collect()
        for _turn in range(20):
            await asyncio.sleep(0)

    asyncio.run(main())
    gc.collect()
    assert log == ["closed"]
    assert telemetry.span().status.status_code is trace.StatusCode.UNSET
    assert telemetry.counts() == {("GET /stream", ""): 1}
    assert "detach" not in caplog.text


def test_an_iterator_that_is_no_generator(load: Load, telemetry: Telemetry) -> None:
    class Ticks:
        left = 3

        def __aiter__(self) -> Ticks:
            return self

        async def __anext__(self) -> str:
            self.left -= 1
            if self.left < 0:
                raise StopAsyncIteration
            return str(self.left)

    app = FastAPI()

    @app.get("/stream")
    @load().observed("GET /stream")
    async def stream() -> StreamingResponse:
        return StreamingResponse(Ticks())

    assert TestClient(app).get("/stream").text == "210"
    assert len(telemetry.span().events) == 1


def test_a_function_that_returns_a_generator_gets_its_own_back(load: Load, telemetry: Telemetry) -> None:
    steps = (number for number in range(3))
    assert load().observed("shop.make")(lambda: steps)() is steps
    assert open_spans(telemetry) == ["shop.make"]


def test_a_stream_that_is_closed_unread_closes_the_services_generator(load: Load, telemetry: Telemetry) -> None:
    inner = chunks([], telemetry)

    @load().observed("GET /stream")
    def stream() -> Response:
        return Response(inner)

    stream().close()
    assert list(inner) == []
    assert open_spans(telemetry) == ["GET /stream"]
