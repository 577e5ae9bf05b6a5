"""One decision: who calls, whether that is enough, and how the request is refused if it is not. What
fails on the way refuses.
"""

from __future__ import annotations

import collections.abc
import contextlib
import inspect
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

from splice.parts.v1.callers import _is_async, _source
from splice.parts.v1.frameworks import _ASKED, _Nowhere, _unchanged
from splice.parts.v1.guards import (
    _ENFORCING,
    _count,
    _refusal,
    _NoRequestError,
    _report,
    _Rule,
)

# Request and decision of the guard around what runs now: a view may call another.
_around: ContextVar[Any] = ContextVar("_around", default=None)


@dataclass(frozen=True)
class _Decision:
    """What a guard says; the service's own refusal, if it has one."""

    word: str
    error: BaseException | None = None  # to raise
    answer: Any = None  # to return

    @property
    def refuses(self) -> bool:
        return _ENFORCING and self.word != "allowed"

    def refuse(self, request: Any) -> Any:
        """Return a response, or raise."""
        if self.error is not None:
            raise self.error
        return request.refuse(self.word) if self.answer is None else self.answer


def _asked(
    request: Any, rule: _Rule, name: str, source: Any = None
) -> _Decision:
    """Ask who calls, decide and count."""
    try:
        with _watching(request):
            word = _judged(rule, source or _source(False), request.value)
            if inspect.isawaitable(word):
                word = rule.verdict(request.run(word))
        return _counted(request, name, word)
    except Exception as exc:
        return _gone_wrong(request, name, exc)


async def _asked_on_loop(
    request: Any,
    rule: _Rule,
    name: str,
    source: Any = None,
) -> _Decision:
    """The same for async code. What is not async itself runs in a thread."""
    try:
        with _watching(request):
            source = source or _source(True)
            if _is_async(source):
                word = source(request.value)
            else:
                word = await request.in_thread(_judged, rule, source, request.value)
            if inspect.isawaitable(word):
                word = rule.verdict(await word)
        return _counted(request, name, word)
    except Exception as exc:
        return _gone_wrong(request, name, exc)


def _judged(rule: _Rule, source: Any, value: Any) -> Any:
    """The decision, or an awaitable of who calls."""
    principal = source(value)
    return principal if inspect.isawaitable(principal) else rule.verdict(principal)


def _watching(request: Any) -> Any:
    if isinstance(request, _Nowhere):
        raise _NoRequestError("there is no request")
    return contextlib.nullcontext() if _ENFORCING else _unchanged(request)


def _counted(request: Any, name: str, word: str) -> _Decision:
    _count_once(request, name, word)
    return _Decision(word)


def _count_once(request: Any, name: str, word: str) -> None:
    """Count a decision, but not that of a guard inside which says the same again."""
    key, said = _around.get() or (None, "")
    if key is None or key is not _key(request) or said != word:
        _count(request.operation or name, word)


@contextlib.contextmanager
def _inside(
    request: Any, decision: _Decision
) -> collections.abc.Iterator[None]:
    """What runs in here runs below a guard."""
    token = _around.set((_key(request), decision.word))
    try:
        yield
    finally:
        _around.reset(token)
        if _ENFORCING:
            request.keep_private()


def _key(request: Any) -> Any:
    """What is the same object in all that stands for one request."""
    value = getattr(request, "value", None)
    scope = getattr(request, "scope", None)
    if scope is not None:
        return scope.get(_ASKED, scope)
    return getattr(value, "_request", value)


def _gone_wrong(
    request: Any, name: str, exc: BaseException
) -> _Decision:
    """What an exception stands for: a refusal of the framework's, or a failure."""
    word = _refusal(exc, request.refusals)
    if word == "error":
        _report(request.operation or name, exc)
    _count_once(request, name, word)
    is_native = word != "error" and request.raises
    return _Decision(word, exc if is_native else None)
