"""Splice observes itself: one span per run and one per stage, when OpenTelemetry's own variables ask for it.

`OTEL_TRACES_EXPORTER=console` or `otlp`, or an `OTEL_EXPORTER_OTLP_ENDPOINT`; needs the extra `otel`. The spans are
made after the run from the times that the stages took, so that a run which nobody watches pays nothing. Fails open.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Mapping
from typing import TYPE_CHECKING

from splice import __version__

if TYPE_CHECKING:
    from opentelemetry.sdk.trace.export import SpanExporter

    from splice.report.report import Report

_FLUSH_MILLIS = 2000  # a collector that does not answer may not hold up a gate


def wanted(environment: Mapping[str, str]) -> str:
    """Which exporter the environment asks for: "console", "otlp", or "" for none."""
    if environment.get("OTEL_SDK_DISABLED", "").lower() == "true":
        return ""
    named = environment.get("OTEL_TRACES_EXPORTER", "")
    if named in ("console", "otlp", "none"):
        return named.replace("none", "")
    endpoint = environment.get("OTEL_EXPORTER_OTLP_ENDPOINT") or environment.get("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")
    return "otlp" if endpoint else ""


def export(report: Report, seconds: Mapping[str, float], environment: Mapping[str, str]) -> None:
    """Export the spans of a finished run, if asked; what goes wrong is one line on stderr."""
    which = wanted(environment)
    if which:
        try:
            _export(report, seconds, which)
        except Exception as error:  # telemetry never changes what a run comes to
            sys.stderr.write(f"codemod: its own spans were not exported: {type(error).__name__}: {error}\n")


def _export(report: Report, seconds: Mapping[str, float], which: str) -> None:
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor
    from opentelemetry.trace import StatusCode, set_span_in_context

    resource = Resource.create({"service.name": "codemod", "service.version": __version__})
    provider = TracerProvider(resource=resource, shutdown_on_exit=False)
    processor = BatchSpanProcessor(_exporter(which))
    provider.add_span_processor(processor)
    tracer = provider.get_tracer("splice", __version__)
    end = time.time_ns()
    at = end - sum(int(spent * 1e9) for spent in seconds.values())
    attributes: dict[str, str | int] = {
        f"codemod.count.{name}": count for name, count in _flat(report.counts()).items()
    }
    attributes |= {"codemod.command": report.command, "codemod.exit_code": report.exit_code}
    run = tracer.start_span(f"codemod {report.command}", start_time=at, attributes=attributes)
    for stage, spent in seconds.items():
        child = tracer.start_span(stage, set_span_in_context(run), start_time=at)
        at += int(spent * 1e9)
        child.end(at)
    if report.exit_code > 1:
        run.set_status(StatusCode.ERROR)
    run.end(end)
    provider.force_flush(_FLUSH_MILLIS)


def _exporter(which: str) -> SpanExporter:
    if which == "console":
        from opentelemetry.sdk.trace.export import ConsoleSpanExporter

        return ConsoleSpanExporter(out=sys.stderr)
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter

    return OTLPSpanExporter(timeout=1)


def _flat(counts: Mapping[str, object], prefix: str = "") -> dict[str, int]:
    found: dict[str, int] = {}
    for name, value in counts.items():
        if isinstance(value, Mapping):
            found |= _flat(value, f"{prefix}{name}.")
        elif isinstance(value, int):
            found[f"{prefix}{name}"] = value
    return found
