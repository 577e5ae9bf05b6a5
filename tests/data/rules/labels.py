"""Labels of metrics: closed sets, and what a client chooses."""

import uuid
from typing import Literal

from fastapi import FastAPI
from flask import Flask, request
from opentelemetry import metrics
from prometheus_client import Counter

app = Flask(__name__)
api = FastAPI()
meter = metrics.get_meter(__name__)
calls = meter.create_counter("calls")
duration = meter.create_histogram("duration", unit="s")
size = meter.create_gauge("size")
hits = Counter("hits", "Hits", ["path"])
STATUSES = ("new", "paid")


def by_request():
    # ruleid: metrics-label-from-request
    duration.record(0.2, {"path": request.path})
    # ruleid: metrics-label-from-request
    calls.add(1, {"kind": "order", "agent": request.headers.get("User-Agent", "")})
    # ruleid: metrics-label-from-request
    calls.add(1, attributes={"tenant": request.args["tenant"]})
    # ruleid: metrics-label-from-request
    size.set(3, attributes={"tenant": request.json["tenant"]})
    # ruleid: metrics-label-from-request
    hits.labels(request.path).inc()
    # ruleid: metrics-label-from-request
    hits.labels(path=request.full_path).inc()
    tenant = request.cookies.get("tenant")
    labels = {"tenant": tenant}
    # ruleid: metrics-label-from-request
    duration.record(0.2, labels)
    # ruleid: metrics-label-from-request
    duration.record(0.2, {request.args["key"]: 1})


@app.get("/orders/<order_id>")
# ruleid: spans-handler-not-observed, metrics-handler-not-observed
def by_parameter(order_id):
    # ruleid: metrics-label-from-request
    calls.add(1, {"order": order_id})
    return {}


@api.get("/users/{user_id}")
# ruleid: spans-handler-not-observed, metrics-handler-not-observed
async def by_typed_parameter(user_id: int, page: int = 1, kind: Literal["a", "b"] = "a"):
    # ruleid: metrics-label-from-request
    calls.add(1, {"user": user_id})
    # ruleid: metrics-label-from-request
    calls.add(1, {"page": str(page)})
    # ok: metrics-label-from-request
    calls.add(1, {"kind": kind})
    # ok: metrics-label-from-request
    calls.add(page, {"kind": "order"})


def put_together(worker, status):
    # ruleid: metrics-label-from-request
    calls.add(1, {"worker": f"worker-{worker}"})
    # ruleid: metrics-label-from-request
    calls.add(1, {"worker": "worker-{}".format(worker)})
    # ruleid: metrics-label-from-request
    calls.add(1, {"worker": "worker-%s" % worker})
    # ruleid: metrics-label-from-request
    calls.add(1, {"id": uuid.uuid4()})
    try:
        work(worker)
    except ValueError as error:
        # ruleid: metrics-label-from-request
        calls.add(1, {"message": str(error)})
        # ok: metrics-label-from-request
        calls.add(1, {"error.type": type(error).__name__})
    # ok: metrics-label-from-request
    calls.add(1, {"status": f"{status // 100}xx"})


@app.post("/orders")
# ruleid: spans-handler-not-observed, metrics-handler-not-observed
def closed(amount=0):
    # ok: metrics-label-from-request
    calls.add(1, {"operation": "POST /orders"})
    # ok: metrics-label-from-request
    calls.add(1, {"method": request.method, "route": request.url_rule.rule})
    # ok: metrics-label-from-request
    duration.record(len(request.data), {"empty": request.args == {}})
    # ok: metrics-label-from-request
    hits.labels("POST /orders").inc(amount)
    # ok: metrics-label-from-request
    seen.add(request.path)
    # ok: metrics-label-from-request
    cache.set("last", {"path": request.path})
    return {}
