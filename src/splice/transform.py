"""The transform stage: the steps of a plan become edits of one file's text, and the lock rows that describe them.

libcst sees only the fragments that change; everything else is spliced through as bytes. The result is proven
to be a fixed point: planned again, the new text wants nothing, and stripped, it is what the old text strips to.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from splice.model import Change, Edit, Reason, Refused, Row
from splice.parse import module_of
from splice.plan import FilePlan, Insert, Known, Remove, Replace, Want, plan_file, row_extra
from splice.recognise import Recognised
from splice.symbols import Module
from splice.transformers import decorators, imports, statements
from splice.transformers.imports import ImportStyle


@dataclass(frozen=True, slots=True)
class Context:
    """What transforming a file needs beside its plan: how it imports the scaffold, and its sorter's style."""

    module: str  # what stands after `from`
    style: ImportStyle
    recognise: Callable[[Module], Recognised]


@dataclass(frozen=True, slots=True)
class Transformed:
    """A change, the lock rows of the file as it will be, and what `strip` makes of both of its sides."""

    change: Change
    rows: tuple[Row, ...]
    stripped_before: bytes
    stripped_after: bytes


def transform(module: Module, plan: FilePlan, context: Context) -> tuple[Change, tuple[Row, ...]]:
    """The change that carries out a plan. Raises Refused when a fragment cannot be placed."""
    edits: list[Edit] = []
    rows: list[Row] = list(plan.kept)
    first_use = len(module.source.starts) + 1
    for step in plan.steps:
        match step:
            case Insert():
                made, row, line = _insert(module, step.want, step.local, context.style)
                edits += made
                rows.append(row)
                first_use = min(first_use, line)
            case Replace():
                made, row = _replace(module, step)
                edits += made
                rows.append(row)
            case Remove():
                edits.append(_remove(module, step))
    import_edits, rows = _imports(module, plan, context, rows, first_use)
    edits += import_edits
    after = module.source.apply(tuple(edits))
    return Change(module.file, module.source.raw, after, tuple(edits)), tuple(rows)


def prove_fixed(
    module: Module,
    plan: FilePlan,
    context: Context,
    wants: Sequence[Want],
    known: Known,
    known_after: Callable[[tuple[Row, ...]], Known],
) -> Transformed:
    """Transform, then plan the result again: it must want nothing, and strip to what the original strips to.

    Raises Refused (proof-failed) otherwise: a bad edit never reaches the disk.
    """
    change, rows = transform(module, plan, context)
    assert change.after is not None
    after = module_of(module.file, module.name, change.after)
    seen = context.recognise(after)
    again = plan_file(after, seen, wants, known_after(rows))
    if not again.is_empty:
        what = ", ".join(type(step).__name__.lower() for step in again.steps) or "its imports"
        raise Refused(Reason.PROOF_FAILED, f"a second run would change it again: {what}")
    stripped_after = strip(after, seen, context, known_after(rows))
    return Transformed(change, rows, strip(module, context.recognise(module), context, known), stripped_after)


def strip(module: Module, seen: Recognised, context: Context, known: Known) -> bytes:
    """The bytes of a file without any insertion of ours."""
    plan = plan_file(module, seen, (), known)
    if plan.is_empty:
        return module.source.raw
    after = transform(module, plan, context)[0].after
    assert after is not None
    return after


def _insert(module: Module, want: Want, local: str, style: ImportStyle) -> tuple[tuple[Edit, ...], Row, int]:
    text = want.advice.text(want.point, local)
    if want.kind == "decorator":
        definition = module.definitions[want.point.symbol]
        placed = decorators.insert(module.source, definition.node, want.point.slot, text, style.line_length)
        line = definition.node.lineno if definition.scope.function() is None else len(module.source.starts) + 1
        decorated = definition.node.decorator_list
        line = min([line, *(d.lineno for d in decorated)]) if definition.scope.function() is None else line
    else:
        statement, at_top = _anchor(module, want)
        placed = statements.insert_after(module.source, statement, text)
        line = statement.lineno if at_top else len(module.source.starts) + 1
    row = Row(
        module.file,
        want.point.symbol,
        want.kind,
        want.codemods,
        want.version,
        want.point.operation if want.kind == "decorator" else "",
        want.form,
        (placed.text,),
        placed.blank,
        row_extra(want),
    )
    return placed.edits, row, line


def _anchor(module: Module, want: Want) -> tuple[ast.stmt, bool]:
    """The statement that makes the app, and whether it runs when the module is imported."""
    anchor = want.point.anchor
    assert anchor is not None
    for call in module.calls:
        if call.statement.lineno == anchor.line and isinstance(call.statement, (ast.Assign, ast.AnnAssign)):
            return call.statement, call.scope.function() is None
    raise Refused(Reason.HEADER, "the statement that makes the app is not where it was", anchor.line)


def _replace(module: Module, step: Replace) -> tuple[tuple[Edit, ...], Row]:
    definition = module.definitions[step.node.symbol]
    text = step.want.advice.text(step.want.point, step.local)
    edit = decorators.replace(module.source, definition.node, step.node.index, text)
    source, expression = module.source, step.node.expression
    start, end = source.line_start(expression.lineno), source.line_start((expression.end_lineno or 0) + 1)
    piece = source.text[start : edit.start] + edit.text + source.text[edit.end : end]
    want = step.want
    row = Row(
        module.file,
        want.point.symbol,
        want.kind,
        want.codemods,
        want.version,
        want.point.operation,
        want.form,
        (piece,),
        0,
        row_extra(want),
    )
    return (edit,), row


def _remove(module: Module, step: Remove) -> Edit:
    piece = step.row.text[0] if step.row is not None and step.row.text else None
    node = step.node
    if node.kind == "decorator":
        return decorators.remove(module.source, module.definitions[node.symbol].node, node.index, piece)
    assert node.statement is not None
    return statements.remove(module.source, node.statement, piece)


def _imports(
    module: Module, plan: FilePlan, context: Context, rows: list[Row], first_use: int
) -> tuple[list[Edit], list[Row]]:
    """Edits for the import lines: names of ours that nothing uses go, names that are needed come."""
    edits: list[Edit] = []
    kept = [row for row in rows if row.kind != "import"]
    imported = [row for row in rows if row.kind == "import"]
    wanted = list(plan.imports)
    for node in dict.fromkeys(alias.node for alias in plan.dropped):
        names = tuple(a.part for a in plan.dropped if a.node is node)
        gone = {a.form for a in plan.dropped if a.node is node}
        row = next((r for r in _file_rows(plan, imported) if gone & set(r.form.split(", "))), None)
        piece = row.text[0] if row is not None and row.text else None
        edits.append(imports.remove(module.source, node, names, piece, row.blank if row is not None else 0))
    if wanted:
        names = tuple(part if part == local else f"{part} as {local}" for part, local in sorted(wanted))
        placed = imports.add(module.source, module.tree, context.module, names, context.style, first_use)
        edits += placed.edits
        text, blank = (placed.text,), placed.blank
        imported.append(Row(module.file, "", "import", form=", ".join(names), text=text, blank=blank))
    return edits, [*kept, *imported]


def _file_rows(plan: FilePlan, imported: list[Row]) -> list[Row]:
    return [*plan.import_rows, *imported]
