"""Registrations that used to be missed without a word: found, or listed with their reason."""

from __future__ import annotations

from pathlib import Path

import pytest

from splice import testing

FLASK = "import functools\nfrom flask import Blueprint, Flask\napp = Flask(__name__)\nbp = Blueprint('bp', __name__)\n"
FAST = "import functools\nfrom fastapi import APIRouter, FastAPI\napp = FastAPI()\nr = APIRouter()\n"
F = "def f(): return ''\n"
BOTH = (
    "def api_route(path):\n    def deco(g):\n        app.add_url_rule(path, view_func=g)\n        return g\n"
    "    return deco\n@api_route('/a')\ndef a(): return ''\n"
)
DIRECT = "def at(g):\n    app.add_url_rule('/' + 'x', view_func=g)\n    return g\n@at\ndef a(): return ''\n"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (FLASK + F + "bp.record(lambda s: s.app.add_url_rule('/x', view_func=f))", {"receiver-unknown"}),
        (FLASK + F + "late = lambda: app.add_url_rule('/x', view_func=f)\nlate()", {"receiver-unknown"}),
        (FLASK + F + "late = lambda g: app.route('/x')(g)\nlate(f)", {"receiver-unknown"}),
        (
            FLASK + F + "a = lambda: app.add_url_rule('/x', view_func=f)\nb = lambda: app.add_url_rule('/y', view_func=f)",
            {"6 receiver-unknown", "7 receiver-unknown"},
        ),
        (FLASK + "@bp.get('/x')\ndef f(): return ''\nh = [lambda a: a.register_blueprint(bp)]", {"main.f"}),
        (FLASK + BOTH + F + "api_route('/x')(f)", {"GET /a", "GET /x"}),
        (FLASK + BOTH + "def made():\n    def f(): return ''\n    api_route('/x')(f)\nmade()", {"GET /a", "GET /x"}),
        (FLASK + BOTH + "api_route('/x')(lambda: '')", {"GET /a", "lambda"}),
        (FLASK + DIRECT + F + "at(f)", {"GET /x"}),
        (FLASK + "get = functools.partial(app.route, methods=['PUT'])\n@get('/x')\n" + F, {"PUT /x"}),
        (FLASK + "get = functools.partial(app.route, methods=['PUT'])\n@get('/x', methods=['POST'])\n" + F, {"POST /x"}),
        (FLASK + "@functools.partial(app.route, '/x')()\n" + F, {"GET /x"}),
        (FLASK + "add = functools.partial(app.add_url_rule, '/x')\n" + F + "add(view_func=f)", {"GET /x"}),
        (FAST + F + "h = [lambda a: a.add_api_route('/x', f)]", {"receiver-unknown"}),
        (FAST + F + "h = lambda: app.get('/x')(f)", {"receiver-unknown"}),
        (FAST + "@r.get('/x')\n" + F + "h = [lambda a: a.include_router(r, prefix='/y')]", {"main.f"}),
        (FAST + "get = functools.partial(app.get, tags=['x'])\n@get('/x')\n" + F, {"GET /x"}),
        (FAST + "@functools.partial(app.get, '/x')()\n" + F, {"GET /x"}),
    ],
)  # fmt: skip
def test_a_registration_that_nobody_sees_is_found_or_listed(text: str, expected: set[str], tmp_path: Path) -> None:
    testing.put(tmp_path, {"main.py": text + "\n", "codemod.toml": 'codemods = ["spans"]\n'})
    points = testing.run(tmp_path, write=False).planned.survey.matched.points
    lines = any(item[0].isdigit() for item in expected)
    found = set()
    for point in points:
        if point.kind == "handler":
            line = f"{point.line} " if lines else ""
            found.add(f"{line}{point.reason.value}" if point.skip and point.reason else point.operation)
    assert found == expected
