"""Asynchronous calls: awaited or entered, repeated as synchronous ones are, and cancelled at once."""

from __future__ import annotations

import asyncio
import gc
import inspect
import io
import warnings
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import aiohttp
import httpx
import pytest
from issuer import certificates, serving
from upstream import DROP, STALL, Clock, Upstream, impatient


async def with_httpx(retried: Any, url: str, **arguments: Any) -> tuple[int, str]:
    async with httpx.AsyncClient() as client:
        response = await retried(client.get)(url, **arguments)
        return response.status_code, response.text


async def with_aiohttp_awaited(retried: Any, url: str, **arguments: Any) -> tuple[int, str]:
    async with aiohttp.ClientSession() as session:
        response = await retried(session.get)(url, **limited(arguments))
        return response.status, await response.text()


async def with_aiohttp_entered(retried: Any, url: str, **arguments: Any) -> tuple[int, str]:
    async with aiohttp.ClientSession() as session, retried(session.get)(url, **limited(arguments)) as response:
        return response.status, await response.text()


async def with_aiohttp_request(retried: Any, url: str, **arguments: Any) -> tuple[int, str]:
    async with retried(aiohttp.request)("GET", url, **limited(arguments)) as response:
        return response.status, await response.text()


async def with_httpx_stream(retried: Any, url: str, **arguments: Any) -> tuple[int, str]:
    async with httpx.AsyncClient() as client, retried(client.stream)("GET", url, **arguments) as response:
        return response.status_code, (await response.aread()).decode()


async def as_a_task(retried: Any, url: str, **arguments: Any) -> tuple[int, str]:
    async with aiohttp.ClientSession() as session:
        response = await asyncio.create_task(retried(session.get)(url, **limited(arguments)))
        return response.status, await response.text()


def limited(arguments: dict[str, Any]) -> dict[str, Any]:
    return {**arguments, "timeout": aiohttp.ClientTimeout(total=arguments["timeout"])}


WAYS = [
    with_httpx,
    with_aiohttp_awaited,
    with_aiohttp_entered,
    with_aiohttp_request,
    with_httpx_stream,
    as_a_task,
]


@pytest.fixture(params=WAYS, ids=lambda way: way.__name__)
def way(request: pytest.FixtureRequest) -> Callable[..., Awaitable[tuple[int, str]]]:
    return request.param  # type: ignore[no-any-return]


@pytest.fixture(autouse=True)
def nothing_left_open() -> Any:
    """A response of aiohttp and a coroutine complain when they are collected without having been closed."""
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        yield
        gc.collect()
    messages = [str(one.message) for one in seen]
    assert [text for text in messages if "Unclosed" in text or "never awaited" in text] == []


def test_a_call_that_works_is_made_once(way: Any, retrying: Any, upstream: Upstream, clock: Clock) -> None:
    assert asyncio.run(way(retrying().retried, upstream.url, timeout=30)) == (200, "answer 1")
    assert (upstream.methods, clock.waits) == (["GET"], [])


@pytest.mark.parametrize("trouble", [429, 503, DROP, STALL])
def test_trouble_that_passes_is_survived(
    trouble: Any, way: Any, retrying: Any, upstream: Upstream, clock: Clock
) -> None:
    upstream.script = [trouble, trouble]
    if trouble == DROP and "httpx" not in way.__name__:
        upstream.script *= 2  # aiohttp answers a dropped connection with a second one, on its own
    retried = retrying().retried
    if trouble == STALL:
        retried = impatient(retried, 2)
    assert asyncio.run(way(retried, upstream.url, timeout=30.0))[0] == 200
    assert upstream.script == []
    first, second = clock.waits
    assert 0.1 <= first <= 1.1
    assert 0.2 <= second <= 1.2


def test_the_last_response_is_returned(way: Any, retrying: Any, upstream: Upstream) -> None:
    upstream.script = [503] * 9
    assert asyncio.run(way(retrying().retried, upstream.url, timeout=30)) == (503, "answer 3")


def test_the_last_error_is_raised(way: Any, retrying: Any, upstream: Upstream) -> None:
    upstream.script = [503, DROP, DROP]
    if "httpx" not in way.__name__:
        upstream.script += [DROP, DROP]
    with pytest.raises((httpx.RemoteProtocolError, aiohttp.ServerDisconnectedError)):
        asyncio.run(way(retrying().retried, upstream.url, timeout=30))
    assert upstream.script == []


@pytest.mark.parametrize("status", [400, 404, 500])
def test_other_answers_are_answers(status: int, way: Any, retrying: Any, upstream: Upstream) -> None:
    upstream.script = [status]
    assert asyncio.run(way(retrying().retried, upstream.url, timeout=30)) == (status, "answer 1")


def test_retry_after_is_honoured(way: Any, retrying: Any, upstream: Upstream, clock: Clock) -> None:
    upstream.script = [(429, {"Retry-After": "4"}), (429, {"Retry-After": "7"})]
    assert asyncio.run(way(retrying().retried, upstream.url, timeout=30)) == (429, "answer 2")
    (wait,) = clock.waits
    assert 4 <= wait <= 5


def test_a_certificate_that_is_not_trusted_stays_so(way: Any, retrying: Any, clock: Clock, tmp_path: Path) -> None:
    errors = (httpx.ConnectError, aiohttp.ClientConnectorCertificateError)
    with serving(certificates(tmp_path)[1]) as server, pytest.raises(errors):
        asyncio.run(way(retrying().retried, server.url, timeout=30))
    assert clock.waits == []


@pytest.mark.parametrize("when", ["in an attempt", "while waiting", "in a further attempt"])
def test_a_cancelled_call_is_not_repeated(
    when: str, way: Any, retrying: Any, upstream: Upstream, monkeypatch: pytest.MonkeyPatch
) -> None:
    scripts: dict[str, list[Any]] = {
        "in an attempt": [STALL],
        "while waiting": [503],
        "in a further attempt": [503, STALL],
    }
    upstream.script = scripts[when]
    attempts = len(upstream.script)
    waiting: list[asyncio.Event] = []

    async def wait(seconds: float) -> None:
        waiting[0].set()
        if when == "while waiting":
            await asyncio.Event().wait()

    async def main() -> None:
        waiting.append(asyncio.Event())
        task = asyncio.create_task(way(retrying().retried, upstream.url, timeout=30))
        while len(upstream.arrived) < attempts:
            await asyncio.sleep(0.001)
        if when == "while waiting":
            await waiting[0].wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    monkeypatch.setattr("stamina._core._smart_sleep", wait)
    asyncio.run(main())
    assert len(upstream.arrived) == attempts


def test_a_task_cancelled_before_it_begins(retrying: Any, upstream: Upstream) -> None:
    async def main() -> None:
        async with httpx.AsyncClient() as client, aiohttp.ClientSession() as session:
            for get in (client.get, session.get):
                task = asyncio.create_task(retrying().retried(get)(upstream.url))
                task.cancel()
                with pytest.raises(asyncio.CancelledError):
                    await task

    asyncio.run(main())
    assert upstream.arrived == []


def test_a_coroutine_stays_one(retrying: Any, upstream: Upstream) -> None:
    async def main() -> None:
        async with httpx.AsyncClient() as client:
            coroutine = retrying().retried(client.get)(upstream.url)
            assert inspect.iscoroutine(coroutine)
            assert (await coroutine).status_code == 200

    asyncio.run(main())


def test_a_session_that_raises_for_status(retrying: Any, upstream: Upstream, clock: Clock) -> None:
    upstream.script = [(503, {"Retry-After": "3"}), 200, 404]

    async def main() -> None:
        async with aiohttp.ClientSession(raise_for_status=True) as session:
            retried = retrying().retried
            async with retried(session.get)(upstream.url) as response:
                assert response.status == 200
            with pytest.raises(aiohttp.ClientResponseError):
                await retried(session.get)(upstream.url)

    asyncio.run(main())
    assert 3 <= clock.waits[0] <= 4
    assert len(upstream.arrived) == 3


def test_an_error_in_the_block_is_the_callers(retrying: Any, upstream: Upstream) -> None:
    async def main() -> None:
        async with aiohttp.ClientSession() as session:
            with pytest.raises(aiohttp.ClientConnectionError, match="mine"):
                async with retrying().retried(session.get)(upstream.url):
                    raise aiohttp.ClientConnectionError("mine")

    asyncio.run(main())
    assert len(upstream.arrived) == 1


@pytest.mark.parametrize("method", ["get", "put", "delete", "head", "options"])
def test_each_method(method: str, retrying: Any, upstream: Upstream) -> None:
    upstream.script = [503]

    async def main() -> None:
        session = aiohttp.ClientSession()
        call = retrying().retried(getattr(session, method))
        async with session, call(upstream.url) as response:
            assert response.status == 200

    asyncio.run(main())
    assert upstream.methods == [method.upper()] * 2


async def stream() -> AsyncIterator[bytes]:
    yield b"one"


@pytest.mark.parametrize("body", [stream, lambda: io.BytesIO(b"one"), aiohttp.FormData])
def test_a_body_that_is_a_stream_is_sent_once(body: Callable[[], Any], retrying: Any, upstream: Upstream) -> None:
    upstream.script = [503, 503]

    async def main() -> None:
        session = aiohttp.ClientSession()
        async with session, retrying().retried(session.put)(upstream.url, data=body()) as response:
            assert response.status == 503
        if body is not aiohttp.FormData:
            async with httpx.AsyncClient() as client:
                response = await retrying().retried(client.put)(upstream.url, content=stream())
                assert response.status_code == 503

    asyncio.run(main())
    assert len(upstream.arrived) == (1 if body is aiohttp.FormData else 2)


def test_later_attempts_get_what_is_left(retrying: Any, upstream: Upstream, clock: Clock) -> None:
    seen: list[aiohttp.ClientTimeout] = []
    upstream.script = [503]

    async def main() -> None:
        async with aiohttp.ClientSession() as session:

            async def get(url: str, timeout: aiohttp.ClientTimeout) -> aiohttp.ClientResponse:
                seen.append(timeout)
                clock.now += 6
                return await session.get(url, timeout=timeout)

            timeout = aiohttp.ClientTimeout(total=30, sock_connect=1)
            (await retrying().retried(get)(upstream.url, timeout=timeout)).release()

    asyncio.run(main())
    left = 4 - clock.waits[0]
    assert seen[1].total == seen[1].sock_read == seen[1].connect == pytest.approx(left)
    assert seen[1].sock_connect == 1


def test_what_a_mock_gives_is_given_back(retrying: Any) -> None:
    from unittest.mock import AsyncMock, MagicMock

    scaffold = retrying()
    get = MagicMock()
    assert scaffold.retried(get)("http://x/") is get.return_value
    later = AsyncMock()
    assert asyncio.run(scaffold.retried(later)("http://x/")) is later.return_value
