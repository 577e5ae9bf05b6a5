"""Where the calls that register a FastAPI handler end, for arguments that are added to them."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from splice import config, testing
from splice.pipeline import Request, plan
from splice.registry import codemods

HEAD = "from fastapi import APIRouter, FastAPI\nfrom fastapi.routing import APIRoute\n\napp = FastAPI()\n\n\n"
SHAPES = {
    '@app.get("/x")\ndef f(): ...\n': ['app.get("/x")'],
    '@app.get(\n    "/x",\n)\nasync def f(): ...\n': ['app.get(\n    "/x",\n)'],
    '@app.get("/x")\n@app.post("/y")\ndef f(): ...\n': ['app.get("/x")', 'app.post("/y")'],
    'def f(): ...\napp.add_api_route("/x", f)\n': ['app.add_api_route("/x", f)'],
    'def f(): ...\nfor p in ("/x", "/y"):\n    app.add_api_route(p, f)\n': ["app.add_api_route(p, f)"],
    '@app.websocket("/x")\nasync def f(ws): ...\n': ['app.websocket("/x")'],
    'def f(): ...\napp.router.routes.append(APIRoute("/x", f))\n': [],
    'def f(): ...\ndef g(): ...\nfor h in (f, g):\n    app.add_api_route("/x", h)\n': [],
    'def f(request): ...\napp.add_route("/x", f)\n': [],
}


@pytest.mark.parametrize("source", SHAPES)
def test_the_ends_of_the_calls(tmp_path: Path, source: str) -> None:
    testing.put(tmp_path, {"main.py": HEAD + source.replace(": ...", ": return 1")})
    planned = plan(Request(tmp_path, config.load(tmp_path, None, codemods()), testing.TODAY))
    point = next(p for p in planned.survey.matched.points if p.symbol == "f")
    text = (tmp_path / "main.py").read_text()
    found = [
        ast.get_source_segment(text, node)
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.Call) and (node.end_lineno, node.end_col_offset) in point.calls
    ]
    assert sorted(filter(None, found)) == sorted(SHAPES[source])
    assert point.declared == ("add_route" not in source)


def test_a_call_in_another_file_cannot_be_added_to(tmp_path: Path) -> None:
    handlers = "def f():\n    return 1\n"
    testing.put(
        tmp_path, {"main.py": HEAD + 'import handlers\napp.add_api_route("/x", handlers.f)\n', "handlers.py": handlers}
    )
    planned = plan(Request(tmp_path, config.load(tmp_path, None, codemods()), testing.TODAY))
    point = next(p for p in planned.survey.matched.points if p.symbol == "f")
    assert point.calls == () and point.declared
