"""Where in a file an editor marks what a diagnostic speaks of: the name of a def, a call, a decorator."""

from __future__ import annotations

import ast
import re

from splice import calls
from splice.model import JoinPoint
from splice.pipeline import Planned
from splice.recognise import Node
from splice.report.diagnostics import Diagnostic
from splice.report.drift import Drift
from splice.source import Source
from splice.symbols import Module

Span = tuple[int, int]  # character offsets
_HEAD = re.compile(r"(?:async[ \t\\\r\n]+)?(?:def|class)[ \t\\\r\n]+")
_COMMENT = re.compile(r"#\s*codemod:.*")


def span_of(planned: Planned, item: Diagnostic, source: Source) -> Span:
    """The characters that a diagnostic speaks of; `source` is the text of its file."""
    survey = planned.survey
    known = item.file.endswith(".py") and item.file in survey.files.names
    module = survey.project.file(item.file) if known else None
    if module is not None and isinstance(item.source, Drift):
        found = _drift(planned, module, item.source)
        if found is not None:
            return found
    if module is not None and item.line:
        for definition in module.definitions.values():
            if definition.node.lineno == item.line:
                return name_span(module, definition.node)
    return line_span(source, item.line)


def _drift(planned: Planned, module: Module, drift: Drift) -> Span | None:
    if drift.what == "missing":
        for point in planned.survey.matched.points:
            if (point.file, point.symbol, point.line) == (drift.file, drift.symbol, drift.line):
                return point_span(module, point)
        return None
    nodes = nodes_of(planned, module)
    here = [n for n in nodes if n.symbol == drift.symbol and n.expression.lineno == drift.line]
    here = here or [n for n in nodes if n.expression.lineno == drift.line]
    return node_span(module, here[0]) if here else None


def nodes_of(planned: Planned, module: Module) -> tuple[Node, ...]:
    """What stands in a file of its scaffold."""
    return planned.recogniser(module.file)(module).nodes if module.file in planned.sites else ()


def point_span(module: Module, point: JoinPoint) -> Span:
    """A join point: the name of what is defined, what is called, the statement of an app."""
    if point.kind == "call":
        site = calls.site_of(module, point.calls[0])
        return module.source.span(site.node.func) if site is not None else line_span(module.source, point.line)
    definition = module.definitions.get(point.symbol)
    if definition is None or point.kind in ("app", "urlconf"):
        return line_span(module.source, point.line)
    return name_span(module, definition.node)


def name_span(module: Module, node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) -> Span:
    """The name in a def or class statement."""
    source = module.source
    start = source.offset(node.lineno, node.col_offset)
    head = _HEAD.match(source.text, start)
    if head is None:
        return line_span(source, node.lineno)
    return head.end(), head.end() + len(node.name)


def node_span(module: Module, node: Node) -> Span:
    """An insertion; of a decorator with its `@`."""
    source = module.source
    start, end = source.span(node.expression)
    if node.kind == "decorator":
        at = source.text.rfind("@", 0, start)
        start = at if at >= 0 and not source.text[at + 1 : start].strip(" \t\\\r\n(") else start
    return start, end


def line_span(source: Source, line: int) -> Span:
    """What stands in a line, or the comment of ours in it; line 0 is the whole file, marked at its first line."""
    line = min(max(line, 1), len(source.starts))
    start, row = source.line_start(line), source.line_text(line).rstrip("\r\n")
    if comment := _COMMENT.search(row):
        return start + comment.start(), start + len(row)
    return start + len(row) - len(row.lstrip()), start + len(row.rstrip())
