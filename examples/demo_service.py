"""Serve a copy of examples/orders with a real OpenTelemetry SDK, and hand over what it exported.

`python demo_service.py FOLDER`: prints `{"port": N}`, serves on 127.0.0.1 until its standard input ends, then prints
spans and metrics as one line of JSON. demo.py drives it; the exporters are in memory, the rest is as in production.
"""

from __future__ import annotations

import importlib
import json
import sys
import threading
from typing import Any

from opentelemetry import metrics, trace
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from werkzeug.serving import make_server


def span_as_dict(span: ReadableSpan) -> dict[str, Any]:
    """What the demo shows of a span; ids as hex, times in nanoseconds."""
    scope = span.instrumentation_scope
    return {
        "name": span.name,
        "kind": span.kind.name,
        "trace_id": f"{span.context.trace_id:032x}",
        "span_id": f"{span.context.span_id:016x}",
        "parent_id": f"{span.parent.span_id:016x}" if span.parent else "",
        "remote_parent": bool(span.parent and span.parent.is_remote),
        "start": span.start_time,
        "end": span.end_time,
        "status": span.status.status_code.name,
        "attributes": dict(span.attributes or {}),
        "events": [{"name": event.name, "attributes": dict(event.attributes or {})} for event in span.events],
        "scope": {"name": scope.name, "attributes": dict(scope.attributes or {})} if scope else {},
    }


def main(folder: str) -> None:
    # The providers come first: the scaffold takes its tracer and meter when the service imports it.
    resource = Resource.create({"service.name": "orders"})
    exporter = InMemorySpanExporter()
    tracers = TracerProvider(resource=resource)
    tracers.add_span_processor(SimpleSpanProcessor(exporter))
    trace.set_tracer_provider(tracers)
    reader = InMemoryMetricReader()
    metrics.set_meter_provider(MeterProvider(metric_readers=[reader], resource=resource))

    sys.path.insert(0, folder)
    app = importlib.import_module("orders").create_app()
    with app.app_context():
        importlib.import_module("orders.db").init_db()
    server = make_server("127.0.0.1", 0, app)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    print(json.dumps({"port": server.server_port}), flush=True)

    sys.stdin.read()
    server.shutdown()
    thread.join()
    data = reader.get_metrics_data()
    telemetry = {
        "spans": [span_as_dict(span) for span in exporter.get_finished_spans()],
        "metrics": json.loads(data.to_json()) if data else {},
    }
    print(json.dumps(telemetry), flush=True)


if __name__ == "__main__":
    main(sys.argv[1])
