"""Telemetry has the instrumentation scope `splice`, with `codegen.id` as an attribute of the scope.
The gauge `scaffold.info` shows which version of this file runs where. Instruments are made at
import: OpenTelemetry hands out proxies until the service sets up its SDK.
"""

from __future__ import annotations

from typing import Any

from splice.parts.v1.switch import _log, _safely

_VERSION = "1"
_CODEGEN_ID = ""
_SPANS = True
_METRICS = True
_METRIC_NAME = "app.operation.duration"
_BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10)

try:
    from opentelemetry import context, metrics, propagate, trace
except Exception:  # pragma: no cover
    _log.info("scaffold: no usable OpenTelemetry, nothing is observed", exc_info=True)
    _SPANS = _METRICS = False


def _scoped(get: Any) -> Any:
    """A tracer or a meter of our scope; old OpenTelemetry knows no scope attributes."""
    try:
        return get("splice", _VERSION, attributes={"codegen.id": _CODEGEN_ID})
    except TypeError:
        return get("splice", _VERSION)


def _new_tracer() -> Any:
    """The tracer, once it is known where a context keeps its span."""
    global _SPAN
    (_SPAN,) = trace.set_span_in_context(trace.INVALID_SPAN, context.Context())
    return _scoped(trace.get_tracer)


def _new_histogram() -> Any:
    """The duration metric; OpenTelemetry before 1.30 takes no advice on its buckets."""
    create = _scoped(metrics.get_meter).create_histogram
    about = (
        "Time spent in the service's own handler or function. It is not the latency of "
        "the request: middleware, validation and serialisation are outside."
    )
    advice = {"explicit_bucket_boundaries_advisory": _BUCKETS}
    try:
        return create(_METRIC_NAME, "s", about, **advice)
    except TypeError:
        return create(_METRIC_NAME, "s", about)


def _show_info() -> None:
    labels = {"version": _VERSION, "codegen_id": _CODEGEN_ID}
    _scoped(metrics.get_meter).create_observable_gauge(
        "scaffold.info",
        [lambda _options: [metrics.Observation(1, labels)]],
        description="Which scaffold runs here.",
    )


def _has_sdk() -> bool:
    """OpenTelemetry has no question for that; without these names we say yes."""
    internal = getattr(metrics, "_internal", None)
    return (
        getattr(trace, "_TRACER_PROVIDER", True) is not None
        or getattr(internal, "_METER_PROVIDER", True) is not None
    )


def _idle() -> bool:
    """Whether no SDK has been set up so far: then there is nobody to tell."""
    global _live, _tracer
    if not _live and _has_sdk():
        _live = True
        _tracer = _tracer and _safely(_new_tracer)  # so far it was a proxy
    return not _live


_SPAN = ""  # the key of the span in a context
_tracer: Any = _safely(_new_tracer) if _SPANS else None
_live = (_SPANS or _METRICS) and _has_sdk()
_histogram: Any = _safely(_new_histogram) if _METRICS else None
if _METRICS:  # pragma: no cover
    _safely(_show_info)
