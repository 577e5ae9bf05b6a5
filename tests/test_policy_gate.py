"""A policy from outside, held against a service by the command: what the service itself says opens nothing."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest

from splice.cli import main
from splice.config import Config, load
from splice.effective import effective
from splice.frameworks import AccessMap, Framework
from splice.model import Access, JoinPoint
from splice.registry import codemods
from splice.resolve import Project
from splice.survey import survey
from splice.testing import TODAY, put

APP = """\
from flask import Flask

app = Flask(__name__)


@app.get("/healthz")
def healthz():
    return "ok"


@app.get("/orders/<int:order_id>")
def read(order_id):
    return "order"
"""
WHO = "def who(request):\n    return None\n"
OWN = "codemods = ['auth']\n[auth]\nmode = 'enforce'\nauthenticate = 'people:who'\npublic = ['GET /healthz']\n"
OUTER = "codemods = ['auth']\n[auth]\npublic = ['GET /healthz']\n"
DOCUMENT = """\
openapi: 3.0.3
components: {securitySchemes: {oauth: {type: oauth2}}}
security: [{oauth: [orders:read]}]
paths:
  /healthz: {get: {security: []}}
  /orders/{id}: {get: {}}
"""


@pytest.fixture
def service(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    root = tmp_path / "service"
    put(root, {"app.py": APP, "people.py": WHO, "codemod.toml": OWN})
    put(tmp_path, {"outer.toml": OUTER})
    subprocess.run(["git", "init", "-q"], cwd=root, check=True)
    monkeypatch.chdir(root)
    return root


def told(capsys: pytest.CaptureFixture[str]) -> str:
    seen = capsys.readouterr()
    return seen.out + seen.err


@pytest.mark.parametrize("comment", ["# codemod: ignore[auth] -- internal", "# codemod: ignore -- internal"])
def test_guards_are_turned_off_only_where_an_outer_policy_says_so(
    service: Path, comment: str, capsys: pytest.CaptureFixture[str]
) -> None:
    put(service, {"app.py": APP.replace("def read", f"{comment}\ndef read")})
    explicit = "[" in comment
    assert main(["check"]) == 1
    seen = told(capsys)
    assert "does not count: auth is turned off only where the outer policy says allow-suppress = ['auth']" in seen
    assert ("error" if explicit else "warning") in seen and "GET /orders/{order_id}" in seen
    assert main(["run", "-q"]) == 0
    assert "@guarded()" in (service / "app.py").read_text()
    assert main(["check"]) == (1 if explicit else 0), "the comment stays an error"
    put(service.parent, {"outer.toml": "allow-suppress = ['auth']\n" + OUTER})
    assert main(["run", "-q", "--policy", "../outer.toml"]) == 0
    assert "@guarded()" not in (service / "app.py").read_text()
    assert main(["check", "--policy", "../outer.toml"]) == 0


def test_a_repository_that_leaves_guards_out_gets_them_all_the_same(
    service: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    put(service, {"codemod.toml": OWN.replace("['auth']", "['spans']")})
    assert main(["check", "--policy", "../outer.toml"]) == 1
    assert "app.py:12: auth missing: GET /orders/{order_id}" in told(capsys)
    put(service, {"codemod.toml": OWN.replace("'GET /healthz'", "'GET /**'")})
    assert main(["check", "--policy", "../outer.toml"]) == 2
    assert "codemod.toml:5: auth.public: 'GET /**' is not public in the outer policy, ../outer.toml:3" in told(capsys)


def test_a_document_drives_the_guards_at_the_handlers(service: Path, capsys: pytest.CaptureFixture[str]) -> None:
    own = OWN.replace("public = ['GET /healthz']", "policy = 'openapi.yaml'")
    put(service, {"codemod.toml": own, "openapi.yaml": DOCUMENT})
    assert main(["run", "-q"]) == 0
    assert '@guarded("orders:read")\ndef read' in (service / "app.py").read_text()
    assert '_PUBLIC: tuple[str, ...] = ("GET /healthz",)' in (service / "scaffold.py").read_text()
    assert main(["check"]) == 0
    first = (service / "scaffold.py").read_text().splitlines()[:4]
    put(service, {"openapi.yaml": DOCUMENT.replace("{get: {}}", "{get: {security: [{oauth: [orders:all]}]}}")})
    assert main(["check"]) == 1
    assert main(["run", "-q"]) == 0
    assert '@guarded("orders:all")\ndef read' in (service / "app.py").read_text()
    assert (service / "scaffold.py").read_text().splitlines()[:4] != first, "another policy has another id"
    told(capsys)
    assert main(["strip", "-q"]) == 0
    assert (service / "app.py").read_text() == APP
    put(service, {"openapi.yaml": DOCUMENT.replace("/healthz:", "/health:")})
    assert main(["check"]) == 1
    seen = told(capsys)
    assert "openapi.yaml:5: error: GET '/health' is in the document" in seen
    assert "app.py:7: error: 'GET /healthz' is not in 'openapi.yaml'" in seen


def test_a_codemod_on_the_command_line_needs_its_policy(service: Path, capsys: pytest.CaptureFixture[str]) -> None:
    put(service, {"codemod.toml": ""})
    assert main(["run", "--codemods", "auth"]) == 2
    assert "auth wants a look (review), and nothing in the configuration asks for it" in told(capsys)
    assert main(["run", "--codemods", "auth", "--safety", "review"]) == 2
    assert "auth: nothing says who a caller is" in told(capsys)
    assert (service / "app.py").read_text() == APP


def test_what_the_framework_serves_may_be_public(service: Path, capsys: pytest.CaptureFixture[str]) -> None:
    app = "from fastapi import FastAPI\n\napp = FastAPI()\n\n\n@app.get('/healthz')\ndef healthz():\n    return 1\n"
    put(
        service, {"app.py": app, "codemod.toml": OWN.replace("'GET /healthz'", "'GET /healthz', 'GET /docs', 'GET /x'")}
    )
    main(["check"])
    seen = told(capsys)
    assert "'GET /docs' matches no operation" not in seen
    assert "codemod.toml:5: warning: auth.public: 'GET /x' matches no operation" in seen


def test_observing_that_is_over_fails_the_gate(service: Path, capsys: pytest.CaptureFixture[str]) -> None:
    put(service, {"codemod.toml": OWN.replace("mode = 'enforce'", "observe-until = 2020-01-01")})
    assert main(["run", "-q"]) == 0
    told(capsys)
    assert main(["check"]) == 1
    assert "codemod.toml:3: error: guards were to observe until 2020-01-01 only" in told(capsys)


def test_explain_says_which_rule_wins_and_offers_no_way_around(
    service: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rules = "[[auth.rules]]\noperation = '* /**'\n[[auth.rules]]\noperation = 'GET /orders/*'\nrequire = ['a', 'b']\n"
    put(service, {"codemod.toml": OWN + rules})
    assert main(["run", "-q"]) == 0
    told(capsys)
    assert main(["explain", "--operation", "GET /orders/{order_id}"]) == 0
    seen = told(capsys)
    assert "policy       requires a and b: GET /orders/*, codemod.toml:8" in seen
    assert "ignore[" not in seen
    assert main(["explain", "--operation", "GET /healthz"]) == 0
    assert "policy       public: GET /healthz, codemod.toml:5" in told(capsys)
    put(service, {"codemod.toml": OWN})
    assert main(["explain", "--operation", "GET /orders/{order_id}"]) == 0
    assert "policy       requires a known caller: no rule names it" in told(capsys)


# --- markers


def _marked(_: Project, points: Sequence[JoinPoint], __: Config) -> AccessMap:
    """A framework in which `# open` would be a marker that makes an operation public."""
    public = Access("public", "@open", "app.py", 6)
    return {(p.file, p.symbol, p.kind, o): public for p in points if p.kind == "handler" for o in p.operations}


@pytest.mark.parametrize(
    ("own", "outer", "states"),
    [
        ("", None, {"GET /healthz": "public", "GET /orders/{order_id}": "public"}),
        (
            "[[auth.rules]]\noperation = '* /orders/*'\n",
            None,
            {"GET /healthz": "public", "GET /orders/{order_id}": "unguarded"},
        ),
        ("", OUTER, {"GET /healthz": "public", "GET /orders/{order_id}": "unguarded"}),
        ("", "codemods = ['spans']\n", {"GET /healthz": "public", "GET /orders/{order_id}": "public"}),
    ],
)
def test_a_marker_in_the_source_opens_nothing_that_the_policy_closes(
    service: Path, own: str, outer: str | None, states: dict[str, str]
) -> None:
    put(service, {"codemod.toml": OWN + own})
    put(service.parent, {"outer.toml": outer or ""})
    config = load(service, None, codemods(), policy=service.parent / "outer.toml" if outer else None)
    found = survey(service, config, TODAY)
    marking = {"marking": Framework(tokens=(), find=lambda _: (), access=_marked)}
    access = effective(found.project, found.matched.points, found.config, marking)
    assert {key[3]: one.state for key, one in access.items()} == states
