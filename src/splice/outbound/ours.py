"""What this tool has inserted into a call already: the call inside is the one that counts."""

from __future__ import annotations

import ast

from splice.prefilter import generated
from splice.resolve import Project
from splice.symbols import Binding, Scope
from splice.values import External, ModuleRef, Value

RETRIED = "retried"


def part_of(project: Project, node: ast.expr, scope: Scope, stem: str) -> str:
    """The part of a scaffold that an expression names, also of a scaffold that is not there any more; else "".

    Goes by imports alone: what a constant of the scaffold is worth does not matter here.
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


def _origin(project: Project, binding: Binding) -> Value:
    file = binding.scope.module.file
    return project.module_ref(project.names.resolve(file, binding.module or None, binding.level), file)


def _is_scaffold(project: Project, value: Value, stem: str) -> bool:
    if isinstance(value, ModuleRef) and value.file:
        module = project.file(value.file)
        return module is not None and generated(module.source.raw) == "scaffold"
    return isinstance(value, (External, ModuleRef)) and value.name.rpartition(".")[2] == stem


def inside(project: Project, node: ast.Call, scope: Scope, stem: str) -> tuple[ast.expr, bool]:
    """What a call calls, and whether that stands in `retried(...)` of ours."""
    wrap = node.func
    alone = isinstance(wrap, ast.Call) and len(wrap.args) == 1 and not isinstance(wrap.args[0], ast.Starred)
    if isinstance(wrap, ast.Call) and alone and part_of(project, wrap.func, scope, stem) == RETRIED:
        return wrap.args[0], True
    return node.func, False
