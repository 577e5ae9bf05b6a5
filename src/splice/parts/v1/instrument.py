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
    """Trace the requests of a web application, unless something does that already.

    `instrument("django")` comes before the application is made.
    """
    if "instrument" not in _OFF:
        _safely(_instrument, app)


def _instrument(app: Any) -> None:
    if app == "django":
        _instrument_django()
        return
    layers = [layer.cls.__name__ for layer in getattr(app, "user_middleware", ())]
    already = getattr(app, "_is_instrumented_by_opentelemetry", False)
    if already is True or "OpenTelemetryMiddleware" in layers:
        return
    for base in type(app).__mro__:
        framework = base.__module__.partition(".")[0]
        if framework in _INSTRUMENTORS:
            _instrumentor(framework).instrument_app(app)
            return
    _log.warning("scaffold: no instrumentor is configured for %s", type(app))


def _instrument_django() -> None:
    """One for the process: it becomes the first of the settings' MIDDLEWARE."""
    middleware = importlib.import_module("django.conf").settings.MIDDLEWARE
    # Where there are no settings we have failed by now: it would make up empty ones.
    if not any(str(name).startswith("opentelemetry.") for name in middleware):
        _instrumentor("django").instrument()


def _instrumentor(framework: str) -> Any:
    module, name = _INSTRUMENTORS[framework]
    return getattr(importlib.import_module(module), name)()
