"""What the demo asks of the service, and what must hold of the spans and metrics that come back.

Every claim is checked and said; the first that does not hold raises DemoFailed.
"""

from __future__ import annotations

import ast
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import demo_show as show

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
EXPLAINED = "GET /orders/{order_id}"
DURATION = "app.operation.duration"


class DemoFailed(Exception):
    """Something that the demo promises did not hold."""


@dataclass(frozen=True)
class Request:
    """One HTTP request, the status that the service gives, and the operation that Splice must call it."""

    method: str
    path: str
    status: int
    operation: str
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)


KEY = {"X-API-Key": "dev"}
REQUESTS = (
    Request("PUT", "/products/mug", 200, "PUT /products/{sku}", {"cents": 1250, "stock": 9}, KEY),
    Request("POST", "/customers/", 201, "POST /customers/", {"name": "Ada", "email": "ada@example.org"}, KEY),
    Request("POST", "/orders", 201, "POST /orders", {"customer_id": 1, "lines": [{"sku": "mug", "quantity": 2}]}, KEY),
    Request("GET", "/orders/1", 200, EXPLAINED, headers={"traceparent": f"00-{TRACE}-00f067aa0ba902b7-01"}),
    Request("GET", "/orders/404", 404, EXPLAINED),
    Request("POST", "/orders", 422, "POST /orders", {"customer_id": "Ada"}, KEY),
    Request("PATCH", "/orders/1", 200, "PATCH|PUT /orders/{order_id}", {"note": "a gift"}, KEY),
    Request("GET", "/orders/export.csv", 200, "GET /orders/export.csv"),
    Request("GET", "/orders/1/total?currency=EUR", 502, "GET /orders/{order_id}/total"),
    Request(
        "GET", "/admin/reports/top/3", 200, "GET /admin/reports/top/{count}", headers={"Authorization": "Bearer dev"}
    ),
    Request("GET", "/livez", 200, "orders.app.create_app.health"),
)


def expect(held: bool, claim: str, seen: object = "") -> None:
    """Say that a claim held, or raise DemoFailed with what was seen instead."""
    if not held:
        raise DemoFailed(f"this does not hold: {claim}" + (f"\n  seen: {seen}" if seen != "" else ""))
    show.passed(claim)


def check_spans(spans: list[dict[str, Any]]) -> str:
    """Show and check the traces; returns the codegen id that the spans' scope carries."""
    show.heading("6. Traces")
    show.spans(spans)
    print()
    names = Counter(span["name"] for span in spans)
    wanted = Counter(request.operation for request in REQUESTS)
    expect(names == wanted, "one span per request, named after the route's template, never the raw path", dict(names))
    failing = {span["name"] for span in spans if "error.type" in span["attributes"] or span["status"] == "ERROR"}
    server_errors = {request.operation for request in REQUESTS if request.status >= 500}
    expect(failing == server_errors, "the 502 is an error; the 404 and the 422 are answers", failing)
    traced = {span["name"] for span in spans if span["trace_id"] == TRACE}
    expect(traced == {EXPLAINED}, "the request with a traceparent is part of its caller's trace", traced)
    routes = {span["attributes"].get("http.route") for span in spans if span["name"] == EXPLAINED}
    expect(routes == {"/orders/<int:order_id>"}, "http.route keeps Flask's own spelling", routes)
    ids = {(span["scope"].get("name"), span["scope"].get("attributes", {}).get("codegen.id")) for span in spans}
    expect(len(ids) == 1 and all(map(all, ids)), "every span's scope names the generation that made it", ids)
    scope, codegen_id = ids.pop()
    print(f"   scope {scope}, codegen.id {codegen_id}")
    return str(codegen_id)


def literals(root: Path) -> set[str]:
    """The operations that stand as literals in calls of `observed` in the service's source."""
    found: set[str] = set()
    for path in sorted((root / "orders").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_bytes())):
            if isinstance(node, ast.Call) and ast.unparse(node.func).endswith("observed"):
                values = [arg.value for arg in node.args if isinstance(arg, ast.Constant)]
                found |= {value for value in values if isinstance(value, str)}
    return found


def check_metrics(root: Path, data: dict[str, Any], codegen_id: str) -> None:
    """Show and check the metrics: what was counted, and that every label is static."""
    show.heading("7. Metrics")
    points: dict[str, list[dict[str, Any]]] = {}
    for resource in data.get("resource_metrics", ()):
        for scope in resource["scope_metrics"]:
            for metric in scope["metrics"]:
                points.setdefault(metric["name"], []).extend(metric["data"]["data_points"])
    durations = sorted(points.get(DURATION, ()), key=lambda point: sorted(point["attributes"].items()))
    show.durations(f"{DURATION}  histogram", durations)
    show.gauge("scaffold.info  gauge", points.get("scaffold.info", []))
    print()
    counted: Counter[str] = Counter()
    for point in durations:
        counted[point["attributes"].get("operation", "")] += point["count"]
    expect(counted == Counter(r.operation for r in REQUESTS), "every request is counted once", dict(counted))
    labels = {key for point in durations for key in point["attributes"]}
    expect(labels == {"operation", "error.type"}, "the labels are operation, and error.type on errors", labels)
    expect(counted.keys() <= literals(root), "every operation is a literal in the service's source")
    errors = {point["attributes"]["operation"] for point in durations if "error.type" in point["attributes"]}
    expect(errors == {r.operation for r in REQUESTS if r.status >= 500}, "only the 502 counts as an error", errors)
    info = [point["attributes"] for point in points.get("scaffold.info", ())]
    expect([each.get("codegen_id") for each in info] == [codegen_id], "scaffold.info shows what runs here", info)
