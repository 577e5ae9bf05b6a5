"""What the configuration says of access, what a framework serves by itself, and that our own insertions do not count."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from access_kit import files_of, said
from asgi_shapes import HEAD as FASTAPI
from flask_shapes import HEAD as FLASK

from splice import testing
from splice.config import load
from splice.effective import Deferred
from splice.model import Access
from splice.pipeline import Request, plan
from splice.registry import codemods
from splice.survey import survey

OWN = (
    FLASK
    + """
from security import checked, keys, hook
bp = Blueprint("bp", __name__, url_prefix="/bp")
bp.before_request(hook)
@app.get("/a")
@checked
def a(): return "ok"
@app.get("/b")
@keys.needed("x")
def b(): return "ok"
@bp.get("/c")
def c(): return "ok"
@app.get("/d")
def d(): return "ok"
app.register_blueprint(bp)
# file: security.py
import functools
from flask import abort, current_app, request
def ok(): return request.headers.get("X-Key") == current_app.config.get("KEY")
def checked(view):
    @functools.wraps(view)
    def wrapper():
        if not ok(): abort(401)
        return view()
    return wrapper
class Keys:
    def needed(self, name): return checked
keys = Keys()
def hook():
    if not ok(): abort(401)
"""
)
DEPENDENCIES = (
    FASTAPI
    + """
from security import current, Role
@app.get("/a", dependencies=[Depends(current)])
def a(): return "ok"
@app.get("/b")
def b(user=Depends(Role("x"))): return "ok"
@app.get("/c")
def c(): return "ok"
# file: security.py
from fastapi import HTTPException, Request
def current(request: Request):
    if request.headers.get("X-Key") != request.app.extra.get("key"): raise HTTPException(401)
class Role:
    def __init__(self, name): self.name = name
    def __call__(self, request: Request):
        if request.headers.get("X-Key") != self.name: raise HTTPException(403)
"""
)


def states(found: dict[str, Access]) -> dict[str, str]:
    return {operation: access.state for operation, access in found.items()}


def test_guards_that_the_configuration_names(tmp_path: Path) -> None:
    before = states(dict(said(tmp_path, OWN)))
    assert before == {"GET /a": "unknown", "GET /b": "unknown", "GET /bp/c": "unknown", "GET /d": "unguarded"}
    named = ["security:checked", "security:keys.needed", "security:hook"]
    after = said(tmp_path, OWN, auth={"guards": named})
    assert states(dict(after)) == {
        "GET /a": "guarded",
        "GET /b": "guarded",
        "GET /bp/c": "guarded",
        "GET /d": "unguarded",
    }
    assert (after["GET /a"].by, after["GET /a"].file) == ("checked", "main.py")


def test_dependencies_that_the_configuration_names(tmp_path: Path) -> None:
    assert states(dict(said(tmp_path, DEPENDENCIES))) == {
        "GET /a": "unknown",
        "GET /b": "unknown",
        "GET /c": "unguarded",
    }
    after = said(tmp_path, DEPENDENCIES, auth={"guards": ["security:current"]})
    assert states(dict(after)) == {"GET /a": "guarded", "GET /b": "unknown", "GET /c": "unguarded"}


def test_who_the_caller_is_is_no_guard_by_itself(tmp_path: Path) -> None:
    text = DEPENDENCIES.replace("!= request.app.extra", "== request.app.extra").replace(
        "raise HTTPException(401)", "return 1"
    )
    after = said(tmp_path, text, auth={"authenticate": "security:current", "mode": "enforce"})
    assert after["GET /a"].state == "unguarded"


def test_public_is_a_decision_and_takes_nothing_from_a_guard(tmp_path: Path) -> None:
    config = {"guards": ["security:checked"], "public": ["GET /d", "GET /a", "GET /b"]}
    found = said(tmp_path, OWN, auth=config)
    assert states(dict(found)) == {"GET /a": "guarded", "GET /b": "public", "GET /bp/c": "unknown", "GET /d": "public"}
    assert (found["GET /d"].by, found["GET /d"].file) == ("GET /d", "codemod.toml")
    assert found["GET /d"].line > 0


@pytest.mark.parametrize(
    ("made", "served"),
    [
        ("FastAPI()", {"/docs", "/docs/oauth2-redirect", "/openapi.json", "/redoc"}),
        ("FastAPI(docs_url=None)", {"/openapi.json", "/redoc"}),
        ('FastAPI(openapi_url="/api.json", redoc_url=None)', {"/docs", "/docs/oauth2-redirect", "/api.json"}),
        ("FastAPI(openapi_url=None)", set()),
        ("FastAPI(dependencies=[Depends(bearer)])", {"/docs", "/docs/oauth2-redirect", "/openapi.json", "/redoc"}),
    ],
)
def test_the_documentation_is_listed_and_no_dependency_covers_it(tmp_path: Path, made: str, served: set[str]) -> None:
    text = FASTAPI.replace(
        "app = FastAPI(openapi_url=None)\nbearer = HTTPBearer()", f"bearer = HTTPBearer()\napp = {made}"
    )
    testing.put(
        tmp_path, {**files_of(text), "codemod.toml": 'codemods = ["spans"]\n[auth]\npublic = ["GET /docs/**"]\n'}
    )
    found = survey(tmp_path, load(tmp_path, None, codemods()), date(2026, 1, 1)).access
    rows = {operation: access.state for (_, symbol, kind, operation), access in found.items() if kind == "app"}
    assert rows == {f"GET {path}": "public" if path.startswith("/docs") else "unguarded" for path in served}


def test_what_is_not_understood_is_unknown_with_its_reason(tmp_path: Path) -> None:
    found = said(tmp_path, FLASK + 'app.add_url_rule("/x", view_func=lambda: "ok")\n')
    assert [(access.state, access.reason) for access in found.values()] == [
        ("unknown", "a lambda takes no decorator; make it a def")
    ]


GUARDED = {"codemods": ["spans", "auth"], "auth": {"authenticate": "main:who", "mode": "enforce"}}


@pytest.mark.parametrize(
    "text",
    [
        FLASK + 'def who(request): return None\n@app.get("/a")\ndef a(): return "ok"\n',
        FASTAPI
        + 'def who(request: Request): return None\n@app.get("/a")\ndef a(): return "ok"\n'
        + '@app.get("/b", dependencies=[Depends(bearer)])\ndef b(): return "ok"\n',
    ],
)
def test_guards_of_ours_do_not_count_and_stay(tmp_path: Path, text: str) -> None:
    before = dict(said(tmp_path, text, **GUARDED))
    done = testing.run(tmp_path, rules=False)
    main = (tmp_path / "main.py").read_text()
    assert done.changes
    assert "guard" in main.replace("guards", "")
    config = load(tmp_path, None, codemods())
    after = survey(tmp_path, config, date(2026, 1, 1)).access
    assert {key[3]: access.state for key, access in after.items()} == states(before)
    assert not testing.run(tmp_path, rules=False).changes


def test_a_run_that_asks_for_no_guards_never_makes_the_map(tmp_path: Path) -> None:
    testing.put(tmp_path, {**files_of(OWN), "codemod.toml": 'codemods = ["spans", "metrics"]\n'})
    planned = plan(Request(tmp_path, load(tmp_path, None, codemods()), date(2026, 1, 1)))
    assert isinstance(planned.survey.access, Deferred)
    assert not planned.survey.access.is_made
    assert len(planned.survey.access) == 4
    assert planned.survey.access.is_made
