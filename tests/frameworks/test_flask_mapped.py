"""Exceptions with a handler in Flask are known by their run-time name, with the status that the handler returns."""

from __future__ import annotations

from pathlib import Path

import pytest
from flask_table import project, put

from splice.frameworks.flask import framework

HEAD = """
import http, os
from http import HTTPStatus
from flask import Flask, Blueprint, jsonify, make_response, Response, redirect, render_template, current_app
app = Flask(__name__)
class Missing(Exception):
    code = 404
class Usage(Exception):
    status_code = 400
    def __init__(self, status_code=None):
        if status_code is not None:
            self.status_code = status_code
"""


def mapped(root: Path) -> dict[str, int]:
    return dict(framework.mapped(project(root)))


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ("return 'x', 404", 404),
        ("return 'x', 409, {'X': 'y'}", 409),
        ("return 'x', {'X': 'y'}", 200),
        ("return {'x': 1}", 200),
        ("return 'x'", 200),
        ("return jsonify(x=1)", 200),
        ("return jsonify(x=1), HTTPStatus.CONFLICT", 409),
        ("return jsonify(x=1), http.HTTPStatus.GONE.value", 410),
        ("return make_response(jsonify(x=1), 418)", 418),
        ("return make_response(('x', 409))", 409),
        ("return make_response('x')", 200),
        ("return Response('x', status=503)", 503),
        ("return Response('x', 502)", 502),
        ("return Response('x', status='404 NOT FOUND')", 404),
        ("return app.response_class(status=404)", 404),
        ("return current_app.response_class('x', 404)", 404),
        ("return render_template('x.html'), 500", 500),
        ("return redirect('/x')", 302),
        ("response = jsonify(x=1)\n    response.status_code = 409\n    return response", 409),
        ("response = make_response('x', 410)\n    return response", 410),
        ("if error.args:\n        return 'x', 404\n    return 'x', 422", 422),
        ("return 'x', 404 if error.args else 410", 410),
        ("return 'x', error.code", 404),
        ("return problem('x', 451)", 451),
        ("return problem('x')", 400),
        ("return 'x', int(os.environ['S'])", 0),
        ("return error.get_response()", 0),
        ("raise error", 0),
        ("return 'x', 404 if error.args else error.other()", 0),
    ],
)
def test_the_status_of_a_handler(body: str, status: int, tmp_path: Path) -> None:
    helper = "def problem(text, status=400):\n    return jsonify(text), status\n"
    root = put(tmp_path, HEAD + helper + f"@app.errorhandler(Missing)\ndef handle(error):\n    {body}")
    assert mapped(root) == {"main.Missing": status}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("@app.errorhandler(404)\ndef f(e): return 'x', 404", {}),
        ("@app.errorhandler(Exception)\ndef f(e): return 'x', 500", {"builtins.Exception": 500}),
        (
            "from werkzeug.exceptions import HTTPException as H\n@app.errorhandler(H)\ndef f(e): return e",
            {"werkzeug.exceptions.HTTPException": 0},
        ),
        (
            "@app.errorhandler(Missing)\n@app.errorhandler(KeyError)\ndef f(e): return 'x', 404",
            {"main.Missing": 404, "builtins.KeyError": 404},
        ),
        (
            "bp = Blueprint('b', __name__)\n@bp.app_errorhandler(Missing)\ndef f(e): return 'x', 404\n"
            "@bp.errorhandler(ValueError)\ndef g(e): return 'x', 400",
            {"main.Missing": 404, "builtins.ValueError": 400},
        ),
        (
            "def f(e): return 'x', 404\ndef g(e): return 'x', 500\n"
            "app.register_error_handler(Missing, f)\napp.register_error_handler(code_or_exception=OSError, f=g)",
            {"main.Missing": 404, "builtins.OSError": 500},
        ),
        (
            "def f(e): return 'x', 404\nfor e in (Missing, KeyError):\n    app.register_error_handler(e, f)",
            {"main.Missing": 404, "builtins.KeyError": 404},
        ),
        ("def f(e): return 'x', 404\napp.errorhandler(Missing)(f)", {"main.Missing": 404}),
        ("app.register_error_handler(Missing, lambda e: ('x', 404))", {"main.Missing": 0}),
        ("@app.errorhandler(Usage)\ndef f(e): return 'x', e.status_code", {"main.Usage": 0}),
        (
            "def setup(target):\n    class Local(Exception): pass\n    @target.errorhandler(Local)\n"
            "    def f(e): return 'x', 404\nsetup(app)",
            {"main.setup.<locals>.Local": 404},
        ),
    ],
)
def test_exceptions_have_their_run_time_names(text: str, expected: dict[str, int], tmp_path: Path) -> None:
    assert mapped(put(tmp_path, HEAD + text)) == expected


def test_the_highest_status_counts_when_blueprints_differ(tmp_path: Path) -> None:
    text = HEAD + "a = Blueprint('a', __name__)\n@a.errorhandler(Missing)\ndef f(e): return 'x', 404\n"
    text += "@app.errorhandler(Missing)\ndef g(e): return 'x', 500"
    assert mapped(put(tmp_path, text)) == {"main.Missing": 500}
