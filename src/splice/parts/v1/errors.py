"""An error is an exception that does not end in a response below 500, or a returned status of 500
and above. Its `error.type` is that status or the exception's class; nothing else of an exception
leaves the process, unless messages are asked for in the configuration.
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
    "rest_framework.exceptions.APIException": "status_code",
    "starlette.exceptions.HTTPException": "status_code",
    "werkzeug.exceptions.HTTPException": "code",
}
_NO_ERRORS = {
    "celery.exceptions.Ignore",
    "celery.exceptions.Reject",
    "celery.exceptions.Retry",
    "django.core.exceptions.BadRequest",
    "django.core.exceptions.PermissionDenied",
    "django.core.exceptions.SuspiciousOperation",
    "django.http.multipartparser.MultiPartParserError",
    "django.http.response.Http404",
    "starlette.exceptions.WebSocketException",
    "starlette.websockets.WebSocketDisconnect",
}
_FRAMEWORKS = {
    "django",
    "fastapi",
    "flask",
    "rest_framework",
    "sse_starlette",
    "starlette",
    "werkzeug",
}
_PLAIN = {bool, bytes, dict, float, int, list, str, type(None)}

_error_types: set[str] = set()
_error_types_lock = threading.Lock()


def _bounded(error_type: str) -> str:
    """`error_type`, or `_OTHER` once the process has met too many of them."""
    if error_type not in _error_types:
        with _error_types_lock:
            if len(_error_types) >= _MAX_ERROR_TYPES:
                return "_OTHER"
            _error_types.add(error_type)
    return error_type


def _raised(exc: BaseException) -> str:
    """The `error.type` of an exception: "" if cancelled, or answered below 500."""
    if not isinstance(exc, Exception):
        return ""  # asyncio.CancelledError, GeneratorExit, KeyboardInterrupt, ...
    for base in type(exc).__mro__:
        name = f"{base.__module__}.{base.__qualname__}"
        answer = _MAPPED.get(name)
        if name in _STATUS_FIELDS and not answer:
            status = getattr(exc, _STATUS_FIELDS[name], None)
            if status is None:  # werkzeug's abort(response)
                status = getattr(getattr(exc, "response", None), "status_code", None)
            if isinstance(status, int):
                return _bounded(str(int(status))) if status >= 500 else ""
        if answer == 0 and base is Exception:
            break  # a handler for whatever happens reports failures
        if name in _NO_ERRORS or (answer is not None and answer < 500):
            return ""
        if answer is not None:
            break
    cls = type(exc)
    prefix = "" if cls.__module__ == "builtins" else f"{cls.__module__}."
    return _bounded(prefix + cls.__qualname__)


def _returned(result: Any, function: Callable[..., Any]) -> str:
    """The `error.type` of a result: its status, if that is 500 or above."""
    body, status = result, None
    if type(result) is tuple and 2 <= len(result) <= 3:
        body, status = result[:2]  # Flask: body, status / body, headers / all three
        if isinstance(status, str) and status[:3].isdigit():
            status = int(status[:3])
        if isinstance(status, int) and status >= 500 and not _is_flask_view(function):
            return ""  # a pair of numbers, no response
    if not isinstance(status, int) and _framework(body):
        status = getattr(body, "status_code", None)
    if isinstance(status, int) and status >= 500:
        return _bounded(str(int(status)))
    return ""


def _is_flask_view(function: Callable[..., Any]) -> bool:
    """Whether Flask has called this very function to answer the current request."""
    flask = sys.modules.get("flask")
    if flask is None or not flask.has_request_context():
        return False
    view: Any = flask.current_app.view_functions.get(flask.request.endpoint)
    view = getattr(getattr(view, "view_class", None), function.__name__, view)
    return inspect.unwrap(view) is inspect.unwrap(function)


def _framework(value: Any) -> str:
    """The web framework whose class this is an instance of, or ""."""
    cls: Any = type(value)
    return "" if cls in _PLAIN else _framework_of(cls)


@functools.lru_cache(maxsize=512)
def _framework_of(cls: type) -> str:
    packages = [str(base.__module__).partition(".")[0] for base in cls.__mro__]
    return next((name for name in packages if name in _FRAMEWORKS), "")
