"""Synchronous calls: which are repeated, how often and when, and what the caller gets in the end."""

from __future__ import annotations

import contextlib
import io
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from email.utils import formatdate
from pathlib import Path
from typing import Any

import httpx
import pytest
import requests
from issuer import certificates, serving
from upstream import DROP, STALL, Clock, Upstream, impatient

CLIENTS: dict[str, Any] = {
    "requests": requests,
    "session": requests.Session(),
    "httpx": httpx,
    "client": httpx.Client(),
}


@pytest.fixture(params=sorted(CLIENTS))
def client(request: pytest.FixtureRequest) -> Any:
    return CLIENTS[request.param]


def test_a_call_that_works_is_made_once(client: Any, retrying: Any, upstream: Upstream, clock: Clock) -> None:
    response = retrying().retried(client.get)(upstream.url, params={"day": "1"}, timeout=30)
    assert (response.status_code, response.text) == (200, "answer 1")
    assert [(one.method, one.path) for one in upstream.arrived] == [("GET", "/rates?day=1")]
    assert clock.waits == []


@pytest.mark.parametrize("trouble", [408, 429, 502, 503, 504, DROP, STALL])
def test_trouble_that_passes_is_survived(
    trouble: Any, client: Any, retrying: Any, upstream: Upstream, clock: Clock
) -> None:
    upstream.script = [trouble, trouble]
    retried = retrying().retried
    if trouble == STALL:
        retried = impatient(retried, 2)
    response = retried(client.get)(upstream.url, timeout=30.0)
    assert (response.status_code, response.text) == (200, "answer 3")
    first, second = clock.waits
    assert 0.1 <= first <= 1.1
    assert 0.2 <= second <= 1.2


@pytest.mark.parametrize("method", ["get", "head", "options", "put", "delete"])
def test_each_method_is_repeated(method: str, client: Any, retrying: Any, upstream: Upstream) -> None:
    upstream.script = [503]
    assert retrying().retried(getattr(client, method))(upstream.url, timeout=30).status_code == 200
    assert upstream.methods == [method.upper()] * 2


@pytest.mark.parametrize("status", [400, 401, 404, 409, 422, 500, 501, 505])
def test_other_answers_are_answers(status: int, client: Any, retrying: Any, upstream: Upstream) -> None:
    upstream.script = [status]
    assert retrying().retried(client.get)(upstream.url, timeout=30).status_code == status
    assert len(upstream.arrived) == 1


def test_waits_vary(retrying: Any, upstream: Upstream, clock: Clock) -> None:
    get = retrying(burst=100).retried(requests.get)
    upstream.script = [503, 503, 200] * 5
    for _ in range(5):
        get(upstream.url, timeout=30)
    assert len(set(clock.waits)) == 10


def test_the_last_response_is_returned_as_it_is_and_earlier_ones_are_closed(retrying: Any, upstream: Upstream) -> None:
    upstream.script = [503, 503, (503, {"X-Number": "3"}), 200]
    seen = []

    def get(url: str, timeout: float) -> requests.Response:
        seen.append(requests.get(url, stream=True, timeout=timeout))
        return seen[-1]

    response = retrying().retried(get)(upstream.url, timeout=30)
    assert response is seen[2]
    assert (response.status_code, response.headers["X-Number"], response.text) == (503, "3", "answer 3")
    assert [one.raw.closed for one in seen[:2]] == [True, True]
    assert len(upstream.arrived) == 3


@pytest.mark.parametrize(
    ("name", "expected"),
    [("requests", requests.ConnectionError), ("httpx", httpx.RemoteProtocolError)],
)
def test_the_last_error_is_raised_as_it_is(name: str, expected: Any, retrying: Any, upstream: Upstream) -> None:
    upstream.script = [503, DROP, DROP]
    seen: list[BaseException] = []

    def get(url: str) -> Any:
        try:
            return CLIENTS[name].get(url, timeout=30)
        except Exception as exc:
            seen.append(exc)
            contexts.append(exc.__context__)
            raise

    contexts: list[Any] = []
    with pytest.raises(expected) as caught:
        try:
            raise KeyError("of the caller")
        except KeyError:
            retrying().retried(get)(upstream.url)
    assert caught.value is seen[-1]
    assert caught.value.__context__ is contexts[-1]
    assert len(seen) == 2


def test_errors_of_the_program_are_its_own(retrying: Any, upstream: Upstream) -> None:
    scaffold = retrying()
    for error in (ValueError, OSError, KeyboardInterrupt, SystemExit, GeneratorExit):
        calls: list[int] = []

        def fail(error: type[BaseException] = error, calls: list[int] = calls) -> None:
            calls.append(1)
            raise error("mine")

        with pytest.raises(error, match="mine"):
            scaffold.retried(fail)()
        assert calls == [1]
    for bad in ("nonsense", "ftp://x/"):
        with pytest.raises(requests.RequestException):
            scaffold.retried(requests.get)(bad, timeout=1)


@pytest.mark.parametrize("error", [KeyboardInterrupt, SystemExit, ValueError])
def test_what_a_further_attempt_raises(error: type[BaseException], retrying: Any, upstream: Upstream) -> None:
    upstream.script = [503]
    seen: list[requests.Response] = []

    def get(url: str) -> requests.Response:
        if seen:
            raise error("mine")
        seen.append(requests.get(url, stream=True, timeout=30))
        return seen[-1]

    with pytest.raises(error, match="mine"):
        retrying().retried(get)(upstream.url)
    assert seen[0].raw.closed
    assert len(upstream.arrived) == 1


def test_an_interrupt_ends_the_waiting(retrying: Any, upstream: Upstream, monkeypatch: pytest.MonkeyPatch) -> None:
    upstream.script = [503]
    seen = []

    def get(url: str) -> requests.Response:
        seen.append(requests.get(url, stream=True, timeout=30))
        return seen[-1]

    class Time:
        @staticmethod
        def sleep(seconds: float) -> None:
            raise KeyboardInterrupt

    monkeypatch.setattr("tenacity.nap.time", Time)
    with pytest.raises(KeyboardInterrupt):
        retrying().retried(get)(upstream.url)
    assert seen[0].raw.closed
    assert len(upstream.arrived) == 1


def test_an_answer_that_became_an_error_is_repeated(retrying: Any, upstream: Upstream, clock: Clock) -> None:
    def get(library: Any) -> str:
        response = library.get(upstream.url, timeout=30)
        response.raise_for_status()
        return str(response.text)

    upstream.script = [(503, {"Retry-After": "3"}), 200, 502, 200, 404]
    scaffold = retrying()
    assert scaffold.retried(get)(requests) == "answer 2"
    assert 3 <= clock.waits[0] <= 4
    assert scaffold.retried(get)(httpx) == "answer 4"
    with pytest.raises(httpx.HTTPStatusError):
        scaffold.retried(get)(httpx)
    assert len(upstream.arrived) == 5


def test_nothing_listens(client: Any, retrying: Any, clock: Clock) -> None:
    with pytest.raises((requests.ConnectionError, httpx.ConnectError)):
        retrying().retried(client.get)("http://127.0.0.1:9/", timeout=30)
    assert len(clock.waits) == 2


def test_a_certificate_that_is_not_trusted_stays_so(client: Any, retrying: Any, clock: Clock, tmp_path: Path) -> None:
    with (
        serving(certificates(tmp_path)[1]) as server,
        pytest.raises((requests.exceptions.SSLError, httpx.ConnectError)),
    ):
        retrying().retried(client.get)(server.url, timeout=30)
    assert clock.waits == []


def test_a_pool_of_ours_that_is_used_up_is_not_asked_again(retrying: Any, upstream: Upstream, clock: Clock) -> None:
    client = httpx.Client(limits=httpx.Limits(max_connections=1), timeout=httpx.Timeout(3, pool=0.01))
    with client, client.stream("GET", upstream.url), pytest.raises(httpx.PoolTimeout):
        retrying().retried(client.get)(upstream.url)
    assert clock.waits == []


@pytest.mark.parametrize("status", [408, 429, 502, 503, 504])
def test_retry_after_is_honoured(status: int, client: Any, retrying: Any, upstream: Upstream, clock: Clock) -> None:
    upstream.script = [(status, {"Retry-After": "4"})]
    assert retrying().retried(client.get)(upstream.url, timeout=30).status_code == 200
    first, second = upstream.arrived
    assert 4 <= second.at - first.at <= 5


@pytest.mark.parametrize("after", ["12", "11.", "10", "999999999999999999999999", "9" * 400])
def test_a_retry_after_beyond_the_cap_is_not_waited_for(
    after: str, retrying: Any, upstream: Upstream, clock: Clock
) -> None:
    upstream.script = [(429, {"Retry-After": after})]
    response = retrying().retried(requests.get)(upstream.url, timeout=30)
    if after == "11.":  # no number of seconds: as if it were not there
        assert response.status_code == 200
    else:
        assert response.status_code == 429
        assert clock.waits == []
        assert len(upstream.arrived) == 1


def test_retry_after_may_be_a_date(retrying: Any, upstream: Upstream, clock: Clock) -> None:
    scaffold, now = retrying(), 1_800_000_000
    scaffold.time = lambda: float(now)  # the date, which only such a header is held against
    upstream.script = [
        (503, {"Retry-After": formatdate(now + 5, usegmt=True)}),
        (503, {"Retry-After": formatdate(now - 50, usegmt=True)}),
    ]
    assert scaffold.retried(requests.get)(upstream.url, timeout=30).status_code == 200
    assert 5 <= clock.waits[0] <= 6
    assert 0 <= clock.waits[1] <= 1
    upstream.script = [(503, {"Retry-After": "Mon, 99 Foo 2026 99:99:99 GMT"}), (503, {"Retry-After": "soon"})]
    assert retrying().retried(requests.get)(upstream.url, timeout=30).status_code == 200


def test_the_cap_covers_the_attempts(retrying: Any, upstream: Upstream, clock: Clock) -> None:
    upstream.script = [503] * 9
    upstream.takes = 5
    assert retrying(attempts=9).retried(requests.get)(upstream.url, timeout=30).status_code == 503
    started = upstream.arrived[0].at
    assert [one.at - started < 10 for one in upstream.arrived] == [True, True]
    assert len(clock.waits) == 1


def test_no_attempt_begins_after_the_cap_even_if_waiting_took_longer(
    retrying: Any, upstream: Upstream, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Time:
        @staticmethod
        def sleep(seconds: float) -> None:
            clock.now += 60

    monkeypatch.setattr("tenacity.nap.time", Time)
    upstream.script = [503]
    response = retrying().retried(requests.get)(upstream.url, timeout=30)
    assert (response.status_code, response.text) == (503, "answer 1")
    assert len(upstream.arrived) == 1


@pytest.mark.parametrize(
    ("given", "later"),
    [
        (20, "left"),
        (2, 2),
        (None, "left"),
        ((1.5, 20), (1.5, "left")),
        ((1.5, None), (1.5, "left")),
        (httpx.Timeout(20, connect=1), httpx.Timeout(connect=1, read=1, write=1, pool=1)),
    ],
    ids=str,
)
def test_later_attempts_get_what_is_left(
    given: Any, later: Any, retrying: Any, upstream: Upstream, clock: Clock
) -> None:
    timeouts: list[Any] = []

    def get(url: str, timeout: Any) -> requests.Response:
        timeouts.append(timeout)
        clock.now += 6
        return requests.get(url, timeout=30)

    upstream.script = [503]
    retrying().retried(get)(upstream.url, timeout=given)
    left = 4 - clock.waits[0]
    assert timeouts[0] is given
    if isinstance(given, httpx.Timeout):
        assert timeouts[1].connect == 1
        assert timeouts[1].read == timeouts[1].write == timeouts[1].pool == pytest.approx(left)
    else:
        flat = timeouts[1] if isinstance(later, tuple) else (timeouts[1],)
        expected = later if isinstance(later, tuple) else (later,)
        assert flat == tuple(pytest.approx(left) if one == "left" else one for one in expected)


def test_attempts_are_configured(retrying: Any, upstream: Upstream) -> None:
    upstream.script = [503] * 9
    retrying(attempts=5, total=60).retried(requests.get)(upstream.url, timeout=30)
    assert len(upstream.arrived) == 5


def generator() -> Iterator[bytes]:
    yield b"one"
    yield b"two"


class Stream:
    """Iterable, and nobody knows how often."""

    def __iter__(self) -> Iterator[bytes]:
        return generator()


@pytest.mark.parametrize(
    ("arguments", "times"),
    [
        (lambda: {"data": generator()}, 1),
        (lambda: {"data": io.BytesIO(b"onetwo")}, 1),
        (lambda: {"data": Stream()}, 1),
        (lambda: {"files": {"f": io.BytesIO(b"onetwo")}}, 1),
        (lambda: {"files": [("f", ("name", io.BytesIO(b"onetwo"), "text/plain"))]}, 1),
        (lambda: {"data": b"onetwo"}, 3),
        (lambda: {"data": {"a": ["b", 1, None]}}, 3),
        (lambda: {"data": [("a", "b")]}, 3),
        (lambda: {"files": {"f": ("name", b"onetwo", "text/plain")}}, 3),
        (lambda: {"json": {"a": 1}}, 3),
    ],
)
def test_a_body_that_is_a_stream_is_sent_once(
    arguments: Callable[[], dict[str, Any]], times: int, retrying: Any, upstream: Upstream
) -> None:
    upstream.script = [503] * 3
    retrying().retried(requests.put)(upstream.url, timeout=30, **arguments())
    assert len(upstream.arrived) == times
    assert len({len(one.body) for one in upstream.arrived}) == 1


@pytest.mark.parametrize("body", [generator, lambda: io.BytesIO(b"onetwo"), Stream])
def test_a_stream_by_position_is_sent_once(body: Callable[[], Any], retrying: Any, upstream: Upstream) -> None:
    upstream.script = [503] * 3
    retrying().retried(requests.put)(upstream.url, body(), timeout=30)
    assert len(upstream.arrived) == 1


def test_httpx_streams_too(retrying: Any, upstream: Upstream) -> None:
    upstream.script = [503] * 3
    retrying().retried(httpx.put)(upstream.url, content=generator(), timeout=30)
    assert len(upstream.arrived) == 1


def test_what_is_not_wrapped_is_sent_once(retrying: Any, upstream: Upstream) -> None:
    upstream.script = [503]
    retrying()
    requests.post(upstream.url, data=b"charge", timeout=30)
    assert upstream.methods == ["POST"]


@pytest.mark.parametrize("trouble", [503, 429, DROP, STALL])
def test_urlopen_raises_what_others_return(trouble: Any, retrying: Any, upstream: Upstream) -> None:
    upstream.script = [trouble, trouble]
    retried = impatient(retrying().retried, 2) if trouble == STALL else retrying().retried
    with retried(urllib.request.urlopen)(upstream.url, timeout=30.0) as response:
        assert (response.status, response.read()) == (200, b"answer 3")
    upstream.script = [*upstream.script, 503, 503, 503]
    with pytest.raises(urllib.error.HTTPError) as last:
        retrying().retried(urllib.request.urlopen)(upstream.url, timeout=30)
    assert last.value.code == 503
    assert len(upstream.arrived) == 6


def test_urlopens_earlier_errors_are_closed(retrying: Any, upstream: Upstream) -> None:
    seen: list[urllib.error.HTTPError] = []

    def fetch(url: str) -> Any:
        try:
            return urllib.request.urlopen(url, timeout=30)
        except urllib.error.HTTPError as exc:
            seen.append(exc)
            raise

    upstream.script = [503, 503, 503]
    with pytest.raises(urllib.error.HTTPError) as last:
        retrying().retried(fetch)(upstream.url)
    assert [error.fp.closed for error in seen] == [True, True, False]
    assert last.value.read() == b"answer 3"


def test_urlopen_of_nothing_that_listens_and_of_nonsense(retrying: Any, clock: Clock) -> None:
    with pytest.raises(urllib.error.URLError):
        retrying().retried(urllib.request.urlopen)("http://127.0.0.1:9/", timeout=30)
    assert len(clock.waits) == 2
    with pytest.raises(urllib.error.URLError):
        retrying().retried(urllib.request.urlopen)("nonsense:x", timeout=30)
    assert len(clock.waits) == 2


@pytest.mark.parametrize(
    ("method", "data", "times"), [("POST", None, 1), ("GET", b"x", 1), ("PUT", None, 2), ("GET", None, 2)]
)
def test_a_request_object_is_repeated_only_if_its_method_is_safe(
    method: str, data: bytes | None, times: int, retrying: Any, upstream: Upstream
) -> None:
    upstream.script = [503]
    request = urllib.request.Request(upstream.url, data, method=method)
    with contextlib.suppress(urllib.error.HTTPError):
        retrying().retried(urllib.request.urlopen)(request, timeout=30)
    assert len(upstream.arrived) == times
