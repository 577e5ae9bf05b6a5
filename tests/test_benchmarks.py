"""The benchmark itself: what it generates is always the same, a wrong edit is seen, and figures are of real commands."""

from __future__ import annotations

import ast
import hashlib
import math
import subprocess
import sys
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
from benchmarks import corpora, generate, shapes
from benchmarks.chart import svg
from benchmarks.editor import percentile
from benchmarks.edits import Edits, differences, edits
from benchmarks.generate import Shape, services
from benchmarks.measure import Contender, Failed, compare, once
from benchmarks.peers import HERE, Tools, pinned
from benchmarks.results import markdown
from benchmarks.rows import Results, Row

from splice import testing

SHAPE = Shape(24, 3)


def digest(texts: dict[str, str]) -> str:
    return hashlib.sha256(repr(sorted(texts.items())).encode()).hexdigest()


def test_a_generated_corpus_is_the_same_in_every_process_and_python() -> None:
    code = "import hashlib; from benchmarks.generate import *; t = dict(services(Shape(24, 3)))\n"
    code += "print(hashlib.sha256(repr(sorted(t.items())).encode()).hexdigest())"
    seen = {
        subprocess.run(
            [sys.executable, "-c", code],
            cwd=HERE.parent,
            env={"PYTHONHASHSEED": seed},
            check=True,
            capture_output=True,
            text=True,
        ).stdout.strip()
        for seed in ("1", "2")
    }
    assert seen == {digest(dict(services(SHAPE)))}


def test_generated_modules_are_of_the_length_and_share_that_is_said() -> None:
    texts = {name: text for name, text in services(Shape(60, 3)) if name.count("/") == 3 and "__init__" not in name}
    assert len(texts) == 60
    assert all(100 <= text.count("\n") <= 310 for text in texts.values())
    handling = [text for text in texts.values() if "\n@bp." in text or "\n@router." in text]
    assert len(handling) == 20
    for text in texts.values():
        ast.parse(text)
    assert sum("\n@bp." in text for text in texts.values()) == 20, "the first service is Flask's"


def test_files_of_a_length_and_of_many_handlers() -> None:
    for lines in (100, 1000):
        text = dict(shapes.of_lines(lines))["shop/main.py"]
        assert text.count("\n") == lines
        ast.parse(text)
    assert dict(shapes.of_points(30))["shop/main.py"].count("\n@app.get(") == 30
    found = dict(shapes.deep(5, 10))
    assert max(name.count("/") for name in found) == 6


def test_splice_finds_every_handler_of_a_generated_corpus(tmp_path: Path) -> None:
    corpus = corpora.service(tmp_path, 12, 3)
    before = {path: path.read_bytes() for path in corpus.files}
    testing.run(corpus.folder, rules=False)
    found = edits(corpus.folder)
    assert (found.decorators, found.imports, len(found.trees)) == (12, 4, 4)
    corpus.restore()
    assert {path: path.read_bytes() for path in corpus.files} == before
    assert corpora.service(tmp_path, 12, 3) == corpus


def repository(folder: Path, text: str) -> Edits:
    generate.write(folder, iter([("a.py", "import flask\n\n\n@app.get('/')\ndef f():\n    return 1\n")]))
    for command in ("init -q", "add -A", "-c user.name=a -c user.email=a@example.com commit -q -m a"):
        subprocess.run(["git", *command.split()], cwd=folder, check=True)
    (folder / "a.py").write_text(text, encoding="utf-8")
    return edits(folder)


GOOD = "import flask\nfrom s import observed\n\n\n@app.get('/')\n@observed('GET /')\ndef f():\n    return 1\n"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (GOOD.replace("'GET /'", "'handler'"), ""),
        ("from s import observed\n" + GOOD.replace("from s import observed\n", ""), ""),
        (GOOD.replace("@observed('GET /')\n", ""), "0 handlers decorated, not 1"),
        (GOOD.replace("from s import observed\n", ""), "0 imports added, not 1"),
        (GOOD.replace("return 1", "return 2"), "1 files came out otherwise, such as a.py"),
        (GOOD.replace("@app.get('/')\n@observed('GET /')", "@observed('GET /')\n@app.get('/')"), "came out otherwise"),
    ],
)
def test_other_edits_are_told_apart(tmp_path: Path, text: str, said: str) -> None:
    ours, theirs = repository(tmp_path / "ours", GOOD), repository(tmp_path / "theirs", text)
    assert (ours.decorators, ours.imports) == (1, 1)
    found = "; ".join(differences(ours, theirs))
    assert said in found
    assert bool(said) == bool(found)


def test_a_file_that_one_alone_has_changed_is_named(tmp_path: Path) -> None:
    ours = repository(tmp_path, GOOD)
    assert differences(ours, Edits(1, 1, {}))[0] == "1 files left alone, such as a.py"
    assert differences(Edits(1, 1, {}), ours)[0] == "1 files changed by it alone, such as a.py"


def test_costs_are_those_of_the_command_and_its_children(tmp_path: Path) -> None:
    busy = (
        "import subprocess, sys; subprocess.run([sys.executable, '-c', 'x = bytearray(64 << 20); sum(range(4000000))'])"
    )
    idle = Contender("idle", [sys.executable, "-I", "-S", "-c", "import time; time.sleep(0.3)"], tmp_path)
    log: list[str] = []
    child = Contender("child", [sys.executable, "-c", busy], tmp_path, before=lambda: log.append("child"))
    found = compare([idle, child], 2)
    assert log == ["child"] * 3, "a round to warm up, and two that count"
    assert found["child"].runs == 2
    assert found["idle"].wall >= 0.3
    assert found["idle"].cpu < found["child"].cpu
    assert found["child"].peak > 64 << 20 > found["idle"].peak


def test_a_command_that_fails_has_no_figures(tmp_path: Path) -> None:
    with pytest.raises(Failed, match="exit code 7\ngone"):
        once(Contender("gone", [sys.executable, "-c", "print('gone'); raise SystemExit(7)"], tmp_path))


def test_what_takes_too_long_is_ended_and_the_others_go_on(tmp_path: Path) -> None:
    endless = Contender("endless", [sys.executable, "-c", "while True: pass"], tmp_path)
    seen: list[str] = []
    found = compare(
        [endless, Contender("true", ["true"], tmp_path)], 2, done=lambda one: seen.append(one.name), limit=1
    )
    assert found["endless"].cpu == math.inf
    assert found["true"].runs == 2
    assert seen == ["endless", "true"]
    row = Row("slow", found["endless"].cpu / 2, 1.0, "x")
    assert not row.met
    assert row.cells[2] == "did not end in time"


def test_what_misses_its_bound_is_said(tmp_path: Path) -> None:
    rows = [Row("fast", 0.5, 0.6, "x"), Row("slow", 61.0, 60.0, "y"), Row("times", 49.0, 50.0, "z", at_most=False)]
    text = markdown(Results(rows), Tools(tmp_path, {"ruff": "1"}), quick=False)
    assert "1 of 3 bounds are met" in text
    assert "- slow: 61, at most 60\n- times: 49, at least 50\n" in text
    assert "| fast | x | at most 0.6 | 0.5 | yes |" in text
    assert str(tmp_path) not in text


def test_percentiles_and_pins_and_a_chart_that_is_xml() -> None:
    assert [percentile([float(n) for n in range(20, 0, -1)], share) for share in (0.5, 0.95, 1)] == [10, 19, 20]
    assert set(pinned((HERE / "peers.txt").read_text())) == {"peers", "semgrep"}
    drawn = ET.fromstring(svg({"check & find": {"splice": 0.4, "ast-grep": 1.0, "libcst": 140.0}}))
    words = ["".join(text.itertext()) for text in drawn.iter("{http://www.w3.org/2000/svg}text")]
    assert {"check & find", "splice", "0.40", "140"} <= set(words)
