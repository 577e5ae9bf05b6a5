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
