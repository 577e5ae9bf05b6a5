"""Which route of an ASGI application answers a request, found as its router will find it."""

from __future__ import annotations

import collections.abc
import inspect
from typing import Any

from splice.parts.v1.guards import _operation
from splice.parts.v1.options import _answers_options
from splice.parts.v1.routes import _dotted, _starlette_route
from splice.parts.v1.unguarded import (
    _bare,
    _mark_of,
    _member_mark,
    _member_name,
    _runs_first,
)


class _Endpoint:
    """What will answer: the template of its route, and its guards."""

    def __init__(
        self, route: str, endpoint: Any, scope: Any, matched: Any = None
    ) -> None:
        self.route = route
        self.endpoint = endpoint
        self.scope = scope
        self.is_protected = False
        self.is_direct = True  # not in an application below this one
        self.methods = getattr(matched, "methods", None)
        bare = _bare(endpoint)
        self.cls: Any = bare if inspect.isclass(bare) else None
        self.guards = list(_dependency_guards(getattr(matched, "dependant", None)))
        self.mark = _endpoint_mark(endpoint, scope)
        self.name = _endpoint_name(endpoint, scope)

    @property
    def takes_options(self) -> bool:
        """Whether it may answer OPTIONS as it does other methods."""
        if _mark_of(self.endpoint) is not None or self.methods == {"OPTIONS"}:
            return False
        telling = _bare(self.endpoint) if self.cls is None else self.cls.dispatch
        return not _answers_options(telling)

    @property
    def needs_asking(self) -> bool:
        """Whether something that is not the framework's stands around its guard."""
        known = hasattr(self.mark, "wrapper")
        return known and not _runs_first(self.endpoint, self.cls, "dispatch", self.mark)


def _find(router: Any, scope: Any, prefix: str) -> _Endpoint | None:
    """The endpoint of a request; None where the router answers by itself."""
    partial = None
    for route in _flat(router.routes):
        match, child = route.matches(scope)
        if match.name == "FULL":
            return _below(route, {**scope, **child}, prefix)
        if match.name == "PARTIAL" and partial is None:
            partial = (route, child)
    if partial is not None:
        route, child = partial
        methods = getattr(route, "methods", None)
        if methods and scope.get("method") not in methods:
            return None  # 405
        return _below(route, {**scope, **child}, prefix)
    for route in getattr(router, "_iter_low_priority_routes", tuple)():  # FastAPI's
        match, child = route.matches(scope)
        if match.name != "NONE":
            return _Endpoint(prefix + "/{path}", route, {**scope, **child}, route)
    default = getattr(router, "default", None)
    if getattr(default, "__module__", "").startswith("starlette."):
        return None  # 404, or a redirect to the path with or without its last slash
    return _Endpoint(prefix + "/{path}", default, scope)


def _flat(routes: Any) -> collections.abc.Iterator[Any]:
    """Routes, with those of routers that FastAPI includes as they stand."""
    for route in routes:
        included = getattr(route, "effective_route_contexts", None)
        if included is None:
            yield route
        else:
            for context in included():
                yield getattr(context, "starlette_route", None) or context


def _below(route: Any, scope: Any, prefix: str) -> _Endpoint | None:
    """The endpoint of a route, or of what is mounted there."""
    path = prefix + _starlette_route(getattr(route, "path", ""))
    if hasattr(route, "endpoint"):
        return _Endpoint(path, route.endpoint, scope, route)
    app = getattr(route, "_base_app", None) or getattr(route, "app", None)
    inner = getattr(app, "app", None)  # a WSGI application in its middleware
    found: _Endpoint | None
    if _is_protected(app) or _is_protected(inner):
        found = _Endpoint(path, app, scope)
        found.is_protected = True
    elif getattr(app, "routes", None) is None:
        found = _Endpoint(path + "/{path}", app, scope)
    else:
        found = _find(getattr(app, "router", app), scope, path)
        if found is not None and hasattr(app, "router"):
            found.is_direct = False
    return found


def _is_protected(app: Any) -> bool:
    mark = getattr(app, "__guarded__", None)
    return getattr(mark, "is_protected", None) is True


def _endpoint_mark(endpoint: Any, scope: Any) -> Any:
    mark = _mark_of(endpoint)
    cls = _bare(endpoint)
    if mark is None and inspect.isclass(cls):
        if scope["type"] == "websocket":
            return _mark_of(getattr(cls, "on_connect", None))
        return _member_mark(cls, scope["method"], None, "dispatch")
    return mark


def _endpoint_name(endpoint: Any, scope: Any) -> str:
    cls = _bare(endpoint)
    method = "on_connect" if scope["type"] == "websocket" else scope["method"]
    return _member_name(endpoint, cls if inspect.isclass(cls) else None, method)


def _dependency_guards(
    dependant: Any,
) -> collections.abc.Iterator[Any]:
    """FastAPI's guards among the dependencies of a route, and below them."""
    for inner in getattr(dependant, "dependencies", ()):
        mark = _mark_of(getattr(inner, "call", None))
        if hasattr(mark, "decide"):
            yield mark
        yield from _dependency_guards(inner)


def _asgi_unguarded(
    router: Any, prefix: str = ""
) -> collections.abc.Iterator[tuple[str, str]]:
    """Operations without a guard, and the dotted names behind them."""
    for route in _flat(router.routes):
        path = prefix + _starlette_route(getattr(route, "path", ""))
        app = getattr(route, "_base_app", None) or getattr(route, "app", None)
        if not hasattr(route, "endpoint"):
            if _is_protected(app) or _is_protected(getattr(app, "app", None)):
                continue
            if getattr(app, "routes", None) is None:
                yield "* " + path + "/{path}", _dotted(app)
            else:
                yield from _asgi_unguarded(getattr(app, "router", app), path)
            continue
        is_http = hasattr(route, "methods")
        for method in (route.methods or ["*"]) if is_http else ["WEBSOCKET"]:
            scope = {"type": "http" if is_http else "websocket", "method": method}
            found = _Endpoint(path, route.endpoint, scope, route)
            if method not in ("HEAD", "OPTIONS") and not (found.mark or found.guards):
                yield f"{method} {path}", found.name
