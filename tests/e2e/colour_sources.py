"""A package with a function of every colour, and a program that calls each of them and tells what happened."""

from __future__ import annotations

WORK = '''\
"""Functions of every colour."""

import asyncio
import contextlib
import functools
from abc import ABC, abstractmethod
from typing import Protocol, overload

from jitlib import jit


def sync(a, /, b: int = 2, *args, c, **kwargs) -> int:
    """Adds."""
    return a + b + c


async def asynchronous(x: "int") -> int:
    await asyncio.sleep(0)
    return x


def generator(n: int):
    got = yield n
    yield got
    return "end"


async def async_generator(n: int):
    for i in range(n):
        yield i


class Service:
    """A class."""

    def method(self, x=1):
        return x

    async def amethod(self):
        return self

    @staticmethod
    def static(x):
        return x

    @classmethod
    def made(cls, x):
        return cls, x

    @property
    def size(self):
        return 3

    @functools.cached_property
    def cached(self):
        return 4

    def __init__(self):
        self.ready = True

    def __call__(self, x):
        return x

    def __len__(self):
        return 1


class Base(ABC):
    @abstractmethod
    def declared(self):
        raise NotImplementedError

    def empty(self):
        """Only said."""

    def later(self):
        raise NotImplementedError


class Shape(Protocol):
    def area(self) -> float: ...


@overload
def either(x: int) -> int: ...
@overload
def either(x: str) -> str: ...
def either(x):
    return x


def outer(x):
    def inner(y):
        return x + y

    return inner(1)


def closed_over():
    count = 0

    def add():
        nonlocal count
        count += 1
        return count

    return add


@functools.lru_cache
def rate(currency):
    return len(currency)


@functools.cache
def other_rate(currency):
    return len(currency)


@functools.singledispatch
def shown(value):
    return "object"


@contextlib.contextmanager
def opened(name):
    yield name


@contextlib.asynccontextmanager
async def aopened(name):
    yield name


@jit
def compiled(x):
    return x


@jit(nopython=True)
def compiled_too(x):
    return x


def fails():
    raise KeyError("secret")


def recursive(n):
    return n and recursive(n - 1)
'''
USES = """\
from svc.work import other_rate, shown


@shown.register
def shown_int(value: int):
    return "int"


def reset():
    other_rate.cache_clear()
"""
# What a compiler of functions does: it reads the code of what it gets, and a wrapper is not that.
JITLIB = """\
def jit(function=None, **options):
    if function is None:
        return jit
    assert not hasattr(function, "__wrapped__"), "cannot compile a wrapper"
    return function
"""
CALLS = """
import asyncio, gc, inspect, json, pickle

from opentelemetry import metrics, trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

exporter = InMemorySpanExporter()
provider = TracerProvider()
provider.add_span_processor(SimpleSpanProcessor(exporter))
trace.set_tracer_provider(provider)

from svc import uses, work

told = {}

def call(name, function):
    result = function()
    gc.collect()
    spans = [(s.name.removeprefix("svc.work."), s.status.status_code.name, s.kind.name)
             for s in exporter.get_finished_spans()]
    exporter.clear()
    told[name] = {"result": result, "spans": spans}

def with_generator():
    running = work.generator(1)
    first = next(running)
    second = running.send("sent")
    try:
        next(running)
    except StopIteration as stop:
        return [first, second, stop.value]

async def with_async_generator():
    return [i async for i in work.async_generator(3)]

async def with_aopened():
    async with work.aopened("x") as name:
        return name

def with_opened():
    with work.opened("x") as name:
        return [name, trace.get_current_span() is trace.INVALID_SPAN]

def failing():
    try:
        work.fails()
    except KeyError as error:
        return str(error.__context__)

def adding():
    add = work.closed_over()
    return [add(), add()]

service = work.Service()
call("sync", lambda: work.sync(1, 2, 9, c=3, d=4))
call("asynchronous", lambda: asyncio.run(work.asynchronous(x=5)))
call("generator", with_generator)
call("async_generator", lambda: asyncio.run(with_async_generator()))
call("Service.method", lambda: service.method(x=7))
call("Service.amethod", lambda: asyncio.run(service.amethod()) is service)
call("Service.static", lambda: [service.static(1), work.Service.static(2)])
call("Service.made", lambda: [work.Service.made(1)[0].__name__, service.made(2)[1]])
call("Service.__call__", lambda: service(6))
call("Service.size", lambda: [service.size, service.cached, len(service), service.ready])
call("either", lambda: work.either("x"))
call("outer", lambda: work.outer(1))
call("closed_over", adding)
call("rate", lambda: [work.rate("EUR"), work.rate("EUR"), work.rate.cache_info().hits])
call("other_rate", lambda: [work.other_rate("EUR"), uses.reset()])
call("shown", lambda: [work.shown(1), work.shown("")])
call("opened", with_opened)
call("aopened", lambda: asyncio.run(with_aopened()))
call("compiled", lambda: [work.compiled(1), work.compiled_too(2)])
call("fails", failing)
call("recursive", lambda: work.recursive(2))

facts = {}
for name in ("sync", "asynchronous", "generator", "async_generator", "opened", "rate"):
    function = getattr(work, name)
    facts[name] = [
        str(inspect.signature(function)),
        inspect.iscoroutinefunction(function),
        inspect.isgeneratorfunction(function),
        inspect.isasyncgenfunction(function),
        function.__name__,
        function.__qualname__,
        function.__module__,
        function.__doc__,
        pickle.loads(pickle.dumps(function)) is function,
        inspect.getsource(function).splitlines()[-1],
    ]
facts["static"] = type(inspect.getattr_static(work.Service, "static")).__name__
facts["made"] = type(inspect.getattr_static(work.Service, "made")).__name__
facts["abstract"] = sorted(work.Base.__abstractmethods__)
facts["cleared"] = work.other_rate.cache_info().currsize
print(json.dumps({"told": told, "facts": facts}))
"""
FILES: dict[str, str | bytes] = {
    "svc/__init__.py": "",
    "svc/work.py": WORK,
    "svc/uses.py": USES,
    "jitlib.py": JITLIB,
}
