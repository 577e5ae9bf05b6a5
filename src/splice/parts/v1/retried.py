"""`retried(requests.get)(url, timeout=...)` makes a call that may be repeated again if it fails. Where the
library is asynchronous, the result can be awaited, and entered with `async with` where the library's
can. A call whose body is a stream (a file, a generator) is made once. Without stamina all are.
"""

from __future__ import annotations

import functools
import inspect
import sys
from collections.abc import Callable
from typing import Any, TypeVar, cast

from splice.parts.v1.attempts import _AgainError, _Attempts, _Budget, _stamina
from splice.parts.v1.later import _later, _steps
from splice.parts.v1.outcomes import _can_be_sent_again
from splice.parts.v1.switch import _OFF, _safely

_Callee = TypeVar("_Callee", bound=Callable[..., Any])

# Where `retried` stands in the code -> how many repetitions it has left.
_budgets: dict[tuple[str, int, int], _Budget] = {}


def retried(callee: _Callee) -> _Callee:
    """What to call instead of `callee`: it takes the same arguments and gives the same.

    For requests that do the same when they are sent twice, and for nothing else.
    """
    if "retried" in _OFF or _stamina is None:
        return callee
    frame = sys._getframe(1)
    place = (frame.f_code.co_filename, frame.f_code.co_firstlineno, frame.f_lasti)
    budget = _budgets.get(place) or _budgets.setdefault(place, _Budget())
    return cast(_Callee, functools.partial(_repeated, callee, budget))


def _repeated(
    callee: Any, budget: _Budget, /, *args: Any, **kwargs: Any
) -> Any:
    """Make the call, again if need be, and give what the last attempt gave."""
    if not _safely(_can_be_sent_again, args, kwargs):
        return callee(*args, **kwargs)
    call = _Attempts(callee, budget, args, kwargs)
    if inspect.iscoroutinefunction(callee):
        return _steps(call)
    _make(call)
    if _is_asynchronous(type(call.response)):
        return _later(call, call.response)
    call.judge()
    if call.reason:
        _repeat(call)
    return call.result()


def _make(call: _Attempts) -> None:
    call.begin()
    try:
        call.response = call.callee(*call.args, **call.kwargs)
    except Exception as exc:
        call.error = exc


def _repeat(call: _Attempts) -> None:
    """Make further attempts, until one ends well or there is to be none."""
    is_first = True
    try:
        for attempt in call.turns():
            with attempt:
                if not is_first:
                    if call.is_late():
                        break
                    _close(call)
                    _make(call)
                    call.judge()
                is_first = False
                if call.reason:
                    raise _AgainError(call.reason)
    except _AgainError:
        pass
    except BaseException:
        _close(call)
        raise


def _close(call: _Attempts) -> None:
    """Close what nobody gets to see; urllib has errors that are responses."""
    for left in (call.response, call.error):
        close = getattr(left, "close", None)
        if close is not None:
            _safely(close)


def _is_asynchronous(cls: type) -> bool:
    if hasattr(cls, "__await__"):
        return True
    return hasattr(cls, "__aenter__") and not hasattr(cls, "__enter__")
