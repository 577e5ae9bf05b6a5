"""What this tool has inserted into a call already: the call inside is the one that counts."""

from __future__ import annotations

import ast

from splice.mutation import ANY
from splice.ours import part_of
from splice.outbound.catalogue import libraries
from splice.resolve import Project
from splice.symbols import Scope

RETRIED = "retried"


def part_here(project: Project, node: ast.expr, scope: Scope, stem: str) -> str:
    """The part of a scaffold that an expression names at an outbound call; else "".

    Also where somebody has deleted its import: a name of ours that nothing in the file means can be nothing else, and
    a run that took the call for something unknown would first take our insertions out of it.
    """
    if part := part_of(project, node, scope, stem):
        return part
    module = scope.module
    if not isinstance(node, ast.Name) or project.scopes.home(node.id, scope) is not None:
        return ""
    if module.scope.stars or module.through_globals & {node.id, ANY}:
        return ""
    name = node.id.removeprefix("_splice_").removeprefix("_")
    return name if name in {RETRIED, *(library.constant for library in libraries().values())} else ""


def inside(project: Project, node: ast.Call, scope: Scope, stem: str) -> tuple[ast.expr, bool]:
    """What a call calls, and whether that stands in `retried(...)` of ours."""
    wrap = node.func
    alone = isinstance(wrap, ast.Call) and len(wrap.args) == 1 and not isinstance(wrap.args[0], ast.Starred)
    if isinstance(wrap, ast.Call) and alone and part_here(project, wrap.func, scope, stem) == RETRIED:
        return wrap.args[0], True
    return node.func, False
