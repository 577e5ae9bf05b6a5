"""Spans of generators last as long as the stream, are current only inside a step, and always end."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import AsyncGenerator, Generator
from typing import Any

import pytest
from conftest import Load, Telemetry
from opentelemetry import trace


def current() -> Any:
    """The name of the current span, or None."""
    return getattr(trace.get_current_span(), "name", None)


def counter(closed: list[str]) -> Generator[Any, Any, str]:
    """A generator that answers to everything: it yields what it is sent and what is thrown."""
    got: Any = current()
    try:
        while got != "stop":
            try:
                got = yield got
            except KeyError as error:
                got = f"caught {error.args[0]}"
    finally:
        closed.append(str(current()))
    return "result"


async def async_counter(closed: list[str]) -> AsyncGenerator[Any, Any]:
    got: Any = current()
    try:
        while got != "stop":
            await asyncio.sleep(0)
            try:
                got = yield got
            except KeyError as error:
                got = f"caught {error.args[0]}"
    finally:
        await asyncio.sleep(0)
        closed.append(str(current()))


def test_send_throw_and_return_are_forwarded(load: Load, telemetry: Telemetry) -> None:
    closed: list[str] = []
    steps = load().observed("shop.count")(counter)(closed)
    assert telemetry.spans() == []
    assert next(steps) == "shop.count"  # current inside ...
    assert current() is None  # ... but not for the consumer between two steps
    assert steps.send(5) == 5
    assert steps.throw(KeyError("x")) == "caught x"
    assert telemetry.spans() == []
    with pytest.raises(StopIteration) as stop:
        steps.send("stop")
    assert stop.value.value == "result"
    assert closed == ["shop.count"]
    assert telemetry.span().status.status_code is trace.StatusCode.UNSET
    assert telemetry.counts() == {("shop.count", ""): 1}


@pytest.mark.parametrize("signals", [("metrics",), ("spans",)])
def test_all_is_forwarded_where_no_step_has_a_span(signals: tuple[str, ...], load: Load, telemetry: Telemetry) -> None:
    closed: list[str] = []
    observed = load(signals=signals).observed("shop.count")(counter)
    parent = trace.NonRecordingSpan(trace.SpanContext(1, 1, is_remote=False))  # sampled out
    with trace.use_span(parent):
        steps = observed(closed)
        assert next(steps) is None
        assert steps.send(5) == 5
        assert steps.throw(KeyError("x")) == "caught x"
        with pytest.raises(StopIteration, match="result"):
            steps.send("stop")
        given_up = observed(closed)
        next(given_up)
        given_up.close()
        failing = observed(closed)
        next(failing)
        with pytest.raises(ValueError, match="mine"):
            failing.throw(ValueError("mine"))
    assert closed == ["None"] * 3
    assert telemetry.spans() == []
    counts = {("shop.count", ""): 2, ("shop.count", "ValueError"): 1}
    assert telemetry.counts() == (counts if "metrics" in signals else {})


def test_yield_from_works_through_it(load: Load, telemetry: Telemetry) -> None:
    observed = load().observed("shop.count")(counter)

    def outer() -> Generator[Any, Any, Any]:
        return (yield from observed([]))

    steps = outer()
    assert next(steps) == "shop.count"
    with pytest.raises(StopIteration, match="result"):
        steps.send("stop")


def test_an_early_break_ends_the_span_without_an_error(
    load: Load, telemetry: Telemetry, caplog: pytest.LogCaptureFixture
) -> None:
    closed: list[str] = []
    for _item in load().observed("shop.count")(counter)(closed):
        break
    gc.collect()
    assert closed == ["shop.count"]
    assert telemetry.span().status.status_code is trace.StatusCode.UNSET
    assert "detach" not in caplog.text
    assert current() is None


def test_a_generator_that_nobody_iterates_leaves_nothing_open(load: Load, telemetry: Telemetry) -> None:
    closed: list[str] = []
    load().observed("shop.count")(counter)(closed)
    steps = load().observed("shop.count")(counter)(closed)
    steps.close()
    del steps
    gc.collect()
    assert (closed, telemetry.spans(), telemetry.points()) == ([], [], [])


def test_an_error_in_a_step_is_the_streams_error(load: Load, telemetry: Telemetry) -> None:
    @load().observed("shop.count")
    def fail() -> Generator[int, None, None]:
        yield 1
        raise ValueError("half way")

    with pytest.raises(ValueError, match="half way"):
        list(fail())
    assert telemetry.span().status.status_code is trace.StatusCode.ERROR
    assert telemetry.counts() == {("shop.count", "ValueError"): 1}


def test_a_thrown_exception_leaves_no_reference_cycle(load: Load, telemetry: Telemetry) -> None:
    class Big:
        pass

    import weakref

    @load().observed("shop.count")
    def hold() -> Generator[int, None, None]:
        yield 1

    gc.collect()
    gc.disable()
    try:
        big = Big()
        alive = weakref.ref(big)
        error = KeyError(big)
        del big
        steps = hold()
        next(steps)
        with pytest.raises(KeyError):
            steps.throw(error)
        del steps, error
        assert alive() is None
    finally:
        gc.enable()


def test_a_generator_that_ignores_its_end_is_told_so(load: Load, telemetry: Telemetry) -> None:
    @load().observed("shop.count")
    def stubborn() -> Generator[int, None, None]:
        while True:
            try:
                yield 1
            except GeneratorExit:
                yield 2

    steps = stubborn()
    next(steps)
    with pytest.raises(RuntimeError, match="ignored GeneratorExit"):
        steps.close()


def test_interleaved_generators_do_not_become_each_others_parents(load: Load, telemetry: Telemetry) -> None:
    observed = load().observed("shop.count")(counter)
    one, two = observed([]), observed([])
    next(one), next(two), one.send(1), two.send(1)
    one.close()
    two.close()
    assert [span.parent for span in telemetry.spans()] == [None, None]


def test_async_send_throw_and_end_are_forwarded(load: Load, telemetry: Telemetry) -> None:
    closed: list[str] = []

    async def main() -> None:
        steps = load().observed("shop.count")(async_counter)(closed)
        assert await steps.__anext__() == "shop.count"
        assert current() is None
        assert await steps.asend(5) == 5
        assert await steps.athrow(KeyError("x")) == "caught x"
        with pytest.raises(StopAsyncIteration):
            await steps.asend("stop")

    asyncio.run(main())
    assert closed == ["shop.count"]
    assert telemetry.span().status.status_code is trace.StatusCode.UNSET


def test_aclose_from_another_task(load: Load, telemetry: Telemetry, caplog: pytest.LogCaptureFixture) -> None:
    closed: list[str] = []

    async def main() -> None:
        steps = load().observed("shop.count")(async_counter)(closed)
        await asyncio.create_task(steps.__anext__())
        await asyncio.create_task(steps.aclose())
        assert current() is None

    asyncio.run(main())
    assert closed == ["shop.count"]
    assert telemetry.span().status.status_code is trace.StatusCode.UNSET
    assert "detach" not in caplog.text


def test_an_early_async_break_ends_the_span(load: Load, telemetry: Telemetry, caplog: pytest.LogCaptureFixture) -> None:
    closed: list[str] = []

    async def main() -> None:
        async for _item in load().observed("shop.count")(async_counter)(closed):
            break
        for _turn in range(10):  # the loop closes what was dropped in a task of its own
            await asyncio.sleep(0)

    asyncio.run(main())
    gc.collect()
    assert closed == ["shop.count"]
    assert telemetry.span().status.status_code is trace.StatusCode.UNSET
    assert "detach" not in caplog.text


def test_a_task_that_is_cancelled_inside_a_step(
    load: Load, telemetry: Telemetry, caplog: pytest.LogCaptureFixture
) -> None:
    @load().observed("shop.slow")
    async def slow() -> AsyncGenerator[int, None]:
        await asyncio.sleep(60)
        yield 1

    async def consume() -> list[int]:
        return [item async for item in slow()]

    async def main() -> None:
        task = asyncio.create_task(consume())
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(main())
    assert telemetry.span().status.status_code is trace.StatusCode.UNSET
    assert "detach" not in caplog.text


def test_an_error_in_an_async_step(load: Load, telemetry: Telemetry) -> None:
    @load().observed("shop.count")
    async def fail() -> AsyncGenerator[int, None]:
        yield 1
        raise ValueError("half way")

    async def main() -> None:
        async for _item in fail():
            pass

    with pytest.raises(ValueError, match="half way"):
        asyncio.run(main())
    assert telemetry.counts() == {("shop.count", "ValueError"): 1}
