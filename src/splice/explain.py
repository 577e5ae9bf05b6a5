"""Why a line is there, or would be, or is not: from a place in a file, or from an exported span's operation.

The answer is lines of text, not yet escaped; the first line names the place that was meant.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from splice import lock as locks
from splice import scaffold
from splice.coverage import Covered, coverage
from splice.model import Finding, Row, SpliceError
from splice.patterns import nearest
from splice.plan import Want
from splice.recognise import Alias, Node, Recognised
from splice.registry import codemods
from splice.symbols import Module

if TYPE_CHECKING:
    from splice.pipeline import Planned

_NEAREST = 3


@dataclass(frozen=True, slots=True)
class _File:
    """One file of the service, with what it holds of the scaffold."""

    module: Module
    seen: Recognised
    rows: tuple[Covered, ...]


def explain_place(planned: Planned, file: str, line: int) -> list[str]:
    """What is, or would be, inserted at a line, and why; or why nothing is.

    Raises SpliceError when there is nothing to explain there.
    """
    raw = planned.survey.files.get(file) if file in planned.survey.files.names else None
    header = scaffold.read(raw.decode("utf-8", "replace")) if raw is not None else None
    if raw is not None and header is not None:
        return _scaffold(planned, file, line, raw.decode("utf-8", "replace"), header)
    if file == locks.FILE and raw is not None:
        return _lock_line(raw, line)
    found = _file(planned, file)
    if found is None:
        raise SpliceError(_why_not_read(planned, file), file=file, line=line)
    count = len(found.module.source.starts)
    if line < 1 or line > count:
        raise SpliceError(f"the file has {count} lines", file=file, line=line)
    for alias in found.seen.aliases:
        if alias.node.lineno <= line <= (alias.node.end_lineno or alias.node.lineno):
            return _import(planned, found, alias)
    for node in found.seen.nodes:
        start, end = node.expression.lineno, node.expression.end_lineno or node.expression.lineno
        if start <= line <= end:
            return _node(planned, found, node)
    row = _at(found, line)
    if row is None:
        raise SpliceError("nothing is inserted here, and nothing would be", file=file, line=line, fix=_near(found, line))
    return _point(planned, found, row)


def explain_operation(planned: Planned, operation: str, codegen_id: str = "") -> list[str]:
    """Where the insertion with this operation stands: `orders/views.py:12: @observed("GET /orders")`, all of them.

    Raises SpliceError for an id that no scaffold has, and for an operation that the project does not have.
    """
    sites = _generation(planned, codegen_id) if codegen_id else None
    everywhere = [(file, node) for file in sorted(planned.sites) for node in _nodes(planned, file, operation)]
    places = [(file, node) for file, node in everywhere if sites is None or planned.sites[file].path in sites]
    if places:
        lines = [f"{file.module.file}:{node.expression.lineno}: {_written(file, node)}" for file, node in _files(planned, places)]
        for file, node in _files(planned, places):
            lines += ["", *_node(planned, file, node)[1:]]
        return lines
    if everywhere:
        where = ", ".join(sorted({planned.sites[file].path for file, _ in everywhere}))
        raise SpliceError(f"generation {codegen_id} does not hold {operation!a}: its insertion belongs to {where}")
    rows = [row for row in coverage(planned) if row.point.operation == operation]
    if not rows:
        known = sorted({row.point.operation for row in coverage(planned)})
        raise SpliceError(f"no operation is called {operation!a}", fix=_did_you_mean(operation, known))
    lines = [f"{row.point.file}:{row.point.line}: {row.point.symbol}: nothing is inserted" for row in rows]
    for row in rows:
        found = _file(planned, row.point.file)
        assert found is not None
        lines += ["", *_point(planned, found, row)[1:]]
    return lines


def _file(planned: Planned, file: str) -> _File | None:
    module = planned.survey.project.file(file) if file in planned.survey.files.names else None
    if module is None:
        return None
    seen = planned.recogniser(file)(module) if file in planned.sites else Recognised((), {}, ())
    return _File(module, seen, tuple(row for row in coverage(planned) if row.point.file == file))


def _files(planned: Planned, places: Sequence[tuple[str, Node]]) -> Iterator[tuple[_File, Node]]:
    for file, node in places:
        found = _file(planned, file)
        assert found is not None
        yield found, node


def _nodes(planned: Planned, file: str, operation: str) -> Iterator[Node]:
    nodes = [node for node in planned.recogniser(file)(planned.module(file)).nodes if node.operation == operation]
    yield from sorted(nodes, key=lambda node: node.expression.lineno)


def _written(found: _File, node: Node) -> str:
    """A node as it stands in the file, in one line."""
    text = " ".join(found.module.source.segment(node.expression).split())
    return ("@" if node.kind == "decorator" else "") + text


def _at(found: _File, line: int) -> Covered | None:
    """The join point whose header holds a line; else the innermost whose body does."""
    best: tuple[int, Covered] | None = None
    for row in found.rows:
        definition = found.module.definitions.get(row.point.symbol)
        if row.point.kind == "app" or definition is None:
            end = row.point.anchor.end_line if row.point.anchor else row.point.line
            start = row.point.line
        else:
            node = definition.node
            start = min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)])
            end = node.end_lineno or node.lineno
        if start <= line <= end and (best is None or end - start < best[0]):
            best = (end - start, row)
    return best[1] if best else None


def _node(planned: Planned, found: _File, node: Node) -> list[str]:
    """An insertion that stands in the file, ours or a human's."""
    file = found.module.file
    row = planned.survey.lock.lookup(file, node.symbol, node.kind, node.form)
    owned = planned.known.owns(file, node)
    owner = "inserted by codemod" if owned else "written by hand, kept as it is and counted"
    lines = [f"{file}:{node.expression.lineno}: {_written(found, node)}", f"  {owner}"]
    for covered in found.rows:
        if covered.point.symbol == node.symbol or _is_app_of(covered, node):
            lines += _about(planned, found, covered)
            break
    else:
        lines.append("  no join point: nothing asks for it here any more, and `codemod run` takes it out" * owned)
    return [line for line in (*lines, *_record(planned, file, row), *_findings(planned, file, node.expression.lineno)) if line]


def _is_app_of(covered: Covered, node: Node) -> bool:
    anchor = covered.point.anchor
    return (
        node.kind == "statement"
        and anchor is not None
        and isinstance(node.expression, ast.Call)
        and any(ast.unparse(argument) == anchor.target for argument in node.expression.args)
    )


def _point(planned: Planned, found: _File, covered: Covered) -> list[str]:
    """A join point: the insertion that it has if it has one, else what it would get or why it gets nothing."""
    for node in found.seen.nodes:
        if (node.kind == "decorator" and node.symbol == covered.point.symbol) or _is_app_of(covered, node):
            return _node(planned, found, node)
    point = covered.point
    wants = [want for want in planned.wants.get(point.file, ()) if want.point == point]
    lines = [f"{point.file}:{point.line}: {point.symbol}: nothing is inserted"]
    if covered.state == "skipped":
        assert covered.reason is not None
        lines.append(f"  why not      {covered.reason.value}" + (f": {covered.detail}" if covered.detail else ""))
    lines += [f"  would get    {_text(want)}   (`codemod run`)" for want in wants if covered.state == "missing"]
    return [*lines, *_about(planned, found, covered)]


def _text(want: Want) -> str:
    return ("@" if want.kind == "decorator" else "") + want.advice.text(want.point, want.part)


def _about(planned: Planned, found: _File, covered: Covered) -> list[str]:
    """What is known of a join point: what it is, its operation and routes, and each codemod's reason and state."""
    point = covered.point
    lines = [
        f"  join point   {point.kind} {point.symbol}" + (f" ({point.framework})" if point.framework else "")
        + f", {point.file}:{point.line}",
        f"  operation    {point.operation}",
    ]
    if point.routes:
        lines.append(f"  routes       {', '.join(point.routes)}")
    if covered.reason is not None and covered.state != "skipped":
        lines.append(f"  remark       {covered.reason.value}" + (f": {covered.detail}" if covered.detail else ""))
    for name, state in covered.states.items():
        codemod = codemods()[name]
        lines.append(f"  {name:<12} {state}: {codemod.why}")
        lines.append(f"  {'':<12} pointcut {codemod.pointcut.text}, version {codemod.version}")
    if any(state != "skipped" for state in covered.states.values()):
        names = ", ".join(covered.states)
        lines.append(f"  opt out      # codemod: ignore[{names}] -- reason   (at the def, then `codemod run`)")
    return lines


def _record(planned: Planned, file: str, row: Row | None) -> list[str]:
    """The row of the lock, and the generation of the scaffold that it calls."""
    lines = []
    if row is None:
        lines.append(f"  lock         no row in {locks.FILE}")
    else:
        names = ", ".join(row.codemods)
        lines.append(f"  lock         {locks.FILE}: {row.kind} of {row.file}, version {row.version}" + (f", for {names}" if names else ""))
    if file in planned.sites:
        path = planned.sites[file].path
        header = _header(planned, path)
        lines.append(f"  generation   {path}, " + (f"codegen id {header.codegen_id}" if header else "not written yet"))
    return lines


def _findings(planned: Planned, file: str, line: int) -> list[str]:
    found: list[Finding] = [f for f in planned.findings if f.file == file and f.line == line]
    return [f"  {f.level:<12} {f.message}" for f in found]


def _import(planned: Planned, found: _File, alias: Alias) -> list[str]:
    """The line that imports the scaffold's parts."""
    file, node = found.module.file, alias.node
    here = [a for a in found.seen.aliases if a.node is node]
    names = ", ".join(a.part if a.part == a.local else f"{a.part} as {a.local}" for a in here)
    text = " ".join(found.module.source.segment(node).split())
    owned = all(planned.known.owns_alias(file, a) for a in here)
    owner = "inserted by codemod" if owned else "written by hand"
    lines = [f"{file}:{node.lineno}: {text}", f"  {owner}"]
    lines.append(f"  imports      {names} of the service's scaffold, for:")
    parts = {a.part for a in here}
    used = sorted((n for n in found.seen.nodes if n.part in parts), key=lambda n: n.expression.lineno)
    lines += [f"  {'':<12} {file}:{n.expression.lineno}: {_written(found, n)}" for n in used]
    lines.append("  opt out      it goes with its last use, by itself")
    rows = [r for r in planned.survey.rows(file) if r.kind == "import" and {a.form for a in here} & set(r.form.split(", "))]
    return [*lines, *_record(planned, file, rows[0] if rows else None)]


def _scaffold(planned: Planned, file: str, line: int, text: str, header: scaffold.Header) -> list[str]:
    """A line of a generated scaffold: which part it belongs to, and what uses that."""
    lines = [f"{file}:{line}: generated by splice {header.tool_version}, template {header.template_version}"]
    if not header.body_intact:
        lines.append("  warning      somebody has changed it since: `git restore` it, or delete it and `codemod run`")
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        tree = ast.Module([], [])
    for node in tree.body:
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            start = min([node.lineno, *(d.lineno for d in node.decorator_list)])
            if start <= line <= (node.end_lineno or node.lineno):
                about = (ast.get_docstring(node) or "").split("\n")[0]
                lines.append(f"  here         {node.name}" + (f": {about}" if about else ""))
    users = sorted(f for f, site in planned.sites.items() if site.path == file)
    settings = planned.request.config.normalised()
    return [
        *lines,
        f"  parts        {', '.join(header.parts)}",
        f"  codegen id   {header.codegen_id}",
        f"  settings     {settings}",
        f"  used by      {', '.join(users) or 'no file'}",
        "  change it    by the configuration, then `codemod run`; `codemod strip` takes it out",
    ]


def _lock_line(raw: bytes, line: int) -> list[str]:
    rows = [row for row in locks.read(raw).rows if locks.write([row]).split(b"\n")[1] == _line_of(raw, line)]
    if not rows:
        raise SpliceError("no row of the lock", file=locks.FILE, line=line)
    row = rows[0]
    return [
        f"{locks.FILE}:{line}: {row.kind} in {row.file}" + (f", at {row.symbol}" if row.symbol else ""),
        f"  codemods     {', '.join(row.codemods) or '-'}, version {row.version}",
        f"  text         {' ... '.join(piece.strip() for piece in row.text) or '-'}",
    ]


def _line_of(raw: bytes, line: int) -> bytes:
    lines = raw.replace(b"\r\n", b"\n").split(b"\n")
    return lines[line - 1].strip() if 0 < line <= len(lines) else b""


def _why_not_read(planned: Planned, file: str) -> str:
    survey = planned.survey
    for failure in (*survey.failures, *survey.discovery.failed):
        if failure.file == file:
            return f"{failure.reason.value}: {failure.detail}"
    for excluded, why in survey.discovery.excluded:
        if excluded == file:
            return f"left out: {why}"
    if file not in survey.files.names:
        return "there is no such file, or git ignores it"
    return "no join point is in this file"


def _near(found: _File, line: int) -> str:
    rows = sorted(found.rows, key=lambda row: (abs(row.point.line - line), row.point.line))[:_NEAREST]
    if not rows:
        return "no join point is in this file"
    return "nearest: " + ", ".join(f"{r.point.file}:{r.point.line} ({r.point.symbol})" for r in rows)


def _did_you_mean(operation: str, known: Sequence[str]) -> str:
    import difflib

    meant = difflib.get_close_matches(operation, known, n=_NEAREST, cutoff=0.4) or [nearest(operation, known)]
    return "did you mean " + ", ".join(meant) + "?" if any(meant) else "`codemod list` shows every operation"


def _header(planned: Planned, path: str) -> scaffold.Header | None:
    raw = planned.survey.files.get(path) if path in planned.survey.files.names else None
    return scaffold.read(raw.decode("utf-8", "replace")) if raw is not None else None


def _generation(planned: Planned, codegen_id: str) -> frozenset[str]:
    """The scaffolds with this id, by the lock and by their own headers."""
    known: dict[str, set[str]] = {}
    for row in planned.survey.lock.rows:
        for key, value in row.extra:
            if row.kind == "scaffold" and key == "codegen_id":
                known.setdefault(value, set()).add(row.file)
    paths = {site.path for site in planned.sites.values()} | {r.file for r in planned.survey.lock.rows if r.kind == "scaffold"}
    for path in sorted(paths):
        if (header := _header(planned, path)) is not None:
            known.setdefault(header.codegen_id, set()).add(path)
    if codegen_id not in known:
        ids = ", ".join(f"{name} ({', '.join(sorted(where))})" for name, where in sorted(known.items()))
        raise SpliceError(f"no scaffold has the codegen id {codegen_id!a}", fix=f"known: {ids}" if ids else "`codemod run` makes one")
    return frozenset(known[codegen_id])
