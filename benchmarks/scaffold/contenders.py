"""What is compared: functions that do nothing but return, each with something around it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from time import perf_counter
from typing import Any

from opentelemetry import context, metrics, trace

COLOURS = ("sync", "async", "generator")
#: Where calls happen.
PLACES = ("root", "below", "request")
OTEL = "OpenTelemetry's `@tracer.start_as_current_span`"
SPAN = "`@observed`, span"
_NAME = "orders.work"
_ATTRIBUTES = {"code.function.name": "benchmarks.scaffold.contenders.work"}
_ENRICHMENT = {**_ATTRIBUTES, "app.operation": _NAME, "codegen.id": "0" * 12}


@dataclass(frozen=True)
class Contender:
    """Something to call, and the place to call it in."""

    name: str  # "" is the bare function
    call: Callable[[int], Any]
    place: str = "root"


class _Span:
    """By hand, with nothing that a span of one's own can do without."""

    def __init__(self, tracer: trace.Tracer) -> None:
        self.tracer = tracer

    def __enter__(self) -> None:
        self.span = self.tracer.start_span(_NAME, attributes=_ATTRIBUTES)
        self.token = context.attach(trace.set_span_in_context(self.span))

    def __exit__(self, *_error: object) -> None:
        context.detach(self.token)
        self.span.end()


class _Duration:
    """By hand: a measured duration."""

    def __init__(self, histogram: metrics.Histogram) -> None:
        self.histogram = histogram

    def __enter__(self) -> None:
        self.started = perf_counter()

    def __exit__(self, *_error: object) -> None:
        self.histogram.record(perf_counter() - self.started, {"operation": _NAME})


class _Enrichment:
    """By hand: attributes of the span that is there."""

    def __enter__(self) -> None:
        trace.get_current_span().set_attributes(_ENRICHMENT)

    def __exit__(self, *_error: object) -> None:
        pass


def bare(colour: str) -> Any:
    """A function of this colour."""

    def sync(x: int) -> int:
        return x

    async def later(x: int) -> int:
        return x

    def steps(x: int) -> Iterator[int]:
        yield x
        yield x
        yield x

    return {"sync": sync, "async": later, "generator": steps}[colour]


def _by_hand(colour: str, around: Callable[[], AbstractContextManager[object]]) -> Any:
    """The same function, with its body in a `with`."""

    def sync(x: int) -> int:
        with around():
            return x

    async def later(x: int) -> int:
        with around():
            return x

    def steps(x: int) -> Iterator[int]:
        with around():
            yield x
            yield x
            yield x

    return {"sync": sync, "async": later, "generator": steps}[colour]


def _retried(plain: Any, retried: Any) -> Any:
    """A call as it stands in a service, which asks for the function each time; or the function itself."""
    return plain if retried(plain) is plain else lambda x: retried(plain)(x)


def contenders(colour: str, scaffolds: dict[str, Any]) -> list[Contender]:
    """All that takes turns, the bare function and OpenTelemetry's decorator in every place."""
    plain = bare(colour)
    tracer = trace.get_tracer("by hand")
    histogram = metrics.get_meter("by hand").create_histogram("by.hand", "s")
    otel = tracer.start_as_current_span(_NAME, attributes=_ATTRIBUTES)(plain)
    span, metric, both = (scaffolds[name].observed for name in ("spans", "metrics", "all"))

    def current() -> AbstractContextManager[object]:
        return tracer.start_as_current_span(_NAME, attributes=_ATTRIBUTES)

    places = PLACES if colour != "generator" else PLACES[:2]
    found = [Contender(name, call, place) for place in places for name, call in (("", plain), (OTEL, otel))]
    found += [
        Contender("by hand, `with tracer.start_as_current_span`", _by_hand(colour, current)),
        Contender("by hand, `start_span`, `attach`, `detach`, `end`", _by_hand(colour, lambda: _Span(tracer))),
        Contender("by hand, `perf_counter`, `record`", _by_hand(colour, lambda: _Duration(histogram))),
        Contender(SPAN, span(_NAME)(plain)),
        Contender("`@observed`, metric", metric(_NAME)(plain)),
        Contender("`@observed`, span and metric", both(_NAME)(plain)),
        Contender("by hand, `set_attributes` of the span around", _by_hand(colour, _Enrichment), "below"),
        Contender(SPAN, span(_NAME)(plain), "below"),
        Contender("`@observed`, span and metric", both(_NAME)(plain), "below"),
        Contender("`@observed`, enriching", span("GET /work")(plain), "below"),
        Contender("`@observed`, enriching, and metric", both("GET /work")(plain), "below"),
    ]
    if colour != "generator":  # that is no call of another service
        found.append(Contender("`retried(f)(x)`", _retried(plain, scaffolds["all"].retried)))
        found.append(Contender("`@guarded`, allowed", scaffolds["all"].guarded("orders:read")(plain), "request"))
    return found
