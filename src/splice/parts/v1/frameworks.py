"""A guard finds the request it is asked about among the arguments of your function, or in Flask's
context, and refuses in the words of that framework. Where there is no request, it refuses as well.
"""

from __future__ import annotations

import collections.abc
import contextlib
import functools
import importlib
import sys
import typing
from typing import Any

from splice.parts.v1.callers import _PRESET
from splice.parts.v1.guards import (
    _ANSWERS,
    _ASGI_REFUSALS,
    _CHALLENGE,
    _DJANGO_REFUSALS,
    _FLASK_REFUSALS,
    _REST_REFUSALS,
    _NoRequestError,
    _operation,
)
from splice.parts.v1.routes import _django_route, _dotted, _flask_route


async def _outcome(awaitable: Any) -> Any:
    return await awaitable


class _Flask:
    """A request of Flask's; the context is its own."""

    refusals = _FLASK_REFUSALS
    raises = True

    def __init__(self, request: Any, _is_view: bool) -> None:
        self.value = request
        self.method = request.method
        rule = getattr(request.url_rule, "rule", "")
        self.operation = _operation(self.method, _flask_route(rule)) if rule else ""
        self.runs_options = False

    def bags(self) -> list[Any]:
        """What keeps state between here and the response."""
        flask = importlib.import_module("flask.globals")
        context = getattr(flask, "request_ctx", None)
        if context is None:  # Flask before 2.2
            context = flask._request_ctx_stack.top
        context = getattr(context, "_get_current_object", lambda: context)()
        attributes = vars(context)
        session = attributes.get("_session", attributes.get("session"))
        return [context, session, flask.g._get_current_object()]

    def run(self, awaitable: Any) -> Any:
        """The result of an awaitable, in sync code."""
        app = importlib.import_module("flask").current_app
        return app.ensure_sync(_outcome)(awaitable)

    async def in_thread(self, function: Any, *args: Any) -> Any:
        return function(*args)  # each async view of Flask's has its own thread

    def refuse(self, decision: str) -> Any:
        """Raise, or return, the framework's own answer."""
        status, message = _ANSWERS[decision]
        if _PRESET == "flask-login" and decision == "unauthenticated":
            app: Any = importlib.import_module("flask").current_app
            return app.login_manager.unauthorized()
        errors = importlib.import_module("werkzeug.exceptions")
        if status != 401:
            raise errors.default_exceptions[status](message)
        structures = importlib.import_module("werkzeug.datastructures")
        challenge = structures.WWWAuthenticate("bearer")
        raise errors.Unauthorized(message, www_authenticate=challenge)

    def preflight(self) -> Any:
        app = importlib.import_module("flask").current_app
        return app.make_default_options_response()

    def keep_private(self) -> None:
        """Flask has no cache of its own."""


class _Django:
    """A request of Django's."""

    refusals = _DJANGO_REFUSALS
    raises = True

    def __init__(self, request: Any, is_view: bool) -> None:
        self.value = request
        self.method = request.method
        match = getattr(request, "resolver_match", None)
        route = getattr(getattr(match, "func", None), "guard_route", None)
        if route is None and match is not None:
            route = _django_route(match.route)
        self.operation = _operation(self.method, route) if route else ""
        # A view that is a function gets OPTIONS like any other method.
        self.runs_options = is_view

    def bags(self) -> list[Any]:
        return [getattr(self.value, "session", None)]

    def run(self, awaitable: Any) -> Any:
        sync: Any = importlib.import_module("asgiref.sync")
        return sync.async_to_sync(_outcome)(awaitable)

    async def in_thread(self, function: Any, *args: Any) -> Any:
        sync: Any = importlib.import_module("asgiref.sync")
        return await sync.sync_to_async(function)(*args)

    def refuse(self, decision: str) -> Any:
        status, message = _ANSWERS[decision]
        if _PRESET == "django" and decision == "unauthenticated":
            views = importlib.import_module("django.contrib.auth.views")
            return views.redirect_to_login(self.value.get_full_path())
        if status == 403:
            errors = importlib.import_module("django.core.exceptions")
            raise errors.PermissionDenied(message)
        http = importlib.import_module("django.http")
        answer = http.HttpResponse(message, status=status, content_type="text/plain")
        if status == 401:
            answer["WWW-Authenticate"] = _CHALLENGE["WWW-Authenticate"]
        return answer

    def preflight(self) -> Any:
        """An answer to OPTIONS that says nothing."""
        answer = importlib.import_module("django.http").HttpResponse()
        answer["Content-Length"] = "0"
        return answer

    def keep_private(self) -> None:
        """Caches around the view would answer the next caller without asking."""
        request = getattr(self.value, "_request", self.value)
        request._cache_update_cache = False


class _Rest(_Django):
    """A request of Django REST framework's, in a method of a view."""

    refusals = _REST_REFUSALS

    def __init__(self, request: Any, _is_view: bool) -> None:
        super().__init__(request, False)

    def refuse(self, decision: str) -> Any:
        status, message = _ANSWERS[decision]
        errors = importlib.import_module("rest_framework.exceptions")
        if status == 403:
            raise errors.PermissionDenied(message)
        if status == 401:
            view = (self.value.parser_context or {}).get("view")
            if view is not None and view.get_authenticate_header(self.value):
                raise errors.NotAuthenticated(message)
        # Without a header of the view's authenticators, DRF makes a 403 of that.
        error = errors.APIException(message)
        error.status_code = status
        if status == 401:
            error.auth_header = _CHALLENGE["WWW-Authenticate"]
        raise error


class _Asgi:
    """A request or a websocket of Starlette's or FastAPI's."""

    refusals = _ASGI_REFUSALS

    def __init__(self, connection: Any, _is_view: bool = False) -> None:
        self.value = connection
        self.scope = connection.scope
        self.method = self.scope.get("method", "WEBSOCKET")
        self.raises = self.method != "WEBSOCKET"  # there it has no answer
        endpoint = self.scope.get("endpoint")
        name = "" if endpoint is None else _dotted(endpoint)
        self.operation = self.scope.get(_OPERATION, name)
        self.runs_options = False

    def bags(self) -> list[Any]:
        return [self.scope.get("session")]

    def run(self, awaitable: Any) -> Any:
        return importlib.import_module("anyio.from_thread").run(_outcome, awaitable)

    async def in_thread(self, function: Any, *args: Any) -> Any:
        pool = importlib.import_module("starlette.concurrency")
        return await pool.run_in_threadpool(function, *args)

    def refuse(self, decision: str) -> Any:
        status, message = _ANSWERS[decision]
        errors = importlib.import_module("starlette.exceptions")
        if self.scope["type"] == "websocket":
            raise errors.WebSocketException(1008, message)
        headers = _CHALLENGE if status == 401 else None
        raise errors.HTTPException(status, message, headers)

    def preflight(self) -> Any:
        return importlib.import_module("starlette.responses").Response()

    def keep_private(self) -> None:
        """Starlette has no cache of its own."""


class _Nowhere:
    """No request that anybody could see."""

    method = operation = ""
    refusals: typing.ClassVar[dict[str, str]] = {}
    raises = runs_options = False

    def refuse(self, decision: str) -> Any:
        status, message = _ANSWERS[decision]
        if "starlette" in sys.modules:
            errors = importlib.import_module("starlette.exceptions")
            raise errors.HTTPException(status, message)
        raise _NoRequestError(message)

    def keep_private(self) -> None:
        """Nothing is let through here."""


# In the scope of a request: its operation, and the guards that were asked already.
_OPERATION = f"{__name__}.operation"
_ASKED = f"{__name__}.asked"

_REQUESTS = {
    "django.http.request.HttpRequest": _Django,
    "rest_framework.request.Request": _Rest,
    "starlette.requests.HTTPConnection": _Asgi,
}


def _found(args: Any, kwargs: Any) -> Any:
    """The request that a function is called for."""
    for at, value in enumerate((*args, *kwargs.values())):
        cls: Any = type(value)
        kind = _request_type(cls)
        if kind is not None:
            return kind(value, at == 0)
    flask = sys.modules.get("flask")
    if flask is not None and flask.has_request_context():
        return _Flask(flask.request._get_current_object(), True)
    return _Nowhere()


@functools.lru_cache(maxsize=512)
def _request_type(cls: type) -> Any:
    names = [f"{base.__module__}.{base.__qualname__}" for base in cls.__mro__]
    return next((_REQUESTS[name] for name in names if name in _REQUESTS), None)


@contextlib.contextmanager
def _unchanged(request: Any) -> collections.abc.Iterator[None]:
    """Put back what asking may change: a session that was read gives other headers."""
    kept = []
    with contextlib.suppress(Exception):
        for bag in request.bags():
            if hasattr(bag, "__dict__"):
                attributes = {name: _copied(one) for name, one in vars(bag).items()}
                items = dict(bag) if isinstance(bag, dict) else {}
                kept.append((bag, attributes, items))
    try:
        yield
    finally:
        for bag, attributes, items in kept:
            for name in set(vars(bag)) - set(attributes):
                del vars(bag)[name]
            vars(bag).update(attributes)
            if isinstance(bag, dict) and dict(bag) != items:
                dict.clear(bag)
                dict.update(bag, items)


def _copied(value: Any) -> Any:
    return value.copy() if type(value) in (dict, list) else value
