"""The closed list of reasons: for each, one input that it is the answer to, and nothing inserted there."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from splice import testing
from splice.landing import Done
from splice.model import Failed, Reason, Skipped

APP = "from flask import Flask\n\napp = Flask(__name__)\n\n"
API = "from fastapi import FastAPI\n\napp = FastAPI()\n\n"
SECRET = "AKIA" + "Z" * 16
HANDLER = '\n@app.get("/x")\ndef x():\n    return ""\n'
WORK = {"functions": ["main.*"]}
NAMED = {"functions": ["main.work"]}

CASES: dict[Reason, tuple[dict[str, str | bytes], Mapping[str, object]]] = {
    Reason.ROUTE_NOT_STATIC: ({"main.py": APP + 'import os\n\n\n@app.get(os.environ["X"])\ndef x():\n    return ""\n'}, {}),
    Reason.LEAK: ({"main.py": APP + f'\n@app.post("/hooks/{SECRET}")\ndef x():\n    return ""\n'}, {}),
    Reason.NOT_MOUNTED: (
        {"main.py": APP + 'from flask import Blueprint\n\nbp = Blueprint("b", __name__)\n\n\n@bp.get("/x")\ndef x():\n    return ""\n'},
        {},
    ),
    Reason.RECEIVER_UNKNOWN: (
        {"main.py": 'import flask\nfrom flask_restx import Namespace\n\nns = Namespace("n")\n\n\n@ns.route("/x")\nclass X:\n    def get(self):\n        return flask.g\n'},
        {},
    ),
    Reason.ENDPOINT_UNKNOWN: ({"main.py": APP + "import views\n\napp.add_url_rule('/x', view_func=views.make()['x'])\n", "views.py": "def make():\n    return {k: k for k in 'x'}\n"}, {}),
    Reason.ENDPOINT_OUTSIDE: ({"main.py": APP + "import library\n\napp.add_url_rule('/x', view_func=library.view)\n"}, {}),
    Reason.LAMBDA: ({"main.py": APP + "app.add_url_rule('/x', view_func=lambda: '')\n"}, {}),
    Reason.PARTIAL: (
        {"main.py": API + "import functools\n\n\ndef x(a):\n    return a\n\n\napp.add_api_route('/x', functools.partial(x, 1))\n"},
        {},
    ),
    Reason.INHERITED: (
        {"main.py": APP + "from library import Crud\n\n\nclass V(Crud):\n    pass\n\n\napp.add_url_rule('/x', view_func=V.as_view('v'))\n"},
        {},
    ),
    Reason.DECLARATION: ({"main.py": "def work():\n    ...\n"}, NAMED),
    Reason.DUNDER: ({"main.py": "class C:\n    def __repr__(self):\n        return ''\n"}, {"functions": ["main.C.*"]}),
    Reason.PROPERTY: ({"main.py": "class C:\n    @property\n    def p(self):\n        return 1\n"}, {"functions": ["main.C.*"]}),
    Reason.REGISTERED_ABOVE: ({"main.py": "from numba import njit\n\n\n@njit\ndef work():\n    return 1\n"}, NAMED),
    Reason.IDENTITY: (
        {"main.py": APP + 'import functools\n\n\n@app.get("/x")\n@functools.cache\ndef x():\n    return ""\n\n\ndef clear():\n    x.cache_clear()\n'},
        {},
    ),
    Reason.FIXTURE: ({"main.py": "import pytest\n\n\n@pytest.fixture\ndef work():\n    return 1\n"}, NAMED),
    Reason.APP_WITHOUT_NAME: ({"main.py": "from flask import Flask\n\n\ndef make():\n    return Flask(__name__)\n"}, {"codemods": ["instrument"]}),
    Reason.MOUNTED_BELOW: ({"main.py": API + "inner = FastAPI()\napp.mount('/inner', inner)\n"}, {"codemods": ["instrument"]}),
    Reason.URLCONF_UNKNOWN: ({"main.py": "import os\n\nimport django\n\nROOT_URLCONF = os.environ['URLS']\n"}, {}),
    Reason.ALREADY_INSTRUMENTED: (
        {"main.py": APP, "Procfile": "web: opentelemetry-instrument flask --app main run\n"},
        {"codemods": ["instrument"]},
    ),
    Reason.HEADER: ({"main.py": "from flask import Flask\n\nif Flask: app = Flask('y')\n"}, {"codemods": ["instrument"]}),
    Reason.NAME_TAKEN: (
        {"main.py": APP + "observed = _observed = _splice_observed = 1\n" + HANDLER},
        {},
    ),
    Reason.IMPORT_AFTER_USE: (
        {"main.py": "from flask import Flask\n\napp = Flask(__name__)\n" + HANDLER + "\nimport sys\n\nsys.path.insert(0, 'x')\nimport json\n"},
        {},
    ),
    Reason.SKIP_FILE: ({"main.py": "# isort: skip_file\n" + APP + HANDLER}, {}),
    Reason.SCAFFOLD_COLLISION: ({"main.py": APP + HANDLER, "scaffold.py": "MINE = 1\n"}, {}),
    Reason.SCAFFOLD_UNPLACED: ({"main.py": APP + HANDLER}, {"scaffold": "nowhere.telemetry"}),
    Reason.ENCODING: ({"main.py": b"# coding: utf-16\n" + (APP + HANDLER).encode()}, {}),
    Reason.SYNTAX: ({"main.py": APP + HANDLER + "\ndef broken(:\n"}, {}),
    Reason.TOO_DEEP: ({"main.py": APP + HANDLER + "\nx = " + "(" * 5000 + ")" * 5000 + "\n"}, {}),
}  # fmt: skip
DONE = {
    Reason.ROUTE_NOT_STATIC,
    Reason.LEAK,
    Reason.MOUNTED_BELOW,
}  # something else of the file is done: a dotted name, the outer app
ELSEWHERE = {
    Reason.ACCESS_UNKNOWN: "test_auth_advice.py",
    Reason.POLICY_UNDECIDED: "test_auth_advice.py",
    Reason.SCOPES_UNCHECKED: "test_auth_advice.py",
    Reason.REGISTERED_ELSEWHERE: "test_auth_advice.py",
    Reason.ARGUMENT: "transformers/test_arguments.py",
    Reason.NO_TIMEOUT: "test_calls_codemods.py",
    Reason.NO_POLICY: "test_calls_codemods.py",
    Reason.TIMEOUT_UNKNOWN: "test_calls_codemods.py",
    Reason.METHOD_UNKNOWN: "test_outbound_retries.py",
    Reason.NOT_IDEMPOTENT: "test_outbound_retries.py",
    Reason.STREAMING_BODY: "test_outbound_retries.py",
    Reason.ALREADY_RETRIED: "test_outbound_retries.py",
    Reason.IN_TRANSACTION: "test_outbound_retries.py",
    Reason.BLOCKS_EVENT_LOOP: "test_outbound_retries.py",
    Reason.RESULT_USE: "test_outbound_retries.py",
    Reason.SUPPRESSED: "test_explain.py",
    Reason.SCAFFOLD_EDITED: "test_converge.py",
    Reason.UNREADABLE: "test_discover.py",
    Reason.UNWRITABLE: "test_write.py",
    Reason.OUTSIDE_ROOT: "test_write.py",
    Reason.CHANGED_ON_DISK: "test_write.py",
    Reason.PROOF_FAILED: "test_validate.py",
    Reason.RULE_FAILED: "test_semgrep.py",
}


def reasons(done: Done) -> set[Reason]:
    found = {point.reason for point in done.planned.survey.matched.points if point.reason}
    found |= {refused.reason for refused in done.refused.values()}
    found |= {outcome.reason for outcome in done.outcomes if isinstance(outcome, (Skipped, Failed))}
    return found | {reason for reason in Reason for finding in done.findings if finding.code == reason.value}


@pytest.mark.parametrize("reason", CASES, ids=lambda reason: reason.value)
def test_reason(tmp_path: Path, reason: Reason) -> None:
    files, config = CASES[reason]
    testing.put(tmp_path, {**files, "codemod.toml": testing.toml(config)})
    done = testing.run(tmp_path)
    assert reason in reasons(done)
    if reason not in DONE:
        assert (tmp_path / "main.py").read_bytes() == (f if isinstance(f := files["main.py"], bytes) else f.encode())
        assert (tmp_path / "scaffold.py").exists() == ("scaffold.py" in files), "a scaffold that nobody uses"
    assert not testing.run(tmp_path).changes


def test_every_reason_has_its_test() -> None:
    assert set(CASES) | set(ELSEWHERE) == set(Reason)
    assert not set(CASES) & set(ELSEWHERE)
    for reason, file in ELSEWHERE.items():
        text = (Path(__file__).parent / file).read_text()
        assert f"Reason.{reason.name}" in text or reason.value in text
