"""In which order Python looks a method up in a class of a view: who comes first decides who guards.

As Python does it (C3), and for classes from outside as far as it is known what they are derived from.
"""

from __future__ import annotations

import ast

from splice.frameworks._django_guard_names import (
    ACCESS_MIXIN,
    LOGIN_MIXIN,
    PERMISSION_MIXIN,
    TEST_MIXIN,
    is_rest,
    is_view,
)
from splice.resolve import Project
from splice.symbols import Definition
from splice.values import ClassRef, External, FuncRef, Unknown, Value

Base = External | ClassRef
VIEW = External("django.views.View")
REST_VIEW = External("rest_framework.views.APIView")
_SAME = {f"django.views.{name}": VIEW for name in ("View", "generic.View", "generic.base.View")}
_BUILTIN = frozenset({"object", "builtins.object", "typing.Generic", "typing.Protocol", "abc.ABC"})
_DEEPEST = 50


class Orders:
    """The order of each class, worked out once."""

    def __init__(self, project: Project) -> None:
        self.project = project
        self._known: dict[Base, tuple[Base, ...]] = {}

    def of(self, cls: ClassRef) -> tuple[Base, ...]:
        """A class and all its bases, first those that are asked first."""
        return self._order(cls, 0)

    def _order(self, item: Base, depth: int) -> tuple[Base, ...]:
        if item not in self._known:
            self._known[item] = (item,)  # for a class that is derived from itself
            direct = self._direct(item) if depth < _DEEPEST else []
            lists = [list(self._order(base, depth + 1)) for base in direct]
            merged = _merged([*lists, direct])
            known = self.project.bases(item) if merged is None else (item, *merged)
            self._known[item] = known
        return self._known[item]

    def _direct(self, item: Base) -> list[Base]:
        if isinstance(item, ClassRef):
            found = [v for v in self.project.classes.direct(item) if isinstance(v, (External, ClassRef))]
            named = [_SAME.get(v.name, v) if isinstance(v, External) else v for v in found]
            return list(dict.fromkeys(v for v in named if not (isinstance(v, External) and v.name in _BUILTIN)))
        if item == VIEW:
            return []
        if is_view(item):
            return [REST_VIEW] if is_rest(item) and item != REST_VIEW else [VIEW]
        mixin = item.name in LOGIN_MIXIN or item.name in (PERMISSION_MIXIN, TEST_MIXIN)
        return [External(ACCESS_MIXIN)] if mixin else []

    def unclear(self, cls: ClassRef) -> str:
        """A base that may be one of several classes, or that is not known at all; "" where there is none."""
        for item in self.of(cls):
            if not isinstance(item, ClassRef) or not isinstance(item.definition.node, ast.ClassDef):
                continue
            for node in item.definition.node.bases:
                inner = node.value if isinstance(node, ast.Subscript) else node
                if getattr(inner, "id", "") == "object":
                    continue
                values = self.project.values(inner, item.definition.scope)
                if len(values) != 1 or not isinstance(values[0], (External, ClassRef)):
                    return ast.unparse(node)[:60]
        return ""

    def method(self, cls: ClassRef, name: str, after: Definition | None = None) -> Value:
        """What an attribute of a class is; with `after`, what its bases behind that one say, as `super()` sees it."""
        order = list(self.of(cls))
        if after is not None:
            own = [n for n, base in enumerate(order) if isinstance(base, ClassRef) and base.definition is after]
            order = order[own[0] + 1 :] if own else []
        for base in order:
            if isinstance(base, External):
                return External(f"{base.name}.{name}")
            if bindings := base.definition.inner.bindings.get(name):
                target = bindings[-1].target
                simple = len(bindings) == 1 and target is not None and not isinstance(target.node, ast.ClassDef)
                return FuncRef(target) if simple and target is not None else Unknown(f"{name} is no plain method")
        return Unknown(f"no {name}")


def _merged(lists: list[list[Base]]) -> list[Base] | None:
    """Several orders in one; None where they contradict each other."""
    found: list[Base] = []
    lists = [one for one in lists if one]
    while lists:
        tails = {item for one in lists for item in one[1:]}
        head = next((one[0] for one in lists if one[0] not in tails), None)
        if head is None:
            return None
        found.append(head)
        lists = [rest for one in lists if (rest := one[1:] if one[0] == head else one)]
    return found
