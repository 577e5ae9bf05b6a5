"""`dependencies=[guard(current_principal, "orders:read")]` guards a route of FastAPI's: before the
body is looked at, websockets too. `current_principal` is a dependency of yours, or `request ->
principal`; without it the configured one is asked. In `enforce` mode its security scheme shows in
/openapi.json; in `observe` mode nothing shows.
"""

from __future__ import annotations

import contextlib
import importlib
import inspect
import weakref
from collections.abc import Callable
from typing import Any

from splice.parts.v1.callers import (
    _AUTHENTICATE,
    _GUARD_WITH,
    _is_async,
    _named,
    _no_scopes,
    _Principal,
)
from splice.parts.v1.decisions import _asked_on_loop, _Decision
from splice.parts.v1.frameworks import _ASKED, _Asgi
from splice.parts.v1.guards import _ENFORCING, _GUARD_OPTIONS, _listed, _Rule
from splice.parts.v1.options import _answers_options
from splice.parts.v1.routes import _dotted
from splice.parts.v1.schemes import _is_dependency, _shown, _takes_request


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
                if decision.refuses:
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
        if request.method == "OPTIONS" and not named and _tells(request.scope):
            return _Decision("allowed")
        configured = _AUTHENTICATE or _GUARD_WITH
        source = None if self.authenticate is None and not configured else self._ask
        return await _asked_on_loop(request, self.rule, self.name, source)

    async def _ask(self, connection: Any) -> Any:
        """The principal that the service's own function or dependency gives."""
        authenticate = self.authenticate
        is_guard = authenticate is None and not _AUTHENTICATE
        if authenticate is None:
            authenticate = _named(_AUTHENTICATE or _GUARD_WITH)
        if is_guard:
            return await self._let_decide(connection, authenticate)
        if _takes_request(authenticate) and authenticate not in _overrides(connection):
            if _is_async(authenticate):
                return await authenticate(connection)
            pool = importlib.import_module("starlette.concurrency")
            given = await pool.run_in_threadpool(authenticate, connection)
            return await given if inspect.isawaitable(given) else given
        solved = await self._solve(connection, authenticate)
        return solved[0] if solved else None

    async def _let_decide(self, connection: Any, dependency: Any) -> Any:
        """A dependency that decides by itself: it raises, or lets pass."""
        if self.rule.scopes:
            raise LookupError("a guard of your own knows no scopes")
        if not _is_dependency(dependency):
            raise TypeError("a guard of your own is no dependency of FastAPI's")
        solved = await self._solve(connection, dependency)
        if solved and (callable(solved[0]) or inspect.isawaitable(solved[0])):
            raise TypeError("a guard of your own gives a function, and decides nothing")
        return _Principal(_no_scopes) if solved else None

    async def _solve(self, connection: Any, authenticate: Any) -> list[Any]:
        """What FastAPI makes of a dependency, for a route of our own; [] if invalid."""
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
            routes[kind, names] = self._route(app, authenticate, kind, names)
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
                return []  # what it needs to know is not in the request
        return [scope[_PRINCIPAL]]

    def _route(
        self,
        app: Any,
        authenticate: Any,
        kind: str,
        names: tuple[str, ...],
    ) -> Any:
        """A route whose handler hands us what the dependency gives."""
        fastapi: Any = importlib.import_module("fastapi")
        routing: Any = importlib.import_module("fastapi.routing")
        requests: Any = importlib.import_module("starlette.requests")

        async def keep(connection: Any, principal: Any) -> Any:
            connection.scope[_PRINCIPAL] = principal
            return fastapi.Response()

        needed = fastapi.Security(authenticate, scopes=self.demanded)
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


def _tells(scope: Any) -> bool:
    """Whether what answers tells OPTIONS from other methods."""
    methods = getattr(scope.get("route"), "methods", None)
    endpoint = scope.get("endpoint")
    known = endpoint is not None and _answers_options(endpoint)
    return methods == {"OPTIONS"} or known


_PRINCIPAL = f"{__name__}.principal"

# Where versions of FastAPI keep what they close after a request.
_STACKS = (
    "fastapi_astack",
    "fastapi_middleware_astack",
    "fastapi_inner_astack",
    "fastapi_function_astack",
)


def _overrides(connection: Any) -> Any:
    app = connection.scope.get("app")
    return getattr(app, "dependency_overrides", None) or {}
