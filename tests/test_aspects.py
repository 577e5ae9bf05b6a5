"""Codemods as data: decorators of the service's own, inserted and taken out like the built-in ones."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Literal

import pytest

from splice import config as configs
from splice import testing
from splice.cli import main
from splice.landing import Done, carry_out
from splice.pipeline import Request, plan
from splice.policies import Aspect
from splice.registry import codemods
from splice.report.drift import drift

APP = """\
from flask import Flask

app = Flask(__name__)


@app.post("/orders")
def place():
    return "placed"


@app.get("/orders")
def read():
    return "read"
"""
AUDIT = """\
import functools

CALLS = []


def audited(function):
    @functools.wraps(function)
    def wrapper(*args, **kwargs):
        CALLS.append(function.__name__)
        return function(*args, **kwargs)

    return wrapper
"""
FILES = {"orders/__init__.py": "", "orders/app.py": APP, "orders/audit.py": AUDIT}
Order = Literal["outside", "inside"]
ASPECT = Aspect("audit", "handler", "POST **", "orders.audit:audited")


def request(
    root: Path, *aspects: Aspect, codemods_: tuple[str, ...] = ("spans", "audit"), strip: bool = False
) -> Request:
    config = replace(configs.load(root, None, codemods()), codemods=codemods_, aspects=aspects)
    return Request(root, config, testing.TODAY, strip=strip)


def go(root: Path, *aspects: Aspect, **more: object) -> Done:
    return carry_out(plan(request(root, *aspects, **more)), write=True, rules=False)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("order", "expected"),
    [
        ("inside", '@app.post("/orders")\n@observed("POST /orders")\n@audited\ndef place'),
        ("outside", '@app.post("/orders")\n@audited\n@observed("POST /orders")\ndef place'),
    ],
)
def test_an_aspect_stands_where_its_order_says_whatever_came_first(tmp_path: Path, order: Order, expected: str) -> None:
    aspect = replace(ASPECT, order=order)
    for first in (("spans", "audit"), ("spans",), ("audit",)):
        root = tmp_path / "-".join(first)
        testing.put(root, FILES)
        go(root, aspect, codemods_=first)
        go(root, aspect)
        text = (root / "orders/app.py").read_text()
        assert expected in text
        assert text.count("@audited") == 1
        assert not go(root, aspect).changes
        assert not drift(plan(request(root, aspect)))
        go(root, codemods_=("spans",), strip=True)
        assert testing.tree(root) == {name: content.encode() for name, content in FILES.items()}


def test_it_runs_and_the_scaffold_hands_out_the_services_own_decorator(tmp_path: Path) -> None:
    testing.put(tmp_path, FILES)
    go(tmp_path, ASPECT)
    program = (
        "from orders.app import app; from orders import audit, scaffold\n"
        "client = app.test_client(); client.post('/orders'); client.get('/orders')\n"
        "assert audit.CALLS == ['place'], audit.CALLS\n"
        "assert scaffold.audited is audit.audited\n"
        "try: scaffold.other\n"
        "except AttributeError: pass\n"
        "else: raise SystemExit('no AttributeError')\n"
    )
    subprocess.run([sys.executable, "-c", program], cwd=tmp_path, check=True)


def test_an_aspect_that_goes_takes_its_insertions_along(tmp_path: Path) -> None:
    testing.put(tmp_path, FILES)
    go(tmp_path, codemods_=("spans",))
    alone = testing.tree(tmp_path)
    go(tmp_path, ASPECT)
    assert "@audited" in (tmp_path / "orders/app.py").read_text()
    go(tmp_path, codemods_=("spans",))
    assert testing.tree(tmp_path) == alone


def test_the_services_own_use_of_that_decorator_is_its_own(tmp_path: Path) -> None:
    own = APP.replace("from flask", "from orders.audit import audited\nfrom flask").replace(
        '"/orders")\ndef read', '"/orders")\n@audited\ndef read'
    )
    testing.put(tmp_path, {**FILES, "orders/app.py": own})
    go(tmp_path, ASPECT)
    text = (tmp_path / "orders/app.py").read_text()
    assert "from orders.scaffold import audited as _audited, observed" in text or "_audited" in text
    go(tmp_path, ASPECT, strip=True)
    assert (tmp_path / "orders/app.py").read_text() == own


@pytest.mark.parametrize("name", ["observed", "guarded", "protect", "functools", "Principal", "__getattr__"])
def test_a_name_that_the_scaffold_needs_is_no_decorators(
    tmp_path: Path, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """The scaffold would hand out its own thing under that name, and the service's decorator would never run."""
    where = '{ kind = "handler", operation = "POST **" }'
    text = f'[[aspects]]\nname = "audit"\nwhere = {where}\n\ndecorator = "orders.audit:{name}"\n'
    testing.put(tmp_path, {**FILES, "orders/audit.py": f"def {name}(function): ...\n", "codemod.toml": text})
    assert main(["run", "--root", str(tmp_path)]) == 2
    said = capsys.readouterr().err
    assert f"codemod.toml:5: aspects: 'orders.audit:{name}': {name} is a name that the scaffold" in said
    assert "fix: give the decorator another name" in said
    assert (tmp_path / "orders/app.py").read_text() == APP


@pytest.mark.parametrize("taken", ["audited", "audited = _audited = _splice_audited"])
def test_a_name_of_the_file_is_not_taken_over(tmp_path: Path, taken: str) -> None:
    """Under another name where there is one left, else not at all, with the reason."""
    own = APP.replace("app = Flask(__name__)\n", f"app = Flask(__name__)\n{taken} = len\n")
    testing.put(tmp_path, {**FILES, "orders/app.py": own})
    done = go(tmp_path, ASPECT, codemods_=("audit",))
    text = (tmp_path / "orders/app.py").read_text()
    if "_" in taken:
        assert text == own
        assert "name-taken" in [finding.code for finding in done.findings]
    else:
        assert "@_audited\ndef place" in text and "audited = len" in text
    go(tmp_path, codemods_=(), strip=True)
    assert (tmp_path / "orders/app.py").read_text() == own


def test_upgrade_knows_aspects(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    where = '{ kind = "handler", operation = "POST **" }'
    text = f'[[aspects]]\nname = "audit"\nwhere = {where}\ndecorator = "orders.audit:audited"\n'
    testing.put(tmp_path, {**FILES, "codemod.toml": text})
    assert main(["upgrade", "--root", str(tmp_path), "--only", "audits"]) == 2
    assert "did you mean audit?" in capsys.readouterr().err
    assert main(["upgrade", "--root", str(tmp_path), "--only", "audit"]) == 0
    assert main(["upgrade", "--root", str(tmp_path)]) == 0
    assert "@audited\ndef place" in (tmp_path / "orders/app.py").read_text()
