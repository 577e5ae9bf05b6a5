"""What Splice finds in the source of a Django project, beside what its running resolver reaches (`django_table`)."""

from __future__ import annotations

import ast
import re
from pathlib import Path

from django.contrib.admindocs.utils import (
    remove_non_capturing_groups,
    replace_metacharacters,
    replace_named_groups,
    replace_unnamed_groups,
)
from django_table import Table, Where

from splice.frameworks.django import framework
from splice.layout import Layout
from splice.model import Failed, JoinPoint
from splice.parse import Files, loader
from splice.resolve import Project

_SUFFIX = re.compile(r"\(\?P<format>|<drf_format_suffix")


def project(root: Path) -> Project:
    """The project below a folder, as a run would see it: files that hold one of the framework's tokens are seeds."""
    names = sorted(p.relative_to(root).as_posix() for p in root.rglob("*.py"))
    files = Files(root, names)
    layout = Layout.build(names, files.read)
    failed: dict[str, Failed] = {}
    chosen = [n for n in names if any(token in files.read(n) for token in framework.tokens)]
    loaded = Project(layout, loader(files, layout, failed), chosen)
    assert not failed, failed
    return loaded


def points(root: Path) -> list[JoinPoint]:
    """Every join point below a folder."""
    return list(framework.find(project(root)))


def put(root: Path, text: str) -> Path:
    """Write a small project: `urls.py`, and after each line `# file: PATH` another file.

    Where nothing says `ROOT_URLCONF`, `settings.py` gets a line that does.
    """
    lines: list[str] = []
    files = {"urls.py": lines}
    for line in text.strip("\n").split("\n"):
        if line.startswith("# file: "):
            lines = files.setdefault(line.removeprefix("# file: "), [])
        else:
            lines.append(line)
    if "ROOT_URLCONF" not in text:
        files["settings.py"] = ['ROOT_URLCONF = "urls"', *files.get("settings.py", [])]
    for name, lines in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return root


def differences(root: Path, found: list[JoinPoint], table: Table) -> list[str]:
    """How join points differ from what runs, one line each."""
    served = {_where(root, p): p for p in found if p.kind == "handler" and not p.skip}
    told = [f"missed {where} {table.handlers[where]}" for where in sorted(table.handlers.keys() - served.keys())]
    told += [f"extra {where} {served[where].symbol}" for where in sorted(served.keys() - table.handlers.keys())]
    for where in sorted(served.keys() & table.handlers.keys()):
        point, runs = served[where], table.handlers[where]
        if (point.methods, point.routes) != runs:
            told.append(f"{point.symbol} {point.methods} {point.routes} but runs {runs}")
        if tuple(name for name, _ in point.members) != table.members.get(where, ()):
            told.append(f"{point.symbol} has members {point.members} but runs {table.members.get(where)}")
        read = {simplified(route) for route in runs[1] if not _SUFFIX.search(route)}
        for operation in [one for _, one in point.members] or [point.operation]:
            verbs, blank, path = operation.partition(" ")
            if blank and (not set(verbs.split("|")) <= set(runs[0]) or path not in read) and "(" not in "".join(read):
                told.append(f"{point.symbol} is {operation} but runs {runs[0]} {read}")
            if not blank and len(read) == 1 and point.reason is None:
                told.append(f"{point.symbol} is {operation} without a reason, but runs {runs[0]} {read}")
    return told


def simplified(route: str) -> str:
    """A route as Django's own documentation generator reads it, with parameters in braces.

    It loses its way between two groups without names, and leaves a parenthesis.
    """
    for step in (replace_named_groups, replace_unnamed_groups, remove_non_capturing_groups, replace_metacharacters):
        route = step(route)
    return "/" + re.sub(r"<(?:[^>:]+:)?([^>]+)>", r"{\1}", route).removeprefix("/")


def _where(root: Path, point: JoinPoint) -> Where:
    for node in ast.walk(ast.parse((root / point.file).read_bytes())):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)) and node.lineno == point.line:
            return point.file, min([node.lineno, *(d.lineno for d in node.decorator_list)])
    raise AssertionError(f"no definition at {point.file}:{point.line}")
