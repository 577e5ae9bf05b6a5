"""Django: each entry of `urlpatterns` gives views that are looked at before they run. The patterns
themselves stay as they are, so that `reverse` finds them.
"""

from __future__ import annotations

import collections.abc
import functools
import inspect
from typing import Any

from splice.parts.v1.callers import _is_async
from splice.parts.v1.decisions import _inside
from splice.parts.v1.frameworks import _Django
from splice.parts.v1.guards import (
    _ENFORCING,
    _GUARD_OPTIONS,
    _count,
    _listed,
    _report,
)
from splice.parts.v1.options import _answers_options
from splice.parts.v1.routes import _django_route, _joined
from splice.parts.v1.unguarded import (
    _announce,
    _is_open,
    _mark_of,
    _member_mark,
    _member_name,
    _Protected,
    _runs_first,
)

# What a class may answer. `http_method_names` may differ by registration: all count.
_VERBS = ("get", "post", "put", "patch", "delete", "trace")


def _protect_django(urlpatterns: Any) -> None:
    @functools.lru_cache(maxsize=1)
    def announce() -> None:
        _announce(_django_unguarded(urlpatterns))

    for entry in urlpatterns:
        if not hasattr(entry.resolve, "__guarded__"):
            entry.resolve = _resolving(entry, announce)


def _resolving(entry: Any, announce: Any) -> Any:
    inner = entry.resolve

    def resolve(path: str) -> Any:
        match = inner(path)
        if match is not None and not isinstance(match.func, _DjangoView):
            route = match.route
            if hasattr(entry, "url_patterns"):
                route = _joined(_prefix_of(entry), route)
            match.func = _DjangoView(match.func, _django_route(route), announce)
        return match

    resolve.__guarded__ = _Protected()  # type: ignore[attr-defined]
    return resolve


def _prefix_of(entry: Any) -> str:
    """The route of one entry; below `i18n_patterns` it has a language, whichever."""
    if hasattr(entry.pattern, "prefix_default_language"):
        return "<language>/"
    return str(entry.pattern)


class _DjangoView:
    """A view that is looked at first. It is equal to the view itself."""

    def __init__(self, view: Any, route: str, announce: Any) -> None:
        functools.update_wrapper(self, view)
        self.__wrapped__ = view
        self.guard_route = route
        self._announce = announce
        self._asynchronous = _is_async(view)
        if self._asynchronous:
            _mark_async(self)

    def __eq__(self, other: Any) -> bool:
        # What decorators have wrapped has a `__wrapped__`, too: that is not its.
        same = other.__wrapped__ if isinstance(other, _DjangoView) else other
        return bool(self.__wrapped__ == same)

    def __hash__(self) -> int:
        return hash(self.__wrapped__)

    def __call__(self, request: Any, *args: Any, **kwargs: Any) -> Any:
        seen = _Django(request, True)
        try:
            self._announce()
            word = _django_word(self.__wrapped__, seen)
        except Exception as exc:
            _report("a request", exc)
            word = "error"
        if word and _ENFORCING:
            refuse = self._refused if self._asynchronous else _Django.refuse
            return refuse(seen, word)
        mark = None if word else _django_asked(self.__wrapped__, seen)
        if mark is None:
            return self.__wrapped__(request, *args, **kwargs)
        ask = self._asked_on_loop if self._asynchronous else self._asked
        return ask(mark, seen, (request, *args), kwargs)

    async def _refused(self, seen: _Django, word: str) -> Any:
        return seen.refuse(word)

    def _asked(self, mark: Any, seen: _Django, args: Any, kwargs: Any) -> Any:
        """Ask a guard before what stands around it."""
        cls, _ = _django_class(self.__wrapped__)
        decision = mark.judge(seen, args, kwargs, cls)
        if decision.refuses:
            return decision.refuse(seen)
        with _inside(seen, decision):
            return self.__wrapped__(*args, **kwargs)

    async def _asked_on_loop(
        self, mark: Any, seen: _Django, args: Any, kwargs: Any
    ) -> Any:
        cls, _ = _django_class(self.__wrapped__)
        decision = await mark.judge_on_loop(seen, args, kwargs, cls)
        if decision.refuses:
            return decision.refuse(seen)
        with _inside(seen, decision):
            return await self.__wrapped__(*args, **kwargs)


def _mark_async(view: Any) -> None:
    """Tell Django that a call gives an awaitable."""
    import asgiref.sync

    mark = getattr(asgiref.sync, "markcoroutinefunction", None)
    if mark is not None:
        mark(view)


def _django_word(view: Any, seen: _Django) -> str:
    """A refusal, or "". OPTIONS passes to what a class makes of it."""
    cls, actions = _django_class(view)
    name = _member_name(view, cls, seen.method, actions)
    operation = seen.operation or name
    passes = seen.method == "OPTIONS" and not _listed(_GUARD_OPTIONS, operation, name)
    if passes and cls is not None and _answers_options(cls.dispatch):
        return ""
    if _django_mark(view, seen.method) is not None:
        return ""
    if _is_open(operation, name, view):
        return ""
    _count(operation, "unguarded")
    return "unguarded"


def _django_asked(view: Any, seen: _Django) -> Any:
    """A guard with something around it. REST framework knows who calls only inside."""
    cls, _ = _django_class(view)
    mark = _django_mark(view, seen.method)
    if mark in (None, True) or seen.method == "OPTIONS" or hasattr(view, "cls"):
        return None
    return None if _runs_first(view, cls, "dispatch", mark) else mark


def _django_class(view: Any) -> tuple[Any, Any]:
    """The class behind a view, and which method of it answers what."""
    cls = getattr(view, "view_class", None) or getattr(view, "cls", None)
    return cls if inspect.isclass(cls) else None, getattr(view, "actions", None)


def _django_mark(view: Any, method: str) -> Any:
    mark = _mark_of(view)
    cls, actions = _django_class(view)
    if mark is None and cls is not None:
        return _member_mark(cls, method, actions, "dispatch")
    return mark


def _django_unguarded(
    patterns: Any,
    above: str = "",
) -> collections.abc.Iterator[tuple[str, str]]:
    """Operations without a guard, and the dotted names behind them."""
    for entry in patterns:
        route = _joined(above, _prefix_of(entry))
        if hasattr(entry, "url_patterns"):
            yield from _django_unguarded(entry.url_patterns, route)
            continue
        view = entry.callback
        cls, actions = _django_class(view)
        # A class that dispatches in its own way may answer whatever it likes.
        whole = cls is not None and _django_mark(view, "_other") is None
        verbs = (*_VERBS, "_other") if whole else _VERBS
        for method in actions or (("*",) if cls is None else verbs):
            served = cls is None or actions or whole or hasattr(cls, method)
            other = method in ("head", "options") or not served
            if not other and _django_mark(view, method) is None:
                name = _member_name(view, cls, method, actions)
                shown = _django_route(route)
                operation = f"{method.upper()} {shown}" if shown else name
                if not _is_open(operation, name, view):
                    yield operation, name
