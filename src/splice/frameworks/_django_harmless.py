"""Calls of something outside the project that let every request go on."""

from __future__ import annotations

import ast
from collections.abc import Sequence

from splice.frameworks._django_anonymous import Conditions
from splice.frameworks._django_parts import mentions
from splice.frameworks._django_roles import Place, Role
from splice.values import External, Value

_KNOWN = ("django.", "rest_framework.", "logging.", "collections.", "datetime.", "json.", "time.", "re.", "structlog.")
_LOG = frozenset({"debug", "info", "warning", "error", "exception", "critical", "log"})
_BUILTIN = frozenset({"bool", "dict", "getattr", "hasattr", "int", "isinstance", "len", "list", "print", "repr", "set"})
_BUILTINS = _BUILTIN | {"setattr", "str", "super", "tuple", "type"}


def is_harmless(conditions: Conditions, call: ast.Call, values: Sequence[Value], at: Place) -> bool:
    """Whether a call of something outside the project lets every request go on."""
    func = call.func
    if not mentions(call, at):
        return True
    if isinstance(func, ast.Name) and func.id in _BUILTINS and func.id not in at.names:
        return True
    if isinstance(func, ast.Attribute) and (func.attr in _LOG or _of_request(conditions, func.value, at)):
        return True
    return bool(values) and all(isinstance(v, External) and v.name.startswith(_KNOWN) for v in values)


def _of_request(conditions: Conditions, node: ast.expr, at: Place) -> bool:
    """`request.headers`, `request.GET`: what a request holds refuses nobody."""
    while isinstance(node, (ast.Attribute, ast.Subscript, ast.Call)):
        if conditions.role(node, at) in (Role.REQUEST, Role.USER):
            return True
        node = node.func if isinstance(node, ast.Call) else node.value
    return conditions.role(node, at) in (Role.REQUEST, Role.USER)
