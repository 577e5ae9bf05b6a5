"""Tasks of Celery that the configuration names: decorated below `@app.task`, where they stay tasks.

Celery's tasks are no join points by themselves yet; whoever names them with `functions` must not lose `.delay`.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from e2e.kit import engine, environment
from splice import testing

TASKS = """from celery import Celery, shared_task

app = Celery("shop", broker="memory://", backend="cache+memory://")


@app.task
def add(a, b):
    return a + b


@app.task(bind=True, max_retries=3)
def flaky(self, number):
    if self.request.retries < 2:
        raise self.retry(countdown=0)
    return number


@shared_task(name="named")
def other():
    raise ValueError("secret")
"""
LOOK = """import json
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

spans = InMemorySpanExporter()
provider = TracerProvider()
provider.add_span_processor(SimpleSpanProcessor(spans))
trace.set_tracer_provider(provider)

import tasks

tasks.app.conf.task_always_eager = True
tasks.app.finalize()
told = {
    "names": sorted(name for name in tasks.app.tasks if not name.startswith("celery.")),
    "delayed": tasks.add.delay(1, 2).get(),
    "signature": tasks.add.s(1).apply_async((2,)).get(),
    "retried": tasks.flaky.delay(7).get(),
    "failed": tasks.other.delay().failed(),
}
told["spans"] = [(span.name, span.status.status_code.name) for span in spans.get_finished_spans()]
print(json.dumps(told))
"""


def look(root: Path) -> dict[str, object]:
    done = subprocess.run(
        [sys.executable, "-c", LOOK], cwd=root, env=environment(root), capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    found: dict[str, object] = json.loads(done.stdout)
    return found


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("tasks")
    testing.put(folder, {"tasks.py": TASKS})
    return engine(folder, 'functions = ["tasks.*"]\n').root


def test_tasks_stay_tasks(root: Path, tmp_path: Path) -> None:
    testing.put(tmp_path, {"tasks.py": TASKS})
    before, after = look(tmp_path), look(root)
    assert {name: after[name] for name in after if name != "spans"} == {n: before[n] for n in before if n != "spans"}
    assert after["names"] == ["named", "tasks.add", "tasks.flaky"] and after["retried"] == 7 and after["failed"]


def test_a_retry_is_no_error(root: Path) -> None:
    spans = look(root)["spans"]
    assert isinstance(spans, list)
    assert sorted(map(tuple, spans)) == [
        *[("tasks.add", "UNSET")] * 2,
        *[("tasks.flaky", "UNSET")] * 3,
        ("tasks.other", "ERROR"),
    ]


def test_strip_gives_every_byte_back(root: Path) -> None:
    assert '@app.task\n@observed("tasks.add")\ndef add' in (root / "tasks.py").read_text()
    testing.run(root, strip=True)
    assert (root / "tasks.py").read_text() == TASKS
