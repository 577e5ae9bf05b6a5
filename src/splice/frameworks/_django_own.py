"""What a decorator of the project's own does to a request without credentials, going by its source.

`def staff_only(view)` whose wrapper raises before it calls `view` guards; one whose wrapper calls `view` whoever asks
does not; of the rest nothing is said.
"""

from __future__ import annotations

import ast
from collections.abc import Callable

from splice.frameworks._django_layers import Layer, layer, spelled
from splice.frameworks._django_orders import Orders
from splice.frameworks._django_parts import parameter_names
from splice.frameworks._django_refusals import Refusals
from splice.frameworks._django_roles import Asked, Bound, Place, Role
from splice.frameworks._django_ways import Onward, Ways
from splice.resolve import Project
from splice.resolve.arguments import Argument
from splice.symbols import Definition
from splice.values import External, FuncRef, Instance

_WRAPS = frozenset({"functools.wraps", "functools.update_wrapper", "django.utils.functional.wraps"})
_REQUESTS = ("request", "req", "_request", "http_request", "drf_request")
_SELF = frozenset({"self", "cls", "view", "view_self", "instance", "obj", "_self", "this"})
_DEEPEST = 6


class Own:
    """Reads decorators of the project; `layers` reads those that they are made of."""

    def __init__(self, project: Project, orders: Orders, layers: Callable[[Argument, Asked], list[Layer]]) -> None:
        self.project, self.orders, self._layers = project, orders, layers
        self._known: dict[tuple[Definition, Asked], list[Layer] | None] = {}

    def layers(self, definition: Definition, at: Argument, asked: Asked) -> list[Layer]:
        """What a decorator, or a function that makes one, puts in the way; its place is that of its use."""
        found = self._of(definition, asked, 0)
        by = spelled(at.node)
        if found is None:
            where = f"{definition.scope.module.file}:{definition.node.lineno}"
            why = f"{by} ({where}) may refuse a request without credentials"
            segment = definition.scope.module.source.segment(definition.node)
            return [layer("unknown", by, at.scope, at.node, why, hides="cache" in segment.lower())]
        return [layer(one.state, by, at.scope, at.node, one.why, hides=one.hides) for one in found]

    def _of(self, definition: Definition, asked: Asked, depth: int) -> list[Layer] | None:
        """What is known of a decorator; None: nothing."""
        key = (definition, asked)
        if key not in self._known:
            self._known[key] = None  # for one that uses itself
            node = definition.node
            if not isinstance(node, ast.ClassDef) and not definition.inner.yields and depth < _DEEPEST:
                parameters = parameter_names(node)[definition.owner is not None :]
                found = [
                    self._returned(value, definition, parameters[0] if parameters else "", asked, depth)
                    for value in definition.inner.returns
                ]
                states = {None if one is None else tuple(part.state for part in one) for one in found}
                self._known[key] = found[0] if len(states) == 1 and found else None
        return self._known[key]

    def _returned(self, node: ast.expr, of: Definition, view: str, asked: Asked, depth: int) -> list[Layer] | None:
        """What one thing that a decorator gives back does: the view itself, a wrapper of it, another decorator."""
        if isinstance(node, ast.Name) and node.id == view:
            return []
        if isinstance(node, ast.Name) and (bindings := of.inner.bindings.get(node.id)):
            if len(bindings) != 1:
                return self._variants([b.target for b in bindings], of, view, asked, depth)
            if bindings[0].kind == "assign" and bindings[0].value is not None:
                return self._returned(bindings[0].value, of, view, asked, depth + 1) if depth < _DEEPEST else None
        if isinstance(node, ast.Call) and node.args and depth < _DEEPEST:
            return self._applied(node, of, view, asked, depth)
        values = self.project.values(node, of.inner)
        if len(values) != 1:
            return None
        if isinstance(values[0], FuncRef):
            return self._function(values[0].definition, of, view, asked, depth)
        outside = isinstance(values[0], External) or (
            isinstance(values[0], Instance) and isinstance(values[0].cls, External)
        )
        return self._known_layers(Argument(node, of.inner), asked) if outside else None

    def _variants(
        self, targets: list[Definition | None], of: Definition, view: str, asked: Asked, depth: int
    ) -> list[Layer] | None:
        """A wrapper for sync views and one for async views, under one name."""
        found = [self._function(t, of, view, asked, depth) if t is not None else None for t in targets]
        states = {None if one is None else tuple(part.state for part in one) for one in found}
        return found[0] if len(states) == 1 else None

    def _applied(self, node: ast.Call, of: Definition, view: str, asked: Asked, depth: int) -> list[Layer] | None:
        """`login_required(wrapper)`, `wraps(view)(wrapper)`, `user_passes_test(test)(view)`."""
        called = node.func.func if isinstance(node.func, ast.Call) else node.func
        wraps = {v.name for v in self.project.values(called, of.inner) if isinstance(v, External)} & _WRAPS
        if not wraps and not self._leads(node.args[0], of, view):  # it makes a decorator
            return self._known_layers(Argument(node, of.inner), asked)
        inner = self._returned(node.args[0], of, view, asked, depth + 1)
        if wraps or inner is None:
            return inner
        outer = self._known_layers(Argument(node.func, of.inner), asked)
        return None if outer is None else [*outer, *inner]

    def _leads(self, node: ast.expr, of: Definition, view: str) -> bool:
        """Whether an expression is the view or a wrapper of it."""
        if isinstance(node, ast.Call):
            return bool(node.args) and self._leads(node.args[0], of, view)
        if not isinstance(node, ast.Name):
            return False
        return node.id == view or any(b.kind == "def" for b in of.inner.bindings.get(node.id, ()))

    def _known_layers(self, at: Argument, asked: Asked) -> list[Layer] | None:
        found = self._layers(at, asked)
        return None if any(one.state == "unknown" for one in found) else found

    def _function(self, inner: Definition, of: Definition, view: str, asked: Asked, depth: int) -> list[Layer] | None:
        if isinstance(inner.node, ast.ClassDef):
            return None
        if inner.scope is not of.inner:
            return self._of(inner, asked, depth + 1)
        made = (v for node in inner.inner.returns for v in self.project.values(node, inner.inner))
        makes = any(isinstance(value, FuncRef) and value.definition.scope is inner.inner for value in made)
        if makes or not any(isinstance(part, ast.Name) and part.id == view for part in ast.walk(inner.node)):
            return self._of(inner, asked, depth + 1)  # `of` makes decorators
        around = [self._around(node, inner, asked) for node in inner.node.decorator_list]
        own = self.wrapper(inner, view, asked)
        found: list[Layer] = []
        for one in (*around, own):
            if one is None:
                return None
            found += one
        return found

    def _around(self, node: ast.expr, inner: Definition, asked: Asked) -> list[Layer] | None:
        return self._known_layers(Argument(node, inner.scope), asked)

    def wrapper(self, inner: Definition, view: str, asked: Asked) -> list[Layer] | None:
        """What a function that is called in the place of `view` does; None where that is not known."""
        assert not isinstance(inner.node, ast.ClassDef)
        names: dict[str, Role | Bound | None] = {}
        parameters = [a.arg for a in (*inner.node.args.posonlyargs, *inner.node.args.args)]
        request = next((name for name in _REQUESTS if name in parameters), "")
        if not request and parameters:
            request = parameters[1] if parameters[0] in _SELF and len(parameters) > 1 else parameters[0]
        if request and parameters[0] != request:
            names[parameters[0]] = Role.SELF
        if request:
            names[request] = Role.REQUEST
        if view in parameter_names(inner.node):
            return None
        ways = Ways(self.project, self.orders, asked, _called)
        ends = ways.through(inner, {**names, view: Role.NEXT})
        if all(end.how == "next" and end.sure for end in ends):
            return []
        if Refusals(ways).all_of(ends):
            return [Layer("guarded", "")]
        return None


def _called(node: ast.AST, at: Place) -> Onward:
    """The view, where it is called; anything else that is done with it may lead to it."""
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and at.names.get(node.func.id) is Role.NEXT:
        return "next"
    return "beyond" if isinstance(node, ast.Name) and at.names.get(node.id) is Role.NEXT else ""
