"""Guards in real Starlette: endpoints, HTTPEndpoint methods, websockets."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from conftest import Telemetry
from guarding import MODES, Guards, LoadGuards, decisions, guards
from shop_auth import BROKEN, NOBODY, READER, WRITER, current_principal
from starlette.applications import Starlette
from starlette.endpoints import HTTPEndpoint, WebSocketEndpoint
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.middleware.sessions import SessionMiddleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Mount, Route, WebSocketRoute
from starlette.testclient import TestClient
from starlette.websockets import WebSocket, WebSocketDisconnect

__all__ = ["guards"]

SYNC = ["shop_auth:current_principal", "shop_auth:current_principal_async"]


def make_app(scaffold: Guards) -> Starlette:
    guarded, observed = scaffold.guarded, scaffold.observed

    @observed("GET /async/{order_id}")
    @guarded("orders:read", "orders:write")
    async def asynchronous(request: Request) -> PlainTextResponse:
        return PlainTextResponse(str(request.path_params["order_id"]))

    @guarded("orders:read", "orders:write")
    def synchronous(request: Request) -> PlainTextResponse:
        return PlainTextResponse("sync")

    class Items(HTTPEndpoint):
        @observed("GET /items")
        @guarded("orders:read", "orders:write")
        async def get(self, request: Request) -> PlainTextResponse:
            return PlainTextResponse("items")

        async def post(self, request: Request) -> PlainTextResponse:
            return PlainTextResponse("made")

    @guarded("orders:read", "orders:write")
    async def talk(websocket: WebSocket) -> None:
        await websocket.accept()
        await websocket.send_text("hello")
        await websocket.close()

    class Talk(WebSocketEndpoint):
        encoding = "text"

        @guarded("orders:read", "orders:write")
        async def on_connect(self, websocket: WebSocket) -> None:
            await websocket.accept()
            await websocket.send_text("hello")

        async def on_receive(self, websocket: WebSocket, data: Any) -> None:
            raise AssertionError("never")

    return Starlette(
        routes=[
            Mount("/shop", routes=[Route("/async/{order_id:int}", asynchronous)]),
            Route("/sync", synchronous),
            Route("/items", Items),
            WebSocketRoute("/ws", talk),
            WebSocketRoute("/wsclass", Talk),
        ],
    )


PATHS = ["/shop/async/7", "/sync", "/items"]


@pytest.mark.parametrize("authenticate", SYNC)
@pytest.mark.parametrize("path", PATHS)
def test_refused_and_served(path: str, authenticate: str, guards: LoadGuards, telemetry: Telemetry) -> None:
    scaffold = guards("enforce", _AUTHENTICATE=authenticate, _PUBLIC=("POST /items",))
    app = make_app(scaffold)
    for _protected in range(2):
        client = TestClient(app)
        statuses = [client.get(path, headers=one).status_code for one in ({}, NOBODY, READER, BROKEN, WRITER)]
        assert statuses == [401, 401, 403, 503, 200]
        assert client.head(path).status_code == 401
        assert client.get(path).headers["WWW-Authenticate"] == "Bearer"
        assert client.get(path).text == "Authentication is required."
        app = make_app(scaffold)
        scaffold.protect(app)
    assert client.post("/items").text == "made"
    names = {name for name, _ in decisions(telemetry)}
    dotted = {name for name in names if "<locals>" in name}
    assert len(dotted) == 1
    assert names - dotted == {f"GET {path.replace('7', '{order_id}')}"}


@pytest.mark.parametrize("path", ["/ws", "/wsclass"])
def test_websockets_are_closed_before_they_open(path: str, guards: LoadGuards) -> None:
    scaffold = guards("enforce")
    client = TestClient(make_app(scaffold))
    with client.websocket_connect(path, headers=WRITER) as socket:
        assert socket.receive_text() == "hello"
    for headers in ({}, READER, BROKEN):
        with pytest.raises(WebSocketDisconnect) as caught, client.websocket_connect(path, headers=headers):
            pass
        assert caught.value.code == 1008


@pytest.mark.parametrize("protected", [True, False], ids=["protected", "alone"])
@pytest.mark.parametrize("authenticate", [*SYNC, "test_guard_starlette:curious"])
def test_observing_changes_no_response(
    authenticate: str, protected: bool, guards: LoadGuards, telemetry: Telemetry
) -> None:
    middleware = Middleware(SessionMiddleware, secret_key="only in tests")
    scaffold = guards("observe", _AUTHENTICATE=authenticate)
    app = make_app(scaffold)
    app.user_middleware.append(middleware)
    if protected:
        scaffold.protect(app)
    watched = TestClient(app)
    scaffold.guarded = lambda *_scopes, any_of=False: lambda function: function  # type: ignore[method-assign]
    app = make_app(scaffold)
    app.user_middleware.append(middleware)
    plain = TestClient(app)
    for path in PATHS:
        for headers in ({}, NOBODY, READER, BROKEN, WRITER):
            seen, wanted = watched.get(path, headers=headers), plain.get(path, headers=headers)
            assert (seen.status_code, seen.content, seen.headers) == (
                wanted.status_code,
                wanted.content,
                wanted.headers,
            )
    with watched.websocket_connect("/ws") as socket:
        assert socket.receive_text() == "hello"
    assert sum(decisions(telemetry).values()) == 3 * 5 + 1


THREADS: list[str] = []


def noting(request: Any) -> Any:
    THREADS.append(threading.current_thread().name)
    return current_principal(request)


def test_a_sync_authenticate_stays_off_the_event_loop(guards: LoadGuards) -> None:
    THREADS.clear()
    client = TestClient(make_app(guards("enforce", _AUTHENTICATE=f"{__name__}:noting")))
    for path in PATHS:
        assert client.get(path, headers=WRITER).status_code == 200
    assert len(THREADS) == 3 and all("AnyIO worker thread" in name for name in THREADS)


def curious(request: Any) -> None:
    request.session["seen"] = True


def test_cross_origin_preflights_pass(guards: LoadGuards) -> None:
    scaffold = guards("enforce")
    app = make_app(scaffold)
    scaffold.protect(app)
    app.add_middleware(CORSMiddleware, allow_origins=["https://shop.example"], allow_headers=["Authorization"])
    client = TestClient(app)
    asked = {"Origin": "https://shop.example", "Access-Control-Request-Method": "GET"}
    assert client.options("/sync", headers=asked).status_code == 200
    refused = client.get("/sync", headers={"Origin": "https://shop.example"})
    assert (refused.status_code, refused.headers["access-control-allow-origin"]) == (401, "https://shop.example")


@pytest.mark.parametrize("mode", MODES)
def test_a_function_that_gets_no_request_is_refused(mode: str, guards: LoadGuards, telemetry: Telemetry) -> None:
    from fastapi import FastAPI

    app = FastAPI()

    @app.get("/x")
    @guards(mode).guarded()
    async def read() -> str:
        return "ok"

    assert TestClient(app).get("/x", headers=READER).status_code == (503 if mode == "enforce" else 200)
    ((_, decision),) = decisions(telemetry)
    assert decision == "error"
