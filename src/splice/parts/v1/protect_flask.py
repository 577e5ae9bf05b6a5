"""Flask: a function that runs before each request, ahead of the service's own. A guard that stands
where others may answer first (functions before the request, a cache around the view) is asked here.
"""

from __future__ import annotations

import collections.abc
import importlib
from typing import Any

from splice.parts.v1.decisions import _inside
from splice.parts.v1.frameworks import _Flask
from splice.parts.v1.guards import (
    _ENFORCING,
    _GUARD_OPTIONS,
    _count,
    _listed,
    _operation,
    _report,
)
from splice.parts.v1.options import _answers_options
from splice.parts.v1.routes import _dotted, _flask_route
from splice.parts.v1.unguarded import (
    _announce,
    _is_open,
    _mark_of,
    _member_mark,
    _member_name,
    _Protected,
    _runs_first,
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
            return _flask_refusal(mark.judge(seen), seen)
        return seen.refuse(word) if word and _ENFORCING else None

    app.before_request_funcs.setdefault(None, []).insert(0, before)
    app.preprocess_request = _flask_before(app, app.preprocess_request)
    app.dispatch_request = _flask_dispatch(app, app.dispatch_request)
    app.__guarded__ = _Protected()


def _flask_refusal(decision: Any, seen: _Flask) -> Any:
    return decision.refuse(seen) if decision.refuses else None


def _flask_before(app: Any, inner: Any) -> Any:
    """What runs before the request and answers is no way around the view's guard."""

    def preprocess_request(*args: Any) -> Any:
        answer = inner(*args)
        if answer is None:
            return answer
        seen, mark, _, cls = _flask_guard(app)
        if seen.method == "OPTIONS" or (seen.operation and mark is None):
            return answer
        answer = app.make_response(answer)
        if answer.status_code >= 300:  # it refuses, or sends elsewhere
            return answer
        if mark is None:  # where no route is
            path, name = f"{seen.method} {seen.value.path}", _dotted(inner)
            if _is_open(path, name):
                return answer
            _count(name, "unguarded")
            return seen.refuse("unguarded") if _ENFORCING else answer
        decision = mark.judge(seen, (), seen.value.view_args, cls)
        return _flask_refusal(decision, seen) or answer

    return preprocess_request


def _flask_dispatch(app: Any, inner: Any) -> Any:
    """A guard with something around it is asked before that, too."""

    def dispatch_request(*args: Any) -> Any:
        seen, mark, view, cls = _flask_guard(app)
        if mark is None or _runs_first(view, cls, "dispatch_request", mark):
            return inner(*args)
        decision = mark.judge(seen, (), seen.value.view_args, cls)
        refusal = _flask_refusal(decision, seen)
        if refusal is not None:
            return refusal
        with _inside(seen, decision):
            return inner(*args)

    return dispatch_request


def _flask_guard(app: Any) -> tuple[_Flask, Any, Any, Any]:
    """The request; the guard of its view (none for OPTIONS); the view and its class."""
    request: Any = importlib.import_module("flask").request
    request = request._get_current_object()
    view = app.view_functions.get(request.endpoint)
    mark = None if request.method == "OPTIONS" else _flask_mark(view, request.method)
    mark = None if mark is True else mark
    return _Flask(request, True), mark, view, getattr(view, "view_class", None)


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
        automatic = getattr(rule, "provide_automatic_options", False)
        if not _listed(_GUARD_OPTIONS, seen.operation):
            if automatic or mark is not None or _is_for_options(rule, view):
                return "", None
        elif automatic:
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


def _is_for_options(rule: Any, view: Any) -> bool:
    """Whether a view without a guard tells OPTIONS from other methods."""
    cls = getattr(view, "view_class", None)
    view = view if cls is None else cls.dispatch_request
    return (rule.methods or set()) == {"OPTIONS"} or _answers_options(view)


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
