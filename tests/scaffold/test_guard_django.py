"""Guards in real Django and Django REST framework: functions, methods, inherited methods, each refused natively."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from conftest import Telemetry
from guarding import MODES, Guards, LoadGuards, decisions, guards
from shop_auth import BROKEN, NOBODY, READER, WRITER
from test_scaffold_django import Serve, serve  # sets Django up

from django import http  # isort: skip
from django.test import AsyncClient, override_settings  # isort: skip
from django.urls import path, re_path  # isort: skip
from django.views.decorators.csrf import csrf_exempt  # isort: skip
from django.views.generic import RedirectView, View  # isort: skip
from rest_framework import viewsets  # isort: skip
from rest_framework.authentication import BaseAuthentication  # isort: skip
from rest_framework.decorators import action, api_view  # isort: skip
from rest_framework.response import Response  # isort: skip
from rest_framework.routers import SimpleRouter  # isort: skip
from rest_framework.views import APIView  # isort: skip

__all__ = ["guards", "serve"]

SESSIONS = ["django.contrib.sessions.middleware.SessionMiddleware"]


class Anybody(BaseAuthentication):
    """An authenticator that knows nobody, and says how to be known."""

    def authenticate(self, request: Any) -> None:
        return None

    def authenticate_header(self, request: Any) -> str:
        return 'Token realm="shop"'


def urls(scaffold: Guards) -> list[Any]:
    guarded, observed, guarded_view = scaffold.guarded, scaffold.observed, scaffold.guarded_view

    @csrf_exempt
    @observed("* /orders/{pk}/")
    @guarded("orders:read", "orders:write")
    def read(_request: http.HttpRequest, pk: int) -> http.HttpResponse:
        return http.HttpResponse(f"{pk}")

    @guarded("orders:read", "orders:write")
    async def asynchronous(_request: http.HttpRequest) -> http.HttpResponse:
        return http.HttpResponse("async")

    class Books(View):
        @observed("GET /books/")
        @guarded("orders:read", "orders:write")
        def get(self, _request: http.HttpRequest) -> http.HttpResponse:
            return http.HttpResponse("books")

    class AsyncBooks(View):
        @guarded("orders:read", "orders:write")
        async def get(self, _request: http.HttpRequest) -> http.HttpResponse:
            return http.HttpResponse("async books")

    @scaffold.observed_view(get="GET /elsewhere/")
    @guarded_view(get=("orders:read", "orders:write"), head=())
    class Elsewhere(RedirectView):
        url = "/books/"

    @api_view(["GET", "POST"])
    @observed("GET|POST /function/")
    @guarded("orders:read", "orders:write")
    def function(_request: Any) -> Response:
        return Response("function")

    class Rest(APIView):
        @guarded("orders:read", "orders:write")
        def get(self, _request: Any) -> Response:
            return Response("rest")

    class Challenging(Rest):
        authentication_classes = (Anybody,)

    class Base(viewsets.ViewSet):
        """As a library's."""

        def list(self, _request: Any) -> Response:
            return Response("list")

    @guarded_view(list=("orders:read", "orders:write"))
    class Rows(Base):
        @action(detail=False)
        @guarded("orders:read", "orders:write")
        def recent(self, _request: Any) -> Response:
            return Response("recent")

    router = SimpleRouter()
    router.register("rows", Rows, "row")
    return [
        path("orders/<int:pk>/", read),
        re_path(r"^re/(?P<pk>[0-9]+)/$", read),
        path("async/", asynchronous),
        path("books/", Books.as_view()),
        path("async-books/", AsyncBooks.as_view()),
        path("elsewhere/", Elsewhere.as_view()),
        path("function/", function),
        path("rest/", Rest.as_view()),
        path("challenging/", Challenging.as_view()),
        *router.urls,
    ]


PATHS = {
    "/orders/7/": "/orders/{pk}/",
    "/re/7/": "/re/{pk}/",
    "/async/": "/async/",
    "/books/": "/books/",
    "/async-books/": "/async-books/",
    "/elsewhere/": "/elsewhere/",
    "/function/": "/function/",
    "/rest/": "/rest/",
    "/challenging/": "/challenging/",
    "/rows/": "/rows/",
    "/rows/recent/": "/rows/recent/",
}
AUTHENTICATE = ["shop_auth:current_principal", "shop_auth:current_principal_async"]


@pytest.mark.parametrize("authenticate", AUTHENTICATE)
@pytest.mark.parametrize("url", PATHS)
def test_refused_and_served(
    url: str, authenticate: str, guards: LoadGuards, serve: Serve, telemetry: Telemetry
) -> None:
    client = serve(*urls(guards("enforce", _AUTHENTICATE=authenticate)))
    answers = [client.get(url, headers=one) for one in ({}, NOBODY, READER, BROKEN, WRITER)]
    served = 302 if "elsewhere" in url else 200
    assert [one.status_code for one in answers] == [401, 401, 403, 503, served]
    wanted = 'Token realm="shop"' if "challenging" in url else "Bearer"
    assert answers[0]["WWW-Authenticate"] == wanted
    assert b"Authentication is required." in answers[0].content or "challenging" in url
    assert b"s3cret" not in answers[3].content
    name = f"GET {PATHS[url]}"
    counted = {(name, "unauthenticated"): 2, (name, "forbidden"): 1, (name, "error"): 1, (name, "allowed"): 1}
    assert decisions(telemetry) == counted


@pytest.mark.parametrize("authenticate", AUTHENTICATE)
@pytest.mark.parametrize("url", PATHS)
def test_under_asgi(url: str, authenticate: str, guards: LoadGuards, serve: Serve) -> None:
    scaffold = guards("enforce", _AUTHENTICATE=authenticate)
    patterns = urls(scaffold)
    scaffold.protect(patterns)
    serve(*patterns)

    async def statuses() -> list[int]:
        client = AsyncClient(raise_request_exception=False)
        return [(await client.get(url, headers=one)).status_code for one in ({}, READER, BROKEN, WRITER)]

    assert asyncio.run(statuses()) == [401, 403, 503, 302 if "elsewhere" in url else 200]


def curious(request: Any) -> None:
    request.session["seen"] = True


@pytest.mark.parametrize("authenticate", [*AUTHENTICATE, "test_guard_django:curious"])
def test_observing_changes_no_response(
    authenticate: str, guards: LoadGuards, serve: Serve, telemetry: Telemetry
) -> None:
    scaffold = guards("observe", _AUTHENTICATE=authenticate)
    watched = urls(scaffold)
    scaffold.protect(watched)
    bare = guards("observe")
    bare.guarded = lambda *_scopes, any_of=False: lambda function: function  # type: ignore[method-assign]
    bare.guarded_view = lambda **_members: lambda cls: cls  # type: ignore[method-assign]
    plain = urls(bare)
    with override_settings(MIDDLEWARE=SESSIONS, SESSION_ENGINE="django.contrib.sessions.backends.signed_cookies"):
        for url in (*PATHS, "/nowhere/"):
            for headers in ({}, NOBODY, READER, BROKEN, WRITER):
                for method in ("get", "post", "options", "head"):
                    seen = getattr(serve(*watched), method)(url, headers=headers)
                    wanted = getattr(serve(*plain), method)(url, headers=headers)
                    assert (seen.status_code, seen.content, seen.headers, seen.cookies) == (
                        (wanted.status_code, wanted.content, wanted.headers, wanted.cookies)
                    )
    assert ("GET /orders/{pk}/", "unauthenticated") in decisions(telemetry)
    assert not any(name.startswith("OPTIONS") for name, _ in decisions(telemetry))


def test_csrf_exemption_and_dispatch_survive(guards: LoadGuards, serve: Serve) -> None:
    scaffold = guards("enforce")
    patterns = urls(scaffold)
    scaffold.protect(patterns)
    serve(*patterns)
    from django.test import Client

    with override_settings(MIDDLEWARE=["django.middleware.csrf.CsrfViewMiddleware"]):
        client = Client(enforce_csrf_checks=True)
        assert client.post("/orders/7/", headers=WRITER).status_code == 200
        assert client.post("/async/", headers=WRITER).status_code == 403


def test_options_passes_but_not_into_a_function(guards: LoadGuards, serve: Serve) -> None:
    """A preflight has no token; a function view would answer it like a GET."""
    client = serve(*urls(guards("enforce")))
    for url in PATHS:
        answer = client.options(url)
        assert answer.status_code == (302 if "elsewhere" in url else 200), url  # RedirectView redirects OPTIONS
        assert b"7" not in answer.content and b"async" not in answer.content
    assert client.options("/books/")["Allow"] == "GET, HEAD, OPTIONS"


def test_options_is_guarded_where_the_policy_names_it(guards: LoadGuards, serve: Serve) -> None:
    client = serve(*urls(guards("enforce", _GUARD_OPTIONS=("OPTIONS /orders/**",))))
    assert client.options("/orders/7/").status_code == 401
    assert client.options("/orders/7/", headers=WRITER).content == b"7"


def test_a_subclass_has_the_rules_that_stand_nearest(guards: LoadGuards, serve: Serve, telemetry: Telemetry) -> None:
    scaffold = guards("enforce")

    @scaffold.observed_view(get="GET /a/")
    @scaffold.guarded_view(get=("orders:read",))
    class First(RedirectView):
        url = "/elsewhere/"

    @scaffold.guarded_view(get={"admin", "orders:write"})
    @scaffold.observed_view(get="GET /b/")
    class Second(First):
        pass

    class Third(Second):
        def get(self, request: Any) -> Any:
            return super().get(request)

    client = serve(path("a/", First.as_view()), path("b/", Second.as_view()), path("c/", Third.as_view()))
    for headers, statuses in ((READER, [302, 403, 403]), (WRITER, [302, 302, 302]), ({}, [401, 401, 401])):
        assert [client.get(url, headers=headers).status_code for url in ("/a/", "/b/", "/c/")] == statuses
    assert decisions(telemetry)["GET /b/", "allowed"] == 1


@pytest.mark.parametrize("mode", MODES)
def test_a_member_that_is_not_there(mode: str, guards: LoadGuards, caplog: pytest.LogCaptureFixture) -> None:
    def decorate() -> Any:
        return guards(mode).guarded_view(nothing=())(type("Shop", (), {}))

    if mode == "enforce":
        with pytest.raises(TypeError, match=r"Shop\.nothing"):
            decorate()
    else:
        assert decorate().__name__ == "Shop"
        assert caplog.records[-1].levelname == "ERROR"


@pytest.mark.parametrize("scopes", ["orders:read", ["orders:read"], 3, {3}, ("",), set()])
def test_rules_of_members_are_tuples_or_sets_of_texts(scopes: Any, guards: LoadGuards) -> None:
    with pytest.raises((TypeError, ValueError)):
        guards("observe").guarded_view(list=scopes)


@pytest.mark.parametrize("mode", MODES)
def test_requests_that_run_at_the_same_time_do_not_mix(mode: str, guards: LoadGuards, serve: Serve) -> None:
    serve(*urls(guards(mode, _AUTHENTICATE=AUTHENTICATE[1])))

    async def all_at_once() -> list[int]:
        client = AsyncClient()
        asked = [client.get("/async/", headers=one) for one in [WRITER, {}, READER] * 20]
        return [answer.status_code for answer in await asyncio.gather(*asked)]

    assert asyncio.run(all_at_once()) == ([200, 401, 403] if mode == "enforce" else [200, 200, 200]) * 20
