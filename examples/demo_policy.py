"""The second half of the demo: who may call what, and an upstream that fails twice, by the policy of examples/orders.

The same service, served for real; every claim is checked and said.
"""

from __future__ import annotations

import contextlib
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import demo_show as show
from demo_checks import KEY, Request, expect

GUEST = {"Authorization": "Bearer dev-guest"}
CALLER = {"Authorization": "Bearer dev"}
ORDER = {"customer_id": 1, "lines": [{"sku": "mug", "quantity": 2}]}
READ = "GET /orders/{order_id}"
TOTAL = "GET /orders/{order_id}/total"
FAILURES = 2  # of the upstream, before it answers
GUARDED = (
    Request("PUT", "/products/mug", 200, "", {"cents": 1250, "stock": 9}, KEY),
    Request("POST", "/customers/", 201, "", {"name": "Ada", "email": "ada@example.org"}, KEY),
    Request("POST", "/orders", 201, "", ORDER, KEY),
    Request("GET", "/orders/1", 401, READ),
    Request("GET", "/orders/1", 403, READ, headers=GUEST),
    Request("GET", "/orders/1", 200, READ, headers=CALLER),
    Request("GET", "/healthz", 200, ""),
    Request("GET", "/orders/1/total?currency=EUR", 200, TOTAL, headers=CALLER),
)


class _Rates(BaseHTTPRequestHandler):
    """Overloaded for the first requests, then an answer."""

    def do_GET(self) -> None:
        server: Any = self.server
        server.asked += 1
        fails = server.asked <= FAILURES
        body = b"busy" if fails else json.dumps({"rates": {"EUR": 0.9}}).encode()
        self.send_response(503 if fails else 200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        return None


@contextlib.contextmanager
def flaky_rates() -> Iterator[Any]:
    """A rates service on the loopback that says 503 twice; `asked` counts what arrives."""
    server: Any = ThreadingHTTPServer(("127.0.0.1", 0), _Rates)
    server.asked = 0
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()


def check(telemetry: dict[str, Any], asked: int) -> None:
    """Show the traces of what was refused, let through and repeated, and check them."""
    spans = [span for span in telemetry["spans"] if span["name"] in (READ, TOTAL)]
    show.spans(spans)
    print()
    decisions = [span["attributes"].get("guard.decision") for span in spans if span["name"] == READ]
    expect(sorted(map(str, decisions)) == ["allowed", "forbidden", "unauthenticated"], "each decision is on its span")
    (total,) = (span for span in spans if span["name"] == TOTAL)
    attempts = [event for event in total["events"] if event["name"] == "retry.attempt"]
    expect(asked == FAILURES + 1, "the upstream failed twice, and was asked a third time", asked)
    expect(len(attempts) >= FAILURES, "each attempt is an event of the span", total["events"])
    counted: dict[tuple[str, str], int] = {}
    for resource in telemetry["metrics"].get("resource_metrics", ()):
        for metric in (m for scope in resource["scope_metrics"] for m in scope["metrics"]):
            for point in metric["data"]["data_points"] if metric["name"] == "guard.decisions" else ():
                counted[point["attributes"]["operation"], point["attributes"]["decision"]] = point["value"]
    expect(counted.get((READ, "unauthenticated")) == 1, "guard.decisions counts them by operation", counted)
