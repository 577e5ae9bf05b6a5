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
    _asked,
    _asked_on_loop,
    _Decision,
    _inside,
)
from splice.parts.v1.frameworks import _found
from splice.parts.v1.guards import _ENFORCING, _GUARD_OPTIONS, _listed, _Rule
from splice.parts.v1.options import _answers_options
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
        return _guarded(inner, lambda _cls: rule)  # type: ignore[no-any-return]

    return decorate


class _Mark:
    """A guard, as `protect` sees it, also through the wrappers of others."""

    is_guard = True
    wrapper: Any = None  # the function that asks and then calls yours

    def __init__(
        self, function: Any, rule_of: Callable[[Any], _Rule], member: str = ""
    ) -> None:
        self.rule_of = rule_of
        self.member = member  # of a class: the rule stands at the class
        self.name = _dotted(function)
        self.own = _OwnGuard(function) if _GUARD_WITH else None

    def judge(
        self, request: Any, args: Any = (), kwargs: Any = None, cls: Any = None
    ) -> _Decision:
        """Ask and count; nothing of yours is called but what says who calls."""
        rule = self.rule_of(cls or type(args[0]) if cls or args else None)
        if self.own is None:
            return _asked(request, rule, self.name)
        return self.own.ask(request, rule, self.name, args, kwargs or {})

    async def judge_on_loop(
        self, request: Any, args: Any = (), kwargs: Any = None, cls: Any = None
    ) -> _Decision:
        """The same for async code."""
        rule = self.rule_of(cls or type(args[0]) if cls or args else None)
        if self.own is None:
            return await _asked_on_loop(request, rule, self.name)
        own, given = self.own, kwargs or {}
        return await own.ask_on_loop(request, rule, self.name, args, given)


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
    mark = _Mark(function, rule_of, member)

    def synchronous(*args: Any, **kwargs: Any) -> Any:
        request = _found(args, kwargs)
        if request.method == "OPTIONS" and not _guards_options(request, mark.name):
            return _options(request, function, args, kwargs)
        decision = mark.judge(request, args, kwargs)
        if decision.refuses:
            return decision.refuse(request)
        with _inside(request, decision):
            return function(*args, **kwargs)

    async def asynchronous(*args: Any, **kwargs: Any) -> Any:
        request = _found(args, kwargs)
        if request.method == "OPTIONS" and not _guards_options(request, mark.name):
            answer = _options(request, function, args, kwargs)
            return await answer if inspect.isawaitable(answer) else answer
        decision = await mark.judge_on_loop(request, args, kwargs)
        if decision.refuses:
            answer = decision.refuse(request)
            return await answer if inspect.isawaitable(answer) else answer
        with _inside(request, decision):
            return await function(*args, **kwargs)

    # A generator function is refused by a plain one: before its stream begins.
    wrapper: Any = asynchronous if _is_async(function) else synchronous
    mark.wrapper = functools.wraps(function)(wrapper)
    mark.wrapper.__guarded__ = mark
    return mark.wrapper


def _guards_options(request: Any, name: str) -> bool:
    return _listed(_GUARD_OPTIONS, request.operation, name)


def _options(
    request: Any, function: Any, args: Any, kwargs: Any
) -> Any:
    """Let OPTIONS pass, but not into a view that would answer it as it does a GET."""
    if _ENFORCING and (request.runs_options or not _answers_options(function)):
        return request.preflight()
    return function(*args, **kwargs)
