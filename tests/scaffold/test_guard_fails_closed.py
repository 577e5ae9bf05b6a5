"""Whatever `authenticate` does: in enforce mode only a principal that holds the scopes gets in, anywhere."""

from __future__ import annotations

import asyncio
import sys
import types
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from conftest import Telemetry
from fastapi import FastAPI
from fastapi.testclient import TestClient
from flask import Flask
from guarding import Guards, LoadGuards, decisions, guards
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from test_scaffold_django import Serve, serve  # sets Django up

from django import http  # isort: skip
from django.test import AsyncClient  # isort: skip
from django.urls import path  # isort: skip
from rest_framework.decorators import api_view  # isort: skip
from rest_framework.response import Response  # isort: skip

__all__ = ["guards", "serve"]


@dataclass
class Holder:
    scopes: Any


class Raising:
    @property
    def scopes(self) -> Any:
        raise KeyError("s3cret")


async def later(value: Any) -> Any:
    await asyncio.sleep(0)
    return value


def fails(_request: Any) -> Any:
    raise RuntimeError("s3cret")


async def fails_later(_request: Any) -> Any:
    await asyncio.sleep(0)
    raise RuntimeError("s3cret")


def exits(_request: Any) -> Any:
    try:
        raise ValueError("s3cret")
    except ValueError as error:
        raise LookupError("s3cret") from error


def giving(value: Any) -> Callable[[Any], Any]:
    return lambda request: value


AUTHENTICATE: dict[str, tuple[Any, int]] = {
    "None": (giving(None), 401),
    "raises": (fails, 503),
    "raises later": (fails_later, 503),
    "raises in a chain": (exits, 503),
    "False": (giving(False), 503),
    "True": (giving(True), 503),
    "0": (giving(0), 503),
    "text": (giving("orders:read"), 503),
    "empty": (giving(""), 503),
    "tuple": (giving(("no", 401)), 503),
    "dict": (giving({"scopes": ["orders:read"]}), 503),
    "object": (giving(object()), 503),
    "class": (giving(Holder), 503),
    "a response": (giving(PlainTextResponse("no", 401)), 503),
    "scopes None": (giving(Holder(None)), 503),
    "scopes text": (giving(Holder("orders:read orders:write")), 503),
    "scopes bytes": (giving(Holder(b"orders:read")), 503),
    "scopes generator": (giving(Holder(one for one in ["orders:read"])), 503),
    "scopes function": (giving(Holder(lambda: ["orders:read"])), 503),
    "scopes raise": (giving(Raising()), 503),
    "no scopes": (giving(Holder(())), 403),
    "other scopes": (giving(Holder({"orders:readers", "orders"})), 403),
    "an awaitable of None": (lambda request: later(None), 401),
    "an awaitable of garbage": (lambda request: later(later), 503),
    "no parameters": (lambda: Holder({"orders:read"}), 503),
    "two parameters": (lambda request, more: Holder({"orders:read"}), 503),
    "not callable": (3, 503),
    "module missing": ("no.such.module:name", 503),
    "name missing": ("shop_auth:nothing", 503),
    "no name": ("shop_auth", 503),
    "nothing configured": ("", 503),
    "an own unauthorised": (lambda request: __import__("werkzeug").exceptions.abort(401), 401),
}


def flask_status(scaffold: Guards, _serve: Serve, _guard: Any) -> list[int]:
    app = Flask(__name__)

    @app.get("/x")
    @scaffold.guarded("orders:read")
    def read() -> str:
        return "served"

    @app.get("/async")
    @scaffold.guarded("orders:read")
    async def asynchronous() -> str:
        return "served"

    return [app.test_client().get(url).status_code for url in ("/x", "/async")]


def starlette_status(scaffold: Guards, _serve: Serve, _guard: Any) -> list[int]:
    @scaffold.guarded("orders:read")
    def read(request: Request) -> PlainTextResponse:
        return PlainTextResponse("served")

    @scaffold.guarded("orders:read")
    async def asynchronous(request: Request) -> PlainTextResponse:
        return PlainTextResponse("served")

    client = TestClient(Starlette(routes=[Route("/x", read), Route("/async", asynchronous)]))
    return [client.get(url).status_code for url in ("/x", "/async")]


def fastapi_status(scaffold: Guards, _serve: Serve, guard: Any) -> list[int]:
    statuses = []
    for protect in (None, scaffold.protect):
        app = FastAPI()
        if protect:
            protect(app)
        app.add_api_route("/x", lambda: "served", dependencies=[guard])
        statuses.append(TestClient(app, raise_server_exceptions=False).get("/x").status_code)
    return statuses


def django_status(scaffold: Guards, serve: Serve, _guard: Any) -> list[int]:
    @scaffold.guarded("orders:read")
    def read(request: http.HttpRequest) -> http.HttpResponse:
        return http.HttpResponse("served")

    @scaffold.guarded("orders:read")
    async def asynchronous(request: http.HttpRequest) -> http.HttpResponse:
        return http.HttpResponse("served")

    @api_view(["GET"])
    @scaffold.guarded("orders:read")
    def function(request: Any) -> Response:
        return Response("served")

    urls = [path("x/", read), path("async/", asynchronous), path("drf/", function)]
    client = serve(*urls)

    async def on_loop() -> int:
        answer = await AsyncClient(raise_request_exception=False).get("/async/")
        return int(answer.status_code)

    return [*(client.get(f"/{name}/").status_code for name in ("x", "async", "drf")), asyncio.run(on_loop())]


FRAMEWORKS = [flask_status, starlette_status, fastapi_status, django_status]


@pytest.mark.parametrize("framework", FRAMEWORKS, ids=lambda one: one.__name__)
def test_nobody_gets_in_by_a_failure(
    framework: Any, guards: LoadGuards, serve: Serve, telemetry: Telemetry, caplog: pytest.LogCaptureFixture
) -> None:
    module = sys.modules["auth_that_fails"] = types.ModuleType("auth_that_fails")
    for name, (authenticate, wanted) in AUTHENTICATE.items():
        is_reference = isinstance(authenticate, str)
        vars(module)["authenticate"] = authenticate
        reference = authenticate if is_reference else "auth_that_fails:authenticate"
        scaffold = guards("enforce", _AUTHENTICATE=reference)
        statuses = framework(scaffold, serve, scaffold.guard("orders:read"))
        if framework is fastapi_status and "parameters" in name:
            wanted = {"no parameters": 200, "two parameters": 401}[name]  # dependencies, the second of a query
        elif "own" in name and framework is not flask_status:
            wanted = 503  # another framework's exception is none here
        assert statuses == [wanted] * len(statuses), name
    del sys.modules["auth_that_fails"]
    assert sum(count for (_, word), count in decisions(telemetry).items() if word == "allowed") in (0, 2)
    assert "s3cret" not in caplog.text
    for span in telemetry.spans():
        assert "s3cret" not in str(span.to_json())


@pytest.mark.parametrize("name", [name for name, (one, _) in AUTHENTICATE.items() if callable(one)])
@pytest.mark.parametrize("protected", [True, False], ids=["protected", "alone"])
def test_nobody_gets_in_by_a_failing_dependency(name: str, protected: bool, guards: LoadGuards) -> None:
    """The same as a dependency of FastAPI's."""
    authenticate, _ = AUTHENTICATE[name]
    if name == "no parameters":
        return  # a dependency without parameters is a fine one
    scaffold = guards("enforce")
    app = FastAPI()
    if protected:
        scaffold.protect(app)
    app.add_api_route("/x", lambda: "served", dependencies=[scaffold.guard(authenticate, "orders:read")])
    client = TestClient(app, raise_server_exceptions=False)
    answer = client.get("/x")
    assert answer.status_code in (401, 403, 503)
    assert "s3cret" not in answer.text
    assert client.get("/openapi.json").status_code == (401 if protected else 200)


@pytest.mark.parametrize("mode", ["enforced", "", "Observe", "off"])
def test_a_mode_that_is_none_enforces(mode: str, guards: LoadGuards, serve: Serve) -> None:
    scaffold = guards(mode)
    assert flask_status(scaffold, serve, None) == [401, 401]


def test_the_auth_module_is_imported_at_the_first_request(guards: LoadGuards) -> None:
    """It may import the scaffold: a cycle, if that imported it in turn."""
    scaffold = guards("enforce", _AUTHENTICATE="auth_that_comes_late:authenticate")
    app = Flask(__name__)
    app.add_url_rule("/x", view_func=scaffold.guarded("orders:read")(lambda: "served"))
    assert app.test_client().get("/x").status_code == 503
    module = sys.modules["auth_that_comes_late"] = types.ModuleType("auth_that_comes_late")
    vars(module)["authenticate"] = giving(Holder({"orders:read"}))
    assert app.test_client().get("/x").text == "served"
    del sys.modules["auth_that_comes_late"]


def test_failures_are_reported_once_and_with_their_place(guards: LoadGuards, caplog: pytest.LogCaptureFixture) -> None:
    scaffold = guards("enforce", _AUTHENTICATE=f"{__name__}:fails")
    app = Flask(__name__)
    app.add_url_rule("/x", view_func=scaffold.guarded()(lambda: "served"))
    for _request in range(3):
        app.test_client().get("/x")
    (record,) = [one for one in caplog.records if one.levelname == "ERROR"]
    assert f"GET /x cannot be told: RuntimeError at {__file__}:" in record.getMessage()
