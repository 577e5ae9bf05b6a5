"""Spans: where an instrumentor or the framework has already opened the server span of a request,
`observed` writes its attributes onto that one; otherwise it opens a span of its own and continues
the caller's trace if it can see the request's headers.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from contextvars import ContextVar
from time import perf_counter
from typing import Any

from splice.parts.v1.errors import (
    _RECORD_MESSAGES,
    _error_in,
    _error_of,
    _framework,
)
from splice.parts.v1.switch import _warn
from splice.parts.v1.telemetry import (
    _CODEGEN_ID,
    _has_sdk,
    _histogram,
    _tracer,
    context,
    propagate,
    trace,
)

_MODE = "enrich"  # "child": a span of our own even below a server span

# The server span that carries attributes of ours: a second operation in it gets a child.
_enriched: ContextVar[Any] = ContextVar("_enriched", default=None)


class _Operation:
    """What is known before the first call: the grammar is `GET /path` or `module.function`."""

    def __init__(self, name: str, function: Callable[..., Any]) -> None:
        method, _, path = name.partition(" ")
        self.name = name
        self.function = function
        self.is_request = bool(path)
        self.histogram = None if method == "WEBSOCKET" else _histogram
        self.labels = {"operation": name}
        code = f"{function.__module__}.{function.__qualname__}"
        self.attributes = {"code.function.name": code}
        self.enrichment = {
            "code.function.name": code,
            "app.operation": name,
            "codegen.id": _CODEGEN_ID,
        }
        if path:
            self.attributes["http.route"] = path
            if method.isalpha() and method != "WEBSOCKET":
                self.attributes["http.request.method"] = method


class _Call:
    """One running call: its clock and its span. No method of it raises."""

    __slots__ = ("context", "error", "operation", "owned", "span", "started", "token")

    def __init__(self, operation: _Operation, args: Any, kwargs: Any) -> None:
        self.operation: _Operation | None = operation  # None: ended
        self.span: Any = None  # recording, or None
        self.owned = False  # the span is ours to end
        self.context: Any = None  # what to make current while the function runs
        self.token: Any = None
        self.error = ""
        try:
            if _tracer is not None and _has_sdk():
                self._open(operation, args, kwargs)
        except Exception:
            _warn("starting a span")
        self.started = perf_counter()

    def _open(self, operation: _Operation, args: Any, kwargs: Any) -> None:
        current = trace.get_current_span()
        around = current.get_span_context()
        local = around.is_valid and not around.is_remote
        if _MODE == "enrich" and operation.is_request and local:
            if not current.is_recording():
                return  # sampled out: there is nothing to add to
            if _serves(current) and _enriched.get() is not current:
                _enriched.set(current)
                self.span = current
                current.set_attributes(operation.enrichment)
                return
        parent = None
        kind = trace.SpanKind.INTERNAL
        attributes = operation.attributes
        if not local:
            request = _current_request(args, kwargs)
            if request is not None and not around.is_valid:
                parent = propagate.extract(request[0])
                if trace.get_current_span(parent).get_span_context().is_valid:
                    kind = trace.SpanKind.SERVER
            if operation.is_request:
                kind = trace.SpanKind.SERVER
                if request is not None:
                    attributes = {**attributes, **request[1]}
        span = _tracer.start_span(operation.name, parent, kind, attributes=attributes)
        self.owned = span.is_recording()
        self.span = span if self.owned else None
        # A root that is sampled out is made current too: what runs below must not start anew.
        if self.owned or not local and span.get_span_context().is_valid:
            self.context = trace.set_span_in_context(span, parent)

    def attach(self) -> None:
        """Make the span current."""
        if self.context is not None:
            try:
                self.token = context.attach(self.context)
            except Exception:
                _warn("making a span current")

    def detach(self, exc: BaseException | None = None) -> None:
        """Undo `attach`, unless the loop or the collector closes us in a foreign context."""
        token, self.token = self.token, None
        if token is not None:
            try:
                ours = context.get_current() is self.context
                if ours or not isinstance(exc, GeneratorExit):
                    context.detach(token)
            except Exception:
                _warn("restoring the current span")

    def first_byte(self) -> None:
        """Mark the moment at which a stream begins."""
        try:
            if self.span is not None and self.span.is_recording():
                self.span.add_event("first_byte")
        except Exception:
            _warn("adding an event")

    def check(self, result: Any, kwargs: Any) -> None:
        """Look for a status of 500 and above in what the function returned."""
        operation = self.operation
        try:
            if operation is not None:
                self.error = _error_in(result, operation.function)
                for value in kwargs.values() if operation.is_request else ():
                    if _framework(type(value)):  # FastAPI's `response: Response`
                        self.error = self.error or _error_in(value, operation.function)
        except Exception:
            _warn("reading a status")

    def end(self, exc: BaseException | None = None) -> None:
        """Stop the clock, once. A span that is not ours gets `error.type` and stays open."""
        seconds = perf_counter() - self.started
        operation, self.operation = self.operation, None
        if operation is None:
            return
        error = self.error
        try:
            if exc is not None:
                error = _error_of(exc) or error
            if operation.histogram is not None:
                labels = operation.labels
                if error:
                    labels = {**labels, "error.type": error}
                operation.histogram.record(seconds, labels)
        except Exception:
            _warn("recording a duration")
        try:
            if self.span is not None and error:
                self._fail(error, exc)
        except Exception:
            _warn("marking a span")
        try:
            if self.owned:
                self.span.end()
        except Exception:
            _warn("ending a span")

    def _fail(self, error: str, exc: BaseException | None) -> None:
        if not self.span.is_recording():
            return  # the server span ended before the stream did
        self.span.set_attribute("error.type", error)
        if self.owned:
            message = str(exc) if _RECORD_MESSAGES and exc is not None else None
            self.span.set_status(trace.StatusCode.ERROR, message)
            if message is not None:
                self.span.record_exception(exc)


def _serves(span: Any) -> bool:
    """Whether this span stands for the request: a server span, or FastAPI's own around us."""
    is_server = getattr(span, "kind", None) is trace.SpanKind.SERVER
    return is_server or getattr(span, "name", "") == "fastapi.endpoint"


def _current_request(args: Any, kwargs: Any) -> tuple[Any, dict[str, str]] | None:
    """Headers and attributes of the request being served, where a decorator can see it."""
    for value in (*args, *kwargs.values()):
        if _framework(type(value)) in ("fastapi", "starlette"):
            scope = getattr(value, "scope", None)
            headers = getattr(value, "headers", None)
            if isinstance(scope, dict) and headers is not None:
                route = getattr(scope.get("route"), "path", None)
                return headers, _request_attributes(scope.get("method"), route)
    flask = sys.modules.get("flask")
    if flask is not None and flask.has_request_context():
        route = getattr(flask.request.url_rule, "rule", None)
        return flask.request.headers, _request_attributes(flask.request.method, route)
    return None


def _request_attributes(method: Any, route: Any) -> dict[str, str]:
    found = {"http.request.method": method, "http.route": route}
    return {name: value for name, value in found.items() if value}
