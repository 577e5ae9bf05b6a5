"""`@guarded("orders:read")` stands on a function that answers requests, below `@observed`: its caller
needs all of these scopes, or with `any_of=True` one of them; without scopes, to be known.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import Any

from splice.parts.v1.callers import _GUARD_WITH, _is_async
from splice.parts.v1.decisions import (
    _around,
    _asked,
    _asked_on_loop,
    _Decision,
    _key,
)
from splice.parts.v1.frameworks import _found
from splice.parts.v1.guards import _ENFORCING, _GUARD_OPTIONS, _listed, _Rule
from splice.parts.v1.own_guard import _OwnGuard
from splice.parts.v1.routes import _dotted
from splice.parts.v1.signatures import _R


def guarded(
    *scopes: str,
    any_of: bool = False,
) -> Callable[[Callable[_P, _R]], Callable[_P, _R]]:
    """Refuse callers without these scopes before the decorated function runs."""
    rule = _Rule(scopes, any_of)

    def decorate(function: Callable[_P, _R]) -> Callable[_P, _R]:
        inner: Any = function
        if isinstance(inner, (staticmethod, classmethod)):
            kind: Any = type(inner)
            return kind(decorate(inner.__func__))  # type: ignore[no-any-return]
        return _guarded(inner, lambda _args: rule)  # type: ignore[no-any-return]

    return decorate


class _Mark:
    """What `protect` sees of a guard, also through the wrappers of others."""

    is_guard = True

    def __init__(self, rule_of: Callable[[Any], _Rule], member: str = "") -> None:
        self.rule_of = rule_of
        self.member = member  # of a class: the rule stands at the class

    def ask(self) -> Any:
        """Ask without calling anything: None if the caller may pass, or a refusal."""
        return _guarded(_nothing, self.rule_of)()


def _nothing() -> None:
    pass


def _guarded(
    function: Any,
    rule_of: Callable[[Any], _Rule],
    member: str = "",
) -> Any:
    """A function that asks, and then calls `function`."""
    if inspect.isclass(function) or not callable(function):
        raise TypeError("@guarded stands on functions; for a class use @guarded_view")
    if inspect.isasyncgenfunction(function):
        raise TypeError("@guarded cannot refuse what an async generator has begun")
    own = _OwnGuard(function) if _GUARD_WITH else None
    name = _dotted(function)

    def synchronous(*args: Any, **kwargs: Any) -> Any:
        request = _found(args, kwargs)
        if request.method == "OPTIONS" and not _guards_options(request, name):
            return _options(request, function, args, kwargs)
        if own is None:
            decision = _asked(request, rule_of(args), name)
        else:
            decision = own.ask(request, rule_of(args), name, args, kwargs)
        if _is_refused(decision):
            return decision.refuse(request)
        token = _around.set((_key(request), decision.word))
        try:
            return function(*args, **kwargs)
        finally:
            _around.reset(token)

    async def asynchronous(*args: Any, **kwargs: Any) -> Any:
        request = _found(args, kwargs)
        if request.method == "OPTIONS" and not _guards_options(request, name):
            answer = _options(request, function, args, kwargs)
            return await answer if inspect.isawaitable(answer) else answer
        if own is None:
            decision = await _asked_on_loop(request, rule_of(args), name)
        else:
            rule = rule_of(args)
            decision = await own.ask_on_loop(request, rule, name, args, kwargs)
        if _is_refused(decision):
            answer = decision.refuse(request)
            return await answer if inspect.isawaitable(answer) else answer
        token = _around.set((_key(request), decision.word))
        try:
            return await function(*args, **kwargs)
        finally:
            _around.reset(token)

    # A generator function is refused by a plain one: before its stream begins.
    wrapper: Any = asynchronous if _is_async(function) else synchronous
    wrapper = functools.wraps(function)(wrapper)
    wrapper.__guarded__ = _Mark(rule_of, member)
    return wrapper


def _is_refused(decision: _Decision) -> bool:
    return _ENFORCING and decision.word != "allowed"


def _guards_options(request: Any, name: str) -> bool:
    return _listed(_GUARD_OPTIONS, request.operation, name)


def _options(
    request: Any, function: Any, args: Any, kwargs: Any
) -> Any:
    """Let OPTIONS pass, but not into a view that would take it for a GET."""
    if _ENFORCING and request.runs_options:
        return request.preflight()
    return function(*args, **kwargs)
