"""Flask: what counts as an error, told from the spans and the metric that a served request leaves behind."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from e2e.kit import INSTRUMENTED, Ask, Served, engine, serve
from splice import testing

FILES = {
    "main.py": """\
from flask import Flask, Response, abort, jsonify, make_response, stream_with_context
from werkzeug.exceptions import ServiceUnavailable

app = Flask(__name__)


class Missing(Exception):
    pass


class Gone(Missing):
    pass


class Broken(Exception):
    pass


@app.errorhandler(Missing)
def on_missing(error):
    return "missing", 404


@app.errorhandler(Broken)
def on_broken(error):
    return jsonify(detail="broken"), 500


@app.get("/fine/<int:item_id>")
def fine(item_id):
    return {"id": item_id}


@app.get("/pair")
@app.get("/double")
def both():
    return "", 201


@app.get("/abort-404")
def abort_404():
    abort(404)


@app.get("/abort-503")
def abort_503():
    abort(503, "secret")


@app.get("/abort-response")
def abort_response():
    abort(Response("", 502))


@app.get("/unavailable")
def unavailable():
    raise ServiceUnavailable("secret")


@app.get("/missing")
def missing():
    raise Missing


@app.get("/gone")
def gone():
    raise Gone


@app.get("/broken")
def broken():
    raise Broken("secret")


@app.get("/tuple")
def a_tuple():
    return "x", 500


@app.get("/status-text")
def status_text():
    return "x", "503 Not Today", {"X-Why": "secret"}


@app.get("/headers")
def headers():
    return "x", {"X-Status": "500"}


@app.get("/made")
def made():
    return make_response("x", 504)


@app.get("/bug")
def bug():
    raise ValueError("secret")


@app.get("/stream")
def stream():
    def rows():
        yield "a"
        yield "b"

    return Response(stream_with_context(rows()))


@app.get("/generator")
def generator():
    yield "a"
    yield "b"
""",
}
ASKS = (
    Ask("GET", "/fine/1", 200, "GET /fine/{item_id}"),
    Ask("GET", "/fine/one", 404),
    Ask("POST", "/fine/1", 405),
    Ask("GET", "/pair", 201, "main.both"),
    Ask("GET", "/double", 201, "main.both"),
    Ask("GET", "/abort-404", 404, "GET /abort-404"),
    Ask("GET", "/abort-503", 503, "GET /abort-503", "503"),
    Ask("GET", "/abort-response", 502, "GET /abort-response", "502"),
    Ask("GET", "/unavailable", 503, "GET /unavailable", "503"),
    Ask("GET", "/missing", 404, "GET /missing"),
    Ask("GET", "/gone", 404, "GET /gone"),
    Ask("GET", "/broken", 500, "GET /broken", "main.Broken"),
    Ask("GET", "/tuple", 500, "GET /tuple", "500"),
    Ask("GET", "/status-text", 503, "GET /status-text", "503"),
    Ask("GET", "/headers", 200, "GET /headers"),
    Ask("GET", "/made", 504, "GET /made", "504"),
    Ask("GET", "/bug", 500, "GET /bug", "ValueError"),
    Ask("GET", "/stream", 200, "GET /stream"),
    Ask("GET", "/generator", 200, "GET /generator"),
)
IDS = [ask.path for ask in ASKS]


@pytest.fixture(scope="module")
def decorated(tmp_path_factory: pytest.TempPathFactory) -> Served:
    return play(tmp_path_factory.mktemp("flask"), "")


@pytest.fixture(scope="module")
def instrumented(tmp_path_factory: pytest.TempPathFactory) -> Served:
    return play(tmp_path_factory.mktemp("flask"), INSTRUMENTED)


def play(root: Path, config: str) -> Served:
    testing.put(root, FILES)
    engine(root, config)
    return serve(root, "main:app", ASKS)


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
    if ask.path == "/generator":  # its first line runs when Flask's part, and the instrumentor's span, are over
        assert [span.name for span in answer.ours] == [ask.operation]
        return
    assert answer.ours == []
    (server,) = answer.servers
    assert server.attributes.get("app.operation", "") == ask.operation
    assert server.attributes.get("error.type", "") == ask.error
    assert server.status == ("ERROR" if ask.status >= 500 else "UNSET")


@pytest.mark.parametrize("way", ["decorated", "instrumented"])
def test_on_the_metric(way: str, request: pytest.FixtureRequest) -> None:
    served: Served = request.getfixturevalue(way)
    assert served.counts == Counter((ask.operation, ask.error) for ask in ASKS if ask.operation)


def test_a_stream_is_one_span_that_saw_its_first_byte(decorated: Served) -> None:
    for path in ("/stream", "/generator"):
        answer = decorated.answers[IDS.index(path)]
        assert answer.body == "ab"
        assert [span.events for span in answer.spans] == [("first_byte",)]


@pytest.mark.parametrize("way", ["decorated", "instrumented"])
def test_no_message_of_an_exception_is_recorded_by_us(way: str, request: pytest.FixtureRequest) -> None:
    served: Served = request.getfixturevalue(way)
    assert "secret" not in str(served.points)
    assert "secret" not in str([answer.ours for answer in served.answers])
