"""Guards ask who calls before your code runs. In `observe` mode they count their decisions and let
everybody through. In `enforce` mode they refuse: 401 when nobody is known, 403 when a scope is
missing, 503 when it cannot be told. SCAFFOLD_DISABLE does not reach them.
"""

from __future__ import annotations

import collections.abc
import datetime
import functools
from collections.abc import Callable
from typing import Any

from opentelemetry import metrics, trace

from splice.parts.v1.switch import _log, _safely
from splice.parts.v1.telemetry import _scoped

_GUARD_MODE = "observe"
_OBSERVE_UNTIL = ""

# Patterns of operations that anybody may call.
_PUBLIC: tuple[str, ...] = ()

# Operations that anybody may call, as they are. A dotted name: its routes are unknown.
_PUBLIC_OPERATIONS: tuple[str, ...] = ()

# Operations that the service guards by other means.
_GUARDED_ELSEWHERE: tuple[str, ...] = ()

# Patterns below which a library guards by itself, but for these operations.
_GUARDED_BELOW: dict[str, tuple[str, ...]] = {}

# Operations whose OPTIONS is guarded, too. Elsewhere it passes, as browsers need it.
_GUARD_OPTIONS: tuple[str, ...] = ()

_ENFORCING = _GUARD_MODE != "observe"
_METHODS = {"DELETE", "GET", "OPTIONS", "PATCH", "POST", "PUT", "TRACE", "WEBSOCKET"}

# Decision -> status and message. "allowed" has none.
_ANSWERS = {
    "unauthenticated": (401, "Authentication is required."),
    "unguarded": (401, "Authentication is required."),
    "forbidden": (403, "Access is denied."),
    "error": (503, "Authentication is not available."),
}
_CHALLENGE = {"WWW-Authenticate": "Bearer"}

# Exceptions by which a framework refuses -> where their status is.
_FLASK_REFUSALS = {"werkzeug.exceptions.HTTPException": "code"}
_ASGI_REFUSALS = {"starlette.exceptions.HTTPException": "status_code"}
_DJANGO_REFUSALS = {"django.core.exceptions.PermissionDenied": ""}
_REST_REFUSALS = {
    **_DJANGO_REFUSALS,
    "rest_framework.exceptions.APIException": "status_code",
}

_failures: set[tuple[str, str]] = set()


class _Rule:
    """What a caller needs: all of some scopes or one of them; no scopes: be known."""

    def __init__(
        self, scopes: collections.abc.Collection[str], any_of: bool = False
    ) -> None:
        if not all(isinstance(scope, str) and scope for scope in scopes):
            raise TypeError("scopes are texts: write @guarded() or @guarded('a:b')")
        if any_of and not scopes:
            raise ValueError("one of no scopes: nobody could have it")
        self.scopes = tuple(scopes)
        self.any_of = any_of

    def verdict(self, principal: Any) -> str:
        """The decision on who calls. Whatever is no principal raises."""
        if principal is None:
            return "unauthenticated"
        scopes = principal.scopes
        if not isinstance(scopes, collections.abc.Collection) or isinstance(
            scopes, (str, bytes)
        ):
            raise TypeError("`scopes` of the principal is no collection of texts")
        held = [scope in scopes for scope in self.scopes]
        return "allowed" if (any if self.any_of else all)(held) else "forbidden"


class _NoRequestError(Exception):
    """There is no request whose framework could be told to refuse."""


def _new_counter() -> Any:
    about = "What guards decided. In `observe` mode requests were served all the same."
    create = _scoped(metrics.get_meter).create_counter
    return create("guard.decisions", description=about)


def _count(operation: str, decision: str, times: int = 1) -> None:
    """Count a decision, and write it onto the span of the request."""
    if _decisions is not None:
        labels = {"operation": operation, "decision": decision}
        _safely(_decisions.add, times, labels)
    if times and "trace" in globals():
        _safely(_show_decision, decision)


def _show_decision(decision: str) -> None:
    span = trace.get_current_span()
    if span.is_recording():
        span.set_attribute("guard.decision", decision)


def _report(operation: str, exc: BaseException) -> None:
    """Say where a guard failed. What the exception says may be secret: never that."""
    place, trail = "", exc.__traceback__
    while trail is not None:
        place = f"{trail.tb_frame.f_code.co_filename}:{trail.tb_lineno}"
        trail = trail.tb_next
    kind = type(exc).__qualname__
    level = 10 if (kind, place) in _failures else 40  # DEBUG, ERROR
    _failures.add((kind, place))
    text = "scaffold: who calls %s cannot be told: %s at %s"
    _log.log(level, text, operation, kind, place or "?")


def _refusal(exc: BaseException, refusals: dict[str, str]) -> str:
    """The decision that a framework's own exception is; "error" for any other."""
    for base in type(exc).__mro__:
        field = refusals.get(f"{base.__module__}.{base.__qualname__}")
        if field is not None:
            return _meant_by(getattr(exc, field, None) if field else 403, exc)
    return "error"


def _meant_by(status: Any, answer: Any) -> str:
    """The decision that a status stands for when it is not the handler's."""
    if status is None:  # werkzeug's abort(response)
        status = getattr(getattr(answer, "response", None), "status_code", None)
    if status == 403:
        return "forbidden"
    if isinstance(status, int) and 300 <= status < 500:
        return "unauthenticated"
    return "error"


def _operation(method: str, route: str) -> str:
    """The name of what a request asks for, as metrics show it. HEAD is GET."""
    method = "GET" if method == "HEAD" else method
    return f"{method if method in _METHODS else '_OTHER'} {route}"


@functools.lru_cache(maxsize=4096)
def _listed(
    patterns: tuple[str, ...], operation: str, dotted: str = ""
) -> bool:
    """Whether one of the patterns names an operation or the function behind it."""
    return any(_fits(pattern, operation, dotted) for pattern in patterns)


def _fits(pattern: str, operation: str, dotted: str) -> bool:
    methods, blank, path = pattern.strip().partition(" ")
    if not blank:
        names = (methods.split("."), dotted.split("."))
        return bool(dotted) and _glob(*names, "**", _fits_segment)
    method, _, route = operation.partition(" ")
    if not {"*", method} & set(methods.upper().split("|")):
        return False
    return _glob(path.strip().split("/"), route.split("/"), "**", _fits_segment)


def _fits_segment(pattern: str, segment: str) -> bool:
    return _glob(pattern, segment, "*", str.__eq__)


def _glob(
    pattern: collections.abc.Sequence[str],
    subject: collections.abc.Sequence[str],
    star: str,
    same: Callable[[str, str], bool],
) -> bool:
    """Match a pattern whose `star` takes any number of elements, also none."""
    at, here, mark, resume = 0, 0, -1, 0
    while here < len(subject):
        if at < len(pattern) and pattern[at] == star:
            mark, resume, at = at, here, at + 1
        elif at < len(pattern) and same(pattern[at], subject[here]):
            at, here = at + 1, here + 1
        elif mark >= 0:
            resume += 1
            at, here = mark + 1, resume
        else:
            return False
    return all(rest == star for rest in pattern[at:])


def _warn_when_over() -> None:
    today = datetime.date.today().isoformat()
    if not _ENFORCING and _OBSERVE_UNTIL and today > _OBSERVE_UNTIL:
        _log.warning("scaffold: guards only observe, until %s at most", _OBSERVE_UNTIL)


_safely(_warn_when_over)
_decisions: Any = _safely(_new_counter) if "metrics" in globals() else None
