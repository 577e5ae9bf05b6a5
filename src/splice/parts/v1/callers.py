"""Who calls is said by your own `authenticate(request)`: it returns an object with `scopes`, or None.
It is imported at the first request, because its module may import this one.
"""

from __future__ import annotations

import collections.abc
import functools
import importlib
import inspect
from collections.abc import Callable
from typing import Any

_AUTHENTICATE = ""
_GUARD_WITH = ""
_PRESET = ""


@functools.lru_cache(maxsize=8)
def _named(reference: str) -> Callable[..., Any]:
    """What `module:name` names."""
    module, _, path = reference.partition(":")
    found: Any = importlib.import_module(module)
    for name in path.split("."):
        found = getattr(found, name)
    if not callable(found):
        raise TypeError("what is configured to say who calls cannot be called")
    return found  # type: ignore[no-any-return]


def _source(on_loop: bool) -> Callable[..., Any]:
    """The function that says who sends a request: sync or async."""
    if _AUTHENTICATE:
        return _named(_AUTHENTICATE)
    if _PRESET == "jwt":
        return _token_on_loop if on_loop else _token
    sources = {"flask-login": _flask_login, "django": _django_user}
    if _PRESET not in sources:
        raise LookupError("nothing is configured to say who calls")
    return sources[_PRESET]


def _is_async(function: Any) -> bool:
    """Whether a call gives an awaitable; Django marks views that are no `async def`."""
    while isinstance(function, functools.partial):
        function = function.func
    marked = getattr(function, "_is_coroutine", None) is not None
    call = getattr(function, "__call__", None)  # noqa: B004
    found = inspect.iscoroutinefunction
    return marked or found(function) or found(call)


class _Principal:
    """Somebody who is logged in, and a way to ask for each scope."""

    def __init__(self, holds: Callable[[str], Any]) -> None:
        self.scopes = _Held(holds)


class _Held:
    """A collection that can be asked for what it holds, and cannot be listed."""

    def __init__(self, holds: Callable[[str], Any]) -> None:
        self._holds = holds

    def __contains__(self, scope: str) -> bool:
        return self._holds(scope) is True

    def __iter__(self) -> collections.abc.Iterator[str]:
        return iter(())

    def __len__(self) -> int:
        return 0


def _logged_in(user: Any) -> bool:
    """Whether it is a user. Where `is_authenticated` is a method, that says nothing."""
    if user is None:  # DRF's UNAUTHENTICATED_USER
        return False
    answer = user.is_authenticated
    if not isinstance(answer, (bool, int)):
        raise TypeError("`is_authenticated` is neither true nor false")
    return bool(answer)


def _flask_login(_request: Any) -> Any:
    user = importlib.import_module("flask_login").current_user
    return _Principal(_no_scopes) if _logged_in(user) else None


def _no_scopes(_scope: str) -> bool:
    raise LookupError("Flask-Login knows no scopes")


def _django_user(request: Any) -> Any:
    user = request.user
    return _Principal(user.has_perm) if _logged_in(user) else None


def _token(request: Any) -> Any:
    return globals()["_bearer"](request.headers)


async def _token_on_loop(request: Any) -> Any:
    return await globals()["_bearer_on_loop"](request.headers)
