"""Server instrumentation is found where a service names it, and not where our own scaffold or a README does."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from splice.config import Config
from splice.landing import carry_out
from splice.pipeline import Planned, Request, plan
from splice.report import servers
from splice.testing import put


def planned(root: Path, config: Config | None = None) -> Planned:
    return plan(Request(root, config or Config(), date(2026, 1, 1)))


@pytest.fixture
def service(tmp_path: Path) -> Path:
    main = 'from flask import Flask\n\napp = Flask(__name__)\n\n\n@app.get("/a")\ndef a():\n    return ""\n'
    put(tmp_path, {"main.py": main, "requirements.txt": "flask\n"})
    return tmp_path


@pytest.mark.parametrize(
    ("file", "content", "word"),
    [
        ("Dockerfile", 'CMD ["opentelemetry-instrument", "flask", "run"]\n', "opentelemetry-instrument"),
        ("Procfile", "web: ddtrace-run gunicorn main:app\n", "ddtrace"),
        ("deploy/web.yml", "command: newrelic-admin run-program x\n", "newrelic"),
        ("requirements-prod.txt", "sentry-sdk[flask]==2\n", "sentry-sdk"),
        (
            "telemetry.py",
            "import flask\nfrom opentelemetry.instrumentation.flask import X\n",
            "opentelemetry.instrumentation",
        ),
        ("setup_app.py", "import flask, logfire\n", "logfire"),
    ],
)
def test_server_instrumentation_is_found_where_it_is_named(service: Path, file: str, content: str, word: str) -> None:
    assert servers.finding(planned(service).survey) is not None
    put(service, {file: content})
    found = planned(service).survey
    assert servers.find(found) == (file, word)
    assert servers.finding(found) is None


def test_our_own_scaffold_and_a_page_of_documentation_are_no_server_instrumentation(service: Path) -> None:
    put(service, {"README.md": "use opentelemetry-instrument\n"})
    carry_out(planned(service), write=True)
    assert servers.finding(planned(service).survey) is not None
    config = Config(codemods=("spans", "instrument"))
    assert servers.finding(planned(service, config).survey) is None
