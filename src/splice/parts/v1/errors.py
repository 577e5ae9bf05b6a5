"""What counts as an error: an exception that does not end in a response below 500, or a returned
status of 500 and above. `error.type` is then the status or the exception's class, and nothing else
of the exception leaves the process unless `record-messages` is configured.
"""

from __future__ import annotations

import functools
import inspect
import sys
import threading
from collections.abc import Callable
from typing import Any

_MAX_ERROR_TYPES = 16  # distinct values of the label `error.type` in one process
_RECORD_MESSAGES = False

# What the service's registered exception handlers answer (0: not a constant).
_MAPPED: dict[str, int] = {}

# Exceptions that carry their status, and exceptions that are no failure at all.
_STATUS_FIELDS = {
    "starlette.exceptions.HTTPException": "status_code",
    "werkzeug.exceptions.HTTPException": "code",
}
_NO_ERRORS = {
    "celery.exceptions.Ignore",
    "celery.exceptions.Reject",
    "celery.exceptions.Retry",
    "starlette.exceptions.WebSocketException",
    "starlette.websockets.WebSocketDisconnect",
}
_FRAMEWORKS = {"django", "fastapi", "flask", "sse_starlette", "starlette", "werkzeug"}

_error_types: set[str] = set()
_error_types_lock = threading.Lock()


def _bounded(error_type: str) -> str:
    """`error_type`, or `_OTHER` once a process has met too many of them."""
    if error_type not in _error_types:
        with _error_types_lock:
            if len(_error_types) >= _MAX_ERROR_TYPES:
                return "_OTHER"
            _error_types.add(error_type)
    return error_type


def _error_of(exc: BaseException) -> str:
    """The `error.type` of an exception, "" if it is none: cancelled, or answered below 500."""
    if not isinstance(exc, Exception):
        return ""  # asyncio.CancelledError, GeneratorExit, KeyboardInterrupt, SystemExit
    cls = type(exc)
    for base in cls.__mro__:
        name = f"{base.__module__}.{base.__qualname__}"
        if name in _MAPPED and _MAPPED[name] < 500 or name in _NO_ERRORS:
            return ""
        if name in _MAPPED:
            break
        if name in _STATUS_FIELDS:
            status = getattr(exc, _STATUS_FIELDS[name], None)
            if status is None:  # werkzeug's abort(response)
                status = getattr(getattr(exc, "response", None), "status_code", None)
            if isinstance(status, int):
                return _bounded(str(int(status))) if status >= 500 else ""
    if cls.__module__ == "builtins":
        return _bounded(cls.__qualname__)
    return _bounded(f"{cls.__module__}.{cls.__qualname__}")


@functools.lru_cache(maxsize=512)
def _framework(cls: type) -> str:
    """The web framework that a class belongs to or derives from, "" for all others."""
    for base in cls.__mro__:
        package = str(base.__module__).partition(".")[0]
        if package in _FRAMEWORKS:
            return package
    return ""


def _error_in(result: Any, function: Callable[..., Any]) -> str:
    """The `error.type` of what a function returned: its status if that is 500 or above."""
    body, status = result, None
    if type(result) is tuple and 2 <= len(result) <= 3:
        body, status = result[:2]  # Flask: body, status / body, headers / all three
        if isinstance(status, str) and status[:3].isdigit():
            status = int(status[:3])
        if isinstance(status, int) and status >= 500 and not _is_flask_view(function):
            return ""  # a pair of numbers, no response
    if not isinstance(status, int) and _framework(type(body)):
        status = getattr(body, "status_code", None)
    if isinstance(status, int) and status >= 500:
        return _bounded(str(int(status)))
    return ""


def _is_flask_view(function: Callable[..., Any]) -> bool:
    """Whether Flask is calling this very function to answer the current request."""
    flask = sys.modules.get("flask")
    if flask is None or not flask.has_request_context():
        return False
    view: Any = flask.current_app.view_functions.get(flask.request.endpoint)
    view = getattr(getattr(view, "view_class", None), function.__name__, view)
    return inspect.unwrap(view) is inspect.unwrap(function)
