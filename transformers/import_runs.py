"""Where a module's imports stand: the first run of contiguous top-level imports after the last barrier.

A barrier is a statement that must run before what follows it is imported (`sys.path` edits,
`monkey.patch_all()`, `django.setup()`). What sorters treat as the end of a run ends it here.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass

from splice.forms import dotted
from splice.model import Reason, Refused
from splice.source import Source
from splice.transformers import fragment

_MARK = re.compile(r"#\s*(?:ruff:\s*)?isort:\s*(skip_file|split|off|on|skip)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Row:
    """The physical lines of one or more statements (`import a; import b`) with the comments directly above."""

    nodes: tuple[ast.stmt, ...]
    above: int  # offset of the comments directly above, or of the statement
    start: int  # offset of the statement's line
    end: int  # offset of the next line
    text: str

    @property
    def imports(self) -> ast.Import | ast.ImportFrom | None:
        """The first import, when the row holds nothing else."""
        first = self.nodes[0]
        plain = all(isinstance(node, (ast.Import, ast.ImportFrom)) for node in self.nodes)
        return first if plain and isinstance(first, (ast.Import, ast.ImportFrom)) else None


@dataclass(frozen=True, slots=True)
class Run:
    """Contiguous imports, or none; `head` is where what must come first ends: docstring, future, barrier."""

    rows: tuple[Row, ...]
    head: int
    below: Row | None  # what stands after `head`


def module_of(node: ast.Import | ast.ImportFrom) -> str:
    """The module of an import statement as it is written, dots included."""
    if isinstance(node, ast.Import):
        return node.names[0].name
    return "." * node.level + (node.module or "")


def find_run(source: Source, tree: ast.Module) -> Run:
    """The run that a new import joins. Raises Refused for a file that sorters must skip."""
    rows = list(_rows(source, tree))
    _refuse_skipped(source, tree)
    first = _first_free(rows, tree)
    run: list[Row] = []
    off, at = False, 0
    for number, row in enumerate(rows):
        marks = [mark.lower() for mark in _MARK.findall(source.text[at : row.start])]
        for mark in marks:
            off = {"off": True, "on": False}.get(mark, off)
        if run and marks:
            break
        at = row.end
        is_import = row.imports is not None and not off and "skip" not in map(str.lower, _MARK.findall(row.text))
        if number >= first and is_import:
            run.append(row)
        elif run:
            break
    head = rows[first - 1].end if first else _after_header(source, rows[0] if rows else None)
    below = rows[first] if first < len(rows) else None
    return Run(tuple(run), head, below)


def _rows(source: Source, tree: ast.Module) -> Iterator[Row]:
    """Top-level statements, grouped where they share physical lines."""
    group: list[ast.stmt] = []
    start = end = 0
    for node in tree.body:
        begins = source.line_start(fragment.first_line(source, node))
        if group and begins >= end:
            yield _row(source, group, start, end)
            group = []
        start = start if group else begins
        group.append(node)
        end = _logical_end(source, node)
    if group:
        yield _row(source, group, start, end)


def _row(source: Source, group: list[ast.stmt], start: int, end: int) -> Row:
    line = source.line_at(start)
    while line > 1 and source.line_text(line - 1).lstrip(" \t\f").startswith("#"):
        line -= 1
    return Row(tuple(group), source.line_start(line), start, end, source.text[start:end])


def _logical_end(source: Source, node: ast.stmt) -> int:
    """Offset of the line after a statement, which a backslash may move further down."""
    assert node.end_lineno is not None
    line = node.end_lineno
    if source.line_text(line).rstrip("\r\n").endswith("\\"):
        opens = source.line_at(source.offset(node.lineno, node.col_offset))
        for token in fragment.tokens(source, opens):
            if token.text in ("", "\n") and token.start >= source.span(node)[1] and not fragment.is_layout(token):
                return token.next_line
    return source.line_start(line + 1)


def _refuse_skipped(source: Source, tree: ast.Module) -> None:
    for number in range(1, len(source.starts) + 1) if "skip_file" in source.text.lower() else ():
        row = source.line_text(number)
        if any(mark.lower() == "skip_file" for mark in _MARK.findall(row)):
            raise Refused(Reason.SKIP_FILE, "isort: skip_file", number)
    if "isort:skip_file" in (ast.get_docstring(tree, clean=False) or "").replace(" ", ""):
        raise Refused(Reason.SKIP_FILE, "isort: skip_file in the docstring", 1)


def _first_free(rows: list[Row], tree: ast.Module) -> int:
    """Index of the first row before which nothing must stand any more."""
    first = 0
    aliases = _aliases(tree)
    for number, row in enumerate(rows):
        node = row.nodes[0]
        docstring = number == 0 and ast.get_docstring(tree, clean=False) is not None
        future = isinstance(node, ast.ImportFrom) and node.module == "__future__" and not node.level
        if docstring or future or any(is_barrier(item, aliases) for item in row.nodes):
            first = number + 1
    return first


def _aliases(tree: ast.Module) -> dict[str, str]:
    """What the names mean that top-level imports bind."""
    names: dict[str, str] = {}
    for node in tree.body:
        if isinstance(node, ast.Import):
            names |= {item.asname: item.name for item in node.names if item.asname}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names |= {item.asname or item.name: f"{node.module}.{item.name}" for item in node.names}
    return names


def is_barrier(node: ast.stmt, aliases: dict[str, str]) -> bool:
    """Whether a statement, executed at import, changes what later imports find or get."""
    if isinstance(node, ast.If) and "__main__" in ast.dump(node.test):
        return False
    stack: list[ast.AST] = [node]
    while stack:
        item = stack.pop()
        if isinstance(item, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)):
            continue  # not executed here
        targets: list[ast.expr] = []
        if isinstance(item, ast.Call):
            name = _meaning(item.func, aliases)
            last = name.rpartition(".")[2]
            if name.startswith(("sys.path.", "sys.meta_path.", "sys.path_hooks.")) or name == "django.setup":
                return True
            if last in ("patch_all", "monkey_patch", "addsitedir") or ("monkey" in name and last.startswith("patch_")):
                return True
        elif isinstance(item, ast.Assign):
            targets = item.targets
        elif isinstance(item, (ast.AugAssign, ast.Delete)):
            targets = item.targets if isinstance(item, ast.Delete) else [item.target]
        for target in targets:
            target = target.value if isinstance(target, ast.Subscript) else target
            if _meaning(target, aliases) in ("sys.path", "sys.meta_path", "sys.path_hooks"):
                return True
        stack += ast.iter_child_nodes(item)
    return False


def _meaning(node: ast.AST, aliases: dict[str, str]) -> str:
    head, dot, rest = dotted(node).partition(".")
    return aliases.get(head, head) + dot + rest


def _after_header(source: Source, row: Row | None) -> int:
    """Offset after the comments that open a file: shebang, coding line, licence.

    Comments directly above the first statement belong to it, unless they open the file.
    """
    if row is None:
        return len(source.text)
    if source.text[: row.above].strip():
        line = source.line_at(row.above)
        while line > 1 and not source.line_text(line - 1).strip():
            line -= 1
        return source.line_start(line)
    opening = source.text[row.above : row.start]
    return row.start if opening else row.above
