"""What a policy calls public by a name, and endpoints that no guard can be put at: `protect` opens what was decided."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from splice import testing
from splice.testing import put

APP = """\
import functools

from flask import Flask

app = Flask(__name__)


def caller(request):
    return None


@app.get("/open")
@app.get("/opened")
def status():
    return "anybody"


def admin(what):
    return what


app.add_url_rule("/admin/partial", "partial", functools.partial(admin, "everything"))
app.add_url_rule("/admin/lambda", "lambda", lambda: "everything")
app.add_url_rule("/*", "odd", lambda: "odd")
register = getattr(app, "add" + "_url_rule")
register("/admin/status", "hidden", status)
"""
ASK = """\
import main
client = main.app.test_client()
for path in ("/open", "/opened", "/*", "/admin/partial", "/admin/lambda", "/admin/status", "/elsewhere"):
    print(path, client.get(path).status_code)
"""
POLICY = "codemods = ['auth']\n[auth]\nmode = 'enforce'\nauthenticate = 'main:caller'\npublic = [{public}]\n"
CLOSED = {"/admin/partial": "401", "/admin/lambda": "401", "/admin/status": "401", "/elsewhere": "404"}


@pytest.mark.parametrize(
    ("public", "opened"),
    [
        ("'main.status'", {"/open", "/opened"}),
        ("'main.*'", {"/open", "/opened"}),
        ("'**'", {"/open", "/opened"}),
        ("'*'", set()),
        ("'main.status', 'GET /open'", {"/open", "/opened"}),
        ("'GET /open'", {"/open"}),
    ],
)
def test_a_name_opens_no_route_that_was_not_decided(tmp_path: Path, public: str, opened: set[str]) -> None:
    put(tmp_path, {"main.py": APP, "codemod.toml": POLICY.format(public=public)})
    testing.run(tmp_path, rules=False)
    assert "protect(app)" in (tmp_path / "main.py").read_text()
    asked = subprocess.run([sys.executable, "-c", ASK], cwd=tmp_path, check=True, capture_output=True, text=True)
    found = dict(line.split() for line in asked.stdout.splitlines())
    expected = {"/open": "401", "/opened": "401", "/*": "401"} | dict.fromkeys(opened, "200")
    assert found == CLOSED | expected
