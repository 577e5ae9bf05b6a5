"""The services' own tests end as before, test by test, whatever becomes of telemetry around them.

The environments are put in place by a `sitecustomize` on PYTHONPATH: the service is started as it always is.
"""

from __future__ import annotations

import subprocess
import sys
import xml.etree.ElementTree as ET
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from e2e.conftest import Instrumented
from e2e.kit import INSTRUMENTED, command, copy

WITHOUT = """
import sys

class Blocker:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] == "opentelemetry":
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)

sys.meta_path.insert(0, Blocker())
"""
SDK = """
import atexit, os

from opentelemetry import metrics, trace
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from opentelemetry.sdk.trace import SpanProcessor, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor, SpanExporter, SpanExportResult
from opentelemetry.sdk.version import __version__

class Raising(SpanExporter):
    def export(self, spans):
        raise RuntimeError("export")

class RaisingProcessor(SpanProcessor):
    def on_start(self, span, parent_context=None):
        seen.append(span.name)
        raise RuntimeError("on_start")

    def on_end(self, span):
        raise RuntimeError("on_end")

class Kept(SpanExporter):
    def export(self, spans):
        seen.extend(span.name for span in spans)
        return SpanExportResult.SUCCESS

seen = []
provider, reader = TracerProvider(), InMemoryMetricReader()
trace.set_tracer_provider(provider)
metrics.set_meter_provider(MeterProvider([reader]))

def tell():
    data = reader.get_metrics_data()
    scopes = [scope for one in data.resource_metrics for scope in one.scope_metrics] if data else []
    names = sorted({metric.name for scope in scopes for metric in scope.metrics})
    with open(os.environ["E2E_TOLD"], "w") as file:
        file.write(repr((__version__, len(seen), names)))

atexit.register(tell)
"""
EXPORTS = SDK + "provider.add_span_processor(SimpleSpanProcessor(Kept()))\n"
BROKEN_EXPORTER = EXPORTS + "provider.add_span_processor(SimpleSpanProcessor(Raising()))\n"
BROKEN_PROCESSOR = SDK + "provider.add_span_processor(RaisingProcessor())\n"
Outcomes = Mapping[str, str]
METRICS = ["app.operation.duration", "scaffold.info"]


def own_tests(root: Path, folder: Path, site: str = "", *path: Path, **env: str) -> Outcomes:
    """The outcome of each of the service's own tests, in an environment that `site` prepares at start-up."""
    (folder / "sitecustomize.py").write_text(site)
    report = folder / "report.xml"
    done = command(
        root,
        *("pytest", "-q", "-p", "no:cacheprovider", "-o", "junit_family=xunit1", f"--junitxml={report}"),
        path=(folder, *path),
        env={"E2E_TOLD": str(folder / "told"), **env},
    )
    assert report.exists(), done.stdout + done.stderr
    cases = ET.parse(report).getroot().iter("testcase")
    return {
        f"{case.get('classname')}::{case.get('name')}": ",".join(child.tag for child in case) or "passed"
        for case in cases
    }


@pytest.fixture(scope="module")
def before(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Outcomes]:
    """The outcomes in a copy that nothing has touched."""
    made: dict[str, Outcomes] = {}

    def get(name: str) -> Outcomes:
        if name not in made:
            root = tmp_path_factory.mktemp("before") / name
            copy(name, root)
            made[name] = own_tests(root, tmp_path_factory.mktemp("site"))
            assert set(made[name].values()) == {"passed"}
        return made[name]

    return get


@pytest.fixture(params=["library", "orders", "shop"])
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


Before = Callable[[str], Outcomes]


def test_without_an_sdk(name: str, config: str, before: Before, instrumented: Instrumented, tmp_path: Path) -> None:
    assert own_tests(instrumented(name, config).root, tmp_path) == before(name)


def test_with_the_sdk_and_the_instrumentor(
    name: str, before: Before, instrumented: Instrumented, tmp_path: Path
) -> None:
    assert own_tests(instrumented(name, INSTRUMENTED).root, tmp_path, EXPORTS) == before(name)
    _, spans, metrics = eval((tmp_path / "told").read_text())
    assert spans > len(before(name))
    assert set(METRICS) <= set(metrics)


def test_with_djangos_instrumentor(before: Before, instrumented: Instrumented, tmp_path: Path) -> None:
    """Its tests never import `wsgi.py`, where `instrument` stands."""
    root = instrumented("library", INSTRUMENTED).root
    site = (
        EXPORTS
        + "from opentelemetry.instrumentation.django import DjangoInstrumentor\nDjangoInstrumentor().instrument()\n"
    )
    assert own_tests(root, tmp_path, site, root, DJANGO_SETTINGS_MODULE="library.settings.dev") == before("library")
    _, spans, _ = eval((tmp_path / "told").read_text())
    assert spans > len(before("library"))


def test_without_opentelemetry(name: str, before: Before, instrumented: Instrumented, tmp_path: Path) -> None:
    assert own_tests(instrumented(name, INSTRUMENTED).root, tmp_path, WITHOUT) == before(name)


@pytest.mark.parametrize("site", [BROKEN_EXPORTER, BROKEN_PROCESSOR], ids=["exporter", "span processor"])
def test_with_a_broken_sdk(site: str, name: str, before: Before, instrumented: Instrumented, tmp_path: Path) -> None:
    assert own_tests(instrumented(name, "").root, tmp_path, site) == before(name)
    _, spans, metrics = eval((tmp_path / "told").read_text())
    assert spans > 0
    assert metrics == METRICS


@pytest.fixture(scope="module")
def opentelemetry_1_29(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with OpenTelemetry 1.29: the last one whose histograms take no advice on buckets."""
    folder = tmp_path_factory.mktemp("otel129")
    packages = ["opentelemetry-api==1.29.0", "opentelemetry-sdk==1.29.0"]
    pip = [sys.executable, "-m", "pip", "install", "-q", "--disable-pip-version-check", "--target", str(folder)]
    subprocess.run([*pip, *packages], check=True, capture_output=True)
    return folder


def test_with_opentelemetry_1_29(
    name: str, before: Before, instrumented: Instrumented, opentelemetry_1_29: Path, tmp_path: Path
) -> None:
    root = instrumented(name, INSTRUMENTED).root
    assert own_tests(root, tmp_path, EXPORTS, opentelemetry_1_29) == before(name)
    version, spans, metrics = eval((tmp_path / "told").read_text())
    assert version == "1.29.0"
    assert spans > 0
    assert set(METRICS) <= set(metrics)


def test_switched_off(name: str, before: Before, instrumented: Instrumented, tmp_path: Path) -> None:
    root = instrumented(name, INSTRUMENTED).root
    assert own_tests(root, tmp_path, EXPORTS, SCAFFOLD_DISABLE="observed,instrument") == before(name)
    assert eval((tmp_path / "told").read_text())[1:] == (0, ["scaffold.info"])
