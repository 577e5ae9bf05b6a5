"""What switches a tool on in Python code: dotted names of functions, classes and middlewares.

Names are those that the resolver gives: `module.Class.method` for a method of an object, whatever the service
calls the object and wherever it was imported.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from splice.instrumented.tools import ERRORS, METRICS, SPANS, TOOLS

_OTEL_SERVERS = r"flask|fastapi|starlette|django|falcon|pyramid|tornado|aiohttp_server|sanic"
_OTEL_LAYERS = r"asgi|wsgi"


@dataclass(frozen=True, slots=True)
class Use:
    """A tool, what it emits used this way, and the framework that it is used on ("" for any)."""

    tool: str
    signals: tuple[str, ...]
    framework: str = ""


# (pattern of the whole dotted name, tool); the group `framework`, where there is one, is the framework.
_PATTERNS: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern), tool)
    for pattern, tool in (
        (rf"opentelemetry\.instrumentation\.(?P<framework>{_OTEL_SERVERS})\.\w+\.instrument(_app)?", "opentelemetry"),
        (rf"opentelemetry\.instrumentation\.({_OTEL_LAYERS})\.OpenTelemetryMiddleware", "opentelemetry"),
        (r"opentelemetry\.instrumentation\.auto_instrumentation(\.initialize)?", "opentelemetry"),
        (r"opentelemetry\.instrumentation\.django\.middleware\.\w+\._DjangoMiddleware", "opentelemetry"),
        (r"starlette\.middleware\.opentelemetry\.OpenTelemetryMiddleware", "opentelemetry"),
        (r"azure\.monitor\.opentelemetry\.configure_azure_monitor", "azure-monitor"),
        (r"logfire(\.\w+)?\.instrument_(?P<framework>flask|fastapi|starlette|django)", "logfire"),
        (r"logfire(\.\w+)?\.instrument_(asgi|wsgi)", "logfire"),
        (r"ddtrace\.(auto|patch_all|patch)", "ddtrace"),
        (r"ddtrace\.contrib\.(\w+\.)+(TraceMiddleware|DDWSGIMiddleware)", "ddtrace"),
        (r"ddtrace\.contrib\.(?P<framework>django)", "ddtrace"),
        (r"newrelic\.agent\.(initialize|WSGIApplicationWrapper|ASGIApplicationWrapper|wsgi_application)", "newrelic"),
        (r"newrelic\.agent\.(asgi_application|register_application)", "newrelic"),
        (r"elasticapm\.instrument", "elastic-apm"),
        (r"elasticapm\.contrib\.(?P<framework>flask|starlette|django)(\.\w+)*", "elastic-apm"),
        (r"prometheus_fastapi_instrumentator(\.\w+)*\.instrument", "prometheus"),
        (r"prometheus_flask_exporter(\.\w+)*\.\w*PrometheusMetrics(\.for_app_factory)?", "prometheus"),
        (r"starlette_(exporter|prometheus)(\.\w+)*\.PrometheusMiddleware", "prometheus"),
        (r"django_prometheus(\.middleware\.Prometheus(Before|After)Middleware)?", "prometheus"),
        (r"autometrics\.init", "autometrics"),
        (r"sentry_sdk\.init", "sentry"),
    )
)
#: Last names of calls that may be of a tool although their file does not name it: the object came from elsewhere.
METHODS = (
    *("add_middleware", "instrument", "instrument_app", "instrument_asgi", "instrument_django", "instrument_fastapi"),
    *("instrument_flask", "instrument_starlette", "instrument_wsgi", "for_app_factory"),
)
#: Arguments of `sentry_sdk.init` that turn tracing on.
TRACING = frozenset({"traces_sample_rate", "traces_sampler", "enable_tracing"})


def use_of(name: str) -> Use | None:
    """How a dotted name instruments a service, None when it does not."""
    for pattern, tool in _PATTERNS:
        if match := pattern.fullmatch(name):
            framework = match.groupdict().get("framework") or ""
            signals = (SPANS, METRICS) if tool == "opentelemetry" else TOOLS[tool].signals
            return Use(tool, signals, framework)
    return None


def sentry(tracing: bool) -> tuple[str, ...]:
    """What Sentry emits."""
    return (SPANS, ERRORS) if tracing else (ERRORS,)
