"""No secret of a route or a configuration goes on into spans, dashboards, reports or the scaffold."""

from __future__ import annotations

from pathlib import Path

import pytest

from splice import testing
from splice.cli import main
from splice.leaks import leak

TOKENS = {  # put together here, so that nobody takes this file for a leak
    "an access key of AWS": "AKIA" + "Z" * 16,
    "a token of GitHub": "ghp_" + "a1" * 18,
    "a token of GitLab": "glpat-" + "a1-_" * 5,
    "a token of Slack": "xoxb-" + "1" * 12,
    "a key of Stripe": "sk_live_" + "a1" * 10,
    "an API key of Google": "AIza" + "a" * 35,
    "an API key": "sk-ant-" + "a1" * 20,
    "a token of npm": "npm_" + "a1" * 18,
    "a token of PyPI": "pypi-AgEIcHlwaS5vcmc" + "a" * 40,
    "a token of a Telegram bot": "123456789:AA" + "b" * 33,
    "a JSON web token": ".".join(["eyJ" + "a" * 20, "eyJ" + "b" * 20, "c" * 20]),
    "a private key": "-----BEGIN RSA PRIVATE KEY-----",
    "a password in a URL": "postgres://user:hunter2@db/x",
}
PLAIN = (
    "GET /orders/{order_id}",
    "orders.tasks.send_invoice",
    "https://id.example.org:8443/keys",
    "https://example.org/users/@me",
    "GET /services/TEAMS/BOARDS/overview",
    "GET /{path:re:[a-z]://[^/:@]+:x@}",
    "sk-sorting-by-a-very-long-name-of-a-column",
)


@pytest.mark.parametrize("kind", TOKENS)
def test_a_form_is_known(kind: str) -> None:
    assert leak(f"POST /hooks/{TOKENS[kind]}") == kind
    assert leak(TOKENS[kind][:10]) == ""


@pytest.mark.parametrize("text", PLAIN)
def test_a_name_is_no_secret(text: str) -> None:
    assert leak(text) == ""


@pytest.mark.parametrize("command", ["check", "run", "diff", "list"])
def test_a_route_with_a_secret_is_named_after_its_function(
    command: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    token = TOKENS["a token of a Telegram bot"]
    source = (
        f"from flask import Flask\n\napp = Flask(__name__)\n\n\n@app.post('/bot/{token}')\ndef hook():\n    return ''\n"
    )
    testing.put(tmp_path, {"app.py": source})
    for form in ("text", "json"):
        main([command, "--root", str(tmp_path), "--format", form, "--color", "never"])
    said = capsys.readouterr()
    written = b"".join(raw for file, raw in testing.tree(tmp_path).items() if file != "app.py").decode()
    shown = "\n".join(
        line for line in said.out.splitlines() if not line.startswith((" @app", '  "diff"'))
    )  # its own line
    assert token not in shown + said.err + written
    if command == "run":
        assert '@observed("app.hook")' in (tmp_path / "app.py").read_text()


def test_a_secret_of_the_configuration_is_not_written_into_the_scaffold(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    jwt = (
        'issuer = "https://id"\naudience = ["x"]\njwks = "https://id.example.org/keys?key='
        + TOKENS["an access key of AWS"]
        + '"\n'
    )
    policy = f'codemods = ["auth"]\n[auth]\nmode = "enforce"\npreset = "jwt"\n[auth.jwt]\n{jwt}'
    source = "from flask import Flask\n\napp = Flask(__name__)\n\n\n@app.get('/x')\ndef x():\n    return ''\n"
    testing.put(tmp_path, {"app.py": source, "codemod.toml": policy})
    before = testing.tree(tmp_path)
    assert main(["run", "--root", str(tmp_path)]) == 2
    assert "an access key of AWS; nothing is written" in capsys.readouterr().err
    assert testing.tree(tmp_path) == before


def test_a_secret_that_stands_in_a_line_that_changes_is_the_services_own(tmp_path: Path) -> None:
    secret = TOKENS["a password in a URL"].replace("postgres", "https")
    project = f'[project]\nname = "x"\nversion = "1"\ndependencies = ["flask", "own @ {secret}.whl"]\n'
    source = "from flask import Flask\n\napp = Flask(__name__)\n\n\n@app.get('/x')\ndef x():\n    return ''\n"
    testing.put(tmp_path, {"app.py": source, "pyproject.toml": project})
    before = testing.tree(tmp_path)
    assert main(["run", "--root", str(tmp_path), "--quiet"]) == 0
    assert "opentelemetry-api" in (tmp_path / "pyproject.toml").read_text()
    assert main(["strip", "--root", str(tmp_path), "--quiet"]) == 0
    assert testing.tree(tmp_path) == before
