"""Routes of FastAPI that lead to nothing that can be decorated, or to no static path, are listed with the reason."""

from __future__ import annotations

from pathlib import Path

import pytest
from fastapi_projects import APP
from routing_table import points_of

from splice.frameworks.fastapi import framework
from splice.model import Reason


@pytest.mark.parametrize(
    ("text", "symbol", "reason", "skip"),
    [
        ("app.add_api_route('/x', lambda: 1)", "<lambda>", Reason.LAMBDA, True),
        ("import functools\ndef f(): ...\napp.add_api_route('/x', functools.partial(f, 1))", "<partial>", Reason.PARTIAL, True),
        ("from os import getcwd\napp.add_api_route('/x', getcwd)", "getcwd", Reason.ENDPOINT_OUTSIDE, True),
        ("import json\napp.add_api_route('/x', json.loads)", "loads", Reason.ENDPOINT_OUTSIDE, True),
        ("app.add_api_route('/x', globals()['f'])", "<endpoint>", Reason.ENDPOINT_UNKNOWN, True),
        ("class K: ...\napp.add_route('/x', K)", "K", Reason.ENDPOINT_UNKNOWN, True),
        ("class K:\n    async def __call__(self, s, r, t): ...\napp.add_route('/x', K())", "<endpoint>", Reason.ENDPOINT_UNKNOWN, True),
        ("keep = [app.get('/x')]", "get", Reason.ENDPOINT_UNKNOWN, True),
        ("import os\n@app.get(os.environ['P'])\ndef f(): ...", "f", Reason.ROUTE_NOT_STATIC, False),
        ("import os\n@app.api_route('/x', methods=os.environ['M'].split())\ndef f(): ...", "f", Reason.ROUTE_NOT_STATIC, False),
        ("from outside import thing\n@thing.get('/x')\ndef f(): ...", "f", Reason.RECEIVER_UNKNOWN, True),
        ("def g(thing):\n    @thing.get('/x')\n    def f(): ...", "g.f", Reason.RECEIVER_UNKNOWN, True),
        ("r = APIRouter()\n@r.get('/x')\ndef f(): ...", "f", Reason.NOT_MOUNTED, True),
        ("r = APIRouter()\n@r.get('/x')\ndef f(): ...\nfor x in load(): app.include_router(x)", "f", Reason.NOT_MOUNTED, False),
        (
            "from pydantic_settings import BaseSettings\nclass S(BaseSettings):\n    P: str = '/v1'\ns = S()\n"
            "r = APIRouter()\n@r.get('/x')\ndef f(): ...\napp.include_router(r, prefix=s.P)",
            "f",
            Reason.ROUTE_NOT_STATIC,
            False,
        ),
        (
            "class R(APIRouter):\n    def add_api_route(self, path, *a, **k):\n"
            "        super().add_api_route(path.rstrip('/'), *a, **k)\n"
            "r = R()\n@r.get('/x')\ndef f(): ...\napp.include_router(r)",
            "f",
            Reason.ROUTE_NOT_STATIC,
            False,
        ),
        (
            "from starlette.endpoints import WebSocketEndpoint\nclass W(WebSocketEndpoint):\n"
            "    async def on_receive(self, w, d): ...\napp.add_websocket_route('/x', W)",
            "W",
            Reason.ENDPOINT_UNKNOWN,
            True,
        ),
    ],
)  # fmt: skip
def test_what_cannot_be_done_is_listed_with_its_reason(
    tmp_path: Path, text: str, symbol: str, reason: Reason, skip: bool
) -> None:
    points = points_of(tmp_path, {"main.py": APP + text + "\n"}, framework)
    assert {(name, p.reason, p.skip) for name, p in points.items()} == {(symbol, reason, skip)}
    assert points[symbol].detail


def test_a_path_that_is_not_static_is_the_dotted_name(tmp_path: Path) -> None:
    points = points_of(tmp_path, {"main.py": APP + "import os\n@app.get(os.environ['P'])\ndef f(): ...\n"}, framework)
    assert points["f"].operation == "main.f"
