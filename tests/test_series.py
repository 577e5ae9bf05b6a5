"""The worst-case number of series is computed from the source and can be capped."""

from __future__ import annotations

import ast
import importlib.resources
from pathlib import Path

from splice import testing
from splice.series import ERROR_TYPES, worst_case

APP = """\
from flask import Flask

app = Flask(__name__)


@app.get("/a")
def a():
    return ""


@app.get("/b")
def b():
    return ""
"""


def test_the_bound_is_the_scaffolds_own() -> None:
    text = (importlib.resources.files("splice") / "parts/v1/errors.py").read_text()
    values = {
        target.id: node.value.value
        for node in ast.parse(text).body
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    assert values["_MAX_ERROR_TYPES"] == ERROR_TYPES - 1


def test_each_operation_counts_once() -> None:
    assert worst_case(["GET /a", "GET /a", "GET /b"]) == 36


def test_a_cap_is_a_gate(tmp_path: Path) -> None:
    testing.put(tmp_path, {"main.py": APP, "codemod.toml": "[metrics]\nmax-series = 36\n"})
    assert not testing.run(tmp_path).findings or "max-series" not in {f.code for f in testing.run(tmp_path).findings}
    (tmp_path / "codemod.toml").write_text("[metrics]\nmax-series = 35\n")
    (found,) = (f for f in testing.run(tmp_path).findings if f.code == "max-series")
    assert (found.level, found.file, found.line) == ("error", "codemod.toml", 2)
    assert "36 series" in found.message


def test_spans_alone_cost_no_series(tmp_path: Path) -> None:
    testing.put(tmp_path, {"main.py": APP, "codemod.toml": 'codemods = ["spans"]\n[metrics]\nmax-series = 1\n'})
    assert "max-series" not in {f.code for f in testing.run(tmp_path).findings}
