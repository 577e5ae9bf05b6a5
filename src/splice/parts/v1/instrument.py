"""`instrument(app)` hands the application object to the official OpenTelemetry instrumentor, which
opens one server span for each request. If its package is missing, a warning says so.
"""

from __future__ import annotations

import importlib
from typing import Any

from splice.parts.v1.switch import _OFF, _log, _warn

# Framework -> the instrumentor's module and class.
_INSTRUMENTORS: dict[str, tuple[str, str]] = {}


def instrument(app: Any) -> None:
    """Trace the requests of a web application, unless something does that already."""
    if "instrument" in _OFF:
        return
    try:
        layers = [layer.cls.__name__ for layer in getattr(app, "user_middleware", ())]
        if "OpenTelemetryMiddleware" in layers:
            return
        if getattr(app, "_is_instrumented_by_opentelemetry", False) is True:
            return
        for base in type(app).__mro__:
            framework = base.__module__.partition(".")[0]
            if framework in _INSTRUMENTORS:
                module, name = _INSTRUMENTORS[framework]
                instrumentor = getattr(importlib.import_module(module), name)
                instrumentor().instrument_app(app)
                return
        _log.warning("scaffold: no instrumentor is configured for %s", type(app))
    except Exception:
        _warn("instrumenting the application")
