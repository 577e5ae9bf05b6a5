"""Django and Django REST framework, for real: one span per handler, errors, streams, inherited methods."""

from __future__ import annotations

import asyncio
import sys
import threading
import types
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import django
import pytest
from conftest import Load, Scaffold, Telemetry
from django.conf import settings
from opentelemetry import trace

MIDDLEWARE: list[str] = []
if not settings.configured:
    settings.configure(
        ALLOWED_HOSTS=["*"],
        DEBUG_PROPAGATE_EXCEPTIONS=False,
        INSTALLED_APPS=["django.contrib.auth", "django.contrib.contenttypes", "rest_framework"],
        LOGGING_CONFIG=None,
        MIDDLEWARE=MIDDLEWARE,
        REST_FRAMEWORK={"DEFAULT_AUTHENTICATION_CLASSES": [], "UNAUTHENTICATED_USER": None},
        ROOT_URLCONF="urls_of_no_test",
        SECRET_KEY="only in tests",
    )
    django.setup()

from django import http  # noqa: E402
from django.core import exceptions  # noqa: E402
from django.test import AsyncClient, Client, RequestFactory, override_settings  # noqa: E402
from django.urls import clear_url_caches, path, re_path  # noqa: E402
from django.views.decorators.csrf import csrf_exempt  # noqa: E402
from django.views.generic import RedirectView, View  # noqa: E402
from rest_framework import serializers, status, viewsets  # noqa: E402
from rest_framework.decorators import action, api_view, permission_classes  # noqa: E402
from rest_framework.exceptions import APIException, NotFound  # noqa: E402
from rest_framework.permissions import BasePermission, IsAuthenticated  # noqa: E402
from rest_framework.response import Response  # noqa: E402
from rest_framework.routers import SimpleRouter  # noqa: E402

Serve = Callable[..., Client]


@pytest.fixture
def serve() -> Iterator[Serve]:
    """`serve(*urls)` gives a client of a service with these URLs."""
    module = types.ModuleType("urls_of_a_test")
    sys.modules[module.__name__] = module

    def client(*urls: Any) -> Client:
        module.__dict__["urlpatterns"] = list(urls)
        clear_url_caches()
        return Client(raise_request_exception=False)

    with override_settings(ROOT_URLCONF=module.__name__):
        yield client
    del sys.modules[module.__name__]


@pytest.fixture
def scaffold(load: Load, telemetry: Telemetry) -> Scaffold:
    return load()


def seen(telemetry: Telemetry) -> list[tuple[str, str, str]]:
    """Name, kind and error of each span."""
    found = []
    for span in telemetry.spans():
        error = (span.attributes or {}).get("error.type", "")
        found.append((span.name, span.kind.name, str(error)))
    return found


class Hello(View):
    def get(self, _request: http.HttpRequest, pk: int) -> http.HttpResponse:
        return http.HttpResponse(f"{pk}")


def test_a_function_and_a_method_make_one_server_span_each(
    scaffold: Scaffold, telemetry: Telemetry, serve: Serve
) -> None:
    @scaffold.observed("* /orders/{pk}/")
    def read(_request: http.HttpRequest, pk: int) -> http.HttpResponse:
        return http.HttpResponse(f"{pk}")

    class Orders(Hello):
        get = scaffold.observed("GET /books/{pk}/")(Hello.get)

    client = serve(path("orders/<int:pk>/", read), path("books/<int:pk>/", Orders.as_view()))
    parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    assert client.get("/orders/7/", headers={"traceparent": parent}).content == b"7"
    assert client.get("/books/8/").content == b"8"
    assert seen(telemetry) == [("* /orders/{pk}/", "SERVER", ""), ("GET /books/{pk}/", "SERVER", "")]
    first, second = telemetry.spans()
    assert first.context is not None and format(first.context.trace_id, "032x") == parent[3:35]
    assert (first.attributes or {})["http.route"] == "orders/<int:pk>/"
    assert (second.attributes or {})["http.request.method"] == "GET"
    assert telemetry.counts() == {("* /orders/{pk}/", ""): 1, ("GET /books/{pk}/", ""): 1}


ERRORS = {
    "404": (http.Http404("x"), 404, ""),
    "403": (exceptions.PermissionDenied("x"), 403, ""),
    "400": (exceptions.SuspiciousOperation("x"), 400, ""),
    "a subclass": (exceptions.DisallowedHost("x"), 400, ""),
    "bad": (exceptions.BadRequest("x"), 400, ""),
    "plain": (ValueError("x"), 500, "ValueError"),
}


@pytest.mark.parametrize("case", ERRORS)
def test_an_error_is_what_django_answers_with_500(
    case: str, scaffold: Scaffold, telemetry: Telemetry, serve: Serve
) -> None:
    error, answer, seen_as = ERRORS[case]

    @scaffold.observed("* /x/")
    def fail(_request: http.HttpRequest) -> http.HttpResponse:
        raise error

    assert serve(path("x/", fail)).get("/x/").status_code == answer
    assert seen(telemetry) == [("* /x/", "SERVER", seen_as)]
    assert telemetry.counts() == {("* /x/", seen_as): 1}


@pytest.mark.parametrize(("answer", "error"), [(200, ""), (404, ""), (500, "500"), (503, "503")])
def test_a_returned_status_counts(
    answer: int, error: str, scaffold: Scaffold, telemetry: Telemetry, serve: Serve
) -> None:
    @scaffold.observed("* /x/")
    async def view(_request: http.HttpRequest) -> http.HttpResponse:
        return http.HttpResponse(status=answer)

    assert serve(path("x/", view)).get("/x/").status_code == answer
    assert seen(telemetry) == [("* /x/", "SERVER", error)]


class Row(serializers.Serializer):
    name = serializers.CharField()


class Denied(BasePermission):
    def has_permission(self, _request: Any, _view: Any) -> bool:
        return False


def rows() -> list[dict[str, str]]:
    return [{"name": "a"}, {"name": "b"}]


def test_inherited_actions_are_observed_each_under_its_own_name(
    scaffold: Scaffold, telemetry: Telemetry, serve: Serve
) -> None:
    @scaffold.observed_view(list="GET /rows/", retrieve="GET /rows/{pk}/")
    class Rows(viewsets.ReadOnlyModelViewSet):
        serializer_class = Row

        def get_queryset(self) -> Any:
            return rows()

        def get_object(self) -> Any:
            raise NotFound

        @action(detail=False, methods=["post"])
        @scaffold.observed("POST /rows/sort/")
        def sort(self, request: Any) -> Response:
            raise APIException(code="busy") if "x" in request.data else Teapot

    router = SimpleRouter()
    router.register("rows", Rows, "row")
    client = serve(*router.urls)
    assert client.get("/rows/").json() == rows()
    assert client.head("/rows/").status_code == 200
    assert client.get("/rows/1/").status_code == 404
    assert client.post("/rows/sort/", {"x": 1}).status_code == 500
    assert client.post("/rows/sort/").status_code == 418
    expected = [("GET /rows/", ""), ("GET /rows/", ""), ("GET /rows/{pk}/", "")]
    expected += [("POST /rows/sort/", "500"), ("POST /rows/sort/", "")]
    assert [(name, error) for name, _, error in seen(telemetry)] == expected
    attributes = [dict(span.attributes or {}) for span in telemetry.spans()]
    assert str(attributes[0]["code.function.name"]).endswith("<locals>.Rows.list")
    assert [a["http.request.method"] for a in attributes] == ["GET", "HEAD", "GET", "POST", "POST"]
    assert attributes[2]["http.route"] == "^rows/(?P<pk>[^/.]+)/$"


class Teapot(APIException):
    status_code = status.HTTP_418_IM_A_TEAPOT


def test_a_subclass_does_not_observe_twice(scaffold: Scaffold, telemetry: Telemetry, serve: Serve) -> None:
    @scaffold.observed_view(get="GET /a/")
    class First(RedirectView):
        url = "/elsewhere/"

    @scaffold.observed_view(get="GET /b/")
    class Second(First):
        pass

    client = serve(path("a/", First.as_view()), path("b/", Second.as_view()))
    assert [client.get(url).status_code for url in ("/a/", "/b/")] == [302, 302]
    assert [name for name, _, _ in seen(telemetry)] == ["GET /a/", "GET /b/"]


def test_a_method_of_its_own_and_an_unknown_one_are_left_alone(scaffold: Scaffold) -> None:
    class Own(View):
        def get(self) -> None: ...

    before = dict(vars(Own))
    assert scaffold.observed_view(get="GET /x/", nothing="GET /y/", http_method_names="GET /z/")(Own) is Own
    assert dict(vars(Own)) == before


def test_a_dispatch_sees_what_drf_made_of_exceptions(scaffold: Scaffold, telemetry: Telemetry, serve: Serve) -> None:
    class Library(viewsets.ViewSet):
        def list(self, _request: Any) -> Response:
            raise NotFound

    @scaffold.observed_view(dispatch="* /x/")
    class Ours(Library):
        pass

    assert serve(path("x/", Ours.as_view({"get": "list"}))).get("/x/").status_code == 404
    assert seen(telemetry) == [("* /x/", "SERVER", "")]


@pytest.mark.parametrize("off", ["observed", "observed_view"])
def test_the_switch_leaves_classes_as_they_are(off: str, load: Load, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SCAFFOLD_DISABLE", off)
    scaffold = load()

    @scaffold.observed_view(get="GET /a/")
    class View(RedirectView):
        pass

    assert "get" not in vars(View)


def test_api_view_and_its_permissions_stay_what_they_are(
    scaffold: Scaffold, telemetry: Telemetry, serve: Serve
) -> None:
    @api_view(["GET"])
    @scaffold.observed("GET /open/")
    def open_(_request: Any) -> Response:
        return Response({"ok": True})

    @api_view(["GET"])
    @scaffold.observed("GET /closed/")
    @permission_classes([Denied])
    def closed(_request: Any) -> Response:
        raise AssertionError("never called")

    assert IsAuthenticated not in open_.cls.permission_classes
    client = serve(path("open/", open_), path("closed/", closed))
    assert client.get("/open/").json() == {"ok": True}
    assert client.post("/open/").status_code == 405
    assert client.get("/closed/").status_code == 403
    assert [name for name, _, _ in seen(telemetry)] == ["GET /open/"]


def test_attributes_of_other_decorators_survive(scaffold: Scaffold, serve: Serve) -> None:
    @scaffold.observed("* /x/")
    @csrf_exempt
    def hook(_request: http.HttpRequest) -> http.HttpResponse:
        return http.HttpResponse("ok")

    assert getattr(hook, "csrf_exempt", False)
    serve(path("x/", hook))
    with override_settings(MIDDLEWARE=["django.middleware.csrf.CsrfViewMiddleware"]):
        assert Client(enforce_csrf_checks=True).post("/x/").content == b"ok"


def test_a_stream_keeps_its_span_open(scaffold: Scaffold, telemetry: Telemetry, serve: Serve) -> None:
    closed = threading.Event()

    def lines() -> Iterator[bytes]:
        try:
            yield b"a"
            assert telemetry.spans() == []
            yield b"b"
        finally:
            closed.set()

    @scaffold.observed("* /x/")
    def stream(_request: http.HttpRequest) -> http.StreamingHttpResponse:
        return http.StreamingHttpResponse(lines())

    response: Any = serve(re_path(r"^x/$", stream)).get("/x/")
    assert telemetry.spans() == []
    assert response.getvalue() == b"ab"
    assert telemetry.span().events[0].name == "first_byte"
    response.close()
    assert closed.is_set()


def test_an_abandoned_stream_ends_when_it_is_closed(scaffold: Scaffold, telemetry: Telemetry, serve: Serve) -> None:
    @scaffold.observed("* /x/")
    def stream(_request: http.HttpRequest) -> http.StreamingHttpResponse:
        return http.StreamingHttpResponse(iter([b"a", b"b"]))

    response: Any = serve(path("x/", stream)).get("/x/")
    next(iter(response))
    assert telemetry.spans() == []
    response.close()
    assert len(telemetry.spans()) == 1


def test_an_async_stream_and_a_failing_one(scaffold: Scaffold, telemetry: Telemetry, serve: Serve) -> None:
    async def lines(fail: bool) -> AsyncIterator[bytes]:
        yield b"a"
        if fail:
            raise KeyError("x")
        yield b"b"

    @scaffold.observed("* /x/{fail}/")
    async def stream(_request: http.HttpRequest, fail: int) -> http.StreamingHttpResponse:
        return http.StreamingHttpResponse(lines(bool(fail)))

    serve(path("x/<int:fail>/", stream))

    async def read(url: str) -> bytes:
        response: Any = await AsyncClient().get(url)
        return b"".join([part async for part in response])

    assert asyncio.run(read("/x/0/")) == b"ab"
    with pytest.raises(KeyError):
        asyncio.run(read("/x/1/"))
    assert [error for _, _, error in seen(telemetry)] == ["", "KeyError"]


def test_a_file_is_left_to_the_server(scaffold: Scaffold, telemetry: Telemetry, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("content")

    @scaffold.observed("* /x/")
    def send(_request: http.HttpRequest) -> http.FileResponse:
        return http.FileResponse((tmp_path / "a.txt").open("rb"))

    response = send(RequestFactory().get("/x/"))
    assert response.file_to_stream is not None
    assert response.getvalue() == b"content"
    assert len(telemetry.spans()) == 1


def test_the_instrumentors_span_is_enriched(scaffold: Scaffold, telemetry: Telemetry, serve: Serve) -> None:
    from opentelemetry.instrumentation.django import DjangoInstrumentor

    @scaffold.observed("* /orders/{pk}/")
    def read(_request: http.HttpRequest, pk: int) -> http.HttpResponse:
        return http.HttpResponse(f"{pk}", status=503 if pk else 200)

    serve(
        path("orders/<int:pk>/", read), path("plain/", scaffold.observed("* /plain/")(lambda _r: http.HttpResponse()))
    )
    instrumentor: Any = DjangoInstrumentor()
    try:
        for _twice in range(2):
            scaffold.instrument("django")
        client = Client()
        assert client.get("/orders/1/").status_code == 503
        assert client.get("/plain/").status_code == 200
    finally:
        instrumentor.uninstrument()
    spans = telemetry.spans()
    assert [(span.name, span.kind) for span in spans] == [
        ("GET orders/<int:pk>/", trace.SpanKind.SERVER),
        ("GET plain/", trace.SpanKind.SERVER),
    ]
    attributes = dict(spans[0].attributes or {})
    assert (attributes["app.operation"], attributes["error.type"]) == ("* /orders/{pk}/", "503")
    assert attributes["http.route"] == "orders/<int:pk>/"


def test_broken_settings_stay_the_services_own_error(load: Load, caplog: pytest.LogCaptureFixture) -> None:
    """The instrumentor alone would make up empty settings, and hide what is wrong."""
    import subprocess

    scaffold = load()
    code = (
        "import importlib.util, sys\n"
        "spec = importlib.util.spec_from_file_location('scaffold', sys.argv[1])\n"
        "scaffold = importlib.util.module_from_spec(spec)\nspec.loader.exec_module(scaffold)\n"
        "scaffold.instrument('django')\n"
        "from django.core.wsgi import get_wsgi_application\nget_wsgi_application()\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(scaffold.__file__)],  # type: ignore[attr-defined]
        env={"DJANGO_SETTINGS_MODULE": "no.such.settings"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode != 0 and "No module named 'no'" in done.stderr.splitlines()[-1]
