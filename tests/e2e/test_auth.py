"""An enforced policy over every route and method of a service, and an observed one that changes no answer."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from e2e.kit import environment
from splice import testing
from splice.cli import main
from splice.model import Reason

AUTH = """\
from dataclasses import dataclass


@dataclass
class Principal:
    scopes: frozenset


TOKENS = {"reader": {"orders:read"}, "writer": {"orders:read", "orders:write"}, "nobody": set()}


def current_principal(request):
    kind, _, token = request.headers.get("Authorization", "").partition(" ")
    if token == "broken":
        raise RuntimeError("the user database is away")
    return Principal(frozenset(TOKENS[token])) if kind == "Bearer" and token in TOKENS else None
"""
FLASK = """\
from flask import Blueprint, Flask
from flask.views import MethodView

app = Flask(__name__)
orders = Blueprint("orders", __name__, url_prefix="/orders")


@orders.get("/<int:order_id>")
def read(order_id):
    return {"id": order_id}


@orders.route("/both", methods=["GET", "POST"])
def both():
    return "both"


class Items(MethodView):
    def get(self, item):
        return item

    def delete(self, item):
        return "deleted"


@app.get("/healthz")
def healthz():
    return "ok"


def hidden():
    return "hidden"


orders.add_url_rule("/items/<item>", view_func=Items.as_view("items"))
app.register_blueprint(orders)
for path in open(__file__.replace("main.py", "paths.txt")).read().split():
    app.add_url_rule(path, path, lambda: "lambda")
"""
FASTAPI = """\
from fastapi import APIRouter, FastAPI, WebSocket
from pydantic import BaseModel
from starlette.responses import PlainTextResponse

app = FastAPI()
orders = APIRouter(prefix="/orders")
other = FastAPI()


class Order(BaseModel):
    amount: int


@orders.get("/{order_id}")
def read(order_id: int):
    return {"id": order_id}


@orders.post("")
async def create(order: Order):
    return order


@app.get("/healthz")
async def healthz():
    return "ok"


@other.get("/inner")
def inner():
    return "inner"


def raw(request):
    return PlainTextResponse("raw")


@app.websocket("/ws")
async def ws(websocket: WebSocket):
    await websocket.accept()
    await websocket.send_text("hello")
    await websocket.close()


app.include_router(orders)
app.mount("/other", other)
app.add_route("/raw", raw)
"""
POLICY = """\
codemods = ["auth", "metrics", "spans"]
[auth]
mode = "{mode}"
observe-until = "2030-01-01"
authenticate = "auth:current_principal"
public = ["GET /healthz"]
[[auth.rules]]
operation = "* /orders/**"
require = ["orders:read"]
[[auth.rules]]
operation = "{operation}"
require-any = ["orders:write", "admin"]
"""
OPERATIONS = {"fastapi": "POST /orders", "flask": "DELETE /orders/items/*"}
ASK = """\
import json, sys
from opentelemetry import metrics
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
reader = InMemoryMetricReader()
metrics.set_meter_provider(MeterProvider([reader]))
from main import app
kind, requests = sys.argv[1], json.loads(sys.argv[2])
if kind == "flask":
    client = app.test_client()
    def ask(method, path, headers, body):
        done = client.open(path, method=method, headers=headers, json=body)
        return done.status_code, done.get_data(as_text=True), done.headers.get("WWW-Authenticate", "")
else:
    from starlette.testclient import TestClient
    from starlette.websockets import WebSocketDisconnect
    client = TestClient(app, raise_server_exceptions=False)
    def ask(method, path, headers, body):
        if method == "WEBSOCKET":
            try:
                with client.websocket_connect(path, headers=headers) as socket:
                    return 101, socket.receive_text(), ""
            except WebSocketDisconnect as closed:
                return closed.code, "", ""
        done = client.request(method, path, headers=headers, json=body)
        return done.status_code, done.text, done.headers.get("WWW-Authenticate", "")
answers = [ask(*request) for request in requests]
data = reader.get_metrics_data()
counts = {}
for resource in data.resource_metrics if data else ():
    for scope in resource.scope_metrics:
        for metric in scope.metrics:
            if metric.name == "guard.decisions":
                for point in metric.data.data_points:
                    counts["|".join(sorted(map(str, point.attributes.values())))] = point.value
print(json.dumps([answers, counts]))
"""
Request = tuple[str, str, dict[str, str], Any]


def ask(root: Path, kind: str, requests: list[Request]) -> tuple[list[list[Any]], dict[str, int]]:
    done = subprocess.run(
        [sys.executable, "-c", ASK, kind, json.dumps(requests)],
        cwd=root,
        env=environment(root),
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    answers, counts = json.loads(done.stdout.splitlines()[-1])
    return answers, counts


def service(root: Path, kind: str, mode: str) -> Path:
    files = {"main.py": FLASK if kind == "flask" else FASTAPI, "auth.py": AUTH, "paths.txt": "/one /two"}
    testing.put(root, {**files, "codemod.toml": POLICY.format(mode=mode, operation=OPERATIONS[kind])})
    return root


def token(name: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {name}"}


#: method, path, body, token that is enough, token that is not ("": there is none), answer before
FLASK_ROUTES = [
    ("GET", "/orders/1", None, "reader", "nobody", 200),
    ("HEAD", "/orders/1", None, "reader", "nobody", 200),
    ("POST", "/orders/both", None, "reader", "nobody", 200),
    ("GET", "/orders/items/a", None, "reader", "nobody", 200),
    ("DELETE", "/orders/items/a", None, "writer", "reader", 200),
]
FASTAPI_ROUTES = [
    ("GET", "/orders/1", None, "reader", "nobody", 200),
    ("POST", "/orders", {"amount": 1}, "writer", "reader", 200),
    ("WEBSOCKET", "/ws", None, "nobody", "", 101),
]


@pytest.mark.parametrize(("kind", "routes"), [("flask", FLASK_ROUTES), ("fastapi", FASTAPI_ROUTES)])
def test_enforced_nothing_passes_without_the_right_token(tmp_path: Path, kind: str, routes: list[Any]) -> None:
    root = service(tmp_path, kind, "enforce")
    testing.run(root)
    requests: list[Request] = []
    expected: list[int] = []
    for method, path, body, enough, less, before in routes:
        refused = 1008 if method == "WEBSOCKET" else 401
        requests += [
            (method, path, {}, body),
            (method, path, token("forged"), body),
            (method, path, token(enough), body),
        ]
        expected += [refused, refused, before]
        requests += [(method, path, token("broken"), body)]
        expected += [1008 if method == "WEBSOCKET" else 503]
        if less:
            requests.append((method, path, token(less), body))
            expected.append(403)
    requests.append(("GET", "/healthz", {}, None))
    expected.append(200)
    if kind == "fastapi":  # a bad body is nobody's business who may not call; what no decorator sees is closed
        requests += [("POST", "/orders", {}, {"amount": "x"}), ("POST", "/orders", token("writer"), {"amount": "x"})]
        expected += [401, 422]
        requests += [("GET", path, {}, None) for path in ("/docs", "/openapi.json", "/other/inner", "/raw")]
        expected += [401] * 4
    else:
        requests += [("GET", "/one", {}, None), ("GET", "/nowhere", {}, None), ("OPTIONS", "/orders/1", {}, None)]
        expected += [401, 404, 200]
    answers, _ = ask(root, kind, requests)
    shown = [
        (request[:2], request[2].get("Authorization"), answer[0])
        for request, answer in zip(requests, answers, strict=True)
    ]
    assert [answer[0] for answer in answers] == expected, shown
    for request, answer in zip(requests, answers, strict=True):
        if answer[0] == 401:
            assert answer[2].startswith("Bearer"), request
        if answer[0] in (401, 403, 503):
            assert "Traceback" not in answer[1] and "user database" not in answer[1]


@pytest.mark.parametrize(("kind", "routes"), [("flask", FLASK_ROUTES), ("fastapi", FASTAPI_ROUTES)])
def test_observed_every_answer_is_the_same_and_is_counted(tmp_path: Path, kind: str, routes: list[Any]) -> None:
    before = service(tmp_path / "before", kind, "observe")
    after = service(tmp_path / "after", kind, "observe")
    testing.run(after)
    requests: list[Request] = []
    for method, path, body, enough, _, _ in routes:
        for headers in ({}, token("forged"), token("broken"), token("nobody"), token(enough)):
            requests.append((method, path, headers, body))
    requests += [("GET", path, {}, None) for path in ("/healthz", "/nowhere", "/docs", "/openapi.json", "/raw", "/one")]
    plain, _ = ask(before, kind, requests)
    answers, counts = ask(after, kind, requests)
    assert answers == plain
    assert counts["GET /orders/{order_id}|unauthenticated"] == (4 if kind == "flask" else 2)
    assert any(key.endswith("unguarded") for key in counts)
    assert not [key for key in counts if "/orders/1" in key]


@pytest.mark.parametrize("kind", ["flask", "fastapi"])
def test_there_and_back_and_where_the_guard_stands(tmp_path: Path, kind: str) -> None:
    root = service(tmp_path, kind, "enforce")
    before = testing.tree(root)
    testing.run(root)
    text = (root / "main.py").read_text()
    assert "app = F" in text and "\nprotect(app)\n" in text
    if kind == "flask":
        assert '@observed("GET /orders/{order_id}")\n@guarded("orders:read")\ndef read' in text
        assert '    @guarded("admin", "orders:write", any_of=True)\n    def delete' in text or "any_of=True" in text
    else:
        assert '@orders.get("/{order_id}", dependencies=[guard("orders:read")])\n@observed(' in text
    assert not testing.run(root).changes
    assert main(["check", "--root", str(root)]) == 0
    testing.run(root, strip=True)
    assert testing.tree(root) == before


def test_a_guard_above_the_route_fails_the_check_and_is_put_right(tmp_path: Path) -> None:
    root = service(tmp_path, "flask", "enforce")
    testing.run(root)
    text = (root / "main.py").read_text()
    moved = text.replace('@app.get("/healthz")\n', '@app.get("/healthz")\n').replace(
        '@orders.get("/<int:order_id>")\n@observed("GET /orders/{order_id}")\n@guarded("orders:read")\n',
        '@guarded("orders:read")\n@orders.get("/<int:order_id>")\n@observed("GET /orders/{order_id}")\n',
    )
    assert moved != text
    testing.put(root, {"main.py": moved})
    assert main(["check", "--root", str(root)]) == 1
    answers, _ = ask(root, "flask", [("GET", "/orders/1", {}, None)])
    assert answers[0][0] == 401, "protect closes what the guard does not"
    testing.run(root)
    assert (root / "main.py").read_text() == text


def test_what_only_another_file_registers_is_declined(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main_file = "from fastapi import FastAPI\nimport handlers\n\napp = FastAPI()\napp.add_api_route('/x', handlers.x)\n"
    files = {"main.py": main_file, "handlers.py": "def x():\n    return 1\n", "auth.py": AUTH}
    testing.put(tmp_path, {**files, "codemod.toml": POLICY.format(mode="enforce", operation="").split("[[")[0]})
    testing.run(tmp_path)
    capsys.readouterr()
    main(["list", "--root", str(tmp_path), "--format", "json"])
    rows = {row["symbol"]: row for row in json.loads(capsys.readouterr().out)["join_points"]}
    assert rows["x"]["reasons"]["auth"]["reason"] == Reason.REGISTERED_ELSEWHERE.value
    answers, _ = ask(tmp_path, "fastapi", [("GET", "/x", {}, None)])
    assert answers[0][0] == 401


@pytest.mark.parametrize(("mode", "shown"), [("enforce", 'guarded("orders:read")'), ("observe", "counts only")])
def test_the_list_shows_our_own_guards(
    tmp_path: Path, mode: str, shown: str, capsys: pytest.CaptureFixture[str]
) -> None:
    root = service(tmp_path, "flask", mode)
    main(["list", "--auth", "--root", str(root)])
    assert "unguarded" in capsys.readouterr().out
    testing.run(root)
    main(["list", "--auth", "--root", str(root)])
    text = capsys.readouterr().out
    (line,) = (line for line in text.splitlines() if line.startswith("GET /orders/{order_id}"))
    assert " guarded " in line and shown in line
    assert "unguarded" not in text


def test_strip_needs_nothing_that_the_policy_names(tmp_path: Path) -> None:
    root = service(tmp_path, "flask", "enforce")
    before = (root / "main.py").read_bytes()
    testing.run(root)
    testing.put(root, {"auth.py": ""})
    assert main(["run", "--root", str(root)]) == 2
    assert main(["strip", "--root", str(root)]) == 0
    assert (root / "main.py").read_bytes() == before


def test_a_doubt_takes_no_guard_away(tmp_path: Path) -> None:
    """Somebody adds a decorator that nobody understands: it may guard, so nothing is wanted; what stands, stays."""
    root = service(tmp_path, "flask", "enforce")
    testing.run(root)
    text = (root / "main.py").read_text()
    place = '@guarded("orders:read")\ndef read'
    edited = text.replace(place, place.replace("def read", "@mystery.of_somebody\ndef read")).replace(
        "from flask", "import mystery\nfrom flask", 1
    )
    assert edited != text
    testing.put(root, {"main.py": edited})
    testing.run(root)
    assert (root / "main.py").read_text() == edited
    assert not testing.run(root).changes
    testing.run(root, strip=True)
    assert "guarded" not in (root / "main.py").read_text()
