"""The words of `codemod explain`: an insertion, a join point, an import, a line of a scaffold or of the lock.

Lines of text, not yet escaped; the first one names the place.
"""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass

from splice import lock as locks
from splice import scaffold
from splice.codemod import Satisfied
from splice.config import Config
from splice.model import JoinPoint, Reason, Row, SpliceError
from splice.pipeline import Planned
from splice.policies.requirements import Public, Undecided, requirement
from splice.recognise import Alias, Node, Recognised
from splice.report.coverage import Covered
from splice.report.report import Report
from splice.symbols import Module
from splice.wants import Want


@dataclass(frozen=True, slots=True)
class File:
    """One file of the service, with what it holds of the scaffold."""

    module: Module
    seen: Recognised
    rows: tuple[Covered, ...]


def open_file(report: Report, file: str) -> File:
    """A file that parses, with its rows of the coverage table."""
    planned = report.planned
    seen = planned.recogniser(file)(planned.module(file)) if file in planned.sites else Recognised((), {}, ())
    return File(planned.module(file), seen, tuple(row for row in report.points if row.point.file == file))


def written(found: File, node: Node) -> str:
    """A node as it stands in the file, in one line."""
    text = " ".join(found.module.source.segment(node.expression).split())
    text = re.sub(r",? \)$", ")", text.replace("( ", "(", 1))  # as it would stand on one line
    return ("@" if node.kind == "decorator" else "") + text


def node_lines(planned: Planned, found: File, node: Node) -> list[str]:
    """An insertion that stands in the file, ours or a human's."""
    file = found.module.file
    row = planned.survey.lock.lookup(file, node.symbol, node.kind, node.form)
    about = next((covered for covered in found.rows if _is_at(covered, node)), None)
    owned = planned.known.owns(file, node) or (about is not None and about.state == "inserted")
    owner = "inserted by codemod" if owned else "written by hand, kept as it is and counted"
    lines = [f"{file}:{node.expression.lineno}: {written(found, node)}", f"  {owner}"]
    if about is not None:
        lines += _about(planned, about)
    elif owned:
        lines.append("  no join point: nothing asks for it here any more, and `codemod run` takes it out")
    return [*lines, *_record(planned, file, row), *_findings(planned, file, node.expression.lineno)]


def _is_at(covered: Covered, node: Node) -> bool:
    """Whether a node stands at this join point: calls have names of their own, and are known by where they end."""
    anchor, point = covered.point.anchor, covered.point
    if node.kind == "statement":
        given = node.expression.args if isinstance(node.expression, ast.Call) else []
        return anchor is not None and anchor.target in map(ast.unparse, given)
    if node.host is not None:
        return node.place in {f"{line}:{column}" for line, column in point.calls}
    return point.symbol == node.symbol


def point_lines(planned: Planned, found: File, covered: Covered) -> list[str]:
    """A join point: the insertion that it has if it has one, else what it would get or why it gets nothing."""
    for node in found.seen.nodes:
        if _is_at(covered, node):
            return node_lines(planned, found, node)
    point = covered.point
    wants = [want for want in planned.wants.get(point.file, ()) if want.point == point]
    lines = [f"{point.file}:{point.line}: {point.symbol}: nothing is inserted"]
    if covered.state == "skipped":
        lines.append(f"  why not      {_because(covered)}")
    lines += [f"  would get    {_text(want)}   (`codemod run`)" for want in wants if covered.state == "missing"]
    return [*lines, *_about(planned, covered)]


def _text(want: Want) -> str:
    return ("@" if want.kind == "decorator" else "") + want.advice.text(want.point, want.part)


def _about(planned: Planned, covered: Covered) -> list[str]:
    """What is known of a join point: what it is, its operation and routes, and each codemod's reason and state."""
    point = covered.point
    lines = [
        f"  join point   {point.kind} {point.symbol}"
        + (f" ({point.framework})" if point.framework else "")
        + f", {point.file}:{point.line}",
        *(f"  operation    {operation}" for operation in point.operations),
    ]
    if point.routes:
        lines.append(f"  routes       {', '.join(point.routes)}")
    if covered.reason is not None and not covered.skipped:
        lines.append(f"  remark       {_because(covered)}")
    if covered.observed_by:
        lines.append(f"  observed by  {covered.observed_by}")
    for name, state in covered.states.items():
        codemod = planned.survey.codemods[name]
        reason = covered.reasons.get(name)
        why = _said(*reason) if reason is not None else codemod.why
        decision = planned.decided.get((point.file, point.symbol, point.kind), {}).get(name)
        if decision is not None and isinstance(decision[0], Satisfied):
            why = decision[0].by
        lines.append(f"  {name:<12} {state}: {why}")
        lines.append(f"  {'':<12} pointcut {codemod.pointcut.text}, version {codemod.version}")
    if planned.survey.config.has("auth") and point.kind in ("handler", "websocket"):
        lines += [
            f"  policy       {_demand(planned.survey.config, point, operation)}" for operation in point.operations
        ]
    names = [name for name in covered.states if planned.survey.config.may_suppress(name)]
    if any(covered.states[name] != "skipped" for name in names):
        lines.append(
            f"  opt out      # codemod: ignore[{', '.join(names)}] -- reason   (at the def, then `codemod run`)"
        )
    return lines


def _demand(config: Config, point: JoinPoint, operation: str) -> str:
    """What the policy asks of one operation, and where it says so."""
    decided = requirement(config.auth, point, operation)
    shown = f"{operation}: " if point.members else ""
    if isinstance(decided, Undecided):
        return f"{shown}undecided: {decided.message}"
    if isinstance(decided, Public) and not decided.pattern:
        return f"{shown}public: OPTIONS, which no rule names"
    if isinstance(decided, Public):
        file, line = config.public_place(decided.pattern)
        return f"{shown}public: {decided.pattern}, {file}:{line}"
    if decided.rule is None:
        return f"{shown}requires {decided.needed}: no rule names it"
    return f"{shown}requires {decided.needed}: {decided.rule.operation}, {decided.rule.file}:{decided.rule.line}"


def _because(covered: Covered) -> str:
    assert covered.reason is not None
    return _said(covered.reason, covered.detail)


def _said(reason: Reason, detail: str) -> str:
    return reason.value + (f": {detail}" if detail else "")


def _record(planned: Planned, file: str, row: Row | None) -> list[str]:
    """The row of the lock, and the generation of the scaffold that it calls."""
    lines = []
    if row is None:
        lines.append(f"  lock         no row in {locks.FILE}")
    else:
        names = ", ".join(row.codemods)
        lines.append(
            f"  lock         {locks.FILE}: {row.kind} of {row.file}, version {row.version}"
            + (f", for {names}" if names else "")
        )
    if file in planned.sites:
        path = planned.sites[file].path
        header = header_of(planned, path)
        lines.append(f"  generation   {path}, " + (f"codegen id {header.codegen_id}" if header else "not written yet"))
    return lines


def _findings(planned: Planned, file: str, line: int) -> list[str]:
    return [f"  {f.level:<12} {f.message}" for f in planned.findings if f.file == file and f.line == line]


def import_lines(planned: Planned, found: File, alias: Alias) -> list[str]:
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
    lines += [f"  {'':<12} {file}:{n.expression.lineno}: {written(found, n)}" for n in used]
    lines.append("  opt out      it goes with its last use, by itself")
    rows = [
        r for r in planned.survey.rows(file) if r.kind == "import" and {a.form for a in here} & set(r.form.split(", "))
    ]
    return [*lines, *_record(planned, file, rows[0] if rows else None)]


def scaffold_lines(planned: Planned, file: str, line: int, text: str, header: scaffold.Header) -> list[str]:
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
    users = sorted(f for f, site in planned.sites.items() if site.path == file != f)
    settings = planned.request.config.normalised()
    return [
        *lines,
        f"  parts        {', '.join(header.parts)}",
        f"  codegen id   {header.codegen_id}",
        f"  settings     {settings}",
        f"  used by      {', '.join(users) or 'no file'}",
        "  change it    by the configuration, then `codemod run`; `codemod strip` takes it out",
    ]


def lock_lines(raw: bytes, line: int) -> list[str]:
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


def header_of(planned: Planned, path: str) -> scaffold.Header | None:
    raw = planned.survey.files.get(path) if path in planned.survey.files.names else None
    return scaffold.read(raw.decode("utf-8", "replace")) if raw is not None else None
