"""Functions that can never be decorated right, whoever asks for it, and why."""

from __future__ import annotations

import ast

from splice.model import Reason
from splice.symbols import Definition

# These compile the function they get, and cannot compile a wrapper.
_COMPILERS = frozenset({"jit", "njit", "vectorize", "guvectorize", "stencil"})


def refusal_of(definition: Definition) -> tuple[Reason, str] | None:
    """Why a function can never be decorated, whoever registers it."""
    node = definition.node
    names = [
        d.attr if isinstance(d, ast.Attribute) else d.id if isinstance(d, ast.Name) else "" for d in node.decorator_list
    ]
    if "overload" in names or "abstractmethod" in names:
        return Reason.DECLARATION, "a declaration; nothing runs here"
    if {"property", "cached_property", "setter"} & set(names):
        return Reason.PROPERTY, "a property is no handler"
    if "fixture" in names:
        return Reason.FIXTURE, "a test fixture"
    if definition.name.startswith("__") and definition.name.endswith("__") and definition.name != "__call__":
        return Reason.DUNDER, "a special method"
    return None


def function_refusal(definition: Definition) -> tuple[Reason, str] | None:
    """Why a function that the configuration names cannot be decorated; None when it can."""
    assert not isinstance(definition.node, ast.ClassDef)
    return refusal_of(definition) or _declaration(definition.node) or _compiled(definition.node)


def _declaration(node: ast.FunctionDef | ast.AsyncFunctionDef) -> tuple[Reason, str] | None:
    """A body of a docstring, `...`, `pass` or `raise NotImplementedError` only declares."""
    for statement in node.body:
        empty = isinstance(statement, ast.Pass) or (
            isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)
        )
        raises = isinstance(statement, ast.Raise) and "NotImplementedError" in ast.dump(statement)
        if not empty and not raises:
            return None
    return Reason.DECLARATION, "its body is empty"


def _compiled(node: ast.FunctionDef | ast.AsyncFunctionDef) -> tuple[Reason, str] | None:
    for decorator in node.decorator_list:
        target = decorator.func if isinstance(decorator, ast.Call) else decorator
        name = target.attr if isinstance(target, ast.Attribute) else target.id if isinstance(target, ast.Name) else ""
        if name in _COMPILERS:
            return Reason.REGISTERED_ABOVE, f"@{name} compiles the function and cannot compile a wrapper"
    return None
