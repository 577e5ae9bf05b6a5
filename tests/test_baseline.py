"""Start clean and only improve: what a baseline knows is not told, by name; and a gate that judges what has changed."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from splice import testing
from splice.cli import main

APP = "from flask import Flask\n\napp = Flask(__name__)\n"
READ = '\n\n@app.get("/orders/<int:order_id>")\ndef read(order_id):\n    return {"id": order_id}\n'
FIND = '\n\n@app.get("/orders")\ndef find():\n    return []\n'
NEW = '\n\n@app.get("/new")\ndef new():\n    return ""\n'
POLICY = 'codemods = ["auth", "spans"]\n[auth]\nmode = "enforce"\nauthenticate = "auth:who"\n'


def check(root: Path, capsys: pytest.CaptureFixture[str], *options: str) -> tuple[int, str]:
    capsys.readouterr()
    code = main(["check", "--root", str(root), *options])
    captured = capsys.readouterr()
    return code, captured.out + captured.err


def put(root: Path, **files: str) -> None:
    testing.put(root, {name.replace("__", "."): text for name, text in files.items()})


def git(root: Path, *arguments: str) -> None:
    subprocess.run(["git", "-c", "user.name=x", "-c", "user.email=x@example.org", *arguments], cwd=root, check=True)


@pytest.fixture
def service(tmp_path: Path) -> Path:
    put(tmp_path, app__py=APP + READ + FIND)
    assert main(["baseline", "--root", str(tmp_path)]) == 0
    return tmp_path


def test_what_is_known_is_not_told_and_what_is_new_is(service: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert check(service, capsys)[0] == 0
    put(service, app__py='"""Text."""\n' * 50 + APP + FIND + READ)
    assert check(service, capsys)[0] == 0, "code may move"
    put(service, app__py=APP + READ + NEW + FIND)
    code, said = check(service, capsys)
    assert code == 1 and said.splitlines()[0] == "app.py:12: spans,metrics missing: GET /new"
    assert "read" not in said and "/orders" not in said


def test_what_is_fixed_must_leave(service: Path, capsys: pytest.CaptureFixture[str]) -> None:
    known = (service / "codemod.baseline").read_bytes()
    put(service, app__py=APP + READ)
    code, said = check(service, capsys)
    assert code == 1 and "codemod baseline --update" in said and "[baseline-fixed]" in said
    assert check(service, capsys, str(service / "app.py"))[0] == 0, "nobody has looked at the rest"
    assert main(["baseline", "--update", "--root", str(service)]) == 0
    left = (service / "codemod.baseline").read_bytes()
    assert set(left.splitlines()) < set(known.splitlines()) and b'"symbol":"read"' in left and b"find" not in left
    assert check(service, capsys)[0] == 0
    put(service, app__py=APP + READ + FIND)
    assert check(service, capsys)[0] == 1, "what was fixed counts when it comes back"


def test_update_never_adds_and_a_baseline_is_made_once(service: Path, capsys: pytest.CaptureFixture[str]) -> None:
    known = (service / "codemod.baseline").read_bytes()
    put(service, app__py=APP + READ + FIND + NEW)
    assert main(["baseline", "--update", "--root", str(service)]) == 0
    assert (service / "codemod.baseline").read_bytes() == known
    assert main(["baseline", "--root", str(service)]) == 2 and "there is a baseline already" in capsys.readouterr().err
    assert main(["run", "--root", str(service), "--quiet"]) == 0
    assert main(["baseline", "--update", "--root", str(service)]) == 0
    assert not (service / "codemod.baseline").exists(), "an empty one is of no use"
    assert check(service, capsys)[0] == 0
    assert main(["baseline", "--update", "--root", str(service)]) == 2
    assert main(["baseline", "--root", str(service)]) == 0 and not (service / "codemod.baseline").exists()


@pytest.mark.parametrize(
    ("text", "line", "what"),
    [
        ("format = 1\n{}\n", 2, "is no entry"),
        ('format = 1\n{"file":"a","kind":"b","symbol":1}\n', 2, "is no entry"),
        ("format = 2\n", 1, "this codemod knows format 1"),
        ('{"file":"a","kind":"b","symbol":"c"}\n', 1, "has no line"),
        ("format = 1\n<<<<<<< ours\n", 2, "is no entry"),
    ],
)
def test_a_broken_one_is_named_with_its_line(
    text: str, line: int, what: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    put(tmp_path, app__py=APP, codemod__baseline=text)
    code, said = check(tmp_path, capsys)
    assert code == 2 and f"codemod.baseline:{line}: {what}" in said.replace("'format = 2': ", "") and "fix:" in said


def test_it_covers_no_guard_that_an_outer_policy_asks_for(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    root, outer = tmp_path / "service", tmp_path / "outer.toml"
    testing.put(root, {"app.py": APP + READ, "auth.py": "def who(request):\n    return None\n", "codemod.toml": POLICY})
    outer.write_text(POLICY)
    assert main(["baseline", "--root", str(root)]) == 0
    assert check(root, capsys)[0] == 0
    code, said = check(root, capsys, "--policy", str(outer))
    assert code == 1 and "app.py:7: auth missing: GET /orders/{order_id}" in said and "spans missing" not in said
    outer.write_text('allow-suppress = ["auth"]\n' + POLICY)
    assert check(root, capsys, "--policy", str(outer))[0] == 0


def test_under_a_policy_ref_only_what_stood_there_counts(service: Path, capsys: pytest.CaptureFixture[str]) -> None:
    git(service, "init", "-q")
    git(service, "add", "-A")
    git(service, "commit", "-qm", "start")
    put(service, app__py=APP + READ + FIND + NEW)
    (service / "codemod.baseline").unlink()
    assert main(["baseline", "--root", str(service)]) == 0
    assert check(service, capsys)[0] == 0
    code, said = check(service, capsys, "--policy-ref", "HEAD")
    assert code == 1 and "GET /new" in said and "/orders" not in said


def test_a_gate_asks_for_coverage(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    ignored = FIND.replace("def find", "# codemod: ignore[spans] -- a probe\ndef find")
    asked = 'codemods = ["spans"]\n[min-coverage]\nspans = 100\n'
    put(tmp_path, app__py=APP + READ + ignored, codemod__toml=asked)
    assert main(["run", "--root", str(tmp_path), "--quiet"]) == 0
    code, said = check(tmp_path, capsys)
    assert code == 1 and "codemod.toml:3: error: spans: 1 of 2 operations are covered, 50 %" in said
    assert check(tmp_path, capsys, str(tmp_path / "app.py"))[0] == 0, "a part says nothing about the whole"
    put(tmp_path, codemod__toml=asked.replace("100", "50"))
    assert check(tmp_path, capsys)[0] == 0
    outer = tmp_path.parent / "outer.toml"
    outer.write_text("[min-coverage]\nspans = 60\n")
    code, said = check(tmp_path, capsys, "--policy", str(outer))
    assert code == 2 and "codemod.toml:3: min-coverage.spans: the outer policy asks for 60" in said
    put(tmp_path, codemod__toml='codemods = ["spans"]\n')
    assert check(tmp_path, capsys, "--policy", str(outer))[0] == 1
    put(tmp_path, codemod__toml='codemods = ["spans"]\n[min-coverage]\nmetrics = 60\n')
    assert check(tmp_path, capsys)[0] == 2, "a gate that measures nothing is a mistake"


def test_only_what_differs_from_a_commit_counts(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    put(tmp_path, app__py=APP + READ + "\nimport more\n", more__py="from app import app\n" + FIND, codemod__toml="")
    git(tmp_path, "init", "-q")
    git(tmp_path, "add", "-A")
    git(tmp_path, "commit", "-qm", "start")
    since = ("--changed-since", "HEAD")
    assert check(tmp_path, capsys)[0] == 1
    assert check(tmp_path, capsys, *since)[0] == 0
    put(tmp_path, more__py="from app import app\n" + FIND + "# more\n", new__py="from app import app\n" + NEW)
    code, said = check(tmp_path, capsys, *since)
    assert code == 1 and [line.split(":")[0] for line in said.splitlines() if "missing:" in line] == [
        "more.py",
        "new.py",
    ]
    put(tmp_path, codemod__toml='codemods = ["spans"]\n', more__py="from app import app\n" + FIND)
    assert "app.py" in check(tmp_path, capsys, *since)[1], "another configuration is about every file"
    code, said = check(tmp_path, capsys, "--changed-since", "nowhere")
    assert code == 2 and "--changed-since 'nowhere': git knows no such commit" in said
