"""Streams: the clock runs, and the span stays open, until the last item has left. The span is current
during each step only; between two steps it is the consumer's turn.
"""

from __future__ import annotations

import functools
import types
import weakref
from collections.abc import AsyncGenerator, Callable, Generator
from typing import Any

from splice.parts.v1.calls import _Call
from splice.parts.v1.errors import _PLAIN, _framework
from splice.parts.v1.switch import _safely


def _generator(begin: Any, stream: bool = False) -> Any:
    """A generator function around `begin() -> (generator, call)`."""

    def steps(*args: Any, **kwargs: Any) -> Generator[Any, Any, Any]:
        inner, call = begin(*args, **kwargs)
        step = inner.__next__
        first = call.span is not None and (stream or call.operation.is_request)
        try:
            if call.context is None and not (first or stream):
                return (yield from inner)  # there is nothing to do at a step
            if stream:
                yield  # `_followed` runs us up to here: close() finds us started
            while True:
                call.attach()
                try:
                    item = step()
                finally:
                    call.detach()
                if first:
                    first = False
                    _safely(call.first_byte)
                try:
                    sent = yield item
                except BaseException as exc:
                    step = functools.partial(inner.throw, exc)
                else:
                    step = inner.__next__
                    if sent is not None:
                        step = functools.partial(inner.send, sent)
        except StopIteration as stop:
            return stop.value
        except BaseException as exc:
            call.end(exc)
            raise
        finally:
            step = None  # it may hold the exception whose traceback holds this frame
            inner.close()
            call.end()

    return steps


def _async_generator(begin: Any, stream: bool = False) -> Any:
    """The same around an async generator, or (a stream) any other async iterator."""

    async def steps(*args: Any, **kwargs: Any) -> AsyncGenerator[Any, Any]:
        inner, call = begin(*args, **kwargs)
        step = inner.__anext__
        first = call.span is not None and (stream or call.operation.is_request)
        try:
            while True:
                call.attach()
                try:
                    item = await step()
                except BaseException as exc:
                    call.detach(exc)
                    raise
                call.detach()
                if first:
                    first = False
                    _safely(call.first_byte)
                try:
                    sent = yield item
                except BaseException as exc:
                    if not hasattr(inner, "athrow"):
                        raise
                    step = functools.partial(inner.athrow, exc)
                else:
                    step = inner.__anext__
                    if sent is not None:
                        step = functools.partial(inner.asend, sent)
        except StopAsyncIteration:
            return
        except BaseException as exc:
            call.end(exc)
            raise
        finally:
            step = None
            call.end()

    return steps


async def _awaited(awaitable: Any, call: _Call, kwargs: Any) -> Any:
    """Await what a function gave us, as a part of its call."""
    call.attach()
    try:
        result = await awaitable
    except BaseException as exc:
        call.end(exc)
        raise
    return _finished(result, call, kwargs)


def _finished(result: Any, call: _Call, kwargs: Any) -> Any:
    """End the call, or leave that to the stream or coroutine which it has returned."""
    plain = type(result) in _PLAIN
    if plain and not kwargs:
        call.end()
        return result
    call.detach()
    if type(result) is types.CoroutineType:
        return _awaited(result, call, kwargs)
    if kwargs or not plain:
        _safely(call.check, call.operation, result, kwargs)
    followed = None if plain else _safely(_follow, result, call)
    if followed is not None:
        return followed
    call.end()
    return result


def _follow(result: Any, call: _Call) -> Any:
    """The result with its stream made to end the call; None if it is not streamed."""
    body = result[0] if type(result) is tuple and result else result
    operation = call.operation
    if type(body) is types.GeneratorType:
        if operation is not None and operation.is_request:  # Flask streams it
            stream = _followed(body, call)
            return stream if body is result else (stream, *result[1:])
    elif _framework(body):
        if hasattr(body, "body_iterator"):  # Starlette
            iterator = body.body_iterator.__aiter__()
            begin = _async_generator(lambda: (iterator, call), stream=True)
            body.body_iterator = begin()
            # One that nobody iterates never starts, and never ends by itself.
            weakref.finalize(body.body_iterator, call.end).atexit = False
            return result
        if getattr(body, "streaming", False) is True:  # Django
            return _follow_django(result, call)
        if type(getattr(body, "response", None)) is types.GeneratorType:  # Flask
            body.response = _followed(body.response, call)
            return result
    return None


def _follow_django(response: Any, call: _Call) -> Any:
    """A StreamingHttpResponse; one that sends a file is the server's to send."""
    if getattr(response, "file_to_stream", None) is not None:
        return None
    content = response.streaming_content
    if hasattr(content, "__aiter__"):
        stream = _async_generator(lambda: (content.__aiter__(), call), stream=True)()
        weakref.finalize(stream, call.end).atexit = False
    else:
        stream = _followed((item for item in content), call)
    response.streaming_content = stream
    return response


def _followed(inner: Any, call: _Call) -> Any:
    stream = _generator(lambda: (inner, call), stream=True)()
    next(stream)
    return stream
