"""Guards that ask what the service has already: Flask-Login, Django's users, a decorator or a dependency of its own."""

from __future__ import annotations

import asyncio
import functools
import re
import sys
import types
from typing import Annotated, Any

import pytest
from conftest import Telemetry
from fastapi import FastAPI, Header, HTTPException, Request, Security
from fastapi.security import APIKeyHeader
from fastapi.testclient import TestClient
from flask import Flask, abort, flash, g, session
from flask import request as flask_request
from flask.testing import FlaskClient
from flask_login import LoginManager, UserMixin, login_user  # type: ignore[import-untyped]
from guarding import MODES, Guards, LoadGuards, decisions, guards
from shop_auth import NOBODY, READER, Principal, principal_of
from test_scaffold_django import Serve, serve  # sets Django up

from django import http  # isort: skip
from django.contrib.auth.decorators import login_required  # isort: skip
from django.core import exceptions  # isort: skip
from django.test import AsyncClient, override_settings  # isort: skip
from django.urls import path  # isort: skip
from rest_framework.decorators import api_view, authentication_classes  # isort: skip
from rest_framework.authentication import BaseAuthentication  # isort: skip
from rest_framework.response import Response  # isort: skip

__all__ = ["guards", "serve"]

NOT_CONFIGURED = {"_AUTHENTICATE": ""}


class User(UserMixin):
    def __init__(self, name: str) -> None:
        self.id = name

    @property
    def is_active(self) -> bool:
        return self.id != "gone"


def flask_app(scaffold: Guards, *, login_view: str = "") -> FlaskClient:
    app = Flask(__name__)
    app.secret_key = "only in tests"
    manager = LoginManager(app)
    manager.login_view = login_view or None
    manager.user_loader(User)

    @app.get("/login/<name>")
    def login(name: str) -> str:
        return str(login_user(User(name), force=True, remember=True))

    @app.get("/me")
    @scaffold.observed("GET /me")
    @scaffold.guarded()
    def me() -> str:
        return "me"

    @app.get("/async")
    @scaffold.guarded()
    async def asynchronous() -> str:
        return "async"

    @app.get("/scoped")
    @scaffold.guarded("orders:read")
    def scoped() -> str:
        return "scoped"

    return app.test_client()


def test_a_user_whose_is_authenticated_is_a_method_is_nobody(guards: LoadGuards) -> None:
    """As before Flask-Login 0.3 and Django 1.10: a method is true whatever it would say."""

    class Old(User):
        def is_authenticated(self) -> bool:
            return False

    client = flask_app(guards("enforce", _PRESET="flask-login", **NOT_CONFIGURED))
    client.application.login_manager.user_loader(Old)  # type: ignore[attr-defined]
    client.get("/login/ada")
    assert client.get("/me").status_code == 503


@pytest.mark.parametrize("url", ["/me", "/async"])
def test_flask_login(url: str, guards: LoadGuards, telemetry: Telemetry) -> None:
    client = flask_app(guards("enforce", _PRESET="flask-login", **NOT_CONFIGURED))
    assert client.get(url).status_code == 401
    client.get("/login/gone")
    assert client.get(url).status_code == 401
    client.get("/login/ada")
    assert client.get(url).status_code == 200
    assert client.get("/scoped").status_code == 503  # Flask-Login knows no scopes
    assert decisions(telemetry) == {
        (f"GET {url}", "unauthenticated"): 2,
        (f"GET {url}", "allowed"): 1,
        ("GET /scoped", "error"): 1,
    }


def test_flask_login_redirects_as_it_does(guards: LoadGuards) -> None:
    client = flask_app(guards("enforce", _PRESET="flask-login", **NOT_CONFIGURED), login_view="/login/here")
    answer = client.get("/me")
    assert (answer.status_code, answer.location) == (302, "/login/here?next=%2Fme")


def answers(client: FlaskClient) -> list[Any]:
    found = []
    for url in ("/me", "/async", "/scoped", "/login/ada", "/me", "/async", "/scoped"):
        found.append(client.get(url))
    client.delete_cookie("session")  # "remember me" is left, and would write the session again
    found.append(client.get("/me"))
    return [(answer.status, [timeless(*header) for header in answer.headers], answer.data) for answer in found]


def timeless(name: str, value: str) -> tuple[str, str]:
    """A header without the second in which it was made: when a cookie expires, when a session was signed."""
    value = re.sub(r"(session=\.?[\w-]+)\.[\w-]+\.[\w-]+", r"\1", value)
    return name, re.sub(r"Expires=[^;]*", "Expires", value)


@pytest.mark.parametrize(
    "settings",
    [{"_PRESET": "flask-login"}, {"_GUARD_WITH": "flask_login:login_required"}, {"_GUARD_WITH": f"{__name__}:noisy"}],
    ids=lambda one: next(iter(one.values())),
)
def test_observing_changes_no_response_of_flasks(
    settings: dict[str, str], guards: LoadGuards, telemetry: Telemetry
) -> None:
    watched = guards("observe", **NOT_CONFIGURED, **settings)
    bare = guards("observe")
    bare.guarded = lambda *_scopes, any_of=False: lambda function: function  # type: ignore[method-assign]
    seen = answers(flask_app(watched, login_view="/login/here"))
    assert seen == answers(flask_app(bare, login_view="/login/here"))
    words = {word for _, word in decisions(telemetry)}
    assert words == (
        {"allowed", "unauthenticated", "error"} if "noisy" not in str(settings) else {"unauthenticated", "error"}
    )


def noisy(function: Any) -> Any:
    """A guard that leaves traces wherever it can, and refuses."""

    @functools.wraps(function)
    def wrapper(*_args: Any, **_kwargs: Any) -> Any:
        flash("who are you?")
        session["next"] = flask_request.path
        g.refused = True
        return "who are you?", 401

    return wrapper


CALLS: list[str] = []


def own(function: Any) -> Any:
    """A guard of the service's own, as many write it."""

    @functools.wraps(function)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        header = flask_request.headers.get("Authorization", "")
        if header == "Bearer 403":
            abort(403, "of the service's own")
        if header == "Bearer bug":
            raise RuntimeError("s3cret")
        if header != "Bearer yes":
            return {"error": "of the service's own"}, 401
        return function(*args, user="ada", **kwargs)

    return wrapper


def own_async(function: Any) -> Any:
    @functools.wraps(function)
    async def wrapper(*args: Any, **kwargs: Any) -> Any:
        await asyncio.sleep(0)
        return (
            await function(*args, **kwargs)
            if flask_request.headers.get("Authorization") == "Bearer yes"
            else abort(401)
        )

    return wrapper


def own_app(scaffold: Guards) -> FlaskClient:
    app = Flask(__name__)

    @app.get("/x/<int:pk>")
    @scaffold.guarded()
    def view(pk: int) -> str:
        CALLS.append("x")
        return f"served {pk}"

    @app.get("/async")
    @scaffold.guarded()
    async def asynchronous() -> str:
        CALLS.append("async")
        return "served"

    return app.test_client()


def headers(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


@pytest.mark.parametrize("mode", MODES)
def test_a_decorator_of_the_services_own(
    mode: str, guards: LoadGuards, telemetry: Telemetry, caplog: pytest.LogCaptureFixture
) -> None:
    client = own_app(guards(mode, _GUARD_WITH=f"{__name__}:own", **NOT_CONFIGURED))
    CALLS.clear()
    got = [client.get("/x/7", headers=headers(token)) for token in ("yes", "no", "403", "bug")]
    if mode == "observe":
        assert [answer.text for answer in got] == ["served 7"] * 4
        assert CALLS == ["x"] * 4
    else:
        assert [answer.status_code for answer in got] == [200, 401, 403, 503]
        assert got[1].json == {"error": "of the service's own"}
        assert "of the service&#39;s own" in got[2].text
        assert CALLS == ["x"]
    counted = {"allowed": 1, "unauthenticated": 1, "forbidden": 1, "error": 1}
    assert decisions(telemetry) == {("GET /x/{pk}", word): count for word, count in counted.items()}
    assert "s3cret" not in caplog.text


@pytest.mark.parametrize("mode", MODES)
def test_an_async_decorator_of_the_services_own(mode: str, guards: LoadGuards) -> None:
    client = own_app(guards(mode, _GUARD_WITH=f"{__name__}:own_async", **NOT_CONFIGURED))
    assert client.get("/async", headers=headers("yes")).text == "served"
    assert client.get("/async").status_code == (401 if mode == "enforce" else 200)


@pytest.mark.parametrize("reference", ["no.module:at_all", f"{__name__}:nothing", f"{__name__}:CALLS", "os:getcwd"])
def test_a_decorator_that_is_none_closes(reference: str, guards: LoadGuards) -> None:
    client = own_app(guards("enforce", _GUARD_WITH=reference, **NOT_CONFIGURED))
    assert client.get("/x/7", headers=headers("yes")).status_code == 503


def test_a_decorator_knows_no_scopes(guards: LoadGuards) -> None:
    app = Flask(__name__)
    scaffold = guards("enforce", _GUARD_WITH=f"{__name__}:own", **NOT_CONFIGURED)
    app.add_url_rule("/x", view_func=scaffold.guarded("orders:read")(lambda: "served"))
    assert app.test_client().get("/x", headers=headers("yes")).status_code == 503


class Someone:
    """A user of Django's, as far as guards look at it."""

    def __init__(self, name: str) -> None:
        self.is_authenticated = bool(name)
        self.name = name

    def has_perm(self, name: str) -> bool:
        asyncio_is_running = True
        try:
            asyncio.get_running_loop()
        except RuntimeError:
            asyncio_is_running = False
        assert not asyncio_is_running, "the database is not for event loops"
        return name in self.name.split(",")


def users(get_response: Any) -> Any:
    """As Django's AuthenticationMiddleware: a user on each request."""

    def middleware(request: Any) -> Any:
        request.user = Someone(request.headers.get("Authorization", "").removeprefix("Bearer "))
        request._dont_enforce_csrf_checks = True
        return get_response(request)

    return middleware


class ByUser(BaseAuthentication):
    def authenticate(self, request: Any) -> Any:
        user = request._request.user
        return (user, None) if user.is_authenticated else None


def django_urls(scaffold: Guards) -> list[Any]:
    @scaffold.guarded()
    def view(_request: http.HttpRequest) -> http.HttpResponse:
        return http.HttpResponse("served")

    @scaffold.guarded("orders.read")
    def scoped(_request: http.HttpRequest) -> http.HttpResponse:
        return http.HttpResponse("served")

    @scaffold.guarded("orders.read")
    async def asynchronous(_request: http.HttpRequest) -> http.HttpResponse:
        return http.HttpResponse("served")

    @api_view(["GET"])
    @authentication_classes([ByUser])
    @scaffold.guarded("orders.read")
    def rest(_request: Any) -> Response:
        return Response("served")

    return [path("view/", view), path("scoped/", scoped), path("async/", asynchronous), path("rest/", rest)]


@pytest.mark.parametrize("mode", MODES)
def test_users_of_django(mode: str, guards: LoadGuards, serve: Serve, telemetry: Telemetry) -> None:
    urls = django_urls(guards(mode, _PRESET="django", **NOT_CONFIGURED))
    enforced = mode == "enforce"

    async def on_loop(token: str) -> Any:
        return await AsyncClient(raise_request_exception=False).get("/async/", headers=headers(token))

    with override_settings(MIDDLEWARE=[f"{__name__}.users"], LOGIN_URL="/login/"):
        client = serve(*urls)
        for name in ("view", "scoped", "async"):
            answer = client.get(f"/{name}/?a=b", headers=headers(""))
            assert answer.status_code == (302 if enforced else 200)
            if enforced:
                assert answer["Location"] == f"/login/?next=/{name}/%3Fa%3Db"
        assert client.get("/rest/", headers=headers("")).status_code == (401 if enforced else 200)
        for name in ("scoped", "async", "rest"):
            assert client.get(f"/{name}/", headers=headers("other")).status_code == (403 if enforced else 200)
            assert client.get(f"/{name}/", headers=headers("orders.read")).status_code == 200
        assert client.get("/view/", headers=headers("anybody")).status_code == 200
        assert asyncio.run(on_loop("")).status_code == (302 if enforced else 200)
        assert asyncio.run(on_loop("other")).status_code == (403 if enforced else 200)
        assert asyncio.run(on_loop("orders.read")).status_code == 200
    assert decisions(telemetry)["GET /async/", "forbidden"] == 2
    assert not any(word == "error" for _, word in decisions(telemetry))


@pytest.mark.parametrize("mode", MODES)
def test_a_decorator_of_djangos(mode: str, guards: LoadGuards, serve: Serve) -> None:
    urls = django_urls(guards(mode, _GUARD_WITH="django.contrib.auth.decorators:login_required", **NOT_CONFIGURED))[:1]
    assert login_required is not None
    with override_settings(MIDDLEWARE=[f"{__name__}.users"], LOGIN_URL="/login/"):
        answer = serve(*urls).get("/view/", headers=headers(""))
        assert answer.status_code == (302 if mode == "enforce" else 200)
        assert serve(*urls).get("/view/", headers=headers("ada")).content == b"served"


def denying(function: Any) -> Any:
    @functools.wraps(function)
    def wrapper(request: http.HttpRequest, *args: Any, **kwargs: Any) -> Any:
        raise exceptions.PermissionDenied("of the service's own")

    return wrapper


def test_a_decorator_that_raises_permission_denied(guards: LoadGuards, serve: Serve, telemetry: Telemetry) -> None:
    urls = django_urls(guards("enforce", _GUARD_WITH=f"{__name__}:denying", **NOT_CONFIGURED))[:1]
    assert serve(*urls).get("/view/").status_code == 403
    assert decisions(telemetry) == {("GET /view/", "forbidden"): 1}


scheme = APIKeyHeader(name="X-Key", auto_error=False)


def by_key(key: Annotated[str | None, Security(scheme)]) -> Principal | None:
    return principal_of(f"Bearer {key or ''}")


def checked(key: Annotated[str | None, Security(scheme)]) -> None:
    """A dependency that decides by itself, and gives nothing."""
    if key != "yes":
        raise HTTPException(401, "of the service's own")


async def checked_header(x_key: Annotated[str, Header()]) -> str:
    if x_key != "yes":
        raise HTTPException(403)
    return x_key


def looks(request: Request) -> None:
    checked(request.headers.get("X-Key"))


def giving_a_function(key: Annotated[str | None, Security(scheme)]) -> Any:
    return lambda: key


def lifted(function):  # type: ignore[no-untyped-def]
    """A decorator: called with anything, it gives a function, and refuses nobody."""
    return lambda: function


def fastapi_client(scaffold: Guards, *scopes: str) -> TestClient:
    app = FastAPI()
    app.add_api_route("/x", lambda: "served", dependencies=[scaffold.guard(*scopes)])
    return TestClient(app)


def test_the_configured_dependency_of_fastapi(guards: LoadGuards) -> None:
    """Its scheme shows although it is imported late: its module may import the scaffold."""
    module = types.ModuleType("auth_of_later")
    client = fastapi_client(guards("enforce", _AUTHENTICATE="auth_of_later:by_key"), "orders:read")
    assert client.get("/x", headers={"X-Key": "orders:read"}).status_code == 503
    vars(module)["by_key"] = by_key
    sys.modules["auth_of_later"] = module
    assert [client.get("/x", headers={"X-Key": key}).status_code for key in ("orders:read", "a", "")] == [200, 403, 401]
    document = client.get("/openapi.json").json()
    assert document["components"]["securitySchemes"] == {
        "APIKeyHeader": {"type": "apiKey", "in": "header", "name": "X-Key"}
    }
    assert document["paths"]["/x"]["get"]["security"] == [{"APIKeyHeader": ["orders:read"]}]
    del sys.modules["auth_of_later"]


@pytest.mark.parametrize("name", ["checked", "checked_header", "looks"])
@pytest.mark.parametrize("mode", MODES)
def test_a_dependency_that_decides_by_itself(name: str, mode: str, guards: LoadGuards, telemetry: Telemetry) -> None:
    client = fastapi_client(guards(mode, _GUARD_WITH=f"{__name__}:{name}", **NOT_CONFIGURED))
    statuses = [client.get("/x", headers=one).status_code for one in ({"X-Key": "yes"}, {"X-Key": "no"}, {})]
    refused = 403 if name == "checked_header" else 401
    assert statuses == ([200, refused, 401] if mode == "enforce" else [200] * 3)
    assert sum(decisions(telemetry).values()) == 3
    assert sum(count for (_, word), count in decisions(telemetry).items() if word == "allowed") == 1


@pytest.mark.parametrize("name", ["lifted", "own", "CALLS", "giving_a_function"])
def test_what_is_no_dependency_closes(name: str, guards: LoadGuards) -> None:
    """A decorator has one parameter, which a query could fill."""
    client = fastapi_client(guards("enforce", _GUARD_WITH=f"{__name__}:{name}", **NOT_CONFIGURED))
    for url in ("/x", "/x?function=x", "/x?func=x"):
        assert client.get(url, headers=READER).status_code == 503


def test_a_dependency_that_decides_by_itself_knows_no_scopes(guards: LoadGuards) -> None:
    client = fastapi_client(guards("enforce", _GUARD_WITH=f"{__name__}:checked", **NOT_CONFIGURED), "orders:read")
    assert client.get("/x", headers={"X-Key": "yes"}).status_code == 503


def test_nothing_configured_closes(guards: LoadGuards) -> None:
    for settings in ({}, {"_PRESET": "kerberos"}, {"_PRESET": "jwt"}):
        client = fastapi_client(guards("enforce", **NOT_CONFIGURED, **settings))
        statuses = [client.get("/x", headers=one).status_code for one in (NOBODY, READER)]
        assert all(status in (401, 503) for status in statuses), settings
