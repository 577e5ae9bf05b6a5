"""Whether a caller may pass is said by the decorator of your own that `_GUARD_WITH` names. It stands
around an empty function here: if that is reached, yours runs.
"""

from __future__ import annotations

import functools
import inspect
from contextvars import ContextVar
from typing import Any

from splice.parts.v1.callers import _GUARD_WITH, _is_async, _named
from splice.parts.v1.decisions import _counted, _Decision, _gone_wrong, _watching
from splice.parts.v1.guards import _Rule

# While the service's decorator decides: a list, filled when it lets pass.
_passed: ContextVar[Any] = ContextVar("_passed", default=None)


class _OwnGuard:
    """The service's own decorator. It is imported, and applied, at the first call."""

    def __init__(self, function: Any) -> None:
        self.function = function
        self.decorated: Any = None

    def _applied(self, rule: _Rule) -> Any:
        if rule.scopes:
            raise LookupError("a decorator of your own knows no scopes")
        if self.decorated is None:
            self.decorated = _named(_GUARD_WITH)(_probe(self.function))
        return self.decorated

    def ask(
        self,
        request: Any,
        rule: _Rule,
        name: str,
        args: Any,
        kwargs: Any,
    ) -> _Decision:
        """Let the decorator decide."""
        passed: list[bool] = []
        token = _passed.set(passed)
        try:
            with _watching(request):
                answer = self._applied(rule)(*args, **kwargs)
                if inspect.isawaitable(answer):
                    answer = request.run(answer)
            return _said(request, name, passed, answer)
        except Exception as exc:
            return _raised_by_own(request, name, passed, exc)
        finally:
            _passed.reset(token)

    async def ask_on_loop(
        self,
        request: Any,
        rule: _Rule,
        name: str,
        args: Any,
        kwargs: Any,
    ) -> _Decision:
        """The same for async functions."""
        passed: list[bool] = []
        token = _passed.set(passed)
        try:
            with _watching(request):
                answer = self._applied(rule)(*args, **kwargs)
                if inspect.isawaitable(answer):
                    answer = await answer
            return _said(request, name, passed, answer)
        except Exception as exc:
            return _raised_by_own(request, name, passed, exc)
        finally:
            _passed.reset(token)


def _probe(function: Any) -> Any:
    """A function that looks like another one, and only notes that it was reached."""

    def synchronous(*_args: Any, **_kwargs: Any) -> None:
        passed = _passed.get()
        if passed is not None:
            passed.append(True)

    async def asynchronous(*_args: Any, **_kwargs: Any) -> None:
        synchronous()

    chosen: Any = asynchronous if _is_async(function) else synchronous
    return functools.wraps(function)(chosen)


def _said(
    request: Any, name: str, passed: list[bool], answer: Any
) -> _Decision:
    """The decision of a decorator that has returned."""
    if passed:
        return _counted(request, name, "allowed")
    status = getattr(answer, "status_code", None)
    if type(answer) is tuple and len(answer) > 1:  # Flask: body, status
        status = answer[1]
    word = "forbidden" if status == 403 else "unauthenticated"
    _counted(request, name, word)
    return _Decision(word, answer=answer)


def _raised_by_own(
    request: Any,
    name: str,
    passed: list[bool],
    exc: Exception,
) -> _Decision:
    """The decision of one that has raised: if it had let pass, that stands."""
    if passed:
        return _counted(request, name, "allowed")
    return _gone_wrong(request, name, exc)
