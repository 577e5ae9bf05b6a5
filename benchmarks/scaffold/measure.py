"""One state of the process, measured: the CPU time of the calling thread, less that of the bare function."""

from __future__ import annotations

import asyncio
import gc
import statistics
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from time import thread_time
from typing import Any

from opentelemetry import metrics, trace
from opentelemetry.context import Context, attach, detach
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter, SpanExportResult
from opentelemetry.sdk.trace.sampling import ParentBasedTraceIdRatio

from benchmarks.scaffold.contenders import COLOURS, OTEL, Contender, contenders
from benchmarks.scaffold.services import scaffolds

STATES = ("no SDK", "sampled out", "recording", "kill switch")
CALLS = 200  # in a row, which the queue of spans has room for
#: Colour -> place -> contender -> its ratio to OpenTelemetry's decorator there; None: it is the bare function itself.
Ratios = dict[str, dict[str, dict[str, float | None]]]


class _Discarded(SpanExporter):
    """Where spans go: by then a call is over."""

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:  # noqa: ARG002
        return SpanExportResult.SUCCESS


def measured(state: str, folder: Path, rounds: int) -> Ratios:
    """All ratios of the state that this process gets into."""
    flush = _set_up(state)
    generated = scaffolds(folder)
    request = _request_of_the_service()
    found: Ratios = {}
    for colour in COLOURS:
        entered = contenders(colour, generated)
        times: list[dict[tuple[str, str], float]] = []
        gc.collect()
        gc.disable()
        for number in range(-2, rounds):
            order = entered if number % 2 else entered[::-1]
            taken = {}
            for one in order:
                with request() if one.place == "request" else nullcontext():
                    taken[one.place, one.name] = _block(colour, one)
                flush()
            if number >= 0:  # the ones before were to get warm
                times.append(taken)
            gc.collect()
        gc.enable()
        found[colour] = _ratios(entered, times)
    return found


def _set_up(state: str) -> Callable[[], object]:
    """OpenTelemetry as a service has it in this state. Returns what empties its queue of spans."""
    if state == "no SDK":
        return lambda: None
    provider = TracerProvider(sampler=ParentBasedTraceIdRatio(0.0 if state == "sampled out" else 1.0))
    processor = BatchSpanProcessor(_Discarded())
    provider.add_span_processor(processor)
    trace.set_tracer_provider(provider)
    metrics.set_meter_provider(MeterProvider([InMemoryMetricReader()]))
    return processor.force_flush


def _request_of_the_service() -> Callable[[], AbstractContextManager[object]]:
    """What makes a request that the service's own `authenticate` allows."""
    from orders.app import create_app  # type: ignore[import-not-found]  # generated

    app = create_app({"RATES": object()})
    return lambda: app.test_request_context("/orders/1", headers={"Authorization": "Bearer dev"})


def _block(colour: str, contender: Contender) -> float:
    """The time that CALLS calls take, each with its own context around it."""
    around = [Context()] * CALLS
    if contender.place == "below":
        start = trace.get_tracer("a framework").start_span
        around = [trace.set_span_in_context(start("GET /work", kind=trace.SpanKind.SERVER)) for _ in range(CALLS)]
    if colour == "async":
        return asyncio.run(_async_block(contender.call, around))
    block = _steps_block if colour == "generator" else _sync_block
    return block(contender.call, around)


def _sync_block(call: Callable[[int], Any], around: list[Context]) -> float:
    started = thread_time()
    for one in around:
        token = attach(one)
        call(1)
        detach(token)
    return thread_time() - started


def _steps_block(call: Callable[[int], Iterator[int]], around: list[Context]) -> float:
    started = thread_time()
    for one in around:
        token = attach(one)
        for _item in call(1):
            pass
        detach(token)
    return thread_time() - started


async def _async_block(call: Callable[[int], Any], around: list[Context]) -> float:
    started = thread_time()
    for one in around:
        token = attach(one)
        await call(1)
        detach(token)
    return thread_time() - started


def _ratios(entered: list[Contender], times: list[dict[tuple[str, str], float]]) -> dict[str, dict[str, float | None]]:
    """The median over the rounds of each contender's ratio in that round."""
    plain = next(one.call for one in entered if not one.name)
    found: dict[str, dict[str, float | None]] = {}
    for one in entered:
        if one.name:
            bare, unit, key = (one.place, ""), (one.place, OTEL), (one.place, one.name)
            ratios = [(taken[key] - taken[bare]) / (taken[unit] - taken[bare]) for taken in times]
            same = one.call is plain
            found.setdefault(one.place, {})[one.name] = None if same else round(statistics.median(ratios), 3)
    return found
