"""WSGI applications beside Flask: nothing in Flask can close them, so they fail the gate until the policy names them."""

from __future__ import annotations

from pathlib import Path

from splice import testing

SERVICE = """\
from flask import Flask
from prometheus_client import make_wsgi_app
from werkzeug.middleware.dispatcher import DispatcherMiddleware

from more import create_app

app = Flask(__name__)
inner = Flask("inner")


def raw(environ, start_response):
    start_response("200 OK", [])
    return [b"raw"]


def who(request):
    return None


@app.get("/x")
def x():
    return "x"


MOUNTS = {"/raw": raw, "/inner": inner, "/made": create_app(), "/plain": inner.wsgi_app, "/metrics": make_wsgi_app()}
app.wsgi_app = DispatcherMiddleware(app.wsgi_app, MOUNTS)
"""
LITERAL = SERVICE.replace("MOUNTS = {", "app.wsgi_app = DispatcherMiddleware(app.wsgi_app, {").replace(
    "make_wsgi_app()}\napp.wsgi_app = DispatcherMiddleware(app.wsgi_app, MOUNTS)", "make_wsgi_app()})"
)
MORE = "from flask import Flask\n\n\ndef create_app():\n    app = Flask(__name__)\n    return app\n"
POLICY = 'codemods = ["auth"]\n[auth]\nmode = "enforce"\nauthenticate = "main:who"\n'


def unprotected(root: Path, main: str, policy: str = POLICY) -> list[str]:
    testing.put(root, {"main.py": main, "more.py": MORE, "codemod.toml": policy})
    findings = testing.run(root, write=False, rules=False).planned.findings
    return sorted(finding.message for finding in findings if finding.code == "app-unprotected")


def test_what_is_mounted_beside_flask_is_named(tmp_path: Path) -> None:
    why = "is not closed by `protect`: mounted-below-another-app: it is mounted at"
    assert unprotected(tmp_path, LITERAL) == [
        f"main.make_wsgi_app {why} '/metrics' beside Flask, which never sees its requests",
        f"main.raw {why} '/raw' beside Flask, which never sees its requests",
    ]
    allowed = POLICY + 'unprotected-apps = ["main:raw", "main:make_wsgi_app"]\n'
    assert unprotected(tmp_path, LITERAL, allowed) == []


def test_mounts_that_cannot_be_told_are_one(tmp_path: Path) -> None:
    (said,) = unprotected(tmp_path, SERVICE)
    assert said.startswith("main.DispatcherMiddleware is not closed by `protect`: ")
    assert "what is mounted cannot be told" in said


def test_a_class_of_that_name_is_another(tmp_path: Path) -> None:
    assert unprotected(tmp_path, SERVICE.replace("werkzeug.middleware.dispatcher", "acme.middleware")) == []
