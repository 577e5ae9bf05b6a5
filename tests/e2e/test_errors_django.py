"""Django and REST framework: what counts as an error, told from the spans and the metric of a served request."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from e2e.django_sources import FILES
from e2e.kit import INSTRUMENTED, Ask, Served, engine, serve
from splice import testing

ASKS = (
    Ask("GET", "/fine/1", 200, "* /fine/{pk}"),
    Ask("GET", "/fine/one", 404),
    Ask("GET", "/closed", 302),
    Ask("POST", "/hook", 200, "* /hook"),
    Ask("POST", "/strict", 403),
    Ask("GET", "/missing", 404, "* /missing"),
    Ask("GET", "/denied", 403, "* /denied"),
    Ask("GET", "/suspicious", 400, "* /suspicious"),
    Ask("GET", "/bad", 400, "* /bad"),
    Ask("GET", "/no-row", 500, "* /no-row", "django.core.exceptions.ObjectDoesNotExist"),
    Ask("GET", "/bug", 500, "* /bug", "ValueError"),
    Ask("GET", "/returned", 500, "* /returned", "500"),
    Ask("GET", "/gone", 410, "* /gone"),
    Ask("GET", "/waits", 200, "* /waits"),
    Ask("GET", "/waits-in-vain", 500, "* /waits-in-vain", "KeyError"),
    Ask("GET", "/stream", 200, "* /stream"),
    Ask("GET", "/broken-stream", 200, "* /broken-stream", "OSError"),
    Ask("GET", "/page", 200, "GET /page"),
    Ask("HEAD", "/page", 200, "GET /page"),
    Ask("DELETE", "/page", 403),
    Ask("GET", "/async-page", 200, "GET /async-page"),
    Ask("GET", "/template", 500, "GET /template"),  # rendered when the handler has returned
    Ask("GET", "/plain", 200, "GET|POST /plain"),
    Ask("POST", "/plain", 200, "GET|POST /plain"),
    Ask("PUT", "/plain", 405),
    Ask("GET", "/refused", 403),
    Ask("GET", "/raises/down", 503, "GET /raises/{what}", "503"),
    Ask("GET", "/raises/stale", 409, "GET /raises/{what}"),
    Ask("GET", "/raises/none", 404, "GET /raises/{what}"),
    Ask("GET", "/raises/many", 429, "GET /raises/{what}"),
    Ask("GET", "/raises/bad", 400, "GET /raises/{what}"),
    Ask("GET", "/raises/bug", 500, "GET /raises/{what}", "KeyError"),
    Ask("GET", "/inherits", 503, "GET /inherits", "503"),
    Ask("GET", "/things/", 500, "GET /things/", "500"),
    Ask("POST", "/things/1/run/", 500, "POST /things/{pk}/run/", "500"),
)
IDS = [f"{ask.method} {ask.path}" for ask in ASKS]


@pytest.fixture(scope="module", params=["wsgi", "asgi"])
def server(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def decorated(server: str, tmp_path_factory: pytest.TempPathFactory) -> Served:
    return play(tmp_path_factory.mktemp("django"), server, "")


@pytest.fixture(scope="module")
def instrumented(server: str, tmp_path_factory: pytest.TempPathFactory) -> Served:
    return play(tmp_path_factory.mktemp("django"), server, INSTRUMENTED)


def play(root: Path, server: str, config: str, before: str = "", **env: str) -> Served:
    testing.put(root, FILES)
    engine(root, config)
    return serve(root, f"site1.{server}:application", ASKS, before=before, **env)


@pytest.mark.parametrize("index", range(len(ASKS)), ids=IDS)
def test_on_a_span_of_our_own(index: int, decorated: Served) -> None:
    ask, answer = ASKS[index], decorated.answers[index]
    assert answer.status == ask.status
    if not ask.operation:
        assert answer.spans == ()
        return
    (span,) = answer.spans
    assert (span.name, span.kind, span.scope) == (ask.operation, "SERVER", "splice")
    assert span.status == ("ERROR" if ask.error else "UNSET")
    assert span.attributes.get("error.type", "") == ask.error
    assert span.description == ""


@pytest.mark.parametrize("index", range(len(ASKS)), ids=IDS)
def test_on_the_instrumentors_server_span(index: int, instrumented: Served) -> None:
    ask, answer = ASKS[index], instrumented.answers[index]
    assert answer.status == ask.status
    assert answer.ours == []
    (server,) = answer.servers
    assert server.attributes.get("app.operation", "") == ask.operation
    over = ask.path == "/broken-stream"  # the instrumentor's span ends when the response is made, not when it is sent
    assert server.attributes.get("error.type", "") == ("" if over else ask.error)


def test_on_the_metric(decorated: Served, instrumented: Served) -> None:
    expected = Counter((ask.operation, ask.error) for ask in ASKS if ask.operation)
    assert decorated.counts == instrumented.counts == expected


def test_a_stream_is_one_span_that_saw_its_first_byte(decorated: Served) -> None:
    answer = decorated.answers[IDS.index("GET /stream")]
    assert answer.body == "ab"
    assert [span.events for span in answer.spans] == [("first_byte",)]


def test_no_message_of_an_exception_is_recorded_by_us(decorated: Served, instrumented: Served) -> None:
    for served in (decorated, instrumented):
        assert "secret" not in str(served.points)
        assert "secret" not in str([answer.ours for answer in served.answers])


def test_a_span_below_the_servers_is_open_as_long_as_the_stream(server: str, tmp_path: Path) -> None:
    served = play(tmp_path, server, f'{INSTRUMENTED}[spans]\nmode = "child"\n')
    for ask, answer in zip(ASKS, served.answers, strict=True):
        assert len(answer.servers) == 1, ask
        told = [(span.name, span.kind, span.status, span.attributes.get("error.type", "")) for span in answer.ours]
        status = "ERROR" if ask.error else "UNSET"
        assert told == ([(ask.operation, "INTERNAL", status, ask.error)] if ask.operation else []), ask


def test_a_service_that_is_instrumented_already_is_not_instrumented_twice(server: str, tmp_path: Path) -> None:
    """As `opentelemetry-instrument` does it: before the service is imported."""
    before = "from opentelemetry.instrumentation.django import DjangoInstrumentor as D; D().instrument()"
    served = play(tmp_path, server, INSTRUMENTED, before, DJANGO_SETTINGS_MODULE="site1.settings")
    assert [len(answer.servers) for answer in served.answers] == [1] * len(ASKS)
    assert [answer.ours for answer in served.answers] == [[]] * len(ASKS)
