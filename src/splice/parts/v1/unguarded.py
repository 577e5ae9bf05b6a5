"""What `protect` makes of an endpoint: guarded, public, guarded elsewhere, or none of these."""

from __future__ import annotations

import collections.abc
import functools
import inspect
from typing import Any

from splice.parts.v1.admins import _is_admins
from splice.parts.v1.guards import (
    _ENFORCING,
    _GUARDED_BELOW,
    _GUARDED_ELSEWHERE,
    _PUBLIC,
    _PUBLIC_OPERATIONS,
    _count,
    _listed,
)
from splice.parts.v1.options import _HAND_ON, _hands_on, _is_frameworks
from splice.parts.v1.routes import _dotted
from splice.parts.v1.switch import _log

_DECIDED = frozenset((*_PUBLIC_OPERATIONS, *_GUARDED_ELSEWHERE))


class _Protected:
    """What `protect` leaves at an application: others do not look inside."""

    is_protected = True


def _is_open(operation: str, name: str, view: Any = None) -> bool:
    """Whether somebody has decided who may call it, going by its route or its name."""
    any_method = f"* {operation.partition(' ')[2]}"
    names = {operation, any_method, name}
    if not _DECIDED.isdisjoint(names) or _listed(_PUBLIC, operation):
        return True
    below = [shut for one, shut in _GUARDED_BELOW.items() if _listed((one,), operation)]
    own = any(not names.isdisjoint(shut) for shut in below)
    return bool(below) and not own and _is_admins(view)


def _bare(endpoint: Any) -> Any:
    while isinstance(endpoint, functools.partial):
        endpoint = endpoint.func
    return endpoint


def _mark_of(endpoint: Any) -> Any:
    """The guard of a function; None without one."""
    mark = getattr(_bare(endpoint), "__guarded__", None)
    return mark if getattr(mark, "is_guard", None) is True else None


def _member_mark(
    cls: Any, method: str, actions: Any, dispatch: str
) -> Any:
    """The guard of what answers a method in a class; True if nothing does."""
    if _mark_of(getattr(cls, dispatch, None)):
        return _mark_of(getattr(cls, dispatch))
    name = method.lower()
    names = actions if actions is not None else {name: name, "get": "get"}
    member = getattr(cls, names.get(name, ""), None)
    if member is None and name == "head":
        member = getattr(cls, names.get("get", ""), None)
    if member is None:  # 405, if the framework says so
        owner = getattr(getattr(cls, dispatch, None), "__module__", "")
        return True if owner in _HAND_ON else None
    return _mark_of(member) or _mark_inside(member)


def _runs_first(
    view: Any, cls: Any, dispatch: str, mark: Any
) -> bool:
    """Whether only frameworks and we run before a guard: a cache answers without it."""
    view = _bare(view)
    if cls is None or _is_outermost(view, mark):
        return _is_outermost(view, mark)
    method = getattr(cls, dispatch, None)
    if not inspect.isclass(view) and not _is_frameworks(view):
        return False
    if _mark_of(method) is mark:
        return _is_outermost(method, mark)
    member = getattr(cls, mark.wrapper.__name__, None)
    return _hands_on(method) and _is_outermost(member, mark)


def _is_outermost(function: Any, mark: Any) -> bool:
    function = getattr(function, "__func__", function)
    known = mark.wrapper.__globals__
    while function is not mark.wrapper:
        if getattr(function, "__globals__", None) is not known:
            return False
        function = getattr(function, "__wrapped__", None)
    return True


def _member_name(
    view: Any, cls: Any, method: str, actions: Any = None
) -> str:
    """The dotted name of what answers: a function, or a method of a class."""
    if cls is None:
        return _dotted(_bare(view))
    name = method.lower()
    if name == "head" and not hasattr(cls, "head"):  # which follows GET
        name = "get"
    return f"{_dotted(cls)}.{(actions or {}).get(name, name)}"


def _mark_inside(member: Any) -> Any:
    """The guard of the function that DRF's `@api_view` has put into a class."""
    if getattr(member, "__module__", "") != "rest_framework.decorators":
        return None
    inner = inspect.getclosurevars(member).nonlocals.get("func")
    return _mark_of(inner)


def _announce(
    operations: collections.abc.Iterable[tuple[str, str]],
) -> None:
    """Say at the first request what is unguarded; a count of 0 makes it a series."""
    found = sorted({one for one, name in operations if not _is_open(one, name)})
    for operation in found:
        _count(operation, "unguarded", 0)
    if found:
        what = "refused" if _ENFORCING else "open"
        shown = ", ".join(found[:20]) + (", ..." if len(found) > 20 else "")
        _log.warning("scaffold: %d unguarded: %s; %s", len(found), shown, what)
