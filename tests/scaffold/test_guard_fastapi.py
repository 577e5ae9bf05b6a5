"""`guard` in real FastAPI: before the body is looked at, in OpenAPI when it enforces, invisible when it observes."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Iterator
from typing import Annotated, Any

import pytest
from conftest import Telemetry
from fastapi import APIRouter, Depends, FastAPI, Header, HTTPException, Request, WebSocket
from fastapi.security import HTTPBearer, OAuth2PasswordBearer, SecurityScopes
from fastapi.testclient import TestClient
from guarding import MODES, Guards, LoadGuards, decisions, guards
from opentelemetry.instrumentation.fastapi import FastAPIInstrumentor
from pydantic import BaseModel
from shop_auth import (
    BROKEN,
    NOBODY,
    READER,
    WRITER,
    Principal,
    current_principal,
    current_principal_async,
    principal_of,
)
from starlette.requests import HTTPConnection
from starlette.websockets import WebSocketDisconnect

__all__ = ["guards"]

oauth2 = OAuth2PasswordBearer("token")
THREADS: list[str] = []


class Order(BaseModel):
    id: int


def by_scheme(token: Annotated[str, Depends(oauth2)]) -> Principal | None:
    """The dependency of FastAPI's tutorial: the scheme below it raises by itself."""
    THREADS.append(threading.current_thread().name)
    return principal_of(f"Bearer {token}")


async def by_scheme_async(scopes: SecurityScopes, token: str = Depends(oauth2)) -> Principal | None:
    if scopes.scopes and "orders:read" not in scopes.scopes:
        raise AssertionError(scopes.scopes)
    return principal_of(f"Bearer {token}")


def by_header(authorization: Annotated[str, Header()]) -> Principal | None:
    return principal_of(authorization)


def by_bearer(credentials: Annotated[Any, Depends(HTTPBearer())]) -> Iterator[Principal | None]:
    yield principal_of(f"Bearer {credentials.credentials}")


def by_request(request: Request) -> Principal | None:
    assert request.path_params.get("order_id", "7") in ("7", "seven")
    return current_principal(request)


async def by_body(request: Request) -> Principal | None:
    """As webhooks do that sign their body."""
    return principal_of("Bearer orders:read") if b"id" in await request.body() else None


async def by_body_and_header(request: Request, signature: Annotated[str, Header()] = "") -> Principal | None:
    return principal_of("Bearer orders:read") if b"id" in await request.body() else None


def raising_anywhere(connection: HTTPConnection) -> Principal | None:
    if not connection.headers.get("Authorization"):
        raise HTTPException(401, "of the service's own")
    return principal_of(connection.headers["Authorization"])


def raising(request: Request) -> Principal | None:
    if "broken" in request.headers.get("Authorization", ""):
        raise HTTPException(403, "of the service's own")
    principal = current_principal(request)
    if principal is None:
        raise HTTPException(401, "of the service's own", {"WWW-Authenticate": "Own"})
    return principal


DEPENDENCIES = {
    "scheme": by_scheme,
    "scheme async": by_scheme_async,
    "header": by_header,
    "bearer, yields": by_bearer,
    "request": by_request,
    "plain": current_principal,
    "plain async": current_principal_async,
    "configured": None,
}


def make_app(guard: Any, authenticate: Any, protect: Any = None) -> FastAPI:
    app = FastAPI()
    if protect:
        protect(app)
    router = APIRouter(prefix="/api")

    @router.post("/orders/{order_id}", dependencies=[guard(authenticate, "orders:read")])
    def write_order(order_id: int, order: Order) -> Order:
        return order

    @app.get("/orders/{order_id}", dependencies=[guard(authenticate, "orders:read", "orders:write")])
    async def read_order(order_id: int) -> int:
        return order_id

    @app.get("/any", dependencies=[guard(authenticate, "admin", "orders:read", any_of=True)])
    async def any_of() -> str:
        return "any"

    @app.websocket("/ws/{room}", dependencies=[guard(authenticate, "orders:read")])
    async def talk(websocket: WebSocket, room: str) -> None:
        await websocket.accept()
        await websocket.send_text(room)
        await websocket.close()

    app.include_router(router)
    return app


def nothing(*_arguments: Any, **_named: Any) -> Any:
    return Depends(lambda: None)


@pytest.mark.parametrize("protected", [True, False], ids=["protected", "alone"])
@pytest.mark.parametrize("kind", DEPENDENCIES)
def test_refused_and_served(kind: str, protected: bool, guards: LoadGuards, telemetry: Telemetry) -> None:
    scaffold = guards("enforce", _PUBLIC=("GET /openapi.json",))
    client = TestClient(make_app(scaffold.guard, DEPENDENCIES[kind], scaffold.protect if protected else None))
    assert [client.get("/orders/7", headers=one).status_code for one in ({}, READER, WRITER)] == [401, 403, 200]
    assert client.get("/orders/7").headers["WWW-Authenticate"] == "Bearer"
    assert client.get("/any", headers=READER).json() == "any"
    assert client.post("/api/orders/7", headers=READER, json={"id": 7}).json() == {"id": 7}
    assert client.post("/api/orders/7", headers=READER, json={"wrong": 7}).status_code == 422
    assert client.post("/api/orders/7", json={"wrong": 7}).status_code == 401
    if kind != "request":
        broken = client.get("/orders/7", headers=BROKEN)
        assert (broken.status_code, "s3cret" in broken.text) == (503, False)
    if protected:
        unreadable = {**NOBODY, "Content-Type": "application/json"}
        assert client.post("/api/orders/seven", content="{", headers=unreadable).status_code == 401
        assert client.post("/api/orders/7", content="{", headers={**unreadable, **READER}).status_code == 422
        assert decisions(telemetry)["POST /api/orders/{order_id}", "allowed"] == 3
        assert decisions(telemetry)["GET /orders/{order_id}", "unauthenticated"] == 2
    else:
        assert decisions(telemetry)[f"{__name__}.make_app.<locals>.any_of", "allowed"] == 1


@pytest.mark.parametrize("kind", DEPENDENCIES)
def test_websockets_are_closed_before_they_open(kind: str, guards: LoadGuards) -> None:
    scaffold = guards("enforce")
    for protect in (None, scaffold.protect):
        if kind in ("bearer, yields", "scheme", "scheme async", "request"):
            continue  # FastAPI itself gives these no websocket: see the next test
        client = TestClient(make_app(scaffold.guard, DEPENDENCIES[kind], protect))
        with client.websocket_connect("/ws/blue", headers=READER) as socket:
            assert socket.receive_text() == "blue"
        for headers in ({}, WRITER | {"Authorization": "Bearer other"}):
            with pytest.raises(WebSocketDisconnect) as caught, client.websocket_connect("/ws/blue", headers=headers):
                pass
            assert caught.value.code == 1008


def test_an_exception_with_a_status_closes_a_websocket(guards: LoadGuards, telemetry: Telemetry) -> None:
    scaffold = guards("enforce")
    for protect in (None, scaffold.protect):
        client = TestClient(make_app(scaffold.guard, raising_anywhere, protect))
        with pytest.raises(WebSocketDisconnect) as caught, client.websocket_connect("/ws/blue"):
            pass
        assert caught.value.code == 1008
        assert client.get("/any").json() == {"detail": "of the service's own"}
    assert ("WEBSOCKET /ws/{room}", "unauthenticated") in decisions(telemetry)


def test_the_decision_is_on_the_span_of_the_request(guards: LoadGuards, telemetry: Telemetry) -> None:
    scaffold = guards("enforce")
    for protect in (None, scaffold.protect):
        app = make_app(scaffold.guard, current_principal, protect)
        FastAPIInstrumentor.instrument_app(app, exclude_spans=["receive", "send"])
        client = TestClient(app)
        for headers in ({}, READER):
            client.get("/any", headers=headers)
    words = [(span.attributes or {}).get("guard.decision") for span in telemetry.spans()]
    assert words == ["unauthenticated", "allowed"] * 2


@pytest.mark.parametrize("mode", MODES)
def test_a_dependency_that_cannot_see_websockets_lets_none_in(
    mode: str, guards: LoadGuards, telemetry: Telemetry
) -> None:
    client = TestClient(make_app(guards(mode).guard, by_scheme))
    if mode == "enforce":
        with pytest.raises(WebSocketDisconnect), client.websocket_connect("/ws/blue", headers=READER):
            pass
    else:
        with client.websocket_connect("/ws/blue", headers=READER) as socket:
            assert socket.receive_text() == "blue"
    assert len(decisions(telemetry)) == 1 and "error" in str(decisions(telemetry))


@pytest.mark.parametrize("protected", [True, False], ids=["protected", "alone"])
@pytest.mark.parametrize("kind", [*DEPENDENCIES, "raising"])
def test_observing_changes_no_response_and_no_document(
    kind: str, protected: bool, guards: LoadGuards, telemetry: Telemetry
) -> None:
    scaffold = guards("observe")
    authenticate = DEPENDENCIES.get(kind, raising)
    watched = TestClient(make_app(scaffold.guard, authenticate, scaffold.protect if protected else None))
    plain = TestClient(make_app(nothing, authenticate))
    requests: list[tuple[str, str, Any]] = [
        ("GET", "/orders/7", None),
        ("GET", "/orders/seven", None),
        ("POST", "/api/orders/7", {"id": 7}),
        ("POST", "/api/orders/7", {"wrong": 7}),
        ("GET", "/any", None),
        ("GET", "/openapi.json", None),
        ("GET", "/docs", None),
        ("GET", "/nowhere", None),
        ("DELETE", "/any", None),
    ]
    for method, path, body in requests:
        for headers in ({}, NOBODY, READER, WRITER, BROKEN):
            seen = watched.request(method, path, json=body, headers=headers)
            wanted = plain.request(method, path, json=body, headers=headers)
            assert (seen.status_code, seen.content, seen.headers) == (
                wanted.status_code,
                wanted.content,
                wanted.headers,
            )
    counted = {
        word: sum(n for (_, one), n in decisions(telemetry).items() if one == word) for word in ("allowed", "error")
    }
    assert counted == {"allowed": 8, "error": 0 if kind == "raising" else 5}
    with watched.websocket_connect("/ws/blue") as socket:
        assert socket.receive_text() == "blue"


@pytest.mark.parametrize(("kind", "scheme"), [("scheme", "OAuth2PasswordBearer"), ("plain", "HTTPBearer")])
def test_the_scheme_shows_in_openapi_when_it_enforces(kind: str, scheme: str, guards: LoadGuards) -> None:
    app = make_app(guards("enforce").guard, DEPENDENCIES[kind])
    document = TestClient(app).get("/openapi.json").json()
    assert list(document["components"]["securitySchemes"]) == [scheme]
    shown = document["paths"]["/orders/{order_id}"]["get"]
    assert [list(one) for one in shown["security"]] == [[scheme]]
    if kind == "scheme":
        assert shown["security"] == [{scheme: ["orders:read", "orders:write"]}]
    assert [one["name"] for one in shown["parameters"]] == ["order_id"]


def test_the_services_own_refusals_are_its_own(guards: LoadGuards, telemetry: Telemetry) -> None:
    scaffold = guards("enforce")
    for protect in (None, scaffold.protect):
        client = TestClient(make_app(scaffold.guard, raising, protect))
        answer = client.get("/any")
        assert (answer.status_code, answer.json(), answer.headers["WWW-Authenticate"]) == (
            (401, {"detail": "of the service's own"}, "Own")
        )
        assert client.get("/any", headers=BROKEN).status_code == 403
    assert set(decisions(telemetry)) >= {("GET /any", "unauthenticated"), ("GET /any", "forbidden")}


def test_sync_dependencies_stay_in_the_threadpool(guards: LoadGuards) -> None:
    THREADS.clear()
    scaffold = guards("enforce")
    for protect in (None, scaffold.protect):
        TestClient(make_app(scaffold.guard, by_scheme, protect)).get("/any", headers=READER)
    assert len(THREADS) == 2 and all("AnyIO worker thread" in name for name in THREADS)


@pytest.mark.parametrize("authenticate", [by_scheme, by_request, current_principal])
def test_overrides_of_the_services_tests_hold(authenticate: Any, guards: LoadGuards) -> None:
    scaffold = guards("enforce")
    for protect in (None, scaffold.protect):
        app = make_app(scaffold.guard, authenticate, protect)
        app.dependency_overrides[authenticate] = lambda: Principal(frozenset({"orders:read"}))
        client = TestClient(app)
        assert client.get("/any").status_code == 200
        assert client.get("/orders/7").status_code == 403


def test_a_body_that_is_read_to_authenticate_is_there_for_the_handler(guards: LoadGuards) -> None:
    scaffold = guards("enforce")
    for authenticate, protect in itertools.product((by_body, by_body_and_header), (None, scaffold.protect)):
        client = TestClient(make_app(scaffold.guard, authenticate, protect))
        assert client.post("/api/orders/7", json={"id": 7}).json() == {"id": 7}
        assert client.post("/api/orders/7", json={}).status_code == 401


def test_options_passes_and_is_guarded_where_the_policy_names_it(guards: LoadGuards) -> None:
    def make(scaffold: Guards) -> TestClient:
        app = FastAPI()
        scaffold.protect(app)

        @app.options("/x", dependencies=[scaffold.guard(current_principal)])
        def options() -> str:
            return "ok"

        return TestClient(app)

    assert make(guards("enforce")).options("/x").status_code == 200
    assert make(guards("enforce", _GUARD_OPTIONS=("OPTIONS /x",))).options("/x").status_code == 401


def test_it_is_asked_once_for_each_request(guards: LoadGuards, telemetry: Telemetry) -> None:
    calls = []

    def authenticate(request: Request) -> Principal:
        calls.append(request.url.path)
        return Principal(frozenset())

    scaffold = guards("enforce")
    once = scaffold.guard(authenticate)
    app = FastAPI(dependencies=[once])
    scaffold.protect(app)

    @app.get("/x", dependencies=[once])
    def read() -> str:
        return "ok"

    assert TestClient(app).get("/x").json() == "ok"
    assert calls == ["/x"]
    assert decisions(telemetry) == {("GET /x", "allowed"): 1}


@pytest.mark.parametrize("given", [(3,), ("a", 3), (None, "")])
def test_what_is_no_scope_is_refused_at_import(given: Any, guards: LoadGuards) -> None:
    with pytest.raises(TypeError):
        guards("observe").guard(*given)
