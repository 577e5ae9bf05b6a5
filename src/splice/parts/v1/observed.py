"""`@observed("GET /orders/{order_id}")` times an operation and traces it. It leaves the function what
it was (signature, attributes, sync or async, generator or not) and stands directly under the
decorator that registers it. Durations, in seconds, are in the histogram that `_METRIC_NAME` names,
by `operation` and, for errors only, by `error.type`: those with an `error.type` over all is the error
ratio. They are the time spent in your function; a request refused before it is not in there.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import Any

from splice.parts.v1.calls import _Call, _Operation
from splice.parts.v1.signatures import _R
from splice.parts.v1.streams import _async_generator, _finished, _generator
from splice.parts.v1.switch import _OFF, _safely
from splice.parts.v1.telemetry import _histogram, _idle, _live, _tracer

def observed(
    operation: str,
) -> Callable[[Callable[_P, _R]], Callable[_P, _R]]:
    """Observe calls of the decorated function under a static name.

    `operation` becomes a span's name and a metric's label: never build it at run time.
    """

    def decorate(function: Callable[_P, _R]) -> Callable[_P, _R]:
        if _is_off() or not inspect.isfunction(function):
            return function
        return _safely(_wrapped, operation, function) or function

    return decorate


def _is_off() -> bool:
    return "observed" in _OFF or (_tracer is None and _histogram is None)


def _wrapped(name: str, function: Any, code: str = "") -> Any:
    """A function of the same colour that calls `function` exactly once."""
    operation = _Operation(name, function, code)

    def begin(*args: Any, **kwargs: Any) -> Any:
        inner, call = function(*args, **kwargs), _Call()
        call.open(operation, args, kwargs)
        return inner, call

    async def asynchronous(*args: Any, **kwargs: Any) -> Any:
        if not _live and _idle():
            return await function(*args, **kwargs)
        call = _Call()
        call.open(operation, args, kwargs)
        try:
            result = await function(*args, **kwargs)
        except BaseException as exc:
            call.end(exc)
            raise
        return _finished(result, call, kwargs)

    def synchronous(*args: Any, **kwargs: Any) -> Any:
        if not _live and _idle():
            return function(*args, **kwargs)
        call = _Call()
        call.open(operation, args, kwargs)
        try:
            result = function(*args, **kwargs)
        except BaseException as exc:
            call.end(exc)
            raise
        return _finished(result, call, kwargs)

    wrapper: Any = synchronous
    if inspect.isasyncgenfunction(function):
        wrapper = _async_generator(begin)
    elif inspect.isgeneratorfunction(function):
        wrapper = _generator(begin)
    elif inspect.iscoroutinefunction(function):
        wrapper = asynchronous
    return functools.wraps(function)(wrapper)
