"""The constants for timeouts: what each library makes of them."""

from __future__ import annotations

import socket
import sys
from typing import Any

import aiohttp
import httpx
import pytest
import redis
import requests
import urllib3
from conftest import Load, spec
from redis.backoff import NoBackoff
from redis.retry import Retry

from splice.scaffold import PARTS, is_genuine, render

NAMES = tuple(name for name in PARTS if name.isupper())


def constants(load: Load, connect: float = 0, read: float = 0, total: float = 0) -> Any:
    values = {"connect": connect, "read": read, "total": total}
    return load(parts=NAMES, settings=(("_TIMEOUTS", repr({name: value for name, value in values.items() if value})),))


def test_connect_and_read_apart_where_a_library_knows_them(load: Load) -> None:
    scaffold = constants(load, connect=1.5, read=10, total=20)
    assert scaffold.REQUESTS_TIMEOUT == (1.5, 10)
    assert httpx.Timeout(scaffold.HTTPX_TIMEOUT) == httpx.Timeout(connect=1.5, read=10, write=10, pool=1.5)
    assert aiohttp.ClientTimeout(total=20, sock_connect=1.5, sock_read=10) == scaffold.AIOHTTP_TIMEOUT
    assert scaffold.URLLIB3_TIMEOUT.connect_timeout == 1.5
    assert (scaffold.URLLIB3_TIMEOUT.total, scaffold.URLLIB3_TIMEOUT.clone()._read) == (20, 10)
    single = ("URLLIB", "GRPC", "REDIS", "SMTP", "SOCKET")
    assert {getattr(scaffold, f"{name}_TIMEOUT") for name in single} == {20}
    assert scaffold.DATABASE_TIMEOUT == 2


@pytest.mark.parametrize(
    ("given", "connect", "read", "total"),
    [
        ({"connect": 2, "read": 5}, 2, 5, 7),
        ({"read": 5}, 5, 5, 10),
        ({"total": 9}, 9, 9, 9),
        ({"connect": 2, "total": 9}, 2, 9, 9),
        ({"read": 5, "total": 9}, 5, 5, 9),
    ],
    ids=str,
)
def test_what_is_not_set_follows_from_the_rest(
    given: dict[str, float], connect: float, read: float, total: float, load: Load
) -> None:
    scaffold = constants(load, **given)
    assert (connect, read) == scaffold.REQUESTS_TIMEOUT
    assert total == scaffold.GRPC_TIMEOUT
    assert scaffold.AIOHTTP_TIMEOUT.total == given.get("total", 300)


def test_no_timeout_is_ever_endless(load: Load) -> None:
    scaffold = constants(load, read=0.2)
    assert scaffold.DATABASE_TIMEOUT == 1
    for name in NAMES:
        values = getattr(scaffold, name)
        for value in values if isinstance(values, tuple) else (values,):
            assert value if isinstance(value, (int, float)) else value.total or value.connect_timeout


def test_the_libraries_take_them(load: Load) -> None:
    scaffold = constants(load, connect=0.05, read=0.05)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        url = f"http://127.0.0.1:{port}/"
        with pytest.raises(requests.Timeout):
            requests.get(url, timeout=scaffold.REQUESTS_TIMEOUT)
        with pytest.raises(httpx.TimeoutException):
            httpx.get(url, timeout=scaffold.HTTPX_TIMEOUT)
        with pytest.raises(urllib3.exceptions.TimeoutError):
            urllib3.PoolManager(retries=False).request("GET", url, timeout=scaffold.URLLIB3_TIMEOUT)
        with pytest.raises(redis.TimeoutError):
            redis.Redis(port=port, socket_timeout=scaffold.REDIS_TIMEOUT, retry=Retry(NoBackoff(), 0)).ping()


@pytest.mark.parametrize("missing", ["aiohttp", "urllib3"])
def test_without_the_library_the_constant_is_a_number(
    missing: str, load: Load, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, missing, None)
    assert vars(constants(load, read=5))[f"{missing.upper()}_TIMEOUT"] == 10


def test_a_computed_value_is_no_setting() -> None:
    text = render(spec(parts=NAMES, settings=(("_TIMEOUTS", '{"connect": 1, "read": 2, "total": 3}'),))).text
    assert is_genuine(text)
    assert is_genuine(text.replace('"read": 2', '"read": 3')) is False  # the checksum
    assert "_TOTAL" in text
    assert not is_genuine(render(spec(parts=NAMES, settings=(("_TIMEOUTS", "load_them()"),))).text)
