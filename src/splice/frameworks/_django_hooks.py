"""Methods of a view that a request runs through before its handler: `dispatch`, `setup`, `initial` and their like.

A class may override them, call `super()` or not, refuse before or after.
"""

from __future__ import annotations

import ast
from typing import Literal

from splice.frameworks._django_names import ACTIONS, VERBS
from splice.frameworks._django_orders import Orders
from splice.frameworks._django_refusals import Refusals
from splice.frameworks._django_roles import Asked, Bound, Place, Role
from splice.frameworks._django_ways import End, Onward, Ways
from splice.resolve import Project
from splice.symbols import Definition
from splice.values import FuncRef

#: What an override does: everybody passes, nobody passes without credentials, some may not, or it answers in its way.
Effect = Literal["passes", "refuses", "perhaps", "own way"]
_ANSWERING = frozenset({*VERBS, *ACTIONS, "head", "options", "dispatch", "as_view"})
_BUILTIN = frozenset({"isinstance", "hasattr", "str", "repr", "len", "type", "super", "setattr", "id"})


class Hooks:
    """Follows overrides for one class of views and one request."""

    def __init__(self, project: Project, orders: Orders, asked: Asked) -> None:
        self.project, self.orders, self.asked = project, orders, asked

    def dispatch(self, definition: Definition) -> Effect:
        """An override of `dispatch`, which answers itself or has `super()` answer."""
        ways, ends = self._through(definition, after=False)
        if ends is None:
            return "own way"
        if all(end.how == "next" and end.sure for end in ends):
            return "passes"
        refusals = Refusals(ways)
        if refusals.all_of(ends):
            return "refuses"
        others = [end for end in ends if end.how != "next" and not refusals.is_refusal(end)]
        return "own way" if others else "perhaps"

    def before(self, definition: Definition) -> Effect:
        """An override of `initial` or `check_permissions`: whoever it does not raise for passes."""
        _, ends = self._through(definition, after=True)
        if ends is None:
            return "own way"
        if all(end.how == "raise" for end in ends):
            return "refuses"
        if any(end.how == "beyond" or (end.how != "raise" and not end.passed) for end in ends):
            return "own way"
        return "passes" if all(end.how != "raise" and end.sure for end in ends) else "perhaps"

    def setup(self, definition: Definition) -> Effect:
        """An override of `setup`: what it does may only be refused by an exception."""
        _, ends = self._through(definition, after=True)
        if ends is None or any(end.how == "beyond" for end in ends):
            return "perhaps"
        if all(end.how == "raise" for end in ends):
            return "refuses"
        return "passes" if all(end.how != "raise" and end.sure for end in ends) else "perhaps"

    def refuses(self, name: str) -> bool:
        """Whether `handle_no_permission` or `permission_denied` refuses, also where the project overrides it."""
        value = self.orders.method(self.asked.cls, name) if self.asked.cls is not None else None
        if not isinstance(value, FuncRef):
            return True
        if name == "permission_denied":
            return self.before(value.definition) in ("refuses", "passes")
        ways, ends = self._through(value.definition, after=False)
        return ends is not None and all(end.how == "next" or Refusals(ways).is_refusal(end) for end in ends)

    def _through(self, definition: Definition, *, after: bool) -> tuple[Ways, list[End] | None]:
        """The ways through an override; None where these are not known."""
        name = definition.name

        def onward(part: ast.AST, at: Place) -> Onward:
            return _onward(ways, name, part, at)

        ways = Ways(self.project, self.orders, self.asked, onward, after=after)
        node = definition.node
        if isinstance(node, ast.ClassDef) or definition.inner.yields:
            return ways, None
        parameters = [a.arg for a in (*node.args.posonlyargs, *node.args.args)]
        names: dict[str, Role | Bound | None] = dict(zip(parameters, (Role.SELF, Role.REQUEST), strict=False))
        return ways, ways.through(definition, names)


def _onward(ways: Ways, name: str, part: ast.AST, at: Place) -> Onward:
    """`super().dispatch(...)`, or anything else that may have a handler answer."""
    if isinstance(part, ast.Call):
        func = part.func
        if isinstance(func, ast.Attribute) and (owner := ways.conditions.above(func.value, at)) is not None:
            if func.attr == name and owner is at.owner:
                return "next"
            return "beyond" if func.attr in _ANSWERING or owner is not at.owner else ""
        called = func.id if isinstance(func, ast.Name) else ""
        given = (*part.args, *(word.value for word in part.keywords))
        handed = any(ways.conditions.role(one, at) is Role.SELF for one in given)
        return "beyond" if handed and called not in _BUILTIN else ""
    if isinstance(part, ast.Attribute) and part.attr in _ANSWERING:
        return "beyond" if ways.conditions.role(part.value, at) is Role.SELF else ""
    return ""
