"""A comment that turns a codemod off at one place, for the developer to complete with a reason."""

from __future__ import annotations

import ast

from splice.model import Edit, JoinPoint, Refused
from splice.parse import module_of
from splice.pipeline import Planned
from splice.report.drift import Drift
from splice.suppress import suppressions
from splice.suppressed import header
from splice.symbols import Module

REASON = "TODO: say why"


def comment(planned: Planned, drift: Drift, codemod: str) -> Edit | None:
    """The comment above the place that a drift speaks of; None where none would count, or where it is not allowed."""
    module = planned.survey.project.file(drift.file)
    point = _point(planned, drift)
    if module is None or point is None or not planned.request.config.may_suppress(codemod):
        return None
    first, _ = header(module, point)
    start, row = module.source.line_start(first), module.source.line_text(first)
    indent = row[: len(row) - len(row.lstrip(" \t\f"))]
    edit = Edit(start, start, f"{indent}# codemod: ignore[{codemod}] -- {REASON}{module.source.newline}")
    return edit if _counts(planned, module, edit, codemod, first) else None


def _point(planned: Planned, drift: Drift) -> JoinPoint | None:
    points = [p for p in planned.survey.matched.points if (p.file, p.symbol) == (drift.file, drift.symbol)]
    names = set(drift.codemods)
    wanted = [p for p in points if names & set(planned.states.get((p.file, p.symbol, p.kind), ()))]
    return next(iter(wanted or points), None)


def _counts(planned: Planned, module: Module, edit: Edit, codemod: str, first: int) -> bool:
    """Whether it is a comment there, and changes nothing else: a call may begin inside a text of several lines."""
    try:
        after = module_of(module.file, module.name, module.source.apply((edit,)))
    except Refused:
        return False
    counting = [c for c in suppressions(after.source, planned.survey.codemods) if c.line == first and not c.problem]
    same = ast.dump(module.tree) == ast.dump(after.tree)
    return same and any(one.names(codemod) and one.above > first for one in counting)
