"""The function that a decorator wraps, as the wrapper uses it: called, or handed to whoever calls it."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from splice.access.known import CREDENTIAL, DECORATORS, REFUSES, is_plain
from splice.access.names import names_of, spelled
from splice.forms import dotted
from splice.resolve.arguments import positional_names
from splice.symbols import Definition, Scope
from splice.values import FuncRef

if TYPE_CHECKING:
    from splice.access.flow import Flow, Outcome

# What is asked about a function without calling it.
_ASKS = frozenset({"iscoroutinefunction", "isasyncgenfunction", "is_async_callable", "callable", "signature"})
_ASKS |= {"getattr", "hasattr", "wraps", "update_wrapper", "isfunction", "id", "str", "repr", "get_type_hints"}
# What calls a function, and does nothing else.
_RUNS = frozenset({"ensure_sync", "run_in_threadpool", "to_thread", "run_in_executor", "run_sync", "partial", "run"})
_RUNS |= {"submit", "async_to_sync", "sync_to_async", "iterate_in_threadpool", "copy_current_request_context"}


def is_called(node: ast.Call, wrapped: str) -> bool:
    """Whether a call calls the wrapped function: `f()`, `self.app()`, `super().dispatch_request()`."""
    func = node.func
    if dotted(func) == wrapped:
        return True
    if isinstance(func, ast.Attribute) and isinstance(func.value, ast.Call):
        return dotted(func.value.func) == wrapped
    return isinstance(func, ast.Call) and is_called(func, wrapped)


def handed(node: ast.Call, wrapped: str) -> ast.Call | None:
    """The call that is given the wrapped function, in `run(f, x)` and `login_required(f)(x)`."""
    func = node.func
    if isinstance(func, ast.Call):
        return handed(func, wrapped)
    asked = func.attr if isinstance(func, ast.Attribute) else func.id if isinstance(func, ast.Name) else ""
    given = [*node.args, *(word.value for word in node.keywords)]
    takes = any(isinstance(part, ast.Name) and part.id == wrapped for part in given)
    return node if takes and asked not in _ASKS else None


def hand_on(flow: Flow, node: ast.Call, scope: Scope, wrapped: str, end: Outcome) -> None:
    """Note what whoever is given the wrapped function may do before it calls it."""
    name, place = spelled(node), (scope.module.file, node.lineno)
    end.passed = True
    if name.rpartition(".")[2] in _RUNS:
        return
    for value in flow.project.values(node.func, scope):
        if isinstance(value, FuncRef):
            parameter = _parameter(value.definition, node, wrapped)
            found = flow.outcome(value.definition, {}, parameter) if parameter else None
            end.refusals += found.refusals if found is not None else ()
            if found is None or not found.passed:
                end.refusals.append((*place, name))
        for outside in names_of(flow.project, value)[:1]:
            guards = REFUSES.search(outside) or CREDENTIAL.search(outside.rpartition(".")[2])
            if outside in DECORATORS or (guards and not is_plain(outside)):
                end.refusals.append((*place, name))


def _parameter(definition: Definition, node: ast.Call, wrapped: str) -> str:
    """The parameter that gets the wrapped function."""
    for word in node.keywords:
        if isinstance(word.value, ast.Name) and word.value.id == wrapped:
            return word.arg or ""
    names = positional_names(definition) if not isinstance(definition.node, ast.ClassDef) else []
    for name, part in zip(names, node.args, strict=False):
        if isinstance(part, ast.Name) and part.id == wrapped:
            return name
    return ""
