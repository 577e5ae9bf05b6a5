"""What FastAPI would make of a dependency: whether it takes the request alone, and which security
schemes it uses.
"""

from __future__ import annotations

import collections.abc
import contextlib
import copy
import functools
import importlib
import inspect
import typing
from typing import Any

from splice.parts.v1.callers import _AUTHENTICATE, _GUARD_WITH, _named


@functools.lru_cache(maxsize=512)
def _takes_request(authenticate: Any) -> bool:
    """Whether it is `request -> principal`, and no dependency with parameters."""
    parameters = list(inspect.signature(authenticate).parameters.values())
    if len(parameters) != 1 or parameters[0].default is not inspect.Parameter.empty:
        return False
    wanted = _hints(authenticate).get(parameters[0].name, parameters[0].annotation)
    return wanted in (inspect.Parameter.empty, Any, object) or _is_connection(wanted)


def _is_connection(wanted: Any) -> bool:
    bases = [base.__qualname__ for base in getattr(wanted, "__mro__", ())]
    return "HTTPConnection" in bases


def _is_dependency(function: Any) -> bool:
    """Whether it says so itself. A decorator takes one parameter, too: a function."""
    params: Any = importlib.import_module("fastapi.params")
    hints = _hints(function)
    return any(
        isinstance(value, (params.Depends, params.Param))
        for _, value in _given(function, hints)
    ) or any(_is_connection(hint) for hint in hints.values())


def _given(
    function: Any,
    hints: dict[str, Any],
) -> collections.abc.Iterator[tuple[str, Any]]:
    """Parameters, and what their defaults and annotations tell FastAPI."""
    for name, parameter in inspect.signature(function).parameters.items():
        metadata = getattr(hints.get(name), "__metadata__", ())
        for value in (parameter.default, *metadata):
            yield name, value


def _hints(function: Any) -> dict[str, Any]:
    """Annotations with their metadata; none if they cannot be read."""
    call = function if inspect.isroutine(function) else type(function).__call__
    call = function.__init__ if inspect.isclass(function) else call
    with contextlib.suppress(Exception):
        return typing.get_type_hints(call, include_extras=True)
    return {}


def _shown(authenticate: Any) -> list[Any]:
    """What shows in OpenAPI, and lets pass: copies of the schemes of a dependency."""
    if authenticate is None:
        return [_configured_scheme()]
    return [_silent(scheme) for scheme in _schemes(authenticate, 8)] or [
        _bearer_scheme()
    ]


def _bearer_scheme() -> Any:
    security: Any = importlib.import_module("fastapi.security")
    return _silent(security.HTTPBearer())


def _configured_scheme() -> Any:
    """The scheme of what is configured: looked for when the document is made."""

    def found() -> Any:
        with contextlib.suppress(Exception):
            for scheme in _schemes(_named(_AUTHENTICATE or _GUARD_WITH), 8):
                return scheme
        return _bearer_scheme()

    base = importlib.import_module("fastapi.security.base").SecurityBase
    fields = {
        "model": property(lambda _self: found().model),
        "scheme_name": property(lambda _self: found().scheme_name),
    }
    return type("_Configured", (base,), {**fields, "__call__": _pass})()


def _schemes(
    dependency: Any, depth: int
) -> collections.abc.Iterator[Any]:
    """The security schemes that a dependency uses, itself or below it."""
    base = importlib.import_module("fastapi.security.base").SecurityBase
    depends: Any = importlib.import_module("fastapi.params").Depends
    if isinstance(dependency, base):
        yield dependency
        return
    hints = _hints(dependency)
    for name, value in _given(dependency, hints):
        if depth and isinstance(value, depends):
            hint = hints.get(name)
            inner = value.dependency or getattr(hint, "__origin__", hint)
            if callable(inner):
                yield from _schemes(inner, depth - 1)


def _silent(scheme: Any) -> Any:
    shown = copy.copy(scheme)
    shown.__class__ = type("_Shown", (type(scheme),), {"__call__": _pass})
    return shown


async def _pass(_self: Any) -> None:
    """The guard asks, not the scheme."""
