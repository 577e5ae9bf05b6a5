"""`protect(urlpatterns)` in real Django: every view below is looked at; the patterns stay as they are."""

from __future__ import annotations

import asyncio
import types
from typing import Any, ClassVar

import pytest
from conftest import Telemetry
from guarding import MODES, Guards, LoadGuards, decisions, guards
from shop_auth import NOBODY, READER
from test_scaffold_django import Serve, serve  # sets Django up

from django import http  # isort: skip
from django.conf.urls.i18n import i18n_patterns  # isort: skip
from django.test import AsyncClient, override_settings  # isort: skip
from django.urls import include, path, re_path, resolve, reverse  # isort: skip
from django.views.decorators.cache import cache_control  # isort: skip
from django.views.generic import TemplateView, View  # isort: skip
from rest_framework import viewsets  # isort: skip
from rest_framework.decorators import api_view  # isort: skip
from rest_framework.response import Response  # isort: skip
from rest_framework.routers import DefaultRouter  # isort: skip
from rest_framework.urlpatterns import format_suffix_patterns  # isort: skip

__all__ = ["guards", "serve"]


def plain(_request: http.HttpRequest, **_kwargs: Any) -> http.HttpResponse:
    return http.HttpResponse("plain")


async def asynchronous(_request: http.HttpRequest) -> http.HttpResponse:
    return http.HttpResponse("async")


class Page(TemplateView):
    def get(self, *_args: Any, **_kwargs: Any) -> http.HttpResponse:
        return http.HttpResponse("page")


class Rows(viewsets.ViewSet):
    def list(self, _request: Any) -> Response:
        return Response("list")

    def create(self, _request: Any) -> Response:
        return Response("made")


def urls(scaffold: Guards) -> list[Any]:
    guarded = scaffold.guarded("orders:read")

    class Both(View):
        @guarded
        def get(self, _request: http.HttpRequest) -> http.HttpResponse:
            return http.HttpResponse("get")

        def post(self, _request: http.HttpRequest) -> http.HttpResponse:
            return http.HttpResponse("post")

    @scaffold.guarded_view(list=("orders:read",))
    class Guarded(Rows):
        pass

    @api_view(["GET"])
    @guarded
    def function(_request: Any) -> Response:
        return Response("function")

    @api_view(["GET"])
    def unguarded(_request: Any) -> Response:
        return Response("function")

    router = DefaultRouter()
    router.register("rows", Guarded, "row")
    inner = types.SimpleNamespace(urlpatterns=[path("deep/<int:pk>/", plain), path("books/", guarded(plain))])
    return [
        path("healthz/", plain),
        path("plain/<slug:name>/", plain, name="plain"),
        re_path(r"^re/(?P<year>[0-9]{4})/(?:page-)?x/?$", plain),
        re_path(r"^years/(?P<year>[0-9]{4})/$", plain),
        path("async/", asynchronous),
        path("page/", Page.as_view()),
        path("both/", Both.as_view()),
        path("function/", function),
        path("unguarded/", unguarded),
        path("api/", include(router.urls)),
        path("inner/<str:tenant>/", include((inner.urlpatterns, "inner"))),
        *format_suffix_patterns([path("formats/", plain)], allowed=["json"]),
        path("guarded/", guarded(plain)),
    ]


SETTINGS = {"_PUBLIC": ("* /healthz/",), "_GUARDED_ELSEWHERE": ("* /unguarded/",)}
UNGUARDED = {
    "GET /plain/{name}/": "/plain/a/",
    "GET ": "/re/2003/x",  # several paths: no template, and the path itself is no name
    "GET /years/{year}/": "/years/2003/",
    "GET /async/": "/async/",
    "GET /page/": "/page/",
    "POST /both/": "/both/",
    "GET /api/": "/api/",
    "POST /api/rows/": "/api/rows/",
    "GET /inner/{tenant}/deep/{pk}/": "/inner/acme/deep/7/",
    "GET /formats/": "/formats.json",
}
GUARDED = {
    "GET /both/": "/both/",
    "GET /function/": "/function/",
    "GET /api/rows/": "/api/rows/",
    "GET /inner/{tenant}/books/": "/inner/acme/books/",
    "GET /guarded/": "/guarded/",
}
OPEN = {"GET /healthz/": "/healthz/", "GET /unguarded/": "/unguarded/"}


def status(client: Any, operation: str, url: str, headers: Any = None) -> int:
    answer = getattr(client, operation.split()[0].lower())(url, headers=headers)
    return int(answer.status_code)


def test_every_route_is_closed_or_decided_upon(guards: LoadGuards, serve: Serve, telemetry: Telemetry) -> None:
    scaffold = guards("enforce", **SETTINGS)
    patterns = urls(scaffold)
    scaffold.protect(patterns)
    client = serve(*patterns)
    for operation, url in UNGUARDED.items():
        for headers in (NOBODY, READER):
            assert status(client, operation, url, headers) == 401, operation
    for operation, url in GUARDED.items():
        assert status(client, operation, url) == 401, operation
        assert status(client, operation, url, READER) == 200, operation
    for operation, url in OPEN.items():
        assert status(client, operation, url) == 200, operation
    counted = decisions(telemetry)
    names = {operation for operation in UNGUARDED if operation != "GET "}
    assert {name for name, word in counted if word == "unguarded"} == {*names, f"{__name__}.plain"}


def test_observing_counts_and_lets_through(
    guards: LoadGuards, serve: Serve, telemetry: Telemetry, caplog: pytest.LogCaptureFixture
) -> None:
    scaffold = guards("observe", **SETTINGS)
    patterns = urls(scaffold)
    scaffold.protect(patterns)
    client = serve(*patterns)
    for operation, url in (UNGUARDED | GUARDED | OPEN).items():
        assert status(client, operation, url) == 200, operation
    counted = decisions(telemetry)
    assert {name for name, word in counted if word == "unguarded"} >= {one for one in UNGUARDED if one != "GET "}
    (announced,) = [r.getMessage() for r in caplog.records if "unguarded: " in r.getMessage()]
    for name in ("* /plain/{name}/", "POST /both/", "POST /api/rows/", "* /inner/{tenant}/deep/{pk}/", "GET /page/"):
        assert name in announced
    assert "GET /both/" not in announced and "healthz" not in announced


def test_under_asgi(guards: LoadGuards, serve: Serve) -> None:
    scaffold = guards("enforce", **SETTINGS)
    patterns = urls(scaffold)
    scaffold.protect(patterns)
    serve(*patterns)

    async def statuses(everything: dict[str, str]) -> set[int]:
        client = AsyncClient(raise_request_exception=False)
        return {
            (await getattr(client, name.split()[0].lower())(url, headers=NOBODY)).status_code
            for name, url in everything.items()
        }

    assert asyncio.run(statuses(UNGUARDED | GUARDED)) == {401}
    assert asyncio.run(statuses(OPEN)) == {200}


@pytest.mark.parametrize("mode", MODES)
def test_views_are_found_under_their_names_and_by_themselves(mode: str, guards: LoadGuards, serve: Serve) -> None:
    scaffold = guards(mode)
    patterns = [path("x/", plain), path("page/", Page.as_view(), name="page"), path("async/", asynchronous)]
    scaffold.protect(patterns)
    scaffold.protect(patterns)
    serve(*patterns)
    assert (reverse(plain), reverse("page")) == ("/x/", "/page/")
    assert resolve("/x/").func == plain
    assert plain == resolve("/x/").func
    assert resolve("/page/").func.view_class is Page
    assert resolve("/x/").func.__name__ == "plain"
    assert hash(resolve("/x/").func) == hash(plain)


def test_a_view_under_another_decorator_is_still_the_view(guards: LoadGuards, serve: Serve) -> None:
    decorated = cache_control(max_age=1)(plain)
    patterns = [path("x/", decorated)]
    guards("observe").protect(patterns)
    serve(*patterns)
    assert resolve("/x/").func == decorated
    assert decorated == resolve("/x/").func
    assert resolve("/x/").func == resolve("/x/").func
    assert resolve("/x/").func != plain


def test_what_a_class_has_is_announced_as_it_is_refused(guards: LoadGuards, serve: Serve, telemetry: Telemetry) -> None:
    class Posted(TemplateView):  # as Django's LogoutView: it inherits `get`, and names only POST
        http_method_names: ClassVar[list[str]] = ["post", "options"]

    patterns = [path("x/", Posted.as_view())]
    guards("enforce").protect(patterns)
    assert serve(*patterns).get("/x/").status_code == 401
    assert serve(*patterns).post("/x/").status_code == 405
    announced = {str(point.attributes["operation"]) for point in telemetry.points("guard.decisions")}
    assert announced == {"GET /x/"}


def test_what_leads_nowhere_and_options_pass_but_not_into_functions(guards: LoadGuards, serve: Serve) -> None:
    scaffold = guards("enforce", **SETTINGS)
    patterns = urls(scaffold)
    scaffold.protect(patterns)
    client = serve(*patterns)
    assert client.get("/nowhere/").status_code == 404
    assert client.get("/inner/acme/nowhere/").status_code == 404
    assert client.delete("/both/").status_code == 405
    assert client.options("/both/").status_code == 200
    assert client.options("/plain/a/").status_code == 401
    assert client.options("/healthz/").status_code == 200
    assert client.options("/guarded/").content == b""


def test_head_of_a_class_goes_by_the_name_of_get(guards: LoadGuards, serve: Serve) -> None:
    """A route that is not known statically is decided upon by the dotted name of the method."""
    patterns = [path("page/", Page.as_view()), path("rows/", Rows.as_view({"get": "list"}))]
    names = (f"{__name__}.Page.get", f"{__name__}.Rows.list")
    guards("enforce", _PUBLIC_OPERATIONS=names[:1], _GUARDED_ELSEWHERE=names[1:]).protect(patterns)
    client = serve(*patterns)
    assert [client.head(url).status_code for url in ("/page/", "/rows/")] == [200, 200]
    assert client.post("/page/").status_code == 405


def test_languages_are_one_operation(guards: LoadGuards, serve: Serve, telemetry: Telemetry) -> None:
    from django.middleware.locale import LocaleMiddleware

    name = f"{LocaleMiddleware.__module__}.LocaleMiddleware"
    with override_settings(USE_I18N=True, LANGUAGE_CODE="en", MIDDLEWARE=[name]):
        patterns = i18n_patterns(path("books/", plain))
        guards("enforce", _PUBLIC=()).protect(patterns)
        assert [serve(*patterns).get(f"/{one}/books/").status_code for one in ("en", "de")] == [401, 401]
    assert decisions(telemetry) == {("GET /{language}/books/", "unguarded"): 2}


def test_a_pattern_that_is_added_below_later_is_closed_as_well(guards: LoadGuards, serve: Serve) -> None:
    below: list[Any] = []
    patterns = [path("below/", include((below, "below")))]
    guards("enforce").protect(patterns)
    below.append(path("late/", plain))
    assert serve(*patterns).get("/below/late/").status_code == 401


@pytest.mark.parametrize("mode", MODES)
def test_a_failure_inside_closes(mode: str, guards: LoadGuards, serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    scaffold = guards(mode, _PUBLIC=("GET /x/",))
    patterns = [path("x/", plain)]
    scaffold.protect(patterns)
    monkeypatch.setattr(scaffold, "_django_word", lambda *_args: 1 / 0)
    assert serve(*patterns).get("/x/").status_code == (503 if mode == "enforce" else 200)
