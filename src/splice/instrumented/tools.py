"""The tools that instrument Python services, and what Splice does about each.

What matters is where a tool's spans end up: among OpenTelemetry's (then `observed` writes onto its server span),
in a trace of its own, or nowhere, because it only measures.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Kind = Literal["native", "code", "entry-point", "dependency"]
Place = tuple[str, int]  # file and line
SPANS, METRICS, ERRORS = "spans", "metrics", "errors"


@dataclass(frozen=True, slots=True)
class Tool:
    """One tool. `title` is its name for people; `spans` says whose spans its own are.

    `packages`: distributions whose declaration means that somebody wants it, though not that it is switched on.
    """

    title: str
    spans: Literal["opentelemetry", "bridged", "apart", "none"]
    signals: tuple[str, ...]
    packages: tuple[str, ...] = ()
    words: tuple[bytes, ...] = ()  # a file that holds none of these does not use it


TOOLS: dict[str, Tool] = {
    "autometrics": Tool("autometrics", "none", (METRICS,), ("autometrics",), (b"autometrics",)),
    "azure-monitor": Tool(
        "Azure Monitor's OpenTelemetry distribution",
        "opentelemetry",
        (SPANS, METRICS),
        ("azure-monitor-opentelemetry",),
        (b"azure.monitor",),
    ),
    "ddtrace": Tool("ddtrace", "bridged", (SPANS,), ("ddtrace",), (b"ddtrace",)),
    "elastic-apm": Tool("Elastic APM", "apart", (SPANS, METRICS, ERRORS), ("elastic-apm",), (b"elasticapm",)),
    "fastapi": Tool("FastAPI itself", "opentelemetry", (SPANS, METRICS)),
    "logfire": Tool("logfire", "opentelemetry", (SPANS, METRICS), ("logfire",), (b"logfire",)),
    "newrelic": Tool("New Relic", "apart", (SPANS, METRICS, ERRORS), ("newrelic",), (b"newrelic",)),
    "opentelemetry": Tool(
        "OpenTelemetry",
        "opentelemetry",
        (SPANS, METRICS),
        (
            *("opentelemetry-distro", "splunk-opentelemetry"),
            *(f"opentelemetry-instrumentation-{name}" for name in ("asgi", "wsgi", "django", "fastapi", "flask")),
            "opentelemetry-instrumentation-starlette",
        ),
        (b"opentelemetry",),
    ),
    "prometheus": Tool(
        "a Prometheus instrumentator",
        "none",
        (METRICS,),
        (
            *("prometheus-fastapi-instrumentator", "prometheus-flask-exporter", "starlette-exporter"),
            *("django-prometheus", "starlette-prometheus"),
        ),
        (b"prometheus_", b"_prometheus", b"starlette_exporter"),
    ),
    "sentry": Tool("Sentry", "apart", (ERRORS,), ("sentry-sdk",), (b"sentry_sdk",)),
}


@dataclass(frozen=True, slots=True)
class Instrumentation:
    """One thing that instruments the service, or may: where it is switched on, and how that is written.

    `frameworks` and `apps` narrow down what it instruments: those frameworks, the app objects made at those places;
    empty means all. A `folder` means the services below it, where there are any.
    """

    tool: str
    kind: Kind
    file: str
    line: int
    how: str  # `FlaskInstrumentor().instrument_app`, `opentelemetry-instrument`
    signals: tuple[str, ...]
    frameworks: tuple[str, ...] = ()
    apps: tuple[Place, ...] = ()
    in_use: bool = True  # False: declared, or possible, and not seen in use

    @property
    def makes_server_spans(self) -> bool:
        """Whether a request has a span, in anybody's trace, before it reaches a handler."""
        return self.in_use and SPANS in self.signals

    @property
    def instruments_apps(self) -> bool:
        """Whether OpenTelemetry's own instrumentor would be a second one in the same trace."""
        return self.makes_server_spans and TOOLS[self.tool].spans in ("opentelemetry", "bridged")

    def action(self, mode: str) -> str:
        """What Splice does about it, in one sentence. `mode`: how spans are made (`spans.mode`)."""
        if not self.in_use:
            return _UNUSED[self.kind]
        if self.kind == "native":
            return _NATIVE
        kind = TOOLS[self.tool].spans if SPANS in self.signals else "errors" if METRICS not in self.signals else "none"
        return (_CHILD if mode == "child" else _ACTIONS).get(kind, _ACTIONS[kind])

    def as_json(self, mode: str) -> dict[str, object]:
        """The row of the versioned schema."""
        return {
            "tool": self.tool,
            "kind": self.kind,
            "file": self.file,
            "line": self.line,
            "how": self.how,
            "signals": list(self.signals),
            "in_use": self.in_use,
            "action": self.action(mode),
        }


_ACTIONS = {
    "opentelemetry": "`observed` enriches its server span, and `instrument` leaves its apps alone",
    "bridged": (
        "`instrument` leaves its apps alone; `observed` joins its trace with DD_TRACE_OTEL_ENABLED=true,"
        " one span below its own, and is silent without, unless an OpenTelemetry SDK is set up"
    ),
    "apart": "its spans are a trace of its own, which `observed` and `instrument` neither join nor disturb",
    "none": "it keeps its own metrics of requests, and `observed` measures the time in handlers beside them",
    "errors": "it reports errors and traces nothing: `observed` and `instrument` work as if it was not there",
}
_NATIVE = "`observed` enriches its span of the endpoint, and `instrument` leaves its apps alone"
_CHILD = {"opentelemetry": "`observed` adds a child to its server span, and `instrument` leaves its apps alone"}
_UNUSED = {
    "dependency": "declared, not seen in use: nothing depends on it",
    "native": "from 0.142 on FastAPI traces requests itself: where that is installed, `observed` enriches its span",
}
