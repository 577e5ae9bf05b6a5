"""Parts of a scaffold in the code of a service, found by imports alone: ours, and nothing of the service's own."""

from __future__ import annotations

import ast

from splice.headers import generated
from splice.resolve import Project
from splice.symbols import Binding, Scope
from splice.values import External, FuncRef, ModuleRef, Value


def part_of(project: Project, node: ast.expr, scope: Scope, stem: str) -> str:
    """The part of a scaffold that an expression names, also of a scaffold that is not there any more; else "".

    Goes by imports alone: what a constant of the scaffold is worth, or where it finds a decorator, does not matter.
    """
    if isinstance(node, ast.Attribute):
        found = project.values(node.value, scope)
        return node.attr if found and all(_is_scaffold(project, value, stem) for value in found) else ""
    home = project.scopes.home(node.id, scope) if isinstance(node, ast.Name) else None
    if home is None or not isinstance(node, ast.Name):
        return ""
    bindings = home.bindings[node.id]
    names = {binding.name for binding in bindings}
    ours = all(b.kind == "from" and _is_scaffold(project, _origin(project, b), stem) for b in bindings)
    return names.pop() if ours and len(names) == 1 else ""


def is_ours(project: Project, node: ast.expr, scope: Scope, stem: str) -> bool:
    """Whether an expression is a part of a scaffold, or a call of one, also where another module hands it on."""
    callee = node.func if isinstance(node, ast.Call) else node
    if part_of(project, callee, scope, stem):
        return True
    found = project.values(callee, scope)
    return bool(found) and isinstance(found[0], FuncRef) and _is_generated(found[0].definition.scope.module.source.raw)


def _origin(project: Project, binding: Binding) -> Value:
    file = binding.scope.module.file
    return project.module_ref(project.names.resolve(file, binding.module or None, binding.level), file)


def _is_scaffold(project: Project, value: Value, stem: str) -> bool:
    if isinstance(value, ModuleRef) and value.file:
        module = project.file(value.file)
        return module is not None and _is_generated(module.source.raw)
    return isinstance(value, (External, ModuleRef)) and value.name.rpartition(".")[2] == stem


def _is_generated(raw: bytes) -> bool:
    return generated(raw) == "scaffold"
