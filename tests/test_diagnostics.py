"""What a gate tells, one item for each thing: kinds that are explained, and names that last while code moves."""

from __future__ import annotations

import ast
from datetime import date
from pathlib import Path

import splice
from splice import testing
from splice.config import load
from splice.model import Reason
from splice.pipeline import Request, plan
from splice.registry import codemods
from splice.report.catalogue import CHANGES, FINDINGS, kind
from splice.report.diagnostics import Diagnostic, diagnostics
from splice.report.report import Report

APP = "from flask import Flask\n\napp = Flask(__name__)\n"
READ = '\n\n@app.get("/orders/<int:order_id>")\ndef read(order_id):\n    return {"id": order_id}\n'
FIND = '\n\n@app.get("/orders")\ndef find():\n    return []\n'


def told(root: Path, files: dict[str, str | bytes]) -> tuple[Diagnostic, ...]:
    testing.put(root, files)
    found = diagnostics(Report("check", plan(Request(root, load(root, None, codemods()), date(2026, 11, 24)))))
    return tuple(one for one in found if one.level != "note")


def test_one_for_each_codemod_and_for_what_follows_from_insertions(tmp_path: Path) -> None:
    found = told(tmp_path, {"app.py": APP + READ, "requirements.txt": "flask\n"})
    assert [(one.kind, one.level, one.file, one.line, one.symbol, one.codemod) for one in found] == [
        ("metrics-missing", "error", "app.py", 7, "read", "metrics"),
        ("spans-missing", "error", "app.py", 7, "read", "spans"),
        ("dependency-missing", "error", "requirements.txt", 0, "opentelemetry-api", ""),
        ("scaffold-missing", "error", "scaffold.py", 0, "", ""),
    ]
    assert all(one.is_drift and one.fix == "codemod run" for one in found)
    assert found[1].message == "spans missing: GET /orders/{order_id}"


def test_a_fingerprint_lasts_while_code_moves(tmp_path: Path) -> None:
    before = told(tmp_path / "a", {"app.py": APP + READ + FIND})
    after = told(
        tmp_path / "b", {"app.py": '"""Text."""\n' * 50 + APP + FIND + READ.replace("order_id>", "order_id>/")}
    )
    lines = {one.line for one in before if one.line} & {one.line for one in after if one.line}
    assert {one.fingerprint for one in before} == {one.fingerprint for one in after}
    assert len({one.fingerprint for one in before}) == len(before) and not lines


def test_a_finding_is_named_after_the_definition_around_it(tmp_path: Path) -> None:
    comment = READ.replace("def read", "# codemod: ignore[spam] -- no\ndef read")
    files: dict[str, str | bytes] = {"app.py": APP + comment, "broken.py": "from flask import Flask\napp.get(\n"}
    wrong, broken = (one for one in told(tmp_path, files) if not one.is_drift)
    assert (wrong.kind, wrong.symbol, wrong.line) == ("suppression-wrong", "read", 7)
    assert (broken.kind, broken.file, broken.level) == ("syntax-error", "broken.py", "error")


def test_every_kind_is_explained() -> None:
    known = codemods()
    names = {
        f"{one}-{word}" for one in (*known, "scaffold", "import", "insertion", "lock") for word, _ in CHANGES.values()
    }
    for name in (*names, *FINDINGS, *(reason.value for reason in Reason)):
        assert kind(name, known).about.endswith(".") and kind(name, known).help.endswith(".")


def test_every_code_of_a_finding_is_in_the_catalogue() -> None:
    package = Path(splice.__file__).parent
    codes: set[str] = set()
    for path in (*package.rglob("*.py"), *Path(package / "codemods").resolve().glob("*.py")):
        if "parts" in path.parts:
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Finding":
                codes |= {str(arg.value) for arg in node.args[1:2] if isinstance(arg, ast.Constant)}
    assert codes and codes <= set(FINDINGS)
