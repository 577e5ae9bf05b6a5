"""Streams: the clock runs, and the span stays open, until the last item has left."""

from __future__ import annotations

import functools
import types
import weakref
from collections.abc import AsyncGenerator, Callable, Coroutine, Generator
from typing import Any

from splice.parts.v1.calls import _Call
from splice.parts.v1.errors import _framework
from splice.parts.v1.switch import _warn


def _generator(begin: Callable[..., Any], stream: bool = False) -> Callable[..., Any]:
    """A generator function around `begin() -> (generator, call)`.

    The span is current during each step only: between two steps it is the consumer's turn.
    """

    def steps(*args: Any, **kwargs: Any) -> Generator[Any, Any, Any]:
        inner, call = begin(*args, **kwargs)
        step = inner.__next__
        first = stream or call.operation.is_request
        try:
            try:
                if stream:
                    yield  # run up to here at once, so that close() finds us started
                while True:
                    call.attach()
                    try:
                        item = step()
                    except StopIteration as stop:
                        return stop.value
                    finally:
                        call.detach()
                    if first:
                        call.first_byte()
                        first = False
                    try:
                        sent = yield item
                    except GeneratorExit:
                        raise
                    except BaseException as exc:
                        step = functools.partial(inner.throw, exc)
                    else:
                        step = inner.__next__
                        if sent is not None:
                            step = functools.partial(inner.send, sent)
            except GeneratorExit:
                call.attach()
                try:
                    inner.close()
                finally:
                    call.detach()
                raise
        except BaseException as exc:
            call.end(exc)
            raise
        finally:
            call.end()

    return steps


def _async_generator(begin: Callable[..., Any], stream: bool = False) -> Callable[..., Any]:
    """The same for an async generator, or any other async iterator."""

    async def steps(*args: Any, **kwargs: Any) -> AsyncGenerator[Any, Any]:
        inner, call = begin(*args, **kwargs)
        step = inner.__anext__
        first = stream or call.operation.is_request
        try:
            try:
                while True:
                    call.attach()
                    try:
                        item = await step()
                    except StopAsyncIteration:
                        call.detach()
                        return
                    except BaseException as exc:
                        call.detach(exc)
                        raise
                    call.detach()
                    if first:
                        call.first_byte()
                        first = False
                    try:
                        sent = yield item
                    except GeneratorExit:
                        raise
                    except BaseException as exc:
                        if not hasattr(inner, "athrow"):
                            raise
                        step = functools.partial(inner.athrow, exc)
                    else:
                        step = inner.__anext__
                        if sent is not None:
                            step = functools.partial(inner.asend, sent)
            except GeneratorExit as exc:
                call.attach()
                try:
                    if hasattr(inner, "aclose"):
                        await inner.aclose()
                finally:
                    call.detach(exc)
                raise
        except BaseException as exc:
            call.end(exc)
            raise
        finally:
            call.end()

    return steps


async def _awaited(awaitable: Coroutine[Any, Any, Any], call: _Call, kwargs: Any) -> Any:
    """Await what a function gave us, as a part of its call."""
    call.attach()
    try:
        result = await awaitable
    except BaseException as exc:
        call.detach(exc)
        call.end(exc)
        raise
    call.detach()
    return _returned(result, call, kwargs)


def _returned(result: Any, call: _Call, kwargs: Any) -> Any:
    """End the call; or hand its end over to the stream (or coroutine) that it returned."""
    operation = call.operation
    if operation is None:
        return result
    if type(result) is types.CoroutineType:
        return _awaited(result, call, kwargs)
    call.check(result, kwargs)
    try:
        body = result[0] if type(result) is tuple and result else result
        if type(body) is types.GeneratorType:
            if operation.is_request:  # Flask takes it as the body
                stream = _sync_stream(call, body)
                return stream if body is result else (stream, *result[1:])
        elif _framework(type(body)):
            if hasattr(body, "body_iterator"):
                body.body_iterator = _async_stream(call, body.body_iterator)
                return result
            if type(getattr(body, "response", None)) is types.GeneratorType:
                body.response = _sync_stream(call, body.response)
                return result
    except Exception:
        _warn("following a stream")
    call.end()
    return result


def _sync_stream(call: _Call, inner: Any) -> Any:
    stream = _generator(lambda: (inner, call), stream=True)()
    next(stream)
    return stream


def _async_stream(call: _Call, inner: Any) -> Any:
    iterator = inner.__aiter__()
    stream = _async_generator(lambda: (iterator, call), stream=True)()
    # A response that nobody iterates never starts the generator: end with it all the same.
    weakref.finalize(stream, call.end).atexit = False
    return stream
