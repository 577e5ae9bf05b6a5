"""What `libraries/` and `retriers.py` say of libraries, held against the libraries themselves."""

from __future__ import annotations

import asyncio
import importlib
import inspect
import smtplib
import socket
import urllib.request
from collections.abc import Iterator

import aiohttp
import grpc  # type: ignore[import-untyped]
import httpx
import pytest
import redis
import requests
import requests.adapters
import stamina
import tenacity
import urllib3

from splice.outbound.catalogue import libraries
from splice.outbound.library import Function, Limit
from splice.outbound.retriers import CARRIERS, RETRIERS, Retrier

#: Libraries that this project is not tested with: what is said of them is their documentation's.
NOT_HERE = {"psycopg2", "psycopg", "pymysql", "MySQLdb", "asyncpg", "pymongo", "motor"}
NOT_HERE |= {"backoff", "retrying", "retry", "retry2", "opnieuw", "celery", "dramatiq", "huey"}


def found(dotted: str) -> object:
    """What a dotted name stands for."""
    parts = dotted.split(".")
    for stop in range(len(parts) - 1, 0, -1):
        try:
            value: object = importlib.import_module(".".join(parts[:stop]))
        except ModuleNotFoundError:
            continue
        for part in parts[stop:]:
            value = getattr(value, part)
        return value
    raise AssertionError(f"{dotted} cannot be imported")


def limits() -> Iterator[tuple[str, Limit]]:
    """Every call that takes a timeout, by the dotted name of what is called."""
    for library in libraries().values():
        for dotted, function in library.functions.items():
            if function.limit is not None:
                yield dotted, function.limit
        for dotted, client in library.clients.items():
            if client.limit is not None:
                yield dotted, client.limit
            for name, function in client.methods.items():
                if function.limit is not None:
                    yield f"{dotted}.{name}", function.limit


def functions() -> Iterator[tuple[str, Function]]:
    for library in libraries().values():
        yield from library.functions.items()
        for dotted, client in library.clients.items():
            yield from ((f"{dotted}.{name}", function) for name, function in client.methods.items())


def here(dotted: str) -> bool:
    return dotted.partition(".")[0] not in NOT_HERE


def position(dotted: str, keyword: str) -> int:
    """Where a parameter stands, without `self`; -1 where it is taken by keyword, or by `**` only."""
    value = found(dotted)
    parameters = list(inspect.signature(value).parameters.values())  # type: ignore[arg-type]
    parameters = [p for p in parameters if p.name != "self"]
    for index, parameter in enumerate(parameters):
        if parameter.name == keyword:
            return -1 if parameter.kind is parameter.KEYWORD_ONLY else index
    assert parameters and parameters[-1].kind is inspect.Parameter.VAR_KEYWORD, f"{dotted} takes no {keyword}"
    return -1


#: Positional in fact, and refused there by nobody: far behind arguments that are always named.
FAR = 4
LIMITS = {dotted: limit for dotted, limit in limits() if here(dotted)}


@pytest.mark.parametrize("dotted", LIMITS)
def test_a_timeout_is_taken_where_it_is_said(dotted: str) -> None:
    limit = LIMITS[dotted]
    where = position(dotted, limit.keyword)
    if limit.position is None:
        assert where == -1 or where > FAR, "it may be given by position"
    elif dotted != "smtplib.SMTP_SSL":  # by position before Python 3.12
        assert where == limit.position


@pytest.mark.parametrize("dotted", [d for library in libraries().values() for d in library.aliases if here(d)])
def test_an_alias_is_the_same_thing(dotted: str) -> None:
    library = next(library for library in libraries().values() if dotted in library.aliases)
    one, other = found(dotted), found(library.aliases[dotted])
    if isinstance(one, type) and isinstance(other, type):
        assert issubclass(one, other) or issubclass(other, one)
    elif isinstance(other, type):
        assert callable(one)  # a factory
    else:
        assert one is other or inspect.signature(one) == inspect.signature(other)  # type: ignore[arg-type]


@pytest.mark.parametrize(("dotted", "function"), [(d, f) for d, f in functions() if here(d) and (f.verb or f.body_at)])
def test_methods_and_bodies_stand_where_it_is_said(dotted: str, function: Function) -> None:
    if function.verb is not None:
        assert position(dotted, function.verb[0]) == function.verb[1]
    if function.body_at is not None:
        assert position(dotted, function.bodies[0]) == function.body_at


def test_every_library_that_is_not_here_is_named() -> None:
    used = {dotted.partition(".")[0] for dotted, _ in limits()} | {dotted.partition(".")[0] for dotted in RETRIERS}
    missing = {package for package in used if importlib.util.find_spec(package) is None}
    assert missing <= NOT_HERE


# -- defaults ----------------------------------------------------------------------------------------


class Seen(requests.adapters.HTTPAdapter):
    """Notes the timeout that arrives at the bottom, and answers by itself."""

    timeout: object = "not asked"

    def send(self, request: requests.PreparedRequest, **kwargs: object) -> requests.Response:  # type: ignore[override]
        self.timeout = kwargs["timeout"]
        response = requests.Response()
        response.status_code, response.request, response.url = 200, request, str(request.url)
        return response


def test_requests_waits_for_ever_and_tries_once() -> None:
    with requests.Session() as session:
        session.mount("http://", seen := Seen())
        session.get("http://example.org")
    assert seen.timeout is None
    assert requests.adapters.HTTPAdapter().max_retries.total == 0


def test_httpx_waits_five_seconds_and_tries_once() -> None:
    asked: list[object] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request.extensions["timeout"])
        return httpx.Response(200)

    with httpx.Client(transport=httpx.MockTransport(answer)) as client:
        client.get("http://example.org")
    assert asked == [{"connect": 5.0, "read": 5.0, "write": 5.0, "pool": 5.0}]
    assert inspect.signature(httpx.HTTPTransport).parameters["retries"].default == 0
    assert inspect.signature(httpx.get).parameters["timeout"].default == httpx.Timeout(5.0)


def test_aiohttp_waits_five_minutes() -> None:
    async def total() -> float | None:
        async with aiohttp.ClientSession() as session:
            return session.timeout.total

    assert asyncio.run(total()) == 300


def test_urllib3_waits_for_ever_in_a_pool_and_tries_four_times() -> None:
    pool = urllib3.PoolManager().connection_from_url("http://example.org")
    assert pool.timeout.connect_timeout is urllib3.Timeout.DEFAULT_TIMEOUT  # what sockets do: see below
    assert pool.timeout.read_timeout is None
    assert urllib3.Retry.DEFAULT.total == 3
    assert urllib3.Retry().total == 10
    assert inspect.signature(urllib3.request).parameters["timeout"].default == 3


def test_sockets_wait_for_ever_unless_somebody_says_so() -> None:
    assert socket.getdefaulttimeout() is None
    marker = inspect.signature(socket.create_connection).parameters["timeout"].default
    assert inspect.signature(urllib.request.urlopen).parameters["timeout"].default is marker
    assert inspect.signature(smtplib.SMTP).parameters["timeout"].default is marker


def test_redis_connects_within_the_timeout_for_reading() -> None:
    """So that one argument is enough; what the URL says wins over it."""
    pool = redis.Redis(socket_timeout=7, socket_connect_timeout=None).connection_pool
    connection = redis.Connection(  # type: ignore[no-untyped-call]
        **{k: v for k, v in pool.connection_kwargs.items() if k.startswith("socket_")}
    )
    assert (connection.socket_timeout, connection.socket_connect_timeout) == (7, 7)
    by_url = redis.Redis.from_url("redis://localhost/0?socket_timeout=9", socket_timeout=7)
    assert by_url.connection_pool.connection_kwargs["socket_timeout"] == 9


@pytest.mark.parametrize("kind", ["unary_unary", "unary_stream"])
def test_a_call_of_grpc_takes_a_timeout_second(kind: str) -> None:
    with grpc.insecure_channel("localhost:1") as channel:
        call = getattr(channel, kind)("/orders.Orders/GetOrder")
        assert list(inspect.signature(call).parameters)[:2] == ["request", "timeout"]


# -- what repeats ------------------------------------------------------------------------------------

KNOWN = {name: retrier for name, retrier in {**RETRIERS, **CARRIERS}.items() if here(name)}


@pytest.mark.parametrize("name", KNOWN)
def test_a_number_of_attempts_stands_where_it_is_said(name: str) -> None:
    retrier: Retrier = KNOWN[name]
    value = tenacity.Retrying if name == "tenacity.retry" else found(name)
    parameters = [p for p in inspect.signature(value).parameters.values() if p.name != "self"]  # type: ignore[arg-type]
    names = [p.name for p in parameters]
    assert retrier.keyword in names
    if retrier.position >= 0:
        assert names.index(retrier.keyword) == retrier.position
    default = parameters[names.index(retrier.keyword)].default
    if retrier.keyword == "stop":
        assert default is tenacity.stop_never and retrier.default is None
    elif isinstance(default, int):
        assert default + retrier.extra == retrier.default


def test_an_adapter_with_two_repetitions_tries_three_times() -> None:
    """`max_retries` counts repetitions, `attempts` counts attempts."""
    assert requests.adapters.HTTPAdapter(max_retries=2).max_retries.total == 2
    tried: list[int] = []

    def fail() -> None:
        tried.append(1)
        raise OSError

    with pytest.raises(OSError):
        stamina.retry(on=OSError, attempts=3, wait_initial=0, wait_max=0, wait_jitter=0)(fail)()
    assert len(tried) == 3
