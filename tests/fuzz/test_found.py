"""What generated services have found, each as the smallest service that shows it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from fuzz.properties import look, settled
from splice import testing
from splice.model import Reason
from splice.report.drift import drift, tried
from splice.report.report import Report

APP = """\
from flask import Flask

app = Flask(__name__)


@app.get("/x")
def x():
    return ""
"""


def there_and_back(root: Path, text: str) -> str:
    """The file as `run` leaves it; nothing is refused, another run changes nothing, and `strip` gives `text` back."""
    testing.put(root, {"app.py": text})
    done = testing.run(root, rules=False)
    assert not done.refused
    after = (root / "app.py").read_text()
    assert after.count("observed(") == 1
    settled(root)
    testing.run(root, strip=True, rules=False)
    assert testing.tree(root) == {"app.py": text.encode()}
    return after


def test_a_blank_line_that_could_not_be_told_apart_later_is_not_written(tmp_path: Path) -> None:
    text = "# about it\nimport json\nimport json  # isort: skip\n" + APP
    assert "import json\nfrom scaffold import observed\nimport json  # isort: skip\n" in there_and_back(tmp_path, text)


def test_a_name_that_is_exported_is_taken(tmp_path: Path) -> None:
    text = APP.replace("app =", '__all__ = ["observed"]\napp =')
    assert "from scaffold import observed as _observed\n" in there_and_back(tmp_path, text)


def test_check_asks_for_nothing_that_no_run_can_place(tmp_path: Path) -> None:
    """Nothing at all can be placed here: the lock says that a run has tried, and goes with `strip`."""
    text = "# isort: skip_file\n" + APP
    testing.put(tmp_path, {"app.py": text})
    assert drift(tried(look(tmp_path))[0])  # nobody knows before the first run
    for _ in range(2):
        testing.run(tmp_path, rules=False)
        assert testing.tree(tmp_path) == {"app.py": text.encode(), "codemod.lock": b"format = 1\n"}
        planned, refused = tried(look(tmp_path))
        assert sorted(refused) == [("app.py", "x", "handler", name) for name in ("metrics", "spans")]
        assert drift(planned) == ()
    testing.run(tmp_path, strip=True, rules=False)
    assert testing.tree(tmp_path) == {"app.py": text.encode()}


def test_a_lock_without_rows_goes_when_nothing_is_stuck_any_more(tmp_path: Path) -> None:
    testing.put(tmp_path, {"app.py": "# isort: skip_file\n" + APP})
    testing.run(tmp_path, rules=False)
    testing.put(tmp_path, {"app.py": "x = 1\n"})
    testing.run(tmp_path, rules=False)
    assert testing.tree(tmp_path) == {"app.py": b"x = 1\n"}


@pytest.mark.parametrize("codemods", ['["spans"]', '["instrument", "spans"]'])
def test_another_name_for_the_scaffold_and_no_codemod_at_once(tmp_path: Path, codemods: str) -> None:
    testing.put(tmp_path, {"app.py": APP, "codemod.toml": f'codemods = {codemods}\nscaffold = "parts"\n'})
    testing.run(tmp_path, rules=False)
    testing.put(tmp_path, {"codemod.toml": "codemods = []\n"})
    testing.run(tmp_path, rules=False)
    assert testing.tree(tmp_path) == {"app.py": APP.encode(), "codemod.toml": b"codemods = []\n"}


def test_another_name_for_the_scaffold_and_another_codemod_at_once(tmp_path: Path) -> None:
    testing.put(tmp_path, {"app.py": APP, "codemod.toml": 'codemods = ["spans"]\nscaffold = "parts"\n'})
    testing.run(tmp_path, rules=False)
    testing.put(tmp_path, {"codemod.toml": 'codemods = ["instrument"]\n'})
    testing.run(tmp_path, rules=False)
    assert "\n\nfrom scaffold import instrument\n\n" in (tmp_path / "app.py").read_text()
    settled(tmp_path)
    testing.run(tmp_path, strip=True, rules=False)
    assert (tmp_path / "app.py").read_text() == APP


def test_a_suppression_counts_from_the_first_at_sign_whatever_line_ast_says(tmp_path: Path) -> None:
    text = APP.replace("@app.get", "# codemod: ignore -- by hand\n@(\n    print\n)\n@app.get")
    testing.put(tmp_path, {"app.py": text})
    assert not testing.run(tmp_path, rules=False).changes


def test_an_operation_that_became_long_is_put_right_in_a_block_too(tmp_path: Path) -> None:
    text = "class A:\n    def f(self):\n        return 1\n"
    testing.put(tmp_path, {"a.py": text, "codemod.toml": 'functions = ["**"]\nline-length = 40\n'})
    testing.run(tmp_path, rules=False)
    assert '    @observed("a.A.f")\n' in (tmp_path / "a.py").read_text()
    new = tmp_path / "a_name_that_is_rather_long.py"
    (tmp_path / "a.py").rename(new)
    testing.run(tmp_path, rules=False)
    assert '    @observed(\n        "a_name_that_is_rather_long.A.f"\n    )\n' in new.read_text()
    settled(tmp_path)
    testing.run(tmp_path, strip=True, rules=False)
    assert new.read_text() == text


def test_a_renamed_file_that_is_refused_stays_ours(tmp_path: Path) -> None:
    """A human's comment at our import: it cannot be turned to the other package's scaffold before that is gone."""
    handler = '@app.get("/x")\ndef x():\n    return shared.y\n'
    app = f"from flask import Flask\n\nfrom orders import shared\n\napp = Flask(__name__)\n\n\n{handler}"
    files = {"orders/__init__.py": "", "orders/shared.py": "y = ''\n", "orders/app.py": app, "billing/__init__.py": ""}
    testing.put(tmp_path, files)
    testing.run(tmp_path, rules=False)
    ours = (tmp_path / "orders/app.py").read_text()
    line = "from orders.scaffold import observed\n"
    assert line in ours
    (tmp_path / "orders/app.py").unlink()
    testing.put(
        tmp_path, {"billing/app.py": ours.replace(line, "from orders.scaffold import (\n    observed,  # keep\n)\n")}
    )
    refused = testing.run(tmp_path, rules=False).refused
    assert {found.reason for found in refused.values()} == {Reason.HEADER}
    testing.put(tmp_path, {"billing/app.py": ours})
    testing.run(tmp_path, rules=False)
    assert ours.replace(line, "from billing.scaffold import observed\n") == (tmp_path / "billing/app.py").read_text()
    testing.run(tmp_path, strip=True, rules=False)
    assert (tmp_path / "billing/app.py").read_text() == app


FASTAPI = """\
from fastapi import Depends, FastAPI

app = FastAPI()


def limited() -> None:
    pass


@app.get("/x", dependencies=(Depends(limited),))
def x():
    return ""
"""
POLICY = 'codemods = ["spans", "auth"]\n[auth]\nmode = "enforce"\nauthenticate = "gate:current_principal"\n'
GATE = "def current_principal(request):\n    return None\n"


def test_a_join_point_of_which_one_insertion_is_refused_has_the_others(tmp_path: Path) -> None:
    """The guard cannot join a tuple: it is skipped, with its reason. That observation is missing is still told."""
    testing.put(tmp_path, {"app.py": FASTAPI, "codemod.toml": POLICY, "gate.py": GATE})
    done = testing.run(tmp_path, rules=False)
    assert done.states["app.py", "x", "handler"] == {"spans": "inserted", "auth": "skipped"}
    assert {key: why.reason for key, why in done.refused.items()} == {
        ("app.py", "x", "handler", "auth"): Reason.ARGUMENT
    }
    text = (tmp_path / "app.py").read_text()
    (row,) = (row for row in Report("run", done.planned, done).points if row.point.kind == "handler")
    assert (row.states, list(row.reasons)) == ({"spans": "inserted", "auth": "skipped"}, ["auth"])
    settled(tmp_path)
    (tmp_path / "app.py").write_text(text.replace('@observed("GET /x")\n', ""))
    planned, _ = tried(look(tmp_path))
    assert [item.text for item in drift(planned)] == ["app.py:14: spans missing: GET /x"]
    testing.run(tmp_path, rules=False)
    assert (tmp_path / "app.py").read_text() == text


def test_of_two_lists_that_look_alike_the_one_that_came_with_our_guard_goes(tmp_path: Path) -> None:
    """Both calls register one function, and end up the same: the lock says which of them had an empty list."""
    for number, routes in enumerate(
        (
            '@app.get("/y", dependencies=[])\n@app.get("/x")\n',
            '@app.get("/x")\n@app.get("/y", dependencies=[])\n',
            '@app.get("/x", dependencies=[])\n@app.get("/x")\n',
            '@app.get("/x")\n@app.get("/x", dependencies=[])\n',
        )
    ):
        text = FASTAPI.replace('@app.get("/x", dependencies=(Depends(limited),))\n', routes)
        files = {"app.py": text, "codemod.toml": POLICY, "gate.py": GATE}
        root = tmp_path / str(number)
        testing.put(root, files)
        assert not testing.run(root, rules=False).refused
        assert (root / "app.py").read_text().count("dependencies=[guard()]") == 2
        settled(root)
        testing.run(root, strip=True, rules=False)
        assert testing.tree(root) == {file: content.encode() for file, content in files.items()}


def test_imports_of_ours_that_came_one_after_the_other_go_with_their_blank_line(tmp_path: Path) -> None:
    """One name per line: what a later run adds stands between the first lines and the blank line that came with them."""
    text = FASTAPI.replace(", dependencies=(Depends(limited),)", "")
    later = POLICY.replace('"spans", ', '"spans", "instrument", ')
    single = "[tool.ruff.lint.isort]\nforce-single-line = true\n"
    files = {"app.py": text, "gate.py": GATE, "pyproject.toml": single, "codemod.toml": later + 'public = ["GET /x"]\n'}
    testing.put(tmp_path, files)
    testing.run(tmp_path, rules=False)
    assert "guard" not in (tmp_path / "app.py").read_text()
    testing.put(tmp_path, {"codemod.toml": later})
    testing.run(tmp_path, rules=False)
    assert (tmp_path / "app.py").read_text().count("from scaffold import") == 4
    settled(tmp_path)
    testing.run(tmp_path, strip=True, rules=False)
    assert (tmp_path / "app.py").read_text() == text


def test_a_renamed_file_keeps_the_record_of_its_own_import_line(tmp_path: Path) -> None:
    """Its calls look like those of another file, whose import line brings other names."""
    client = "import requests\n\n\ndef find(url):\n    return requests.get(url)\n"
    other = client + "\n\ndef drop(url):\n    return requests.post(url)\n"
    config = (
        'codemods = ["retry", "timeouts", "instrument"]\n[timeouts]\ntotal = 2\n[retry]\nattempts = 2\ntotal = 4.0\n'
    )
    before = {"app.py": APP + client, "rates.py": other, "codemod.toml": config}
    testing.put(tmp_path, before)
    testing.run(tmp_path, rules=False)
    (tmp_path / "rates.py").rename(tmp_path / "renamed.py")
    testing.run(tmp_path, rules=False)
    settled(tmp_path)
    testing.run(tmp_path, strip=True, rules=False)
    assert testing.tree(tmp_path) == {
        name: text.encode()
        for name, text in {**before, "renamed.py": before.pop("rates.py")}.items()
        if name != "rates.py"
    }


def test_a_merge_may_leave_two_generations_of_one_scaffold_in_the_lock(tmp_path: Path) -> None:
    testing.put(tmp_path, {"app.py": APP})
    testing.run(tmp_path, rules=False)
    lock = tmp_path / "codemod.lock"
    (row,) = [line for line in lock.read_text().splitlines() if '"scaffold"' in line]
    with lock.open("a") as stream:
        stream.write(re.sub('"codegen_id":"[0-9a-f]+"', '"codegen_id":"000000000000"', row) + "\n")
    settled(tmp_path)
    testing.run(tmp_path, strip=True, rules=False)
    assert testing.tree(tmp_path) == {"app.py": APP.encode()}
