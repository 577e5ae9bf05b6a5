"""`@observed("GET /orders/{order_id}")` times an operation and traces it. It leaves the function what
it was (signature, attributes, sync or async, generator or not) and belongs directly under the
decorator that registers it. Durations are in the histogram `_METRIC_NAME`, in seconds, by `operation`
and, for errors only, by `error.type`: divide the counts to get an error ratio. They are the time
spent in your function; requests that are refused before it is called do not appear.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

from splice.parts.v1.calls import _Call, _Operation
from splice.parts.v1.streams import (
    _async_generator,
    _awaited,
    _generator,
    _returned,
)
from splice.parts.v1.switch import _OFF, _warn
from splice.parts.v1.telemetry import _histogram, _tracer

if TYPE_CHECKING:
    from typing_extensions import ParamSpec

    _P = ParamSpec("_P")
_R = TypeVar("_R")


def observed(operation: str) -> Callable[[Callable[_P, _R]], Callable[_P, _R]]:
    """Observe calls of the decorated function under a static name.

    `operation` becomes a span name and a metric label: never build it at run time.
    """

    def decorate(function: Callable[_P, _R]) -> Callable[_P, _R]:
        nothing = _tracer is None and _histogram is None
        if nothing or "observed" in _OFF or not inspect.isfunction(function):
            return function
        try:
            wrapper = _wrapper(_Operation(operation, function), function)
            return functools.wraps(function)(wrapper)
        except Exception:
            _warn(f"observing {operation}")
            return function

    return decorate


def _wrapper(operation: _Operation, function: Callable[..., Any]) -> Callable[..., Any]:
    """A function of the same colour that runs `function` exactly once and never hides its errors."""

    def begin(*args: Any, **kwargs: Any) -> Any:
        return function(*args, **kwargs), _Call(operation, args, kwargs)

    async def asynchronous(*args: Any, **kwargs: Any) -> Any:
        awaitable = function(*args, **kwargs)
        return await _awaited(awaitable, _Call(operation, args, kwargs), kwargs)

    def synchronous(*args: Any, **kwargs: Any) -> Any:
        call = _Call(operation, args, kwargs)
        call.attach()
        try:
            result = function(*args, **kwargs)
        except BaseException as exc:
            call.detach()
            call.end(exc)
            raise
        call.detach()
        return _returned(result, call, kwargs)

    if inspect.isasyncgenfunction(function):
        return _async_generator(begin)
    if inspect.isgeneratorfunction(function):
        return _generator(begin)
    if inspect.iscoroutinefunction(function):
        return asynchronous
    return synchronous
