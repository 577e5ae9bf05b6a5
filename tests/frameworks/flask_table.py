"""The routing table of a running Flask app beside what Splice finds in its source.

`running` imports a project in a process of its own and reads `app.url_map`; `found` puts join points in the
same shape. Only files that hold one of the framework's tokens are seeds, as in a run.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from splice.frameworks.flask import framework
from splice.layout import Layout
from splice.model import Failed, JoinPoint
from splice.parse import Files, loader
from splice.resolve import Project
from splice.seeds import Sought, sow

# file, first line (decorators included) -> methods, rules
Table = dict[tuple[str, int], tuple[tuple[str, ...], tuple[str, ...]]]

_DUMP = r"""
import importlib, inspect, json, os, sys, warnings
warnings.simplefilter("ignore")
root, where = sys.argv[1:]
sys.path.insert(0, root)
name, _, expression = where.partition(":")
module = importlib.import_module(name)
apps = eval(expression, vars(module))
apps = apps if isinstance(apps, (list, tuple)) else [apps]
table = {}

def note(function, rule, methods):
    while True:
        inner = getattr(function, "__wrapped__", None) or getattr(function, "__func__", None)
        if inner is None:
            break
        function = inner
    code = getattr(function, "__code__", None) or type(function).__call__.__code__
    file = os.path.relpath(os.path.realpath(code.co_filename), os.path.realpath(root))
    if file.startswith(".."):
        return
    row = table.setdefault(f"{file}:{code.co_firstlineno}", [set(), set()])
    row[0].update(methods)
    row[1].add(rule)

for app in apps:
    for rule in app.url_map.iter_rules():
        view = app.view_functions.get(rule.endpoint)
        if view is None:
            continue
        methods = {"*"} if rule.methods is None else set(rule.methods)
        if "GET" in methods:
            methods.discard("HEAD")
        cls = getattr(view, "view_class", None) or getattr(getattr(view, "__wrapped__", None), "view_class", None)
        by_method = cls is not None and any(hasattr(cls, m) for m in ("get", "post", "put", "patch", "delete"))
        if by_method:
            for method in methods:
                function = getattr(cls, method.lower(), None)
                if function is not None:
                    note(function, rule.rule, [method])
            if "HEAD" in rule.methods and hasattr(cls, "head"):
                note(cls.head, rule.rule, ["HEAD"])
            continue
        if len(methods) > 1:
            methods.discard("OPTIONS")
        note(cls.dispatch_request if cls is not None else view, rule.rule, methods)
print("TABLE" + json.dumps({k: [sorted(m), sorted(r)] for k, (m, r) in table.items()}))
"""


def running(root: Path, where: str, python: str = sys.executable) -> Table:
    """What `where` (`module:expression`, an app or a list of apps) serves."""
    command = [python, "-B", "-c", _DUMP, str(root), where]
    done = subprocess.run(command, capture_output=True, text=True, cwd=root, check=False)
    assert done.returncode == 0, done.stderr
    table: dict[str, tuple[list[str], list[str]]] = json.loads(done.stdout.partition("TABLE")[2])
    rows = ((key.rpartition(":"), row) for key, row in table.items())
    return {(file, int(line)): (tuple(methods), tuple(rules)) for (file, _, line), (methods, rules) in rows}


def project(root: Path, seeds: bool = True) -> Project:
    """The project below a folder, as a run would see it."""
    names = sorted(p.relative_to(root).as_posix() for p in root.rglob("*.py"))
    files = Files(root, names)
    layout = Layout.build(names, files.read)
    failed: dict[str, Failed] = {}
    chosen = sow(root, names, Sought({"": framework}), files.raw).files
    loaded = Project(layout, loader(files, layout, failed), chosen)
    assert not failed, failed
    return loaded


def points(root: Path) -> list[JoinPoint]:
    """Every join point below a folder."""
    return list(framework.find(project(root)))


def found(root: Path) -> Table:
    """The handlers that may be instrumented, in the shape of `running`."""
    searched = project(root)
    table: Table = {}
    for point in framework.find(searched):
        if point.kind == "handler" and not point.skip:
            module = searched.file(point.file)
            assert module is not None
            node = module.definitions[point.symbol].node
            first = min([node.lineno, *(d.lineno for d in node.decorator_list)])
            table[point.file, first] = (point.methods, point.routes)
    return table


def put(root: Path, text: str) -> Path:
    """Write a small project: `main.py`, and after each line `# file: PATH` another file."""
    lines: list[str] = []
    files = {"main.py": lines}
    for line in text.strip("\n").split("\n"):
        if line.startswith("# file: "):
            lines = files.setdefault(line.removeprefix("# file: "), [])
        else:
            lines.append(line)
    for name, lines in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return root


def with_probes(root: Path, points: list[JoinPoint]) -> None:
    """Put a decorator that leaves a mark into the slot of each join point."""
    searched = project(root)
    (root / "probe_of_test.py").write_text(_PROBE, encoding="utf-8")
    for file in sorted({point.file for point in points}):
        module = searched.file(file)
        assert module is not None
        lines = (root / file).read_text(encoding="utf-8").split("\n")
        spots = []
        for point in points:
            if point.file == file:
                node = module.definitions[point.symbol].node
                rest = node.decorator_list[point.slot :]
                line = rest[0].lineno if rest else node.lineno
                spots.append(
                    (line, f"{' ' * node.col_offset}@__import__('probe_of_test').probe({file!r}, {point.symbol!r})")
                )
        for line, text in sorted(spots, reverse=True):
            lines.insert(line - 1, text)
        (root / file).write_text("\n".join(lines), encoding="utf-8")


_PROBE = """
import functools

def probe(*mark):
    def decorate(function):
        assert callable(function), function
        @functools.wraps(function)
        def wrapper(*args, **kwargs):
            return function(*args, **kwargs)
        wrapper.marks = (*getattr(function, "marks", ()), mark)
        return wrapper
    return decorate
"""

_MARKS = (
    _DUMP.partition("table = {}")[0]
    + r"""
marks = set()
for app in apps:
    for endpoint, view in app.view_functions.items():
        cls = getattr(view, "view_class", None)
        functions = [getattr(cls, name) for name in dir(cls)] if cls is not None else [view]
        for function in [*functions, getattr(type(view), "__call__", None)]:
            function = getattr(function, "__func__", function)
            marks.update(getattr(function, "marks", ()))
print("MARKS" + json.dumps(sorted(marks)))
"""
)


def where_probes_run(root: Path, where: str) -> set[tuple[str, str]]:
    """The marks on the functions that the running app calls."""
    command = [sys.executable, "-B", "-c", _MARKS, str(root), where]
    done = subprocess.run(command, capture_output=True, text=True, cwd=root, check=False)
    assert done.returncode == 0, done.stderr
    return {(file, symbol) for file, symbol in json.loads(done.stdout.partition("MARKS")[2])}
