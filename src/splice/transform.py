"""The transform stage: the steps of a plan become edits of one file's text, and the lock rows that describe them.

libcst sees only the fragments that change; everything else is spliced through as bytes. The result is proven
to be a fixed point: planned again, the new text wants nothing, and stripped, it is what the old text strips to.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from splice import calls, exploded
from splice.codemod import AddArgument, AddDecorator, AddStatement
from splice.edits import composed, shifted
from splice.model import Change, Edit, Reason, Refused, Row
from splice.parse import module_of
from splice.pieces import inline
from splice.plan import FilePlan, plan_file
from splice.recognise import Recognised
from splice.symbols import Module
from splice.transform_imports import Context, import_edits
from splice.transformers import arguments, callees, decorators, statements
from splice.transformers.fragment import Placed
from splice.transformers.imports import ImportStyle
from splice.wants import Insert, Known, Remove, Replace, Want, row_extra


@dataclass(frozen=True, slots=True)
class Transformed:
    """A change, the lock rows of the file as it will be, and what `strip` makes of both of its sides."""

    change: Change
    rows: tuple[Row, ...]
    stripped_before: bytes
    stripped_after: bytes
    left: tuple[int, ...] = ()  # lines that are too long and that a formatter will wrap in a way of its own


@dataclass(frozen=True, slots=True)
class _Made:
    """The edits of a plan, made to `base`: the file in which lines that change are joined, by the edits `first`."""

    base: Module
    first: Sequence[Edit]
    edits: Sequence[Edit]
    in_calls: Sequence[Edit]  # those of them that change calls
    rows: Sequence[Row]  # of the file as it will be
    wants: Sequence[Want]  # of the base
    known: Known  # of the base


@dataclass(frozen=True, slots=True)
class _Carried:
    """A plan carried out: the file as it will be, what is recognised in it and its rows, and how it came about."""

    change: Change
    rows: tuple[Row, ...]
    module: Module
    seen: Recognised
    breaks: bool
    left: tuple[int, ...]


class Unplaced(Exception):
    """One insertion of a file cannot be placed; the others can."""

    def __init__(self, want: Want, refused: Refused) -> None:
        super().__init__(str(refused))
        self.want, self.refused = want, refused


def _made(
    module: Module, seen: Recognised, plan: FilePlan, context: Context, wants: Sequence[Want], known: Known
) -> _Made:
    """The edits that carry out a plan. Raises Unplaced for one insertion, Refused for the file."""
    flat = exploded.joined(module, plan, seen, wants, known)
    if flat is None:
        return _Made(module, (), *_edits(module, plan, context), wants, known)
    again = plan_file(flat.module, context.recognise(flat.module), flat.wants, flat.known)
    try:
        return _Made(flat.module, flat.edits, *_edits(flat.module, again, context), flat.wants, flat.known)
    except Unplaced as unplaced:
        number = next(index for index, want in enumerate(flat.wants) if want is unplaced.want)
        raise Unplaced(wants[number], unplaced.refused) from None


def _carried_out(module: Module, made: _Made, context: Context, breaking: bool) -> _Carried:
    """The file once these edits are made, with `breaking` also those that break lines that are too long then."""
    edits, limit = tuple(made.edits), context.style.code_length if breaking else None
    after = module_of(module.file, module.name, made.base.source.apply(edits))
    seen = context.recognise(after)
    places = [edit.start for edit in made.in_calls] + [shifted(edit.start, made.first) for edit in made.first]
    changed, known = [shifted(at, edits) for at in places], made.known.with_rows(module.file, made.rows)
    wants = exploded.moved(made.wants, made.base.source, after.source, edits)
    found = exploded.exploded(after, seen, made.rows, wants, changed, known, limit)
    if made.first or found.edits:
        edits = composed(module.source.text, made.first, edits, found.edits)
        after = module_of(module.file, module.name, module.source.apply(edits))
        seen = context.recognise(after)
    change = Change(module.file, module.source.raw, after.source.raw, edits)
    return _Carried(change, found.rows, after, seen, bool(found.edits), found.left)


def _edits(module: Module, plan: FilePlan, context: Context) -> tuple[Sequence[Edit], list[Edit], list[Row]]:
    """The edits that carry out a plan, those among them that change calls, and the rows of the file afterwards."""
    edits: list[Edit] = []
    in_calls: list[Edit] = []
    rows: list[Row] = list(plan.kept)
    first_use = len(module.source.starts) + 1
    for step in plan.steps:
        match step:
            case Insert():
                try:
                    made, row, line = _insert(module, step, context.style)
                except Refused as refused:
                    raise Unplaced(step.want, refused) from None
                rows.append(row)
                first_use = min(first_use, line)
            case Replace():
                made, row = _replace(module, step, context.style.code_length)
                rows.append(row)
            case Remove():
                made = _remove(module, step)
        edits += made
        kind = step.want.kind if isinstance(step, Insert) else step.node.kind
        in_calls += made if kind in ("argument", "wrap") else ()
    first, rows = import_edits(module, plan, context, rows, first_use)
    return [*first, *_joined(edits)], in_calls, rows  # where both stand at the start of a file, the import comes first


def _joined(edits: Sequence[Edit]) -> Sequence[Edit]:
    """Two elements of ours that stand beside each other go with what is between them, once."""
    ordered = sorted(edits, key=lambda edit: edit.start)
    if all(first.end <= second.start for first, second in pairwise(ordered)):
        return edits
    found: list[Edit] = []
    for edit in ordered:
        last = found[-1] if found else None
        if last is not None and edit.start < last.end and not last.text and not edit.text:
            found[-1] = Edit(last.start, max(last.end, edit.end), "")
        else:
            found.append(edit)
    return found


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
    seen = context.recognise(module)
    before, made = strip(module, seen, context, known), _made(module, seen, plan, context, wants, known)
    for breaking in (True, False):  # no file is refused for the sake of its layout
        carried = _carried_out(module, made, context, breaking)
        later = known_after(carried.rows)
        moved = _shifted(module, wants, plan, carried.change, carried.module)
        again = plan_file(carried.module, carried.seen, moved, later)
        after = strip(carried.module, carried.seen, context, later) if again.is_empty else b""
        if not carried.breaks or after == before:
            break
    if not again.is_empty:
        what = ", ".join(type(step).__name__.lower() for step in again.steps) or "its imports"
        raise Refused(Reason.PROOF_FAILED, f"a second run would change it again: {what}")
    return Transformed(carried.change, carried.rows, before, after, carried.left)


def _shifted(module: Module, wants: Sequence[Want], plan: FilePlan, change: Change, after: Module) -> list[Want]:
    """The wants as they stand afterwards: what is taken away above a slot moves it up, and calls end elsewhere."""
    gone = [step.node for step in plan.steps if isinstance(step, Remove) and step.node.kind == "decorator"]

    def placed(want: Want) -> Want:
        above = sum(node.symbol == want.point.symbol and node.index < want.point.slot for node in gone)
        return replace(want, point=replace(want.point, slot=want.point.slot - above)) if above else want

    return [placed(want) for want in exploded.moved(wants, module.source, after.source, change.edits)]


def strip(module: Module, seen: Recognised, context: Context, known: Known) -> bytes:
    """The bytes of a file without any insertion of ours."""
    plan = plan_file(module, seen, (), known.thawed())
    if plan.is_empty:
        return module.source.raw
    made = _made(module, seen, plan, context, (), known.thawed())
    return made.base.source.apply(tuple(made.edits))


def _insert(module: Module, step: Insert, style: ImportStyle) -> tuple[tuple[Edit, ...], Row, int]:
    want, nowhere = step.want, len(module.source.starts) + 1
    text = want.advice.text(want.point, step.local)
    if isinstance(want.advice, AddDecorator):
        definition = module.definitions[want.point.symbol]
        slot = want.point.slot + step.inner
        placed = decorators.insert(module.source, definition.node, slot, text, style.code_length)
        lines = [definition.node.lineno, *(d.lineno for d in definition.node.decorator_list)]
        line = min(lines) if definition.scope.function() is None else nowhere
    elif isinstance(want.advice, AddStatement):
        statement, at_top = _anchor(module, want)
        assert want.point.anchor is not None
        place = statements.insert_before if want.point.anchor.before else statements.insert_after
        placed = place(module.source, step.beneath or statement, text)
        line = statement.lineno if at_top else nowhere
    else:
        site = calls.site_of(module, want.call or (0, 0))
        if site is None:
            raise Refused(Reason.HEADER, "the call is not where it was", want.point.line)
        if isinstance(want.advice, AddArgument):
            advice = want.advice
            placed = arguments.insert(module.source, site.node, advice.keyword, text, advice.element)
        else:
            opening, closing = callees.wrap(module.source, site.node, text)
            placed = Placed((opening, closing), opening.text)
        line = site.node.lineno if site.scope.function() is None else nowhere
    return placed.edits, _row(module, want, tuple(edit.text for edit in placed.edits), placed.blank), line


def _row(module: Module, want: Want, text: tuple[str, ...], blank: int = 0) -> Row:
    operation = want.point.operation if want.kind == "decorator" else ""
    place = module.file, want.point.symbol, want.kind
    return Row(*place, want.codemods, want.version, operation, want.form, text, blank, row_extra(module, want))


def _anchor(module: Module, want: Want) -> tuple[ast.stmt, bool]:
    """The statement of the anchor, and whether it runs when the module is imported.

    Of several on the same lines a simple one: `if debug: app = Flask()` makes its app inside.
    """
    anchor = want.point.anchor
    assert anchor is not None
    found: list[tuple[ast.stmt, bool]] = []
    queue: list[tuple[ast.AST, bool]] = [(module.tree, True)]
    while queue:
        node, at_top = queue.pop()
        if isinstance(node, ast.stmt) and (node.lineno, node.end_lineno) == (anchor.line, anchor.end_line):
            found.append((node, at_top))
        at_top = at_top and not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))
        queue += ((child, at_top) for child in ast.iter_child_nodes(node) if not isinstance(child, ast.expr))
    if not found:
        raise Refused(Reason.HEADER, "the statement beside which it belongs is not where it was", anchor.line)
    return next((pair for pair in found if not hasattr(pair[0], "body")), found[0])


def _replace(module: Module, step: Replace, line_length: int | None) -> tuple[tuple[Edit, ...], Row]:
    text = step.want.advice.text(step.want.point, step.local)
    source, expression = module.source, step.node.expression
    if step.node.kind == "argument":
        edit = arguments.replace(source, expression, text)
        return (edit,), _row(module, step.want, (edit.text,))
    definition = module.definitions[step.node.symbol]
    edit = decorators.replace(source, definition.node, step.node.index, text, line_length)
    start, end = source.line_start(expression.lineno), source.line_start((expression.end_lineno or 0) + 1)
    piece = source.text[start : edit.start] + edit.text + source.text[edit.end : end]
    return (edit,), _row(module, step.want, (piece,))


def _remove(module: Module, step: Remove) -> tuple[Edit, ...]:
    piece = next(iter(inline(step.row)), None) if step.row is not None else None
    node = step.node
    if node.kind == "decorator":
        return (decorators.remove(module.source, module.definitions[node.symbol].node, node.index, piece),)
    if node.host is not None:
        if node.kind == "wrap":
            return callees.unwrap(module.source, node.host)
        return (arguments.remove(module.source, node.host, node.expression, piece),)
    assert node.statement is not None
    return (statements.remove(module.source, node.statement, piece),)
