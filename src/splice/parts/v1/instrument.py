"""`instrument(app)` hands the application object to the official OpenTelemetry instrumentor, which
opens one server span for each request. If its package is missing, a warning says so.
"""

from __future__ import annotations

import importlib
from typing import Any

from splice.parts.v1.switch import _OFF, _log, _safely

# Framework -> the instrumentor's module and class.
_INSTRUMENTORS: dict[str, tuple[str, str]] = {}


def instrument(app: Any) -> None:
    """Trace the requests of a web application, unless something does that already."""
    if "instrument" not in _OFF:
        _safely(_instrument, app)


def _instrument(app: Any) -> None:
    layers = [layer.cls.__name__ for layer in getattr(app, "user_middleware", ())]
    already = getattr(app, "_is_instrumented_by_opentelemetry", False)
    if already is True or "OpenTelemetryMiddleware" in layers:
        return
    for base in type(app).__mro__:
        framework = base.__module__.partition(".")[0]
        if framework in _INSTRUMENTORS:
            module, name = _INSTRUMENTORS[framework]
            getattr(importlib.import_module(module), name)().instrument_app(app)
            return
    _log.warning("scaffold: no instrumentor is configured for %s", type(app))
