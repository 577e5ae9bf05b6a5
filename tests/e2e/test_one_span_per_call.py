"""Each call of a handler leaves one span and one measurement, named by its operation, never by a request's path."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from e2e.conftest import Instrumented
from e2e.example_requests import LIBRARY, ORDERS, SHOP
from e2e.kit import INSTRUMENTED, Ask, Served, copy, literals, serve
from e2e.library_data import library_data

EXAMPLES = {"library": LIBRARY, "orders": ORDERS, "shop": SHOP}
Play = Callable[[str, str], Served]


@pytest.fixture(scope="module")
def played(instrumented: Instrumented, tmp_path_factory: pytest.TempPathFactory) -> Play:
    """The answers of an instrumented example to all of its requests, once for each way to trace."""
    made: dict[tuple[str, str], Served] = {}

    def get(name: str, config: str) -> Served:
        if (name, config) not in made:
            made[name, config] = play(name, instrumented(name, config).root, tmp_path_factory.mktemp("db"))
        return made[name, config]

    return get


def play(name: str, root: Path, folder: Path, before: str = "", **env: str) -> Served:
    database = str(folder / "db.sqlite3")
    if name == "library":
        return serve(root, "library.wsgi:application", LIBRARY, before=before, **library_data(folder), **env)
    if name == "orders":
        env |= {"ORDERS_DATABASE": database, "ORDERS_RATES_URL": "http://127.0.0.1:9/"}
        return serve(root, "orders:create_app()", ORDERS, setup="orders.db:init_db()", **env)
    env |= {"SHOP_DATABASE": database, "SHOP_TOKENS": "t-ann=ann,t-staff=staff"}
    return serve(root, "shop.main:app", SHOP, path="src", **env)


@pytest.mark.parametrize("name", EXAMPLES)
def test_the_requests_reach_every_operation(name: str, instrumented: Instrumented) -> None:
    assert {ask.operation for ask in EXAMPLES[name]} - {""} == instrumented(name, "").operations()


@pytest.mark.parametrize("name", EXAMPLES)
def test_responses_are_what_they_were(
    name: str, config: str, played: Play, tmp_path: Path, instrumented: Instrumented
) -> None:
    answers = played(name, config).answers
    assert [answer.status for answer in answers] == [ask.status for ask in EXAMPLES[name]]


@pytest.mark.parametrize("name", EXAMPLES)
def test_one_span_of_ours_without_an_instrumentor(name: str, played: Play) -> None:
    for ask, answer in zip(EXAMPLES[name], played(name, "").answers, strict=True):
        if not ask.operation:
            assert answer.spans == (), ask
            continue
        (span,) = answer.spans
        assert (span.scope, span.kind, span.name) == ("splice", "SERVER", ask.operation), ask
        assert span.status == ("ERROR" if ask.error else "UNSET"), ask
        assert span.description == "", ask
        assert span.attributes.get("error.type", "") == ask.error, ask


@pytest.mark.parametrize("name", EXAMPLES)
def test_one_server_span_enriched_with_an_instrumentor(name: str, played: Play) -> None:
    for ask, answer in zip(EXAMPLES[name], played(name, INSTRUMENTED).answers, strict=True):
        assert answer.ours == [], ask
        (server,) = answer.servers
        assert server.scope.startswith("opentelemetry.instrumentation."), ask
        assert server.attributes.get("app.operation", "") == ask.operation, ask
        assert server.attributes.get("error.type", "") == ask.error, ask
        if name != "library":
            assert server.status == ("ERROR" if ask.status >= 500 else "UNSET"), ask


def test_a_span_of_djangos_instrumentor_keeps_the_status_that_it_has_by_itself(
    played: Play, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """It takes every exception for an error, also those that Django answers with 404: that is not ours to mend."""
    root = tmp_path_factory.mktemp("untouched") / "library"
    copy("library", root)
    before = "from opentelemetry.instrumentation.django import DjangoInstrumentor as D; D().instrument()"
    untouched = play("library", root, tmp_path_factory.mktemp("db"), before=before)
    answers = zip(LIBRARY, untouched.answers, played("library", INSTRUMENTED).answers, strict=True)
    for ask, one, other in answers:
        assert [span.status for span in one.servers] == [span.status for span in other.servers], ask
        assert [span.name for span in one.servers] == [span.name for span in other.servers], ask


@pytest.mark.parametrize("name", EXAMPLES)
def test_no_path_of_a_request_is_in_a_name(name: str, config: str, played: Play) -> None:
    """The instrumentor's own spans of ASGI messages are its own affair; what stands for the request is ours too."""
    raw = re.compile(r"/\d+(/|$)|/(mug|hat)(/|$)")
    for ask, answer in zip(EXAMPLES[name], played(name, config).answers, strict=True):
        if ask.operation:
            names = [span.name for span in answer.spans if span.kind == "SERVER"]
            routes = [str(span.attributes.get("http.route", "")) for span in answer.spans if span.kind == "SERVER"]
            assert [text for text in (*names, *routes) if raw.search(text)] == [], ask


@pytest.mark.parametrize("name", EXAMPLES)
def test_the_servers_span_has_the_whole_route(name: str, played: Play) -> None:
    for ask, answer in zip(EXAMPLES[name], played(name, INSTRUMENTED).answers, strict=True):
        if " " in ask.operation:
            (server,) = answer.servers
            assert readable(name, str(server.attributes["http.route"])) == ask.operation.partition(" ")[2], ask


def readable(name: str, route: str) -> str:
    """A native route as an operation shows it; Django has the language of the request in it, and no slash in front."""
    if name == "library":
        route = re.sub(r"\(\?P(<\w+>)(?:\[[^]]*\]|[^)])*\)", r"\1", route).removesuffix("$")
        route = re.sub(r"\\\.<format>/\?$", "/", f"/{route}")
        route = re.sub(r"^/(en|de)/", "/<language>/", route)
    return re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", route)


@pytest.mark.parametrize("name", EXAMPLES)
def test_every_label_of_the_metric_is_static(name: str, config: str, played: Play, instrumented: Instrumented) -> None:
    served = played(name, config)
    assert {key for labels in served.points for key in labels} == {"operation"} | (
        {"error.type"} if any(ask.error for ask in EXAMPLES[name]) else set()
    )
    assert {labels["operation"] for labels in served.points} <= literals(instrumented(name, config).root)


@pytest.mark.parametrize("name", EXAMPLES)
def test_every_call_is_measured_once(name: str, config: str, played: Play) -> None:
    asked = Counter((ask.operation, ask.error) for ask in EXAMPLES[name] if _is_measured(ask))
    assert played(name, config).counts == asked


def _is_measured(ask: Ask) -> bool:
    return bool(ask.operation) and not ask.operation.startswith("WEBSOCKET")
