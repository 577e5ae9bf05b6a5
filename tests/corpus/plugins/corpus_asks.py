"""`python -m corpus_asks KIND WHERE OUT`: every route of the running framework and every method but OPTIONS, asked.

Runs in the service's own environment, and knows nothing of Splice. The routes are those of the framework's own
table, their parameters get values that lead back to them. Each is asked by three callers: nobody, one who is known
and may do nothing, one who may do all; and again by nobody, who must not get what was kept for that one. What was answered, and what `guard.decisions` counted on the way, goes to OUT
as JSON. $CORPUS_ASKS names a file with the requests that are to be sent, without it all are;
$CORPUS_PREPARE is run before, to fill a database.
"""

from __future__ import annotations

import hashlib
import importlib
import json
import os
import random
import signal
import sys
import traceback
import warnings
from itertools import product
from pathlib import Path
from typing import Any

from opentelemetry import metrics
from opentelemetry.sdk.metrics import Counter, MeterProvider
from opentelemetry.sdk.metrics.export import AggregationTemporality, InMemoryMetricReader
from opentelemetry.sdk.metrics.view import DropAggregation, View

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "PROPFIND")
_POOR, _RICH = ({"Authorization": f"Bearer {one}"} for one in ("poor", "rich"))
CALLERS: dict[str, dict[str, str]] = {"nobody": {}, "poor": _POOR, "rich": _RICH, "again": {}}
_VARY = {"date", "set-cookie", "etag", "last-modified", "expires"}
_TIMEOUT = 60  # seconds: a route that never ends ends here


class Counts:
    """What `guard.decisions` counted since it was asked last, and what was announced with a count of 0."""

    def __init__(self) -> None:
        self.reader = InMemoryMetricReader(preferred_temporality={Counter: AggregationTemporality.DELTA})
        views = [View(instrument_name="guard.decisions"), View(instrument_name="app.*", aggregation=DropAggregation())]
        metrics.set_meter_provider(MeterProvider([self.reader], views=views))
        self.announced: set[str] = set()

    def taken(self) -> list[list[Any]]:
        data = self.reader.get_metrics_data()
        rows: list[list[Any]] = []
        named: set[str] = set()
        for resource in data.resource_metrics if data else ():
            for metric in (metric for scope in resource.scope_metrics for metric in scope.metrics):
                for point in metric.data.data_points if metric.name == "guard.decisions" else ():
                    row = [point.attributes["operation"], point.attributes["decision"], point.value]
                    if row[2]:
                        rows.append(row)
                    else:
                        named.add(row[0])
        if named:  # the request that came first is among them, if it is unguarded
            named |= {operation for operation, decision, _ in rows if decision == "unguarded"}
        self.announced |= named
        return sorted(rows)


def shown(status: int, headers: Any, body: bytes) -> dict[str, Any]:
    """An answer as it is compared: without what carries a time or a session."""
    kept = sorted([name.lower(), value] for name, value in headers if name.lower() not in _VARY)
    short = body[:200].decode("utf-8", "replace")
    return {"status": status, "headers": kept, "body": short, "sum": hashlib.sha256(body).hexdigest()[:16]}


def failed(error: BaseException) -> dict[str, Any]:
    """What stands for an answer when there is none."""
    return shown(-1, (), f"{type(error).__name__}: {error}".encode())


class _Slow(Exception):
    """A request that takes too long."""


def _too_long(*_: Any) -> None:
    raise _Slow


def _asked(ask: Any, method: str, path: str, headers: Any) -> dict[str, Any]:
    signal.alarm(_TIMEOUT)
    random.seed(0)  # a page with something random in it is the same each time
    try:
        answer: dict[str, Any] = ask(method, path, headers)
    except Exception as error:
        answer = failed(error)
    signal.alarm(0)
    return answer


def main(kind: str, where: str, out: str) -> None:
    warnings.simplefilter("ignore")
    counts = Counts()
    signal.signal(signal.SIGALRM, _too_long)
    walker = importlib.import_module(f"corpus_asks_{kind}")
    wanted = os.environ.get("CORPUS_ASKS")
    chosen = {tuple(row) for row in json.loads(Path(wanted).read_text())} if wanted else None
    tables, unasked = walker.start(where, shown)
    for *_, ask in tables:  # the first request is when what is unguarded is announced
        _asked(ask, "GET", "/leads/nowhere/at/all", {})
        counts.taken()
    answers = []
    for phase in (("nobody", "poor"), ("rich", "again")):
        for table, routes, ask in tables:
            for path, route in {(path, websocket): (route, name) for route, path, websocket, name in routes}.items():
                for method, caller in product(("WEBSOCKET",) if path[1] else METHODS, phase):
                    key = (table, path[0], method, caller)
                    if chosen is None or key in chosen:
                        answer = _asked(ask, method, path[0], CALLERS[caller])
                        row = {"key": key, "route": route[0], "name": route[1], **answer}
                        answers.append({**row, "decisions": counts.taken()})
    found = sum(len(routes) for _, routes, _ in tables)
    told = {"answers": answers, "routes": found, "announced": sorted(counts.announced), "unasked": unasked}
    Path(out).write_text(json.dumps(told), encoding="utf-8")


if __name__ == "__main__":
    try:
        main(*sys.argv[1:])
    except BaseException:
        traceback.print_exc()
        sys.stderr.flush()
        os._exit(1)
    sys.stdout.flush()
    os._exit(0)  # threads of a service do not hold us
