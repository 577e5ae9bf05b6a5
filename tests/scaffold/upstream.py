"""An upstream on loopback that does as it is told, and keeps what arrived; and a clock that waiting moves."""

from __future__ import annotations

import itertools
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

DROP = "drop"  # hang up without an answer
STALL = "stall"  # never answer


@dataclass(frozen=True)
class Arrived:
    """One request as the upstream has seen it."""

    method: str
    path: str
    body: bytes
    at: float  # by the clock of the test


class Clock:
    """Time for the scaffold under test: it passes while somebody waits, and when a test says so."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.waits: list[float] = []

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.waits.append(seconds)
        self.now += seconds

    async def sleep_on_loop(self, seconds: float) -> None:
        self.sleep(seconds)


def impatient(retried: Any, attempts: int) -> Any:
    """`retried` for calls whose first attempts give up soon; whatever the machine is doing, the last one has time."""

    def wrapped(callee: Any) -> Any:
        made = itertools.count(1)

        def call(*args: Any, timeout: Any, **kwargs: Any) -> Any:
            seconds = 0.3 if next(made) <= attempts else 30.0
            return callee(*args, timeout=type(timeout)(seconds), **kwargs)

        return retried(call)

    return wrapped


class Upstream(ThreadingHTTPServer):
    """Answers each request with the next of `script`: a status, (status, headers), DROP or STALL; then with 200."""

    daemon_threads = True

    def __init__(self, clock: Clock) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.clock = clock
        self.script: list[Any] = []
        self.takes = 0.0  # seconds by the clock for each answer
        self.arrived: list[Arrived] = []
        self.over = threading.Event()
        self.url = f"http://127.0.0.1:{self.server_address[1]}/rates"

    @property
    def methods(self) -> list[str]:
        return [request.method for request in self.arrived]

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Clients hang up on a stalled server."""


class _Handler(BaseHTTPRequestHandler):
    server: Upstream
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        body = self.body()
        server = self.server
        server.arrived.append(Arrived(self.command, self.path, body, server.clock.now))
        server.clock.now += server.takes
        told = server.script.pop(0) if server.script else 200
        if told == DROP:
            self.close_connection = True
            self.connection.shutdown(socket.SHUT_RDWR)
        elif told == STALL:
            self.close_connection = True
            server.over.wait(20)
        else:
            status, headers = told if isinstance(told, tuple) else (told, {})
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            text = f"answer {len(server.arrived)}".encode()
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(text)

    do_PUT = do_POST = do_HEAD = do_DELETE = do_OPTIONS = do_GET  # noqa: N815

    def body(self) -> bytes:
        if "chunked" not in self.headers.get("Transfer-Encoding", ""):
            return self.rfile.read(int(self.headers.get("Content-Length", 0)))
        body = b""
        while size := int(self.rfile.readline(), 16):
            body += self.rfile.read(size)
            self.rfile.readline()
        self.rfile.readline()
        return body

    def log_message(self, *arguments: Any) -> None:
        """Quiet."""


@contextmanager
def running(clock: Clock) -> Iterator[Upstream]:
    """The upstream in a thread."""
    server = Upstream(clock)
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    try:
        yield server
    finally:
        server.over.set()
        server.shutdown()
        server.server_close()


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """A clock that stamina's waiting moves; `retrying` hands it to the scaffold."""
    made = Clock()

    class Time:
        sleep = staticmethod(made.sleep)

    monkeypatch.setattr("tenacity.nap.time", Time)
    monkeypatch.setattr("stamina._core._smart_sleep", made.sleep_on_loop)
    return made


@pytest.fixture
def upstream(clock: Clock) -> Iterator[Upstream]:
    with running(clock) as server:
        yield server


@pytest.fixture
def retrying(load: Any, clock: Clock) -> Any:
    """`retrying(**_RETRY)`: a scaffold with `retried`, on the clock of the test."""

    def make(**changes: float) -> Any:
        settings = {"attempts": 3, "total": 10.0, "budget": 0.1, "burst": 10, **changes}
        module = load(parts=("retried",), codemods=(("retry", 1),), settings=(("_RETRY", repr(settings)),))
        module.monotonic = clock
        return module

    return make
