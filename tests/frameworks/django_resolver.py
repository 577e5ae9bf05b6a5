"""What Splice finds in the source of a Django project, beside what its running resolver reaches (`django_table`)."""

from __future__ import annotations

import ast
import json
import os
import re
import subprocess
import sys
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
from splice.seeds import Sought, sow

_SUFFIX = re.compile(r"\(\?P<format>|<drf_format_suffix")


def project(root: Path) -> Project:
    """The project below a folder, as a run would see it: files that hold one of the framework's words are seeds."""
    names = sorted(p.relative_to(root).as_posix() for p in root.rglob("*.py"))
    files = Files(root, names)
    layout = Layout.build(names, files.read)
    failed: dict[str, Failed] = {}
    chosen = sow(root, names, Sought({"": framework}), files.raw).files
    loaded = Project(layout, loader(files, layout, failed), chosen)
    assert not failed, failed
    return loaded


def points(root: Path) -> list[JoinPoint]:
    """Every handler and app below a folder; root URLconfs have tests of their own."""
    return [point for point in framework.find(project(root)) if point.kind != "urlconf"]


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
    route = re.sub(r"\\([^\w\s])", r"\1", route)
    return "/" + re.sub(r"<(?:[^>:]+:)?([^>]+)>", r"{\1}", route).removeprefix("/")


def _where(root: Path, point: JoinPoint) -> Where:
    for node in ast.walk(ast.parse((root / point.file).read_bytes())):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)) and node.lineno == point.line:
            return point.file, min([node.lineno, *(d.lineno for d in node.decorator_list)])
    raise AssertionError(f"no definition at {point.file}:{point.line}")


def with_probes(root: Path, found: list[JoinPoint]) -> None:
    """Put a decorator that leaves a mark into the slot of each join point."""
    searched = project(root)
    (root / "probe_of_test.py").write_text(_PROBE, encoding="utf-8")
    for file in sorted({point.file for point in found}):
        module = searched.file(file)
        assert module is not None
        lines = (root / file).read_text(encoding="utf-8").split("\n")
        spots = []
        for point in found:
            if point.file == file:
                node = module.definitions[point.symbol].node
                rest = node.decorator_list[point.slot :]
                names = [name for name, _ in point.members]
                call = f"__import__('probe_of_test').probe({names!r}, {file!r}, {point.symbol!r})"
                spots.append((rest[0].lineno if rest else node.lineno, f"{' ' * node.col_offset}@{call}"))
        for line, text in sorted(spots, reverse=True):
            lines.insert(line - 1, text)
        (root / file).write_text("\n".join(lines), encoding="utf-8")


_PROBE = """
import functools, inspect

def probe(members, *mark):
    def wrap(function):
        assert inspect.isroutine(function), function
        @functools.wraps(function)
        def wrapper(*args, **kwargs):
            return function(*args, **kwargs)
        wrapper.marks = (*getattr(function, "marks", ()), mark)
        return wrapper
    def on_class(cls):
        assert inspect.isclass(cls), cls
        for name in members:
            setattr(cls, name, wrap(getattr(cls, name)))
        return cls
    return on_class if members else wrap
"""

_MARKS = r"""
import inspect, json, os, sys, warnings
warnings.simplefilter("ignore")
os.environ["DJANGO_SETTINGS_MODULE"] = sys.argv[1]
import django
django.setup()
from django.urls import URLResolver, get_resolver
marks = set()

def look(thing):
    while thing is not None:
        thing = getattr(thing, "__func__", thing)
        marks.update(getattr(thing, "marks", ()))
        code = getattr(thing, "__code__", None)
        if code is not None and "func" in code.co_freevars:
            look(thing.__closure__[code.co_freevars.index("func")].cell_contents)
        thing = getattr(thing, "__wrapped__", None)

def walk(patterns):
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            walk(pattern.url_patterns)
            continue
        callback = pattern.callback
        look(callback)
        look(getattr(type(callback), "__call__", None))
        cls = getattr(callback, "view_class", None) or getattr(callback, "cls", None)
        for name in dir(cls) if cls is not None else ():
            look(inspect.getattr_static(cls, name))

walk(get_resolver().url_patterns)
print("MARKS" + json.dumps(sorted(marks)))
"""


def where_probes_run(root: Path, settings: str, roots: tuple[str, ...]) -> set[tuple[str, str]]:
    """The marks on the functions and classes that the resolver of a project leads to."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(str(root / one) for one in (*roots, "."))}
    command = [sys.executable, "-B", "-c", _MARKS, settings]
    done = subprocess.run(command, capture_output=True, text=True, cwd=root, env=environment, check=False)
    assert done.returncode == 0, done.stderr
    return {(file, symbol) for file, symbol in json.loads(done.stdout.partition("MARKS")[2])}
