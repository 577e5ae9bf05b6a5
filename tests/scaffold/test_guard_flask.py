"""Guards in real Flask: refused by the framework's own exceptions, let through when they observe."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from typing import Any

import pytest
from conftest import Telemetry
from flask import Flask, Response, after_this_request, g, jsonify, request, session
from flask.testing import FlaskClient
from flask.views import MethodView
from guarding import MODES, Guards, LoadGuards, decisions, guards
from shop_auth import BROKEN, NOBODY, READER, WRITER

__all__ = ["guards"]


def make_app(scaffold: Guards) -> Flask:
    app = Flask(__name__)
    app.secret_key = "only in tests"
    observed, guarded = scaffold.observed, scaffold.guarded

    @app.route("/orders/<int:order_id>", methods=["GET", "POST"])
    @observed("GET|POST /orders/{order_id}")
    @guarded("orders:read")
    def read_order(order_id: int) -> str:
        return f"order {order_id}"

    @app.get("/async")
    @observed("GET /async")
    @guarded("orders:read", "orders:write")
    async def asynchronous() -> str:
        return "ok"

    @app.get("/any")
    @guarded("admin", "orders:write", any_of=True)
    def any_of() -> str:
        return "ok"

    @app.get("/me")
    @guarded()
    def me() -> str:
        return "ok"

    @app.get("/stream")
    @observed("GET /stream")
    @guarded("orders:read")
    def stream() -> Iterator[str]:
        yield "a"
        yield "b"

    class Items(MethodView):
        @observed("GET /items")
        @guarded("orders:read")
        def get(self) -> str:
            return "items"

    app.add_url_rule("/items", view_func=Items.as_view("items"))
    return app


@pytest.fixture
def enforced(guards: LoadGuards) -> FlaskClient:
    return make_app(guards("enforce")).test_client()


def test_401_403_503_and_served_are_told_apart(enforced: FlaskClient, telemetry: Telemetry) -> None:
    statuses = [enforced.get("/async", headers=one).status_code for one in ({}, NOBODY, READER, BROKEN, WRITER)]
    assert statuses == [401, 401, 403, 503, 200]
    answer = enforced.get("/async")
    assert answer.headers["WWW-Authenticate"] == "Bearer"
    assert "Authentication is required." in answer.text
    assert "s3cret" not in enforced.get("/async", headers=BROKEN).text
    assert decisions(telemetry) == {
        ("GET /async", "unauthenticated"): 3,
        ("GET /async", "forbidden"): 1,
        ("GET /async", "error"): 2,
        ("GET /async", "allowed"): 1,
    }


@pytest.mark.parametrize("path", ["/orders/7", "/any", "/me", "/stream", "/items"])
def test_each_kind_of_view_is_refused_before_it_runs(path: str, enforced: FlaskClient) -> None:
    assert enforced.get(path).status_code == 401
    assert enforced.head(path).status_code == 401
    assert enforced.get(path, headers=WRITER).status_code == 200


def test_one_of_several_scopes_is_enough_where_the_rule_says_so(enforced: FlaskClient) -> None:
    assert enforced.get("/any", headers=READER).status_code == 403
    assert enforced.get("/any", headers=WRITER).status_code == 200
    assert enforced.get("/me", headers=READER).status_code == 200


def test_options_passes_and_a_bad_path_is_not_found(enforced: FlaskClient, telemetry: Telemetry) -> None:
    assert enforced.options("/orders/7").status_code == 200
    assert enforced.get("/orders/seven").status_code == 404
    assert decisions(telemetry) == {}


def test_the_labels_are_templates_and_a_decision_is_on_the_span(enforced: FlaskClient, telemetry: Telemetry) -> None:
    enforced.post("/orders/1", headers=READER)
    enforced.get("/orders/2", headers=READER)
    enforced.head("/orders/3", headers=READER)
    assert decisions(telemetry) == {
        ("GET /orders/{order_id}", "allowed"): 2,
        ("POST /orders/{order_id}", "allowed"): 1,
    }
    assert [(span.attributes or {})["guard.decision"] for span in telemetry.spans()] == ["allowed"] * 3


def test_error_handlers_of_the_service_render_the_refusal(guards: LoadGuards) -> None:
    app = make_app(guards("enforce"))
    app.register_error_handler(401, lambda error: (jsonify(error=error.description), 401))
    assert app.test_client().get("/me").json == {"error": "Authentication is required."}


def test_observing_counts_and_changes_nothing(guards: LoadGuards, telemetry: Telemetry) -> None:
    def bare(*_scopes: str, any_of: bool = False) -> Any:
        return lambda function: function

    scaffold = guards("observe")
    watched = make_app(scaffold).test_client()
    scaffold.guarded = bare  # type: ignore[method-assign]
    plain = make_app(scaffold).test_client()
    for path in ("/orders/7", "/async", "/any", "/me", "/stream", "/items"):
        for headers in ({}, NOBODY, READER, BROKEN, WRITER):
            seen, wanted = watched.get(path, headers=headers), plain.get(path, headers=headers)
            assert (seen.status, dict(seen.headers), seen.data) == (wanted.status, dict(wanted.headers), wanted.data)
    counted = decisions(telemetry)
    assert counted["GET /async", "forbidden"] == 1
    assert counted["GET /async", "unauthenticated"] == 2
    assert counted["GET /async", "error"] == 1
    assert counted["GET /me", "allowed"] == 2
    assert sum(counted.values()) == 6 * 5


def curious(_request: Any) -> None:
    """An `authenticate` that looks at and changes what decides on headers of the response."""

    session["seen"] = True
    g.user = "somebody"

    @after_this_request
    def add(response: Response) -> Response:
        response.headers["X-Curious"] = "yes"
        return response


def test_observing_leaves_the_session_as_it_was(guards: LoadGuards) -> None:
    scaffold = guards("observe", _AUTHENTICATE="test_guard_flask:curious")
    app = make_app(scaffold)

    @app.get("/state")
    @scaffold.guarded()
    def state() -> dict[str, Any]:
        return {"session": dict(session), "user": g.get("user")}

    client = app.test_client()
    shown = client.get("/state")
    assert shown.json == {"session": {}, "user": None}
    assert "X-Curious" not in shown.headers
    answer = client.get("/me")
    assert answer.status_code == 200
    assert "Set-Cookie" not in answer.headers and "Vary" not in answer.headers
    with client.session_transaction() as kept:
        kept["cart"] = 3
    assert "Set-Cookie" not in client.get("/me").headers
    with client.session_transaction() as kept:
        assert dict(kept) == {"cart": 3}


@pytest.mark.parametrize("mode", MODES)
def test_an_async_authenticate_under_a_sync_view(mode: str, guards: LoadGuards, telemetry: Telemetry) -> None:
    client = make_app(guards(mode, _AUTHENTICATE="shop_auth:current_principal_async")).test_client()
    assert client.get("/me", headers=READER).status_code == 200
    assert client.get("/async", headers=WRITER).status_code == 200
    assert client.get("/me").status_code == (401 if mode == "enforce" else 200)
    assert decisions(telemetry)["GET /me", "unauthenticated"] == 1


def test_options_is_guarded_where_the_policy_names_it(guards: LoadGuards) -> None:
    scaffold = guards("enforce", _GUARD_OPTIONS=("OPTIONS /orders/*",))
    app = make_app(scaffold)
    scaffold.protect(app)
    client = app.test_client()
    assert client.options("/orders/7").status_code == 401
    assert client.options("/orders/7", headers=READER).status_code == 200
    assert client.options("/items").status_code == 200


def test_a_call_outside_of_any_request_is_refused(guards: LoadGuards, caplog: pytest.LogCaptureFixture) -> None:
    calls = []

    def act() -> None:
        calls.append(1)

    with pytest.raises(Exception, match="Authentication is not available"):
        guards("enforce").guarded()(act)()
    assert calls == []
    assert caplog.records[-1].levelno == logging.ERROR
    guards("observe").guarded()(act)()
    assert calls == [1]


@pytest.mark.parametrize(
    ("mode", "until", "warns"),
    [
        ("observe", "2020-01-31", True),
        ("observe", "2999-01-31", False),
        ("observe", "", False),
        ("enforce", "2020-01-31", False),
    ],
)
def test_observing_beyond_its_date_is_a_warning(
    mode: str, until: str, warns: bool, guards: LoadGuards, caplog: pytest.LogCaptureFixture
) -> None:
    guards(mode, _OBSERVE_UNTIL=until)
    assert [until in record.getMessage() for record in caplog.records] == [True] * warns


def test_requests_at_the_same_time_do_not_mix(guards: LoadGuards) -> None:
    from concurrent.futures import ThreadPoolExecutor

    app = Flask(__name__)

    @app.get("/me")
    @guards("enforce").guarded("orders:read")
    def me() -> str:
        return str(request.headers["Authorization"])

    def ask(headers: dict[str, str]) -> tuple[int, str]:
        answer = app.test_client().get("/me", headers=headers)
        return answer.status_code, answer.text if answer.status_code == 200 else ""

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(ask, [READER, {}, WRITER, NOBODY] * 50))
    assert answers == [(200, READER["Authorization"]), (401, ""), (200, WRITER["Authorization"]), (401, "")] * 50


def nested(scaffold: Guards, *scopes: str) -> FlaskClient:
    """A view that calls another one, which needs these scopes."""
    app = Flask(__name__)

    @app.get("/inner")
    @scaffold.guarded(*scopes)
    def inner() -> str:
        return "inner"

    @app.get("/outer")
    @scaffold.guarded("orders:read")
    def outer() -> str:
        return f"outer {inner()}"

    return app.test_client()


@pytest.mark.parametrize("mode", MODES)
def test_a_view_that_calls_another_is_one_request(mode: str, guards: LoadGuards, telemetry: Telemetry) -> None:
    client = nested(guards(mode), "orders:read")
    assert client.get("/outer", headers=READER).text == "outer inner"
    assert client.get("/outer").status_code == (200 if mode == "observe" else 401)
    assert decisions(telemetry) == {("GET /outer", "allowed"): 1, ("GET /outer", "unauthenticated"): 1}


@pytest.mark.parametrize("mode", MODES)
def test_a_view_inside_that_asks_for_more_is_asked(mode: str, guards: LoadGuards, telemetry: Telemetry) -> None:
    client = nested(guards(mode), "orders:write")
    assert client.get("/outer", headers=READER).status_code == (200 if mode == "observe" else 403)
    assert decisions(telemetry) == {("GET /outer", "allowed"): 1, ("GET /outer", "forbidden"): 1}


def test_requests_that_a_view_sends_to_its_own_app_are_requests(guards: LoadGuards, telemetry: Telemetry) -> None:
    scaffold = guards("enforce")
    app = Flask(__name__)

    @app.get("/inner")
    @scaffold.guarded("orders:read")
    def inner() -> str:
        return "inner"

    @app.get("/outer")
    @scaffold.guarded("orders:read")
    def outer() -> str:
        return app.test_client().get("/inner", headers=READER).text

    assert app.test_client().get("/outer", headers=READER).text == "inner"
    assert decisions(telemetry) == {("GET /outer", "allowed"): 1, ("GET /inner", "allowed"): 1}
