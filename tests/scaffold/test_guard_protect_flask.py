"""`protect` in real Flask: whatever is routed and has no guard is counted, or refused, whoever registered it."""

from __future__ import annotations

import logging
from typing import Any

import pytest
from conftest import Telemetry
from flask import Blueprint, Flask, Response
from flask.views import MethodView, View
from flask_restful import Api, Resource  # type: ignore[import-untyped]
from guarding import MODES, Guards, LoadGuards, decisions, guards
from shop_auth import NOBODY, READER

__all__ = ["guards"]


def make_app(scaffold: Guards) -> Flask:
    app = Flask(__name__)
    scaffold.protect(app)

    @app.get("/guarded")
    @scaffold.guarded("orders:read")
    def guarded() -> str:
        return "guarded"

    @app.get("/healthz")
    def healthz() -> str:
        return "up"

    @app.route("/both", methods=["GET", "POST"])
    def both() -> str:
        return "both"

    @app.get("/session")
    def session() -> str:
        return "guarded by the service itself"

    class Items(MethodView):
        @scaffold.guarded("orders:read")
        def get(self) -> str:
            return "items"

        def post(self) -> str:
            return "made"

    class Page(View):
        methods = ("GET",)

        def dispatch_request(self) -> str:
            return "page"

    class Decorated(Page):
        decorators = [scaffold.guarded("orders:read")]  # noqa: RUF012

    class Row(Resource):  # type: ignore[misc]
        @scaffold.guarded("orders:read")
        def get(self) -> str:
            return "row"

        def put(self) -> str:
            return "row"

    app.add_url_rule("/items/<int:item>", view_func=lambda item: "lambda")
    app.add_url_rule("/items", view_func=Items.as_view("items"))
    app.add_url_rule("/page", view_func=Page.as_view("page"))
    app.add_url_rule("/decorated", view_func=Decorated.as_view("decorated"))
    Api(app).add_resource(Row, "/rows")
    blueprint = Blueprint("late", __name__, url_prefix="/late")
    blueprint.add_url_rule("/x", view_func=lambda: "late")
    app.register_blueprint(blueprint)
    return app


SETTINGS = {"_PUBLIC": ("GET /healthz", "GET /both"), "_GUARDED_ELSEWHERE": ("* /session",)}
UNGUARDED = {
    "POST /both",
    "POST /items",
    "GET /items/{item}",
    "GET /page",
    "PUT /rows",
    "GET /late/x",
    "GET /static/{filename}",
}
GUARDED = {"GET /guarded", "GET /items", "GET /decorated", "GET /rows"}
OPEN = {"GET /healthz", "GET /both", "GET /session"}


def paths(app: Flask) -> set[str]:
    """Every method and rule of the routing table."""
    return {
        f"{method} {rule.rule.replace('<int:item>', '{item}').replace('<path:filename>', '{filename}')}"
        for rule in app.url_map.iter_rules()
        for method in rule.methods or ()
        if method not in ("HEAD", "OPTIONS")
    }


def request(client: Any, operation: str, **named: Any) -> Response:
    method, path = operation.split(" ")
    answer: Response = client.open(path.replace("{item}", "7").replace("{filename}", "a.css"), method=method, **named)
    return answer


def test_every_route_is_closed_or_decided_upon(guards: LoadGuards, telemetry: Telemetry) -> None:
    app = make_app(guards("enforce", **SETTINGS))
    client = app.test_client()
    assert paths(app) == UNGUARDED | GUARDED | OPEN
    for operation in sorted(UNGUARDED):
        for headers in (NOBODY, READER):
            answer = request(client, operation, headers=headers)
            assert (answer.status_code, answer.headers["WWW-Authenticate"]) == (401, "Bearer"), operation
    for operation in sorted(GUARDED):
        assert request(client, operation).status_code == 401, operation
        assert request(client, operation, headers=READER).status_code == 200, operation
    for operation in sorted(OPEN):
        assert request(client, operation).status_code == 200, operation
    counted = decisions(telemetry)
    assert {name for name, word in counted if word == "unguarded"} == UNGUARDED
    assert {name for name, word in counted if word == "unauthenticated"} == GUARDED


def test_observing_counts_and_lets_through(
    guards: LoadGuards, telemetry: Telemetry, caplog: pytest.LogCaptureFixture
) -> None:
    client = make_app(guards("observe", **SETTINGS)).test_client()
    for operation in sorted(UNGUARDED | GUARDED | OPEN):
        assert request(client, operation).status_code == (404 if "static" in operation else 200), operation
    counted = decisions(telemetry)
    assert {name for name, word in counted if word == "unguarded"} == UNGUARDED
    (announced,) = [record for record in caplog.records if record.levelno == logging.WARNING]
    assert f"{len(UNGUARDED)} unguarded: GET /items/{{item}}, " in announced.getMessage()
    series = {point.attributes["operation"] for point in telemetry.points("guard.decisions")}
    assert series == UNGUARDED | GUARDED


def test_what_leads_nowhere_and_options_pass(guards: LoadGuards) -> None:
    client = make_app(guards("enforce", **SETTINGS)).test_client()
    assert client.get("/nowhere").status_code == 404
    assert client.delete("/both").status_code == 405
    assert client.options("/page").status_code == 200
    assert client.get("/items/seven").status_code == 404


def test_it_comes_before_what_the_service_has_registered(guards: LoadGuards) -> None:
    app, seen = Flask(__name__), []

    @app.before_request
    def answer() -> str:
        seen.append(1)
        return "answered early"

    app.add_url_rule("/x", view_func=lambda: "x")
    guards("enforce").protect(app)
    assert app.test_client().get("/x").status_code == 401
    assert seen == []


def test_static_files_are_public_if_the_policy_says_so(guards: LoadGuards, tmp_path: Any) -> None:
    (tmp_path / "a.css").write_text("body {}")
    app = Flask(__name__, static_folder=str(tmp_path), static_url_path="/static")
    guards("enforce", _PUBLIC=("GET /static/**",)).protect(app)
    assert app.test_client().get("/static/a.css").text == "body {}"
    assert app.test_client().head("/static/a.css").status_code == 200


@pytest.mark.parametrize("mode", MODES)
def test_a_failure_inside_closes(mode: str, guards: LoadGuards, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever `protect` trips over: nobody gets in because of it."""
    scaffold = guards(mode)
    app = make_app(scaffold)
    monkeypatch.setattr(scaffold, "_flask_word", lambda *_args: 1 / 0)
    assert app.test_client().get("/healthz").status_code == (503 if mode == "enforce" else 200)


@pytest.mark.parametrize("thing", [None, object(), "urls", 3, {}, [object()]])
def test_what_it_cannot_attach_to(thing: Any, guards: LoadGuards, caplog: pytest.LogCaptureFixture) -> None:
    guards("observe").protect(thing)
    assert caplog.records[-1].levelno == logging.ERROR
    with pytest.raises(TypeError, match="nothing here can protect"):
        guards("enforce").protect(thing)


def test_the_switch_does_not_reach_guards(
    guards: LoadGuards, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("SCAFFOLD_DISABLE", "guarded,guard,guarded_view,protect,observed")
    client = make_app(guards("enforce", **SETTINGS)).test_client()
    errors = [record for record in caplog.records if record.levelno == logging.ERROR]
    assert len(errors) == 4 and all("stays on" in record.getMessage() for record in errors)
    assert client.get("/guarded").status_code == 401
    assert client.get("/page").status_code == 401


def test_without_opentelemetry_guards_still_guard(guards: LoadGuards, monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    monkeypatch.setitem(sys.modules, "opentelemetry", None)
    client = make_app(guards("enforce", **SETTINGS)).test_client()
    assert client.get("/guarded").status_code == 401
    assert client.get("/guarded", headers=READER).status_code == 200
    assert client.get("/page").status_code == 401
    assert client.get("/healthz").status_code == 200
