"""Where the framework or an instrumentor has opened a server span for the request, `observed` writes
onto that one. Otherwise it opens a span of its own, and continues the caller's trace if it can see
the request's headers.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from contextvars import ContextVar
from time import perf_counter
from typing import Any

from opentelemetry import context, propagate, trace

from splice.parts.v1.errors import (
    _PLAIN,
    _RECORD_MESSAGES,
    _framework,
    _raised,
    _returned,
)
from splice.parts.v1.switch import _safely, _warn
from splice.parts.v1.telemetry import (
    _CODEGEN_ID,
    _SPAN,
    _histogram,
    _idle,
    _live,
    _tracer,
)

_MODE = "enrich"  # "child": a span of our own even below a server span

_ASGI = {"fastapi", "starlette"}
_DJANGO = {"django", "rest_framework"}

# Operations that answer requests although no path is in their name: they have several.
_HANDLERS: dict[str, str] = {}

# Operations that another decorator traces: they get no second span.
_TRACED: dict[str, str] = {}

# The server span that has our attributes already: a second operation gets a child.
_enriched: ContextVar[Any] = ContextVar("_enriched", default=None)


class _Operation:
    """What is known before any call. A name is `GET /path` or `module.function`."""

    def __init__(self, name: str, function: Callable[..., Any], code: str = "") -> None:
        method, _, path = name.partition(" ")
        kind = "websocket" if method == "WEBSOCKET" else "handler" if path else ""
        kind = kind or _HANDLERS.get(name, "")
        self.name = name
        self.function = function
        self.is_request = bool(kind)
        self.is_traced = name in _TRACED
        self.histogram = None if kind == "websocket" else _histogram
        self.labels = {"operation": name}
        self.kind = trace.SpanKind.INTERNAL
        code = code or f"{function.__module__}.{function.__qualname__}"
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
    """One running call: its clock and its span."""

    __slots__ = ("context", "error", "operation", "owned", "span", "started", "token")

    def open(self, operation: _Operation, args: Any, kwargs: Any) -> None:
        """Start the clock, and a span that is current from now on."""
        self.operation: _Operation | None = operation  # None: it has ended
        self.span: Any = None  # recording, or None
        self.owned = False  # whether the span is ours to end
        self.context: Any = None  # what is current while the function runs
        self.token: Any = None  # of `context`, while it is current
        self.error = ""
        if operation.histogram is not None:
            self.started = perf_counter()
        if _tracer is None or (not _live and _idle()):
            return
        try:
            around = context.get_current()
            current: Any = around.get(_SPAN)
            below = current is not None and current.is_recording()
            if below and operation.is_request and _is_to_enrich(current):
                self.span = current
                _enriched.set(current)
                current.set_attributes(operation.enrichment)
                _name_route(current, operation)
                return
            if operation.is_traced:
                return
            kind, attributes = operation.kind, operation.attributes
            if not below:
                if current is not None:
                    outer = current.get_span_context()
                    if outer.is_valid and not outer.is_remote:
                        return  # the trace is sampled out, and stays so
                headers, seen = _request(args, kwargs)
                if headers is not None and not _has_span(around):
                    around = propagate.extract(headers, around)
                    if _has_span(around):
                        kind = trace.SpanKind.SERVER
                if operation.is_request:
                    kind = trace.SpanKind.SERVER
                    attributes = {**attributes, **seen}
            span = _tracer.start_span(operation.name, around, kind, attributes)
            if span.is_recording():
                self.span, self.owned = span, True
            elif below or span is trace.INVALID_SPAN:
                return
            # A root that is sampled out is current as well: what is below stays out.
            self.context = inside = context.Context({**around, _SPAN: span})
            self.token = context.attach(inside)
        except Exception:
            _warn(self.open)

    def attach(self) -> None:
        """Make the span current again."""
        if self.context is not None and self.token is None:
            try:
                self.token = context.attach(self.context)
            except Exception:
                _warn(self.attach)

    def detach(self, exc: BaseException | None = None) -> None:
        """Undo `attach`, but not in a foreign context in which a loop closes us."""
        token, self.token = self.token, None
        if token is not None:
            try:
                closed = isinstance(exc, GeneratorExit)
                if not closed or context.get_current() is self.context:
                    context.detach(token)
            except Exception:
                _warn(self.detach)

    def first_byte(self) -> None:
        """Mark the moment at which a stream begins."""
        if self.span is not None and self.span.is_recording():
            self.span.add_event("first_byte")

    def check(self, operation: _Operation, result: Any, kwargs: Any) -> None:
        """Look for a status of 500 and above in what the function returned."""
        self.error = _returned(result, operation.function)
        if operation.is_request and not self.error:  # FastAPI's `response: Response`
            values = [value for value in kwargs.values() if _framework(value)]
            errors = [_returned(value, operation.function) for value in values]
            self.error = max(errors, default="")

    def end(self, exc: BaseException | None = None) -> None:
        """Stop the clock, once, and end the span if it is ours."""
        if self.token is not None:
            self.detach(exc)
        operation, self.operation = self.operation, None
        if operation is None:
            return
        if exc is not None:
            self.error = _safely(_raised, exc) or self.error
        if operation.histogram is not None:
            seconds = perf_counter() - self.started
            labels = operation.labels
            if self.error:
                labels = {**labels, "error.type": self.error}
            _safely(operation.histogram.record, seconds, labels)
        if self.error and self.span is not None:
            _safely(self._mark, exc)
        if self.owned:
            try:
                self.span.end()
            except Exception:
                _warn(self.span.end)

    def _mark(self, exc: BaseException | None) -> None:
        """Say on the span what went wrong. Its status is for its owner to set."""
        if not self.span.is_recording():
            return
        self.span.set_attribute("error.type", self.error)
        if self.owned:
            shown = exc if _RECORD_MESSAGES else None
            self.span.set_status(trace.StatusCode.ERROR, str(shown) if shown else None)
            if shown:
                self.span.record_exception(shown)


def _has_span(around: Any) -> Any:
    return trace.get_current_span(around).get_span_context().is_valid


def _name_route(span: Any, operation: _Operation) -> None:
    """Put right what older instrumentors do below a mount or an included router: they
    name the span after the mount, or after the request's own path."""
    scope = getattr(span, "instrumentation_scope", None)
    if getattr(scope, "name", "").endswith(".django"):
        return  # it knows the route; its form is another
    route = operation.attributes.get("http.route")
    seen = (getattr(span, "attributes", None) or {}).get("http.route")
    if route and seen and seen != route and not {"{", "<"} & set(seen):
        method, blank, _ = span.name.partition(" ")
        span.update_name(f"{method} {route}" if blank else operation.name)
        span.set_attribute("http.route", route)


def _is_to_enrich(span: Any) -> bool:
    """Whether this is the request's span (or FastAPI's around us), still free."""
    if _MODE != "enrich" or _enriched.get() is span:
        return False
    scope = getattr(span, "instrumentation_scope", None)
    if getattr(scope, "name", "") == "splice":
        return False  # ours, of the handler that has called this one
    is_server = getattr(span, "kind", None) is trace.SpanKind.SERVER
    return is_server or getattr(span, "name", "") == "fastapi.endpoint"


def _request(args: Any, kwargs: Any) -> tuple[Any, dict[str, str]]:
    """Headers and attributes of the current request, where a decorator can see it."""
    for value in (*args, *kwargs.values()) if kwargs else args:
        if type(value) in _PLAIN:
            continue
        framework = _framework(value)
        if framework in _DJANGO and isinstance(getattr(value, "META", None), dict):
            return value.headers, _seen(value.method, value.resolver_match, "route")
        if framework in _ASGI:  # a Request or a WebSocket
            scope = getattr(value, "scope", None)
            headers = getattr(value, "headers", None)
            if isinstance(scope, dict) and headers is not None:
                return headers, _seen(scope.get("method"), scope.get("route"), "path")
    flask = sys.modules.get("flask")
    if flask is not None and flask.has_request_context():
        request = flask.request
        return request.headers, _seen(request.method, request.url_rule, "rule")
    return None, {}


def _seen(method: Any, route: Any, field: str) -> dict[str, str]:
    found = {"http.request.method": method, "http.route": getattr(route, field, None)}
    return {name: value for name, value in found.items() if value}
