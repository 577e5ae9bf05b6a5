"""Nothing is traced twice: a handler that a decorator of the service's own observes gets no second span."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from splice import testing
from splice.config import load
from splice.landing import Done
from splice.model import SpliceError
from splice.pipeline import Request, plan
from splice.registry import codemods
from splice.report.explain import explain_place
from splice.report.report import Report
from splice.report.show import table
from splice.report.terminal import Screen

TRACING = "def traced(name=None):\n    return lambda f: f\n\n\nclass Tracer:\n    def wrap(self, name):\n        return lambda f: f\n\n\ntracer = Tracer()\n"
CONFIG = {"observed-by": ["orders.tracing:traced", "orders.tracing:tracer.wrap", "acme_telemetry:spanned"]}
HEAD = "from flask import Flask\n{imports}\napp = Flask(__name__)\n\n\n"
HANDLER = '@app.get("/{name}")\n{decorator}\ndef {name}():\n    return ""\n\n\n'


def service(root: Path, imports: str, *decorators: str, **config: object) -> Path:
    """A service with one handler for each decorator: `a`, `b`, ..."""
    text = HEAD.format(imports=imports)
    for name, decorator in zip("abcdefgh", decorators, strict=False):
        text += HANDLER.format(name=name, decorator=decorator)
    files = {"orders/__init__.py": "", "orders/tracing.py": TRACING, "orders/api.py": text.rstrip("\n") + "\n"}
    testing.put(root, {**files, "codemod.toml": testing.toml({**CONFIG, **config})})
    return root


def states(done: Done) -> dict[str, dict[str, str]]:
    return {p[1]: dict(state) for p, state in done.states.items()}


@pytest.mark.parametrize(
    ("imports", "decorator"),
    [
        ("from orders.tracing import traced", '@traced("a")'),
        ("from orders.tracing import traced as t", "@t"),
        ("from .tracing import traced", "@traced()"),
        ("from orders import tracing", "@tracing.traced()"),
        ("import orders.tracing", "@orders.tracing.traced()"),
        ("from orders.shared import spans", "@spans()"),
        ("from orders.shared import *", "@spans()"),
        ("from orders.tracing import tracer", '@tracer.wrap("a")'),
        ("from acme_telemetry import spanned", "@spanned"),
        ("import acme_telemetry as at", "@at.spanned(1)"),
    ],
)
def test_a_decorator_that_the_configuration_names_observes(tmp_path: Path, imports: str, decorator: str) -> None:
    service(tmp_path, imports, decorator, "@app.before_request")
    testing.put(tmp_path, {"orders/shared.py": "from orders.tracing import traced as spans\n"})
    before = (tmp_path / "orders/api.py").read_text()
    done = testing.run(tmp_path)
    assert states(done)["a"] == {"spans": "present", "metrics": "present"}
    after = (tmp_path / "orders/api.py").read_text()
    assert after.count('observed("') == 1, "the other handler has none of its own"
    assert decorator in before
    assert not testing.run(tmp_path).changes
    testing.run(tmp_path, strip=True)
    assert (tmp_path / "orders/api.py").read_text() == before


@pytest.mark.parametrize(
    ("imports", "decorator"),
    [
        ("from orders.tracing import Tracer", "@Tracer().unwrap"),
        ("from other import traced", "@traced()"),
        ("", "@traced()"),
        ("from orders.tracing import traced\nfrom functools import cache as traced", "@traced"),
    ],
)
def test_another_decorator_does_not(tmp_path: Path, imports: str, decorator: str) -> None:
    service(tmp_path, imports, decorator)
    assert states(testing.run(tmp_path))["a"] == {"spans": "inserted", "metrics": "inserted"}


def test_above_the_decorator_that_registers_it_never_runs_and_does_not_count(tmp_path: Path) -> None:
    service(tmp_path, "from orders.tracing import traced")
    text = (tmp_path / "orders/api.py").read_text() + '\n\n@traced()\n@app.get("/a")\ndef a():\n    return ""\n'
    testing.put(tmp_path, {"orders/api.py": text})
    assert states(testing.run(tmp_path))["a"] == {"spans": "inserted", "metrics": "inserted"}


def test_what_was_inserted_before_the_setting_goes(tmp_path: Path) -> None:
    service(tmp_path, "from orders.tracing import traced", "@traced()", **{"observed-by": ["orders.other:x"]})
    before = (tmp_path / "orders/api.py").read_text()
    testing.run(tmp_path)
    assert "@observed" in (tmp_path / "orders/api.py").read_text()
    testing.put(tmp_path, {"codemod.toml": testing.toml(CONFIG)})
    testing.run(tmp_path)
    assert (tmp_path / "orders/api.py").read_text() == before
    assert not (tmp_path / "orders/scaffold.py").exists()


WELL_KNOWN = {
    "opentelemetry": ("from opentelemetry import trace\ntracer = trace.get_tracer(__name__)", '@tracer.start_as_current_span("a")'),
    "opentelemetry, from its sdk": ("from opentelemetry.sdk.trace import TracerProvider\ntracer = TracerProvider().get_tracer('x')", '@tracer.start_as_current_span("a")'),
    "opentelemetry, a tracer from another module": ("from orders.shared import tracer as t", '@t.start_as_current_span("a")'),
    "logfire": ("import logfire", '@logfire.instrument("a {x=}")'),
    "ddtrace": ("from ddtrace import tracer", "@tracer.wrap()"),
    "newrelic": ("import newrelic.agent", "@newrelic.agent.function_trace()"),
    "sentry": ("import sentry_sdk", "@sentry_sdk.trace"),
    "elastic": ("import elasticapm", '@elasticapm.capture_span("a")'),
}  # fmt: skip


@pytest.mark.parametrize("name", WELL_KNOWN)
def test_a_span_of_a_tracing_library_is_present_and_the_metric_is_added(tmp_path: Path, name: str) -> None:
    imports, decorator = WELL_KNOWN[name]
    service(tmp_path, imports, decorator)
    testing.put(tmp_path, {"orders/shared.py": "from opentelemetry import trace\ntracer = trace.get_tracer('x')\n"})
    before = (tmp_path / "orders/api.py").read_text()
    done = testing.run(tmp_path)
    assert states(done)["a"] == {"spans": "present", "metrics": "inserted"}
    written = decorator.removeprefix("@").partition("(")[0]
    assert (
        f'_TRACED: dict[str, str] = {{\n    "GET /a": "{written}",\n}}' in (tmp_path / "orders/scaffold.py").read_text()
    )
    assert not testing.run(tmp_path).changes
    testing.run(tmp_path, strip=True)
    assert (tmp_path / "orders/api.py").read_text() == before


def test_without_metrics_a_span_of_a_tracing_library_is_all_that_is_wanted(tmp_path: Path) -> None:
    service(tmp_path, *WELL_KNOWN["logfire"], codemods=["spans"])
    done = testing.run(tmp_path)
    assert states(done)["a"] == {"spans": "present"}
    assert not done.changes


def test_autometrics_has_metrics_of_its_own_name_and_ours_are_wanted_all_the_same(tmp_path: Path) -> None:
    service(tmp_path, "from autometrics import autometrics", "@autometrics")
    assert states(testing.run(tmp_path))["a"] == {"spans": "inserted", "metrics": "inserted"}


def test_a_view_class_can_carry_the_decorator(tmp_path: Path) -> None:
    view = (
        "from flask.views import MethodView\nfrom orders.tracing import traced\n\n\n"
        "class V(MethodView):\n    decorators = [traced()]\n\n    def get(self):\n        return ''\n\n\n"
        "class W(MethodView):\n    def get(self):\n        return ''\n\n\n"
        "app.add_url_rule('/v', view_func=V.as_view('v'))\napp.add_url_rule('/w', view_func=W.as_view('w'))\n"
    )
    service(tmp_path, "")
    testing.put(tmp_path, {"orders/api.py": HEAD.format(imports="") + view})
    found = states(testing.run(tmp_path))
    assert found["V.get"]["spans"] == "present"
    assert found["W.get"]["spans"] == "inserted"


DJANGO = """\
from django.urls import path
from django.utils.decorators import method_decorator
from django.views import View
from django.views.generic import ListView
from orders.tracing import traced


@method_decorator(traced(), name="dispatch")
class Whole(View):
    def get(self, request): ...


@method_decorator(traced(), name="post")
class Part(View):
    def get(self, request): ...
    def post(self, request): ...


class Method(View):
    @method_decorator(traced())
    def get(self, request): ...


@method_decorator(traced(), name="dispatch")
class Inherits(ListView):
    model = None


@method_decorator(traced(), name="get_queryset")
class Other(ListView):
    model = None


urlpatterns = [path(name, view.as_view()) for name, view in (
    ("whole", Whole), ("part", Part), ("method", Method), ("inherits", Inherits), ("other", Other))]
"""


def test_a_view_of_django_can_carry_the_decorator_inside_another(tmp_path: Path) -> None:
    settings = 'ROOT_URLCONF = "orders.urls"\n'
    manage = 'import os\n\nos.environ.setdefault("DJANGO_SETTINGS_MODULE", "orders.settings")\n'
    files = {"orders/__init__.py": "", "orders/tracing.py": TRACING, "orders/urls.py": DJANGO, "manage.py": manage}
    testing.put(tmp_path, {**files, "orders/settings.py": settings, "codemod.toml": testing.toml(CONFIG)})
    found = {symbol: state["spans"] for symbol, state in states(testing.run(tmp_path)).items() if "spans" in state}
    assert found == {
        "Whole.get": "present",
        "Part.get": "inserted",
        "Part.post": "present",
        "Method.get": "present",
        "Inherits": "present",
        "Other": "inserted",
    }


def test_a_function_that_the_configuration_names_counts_decorators_wherever_they_stand(tmp_path: Path) -> None:
    service(tmp_path, "", functions=["orders.work.*"])
    work = "import functools\nfrom orders.tracing import traced\n\n\n@traced()\n@functools.cache\ndef work():\n    return 1\n"
    testing.put(tmp_path, {"orders/work.py": work})
    assert states(testing.run(tmp_path))["work"] == {"spans": "present", "metrics": "present"}


def test_the_report_says_so_per_handler(tmp_path: Path) -> None:
    service(tmp_path, "from orders.tracing import traced\nimport logfire", "@traced()", "@logfire.instrument()", "")
    config = load(tmp_path, None, codemods())
    report = Report("list", plan(Request(tmp_path, config, date(2026, 1, 1))))
    rows = {row["symbol"]: row["observed_by"] for row in report.as_json()["join_points"]}
    assert rows == {
        "a": "orders.tracing:traced, orders/api.py:8",
        "b": "logfire.instrument, orders/api.py:14",
        "c": None,
    }
    text = table(report, Screen(unicode=True))
    assert "observed by orders.tracing:traced, orders/api.py:8" in text
    assert report.as_json()["series"] == Report("list", report.planned).as_json()["series"]


def test_explain_names_the_decorator(tmp_path: Path) -> None:
    service(tmp_path, "from orders.tracing import traced", "@traced()")
    config = load(tmp_path, None, codemods())
    report = Report("explain", plan(Request(tmp_path, config, date(2026, 1, 1))))
    assert "  observed by  orders.tracing:traced, orders/api.py:7" in explain_place(report, "orders/api.py", 8)


def test_a_handler_that_is_observed_elsewhere_is_no_series_of_ours(tmp_path: Path) -> None:
    def series(root: Path, decorator: str) -> int:
        service(root, "from orders.tracing import traced", decorator)
        config = load(root, None, codemods())
        found = Report("list", plan(Request(root, config, date(2026, 1, 1)))).as_json()["series"]
        assert isinstance(found, int)
        return found

    assert series(tmp_path / "one", "") > series(tmp_path / "two", "@traced()") == 0


@pytest.mark.parametrize(
    ("name", "fix"),
    [("orders.tracing:trcaed", "did you mean orders.tracing:traced?"), ("orders.tracing:zzz", "")],
)
def test_a_name_that_does_not_exist_is_an_error_at_its_line(tmp_path: Path, name: str, fix: str) -> None:
    service(tmp_path, "", "", **{"observed-by": ["orders.tracing:traced", name]})
    with pytest.raises(SpliceError) as caught:
        testing.run(tmp_path)
    assert (caught.value.file, caught.value.line, caught.value.fix) == ("codemod.toml", 1, fix)
    assert name in caught.value.message


@pytest.mark.parametrize(
    "value", ['["orders.tracing"]', '["orders:"]', '[":traced"]', '["orders/x:y"]', '"a:b"', '["a:b()"]']
)
def test_a_name_must_look_like_one(tmp_path: Path, value: str) -> None:
    testing.put(tmp_path, {"codemod.toml": f"observed-by = {value}\n"})
    with pytest.raises(SpliceError, match="observed-by must"):
        load(tmp_path, None, codemods())
