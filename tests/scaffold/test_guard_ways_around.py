"""Ways around a guard: what stands in front of it and answers by itself, and OPTIONS that is taken for a GET."""

from __future__ import annotations

import asyncio
import functools
from collections.abc import Callable
from typing import Any

import pytest
from conftest import Telemetry
from fastapi import FastAPI
from flask import Flask
from flask import request as flask_request
from flask.views import MethodView
from guarding import MODES, LoadGuards, decisions, guards
from shop_auth import NOBODY, READER
from starlette.applications import Starlette
from starlette.endpoints import HTTPEndpoint
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from starlette.testclient import TestClient
from test_scaffold_django import Serve, serve  # sets Django up
from werkzeug.routing import Rule

from django import http  # isort: skip
from django.contrib.admin.sites import AdminSite  # isort: skip
from django.core.cache import cache as site_cache  # isort: skip
from django.contrib.auth.views import PasswordResetConfirmView  # isort: skip
from django.test import AsyncClient, override_settings  # isort: skip
from django.urls import path  # isort: skip
from django.views.decorators.cache import cache_page  # isort: skip
from django.views.generic import View  # isort: skip

__all__ = ["guards", "serve"]
ENFORCED = [401, 200, 401]  # nobody, the right token, and nobody again
COUNTS = {"unauthenticated": 2, "allowed": 1}


def memo(function: Any) -> Any:
    """A cache that knows nothing of who calls, as most of them."""
    kept: list[Any] = []

    @functools.wraps(function)
    def cached(*args: Any, **kwargs: Any) -> Any:
        if not kept:
            kept.append(function(*args, **kwargs))
        return kept[0]

    return cached


def memo_on_loop(function: Any) -> Any:
    kept: list[Any] = []

    @functools.wraps(function)
    async def cached(*args: Any, **kwargs: Any) -> Any:
        if not kept:
            kept.append(await function(*args, **kwargs))
        return kept[0]

    return cached


def asked(get: Callable[..., Any], url: str) -> list[int]:
    return [get(url, headers=headers).status_code for headers in (NOBODY, READER, NOBODY)]


def counted(telemetry: Telemetry, operation: str) -> dict[str, int]:
    return {word: count for (name, word), count in decisions(telemetry).items() if name == operation}


@pytest.mark.parametrize("mode", MODES)
def test_flask_a_cache_around_the_guard(mode: str, guards: LoadGuards, telemetry: Telemetry) -> None:
    scaffold = guards(mode)
    app = Flask(__name__)
    scaffold.protect(app)
    guarded = scaffold.guarded("orders:read")

    class Decorated(MethodView):
        decorators = [memo]  # noqa: RUF012

        @guarded
        def get(self, item: int) -> str:
            return "item"

    class Dispatched(MethodView):
        def dispatch_request(self, **named: Any) -> Any:
            return "kept"

        @guarded
        def get(self) -> str:
            return "fresh"

    app.add_url_rule("/function", view_func=memo(scaffold.observed("GET /function")(guarded(lambda: "function"))))
    app.add_url_rule("/class/<int:item>", view_func=Decorated.as_view("decorated"))
    app.add_url_rule("/dispatched", view_func=Dispatched.as_view("dispatched"))
    client = app.test_client()
    for url, operation in (
        ("/function", "GET /function"),
        ("/class/7", "GET /class/{item}"),
        ("/dispatched", "GET /dispatched"),
    ):
        assert asked(client.get, url) == (ENFORCED if mode == "enforce" else [200] * 3), url
        assert counted(telemetry, operation) == COUNTS, url


@pytest.mark.parametrize("mode", MODES)
def test_flask_what_answers_before_the_request(mode: str, guards: LoadGuards, telemetry: Telemetry) -> None:
    scaffold = guards(mode, _PUBLIC=("GET /ping",))
    app = Flask(__name__)
    scaffold.protect(app)

    @app.before_request
    def early() -> Any:
        return ("away", 503) if "away" in flask_request.args else "early"

    app.add_url_rule("/x", view_func=scaffold.guarded("orders:read")(lambda: "x"))
    client = app.test_client()
    enforced = mode == "enforce"
    assert asked(client.get, "/x") == (ENFORCED if enforced else [200] * 3)
    assert counted(telemetry, "GET /x") == COUNTS
    assert client.get("/x?away=1").status_code == 503  # it is no way in
    assert client.options("/x").text == "early"
    assert client.post("/x", headers=READER).status_code == (401 if enforced else 200)  # there is no such route
    assert client.get("/ping").status_code == 200
    assert counted(telemetry, "flask.app.Flask.preprocess_request") == {"unguarded": 1}


@pytest.mark.parametrize("mode", MODES)
def test_flask_options_is_no_get(mode: str, guards: LoadGuards) -> None:
    scaffold = guards(mode)
    app = Flask(__name__)
    scaffold.protect(app)
    guarded = scaffold.guarded("orders:read")

    def preflight() -> str:
        return "allow" if flask_request.method == "OPTIONS" else "x"

    both = ["GET", "OPTIONS"]
    app.add_url_rule("/guarded", "guarded", guarded(lambda: "secret"), methods=both)
    app.add_url_rule("/open", "open", lambda: "secret", methods=both)
    app.add_url_rule("/tells", "tells", guarded(preflight), methods=both)
    app.add_url_rule("/tells/too", "too", memo(preflight), methods=both)
    app.add_url_rule("/only", "only", lambda: "only", methods=["OPTIONS"])
    app.url_map.add(Rule("/any", endpoint="any"))
    app.view_functions["any"] = lambda: "secret"
    client = app.test_client()
    for url in ("/guarded", "/open", "/any"):
        assert (client.options(url).text == "secret") == (mode == "observe"), url
    assert client.options("/guarded").status_code == 200  # as Flask itself would answer
    assert client.options("/any").status_code == (401 if mode == "enforce" else 200)
    assert [client.options(url).text for url in ("/tells", "/tells/too", "/only")] == ["allow", "allow", "only"]


@pytest.mark.parametrize("mode", MODES)
def test_starlette_a_cache_around_the_guard(mode: str, guards: LoadGuards, telemetry: Telemetry) -> None:
    scaffold = guards(mode)
    guarded = scaffold.guarded("orders:read")

    async def function(request: Any) -> PlainTextResponse:
        return PlainTextResponse("function")

    class Kept(HTTPEndpoint):
        async def dispatch(self) -> None:
            await PlainTextResponse("kept")(self.scope, self.receive, self.send)

        @guarded
        async def get(self, request: Any) -> PlainTextResponse:
            return PlainTextResponse("fresh")

    app = Starlette(routes=[Route("/function", memo_on_loop(guarded(function))), Route("/kept", Kept)])
    scaffold.protect(app)
    client = TestClient(app)
    for url in ("/function", "/kept"):
        assert asked(client.get, url) == (ENFORCED if mode == "enforce" else [200] * 3), url
        assert counted(telemetry, f"GET {url}") == COUNTS, url


@pytest.mark.parametrize("mode", MODES)
def test_asgi_options_is_no_get(mode: str, guards: LoadGuards) -> None:
    scaffold = guards(mode)
    app = FastAPI()
    scaffold.protect(app)

    async def function(request: Any) -> PlainTextResponse:
        return PlainTextResponse("secret")

    class Raw:
        async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
            await PlainTextResponse("secret")(scope, receive, send)

    class Preflight(HTTPEndpoint):
        async def options(self, request: Any) -> PlainTextResponse:
            return PlainTextResponse("allow")

    both, guard = ["GET", "OPTIONS"], scaffold.guard("orders:read")
    app.add_route("/raw", Raw())  # type: ignore[arg-type]
    app.add_route("/open", function, methods=both)
    app.add_route("/guarded", scaffold.guarded("orders:read")(function), methods=both)
    app.add_api_route("/depends", lambda: "secret", methods=both, dependencies=[guard])
    app.add_api_route("/only", lambda: "only", methods=["OPTIONS"], dependencies=[guard])
    app.add_route("/class", Preflight)  # type: ignore[arg-type]
    client = TestClient(app)
    enforced = mode == "enforce"
    for url, status in {"/raw": 401, "/open": 401, "/guarded": 200, "/depends": 401}.items():
        answer = client.options(url)
        assert (answer.status_code, "secret" in answer.text) == (status if enforced else 200, not enforced), url
    assert "secret" in client.options("/depends", headers=READER).text
    assert client.options("/only").json() == "only"
    assert client.options("/class").text == "allow"


@pytest.mark.parametrize("mode", MODES)
def test_django_a_cache_around_the_guard(mode: str, guards: LoadGuards, serve: Serve, telemetry: Telemetry) -> None:
    scaffold = guards(mode)
    guarded = scaffold.guarded("orders:read")

    class Page(View):
        @guarded
        def get(self, request: Any) -> http.HttpResponse:
            return http.HttpResponse("page")

    async def on_loop(request: Any) -> http.HttpResponse:
        return http.HttpResponse("async")

    patterns = [
        path("function/", memo(guarded(lambda _request: http.HttpResponse("function")))),
        path("page/", cache_page(60)(Page.as_view())),
        path("async/", memo_on_loop(guarded(on_loop))),
    ]
    scaffold.protect(patterns)
    client = serve(*patterns)
    for url in ("/function/", "/page/", "/async/"):
        assert asked(client.get, url) == (ENFORCED if mode == "enforce" else [200] * 3), url
        assert counted(telemetry, f"GET {url}") == COUNTS, url


@pytest.mark.parametrize("mode", MODES)
def test_django_a_cache_of_the_whole_site(mode: str, guards: LoadGuards, serve: Serve) -> None:
    """It varies by the headers that the answer names, and no answer names one that only the guard has read."""
    scaffold = guards(mode, _AUTHENTICATE=f"{__name__}:by_key", _PUBLIC=("* /open/",))
    calls: list[str] = []

    def view(request: Any) -> http.HttpResponse:
        calls.append(request.path)
        return http.HttpResponse("x")

    patterns = [path("x/", scaffold.guarded("orders:read")(view)), path("open/", view)]
    scaffold.protect(patterns)
    site_cache.clear()
    cache = "django.middleware.cache."
    with override_settings(MIDDLEWARE=[f"{cache}UpdateCacheMiddleware", f"{cache}FetchFromCacheMiddleware"]):
        client = serve(*patterns)
        answers = [client.get("/x/", headers=headers).status_code for headers in ({"X-Key": "1"}, {})]
        assert answers == [200, 401 if mode == "enforce" else 200]
        assert [client.get("/open/").status_code for _ in range(2)] == [200, 200]
    assert calls.count("/open/") == 1  # what is public is cached as before


def by_key(request: Any) -> Any:
    from shop_auth import Principal

    return Principal(frozenset({"orders:read"})) if request.headers.get("X-Key") == "1" else None


def test_django_options_into_a_class_that_answers_everything(guards: LoadGuards, serve: Serve) -> None:
    class Whole(View):
        def dispatch(self, request: Any, *args: Any, **kwargs: Any) -> http.HttpResponse:
            return http.HttpResponse("secret")

    class Guarded(Whole):
        pass

    scaffold = guards("enforce")
    Guarded.dispatch = scaffold.guarded("orders:read")(Guarded.dispatch)  # type: ignore[method-assign]
    patterns = [path("whole/", Whole.as_view()), path("guarded/", Guarded.as_view()), path("view/", View.as_view())]
    scaffold.protect(patterns)
    client = serve(*patterns)
    assert [client.options(url).status_code for url in ("/whole/", "/guarded/", "/view/")] == [401, 200, 200]
    assert client.options("/guarded/").content == b""


def test_django_a_view_of_djangos_own_that_answers_before_its_members(guards: LoadGuards, serve: Serve) -> None:
    """`PasswordResetConfirmView.dispatch` shows a page by itself when a link is not right, whatever the method."""

    class Confirm(PasswordResetConfirmView):
        def render_to_response(self, context: Any, **_more: Any) -> http.HttpResponse:
            return http.HttpResponse("page")

    class Guarded(Confirm):
        pass

    scaffold = guards("enforce")
    Guarded.get = scaffold.guarded("orders:read")(Guarded.get)
    patterns = [path(f"{name}/<uidb64>/<token>/", view.as_view()) for name, view in (("a", Confirm), ("b", Guarded))]
    scaffold.protect(patterns)
    client = serve(*patterns)
    for ask in (client.get, client.head, client.patch, client.delete, client.options):
        assert [ask(f"/{name}/x/y/").status_code for name in "ab"] == [401, 401], ask


def test_django_a_cache_around_the_guard_on_the_loop(guards: LoadGuards, serve: Serve) -> None:
    scaffold = guards("enforce")

    async def on_loop(request: Any) -> http.HttpResponse:
        return http.HttpResponse("async")

    patterns = [path("async/", memo_on_loop(scaffold.guarded("orders:read")(on_loop)))]
    scaffold.protect(patterns)
    serve(*patterns)

    async def statuses() -> list[int]:
        client = AsyncClient(raise_request_exception=False)
        return [(await client.get("/async/", headers=headers)).status_code for headers in (NOBODY, READER, NOBODY)]

    assert asyncio.run(statuses()) == ENFORCED


def test_django_what_is_below_the_admin_is_not_all_the_admins(
    guards: LoadGuards, serve: Serve, telemetry: Telemetry
) -> None:
    """A view that somebody puts among its URLs, and does not wrap, asks nobody."""

    def view(_request: Any) -> http.HttpResponse:
        return http.HttpResponse("secret")

    class Site(AdminSite):
        def has_permission(self, request: Any) -> bool:
            return bool(request.headers.get("X-Staff") == "1")

        def bare(self, _request: Any) -> http.HttpResponse:
            return http.HttpResponse("secret")

        def get_urls(self) -> list[Any]:
            wrapped = [
                path("wrapped/", self.admin_view(self.bare)),
                path("kept/", self.admin_view(view, cacheable=True)),
            ]
            loose = [path("bare/", self.bare), path("loose/", view), path("cached/", cache_page(60)(view))]
            return [*wrapped, *loose, *super().get_urls()]

    patterns = [path("admin/tool/", view), path("admin/", Site().urls)]
    guards("enforce", _GUARDED_BELOW={"* /admin/**": ()}).protect(patterns)
    client = serve(*patterns)
    for url in ("tool", "bare", "loose", "cached"):
        assert client.get(f"/admin/{url}/", headers={"X-Staff": "1"}).status_code == 401, url
    for url in ("wrapped", "kept", "password_change", "nowhere"):
        assert client.get(f"/admin/{url}/").headers["Location"].startswith("/admin/login/?"), url
    assert client.get("/admin/wrapped/", headers={"X-Staff": "1"}).content == b"secret"
    assert client.post("/admin/login/").status_code not in (401, 403)
    said = {str(point.attributes["operation"]) for point in telemetry.points("guard.decisions")}
    assert {"* /admin/bare/", "* /admin/tool/"} <= said and "* /admin/wrapped/" not in said
