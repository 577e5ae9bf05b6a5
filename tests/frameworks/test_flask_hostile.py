"""Sources that try to make the search for Flask's routes run forever, or fall over, get an answer."""

from __future__ import annotations

from pathlib import Path

import pytest
from flask_table import points, put

HEAD = "from flask import Flask, Blueprint\napp = Flask(__name__)\n"
ROUTE = "\n@app.get(P)\ndef g(): pass"

nested = "def f(x):\n    y = x\n    return y\nP = " + "f(" * 80 + "'/x'" + ")" * 80 + ROUTE
doubling = "def f0(x): return x\n" + "".join(
    f"def f{i}(x):\n    a = f{i - 1}(x)\n    b = f{i - 1}(x)\n    return f{i - 1}(a) + f{i - 1}(b)\n"
    for i in range(1, 60)
)
diamond = "".join(f"b{i} = Blueprint('b{i}', __name__, url_prefix='/{i}')\n" for i in range(40))
diamond += "".join(f"b{i}.register_blueprint(b{i + 1})\n" for i in range(39))
diamond += "".join(f"b{i}.register_blueprint(b{i + 1}, url_prefix='/o', name='o')\n" for i in range(39))
diamond += "app.register_blueprint(b0)\n@b39.get('/x')\ndef g(): pass"
numbers = ",".join(map(str, range(300)))
loops = (
    f"X = [{numbers}]\nfor a in X:\n for b in X:\n  for c in X:\n   @app.get(f'/{{a}}/{{b}}/{{c}}')\n   def g(): pass"
)
decorators = "".join(f"def d{i}(f):\n    @d{i + 1}\n    def w(): pass\n    return w\n" for i in range(60))
circle = "".join(f"class A{i}(A{(i - 1) % 50}): pass\n" for i in range(50)) + "@A5().route('/x')\ndef g(): pass"


@pytest.mark.parametrize(
    ("text", "operation"),
    [
        (nested, "main.g"),
        (doubling + "P = f59('/x')" + ROUTE, "main.g"),
        (diamond, "main.g"),
        (loops, "main.g"),
        (decorators + "@d0\n@app.get('/x')\ndef g(): pass", "GET /x"),
        (circle, "g"),
        ("x = app" + ".a()" * 300 + "\n@x.route('/x')\ndef g(): pass", "g"),
        ("P = " + " + ".join(["'/x'"] * 900) + ROUTE, "GET " + "/x" * 900),
        ("def a(t):\n    b(t)\ndef b(t):\n    a(t)\n    @t.get('/x')\n    def g(): pass\na(app)", "GET /x"),
    ],
    ids=["nested", "doubling", "diamond", "loops", "decorators", "circle", "calls", "sum", "mutual"],
)
def test_there_is_an_answer(text: str, operation: str, tmp_path: Path) -> None:
    assert [p.operation for p in points(put(tmp_path, HEAD + text)) if p.kind == "handler"] == [operation]


def test_circular_imports_end(tmp_path: Path) -> None:
    text = "import flask\nfrom other import bp\n@bp.route('/x')\ndef f(): pass\n# file: other.py\nfrom main import bp"
    (point,) = points(put(tmp_path, text))
    assert point.reason is not None
    assert point.reason.value == "receiver-unknown"
