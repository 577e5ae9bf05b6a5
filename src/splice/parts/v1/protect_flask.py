"""Flask: a function that runs before each request, ahead of the service's own."""

from __future__ import annotations

import collections.abc
import importlib
from typing import Any

from splice.parts.v1.frameworks import _Flask
from splice.parts.v1.guards import (
    _ENFORCING,
    _GUARD_OPTIONS,
    _count,
    _listed,
    _operation,
    _report,
)
from splice.parts.v1.routes import _flask_route
from splice.parts.v1.unguarded import (
    _announce,
    _is_open,
    _mark_of,
    _member_mark,
    _member_name,
    _Protected,
)


def _protect_flask(app: Any) -> None:
    announced: list[bool] = []

    def before() -> Any:
        request: Any = importlib.import_module("flask").request
        request = request._get_current_object()
        try:
            seen = _Flask(request, True)
            if not announced:
                announced.append(True)
                _announce(_flask_unguarded(app))
            word, mark = _flask_word(app, request, seen)
        except Exception as exc:
            _report("a request", exc)
            word, mark = "error", None
        if mark is not None:
            return mark.ask()
        return seen.refuse(word) if word and _ENFORCING else None

    app.before_request_funcs.setdefault(None, []).insert(0, before)
    app.__guarded__ = _Protected()


def _flask_word(
    app: Any, request: Any, seen: _Flask
) -> tuple[str, Any]:
    """A refusal, or the guard to ask for an OPTIONS that Flask answers by itself."""
    rule = request.url_rule
    if rule is None:
        return "", None  # 404, 405 or a redirect
    view = app.view_functions.get(rule.endpoint)
    mark = _flask_mark(view, request.method)
    if request.method == "OPTIONS":
        if not _listed(_GUARD_OPTIONS, seen.operation):
            return "", None
        if getattr(rule, "provide_automatic_options", False):
            methods = sorted(rule.methods - {"HEAD", "OPTIONS"})
            marks = [_flask_mark(view, one) for one in methods]
            mark = next((one for one in marks if one is not None), None)
            if mark not in (None, True):
                return "", mark
    name = _member_name(view, getattr(view, "view_class", None), request.method)
    if mark is not None or _is_open(seen.operation, name):
        return "", None
    _count(seen.operation, "unguarded")
    return "unguarded", None


def _flask_mark(view: Any, method: str) -> Any:
    cls = getattr(view, "view_class", None)
    mark = _mark_of(view)
    if mark is None and cls is not None:
        return _member_mark(cls, method, None, "dispatch_request")
    return mark


def _flask_unguarded(
    app: Any,
) -> collections.abc.Iterator[tuple[str, str]]:
    """Operations without a guard, and the dotted names behind them."""
    for rule in app.url_map.iter_rules():
        view = app.view_functions.get(rule.endpoint)
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}:
            if _flask_mark(view, method) is None:
                name = _member_name(view, getattr(view, "view_class", None), method)
                yield _operation(method, _flask_route(rule.rule)), name
