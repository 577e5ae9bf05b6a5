"""`dependencies=[guard(current_principal, "orders:read")]` guards a route of FastAPI's: before the
body is looked at, websockets too. `current_principal` is a dependency of yours, or `request ->
principal`; without it the configured one is asked. In `enforce` mode its security scheme shows in
/openapi.json; in `observe` mode nothing shows.
"""

from __future__ import annotations

import collections.abc
import contextlib
import copy
import functools
import importlib
import inspect
import typing
import weakref
from collections.abc import Callable
from typing import Any

from splice.parts.v1.decisions import _asked_on_loop, _Decision
from splice.parts.v1.frameworks import _ASKED, _Asgi
from splice.parts.v1.guards import _ENFORCING, _GUARD_OPTIONS, _listed, _Rule
from splice.parts.v1.routes import _dotted


def guard(
    authenticate: Callable[..., Any] | str | None = None,
    *scopes: str,
    any_of: bool = False,
) -> Any:
    """An element of `dependencies=[...]`: refuse callers without these scopes."""
    if isinstance(authenticate, str):
        scopes = (authenticate, *scopes)
        authenticate = None
    if authenticate is not None and not callable(authenticate):
        raise TypeError("guard() takes a dependency and texts")
    dependency = _Dependency(authenticate, _Rule(scopes, any_of))
    params = importlib.import_module("fastapi")
    if not _ENFORCING:
        return params.Depends(dependency.checker())
    return params.Security(dependency.checker(), scopes=dependency.demanded)


class _Dependency:
    """One guard. It solves the service's own dependency by itself, to see it fail."""

    is_guard = True
    member = ""

    def __init__(self, authenticate: Any, rule: _Rule) -> None:
        self.authenticate = authenticate
        self.rule = rule
        self.name = "guard" if authenticate is None else _dotted(authenticate)
        self.demanded = [] if rule.any_of else list(rule.scopes)
        # App -> names of path parameters and type -> route that solves the dependency.
        self.routes: weakref.WeakKeyDictionary[Any, Any] = weakref.WeakKeyDictionary()

    def checker(self) -> Any:
        """The function that FastAPI calls; its signature is what FastAPI shows."""

        async def check(connection: Any, **_schemes: Any) -> None:
            asked = connection.scope.get(_ASKED, ())
            if self not in asked:
                request = _Asgi(connection)
                decision = await self.decide(request)
                if _ENFORCING and decision.word != "allowed":
                    decision.refuse(request)

        kind = inspect.Parameter.KEYWORD_ONLY
        wanted = importlib.import_module("starlette.requests").HTTPConnection
        seen = [inspect.Parameter("connection", kind, annotation=wanted)]
        if _ENFORCING:
            security: Any = importlib.import_module("fastapi").Security
            for at, scheme in enumerate(_shown(self.authenticate)):
                default = security(scheme)
                seen.append(inspect.Parameter(f"scheme_{at}", kind, default=default))
        marked: Any = check
        marked.__signature__ = inspect.Signature(seen)
        marked.__guarded__ = self
        return marked

    async def decide(self, request: _Asgi) -> _Decision:
        """What the guard says of a request; OPTIONS passes unless it is named."""
        named = _listed(_GUARD_OPTIONS, request.operation, self.name)
        if request.method == "OPTIONS" and not named:
            return _Decision("allowed")
        source = None
        if self.authenticate is not None:
            overrides = _overrides(request.scope)
            plain = _takes_request(self.authenticate)
            is_own = self.authenticate not in overrides and plain
            source = self.authenticate if is_own else self._solve
        return await _asked_on_loop(request, self.rule, self.name, source)

    async def _solve(self, connection: Any) -> Any:
        """The principal that FastAPI makes of a dependency, for a route of our own."""
        scope = dict(connection.scope)
        kind = scope["type"]
        names = tuple(sorted(scope.get("path_params", {})))

        async def receive() -> Any:
            if kind == "websocket":
                return {"type": "websocket.connect"}
            return {"type": "http.request", "body": await connection.body()}

        async def send(_message: Any) -> None:
            """Nobody waits for this answer."""

        app = scope.get("app", self)
        routes = self.routes.setdefault(app, {})
        if (kind, names) not in routes:
            routes[kind, names] = self._route(app, kind, names)
        invalid = importlib.import_module("fastapi.exceptions")
        async with contextlib.AsyncExitStack() as stack:
            scope.update(dict.fromkeys(_STACKS, stack))
            scope["starlette.exception_handlers"] = ({}, {})
            try:
                await routes[kind, names].app(scope, receive, send)
            except (
                invalid.RequestValidationError,
                invalid.WebSocketRequestValidationError,
            ):
                return None  # what it needs to know is not in the request
        return scope[_PRINCIPAL]

    def _route(self, app: Any, kind: str, names: tuple[str, ...]) -> Any:
        """A route whose handler hands us what the dependency gives."""
        fastapi: Any = importlib.import_module("fastapi")
        routing: Any = importlib.import_module("fastapi.routing")
        requests: Any = importlib.import_module("starlette.requests")

        async def keep(connection: Any, principal: Any) -> Any:
            connection.scope[_PRINCIPAL] = principal
            return fastapi.Response()

        needed = fastapi.Security(self.authenticate, scopes=self.demanded)
        kept: Any = keep
        kept.__signature__ = inspect.Signature(
            [
                inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, **given)
                for name, given in (
                    ("connection", {"annotation": requests.HTTPConnection}),
                    ("principal", {"default": needed}),
                )
            ]
        )
        path = "".join(f"/{{{name}}}" for name in names) or "/"
        known = hasattr(app, "dependency_overrides")
        provider = weakref.proxy(app) if known else None
        if kind == "websocket":
            route = routing.APIWebSocketRoute
            return route(path, kept, dependency_overrides_provider=provider)
        route = routing.APIRoute
        return route(path, kept, dependency_overrides_provider=provider)


_PRINCIPAL = f"{__name__}.principal"

# Where versions of FastAPI keep what they close after a request.
_STACKS = (
    "fastapi_astack",
    "fastapi_middleware_astack",
    "fastapi_inner_astack",
    "fastapi_function_astack",
)


def _overrides(scope: Any) -> Any:
    return getattr(scope.get("app"), "dependency_overrides", None) or {}


@functools.lru_cache(maxsize=512)
def _takes_request(authenticate: Any) -> bool:
    """Whether it is `request -> principal`, and no dependency with parameters."""
    parameters = list(inspect.signature(authenticate).parameters.values())
    if len(parameters) != 1 or parameters[0].default is not inspect.Parameter.empty:
        return False
    wanted = _hints(authenticate).get(parameters[0].name, parameters[0].annotation)
    if wanted in (inspect.Parameter.empty, Any, object):
        return True
    bases = [base.__qualname__ for base in getattr(wanted, "__mro__", ())]
    return "HTTPConnection" in bases


def _hints(function: Any) -> dict[str, Any]:
    """Annotations with their metadata; none if they cannot be read."""
    call = function if inspect.isroutine(function) else type(function).__call__
    call = function.__init__ if inspect.isclass(function) else call
    with contextlib.suppress(Exception):
        return typing.get_type_hints(call, include_extras=True)
    return {}


def _shown(authenticate: Any) -> list[Any]:
    """Copies of the security schemes of a dependency: they show, and let pass."""
    security: Any = importlib.import_module("fastapi.security")
    found = list(_schemes(authenticate, 8)) if authenticate is not None else []
    return [_silent(scheme) for scheme in found or [security.HTTPBearer()]]


def _schemes(
    dependency: Any, depth: int
) -> collections.abc.Iterator[Any]:
    base = importlib.import_module("fastapi.security.base").SecurityBase
    depends: Any = importlib.import_module("fastapi.params").Depends
    if isinstance(dependency, base):
        yield dependency
        return
    hints = _hints(dependency)
    for name, parameter in inspect.signature(dependency).parameters.items():
        hint = hints.get(name)
        given = (parameter.default, *getattr(hint, "__metadata__", ()))
        for value in given:
            if depth and isinstance(value, depends):
                inner = value.dependency or getattr(hint, "__origin__", hint)
                if callable(inner):
                    yield from _schemes(inner, depth - 1)


def _silent(scheme: Any) -> Any:
    async def call(_self: Any) -> None:
        """Let pass: the guard asks."""

    shown = copy.copy(scheme)
    shown.__class__ = type("_Shown", (type(scheme),), {"__call__": call})
    return shown
