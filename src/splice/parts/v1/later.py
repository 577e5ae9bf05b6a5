"""An asynchronous call, repeated when it is awaited or entered."""

from __future__ import annotations

import types
from collections.abc import Coroutine
from typing import Any

from splice.parts.v1.attempts import _AgainError, _Attempts
from splice.parts.v1.switch import _warn


def _later(call: _Attempts, first: Any) -> Any:
    """What stands for `first`, which the call has given: an attempt that has begun."""
    call.count, call.response = 0, None
    if type(first) is types.CoroutineType:
        return _steps(call, first)
    return _Later(call, first)


class _Later(Coroutine[Any, Any, Any]):
    """Awaitable, and an asynchronous context manager: as aiohttp's own."""

    def __init__(self, call: _Attempts, first: Any) -> None:
        self.call = call
        self.first = first
        self.steps: Any = None

    def begun(self) -> Any:
        if self.steps is None:
            self.steps = _steps(self.call, self.first)
        return self.steps

    def send(self, value: Any) -> Any:
        return self.begun().send(value)

    def throw(self, *args: Any) -> Any:
        return (self.steps or self.first).throw(*args)

    def close(self) -> None:
        (self.steps or self.first).close()

    def __await__(self) -> Any:
        return self.begun().__await__()

    async def __aenter__(self) -> Any:
        return await _steps(self.call, self.first, entered=True)

    async def __aexit__(self, *exc_info: Any) -> Any:
        return await self.call.manager.__aexit__(*exc_info)


async def _steps(
    call: _Attempts, first: Any = None, entered: bool = False
) -> Any:
    """Await or enter `first` and what further attempts give: the last response."""
    await _make_later(call, first, entered)
    call.judge()
    if call.reason:
        await _repeat_later(call, entered)
    return call.result()


async def _repeat_later(call: _Attempts, entered: bool) -> None:
    is_first = True
    try:
        async for attempt in call.turns():
            with attempt:
                if not is_first:
                    if call.is_late():
                        break
                    await _close_later(call)
                    await _make_later(call, None, entered)
                    call.judge()
                is_first = False
                if call.reason:
                    raise _AgainError(call.reason)
    except _AgainError:
        pass
    except BaseException:
        await _close_later(call)
        raise


async def _make_later(
    call: _Attempts, made: Any, entered: bool
) -> None:
    call.begin()
    try:
        if made is None:
            made = call.callee(*call.args, **call.kwargs)
        if entered:
            call.response = await made.__aenter__()
            call.manager = made
        else:
            call.response = await made
    except Exception as exc:
        call.error = exc


async def _close_later(call: _Attempts) -> None:
    """Close a response that nobody gets to see."""
    try:
        if call.manager is not None:
            await call.manager.__aexit__(None, None, None)
        elif hasattr(call.response, "aclose"):  # httpx
            await call.response.aclose()
        elif hasattr(call.response, "release"):  # aiohttp
            call.response.release()
    except Exception:
        _warn(_close_later)
