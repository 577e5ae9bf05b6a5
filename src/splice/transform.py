"""The transform stage: the steps of a plan become edits of one file's text, and the lock rows that describe them.

libcst sees only the fragments that change; everything else is spliced through as bytes. The result is proven
to be a fixed point: planned again, the new text wants nothing, and stripped, it is what the old text strips to.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from splice import calls
from splice.codemod import AddArgument, AddDecorator, AddStatement
from splice.model import Change, Edit, Reason, Refused, Row
from splice.parse import module_of
from splice.plan import FilePlan, plan_file
from splice.recognise import Recognised
from splice.symbols import Module
from splice.transformers import arguments, callees, decorators, imports, statements
from splice.transformers.fragment import Placed
from splice.transformers.imports import ImportStyle
from splice.wants import Insert, Known, Remove, Replace, Want, row_extra


@dataclass(frozen=True, slots=True)
class Context:
    """What transforming a file needs beside its plan: how it imports the scaffold, and its sorter's style."""

    module: str  # what stands after `from`
    style: ImportStyle
    recognise: Callable[[Module], Recognised]
    is_scaffold: Callable[[ast.ImportFrom], bool]  # whether an import statement imports from it


@dataclass(frozen=True, slots=True)
class Transformed:
    """A change, the lock rows of the file as it will be, and what `strip` makes of both of its sides."""

    change: Change
    rows: tuple[Row, ...]
    stripped_before: bytes
    stripped_after: bytes


class Unplaced(Exception):
    """One insertion of a file cannot be placed; the others can."""

    def __init__(self, want: Want, refused: Refused) -> None:
        super().__init__(str(refused))
        self.want, self.refused = want, refused


def transform(module: Module, plan: FilePlan, context: Context) -> tuple[Change, tuple[Row, ...]]:
    """The change that carries out a plan. Raises Unplaced for one insertion, Refused for the file."""
    edits: list[Edit] = []
    rows: list[Row] = list(plan.kept)
    first_use = len(module.source.starts) + 1
    for step in plan.steps:
        match step:
            case Insert():
                try:
                    made, row, line = _insert(module, step, context.style)
                except Refused as refused:
                    raise Unplaced(step.want, refused) from None
                edits += made
                rows.append(row)
                first_use = min(first_use, line)
            case Replace():
                made, row = _replace(module, step, context.style.code_length)
                edits += made
                rows.append(row)
            case Remove():
                edits += _remove(module, step)
    import_edits, rows = _imports(module, plan, context, rows, first_use)
    edits = [*import_edits, *edits]  # where both stand at the start of a file, the import comes first
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
    again = plan_file(after, seen, _shifted(module, wants, plan, change, after), known_after(rows))
    if not again.is_empty:
        what = ", ".join(type(step).__name__.lower() for step in again.steps) or "its imports"
        raise Refused(Reason.PROOF_FAILED, f"a second run would change it again: {what}")
    stripped_after = strip(after, seen, context, known_after(rows))
    return Transformed(change, rows, strip(module, context.recognise(module), context, known), stripped_after)


def _shifted(module: Module, wants: Sequence[Want], plan: FilePlan, change: Change, after: Module) -> list[Want]:
    """The wants as they stand afterwards: what is taken away above a slot moves it up, and calls end elsewhere."""
    gone = [step.node for step in plan.steps if isinstance(step, Remove) and step.node.kind == "decorator"]

    def moved(want: Want) -> Want:
        above = sum(node.symbol == want.point.symbol and node.index < want.point.slot for node in gone)
        if want.call is not None:
            want = replace(want, call=after.source.position(_later(module.source.offset(*want.call), change.edits)))
        return replace(want, point=replace(want.point, slot=want.point.slot - above)) if above else want

    return [moved(want) for want in wants]


def _later(offset: int, edits: Sequence[Edit]) -> int:
    """Where the end of a call lies once these edits are made; none of them begins there."""
    return offset + sum(len(edit.text) - (edit.end - edit.start) for edit in edits if edit.start < offset)


def strip(module: Module, seen: Recognised, context: Context, known: Known) -> bytes:
    """The bytes of a file without any insertion of ours."""
    plan = plan_file(module, seen, (), known.thawed())
    if plan.is_empty:
        return module.source.raw
    after = transform(module, plan, context)[0].after
    assert after is not None
    return after


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
        placed = place(module.source, statement, text)
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
    return Row(*place, want.codemods, want.version, operation, want.form, text, blank, row_extra(want))


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
    piece = step.row.text[0] if step.row is not None and step.row.text else None
    node = step.node
    if node.kind == "decorator":
        return (decorators.remove(module.source, module.definitions[node.symbol].node, node.index, piece),)
    if node.host is not None:
        if node.kind == "wrap":
            return callees.unwrap(module.source, node.host)
        return (arguments.remove(module.source, node.host, node.expression, piece),)
    assert node.statement is not None
    return (statements.remove(module.source, node.statement, piece),)


def _imports(
    module: Module, plan: FilePlan, context: Context, rows: list[Row], first_use: int
) -> tuple[list[Edit], list[Row]]:
    """Edits for the import lines: names of ours that nothing uses go, names that are needed come."""
    edits: list[Edit] = []
    kept = [row for row in rows if row.kind != "import"]
    imported = {row: row for row in rows if row.kind == "import"}
    wanted = {form_of_import(part, local) for part, local in plan.imports}
    dropped = {alias.form for alias in plan.dropped}
    left_behind = {id(alias.node) for alias in plan.dropped if alias.moved}  # of a scaffold that is this file's no more
    for row in plan.import_rows:
        imported_here = [node for node in module.tree.body if isinstance(node, ast.ImportFrom)]
        nodes = [n for n in imported_here if (context.is_scaffold(n) or id(n) in left_behind) and _is_row(n, row)]
        left = set(row.form.split(", ")) - dropped
        if not nodes or (not dropped & set(row.form.split(", ")) and not wanted):
            continue
        alone = len(nodes) == 1 and _is_exactly(module, nodes[0], row)
        if alone and (nodes[0].lineno < first_use if wanted else left and _is_wrapped(module, nodes[0], row)):
            edit, row_after = _rewritten(module, nodes[0], row, sorted(left | wanted), context)
            edits.append(edit)
            wanted = set()
        elif not left and all({_form(i) for i in node.names} <= dropped for node in nodes):
            edits.append(imports.remove_all(module.source, nodes, row.text[0] if row.text else None, row.blank))
            row_after = None
        else:
            text = row.text[0]
            for node in nodes:
                gone = [_form(item) for item in node.names if _form(item) in dropped]
                if gone:
                    edits.append(imports.remove(module.source, node, gone, row.text[0], row.blank))
                    text = _as_left(module, node, edits[-1]) if len(nodes) == 1 else text
            row_after = replace(row, form=", ".join(sorted(left)), text=(text,)) if left else None
        imported.pop(row, None)
        if row_after is not None:
            imported[row_after] = row_after
        dropped -= set(row.form.split(", "))
    rewritten, turned = _turned(module, plan, context)
    edits += rewritten
    imported.update((row, row) for row in turned)
    lost = [alias for alias in plan.dropped if alias.form in dropped]  # no row speaks of it: the lock is lost
    for node in {id(alias.node): alias.node for alias in lost}.values():
        edits.append(imports.remove(module.source, node, [alias.form for alias in lost if alias.node is node]))
    if wanted:
        names = tuple(sorted(wanted))
        placed = imports.add(module.source, module.tree, context.module, names, context.style, first_use)
        edits += placed.edits
        row = Row(module.file, "", "import", form=", ".join(names), text=(placed.text,), blank=placed.blank)
        imported[row] = row
    return edits, [*kept, *imported]


def _as_left(module: Module, node: ast.ImportFrom, edit: Edit) -> str:
    """The lines of an import statement once an edit within them is made."""
    source = module.source
    start, end = source.line_start(node.lineno), source.line_start((node.end_lineno or 0) + 1)
    return source.text[start : edit.start] + edit.text + source.text[edit.end : end]


def _turned(module: Module, plan: FilePlan, context: Context) -> tuple[list[Edit], list[Row]]:
    """Imports of another scaffold, turned to this file's own where they stand; rows as the file they came from had."""
    edits: list[Edit] = []
    rows: list[Row] = []
    for node in {id(alias.node): alias.node for alias in plan.moved}.values():
        mine = [alias for alias in plan.moved if alias.node is node]
        names = sorted(alias.form for alias in mine)
        if len(names) != len(node.names) or "#" in module.source.segment(node):
            raise Refused(Reason.HEADER, "this import of another scaffold holds more than ours", node.lineno)
        start, end = module.source.span(node)
        newline = module.source.newline
        text = newline.join(imports.statement(context.module, names, context.style))
        edits.append(Edit(start, end, text))
        blank = next((row.blank for row in plan.import_rows if set(names) & set(row.form.split(", "))), 0)
        rows.append(Row(module.file, "", "import", form=", ".join(names), text=(text + newline,), blank=blank))
    return edits, rows


def form_of_import(part: str, local: str) -> str:
    """How one imported name stands in a row's form."""
    return part if part == local else f"{part} as {local}"


def _form(item: ast.alias) -> str:
    return form_of_import(item.name, item.asname or item.name)


def _is_row(node: ast.ImportFrom, row: Row) -> bool:
    """Whether an import from a scaffold is (part of) what a row says that we added."""
    return any(_form(item) in row.form.split(", ") for item in node.names)


def _is_exactly(module: Module, node: ast.ImportFrom, row: Row) -> bool:
    """Whether a statement holds what the row says and nothing of a human's, no comment either."""
    return {_form(item) for item in node.names} == set(row.form.split(", ")) and "#" not in module.source.segment(node)


def _is_wrapped(module: Module, node: ast.ImportFrom, row: Row) -> bool:
    """Whether it stands over several lines, as we wrote it: with fewer names it may fit into one."""
    text = module.source.segment(node)
    return "(" in text and text == (row.text[0] if row.text else "").rstrip("\r\n")


def _rewritten(
    module: Module, node: ast.ImportFrom, row: Row, names: Sequence[str], context: Context
) -> tuple[Edit, Row]:
    """Our own import statement with other names, as the formatter would write it, in its place."""
    start, end = module.source.span(node)
    as_written = "." * node.level + (node.module or "")
    spelled = as_written if context.is_scaffold(node) else context.module
    text = "\n".join(imports.statement(spelled, names, context.style))
    newline = module.source.newline
    edit = Edit(start, end, text.replace("\n", newline))
    return edit, replace(row, form=", ".join(sorted(names)), text=(edit.text + newline,))
