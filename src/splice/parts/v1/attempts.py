"""A call is made 3 times at most (`_RETRY`), after waits that grow and vary, or as long as `Retry-After`
says. No attempt begins and no wait ends later than 10 seconds after the first attempt began; a further
attempt gets no longer `timeout` than what is left of them, and the one you wrote is never cut. An attempt
may outlast that: timeouts count the silence between two bytes, not the whole answer. Each place in the
code has a budget for repetitions: a tenth of its calls, and ten to start with, so that an outage is not
multiplied. When it is spent calls are made once. Attempts are events `retry.attempt` of the current span.
"""

from __future__ import annotations

import random
import threading
from collections.abc import Callable
from importlib.metadata import version
from time import monotonic
from typing import Any

from opentelemetry import trace

from splice.parts.v1.outcomes import _retry_after, _shortened, _worth
from splice.parts.v1.switch import _log, _safely
from splice.parts.v1.telemetry import _tracer

_RETRY: dict[str, float] = {"attempts": 3, "total": 10.0, "budget": 0.1, "burst": 10}

# In seconds: the first wait, twice as long for each further one, and what chance adds.
_WAIT = 0.1
_JITTER = 1.0

_stamina: Any = None
try:
    import stamina

    if [int(number) for number in version("stamina").split(".")[:2]] < [25, 2]:
        raise ImportError("older ones cannot wait as long as a server asks for")
    _stamina = stamina
except Exception:  # pragma: no cover
    _log.info("scaffold: no usable stamina, calls are made once", exc_info=True)


class _Budget:
    """Tokens of one place: calls earn them, repetitions spend them."""

    def __init__(self) -> None:
        self.tokens = float(_RETRY["burst"])
        self.lock = threading.Lock()

    def earn(self) -> None:
        with self.lock:
            self.tokens = min(_RETRY["burst"], self.tokens + _RETRY["budget"])

    def spend(self) -> bool:
        """Take a token for one repetition, if there is one."""
        with self.lock:
            if self.tokens < 1:
                return False
            self.tokens -= 1
            return True


class _AgainError(Exception):
    """Tells stamina of an outcome; the text is all that its logs get to see."""


class _Attempts:
    """One call: how often it was made, and what came of it the last time."""

    count = 0
    error: Exception | None = None
    response: Any = None
    manager: Any = None  # that was entered for the response
    reason = ""  # for another attempt
    wait: float | None = None  # that the server has asked for

    def __init__(
        self, callee: Callable[..., Any], budget: _Budget, args: Any, kwargs: Any
    ) -> None:
        self.callee = callee
        self.budget = budget
        self.args = args
        self.kwargs = kwargs
        self.until = monotonic() + _RETRY["total"]
        budget.earn()

    def turns(self) -> Any:
        """What to loop over, with `async` or without, after the first attempt."""
        return _stamina.retry_context(
            on=self.again,
            attempts=int(_RETRY["attempts"]),
            timeout=_RETRY["total"],
            wait_initial=_WAIT,
            wait_max=_RETRY["total"],
            wait_jitter=_JITTER,
        )

    def begin(self) -> None:
        """Count an attempt, and forget the one before."""
        self.count += 1
        self.error = self.response = self.manager = None
        if self.count > 1 and "timeout" in self.kwargs:
            left = self.until - monotonic()
            timeout = _safely(_shortened, self.kwargs["timeout"], left)
            self.kwargs = {**self.kwargs, "timeout": timeout}

    def is_late(self) -> bool:
        """Whether there is no time for a further attempt, whatever was planned."""
        return monotonic() >= self.until

    def judge(self) -> None:
        """Look for a reason to make another attempt."""
        outcome = self.response if self.error is None else self.error
        self.reason, headers = _safely(_worth, outcome) or ("", None)
        self.wait = None if headers is None else _safely(_retry_after, headers)
        if not self.reason and self.count > 1:
            _safely(self.tell)

    def again(self, exc: BaseException) -> bool | float:
        """Whether there is to be another attempt; a number: in how many seconds."""
        if not isinstance(exc, _AgainError):
            return False
        longest = _WAIT * 2 ** (self.count - 1) + _JITTER
        if self.wait is not None:
            self.wait = longest = self.wait + random.uniform(0, _JITTER)
        stopped = ""
        if self.count >= _RETRY["attempts"]:
            stopped = "attempts"
        elif monotonic() + longest >= self.until:
            stopped = "time"
        elif not self.budget.spend():
            stopped = "budget"
        _safely(self.tell, stopped)
        return not stopped and (True if self.wait is None else self.wait)

    def tell(self, stopped: str = "") -> None:
        """Put an event for the last attempt onto the current span."""
        if _tracer is not None:
            attributes: dict[str, Any] = {}
            if self.count > 1:
                attributes["http.request.resend_count"] = self.count - 1
            if self.reason:
                attributes["error.type"] = self.reason
            if stopped:
                attributes["retry.stopped"] = stopped
            trace.get_current_span().add_event("retry.attempt", attributes)

    def result(self) -> Any:
        """The last response; or raise the last error, as if there had been no other."""
        error, self.error = self.error, None
        if error is None:
            return self.response
        context = error.__context__
        try:
            raise error
        finally:
            error.__context__ = context
            # Its traceback holds this frame: this frame is not to hold it.
            del error, self
