"""Edits for the lines that import the scaffold: names of ours that nothing uses go, names that are needed come."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from splice.model import Edit, Reason, Refused, Row
from splice.plan import FilePlan
from splice.recognise import Recognised
from splice.symbols import Module
from splice.transformers import imports
from splice.transformers.imports import ImportStyle


@dataclass(frozen=True, slots=True)
class Context:
    """What transforming a file needs beside its plan: how it imports the scaffold, and its sorter's style."""

    module: str  # what stands after `from`
    style: ImportStyle
    recognise: Callable[[Module], Recognised]
    is_scaffold: Callable[[ast.ImportFrom], bool]  # whether an import statement imports from it


def import_edits(
    module: Module, plan: FilePlan, context: Context, rows: list[Row], first_use: int
) -> tuple[list[Edit], list[Row]]:
    """Edits for the import lines: names of ours that nothing uses go, names that are needed come."""
    edits: list[Edit] = []
    kept = [row for row in rows if row.kind != "import"]
    imported = {row: row for row in rows if row.kind == "import"}
    wanted = {form_of_import(part, local) for part, local in plan.imports}
    dropped = {alias.form for alias in plan.dropped}
    whole: list[tuple[list[ast.ImportFrom], Row]] = []
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
            whole.append((nodes, row))
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
    edits += _removed(module, whole)
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


def _removed(module: Module, whole: Sequence[tuple[list[ast.ImportFrom], Row]]) -> Iterator[Edit]:
    """Statements that go. Those of several rows that follow each other go at once: the blank lines that came with the
    first of them stand around all of them now."""
    of = {id(node): row for nodes, row in whole for node in nodes}
    groups: list[list[ast.ImportFrom]] = []
    for node in sorted((node for nodes, _ in whole for node in nodes), key=lambda node: node.lineno):
        follows = bool(groups) and (groups[-1][-1].end_lineno or 0) + 1 == node.lineno
        groups = [*groups[:-1], [*groups[-1], node]] if follows else [*groups, [node]]
    for group in groups:
        rows = tuple(dict.fromkeys(of[id(node)] for node in group))
        piece = "".join(row.text[0] for row in rows if row.text) or None
        yield imports.remove_all(module.source, group, piece, max(row.blank for row in rows))


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
