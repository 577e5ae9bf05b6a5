"""Telemetry carries the instrumentation scope `splice`, with this file's codegen id as `codegen.id`.
The gauge `scaffold.info` shows which version of this file runs where.
"""

from __future__ import annotations

from typing import Any

from splice.parts.v1.switch import _log, _warn

_VERSION = "1"
_CODEGEN_ID = ""
_SPANS = True
_METRICS = True
_METRIC_NAME = "app.operation.duration"
_BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10)


def _scoped(get: Any) -> Any:
    """A tracer or a meter of our scope. Older OpenTelemetry knows no scope attributes."""
    try:
        return get("splice", _VERSION, attributes={"codegen.id": _CODEGEN_ID})
    except TypeError:
        return get("splice", _VERSION)


def _new_histogram(meter: Any) -> Any:
    """The duration metric. OpenTelemetry before 1.30 takes no advice on buckets."""
    about = {
        "unit": "s",
        "description": "How long the service's own handler or function took. This is not "
        "the request's latency: middleware, validation and serialisation are outside.",
    }
    try:
        return meter.create_histogram(
            _METRIC_NAME, explicit_bucket_boundaries_advisory=_BUCKETS, **about
        )
    except TypeError:
        return meter.create_histogram(_METRIC_NAME, **about)


def _observe_info(_options: Any) -> Any:
    labels = {"version": _VERSION, "codegen_id": _CODEGEN_ID}
    return [metrics.Observation(1, labels)]


def _has_sdk() -> bool:
    """Whether someone has set up tracing: before that, spans have nowhere to go."""
    global _sdk_seen
    if not _sdk_seen:
        provider = trace.get_tracer_provider()
        _sdk_seen = not isinstance(provider, trace.ProxyTracerProvider)
    return _sdk_seen


_sdk_seen = False
_tracer: Any = None
_histogram: Any = None
try:
    # Proxies, as long as the service has not set up its SDK: import order does not matter.
    from opentelemetry import (  # type: ignore[import-not-found,unused-ignore]
        context,
        metrics,
        propagate,
        trace,
    )

    if _SPANS:
        _tracer = _scoped(trace.get_tracer)
    if _METRICS:
        _meter = _scoped(metrics.get_meter)
        _histogram = _new_histogram(_meter)
        _meter.create_observable_gauge(
            "scaffold.info", [_observe_info], description="The scaffold in use."
        )
except ImportError:  # pragma: no cover
    _log.info("scaffold: no OpenTelemetry here, nothing is observed")
except Exception:  # pragma: no cover
    _warn("setting up OpenTelemetry")
