"""Serves one service's requests in this process, with the real SDK and exporters in memory.

Reads what to do as JSON from standard input, prints answers, spans and metric points as one line of JSON.
"""

from __future__ import annotations

import gc
import importlib
import json
import sys
from typing import Any

from opentelemetry import metrics, trace
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter


def load(name: str) -> Any:
    """`module:name`, called without arguments when `()` stands after it."""
    module, _, attribute = name.partition(":")
    found = getattr(importlib.import_module(module), attribute.removesuffix("()"))
    return found() if attribute.endswith("()") else found


def span_as_dict(span: ReadableSpan) -> dict[str, Any]:
    scope = span.instrumentation_scope
    return {
        "name": span.name,
        "kind": span.kind.name,
        "status": span.status.status_code.name,
        "description": span.status.description or "",
        "scope": scope.name if scope else "",
        "codegen_id": str((scope.attributes or {}).get("codegen.id", "")) if scope else "",
        "attributes": dict(span.attributes or {}),
        "events": [event.name for event in span.events],
        "remote_parent": f"{span.parent.span_id:016x}" if span.parent and span.parent.is_remote else "",
    }


def asgi(client: Any, request: dict[str, Any]) -> tuple[int, str]:
    if request["method"] == "WEBSOCKET":
        heard = []
        with client.websocket_connect(request["path"], headers=request["headers"]) as socket:
            for message in request["body"]:
                socket.send_text(message)
                heard.append(socket.receive_text())
        return 101, "\n".join(heard)
    files = {name: (name, text.encode(), "image/png") for name, text in request["files"].items()}
    response = client.request(
        request["method"], request["path"], json=request["body"], headers=request["headers"], files=files or None
    )
    return response.status_code, response.text


def wsgi(client: Any, request: dict[str, Any]) -> tuple[int, str]:
    with client.open(
        request["path"], method=request["method"], json=request["body"], headers=request["headers"]
    ) as response:
        return response.status_code, response.get_data(as_text=True)


def django(client: Any, request: dict[str, Any]) -> tuple[int, str]:
    """Through Django's WSGI application, as a server calls it."""
    body = None if request["body"] is None else json.dumps(request["body"])
    response = client.open(
        request["path"],
        method=request["method"],
        data=body,
        content_type="application/json",
        headers=request["headers"],
    )
    with response:
        try:
            return response.status_code, response.get_data(as_text=True)
        except OSError as error:
            return response.status_code, type(error).__name__


def main() -> None:
    told = json.load(sys.stdin)
    exporter, reader = InMemorySpanExporter(), InMemoryMetricReader()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    trace.set_tracer_provider(provider)
    metrics.set_meter_provider(MeterProvider([reader]))

    exec(told["before"])
    app = load(told["app"])
    answers: list[dict[str, Any]] = []

    def ask_all(client: Any, ask: Any) -> None:
        for request in told["requests"]:
            status, body = ask(client, request)
            gc.collect()
            answers.append(
                {"status": status, "body": body, "spans": [span_as_dict(s) for s in exporter.get_finished_spans()]}
            )
            exporter.clear()

    if hasattr(app, "wsgi_app"):
        if told["setup"]:
            with app.app_context():
                load(told["setup"])
        ask_all(app.test_client(), wsgi)
    elif type(app).__name__ == "WSGIHandler":
        from werkzeug.test import Client

        ask_all(Client(app, use_cookies=False), django)
    elif type(app).__name__ == "ASGIHandler":
        from starlette.testclient import TestClient

        # no `with`: Django knows no lifespan
        ask_all(TestClient(app, raise_server_exceptions=False, follow_redirects=False), asgi)
    else:
        from starlette.testclient import TestClient

        with TestClient(app, raise_server_exceptions=False) as client:
            ask_all(client, asgi)

    data = reader.get_metrics_data()
    scopes = [scope for resource in data.resource_metrics for scope in resource.scope_metrics] if data else []
    found = [metric for scope in scopes for metric in scope.metrics if metric.name == "app.operation.duration"]
    points = [{"labels": dict(p.attributes), "count": p.count} for metric in found for p in metric.data.data_points]
    print(json.dumps({"answers": answers, "points": points}))


if __name__ == "__main__":
    main()
