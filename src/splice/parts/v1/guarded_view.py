"""`@guarded_view(list=("books:read",), create={"books:write", "admin"})` stands on a class and guards
methods that it inherits: a tuple names scopes of which all are needed, a set scopes of which one
is enough, `()` asks who calls and nothing else. A subclass has the rules that stand nearest.
"""

from __future__ import annotations

import collections.abc
import inspect
from collections.abc import Callable
from typing import Any

from splice.parts.v1.guarded import _guarded
from splice.parts.v1.guards import _ENFORCING, _Rule
from splice.parts.v1.signatures import _C
from splice.parts.v1.switch import _log


def guarded_view(
    **members: collections.abc.Collection[str],
) -> Callable[[_C], _C]:
    """Guard methods that the decorated class inherits, each by its own scopes."""
    rules = {name: _member_rule(name, scopes) for name, scopes in members.items()}

    def decorate(cls: _C) -> _C:
        view: Any = cls
        view._guard_rules = {**getattr(cls, "_guard_rules", {}), **rules}
        for name in rules:
            _guard_member(cls, name)
        return cls

    return decorate


def _member_rule(
    name: str, scopes: collections.abc.Collection[str]
) -> _Rule:
    if not isinstance(scopes, (tuple, set, frozenset)):
        raise TypeError(f"guarded_view({name}=...) takes a tuple or a set of scopes")
    return _Rule(scopes, any_of=not isinstance(scopes, tuple))


def _guard_member(cls: type, name: str) -> None:
    method = inspect.getattr_static(cls, name, None)
    if not inspect.isfunction(method):
        text = f"scaffold: there is no method {cls.__qualname__}.{name} to guard"
        if _ENFORCING:
            raise TypeError(text)
        _log.error(text)
        return
    mark = getattr(method, "__guarded__", None)
    if getattr(mark, "member", "") == name:
        return  # inherited with its guard, which looks for the rule at our class
    rule = vars(cls)["_guard_rules"][name]

    def rule_of(view: Any) -> Any:
        return getattr(view, "_guard_rules", {}).get(name, rule)

    setattr(cls, name, _guarded(method, rule_of, name))
