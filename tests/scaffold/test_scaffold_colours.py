"""A decorated function stays what it was: colour, signature, attributes, results, errors, number of calls."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import inspect
import pickle
import threading
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest
from conftest import Load, Telemetry
from opentelemetry import trace


def plain(order: int, *, deep: bool = False) -> str:
    """Reads."""
    return f"{order} {deep} {trace.get_current_span().name}"  # type: ignore[attr-defined]


async def asynchronous(order: int) -> str:
    await asyncio.sleep(0)
    return f"{order} {trace.get_current_span().name}"  # type: ignore[attr-defined]


def current() -> trace.Span:
    return trace.get_current_span()


def generator(order: int) -> Iterator[int]:
    yield order


async def async_generator(order: int) -> AsyncIterator[int]:
    yield order


@pytest.mark.parametrize("function", [plain, asynchronous, generator, async_generator], ids=lambda f: f.__name__)
def test_colour_signature_and_attributes_stay(function: Any, load: Load, telemetry: Telemetry) -> None:
    function.csrf_exempt = True
    wrapper = load().observed("shop.read")(function)
    assert wrapper is not function
    for question in (inspect.iscoroutinefunction, inspect.isgeneratorfunction, inspect.isasyncgenfunction):
        assert question(wrapper) == question(function)
    assert inspect.signature(wrapper) == inspect.signature(function)
    assert (wrapper.__name__, wrapper.__qualname__, wrapper.__module__, wrapper.__doc__) == (
        (function.__name__, function.__qualname__, function.__module__, function.__doc__)
    )
    assert wrapper.csrf_exempt is True
    assert inspect.unwrap(wrapper) is function


def test_a_sync_function_gets_a_span_and_a_duration(load: Load, telemetry: Telemetry) -> None:
    assert load().observed("shop.read")(plain)(7, deep=True) == "7 True shop.read"
    span = telemetry.span()
    assert (span.name, span.kind, span.parent) == ("shop.read", trace.SpanKind.INTERNAL, None)
    assert dict(span.attributes or {}) == {"code.function.name": f"{__name__}.plain"}
    assert span.status.status_code is trace.StatusCode.UNSET
    (point,) = telemetry.points()
    assert dict(point.attributes) == {"operation": "shop.read"}
    assert point.count == 1
    assert point.explicit_bounds[0] == 0.005 and point.explicit_bounds[-1] == 10
    assert 0 <= point.sum < 60


def test_an_async_function_gets_a_span_and_a_duration(load: Load, telemetry: Telemetry) -> None:
    assert asyncio.run(load().observed("shop.read")(asynchronous)(7)) == "7 shop.read"
    assert telemetry.span().name == "shop.read"
    assert telemetry.counts() == {("shop.read", ""): 1}


def test_concurrent_tasks_do_not_become_each_others_parents(load: Load, telemetry: Telemetry) -> None:
    @load().observed("shop.step")
    async def step() -> None:
        await asyncio.sleep(0.001)

    async def both() -> None:
        await asyncio.gather(step(), step())

    asyncio.run(both())
    assert [span.parent for span in telemetry.spans()] == [None, None]


def test_nested_calls_are_parent_and_child(load: Load, telemetry: Telemetry) -> None:
    scaffold = load()

    @scaffold.observed("shop.inner")
    def inner() -> int:
        return 1

    @scaffold.observed("shop.outer")
    def outer() -> int:
        return inner()

    assert outer() == 1
    child, parent = telemetry.spans()
    assert child.parent is not None and child.parent.span_id == parent.context.span_id
    assert trace.get_current_span() is trace.INVALID_SPAN


def test_a_cancelled_task_is_no_error(load: Load, telemetry: Telemetry) -> None:
    @load().observed("shop.wait")
    async def wait() -> None:
        await asyncio.sleep(60)

    async def main() -> None:
        task = asyncio.create_task(wait())
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(main())
    assert telemetry.span().status.status_code is trace.StatusCode.UNSET
    assert telemetry.counts() == {("shop.wait", ""): 1}


def test_a_coroutine_that_is_dropped_in_mid_flight_leaves_no_error_log(
    load: Load, telemetry: Telemetry, caplog: pytest.LogCaptureFixture
) -> None:
    @load().observed("shop.wait")
    async def wait() -> None:
        await asyncio.sleep(60)

    loop = asyncio.new_event_loop()
    coroutine = wait()

    async def start() -> None:
        coroutine.send(None)

    loop.run_until_complete(start())  # attached in that task's context ...
    coroutine.close()  # ... and closed from this one
    loop.close()
    assert "detach" not in caplog.text
    assert telemetry.span().name == "shop.wait"


def test_methods_contextmanagers_and_partials(load: Load, telemetry: Telemetry) -> None:
    scaffold = load()

    class Shop:
        @scaffold.observed("shop.method")
        def method(self, x: int) -> tuple[Shop, int]:
            return self, x

        @staticmethod
        @scaffold.observed("shop.static")
        def static(x: int) -> int:
            return x

        @classmethod
        @scaffold.observed("shop.class")
        def make(cls, x: int) -> tuple[type[Shop], int]:
            return cls, x

    @contextlib.contextmanager
    @scaffold.observed("shop.manager")
    def manager() -> Iterator[int]:
        yield 4

    shop = Shop()
    assert shop.method(1) == (shop, 1)
    assert shop.static(2) == 2
    assert Shop.make(3) == (Shop, 3)
    with manager() as four:
        assert four == 4
    with pytest.raises(KeyError), manager():
        raise KeyError("thrown into the generator")
    assert [span.name for span in telemetry.spans()] == [
        "shop.method",
        "shop.static",
        "shop.class",
        "shop.manager",
        "shop.manager",
    ]
    assert telemetry.counts()["shop.manager", "KeyError"] == 1
    assert telemetry.spans()[0].attributes is not None
    assert str(dict(telemetry.spans()[0].attributes or {})["code.function.name"]).endswith("<locals>.Shop.method")


@pytest.mark.parametrize(
    "thing",
    [staticmethod(plain), classmethod(lambda cls: cls), functools.partial(plain, 1), threading.Thread, len, None],
    ids=["staticmethod", "classmethod", "partial", "class", "builtin", "None"],
)
def test_what_is_no_function_comes_back_as_it_is(thing: Any, load: Load, telemetry: Telemetry) -> None:
    assert load().observed("shop.read")(thing) is thing


def test_the_functions_own_errors_pass_through_unchanged(load: Load, telemetry: Telemetry) -> None:
    error = ValueError("mine")
    calls = []

    def fail() -> None:
        calls.append(1)
        raise error

    with pytest.raises(ValueError, match="mine") as caught:
        load().observed("shop.fail")(fail)()
    assert caught.value is error
    assert calls == [1]
    assert error.__context__ is None and error.__cause__ is None
    with pytest.raises(TypeError, match="positional argument"):
        load().observed("shop.read")(plain)()  # type: ignore[call-arg]


def test_a_coroutine_from_a_sync_function_is_followed(load: Load, telemetry: Telemetry) -> None:
    @load().observed("shop.later")
    def later() -> Any:
        return asynchronous(3)

    result = later()
    assert inspect.iscoroutine(result)
    assert telemetry.spans() == []
    assert asyncio.run(result) == "3 shop.later"
    assert telemetry.span().name == "shop.later"


def test_it_can_be_pickled_where_the_original_could(load: Load, telemetry: Telemetry) -> None:
    import conftest

    wrapper = load().observed("shop.spec")(conftest.spec)
    original = conftest.spec
    conftest.spec = wrapper
    try:
        assert pickle.loads(pickle.dumps(wrapper)) is wrapper
    finally:
        conftest.spec = original


def test_signals_can_be_switched_off_in_the_configuration(load: Load, telemetry: Telemetry) -> None:
    load(signals=("spans",)).observed("shop.spans")(plain)(1)
    assert telemetry.points() == [] and len(telemetry.spans()) == 1
    load(signals=("metrics",)).observed("shop.metrics")(lambda: None)()
    assert telemetry.counts() == {("shop.metrics", ""): 1} and len(telemetry.spans()) == 1
    assert load(signals=()).observed("shop.nothing")(plain) is plain


def test_scope_and_info_carry_the_codegen_id(load: Load, telemetry: Telemetry) -> None:
    scaffold = load()
    scaffold.observed("shop.read")(plain)(1)
    scope = telemetry.span().instrumentation_scope
    assert scope is not None and scope.name == "splice"
    assert dict(scope.attributes or {}) == {"codegen.id": scaffold._CODEGEN_ID}
    (point,) = telemetry.points("scaffold.info")
    assert (point.value, dict(point.attributes)) == (1, {"version": "1", "codegen_id": scaffold._CODEGEN_ID})


def test_the_metric_can_be_renamed(load: Load, telemetry: Telemetry) -> None:
    load(metric_name="shop.duration").observed("shop.read")(plain)(1)
    assert telemetry.points() == []
    assert len(telemetry.points("shop.duration")) == 1


def test_an_sdk_that_is_set_up_after_the_import_is_found(load: Load) -> None:
    from conftest import forget_providers

    forget_providers()
    from opentelemetry import metrics
    from opentelemetry.sdk.metrics import MeterProvider
    from opentelemetry.sdk.metrics.export import InMemoryMetricReader
    from opentelemetry.sdk.trace import TracerProvider

    scaffold = load()
    read = scaffold.observed("shop.read")(current)
    assert not read().get_span_context().is_valid
    reader = InMemoryMetricReader()
    trace.set_tracer_provider(TracerProvider())
    metrics.set_meter_provider(MeterProvider([reader]))
    assert read().get_span_context().is_valid
    assert type(scaffold._tracer).__module__ == "opentelemetry.sdk.trace", "no proxy between us and the SDK"
    assert reader.get_metrics_data() is not None
    forget_providers()
