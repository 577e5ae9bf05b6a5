"""Who instruments a service already is found where it is switched on, and nowhere else."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from splice import testing
from splice.config import Config
from splice.pipeline import Request, plan
from splice.survey import Survey, survey

FLASK = "from flask import Flask\n\napp = Flask(__name__)\n"
FASTAPI = "from fastapi import FastAPI\n\napp = FastAPI()\n"


def surveyed(root: Path, files: dict[str, str]) -> Survey:
    testing.put(root, files)
    return survey(root, Config(), date(2026, 1, 1))


def found(root: Path, files: dict[str, str]) -> list[str]:
    """`tool kind file:line how`, and whose apps it names."""
    rows = surveyed(root, files).instrumentation
    return [f"{r.tool} {r.kind} {r.file}:{r.line} {r.how}" + ("" if r.in_use else " unused") for r in rows]


CODE = {
    "flask, by an object": (
        {"main.py": FLASK + "from opentelemetry.instrumentation.flask import FlaskInstrumentor\nFlaskInstrumentor().instrument_app(app)\n"},
        ["opentelemetry code main.py:5 FlaskInstrumentor().instrument_app"],
    ),
    "fastapi, by its class, under another name, in another module": (
        {
            "main.py": FASTAPI + "import telemetry\ntelemetry.setup(app)\n",
            "telemetry.py": "from opentelemetry.instrumentation.fastapi import FastAPIInstrumentor as I\n\n\ndef setup(app):\n    I.instrument_app(app)\n",
        },
        ["opentelemetry code telemetry.py:5 I.instrument_app"],
    ),
    "all apps of a framework": (
        {"manage.py": "from opentelemetry.instrumentation.django import DjangoInstrumentor\n\nDjangoInstrumentor().instrument()\n"},
        ["opentelemetry code manage.py:3 DjangoInstrumentor().instrument"],
    ),
    "an instrumentor that another module made": (
        {
            "main.py": FLASK + "from tools import instrumentor\ninstrumentor.instrument_app(app)\n",
            "tools.py": "from opentelemetry.instrumentation.flask import FlaskInstrumentor\ninstrumentor = FlaskInstrumentor()\n",
        },
        ["opentelemetry code main.py:5 instrumentor.instrument_app"],
    ),
    "a middleware": (
        {"main.py": FASTAPI + "from opentelemetry.instrumentation.asgi import OpenTelemetryMiddleware\napp.add_middleware(OpenTelemetryMiddleware)\n"},
        ["opentelemetry code main.py:5 add_middleware(OpenTelemetryMiddleware)"],
    ),
    "starlette's own middleware, in the list of middlewares": (
        {"main.py": "from starlette.applications import Starlette\nfrom starlette.middleware import Middleware\nfrom starlette.middleware.opentelemetry import OpenTelemetryMiddleware as O\n\napp = Starlette(middleware=[Middleware(O)])\n"},
        ["opentelemetry code main.py:5 Middleware(O)"],
    ),
    "a WSGI app wrapped": (
        {"main.py": FLASK + "from opentelemetry.instrumentation import wsgi\napp.wsgi_app = wsgi.OpenTelemetryMiddleware(app.wsgi_app)\n"},
        ["opentelemetry code main.py:5 wsgi.OpenTelemetryMiddleware"],
    ),
    "azure": (
        {"start.py": "from azure.monitor.opentelemetry import configure_azure_monitor\nconfigure_azure_monitor()\n"},
        ["azure-monitor code start.py:2 configure_azure_monitor"],
    ),
    "logfire, on the module and on an instance": (
        {"main.py": FASTAPI + "import logfire\nlf = logfire.configure()\nlogfire.instrument_fastapi(app)\nlf.instrument_fastapi(app)\n"},
        ["logfire code main.py:6 logfire.instrument_fastapi", "logfire code main.py:7 lf.instrument_fastapi"],
    ),
    "ddtrace by import": ({"gunicorn.conf.py": "import ddtrace.auto\n"}, ["ddtrace code gunicorn.conf.py:1 import ddtrace.auto"]),
    "ddtrace by from-import": ({"wsgi.py": "from ddtrace import auto\n"}, ["ddtrace code wsgi.py:1 import ddtrace.auto"]),
    "ddtrace by call": ({"wsgi.py": "from ddtrace import patch_all\n\npatch_all()\n"}, ["ddtrace code wsgi.py:3 patch_all"]),
    "sentry that traces": (
        {"main.py": "import sentry_sdk\nsentry_sdk.init('dsn', traces_sample_rate=1.0)\n"},
        ["sentry code main.py:2 sentry_sdk.init"],
    ),
    "new relic": (
        {"wsgi.py": "import newrelic.agent\n\nnewrelic.agent.initialize('newrelic.ini')\n"},
        ["newrelic code wsgi.py:3 newrelic.agent.initialize"],
    ),
    "elastic": (
        {"main.py": FLASK + "from elasticapm.contrib.flask import ElasticAPM\napm = ElasticAPM(app)\n"},
        ["elastic-apm code main.py:5 ElasticAPM"],
    ),
    "prometheus on fastapi": (
        {"main.py": FASTAPI + "from prometheus_fastapi_instrumentator import Instrumentator\nInstrumentator().instrument(app).expose(app)\n"},
        ["prometheus code main.py:5 Instrumentator().instrument"],
    ),
    "prometheus on flask, by a factory": (
        {"main.py": FLASK + "from prometheus_flask_exporter.multiprocess import GunicornPrometheusMetrics\nm = GunicornPrometheusMetrics.for_app_factory()\n"},
        ["prometheus code main.py:5 GunicornPrometheusMetrics.for_app_factory"],
    ),
    "prometheus on starlette": (
        {"main.py": FASTAPI + "from starlette_exporter import PrometheusMiddleware, handle_metrics\napp.add_middleware(PrometheusMiddleware)\n"},
        ["prometheus code main.py:5 add_middleware(PrometheusMiddleware)"],
    ),
    "settings of Django": (
        {"site/settings.py": "MIDDLEWARE = [\n    'django_prometheus.middleware.PrometheusBeforeMiddleware',\n    'x.Y',\n] + ['elasticapm.contrib.django.middleware.TracingMiddleware']\n"},
        [
            "prometheus code site/settings.py:2 django_prometheus.middleware.PrometheusBeforeMiddleware",
            "elastic-apm code site/settings.py:4 elasticapm.contrib.django.middleware.TracingMiddleware",
        ],
    ),
    "autometrics": (
        {"main.py": "import flask\nfrom autometrics import autometrics\n\n\n@autometrics\ndef f():\n    pass\n\n\n@autometrics\ndef g():\n    pass\n"},
        ["autometrics code main.py:5 @autometrics"],
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", CODE)
def test_code_that_switches_a_tool_on(tmp_path: Path, name: str) -> None:
    files, expected = CODE[name]
    assert found(tmp_path, files) == expected


NOTHING = {
    "comments and docstrings": {"main.py": '"""FlaskInstrumentor().instrument_app(app), ddtrace.auto"""\n# import ddtrace.auto\n' + FLASK},
    "an import that is not used": {"main.py": FLASK + "from opentelemetry.instrumentation.flask import FlaskInstrumentor\nimport logfire\nimport ddtrace\n"},
    "a client's instrumentor": {"main.py": FLASK + "from opentelemetry.instrumentation.requests import RequestsInstrumentor\nRequestsInstrumentor().instrument()\n"},
    "a method of the same name": {"main.py": FLASK + "class Band:\n    def instrument(self, app): ...\n\n\nBand().instrument(app)\nlogfire = Band()\nlogfire.instrument(app)\n"},
    "spans and metrics made by hand": {"main.py": FLASK + "import logfire\nfrom opentelemetry import trace\nlogfire.info('x')\ntrace.get_tracer('x')\n"},
    "a test": {"tests/test_x.py": "import ddtrace.auto\n", "tests/docker-compose.yml": "command: ddtrace-run x\n", "conftest.py": "import ddtrace.auto\n"},
    "a vendored file": {"vendor/x.py": "import ddtrace.auto\n", "node_modules/x/Procfile": "web: ddtrace-run x\n"},
    "a file that does not parse": {"old.py": "import ddtrace.auto\nprint 'x'\n"},
    "commands that do not start it": {
        "Dockerfile": "# CMD opentelemetry-instrument x\nRUN pip install opentelemetry-instrumentation-flask\nRUN opentelemetry-bootstrap -a install\nCMD gunicorn x # ddtrace-run\n".replace(" # ddtrace-run", ""),
        "start.sh": "#!/bin/sh\n# exec ddtrace-run x\nif command -v opentelemetry-instrument; then echo use ddtrace-run; fi\nexec gunicorn x  # ddtrace-run\npip install ddtrace-run\n",
        "Makefile": "help:\n\t@echo 'ddtrace-run'\n",
        "compose.yml": "services:\n  web:\n    # command: ddtrace-run x\n    command: gunicorn x # ddtrace-run\n    labels:\n      note: ddtrace-run\n    description: opentelemetry-instrument\n",
        "web.service": "[Unit]\nDescription=ddtrace-run\n;ExecStart=ddtrace-run x\n[Service]\nExecStart=/usr/bin/gunicorn x\n",
        "k8s.yaml": "metadata:\n  annotations:\n    instrumentation.opentelemetry.io/inject-python: \"false\"\n    # instrumentation.opentelemetry.io/inject-python: \"true\"\n    instrumentation.opentelemetry.io/inject-java: \"true\"\n",
        ".github/workflows/ci.yml": "jobs:\n  x:\n    command: ddtrace-run pytest\n",
        "docker-compose.test.yml": "services:\n  web:\n    command: ddtrace-run pytest\n",
        "README.md": "opentelemetry-instrument python x.py\n",
        "pyproject.toml": '# ddtrace-run\n[tool.poe.tasks]\nserve = "gunicorn x"\n[tool.other]\nx = "ddtrace-run x"\n',
    },
    "development dependencies, and a name that only begins like one": {
        "requirements-dev.txt": "ddtrace\n", "requirements/test.txt": "sentry-sdk\n", "requirements.txt": "# logfire\nlogfire-api-x\nflask\n",
    },
}  # fmt: skip


@pytest.mark.parametrize("name", NOTHING)
def test_words_that_instrument_nothing(tmp_path: Path, name: str) -> None:
    assert found(tmp_path, NOTHING[name]) == []


COMMANDS = [
    ("Dockerfile", 'FROM x\nCMD ["opentelemetry-instrument", "gunicorn", "x"]\n', 2, "opentelemetry"),
    ("web.Dockerfile", "FROM x\nENTRYPOINT /venv/bin/ddtrace-run \\\n    gunicorn x\n", 2, "ddtrace"),
    ("Containerfile", 'ENTRYPOINT ["newrelic-admin", "run-program"]\nCMD ["x"]\n', 1, "newrelic"),
    ("Procfile", "release: x\nweb: NEW_RELIC_CONFIG_FILE=x newrelic-admin run-program gunicorn x\n", 2, "newrelic"),
    ("deploy/start.sh", "#!/bin/sh\nset -e\nexec ENV=test opentelemetry-instrument gunicorn x\n", 3, "opentelemetry"),
    ("bin/start", "#!/bin/sh\necho starting; exec ddtrace-run gunicorn x\n", 2, "ddtrace"),
    ("Makefile", "run:\n\tuv run opentelemetry-instrument flask run\n", 2, "opentelemetry"),
    ("deploy/web.service", "[Service]\nExecStart=/srv/venv/bin/ddtrace-run gunicorn x\n", 2, "ddtrace"),
    ("supervisord.conf", "[program:web]\ncommand=elasticapm-run gunicorn x\n", 2, "elastic-apm"),
    ("compose.yaml", "services:\n  web:\n    command: logfire run main.py\n", 3, "logfire"),
    ("docker-compose.yml", "services:\n  web:\n    entrypoint: [opentelemetry-instrument, flask]\n", 3, "opentelemetry"),
    ("k8s/web.yaml", "containers:\n- name: web\n  command:\n  - sh\n  - -c\n  - exec ddtrace-run gunicorn x\n", 6, "ddtrace"),
    ("k8s/web.yaml", "    args:\n      - newrelic-admin\n      - run-program\n      - gunicorn\n", 2, "newrelic"),
    ("chart/templates/web.yaml", 'command: ["/bin/sh"]\nargs:\n  - |\n    {{ .Values.x }}\n    ddtrace-run x\n', 5, "ddtrace"),
    ("k8s/web.yaml", 'annotations:\n  instrumentation.opentelemetry.io/inject-python: "observability/default"\n', 2, "opentelemetry"),
    ("pyproject.toml", '[tool.pdm.scripts]\na = "x"\nstart = { cmd = "ddtrace-run gunicorn x" }\n', 3, "ddtrace"),
    ("fly.toml", '[processes]\nweb = "opentelemetry-instrument gunicorn x"\n', 2, "opentelemetry"),
]  # fmt: skip


@pytest.mark.parametrize(("file", "text", "line", "tool"), COMMANDS)
def test_commands_that_start_the_service_with_a_tool(
    tmp_path: Path, file: str, text: str, line: int, tool: str
) -> None:
    (row,) = surveyed(tmp_path, {file: text, "main.py": FLASK}).instrumentation
    assert (row.tool, row.kind, row.file, row.line, row.in_use) == (tool, "entry-point", file, line, True)
    assert row.how in text or all(word in text for word in row.how.split())


def test_a_dependency_alone_is_declared_and_not_seen_in_use(tmp_path: Path) -> None:
    files = {
        "main.py": FLASK,
        "requirements.txt": "flask\nDDTrace >= 2  # x\n",
        "pyproject.toml": '[project]\nname = "x"\ndependencies = [\n  "opentelemetry-instrumentation-flask",\n  "sentry_sdk[flask]>=2",\n]\n',
        "errors.py": "import sentry_sdk\nsentry_sdk.init()\n",
    }
    assert found(tmp_path, files) == [
        "sentry code errors.py:2 sentry_sdk.init",
        "opentelemetry dependency pyproject.toml:4 opentelemetry-instrumentation-flask unused",
        "ddtrace dependency requirements.txt:2 DDTrace >= 2 unused",
    ]


@pytest.mark.parametrize(
    ("manifest", "text", "says"),
    [
        ("requirements.txt", "fastapi==0.165.0\n", "fastapi native requirements.txt:1 fastapi ==0.165.0"),
        ("requirements.txt", "fastapi>=0.142\n", "fastapi native requirements.txt:1 fastapi >=0.142"),
        ("requirements.txt", "fastapi==0.141.1\n", ""),
        ("requirements.txt", "fastapi==0.115.*\n", ""),
        ("requirements.txt", "fastapi>=0.100,<0.142\n", ""),
        ("requirements.txt", "fastapi~=0.141.0\n", ""),
        ("requirements.txt", "fastapi\n", "fastapi native requirements.txt:1 fastapi unused"),
        ("requirements.txt", "fastapi>=0.110\n", "fastapi native requirements.txt:1 fastapi >=0.110 unused"),
        ("pyproject.toml", '[tool.poetry.dependencies]\nfastapi = "^0.150"\n', "fastapi native pyproject.toml:2 fastapi <0.151,>=0.150"),
        ("pyproject.toml", '[tool.poetry.dependencies]\nfastapi = "^0.115"\n', ""),
        ("setup.py", "from setuptools import setup\nsetup(\n    install_requires=['fastapi'],\n)\n", "fastapi native setup.py:3 fastapi unused"),
        ("uv.lock", '[[package]]\nname = "fastapi"\nversion = "0.160.0"\n', "fastapi native uv.lock:2 fastapi ==0.160.0"),
        ("poetry.lock", '[[package]]\nname = "fastapi"\nversion = "0.115.2"\n', ""),
        ("README.md", "fastapi==0.165.0\n", ""),
    ],
)  # fmt: skip
def test_native_fastapi_goes_by_the_version(tmp_path: Path, manifest: str, text: str, says: str) -> None:
    assert found(tmp_path, {"main.py": FASTAPI, manifest: text}) == ([says] if says else [])


def test_native_fastapi_can_be_switched_off(tmp_path: Path) -> None:
    files = {"requirements.txt": "fastapi==0.165.0\n"}
    off = 'from fastapi import FastAPI\n\napp = FastAPI(telemetry={"tracing": False})\n'
    assert found(tmp_path, {**files, "main.py": off}) == []
    assert found(tmp_path, {**files, "main.py": off.replace("False", "True")})


APPS = {
    "the app that is named": (
        {"main.py": FLASK + "admin = Flask('admin')\nfrom opentelemetry.instrumentation.flask import FlaskInstrumentor\nFlaskInstrumentor().instrument_app(admin)\n"},
        {"app": False, "admin": True},
    ),
    "the app that a factory makes": (
        {"main.py": "from flask import Flask\nfrom opentelemetry.instrumentation.flask import FlaskInstrumentor\n\n\ndef create():\n    app = Flask('x')\n    FlaskInstrumentor().instrument_app(app)\n    return app\n\n\nother = Flask('y')\n"},
        {"create.app": True, "other": False},
    ),
    "an app that is passed on": (
        {
            "main.py": FLASK + "other = Flask('y')\nimport telemetry\ntelemetry.setup(app)\n",
            "telemetry.py": "import logfire\n\n\ndef setup(app):\n    logfire.instrument_flask(app)\n",
        },
        {"app": True, "other": False},
    ),
    "all apps of the framework": (
        {"main.py": FLASK + "from opentelemetry.instrumentation.flask import FlaskInstrumentor\nFlaskInstrumentor().instrument()\n", "api.py": FASTAPI.replace("app =", "api =")},
        {"app": True, "api": False},
    ),
    "an app that is not known may be any": (
        {"main.py": FLASK, "t.py": "from opentelemetry.instrumentation.flask import FlaskInstrumentor\n\n\ndef setup(app):\n    FlaskInstrumentor().instrument_app(app)\n"},
        {"app": True},
    ),
    "every app, by an entry point": ({"main.py": FLASK, "api.py": FASTAPI.replace("app =", "api ="), "deploy/Dockerfile": "CMD opentelemetry-instrument x\n"}, {"app": True, "api": True}),
    "the service beside the entry point": (
        {"a/main.py": FLASK, "a/Dockerfile": "CMD ddtrace-run x\n", "b/main.py": FLASK.replace("app =", "other =")},
        {"app": True, "other": False},
    ),
    "native FastAPI": ({"main.py": FASTAPI, "requirements.txt": "fastapi==0.165.0\n"}, {"app": True}),
    "FastAPI that may be native": ({"main.py": FASTAPI, "requirements.txt": "fastapi\n"}, {"app": False}),
    "Django, by its instrumentor": (
        {"wsgi.py": "from django.core.wsgi import get_wsgi_application\nfrom opentelemetry.instrumentation.django import DjangoInstrumentor\n\nDjangoInstrumentor().instrument()\napplication = get_wsgi_application()\n"},
        {"application": True},
    ),
    "tools whose traces are their own": (
        {"main.py": FLASK + "import sentry_sdk\nsentry_sdk.init(traces_sample_rate=1)\n", "Procfile": "web: newrelic-admin run-program x\n", "requirements.txt": "opentelemetry-instrumentation-flask\n"},
        {"app": False},
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", APPS)
def test_instrument_leaves_an_app_alone_that_is_instrumented(tmp_path: Path, name: str) -> None:
    files, expected = APPS[name]
    testing.put(tmp_path, files)
    made = plan(Request(tmp_path, Config(codemods=("instrument",)), date(2026, 1, 1)))
    apps = {p.symbol: p for p in made.survey.matched.points if p.kind == "app"}
    given = {want.point.symbol for wants in made.wants.values() for want in wants}
    assert {name: name not in given for name in apps} == expected
    for name, point in apps.items():
        if expected[name]:
            assert point.reason is not None and point.reason.value == "already-instrumented"
            assert ":" in point.detail, "the row says by whom"


def test_an_instrumentor_that_arrives_takes_our_own_away(tmp_path: Path) -> None:
    testing.put(
        tmp_path, {"main.py": FLASK, "codemod.toml": 'codemods = ["instrument"]\n', "requirements.txt": "flask\n"}
    )
    testing.run(tmp_path)
    assert "instrument(app)" in (tmp_path / "main.py").read_text()
    testing.put(tmp_path, {"Procfile": "web: opentelemetry-instrument gunicorn main:app\n"})
    testing.run(tmp_path)
    assert (tmp_path / "main.py").read_text() == FLASK
    assert not testing.run(tmp_path).changes
