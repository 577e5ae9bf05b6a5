"""`protect` in real FastAPI and Starlette: mounts, raw routes, documents, websockets; what nobody decided upon is closed."""

from __future__ import annotations

import functools
from pathlib import Path
from typing import Any

import pytest
from conftest import Telemetry
from fastapi import APIRouter, Depends, FastAPI, WebSocket
from fastapi.testclient import TestClient
from flask import Flask
from guarding import MODES, Guards, LoadGuards, decisions, guards
from shop_auth import NOBODY, READER, current_principal
from starlette.applications import Starlette
from starlette.endpoints import HTTPEndpoint
from starlette.middleware import Middleware
from starlette.middleware.base import BaseHTTPMiddleware
from starlette.middleware.wsgi import WSGIMiddleware
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Host, Mount, Route, Router, WebSocketRoute
from starlette.staticfiles import StaticFiles
from starlette.websockets import WebSocketDisconnect

__all__ = ["guards"]


async def plain(request: Request) -> PlainTextResponse:
    return PlainTextResponse("plain")


async def socket(websocket: WebSocket) -> None:
    await websocket.accept()
    await websocket.send_text("hello")
    await websocket.close()


async def raw(scope: Any, receive: Any, send: Any) -> None:
    await PlainTextResponse("raw")(scope, receive, send)


class Items(HTTPEndpoint):
    async def post(self, request: Request) -> PlainTextResponse:
        return PlainTextResponse("made")


def make_app(scaffold: Guards, folder: Path, *, protected: bool = True) -> FastAPI:
    app = FastAPI()
    if protected:
        scaffold.protect(app)
    guard = scaffold.guard(current_principal, "orders:read")

    @app.get("/guarded/{item}", dependencies=[guard])
    def guarded(item: str) -> str:
        return "guarded"

    async def depends(_guarded: Any = guard) -> str:
        return "nested"

    @app.get("/nested")
    def nested(user: str = Depends(depends)) -> str:
        return user

    @app.get("/open/{item:path}")
    def unguarded(item: str) -> str:
        return "open"

    @app.get("/healthz")
    def healthz() -> str:
        return "up"

    router = APIRouter(prefix="/v1", dependencies=[guard])
    router.add_api_route("/rows", lambda: "rows")
    router.add_route("/raw", plain)  # neither prefix nor dependencies are for these
    router.add_websocket_route("/rawsocket", socket)
    router.add_api_websocket_route("/socket", socket)
    inner = APIRouter()
    inner.add_api_route("/x", lambda: "x", methods=["POST"])
    router.include_router(inner, prefix="/inner")
    app.include_router(router, prefix="/api")

    sub = FastAPI(openapi_url=None)
    sub.add_api_route("/x/{x}", lambda x: "sub")
    sub.add_api_route("/guarded", lambda: "guarded", dependencies=[guard])
    app.mount("/sub/{tenant}", sub)
    app.mount("/routes", Router([Route("/p", functools.partial(plain)), Mount("/raw", raw)]))
    app.mount("/static", StaticFiles(directory=folder))
    app.add_route("/items", Items)  # type: ignore[arg-type]
    app.router.add_websocket_route("/socket", socket)
    app.add_route("/starlette", scaffold.guarded("orders:read")(plain))
    return app


SETTINGS = {"_PUBLIC": ("GET /healthz", "GET /docs"), "_GUARDED_ELSEWHERE": ("GET /redoc",)}
UNGUARDED = {
    "GET /open/{item}": "/open/a/b",
    "GET /api/raw": "/api/raw",
    "GET /sub/{tenant}/x/{x}": "/sub/acme/x/7",
    "GET /routes/p": "/routes/p",
    "GET /routes/raw/{path}": "/routes/raw/a/b",
    "GET /static/{path}": "/static/a.css",
    "POST /items": "/items",
    "GET /openapi.json": "/openapi.json",
    "GET /docs/oauth2-redirect": "/docs/oauth2-redirect",
}
GUARDED = {
    "GET /guarded/{item}": "/guarded/7",
    "GET /nested": "/nested",
    "GET /api/v1/rows": "/api/v1/rows",
    "POST /api/v1/inner/x": "/api/v1/inner/x",
    "GET /sub/{tenant}/guarded": "/sub/acme/guarded",
    "GET /starlette": "/starlette",
}
OPEN = {"GET /healthz": "/healthz", "GET /docs": "/docs", "GET /redoc": "/redoc"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "public").mkdir()
    (tmp_path / "public" / "a.css").write_text("body {}")
    return tmp_path / "public"


def status(client: TestClient, operation: str, path: str, headers: dict[str, str] | None = None) -> int:
    return int(client.request(operation.split()[0], path, headers=headers).status_code)


def test_every_route_is_closed_or_decided_upon(guards: LoadGuards, folder: Path, telemetry: Telemetry) -> None:
    client = TestClient(make_app(guards("enforce", **SETTINGS), folder))
    for operation, path in UNGUARDED.items():
        for headers in (NOBODY, READER):
            assert status(client, operation, path, headers) == 401, operation
    refused = client.get("/open/a/b")
    assert (refused.json(), refused.headers["WWW-Authenticate"]) == (
        {"detail": "Authentication is required."},
        "Bearer",
    )
    for operation, path in GUARDED.items():
        assert status(client, operation, path) == 401, operation
        assert status(client, operation, path, READER) == 200, operation
    for operation, path in OPEN.items():
        assert status(client, operation, path) == 200, operation
    for path in ("/socket", "/api/rawsocket", "/api/v1/socket"):
        with pytest.raises(WebSocketDisconnect) as caught, client.websocket_connect(path):
            pass
        assert caught.value.code == 1008
    with client.websocket_connect("/api/v1/socket", headers=READER) as opened:
        assert opened.receive_text() == "hello"
    counted = decisions(telemetry)
    sockets = {"WEBSOCKET /socket", "WEBSOCKET /api/rawsocket"}
    assert {name for name, word in counted if word == "unguarded"} == set(UNGUARDED) | sockets
    assert {name for name, word in counted if word == "allowed"} == set(GUARDED) | {"WEBSOCKET /api/v1/socket"}


def test_observing_counts_and_lets_through(
    guards: LoadGuards, folder: Path, telemetry: Telemetry, caplog: pytest.LogCaptureFixture
) -> None:
    scaffold = guards("observe", **SETTINGS)
    watched, bare = TestClient(make_app(scaffold, folder)), TestClient(make_app(scaffold, folder, protected=False))
    for operation, path in (UNGUARDED | GUARDED | OPEN).items():
        method = operation.split()[0]
        seen, wanted = watched.request(method, path), bare.request(method, path)
        assert seen.status_code == 200
        assert (seen.content, seen.headers) == (wanted.content, wanted.headers)
    with watched.websocket_connect("/socket") as opened:
        assert opened.receive_text() == "hello"
    counted = decisions(telemetry)
    assert {name for name, word in counted if word == "unguarded"} == {*UNGUARDED, "WEBSOCKET /socket"}
    (announced,) = [r.getMessage() for r in caplog.records if "unguarded: " in r.getMessage()]
    for name in ("GET /sub/{tenant}/x/{x}", "* /static/{path}", "WEBSOCKET /api/rawsocket", "GET /api/raw"):
        assert name in announced
    for name in GUARDED | OPEN:
        assert f"{name}," not in announced


def test_what_leads_nowhere_and_options_pass(guards: LoadGuards, folder: Path) -> None:
    client = TestClient(make_app(guards("enforce", **SETTINGS), folder), follow_redirects=False)
    assert client.get("/nowhere").status_code == 404
    assert client.get("/sub/acme/nowhere").status_code == 404
    assert client.delete("/healthz").status_code == 405
    assert client.get("/items").status_code == 405
    assert client.get("/healthz/").status_code == 307
    assert client.options("/healthz").status_code == 405
    assert client.options("/routes/raw/x").status_code == 401  # an application that answers whatever the method
    with pytest.raises(WebSocketDisconnect) as caught, client.websocket_connect("/nowhere"):
        pass
    assert caught.value.code == 1000


@pytest.mark.parametrize("mode", MODES)
def test_an_application_below_that_protects_itself_is_left_to_itself(
    mode: str, guards: LoadGuards, telemetry: Telemetry
) -> None:
    scaffold = guards(mode, _PUBLIC=("GET /sub/x", "GET /flask"))
    app, sub, flask = FastAPI(), FastAPI(openapi_url=None), Flask(__name__)
    for one in (app, sub, flask):
        scaffold.protect(one)
    sub.add_api_route("/x", lambda: "sub")
    sub.add_api_route("/y", lambda: "sub")
    flask.add_url_rule("/", view_func=lambda: "flask")
    app.mount("/sub", sub)
    app.mount("/flask", WSGIMiddleware(flask))
    client = TestClient(app)
    closed = 401 if mode == "enforce" else 200
    assert [client.get(path).status_code for path in ("/sub/x", "/sub/y", "/flask/")] == [200, closed, closed]
    assert decisions(telemetry) == {("GET /sub/y", "unguarded"): 1, ("GET /", "unguarded"): 1}
    announced = {str(point.attributes["operation"]) for point in telemetry.points("guard.decisions")}
    assert "GET /sub/y" in announced and "GET /y" not in announced


@pytest.mark.parametrize("protected", [True, False])
def test_a_dependency_below_a_mount_sees_its_own_application(protected: bool, guards: LoadGuards) -> None:
    seen: list[Any] = []

    def authenticate(request: Request) -> Any:
        seen.append(request.app)
        return current_principal(request)

    scaffold = guards("enforce")
    app, sub = FastAPI(), FastAPI(openapi_url=None)
    scaffold.protect(app)
    if protected:
        scaffold.protect(sub)
    sub.add_api_route("/x", lambda: "sub", dependencies=[scaffold.guard(authenticate, "orders:read")])
    app.mount("/sub", sub)
    assert TestClient(app).get("/sub/x", headers=READER).status_code == 200
    assert seen == [sub]


def test_hosts_partial_matches_and_other_defaults(guards: LoadGuards, telemetry: Telemetry) -> None:
    inner = Router([Route("/x", plain)])
    app = Starlette(
        routes=[
            Host("api.example", inner),
            Route("/both", plain, methods=["POST"]),
            Mount("/fallback", Router([], default=raw)),
            WebSocketRoute("/both", socket),
        ]
    )
    guards("enforce").protect(app)
    client = TestClient(app)
    assert client.get("/x", headers={"Host": "api.example"}).status_code == 401
    assert client.get("/x").status_code == 404
    assert client.post("/both").status_code == 401
    assert client.get("/both").status_code == 405
    assert client.get("/fallback/secret").status_code == 401
    assert set(decisions(telemetry)) == {
        ("GET /x", "unguarded"),
        ("POST /both", "unguarded"),
        ("GET /fallback/{path}", "unguarded"),
    }


def test_files_of_a_frontend_are_endpoints_too(guards: LoadGuards, folder: Path) -> None:
    for public, expected in (((), 401), (("GET /{path}",), 200)):
        app = FastAPI(openapi_url=None)
        guards("enforce", _PUBLIC=public).protect(app)
        router = APIRouter()
        router.frontend("/", directory=folder)
        app.include_router(router, prefix="/web")
        app.frontend("/", directory=folder)
        client = TestClient(app)
        assert [client.get(path).status_code for path in ("/a.css", "/web/a.css")] == [expected, expected]


def test_it_sits_inside_the_other_middleware(guards: LoadGuards) -> None:
    """What is outside may open sessions that `authenticate` reads, and dresses the refusal."""

    class Outside(BaseHTTPMiddleware):
        async def dispatch(self, request: Request, call_next: Any) -> Response:
            request.state.seen = True
            answer: Response = await call_next(request)
            answer.headers["X-Outside"] = "yes"
            return answer

    app = FastAPI(middleware=[Middleware(Outside)])
    guards("enforce").protect(app)
    app.add_api_route("/x", lambda: "x")
    answer = TestClient(app).get("/x")
    assert (answer.status_code, answer.headers["X-Outside"]) == (401, "yes")


def test_the_applications_own_handlers_dress_the_refusal(guards: LoadGuards) -> None:
    app = Starlette(routes=[Route("/x", plain)])
    guards("enforce").protect(app)
    app.add_exception_handler(401, lambda request, error: JSONResponse({"own": request.url.path}, 401))
    answer = TestClient(app).get("/x")
    assert (answer.status_code, answer.json()) == (401, {"own": "/x"})


def test_after_the_start_it_is_too_late(guards: LoadGuards) -> None:
    app = FastAPI()
    TestClient(app).get("/")
    with pytest.raises(RuntimeError, match="after the application has started"):
        guards("enforce").protect(app)


def test_a_failure_inside_closes(guards: LoadGuards, telemetry: Telemetry) -> None:
    class Odd(Route):
        def matches(self, scope: Any) -> Any:
            raise LookupError("odd")

    for mode in MODES:
        app = Starlette(routes=[Route("/x", plain), Odd("/odd", plain)])
        guards(mode, _PUBLIC=("GET /x",)).protect(app)
        client = TestClient(app, raise_server_exceptions=False)
        assert client.get("/x").status_code == 200
        assert client.get("/odd").status_code == (503 if mode == "enforce" else 500)


def test_a_route_that_is_added_later_is_closed_as_well(guards: LoadGuards) -> None:
    app = FastAPI()
    guards("enforce").protect(app)
    client = TestClient(app)
    assert client.get("/late").status_code == 404
    app.add_api_route("/late", lambda: "late")
    assert client.get("/late").status_code == 401
