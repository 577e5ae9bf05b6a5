"""What this tool has inserted into a call already: the call inside is the one that counts."""

from __future__ import annotations

import ast

from splice.ours import part_of
from splice.resolve import Project
from splice.symbols import Scope

RETRIED = "retried"


def inside(project: Project, node: ast.Call, scope: Scope, stem: str) -> tuple[ast.expr, bool]:
    """What a call calls, and whether that stands in `retried(...)` of ours."""
    wrap = node.func
    alone = isinstance(wrap, ast.Call) and len(wrap.args) == 1 and not isinstance(wrap.args[0], ast.Starred)
    if isinstance(wrap, ast.Call) and alone and part_of(project, wrap.func, scope, stem) == RETRIED:
        return wrap.args[0], True
    return node.func, False
