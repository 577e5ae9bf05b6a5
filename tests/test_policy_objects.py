"""What a policy names must exist, where it can be looked at; and an aspect must mean something."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from splice.config import Config, load
from splice.model import SpliceError
from splice.policies.findings import findings
from splice.policies.objects import check_policies
from splice.survey import survey
from splice.testing import TODAY, put

KNOWN = ("auth", "metrics", "retry", "spans")
FILES = {
    "orders/__init__.py": "",
    "orders/app.py": """\
from flask import Flask

from orders.auth import login_required

app = Flask(__name__)


@app.post("/orders")
@login_required
def place():
    return "placed"
""",
    "orders/auth.py": """\
import functools
from orders.people import who as current_principal


def login_required(function):
    return functools.wraps(function)(function)


class Client:
    def fetch(self):
        return 1
""",
    "orders/people.py": "def who(request):\n    return None\n",
}
AUTH = "codemods = ['auth', 'spans']\n[auth]\nmode = 'enforce'\n"
RETRY = "codemods = ['retry']\n[retry]\n"
ASPECT = (
    "[[aspects]]\nname = 'audit'\nwhere = {{ kind = 'handler', operation = '{0}' }}\ndecorator = 'orders.auth:{1}'\n"
)


def checked(root: Path, text: str) -> Config:
    put(root, {**FILES, "codemod.toml": text})
    config = load(root, None, KNOWN)
    check_policies(survey(root, Config(), TODAY).project, config)
    return config


@pytest.mark.parametrize(
    "text",
    [
        AUTH + "authenticate = 'orders.auth:current_principal'\n",  # imported there: good enough
        AUTH + "guard = 'flask_login:login_required'\n",  # installed: nobody looks
        AUTH + "authenticate = 'orders.auth:Client.fetch'\nguards = ['orders.auth:login_required']\n",
        AUTH + "authenticate = 'orders.people:who'\nunprotected-apps = ['orders.app:app']\n",
        RETRY + "functions = ['orders.people.who', 'requests.get']\npost = ['orders.auth.Client.fetch']\n",
        ASPECT.format("POST **", "login_required"),
        "[auth]\nauthenticate = 'orders.nothing:nobody'\n",  # not in force
    ],
)
def test_what_exists_is_fine(tmp_path: Path, text: str) -> None:
    checked(tmp_path, text)


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        (AUTH + "authenticate = 'orders.auth:current_principl'\n", 4, "did you mean orders.auth:current_principal?"),
        (AUTH + "authenticate = 'orders.auht:who'\n", 4, "the project has no module orders.auht"),
        (AUTH + "guard = 'orders.auth:Client.guard'\n", 4, "names nothing in orders/auth.py"),
        (AUTH + "guard = 'x:y'\nguards = [\n'orders.auth:login_required',\n'orders.auth:x']\n", 7, "names nothing"),
        (AUTH + "guard = 'x:y'\nunprotected-apps = ['orders.app:ap']\n", 5, "did you mean orders.app:app?"),
        (RETRY + "functions = ['orders.people.whom']\n", 3, "did you mean orders.people.who?"),
        (RETRY + "post = ['orders.peopel.who']\n", 3, "is no function in orders/__init__.py"),
        (RETRY + "post = ['orders']\n", 3, "dotted"),
        (ASPECT.format("POST **", "audited"), 4, "names nothing in orders/auth.py"),
    ],
)
def test_what_does_not_is_an_error_with_its_line(tmp_path: Path, text: str, line: int, words: str) -> None:
    with pytest.raises(SpliceError) as caught:
        checked(tmp_path, text)
    assert (caught.value.file, caught.value.line) == ("codemod.toml", line)
    assert words in str(caught.value)


def test_an_aspect_that_matches_nothing_is_an_error(tmp_path: Path) -> None:
    for operation, fix in (("POST /order", "did you mean 'POST /orders'?"), ("GET **", "codemod list")):
        config = checked(tmp_path, ASPECT.format(operation, "login_required"))
        points = survey(tmp_path, Config(), TODAY).matched.points
        (told,) = findings(config, points, TODAY)
        assert (told.level, told.code, told.file, told.line) == ("error", "aspect-unmatched", "codemod.toml", 1)
        assert fix in told.fix
        assert findings(replace(config, codemods=("spans",)), points, TODAY) == []
    assert findings(checked(tmp_path, ASPECT.format("POST **", "login_required")), points, TODAY) == []
