"""What keeps retries from doing harm: the budget, the switch, and that nothing of ours stands in a call's way."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import httpx
import pytest
import requests
import stamina
from conftest import Telemetry
from opentelemetry import trace
from upstream import DROP, Clock, Upstream

from splice.scaffold import Spec, render


def ask(scaffold: Any, url: str) -> requests.Response:
    return scaffold.retried(requests.get)(url, timeout=30)  # type: ignore[no-any-return]


def test_an_outage_is_not_multiplied(retrying: Any, upstream: Upstream, clock: Clock) -> None:
    scaffold = retrying()
    upstream.script = [503] * 1000
    for _ in range(100):
        assert ask(scaffold, upstream.url).status_code == 503
    repeated = len(upstream.arrived) - 100
    assert repeated == len(clock.waits)
    assert 19 <= repeated <= 20  # ten to start with, and a tenth of the calls
    before = len(upstream.arrived)
    scaffold._budgets.clear()
    ask(scaffold, upstream.url)
    assert len(upstream.arrived) - before == 3


def test_with_the_budget_spent_calls_are_made_once(retrying: Any, upstream: Upstream, clock: Clock) -> None:
    scaffold = retrying(burst=2, budget=0)
    upstream.script = [503] * 9
    assert [ask(scaffold, upstream.url).text for _ in range(3)] == ["answer 3", "answer 4", "answer 5"]
    upstream.script = [DROP]
    with pytest.raises(requests.ConnectionError):
        ask(scaffold, upstream.url)
    assert len(clock.waits) == 2


def test_calls_that_work_earn_it_back(retrying: Any, upstream: Upstream) -> None:
    scaffold = retrying(burst=1, budget=0.25)
    upstream.script = [503, 200]
    ask(scaffold, upstream.url)
    for _ in range(2):
        ask(scaffold, upstream.url)
    upstream.script = [503]
    assert ask(scaffold, upstream.url).status_code == 503
    upstream.script = [503]
    assert ask(scaffold, upstream.url).status_code == 200
    for _ in range(100):
        ask(scaffold, upstream.url)
    upstream.script = [503] * 2
    assert ask(scaffold, upstream.url).status_code == 503  # it never holds more than the burst


def test_each_place_has_its_own(retrying: Any, upstream: Upstream) -> None:
    scaffold = retrying(burst=2, budget=0)
    session = requests.Session()

    def here() -> None:
        scaffold.retried(session.get)(upstream.url, timeout=30)

    def there() -> None:
        scaffold.retried(session.get)(upstream.url, timeout=30)

    def both() -> None:
        scaffold.retried(session.get)(upstream.url, timeout=30)
        scaffold.retried(session.get)(upstream.url, timeout=30)

    for call, arrived in ((here, 3), (here, 1), (there, 3), (there, 1), (both, 6), (both, 2)):
        upstream.script, upstream.arrived = [503] * 9, []
        call()
        assert len(upstream.arrived) == arrived
    assert len(scaffold._budgets) == 4


def test_threads_share_it(retrying: Any, upstream: Upstream) -> None:
    scaffold = retrying(burst=5, budget=0)
    upstream.script = [503] * 100
    threads = [threading.Thread(target=ask, args=(scaffold, upstream.url)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(upstream.arrived) == 13


def test_attempts_are_events_of_the_current_span(retrying: Any, upstream: Upstream, telemetry: Telemetry) -> None:
    scaffold = retrying(burst=3, budget=0)
    url = upstream.url + "?token=secret"
    tracer = trace.get_tracer("test")

    def events(script: list[Any]) -> list[dict[str, Any]]:
        upstream.script = script
        telemetry.exporter.clear()
        with tracer.start_as_current_span("caller"):
            ask(scaffold, url)
        span = telemetry.span()
        assert {event.name for event in span.events} <= {"retry.attempt"}
        assert "secret" not in repr(span.to_json())
        return [dict(event.attributes or {}) for event in span.events]

    assert events([200]) == []
    assert events([404]) == []
    assert events([503, DROP, 200]) == [
        {"error.type": "503"},
        {"http.request.resend_count": 1, "error.type": "requests.exceptions.ConnectionError"},
        {"http.request.resend_count": 2},
    ]
    assert events([(429, {"Retry-After": "60"})]) == [{"error.type": "429", "retry.stopped": "time"}]
    assert events([503, 502]) == [
        {"error.type": "503"},
        {"http.request.resend_count": 1, "error.type": "502", "retry.stopped": "budget"},
    ]
    scaffold._budgets.clear()
    assert events([503, 503, 503])[2] == {
        "http.request.resend_count": 2,
        "error.type": "503",
        "retry.stopped": "attempts",
    }


def test_asynchronous_attempts_are_events_too(retrying: Any, upstream: Upstream, telemetry: Telemetry) -> None:
    scaffold = retrying()
    upstream.script = [503]

    async def main() -> None:
        async with httpx.AsyncClient() as client:
            with trace.get_tracer("test").start_as_current_span("caller"):
                await scaffold.retried(client.get)(upstream.url)

    asyncio.run(main())
    assert [dict(event.attributes or {}) for event in telemetry.span().events] == [
        {"error.type": "503"},
        {"http.request.resend_count": 1},
    ]


def test_a_broken_span_is_in_nobodys_way(retrying: Any, upstream: Upstream, telemetry: Telemetry) -> None:
    class BrokenSpan(trace.NonRecordingSpan):
        def add_event(self, *arguments: Any, **named: Any) -> None:
            raise RuntimeError("add_event")

    upstream.script = [503]
    with trace.use_span(BrokenSpan(trace.SpanContext(1, 1, is_remote=False))):
        assert ask(retrying(), upstream.url).status_code == 200


def test_odd_arguments_and_results_are_in_nobodys_way(retrying: Any) -> None:
    class Odd:
        def __getattr__(self, name: str) -> Any:
            raise RuntimeError(name)

    odd, calls = Odd(), []

    def call(value: Any = None) -> Any:
        calls.append(value)
        return odd

    assert retrying().retried(call)(odd) is odd
    assert retrying().retried(call)() is odd
    assert calls == [odd, None]


def test_nothing_of_the_request_is_logged(retrying: Any, upstream: Upstream, caplog: pytest.LogCaptureFixture) -> None:
    upstream.script = [DROP, 503]
    retrying().retried(requests.get)(upstream.url + "?token=secret", headers={"X": "secret"}, timeout=30)
    said = [{**vars(record), "text": record.getMessage()} for record in caplog.records if record.name == "stamina"]
    assert len(said) == 2
    assert "secret" not in repr(said)


def test_the_switch(retrying: Any, upstream: Upstream, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SCAFFOLD_DISABLE", "retried")
    scaffold = retrying()
    assert scaffold.retried(requests.get) is requests.get
    upstream.script = [503]
    assert ask(scaffold, upstream.url).status_code == 503


def test_staminas_own_switches(retrying: Any, upstream: Upstream) -> None:
    scaffold = retrying()
    upstream.script = [503] * 9
    stamina.set_active(False)
    try:
        assert ask(scaffold, upstream.url).text == "answer 1"
    finally:
        stamina.set_active(True)
    with stamina.set_testing(True, attempts=2):
        assert ask(scaffold, upstream.url).text == "answer 3"


@pytest.mark.parametrize("without", ["stamina", "old stamina", "opentelemetry"])
def test_what_is_not_installed(without: str, upstream: Upstream, tmp_path: Path) -> None:
    spec = Spec(parts=("retried",), codemods=(("retry", 1),), config="{}")
    (tmp_path / "scaffold.py").write_text(render(spec).text)
    blocked = "importlib.metadata.version = lambda name: '24.3.0'" if without == "old stamina" else ""
    program = f"""
import importlib.metadata, sys
sys.modules[{without!r}] = None
{blocked}
import requests, scaffold
assert (scaffold.retried(requests.get) is requests.get) == {"stamina" in without}
assert scaffold.retried(requests.get)({upstream.url!r}, timeout=30).status_code == 200
"""
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
    )
    assert done.returncode == 0, done.stderr


def test_type_checkers_see_the_same_function(tmp_path: Path) -> None:
    spec = Spec(parts=("retried",), codemods=(("retry", 1),), config="{}")
    (tmp_path / "scaffold.py").write_text(render(spec).text)
    (tmp_path / "service.py").write_text(
        "from contextlib import asynccontextmanager\n"
        "from typing import AsyncIterator\n\n"
        "from scaffold import retried\n\n\n"
        "def get(url: str, *, timeout: float) -> bytes:\n"
        "    return b''\n\n\n"
        "@asynccontextmanager\n"
        "async def later(url: str) -> AsyncIterator[str]:\n"
        "    yield url\n\n\n"
        "async def main() -> None:\n"
        "    reveal_type(retried(get)('http://x/', timeout=30))\n"
        "    async with retried(later)('http://x/') as response:\n"
        "        reveal_type(response)\n"
        "    retried(get)(timeout=30)\n"
    )
    (tmp_path / "none.ini").write_text("[mypy]\n")
    done = subprocess.run(
        [sys.executable, "-m", "mypy", "--strict", "--config-file", "none.ini", "service.py"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert 'Revealed type is "bytes"' in done.stdout
    assert 'Revealed type is "str"' in done.stdout
    assert 'Missing positional argument "url"' in done.stdout
    assert "Found 1 error" in done.stdout
