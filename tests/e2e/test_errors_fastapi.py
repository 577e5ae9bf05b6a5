"""FastAPI: what counts as an error, told from the spans and the metric that a served request leaves behind.

An error is what ends the handler with 500 or above. What is refused before the handler is not its time and not its error.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from e2e.kit import INSTRUMENTED, Ask, Served, engine, serve
from splice import testing

FILES = {
    "errors.py": """\
class Missing(Exception):
    pass


class Gone(Missing):
    pass


class Broken(Exception):
    pass
""",
    "main.py": """\
from collections.abc import AsyncIterator, Iterator

from errors import Broken, Gone, Missing
from fastapi import Depends, FastAPI, HTTPException, Request, Response, WebSocket
from fastapi.responses import JSONResponse, StreamingResponse
from pydantic import BaseModel

app = FastAPI()


class Item(BaseModel):
    id: int


@app.exception_handler(Missing)
async def on_missing(request: Request, error: Missing):
    return JSONResponse({"detail": "missing"}, status_code=404)


@app.exception_handler(Broken)
def on_broken(request: Request, error: Broken):
    return JSONResponse({"detail": "broken"}, 502)


def signed_in():
    raise HTTPException(401, "who are you?")


@app.get("/fine/{item_id}")
def fine(item_id: int) -> Item:
    return Item(id=item_id)


@app.get("/private", dependencies=[Depends(signed_in)])
def private():
    return {}


@app.get("/returned")
async def returned():
    return JSONResponse({}, status_code=500)


@app.get("/set")
def status_is_set(response: Response):
    response.status_code = 503
    return {}


@app.get("/missing")
async def missing():
    raise Missing


@app.get("/gone")
def gone():
    raise Gone


@app.get("/broken")
def broken():
    raise Broken("secret")


@app.get("/model", response_model=Item)
def wrong_model():
    return {"id": "secret"}


@app.get("/unavailable")
async def unavailable():
    raise HTTPException(503, "secret")


@app.get("/lines")
async def lines() -> AsyncIterator[Item]:
    yield Item(id=1)
    yield Item(id=2)


@app.get("/sync-lines")
def sync_lines() -> Iterator[Item]:
    yield Item(id=1)
    yield Item(id=2)


@app.get("/stream")
def stream():
    return StreamingResponse(iter(["a", "b"]))


@app.get("/one")
@app.get("/other")
def two_routes():
    return {}


@app.websocket("/talk/{name}")
async def talk(websocket: WebSocket, name: str):
    await websocket.accept()
    await websocket.send_text(await websocket.receive_text())
    await websocket.close()


@app.get("/not-found")
def not_found():
    raise HTTPException(status_code=404)


@app.get("/bug")
async def bug():
    raise ValueError("secret")
""",
}
ASKS = (
    Ask("GET", "/fine/1", 200, "GET /fine/{item_id}"),
    Ask("GET", "/fine/one", 422),
    Ask("GET", "/private", 401),
    Ask("GET", "/nowhere", 404),
    Ask("GET", "/returned", 500, "GET /returned", "500"),
    Ask("GET", "/set", 503, "GET /set", "503"),
    Ask("GET", "/missing", 404, "GET /missing"),
    Ask("GET", "/gone", 404, "GET /gone"),
    Ask("GET", "/broken", 502, "GET /broken", "errors.Broken"),
    Ask("GET", "/model", 500, "GET /model"),  # the response model is checked after the handler has ended well
    Ask("GET", "/unavailable", 503, "GET /unavailable", "503"),
    Ask("GET", "/not-found", 404, "GET /not-found"),
    Ask("GET", "/bug", 500, "GET /bug", "ValueError"),
    Ask("GET", "/lines", 200, "GET /lines"),
    Ask("GET", "/sync-lines", 200, "GET /sync-lines"),
    Ask("GET", "/stream", 200, "GET /stream"),
    Ask("GET", "/one", 200, "main.two_routes"),
    Ask("GET", "/other", 200, "main.two_routes"),
    Ask("WEBSOCKET", "/talk/ann", 101, "WEBSOCKET /talk/{name}", body=["hello"]),
)
IDS = [ask.path for ask in ASKS]
STREAMS = {"/lines", "/sync-lines", "/stream"}


@pytest.fixture(scope="module")
def decorated(tmp_path_factory: pytest.TempPathFactory) -> Served:
    return play(tmp_path_factory.mktemp("fastapi"), "")


@pytest.fixture(scope="module")
def instrumented(tmp_path_factory: pytest.TempPathFactory) -> Served:
    return play(tmp_path_factory.mktemp("fastapi"), INSTRUMENTED)


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
    assert span.events == (("first_byte",) if ask.path in STREAMS else ())


@pytest.mark.parametrize("index", range(len(ASKS)), ids=IDS)
def test_on_the_instrumentors_server_span(index: int, instrumented: Served) -> None:
    ask, answer = ASKS[index], instrumented.answers[index]
    assert answer.status == ask.status
    assert answer.ours == []
    (server,) = answer.servers
    assert server.attributes.get("app.operation", "") == ask.operation
    assert server.status == ("ERROR" if ask.status >= 500 else "UNSET")
    assert server.attributes.get("error.type", "") == ask.error


@pytest.mark.parametrize("way", ["decorated", "instrumented"])
def test_on_the_metric(way: str, request: pytest.FixtureRequest) -> None:
    served: Served = request.getfixturevalue(way)
    measured = [ask for ask in ASKS if ask.operation and ask.method != "WEBSOCKET"]
    assert served.counts == Counter((ask.operation, ask.error) for ask in measured)


@pytest.mark.parametrize("way", ["decorated", "instrumented"])
def test_no_message_of_an_exception_is_recorded_by_us(way: str, request: pytest.FixtureRequest) -> None:
    served: Served = request.getfixturevalue(way)
    assert "secret" not in str(served.points)
    assert "secret" not in str([answer.ours for answer in served.answers])
