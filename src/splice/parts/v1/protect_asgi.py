"""Starlette and FastAPI: the innermost of the application's own middleware. It finds the route that
will answer, through mounts and included routers, and asks FastAPI's guards before the body is read.
"""

from __future__ import annotations

import importlib
from typing import Any

from splice.parts.v1.decisions import _around, _key
from splice.parts.v1.frameworks import _ASKED, _OPERATION, _Asgi
from splice.parts.v1.guards import (
    _ENFORCING,
    _GUARD_OPTIONS,
    _count,
    _listed,
    _operation,
    _report,
)
from splice.parts.v1.protect_routes import _asgi_unguarded, _Endpoint, _find
from splice.parts.v1.unguarded import _announce, _is_open, _Protected

_PREFIX = f"{__name__}.prefix"


def _protect_asgi(app: Any) -> None:
    if app.middleware_stack is not None:
        raise RuntimeError(
            "scaffold: protect() comes after the application has started"
        )
    middleware: Any = importlib.import_module("starlette.middleware").Middleware
    app.user_middleware.append(middleware(_ProtectAsgi, owner=app))
    app.__guarded__ = _Protected()


class _ProtectAsgi:
    """The middleware."""

    def __init__(self, app: Any, owner: Any) -> None:
        self.app = app
        self.owner = owner
        self.announced = False

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self.app(scope, receive, send)
            return
        replay = _Replay(receive)
        decision = None
        token = _around.set(_around.get())
        try:
            if not self.announced:
                self.announced = True
                prefix = scope.get(_PREFIX, "")
                _announce(_asgi_unguarded(self.owner.router, prefix))
            decision = await self._decide(scope, replay)
        except Exception as exc:
            _report("a request", exc)
            if _ENFORCING:
                decision = _Refusal("error")
        try:
            if decision is None:
                await self.app(scope, replay.again, send)
            else:
                await self._refuse(decision, scope, receive, send)
        finally:
            _around.reset(token)

    async def _decide(self, scope: Any, replay: Any) -> Any:
        """What refuses the request, or None."""
        prefix = scope.get(_PREFIX, "")
        found = _find(self.owner.router, dict(scope), prefix)
        if found is None:
            return None
        if found.is_protected:
            scope[_PREFIX] = found.route
            return None
        method = scope.get("method", "WEBSOCKET")
        operation = _operation(method, found.route)
        scope[_OPERATION] = operation
        named = _listed(_GUARD_OPTIONS, operation) or found.takes_options
        if method == "OPTIONS" and not named:
            return None
        if found.mark is not None or found.guards:
            return await self._ask(found, scope, replay)
        if _is_open(operation, found.name):
            return None
        _count(operation, "unguarded")
        return _Refusal("unguarded") if _ENFORCING else None

    async def _ask(self, found: _Endpoint, scope: Any, replay: Any) -> Any:
        """Ask FastAPI's guards now: later, a body that cannot be read comes first."""
        asked: list[Any] = []
        scope[_ASKED] = asked
        here = {"app": self.owner, _OPERATION: scope[_OPERATION], _ASKED: asked}
        connection = _connection({**found.scope, **here}, replay)
        decision = None
        for guard in dict.fromkeys(found.guards) if found.is_direct else ():
            asked.append(guard)
            decision = await guard.decide(_Asgi(connection))
            if decision.refuses:
                return decision
        if found.needs_asking:
            request, args = _Asgi(connection), (connection,)
            decision = await found.mark.judge_on_loop(request, args, cls=found.cls)
            _around.set((_key(request), decision.word))
            if decision.refuses:
                return decision
        return None

    async def _refuse(self, decision: Any, scope: Any, receive: Any, send: Any) -> None:
        """Answer as the application's own exception handlers would."""
        exceptions: Any = importlib.import_module("starlette.middleware.exceptions")

        async def refusal(scope: Any, receive: Any, _send: Any) -> None:
            decision.refuse(_Asgi(_connection(scope, receive)))

        handlers = {
            kind: handler
            for kind, handler in self.owner.exception_handlers.items()
            if kind not in (500, Exception)
        }
        answer = exceptions.ExceptionMiddleware(refusal, handlers)
        await answer(scope, receive, send)


class _Refusal:
    """A decision of `protect` itself."""

    def __init__(self, word: str) -> None:
        self.word = word

    def refuse(self, request: _Asgi) -> Any:
        return request.refuse(self.word)


def _connection(scope: Any, receive: Any) -> Any:
    if scope["type"] == "websocket":
        return importlib.import_module("starlette.requests").HTTPConnection(scope)
    return importlib.import_module("starlette.requests").Request(scope, receive)


class _Replay:
    """Messages of a request; those that a guard has read come again."""

    def __init__(self, receive: Any) -> None:
        self.receive = receive
        self.read: list[Any] = []

    async def __call__(self) -> Any:
        message = await self.receive()
        self.read.append(message)
        return message

    async def again(self) -> Any:
        return self.read.pop(0) if self.read else await self.receive()
