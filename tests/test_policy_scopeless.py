"""Guards that know no scopes, and rules that ask for some: a configuration error, and no service that answers 503."""

from __future__ import annotations

from pathlib import Path

import pytest

from splice.cli import main
from splice.config import Config, load
from splice.model import SpliceError
from splice.policies.documented import documented
from splice.survey import survey
from splice.testing import TODAY, put

KNOWN = ("auth", "spans")
RULE = "[[auth.rules]]\noperation = '* /admin/**'\n{how} = ['admin']\n"
APP = "from flask import Flask\n\napp = Flask(__name__)\n\n\n@app.get('/admin/x')\ndef x():\n    return ''\n"
DOCUMENT = """\
openapi: 3.1.0
components: {securitySchemes: {oauth: {type: oauth2, flows: {}}}}
paths:
  /admin/x:
    get:
      security: [{oauth: [admin]}]
"""


def policy(who: str, rule: str = "") -> str:
    return f"codemods = ['auth']\n[auth]\nmode = 'enforce'\n{who}\n{rule}"


@pytest.mark.parametrize("who", ["guard = 'acme:signed'", "preset = 'flask-login'"])
@pytest.mark.parametrize("how", ["require", "require-any"])
def test_a_rule_with_scopes_ends_the_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], who: str, how: str
) -> None:
    put(tmp_path, {"app.py": APP, "codemod.toml": policy(who, RULE.format(how=how))})
    monkeypatch.chdir(tmp_path)
    assert main(["run", "--color", "never"]) == 2
    said = capsys.readouterr().err
    assert f"codemod.toml:5: '* /admin/**' asks for admin, and auth.{who} knows no scopes" in said
    assert "fix: authenticate =" in said
    assert (tmp_path / "app.py").read_text() == APP


@pytest.mark.parametrize("who", ["authenticate = 'acme:caller'", "preset = 'django'"])
def test_who_knows_scopes_may_be_asked_for_them(tmp_path: Path, who: str) -> None:
    put(tmp_path, {"codemod.toml": policy(who, RULE.format(how="require"))})
    assert load(tmp_path, None, KNOWN).auth.rules


def test_identity_is_enough_for_a_guard_of_the_services_own(tmp_path: Path) -> None:
    put(tmp_path, {"codemod.toml": policy("guard = 'acme:signed'", "[[auth.rules]]\noperation = '* /admin/**'\n")})
    assert load(tmp_path, None, KNOWN).auth.rules


def test_a_rule_of_an_outer_policy_asks_too(tmp_path: Path) -> None:
    put(
        tmp_path,
        {
            "outer.toml": "codemods = ['auth']\n" + RULE.format(how="require"),
            "service/codemod.toml": policy("guard = 'acme:signed'"),
        },
    )
    with pytest.raises(SpliceError, match="knows no scopes") as caught:
        load(tmp_path / "service", None, KNOWN, policy=tmp_path / "outer.toml")
    assert (caught.value.file, caught.value.line) == (str(tmp_path / "outer.toml"), 2)


def test_a_document_asks_too(tmp_path: Path) -> None:
    put(tmp_path, {"app.py": APP, "openapi.yaml": DOCUMENT})
    put(tmp_path, {"codemod.toml": policy("preset = 'flask-login'", "policy = 'openapi.yaml'\n")})
    points = survey(tmp_path, Config(), TODAY).matched.points
    with pytest.raises(SpliceError, match="'GET /admin/x' asks for admin") as caught:
        documented(load(tmp_path, None, KNOWN), points)
    assert (caught.value.file, caught.value.line) == ("openapi.yaml", 5)
