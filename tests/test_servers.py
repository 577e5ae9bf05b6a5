"""What the report says of who instruments the service, and the note where nobody makes a server span."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from splice.config import Config
from splice.landing import carry_out
from splice.pipeline import Planned, Request, plan
from splice.report import servers
from splice.report.report import Report
from splice.report.show import summary
from splice.report.terminal import Screen
from splice.testing import put

MAIN = 'from flask import Flask\n\napp = Flask(__name__)\n\n\n@app.get("/a")\ndef a():\n    return ""\n'


def planned(root: Path, config: Config | None = None) -> Planned:
    return plan(Request(root, config or Config(), date(2026, 1, 1)))


@pytest.fixture
def service(tmp_path: Path) -> Path:
    put(tmp_path, {"main.py": MAIN, "requirements.txt": "flask\n"})
    return tmp_path


@pytest.mark.parametrize(
    ("file", "content"),
    [
        ("Dockerfile", 'CMD ["opentelemetry-instrument", "flask", "run"]\n'),
        ("Procfile", "web: ddtrace-run gunicorn main:app\n"),
        ("deploy/web.yml", "command: newrelic-admin run-program x\n"),
        ("telemetry.py", "import logfire\nfrom main import app\n\nlogfire.instrument_flask(app)\n"),
        ("errors.py", "import sentry_sdk\n\nsentry_sdk.init(dsn='x', traces_sample_rate=0.1)\n"),
    ],
)
def test_no_note_where_something_makes_a_server_span(service: Path, file: str, content: str) -> None:
    assert servers.finding(planned(service).survey) is not None
    put(service, {file: content})
    assert servers.finding(planned(service).survey) is None


@pytest.mark.parametrize(
    ("file", "content"),
    [
        ("README.md", "use opentelemetry-instrument\n"),
        ("requirements-prod.txt", "sentry-sdk[flask]==2\n"),
        ("errors.py", "import sentry_sdk\n\nsentry_sdk.init(dsn='x')\n"),
        ("metrics.py", "from prometheus_flask_exporter import PrometheusMetrics\nfrom main import app\nPrometheusMetrics(app)\n"),
    ],
)  # fmt: skip
def test_a_note_where_nothing_does(service: Path, file: str, content: str) -> None:
    put(service, {file: content})
    assert servers.finding(planned(service).survey) is not None


def test_our_own_scaffold_is_no_server_instrumentation(service: Path) -> None:
    carry_out(planned(service), write=True)
    assert servers.finding(planned(service).survey) is not None
    config = Config(codemods=("spans", "instrument"))
    carry_out(planned(service, config), write=True)
    again = planned(service, config).survey
    assert servers.finding(again) is None
    assert not again.instrumentation, "what Splice has declared and inserted itself is nobody else's"


def test_the_summary_names_each_tool_once_with_its_place_and_what_is_done_about_it(service: Path) -> None:
    put(service, {"Procfile": "web: opentelemetry-instrument x\nworker: opentelemetry-instrument y\n"})
    put(service, {"requirements.txt": "flask\nsentry-sdk\n"})
    made = carry_out(planned(service), write=True)
    text = summary(Report("run", made.planned, made), Screen(), 0, quiet=False)
    assert (
        "instrumented by OpenTelemetry (opentelemetry-instrument, Procfile:1 and 1 more):"
        " `observed` enriches its server span, and `instrument` leaves its apps alone\n"
    ) in text
    assert (
        "may be instrumented by Sentry (sentry-sdk, requirements.txt:2):"
        " declared, not seen in use: nothing depends on it\n"
    ) in text
    assert "no-server-instrumentation" not in text


def test_json_has_a_row_for_each(service: Path) -> None:
    put(service, {"Procfile": "web: ddtrace-run x\n"})
    (row,) = Report("list", planned(service)).as_json()["instrumentation"]
    assert {**row, "action": ""} == {
        "tool": "ddtrace",
        "kind": "entry-point",
        "file": "Procfile",
        "line": 1,
        "how": "ddtrace-run",
        "signals": ["spans"],
        "in_use": True,
        "action": "",
    }
    assert "DD_TRACE_OTEL_ENABLED" in row["action"]


def test_in_child_mode_the_report_speaks_of_a_child(service: Path) -> None:
    from splice.config import SpansConfig

    put(service, {"Procfile": "web: opentelemetry-instrument x\n"})
    (row,) = Report("list", planned(service, Config(spans=SpansConfig("child")))).as_json()["instrumentation"]
    assert row["action"].startswith("`observed` adds a child to its server span")
