"""Handlers that ask themselves who sends a request: some refuse for certain, of others it is not known."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from splice.frameworks._django_layers import Layer, layer
from splice.frameworks._django_orders import Orders
from splice.frameworks._django_refusals import Refusals
from splice.frameworks._django_roles import Asked, Bound, Role
from splice.frameworks._django_ways import Ways
from splice.resolve import Project
from splice.symbols import Definition
from splice.values import External, FuncRef

_RAISED = frozenset({"PermissionDenied", "NotAuthenticated", "AuthenticationFailed"})
_ASKED = frozenset({"is_authenticated", "is_anonymous"})
_ANSWERS = frozenset({"HttpResponseForbidden", "redirect_to_login", "handle_no_permission", "permission_denied"})
_STATUS = frozenset({"HTTP_401_UNAUTHORIZED", "HTTP_403_FORBIDDEN", "UNAUTHORIZED", "FORBIDDEN"})
_DEEPEST = 3


class Inline:
    """Reads the bodies of handlers."""

    def __init__(self, project: Project, orders: Orders) -> None:
        self.project, self.orders = project, orders

    def layers(self, definition: Definition, asked: Asked) -> list[Layer]:
        """What the body of a handler asks itself."""
        node = definition.node
        asks = next(self._asks(definition, 0), None)
        if asks is None or isinstance(node, ast.ClassDef) or definition.inner.yields:
            return []
        at, part = asks
        if self._refuses(definition, asked):
            return [layer("guarded", "its own check", at.scope, part)]
        why = f"the handler may refuse: it asks at {at.scope.module.file}:{getattr(part, 'lineno', 0)}"
        return [layer("unknown", "its own check", at.scope, part, why)]

    def _refuses(self, definition: Definition, asked: Asked) -> bool:
        """Whether every way through a handler refuses a request without credentials."""
        node = definition.node
        assert not isinstance(node, ast.ClassDef)
        parameters = [a.arg for a in (*node.args.posonlyargs, *node.args.args)]
        names: dict[str, Role | Bound | None] = {}
        if definition.owner is not None and parameters:
            names[parameters.pop(0)] = Role.SELF
        names |= dict.fromkeys(parameters[:1], Role.REQUEST)
        ways = Ways(self.project, self.orders, asked)
        return Refusals(ways).all_of(ways.through(definition, names))

    def _asks(self, definition: Definition, depth: int) -> Iterator[tuple[Definition, ast.AST]]:
        """Where a function asks who sends the request, itself or in a function of the project that it calls."""
        calls: list[ast.Call] = []
        for part in ast.walk(definition.node):
            match part:
                case ast.Attribute(attr=attr) if attr in _ASKED | _STATUS:
                    yield definition, part
                case ast.Name(id=name) if name in _RAISED | _ANSWERS | _STATUS:
                    yield definition, part
                case ast.Attribute(attr=attr) if attr in _RAISED | _ANSWERS:
                    yield definition, part
                case ast.keyword(arg="status", value=ast.Constant(value=401 | 403)):
                    yield definition, part.value
                case ast.Call():
                    calls.append(part)
        for call in calls if depth < _DEEPEST else ():
            for value in self.project.values(call.func, definition.inner):
                if isinstance(value, FuncRef) and value.definition is not definition:
                    yield from self._asks(value.definition, depth + 1)
                elif isinstance(value, External) and value.name.rpartition(".")[2] in _ANSWERS:
                    yield definition, call
