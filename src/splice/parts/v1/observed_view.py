"""`@observed_view(list="GET /books/")` stands on a class and observes methods that it inherits from
a library, each under its own operation. Methods of its own carry `@observed`.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any
from weakref import WeakKeyDictionary

from splice.parts.v1.observed import _is_off, _wrapped
from splice.parts.v1.signatures import _C
from splice.parts.v1.switch import _OFF, _safely

# Wrapper -> what it wraps: a subclass that names the method again observes it once.
_inherited: WeakKeyDictionary[Any, Any] = WeakKeyDictionary()


def observed_view(**operations: str) -> Callable[[_C], _C]:
    """Observe methods that the decorated class inherits: `method="GET /path"`."""

    def decorate(cls: _C) -> _C:
        if not _is_off() and "observed_view" not in _OFF:
            for name, operation in operations.items():
                _safely(_observe, cls, name, operation)
        return cls

    return decorate


def _observe(cls: type, name: str, operation: str) -> None:
    method = inspect.getattr_static(cls, name, None)
    if name in vars(cls) or not inspect.isfunction(method):
        return
    method = _inherited.get(method, method)
    code = f"{cls.__module__}.{cls.__qualname__}.{name}"
    wrapper = _wrapped(operation, method, code)
    _inherited[wrapper] = method
    setattr(cls, name, wrapper)
