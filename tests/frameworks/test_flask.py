"""What Splice finds in a Flask project is what its running app serves: nothing more, nothing less."""

from __future__ import annotations

from pathlib import Path

import pytest
from flask_projects import PROJECTS
from flask_table import found, points, put, running, where_probes_run, with_probes

from splice.model import JoinPoint

EXAMPLES = Path(__file__).parents[2] / "examples"


def entry(name: str) -> str:
    """Where the app of a project is."""
    return name.partition("@")[2] or "main:app"


@pytest.mark.parametrize("name", PROJECTS)
def test_the_routes_found_are_those_of_the_running_app(name: str, tmp_path: Path) -> None:
    root = put(tmp_path, PROJECTS[name])
    assert found(root) == running(root, entry(name))


def test_the_routes_of_the_example_service_are_found() -> None:
    root = EXAMPLES / "orders"
    assert found(root) == running(root, "orders:create_app()")


@pytest.mark.parametrize("name", PROJECTS)
def test_a_decorator_in_the_slot_is_part_of_every_view(name: str, tmp_path: Path) -> None:
    root = put(tmp_path, PROJECTS[name])
    handlers = [point for point in points(root) if point.kind == "handler" and not point.skip]
    with_probes(root, handlers)
    assert where_probes_run(root, entry(name)) == {(point.file, point.symbol) for point in handlers}


def operations(root: Path) -> dict[str, str]:
    return {point.symbol: point.operation for point in points(root) if point.kind == "handler"}


def test_operations_follow_the_grammar(tmp_path: Path) -> None:
    root = put(
        tmp_path,
        """
import os
from flask import Flask
app = Flask(__name__)

@app.get("/orders/<int:order_id>")
def one(order_id): pass

@app.route("/x/<regex('[a-z]<2>'):code>/<path:rest>", methods=["POST", "GET"])
def several(code, rest): pass

@app.get("/a")
@app.get("/b")
def routes(): pass

@app.get(os.environ["PATH_OF_IT"])
def unknown(): pass

@app.route("/any", methods=os.environ["METHODS"].split())
def methods(): pass
""",
    )
    assert operations(root) == {
        "one": "GET /orders/{order_id}",
        "several": "GET|POST /x/{code}/{rest}",
        "routes": "main.routes",
        "unknown": "main.unknown",
        "methods": "main.methods",
    }


def listed(text: str, tmp_path: Path) -> set[tuple[str, str, bool]]:
    """Symbol, reason and `skip` of every point that has a reason."""
    root = put(tmp_path, text)
    return {(p.symbol, p.reason.value, p.skip) for p in points(root) if p.reason is not None}


HEAD = """
from flask import Flask, Blueprint
from flask.views import MethodView
import functools, outside
app = Flask(__name__)
"""


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("app.add_url_rule('/x', 'x', lambda: 'x')", {("<add_url_rule>", "lambda", True)}),
        (
            "def f(x): pass\napp.add_url_rule('/x', 'x', functools.partial(f, 1))",
            {("<add_url_rule>", "partial", True)},
        ),
        (
            "def f(x): pass\ng = functools.partial(f, 1)\napp.add_url_rule('/x', 'x', view_func=g)",
            {("<add_url_rule>", "partial", True)},
        ),
        ("app.add_url_rule('/x', view_func=outside.view)", {("<add_url_rule>", "endpoint-outside-project", True)}),
        (
            "app.add_url_rule('/x', view_func=outside.View.as_view('x'))",
            {("<add_url_rule>", "endpoint-outside-project", True)},
        ),
        ("app.add_url_rule('/x', view_func=views()['x'])", {("<add_url_rule>", "endpoint-unknown", True)}),
        ("app.add_url_rule('/x', endpoint='nobody')", {("<add_url_rule>", "endpoint-unknown", True)}),
        ("app.url_map.add(rules())", {("<add>", "endpoint-unknown", True)}),
        ("mystery().add_url_rule('/x', view_func=app)", {("<add_url_rule>", "receiver-unknown", True)}),
        ("@mystery().route('/x')\ndef f(): pass", {("f", "receiver-unknown", True)}),
        ("def init(app2):\n    @app2.get('/x')\n    def f(): pass", {("init.f", "receiver-unknown", True)}),
        (
            "from flask_restx import Namespace\nns = Namespace('x')\n@ns.route('/x')\nclass R: pass",
            {("R", "receiver-unknown", True)},
        ),
        ("for m in methods():\n    getattr(app, m)('/x')(views)", {("<route>", "receiver-unknown", True)}),
        ("import os\n@app.get(os.environ['X'])\ndef f(): pass", {("f", "route-not-static", False)}),
        ("bp = Blueprint('bp', __name__)\n@bp.get('/x')\ndef f(): pass", {("f", "not-mounted", True)}),
        (
            "bp = Blueprint('bp', __name__)\n@bp.get('/x')\ndef f(): pass\napp.register_blueprint(found())",
            {("f", "not-mounted", False)},
        ),
        (
            "bp = Blueprint('bp', __name__, url_prefix=outside.P)\n@bp.get('/x')\ndef f(): pass\napp.register_blueprint(bp)",
            {("f", "route-not-static", False)},
        ),
        (
            "class V(outside.Base, MethodView):\n    def get(self): pass\napp.add_url_rule('/v', view_func=V.as_view('v'))",
            {("V", "inherited-method", True)},
        ),
        (
            "class V(MethodView):\n    get = lambda self: 'x'\napp.add_url_rule('/v', view_func=V.as_view('v'))",
            {("V", "lambda", True)},
        ),
        ("@app.route('/x')\nclass V: pass", {("V", "endpoint-unknown", True)}),
        (
            "def deco(f):\n    app.add_url_rule(outside.path(f), view_func=f)\n    return f\n@deco\ndef f(): pass",
            {("f", "route-not-static", False)},
        ),
    ],
)
def test_what_cannot_be_followed_is_listed_with_its_reason(
    text: str, expected: set[tuple[str, str, bool]], tmp_path: Path
) -> None:
    assert listed(HEAD + text, tmp_path) == expected


def test_clients_and_other_frameworks_have_no_handlers(tmp_path: Path) -> None:
    root = put(
        tmp_path,
        """
import flask, httpx, requests
from fastapi import FastAPI
api = FastAPI()
client = httpx.Client()

@api.get("/x")
def handler(): pass

def call(session: requests.Session):
    client.get("/x")(handler)
    session.post("/y")
    return {}.get("/x")

registry = {}
registry["x"]("/x")
""",
    )
    assert points(root) == []


def apps(text: str, tmp_path: Path) -> list[JoinPoint]:
    return [point for point in points(put(tmp_path, text)) if point.kind == "app"]


def test_every_place_where_an_app_is_made_is_a_point(tmp_path: Path) -> None:
    text = """
from flask import Flask as F
class Own(F): pass
class Deep(Own): pass
app = F(__name__)
def create(name):
    own: Own = Own(name)
    return own
class Service:
    def __init__(self):
        self.app = Deep(__name__)
def bare(): return F("x")
"""
    found_apps = [(p.symbol, p.anchor and p.anchor.target, p.reason and p.reason.value) for p in apps(text, tmp_path)]
    assert sorted(found_apps, key=str) == [
        ("Service.__init__.self.app", "self.app", None),
        ("app", "app", None),
        ("bare.app", None, "app-without-name"),
        ("create.own", "own", None),
    ]
