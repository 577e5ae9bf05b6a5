"""Unary calls of gRPC: UNAVAILABLE is repeated, whatever else a server or a deadline says is not."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import grpc  # type: ignore[import-untyped]
import pytest
from upstream import Clock


class Service:
    """A server on loopback; each call takes the next of `script`: a status code, then it answers."""

    def __init__(self) -> None:
        self.script: list[grpc.StatusCode] = []
        self.calls = 0
        self.server = grpc.server(ThreadPoolExecutor(2))
        handlers = {
            "Unary": grpc.unary_unary_rpc_method_handler(self.answer),
            "Collect": grpc.stream_unary_rpc_method_handler(self.answer),
        }
        self.server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler("rates", handlers),))
        self.address = f"127.0.0.1:{self.server.add_insecure_port('127.0.0.1:0')}"
        self.server.start()

    def answer(self, request: Any, context: grpc.ServicerContext) -> bytes:
        self.calls += 1
        if not isinstance(request, bytes):
            request = b"".join(request)
        if self.script:
            context.abort(self.script.pop(0), "as told")
        return bytes(request)


@pytest.fixture
def service() -> Iterator[Service]:
    made = Service()
    yield made
    made.server.stop(0).wait()


def test_unavailable_is_repeated(service: Service, retrying: Any, clock: Clock) -> None:
    service.script = [grpc.StatusCode.UNAVAILABLE] * 2
    with grpc.insecure_channel(service.address) as channel:
        assert retrying().retried(channel.unary_unary("/rates/Unary"))(b"eur", timeout=5) == b"eur"
    assert service.calls == 3
    assert len(clock.waits) == 2


@pytest.mark.parametrize("code", ["DEADLINE_EXCEEDED", "RESOURCE_EXHAUSTED", "INTERNAL", "NOT_FOUND", "UNKNOWN"])
def test_whatever_else_is_raised(code: str, service: Service, retrying: Any) -> None:
    service.script = [grpc.StatusCode[code]]
    with grpc.insecure_channel(service.address) as channel, pytest.raises(grpc.RpcError) as caught:
        retrying().retried(channel.unary_unary("/rates/Unary"))(b"eur", timeout=5)
    assert caught.value.code().name == code
    assert service.calls == 1


def test_the_last_error_is_raised(service: Service, retrying: Any) -> None:
    service.script = [grpc.StatusCode.UNAVAILABLE] * 3
    with grpc.insecure_channel(service.address) as channel, pytest.raises(grpc.RpcError, match="as told"):
        retrying().retried(channel.unary_unary("/rates/Unary"))(b"eur", timeout=5)
    assert service.calls == 3


def test_a_stream_of_requests_is_sent_once(service: Service, retrying: Any) -> None:
    service.script = [grpc.StatusCode.UNAVAILABLE]
    with grpc.insecure_channel(service.address) as channel, pytest.raises(grpc.RpcError, match="as told"):
        retrying().retried(channel.stream_unary("/rates/Collect"))(iter([b"eur"]), timeout=5)
    assert service.calls == 1


def test_asynchronous_calls(service: Service, retrying: Any, clock: Clock) -> None:
    service.script = [grpc.StatusCode.UNAVAILABLE]

    async def main() -> Any:
        async with grpc.aio.insecure_channel(service.address) as channel:
            return await retrying().retried(channel.unary_unary("/rates/Unary"))(b"eur", timeout=5)

    assert asyncio.run(main()) == b"eur"
    assert service.calls == 2
    assert len(clock.waits) == 1
