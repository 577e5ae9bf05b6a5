"""The routing table of a running FastAPI or Starlette app beside what Splice finds in its source.

`running` imports modules in a process of their own and walks `app.routes` through every mount; `found` puts
join points in the same shape. As a script: `routing_table.py ROOT FOLDER [PYTHON]` compares a whole tree.
"""

from __future__ import annotations

import ast
import json
import subprocess
import sys
import tempfile
import textwrap
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from splice.frameworks import Framework
from splice.frameworks.fastapi import framework as fastapi
from splice.model import JoinPoint
from splice.resolve import Project
from splice.seeds import Sought, sow
from splice.source import Source
from splice.symbols import Module
from splice.tables import build

# file, first line (of the decorators), methods, routes
Row = tuple[str, int, tuple[str, ...], tuple[str, ...]]

_DUMP = r"""
import functools, importlib, inspect, json, os, sys, traceback, warnings
warnings.simplefilter("ignore")
root, names, attribute = sys.argv[1], json.loads(sys.argv[2]), sys.argv[3]
sys.path.insert(0, root)
from starlette.applications import Starlette
from starlette.endpoints import HTTPEndpoint
from starlette.routing import BaseRoute, Host, Mount, Route, Router, WebSocketRoute
try:
    from fastapi.routing import APIRoute, iter_route_contexts
except ImportError:
    iter_route_contexts = None
    try:
        from fastapi.routing import APIRoute
    except ImportError:
        APIRoute = ()
VERBS = "delete get head options patch post put".split()

def functions(route, methods):
    endpoint = route.endpoint
    while isinstance(endpoint, functools.partial):
        endpoint = endpoint.func
    if inspect.isclass(endpoint) and issubclass(endpoint, HTTPEndpoint):
        for verb in VERBS:
            if hasattr(endpoint, verb) and (not methods or verb.upper() in methods):
                yield getattr(endpoint, verb), [verb.upper()]
    elif inspect.isclass(endpoint):
        yield endpoint, sorted(methods)
    elif inspect.isroutine(endpoint):
        yield endpoint, sorted(methods)
    else:
        yield type(endpoint).__call__, sorted(methods)

def walk(routes, prefix):
    contexts = list(iter_route_contexts(routes)) if iter_route_contexts else list(routes)
    for context in contexts:
        route = getattr(context, "_effective_route", context)
        route = getattr(route, "starlette_route", None) or route
        kind = getattr(context, "original_route", route)
        if isinstance(kind, Mount):
            yield from walk(getattr(route, "routes", None) or [], prefix + route.path)
        elif isinstance(kind, Host):
            yield from walk(route.routes or [], prefix)
        elif isinstance(kind, WebSocketRoute):
            yield route, prefix + route.path, None
        elif isinstance(kind, Route):
            methods = set(route.methods or ())
            if not isinstance(kind, APIRoute) and "GET" in methods:
                methods.discard("HEAD")
            yield route, prefix + route.path, methods

out, failed = [], {}
for name in names:
    try:
        module = importlib.import_module(name)
    except BaseException as error:
        failed[name] = type(error).__name__ + ": " + str(error)
        continue
    apps = [getattr(module, attribute)] if attribute else [v for v in vars(module).values() if isinstance(v, Starlette)]
    if attribute and inspect.isfunction(apps[0]):
        apps = [apps[0]()]
    mounted, seen = set(), set()
    def below(routes):
        for route in routes:
            app = getattr(route, "app", None) if isinstance(route, (Mount, Host)) else None
            if app is not None:
                mounted.add(id(app))
                below(getattr(app, "routes", None) or [])
    for app in apps:
        below(app.routes)
    for app in apps:
        if id(app) in mounted or id(app) in seen:
            continue
        seen.add(id(app))
        for route, path, methods in walk(app.routes, ""):
            for function, verbs in functions(route, methods or ()):
                function = inspect.unwrap(function)
                code = getattr(function, "__code__", None)
                file = os.path.realpath(code.co_filename) if code else ""
                if file.startswith(os.path.realpath(root) + os.sep) and "<lambda>" not in function.__qualname__:
                    out.append([os.path.relpath(file, os.path.realpath(root)), code.co_firstlineno, methods is None, verbs, path])
json.dump([out, failed], sys.stdout)
"""


def running(
    root: Path, modules: Sequence[str], python: str = sys.executable, attribute: str = "", path: Sequence[str] = ()
) -> tuple[set[Row], dict[str, str]]:
    """The rows of all apps that modules hold (or of one attribute, called when it is a factory); import failures."""
    command = [python, "-B", "-c", _DUMP, str(root.resolve()), json.dumps(list(modules)), attribute]
    with tempfile.TemporaryDirectory() as folder:
        for name in ("static", "templates"):  # what small apps expect beside them
            (Path(folder) / name).mkdir()
        environment = {"PYTHONPATH": ":".join(path), "PATH": "/usr/bin:/bin", "ADMIN_EMAIL": "admin@example.org"}
        done = subprocess.run(command, capture_output=True, text=True, cwd=folder, env=environment, check=False)
    assert done.returncode == 0, done.stderr
    rows, failed = json.loads(done.stdout.splitlines()[-1])  # modules may print, too
    grouped: dict[tuple[str, int], tuple[set[str], set[str]]] = {}
    for file, line, websocket, verbs, route in rows:
        methods, routes = grouped.setdefault((file, line), (set(), set()))
        methods.update(["WEBSOCKET"] if websocket else verbs or ["*"])
        routes.add(route)
    return {(f, n, tuple(sorted(m)), tuple(sorted(r))) for (f, n), (m, r) in grouped.items()}, failed


def found(root: Path, points: Iterable[JoinPoint]) -> set[Row]:
    """Join points of functions and classes as rows; those that may not be instrumented and apps stay out."""
    rows = set()
    lines: dict[str, dict[int, int]] = {}
    for point in points:
        if point.skip or point.kind == "app":
            continue
        if point.file not in lines:
            tree = ast.parse((root / point.file).read_bytes())
            lines[point.file] = {
                node.lineno: min([node.lineno, *(d.lineno for d in node.decorator_list)])
                for node in ast.walk(tree)
                if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef))
            }
        methods = ("WEBSOCKET",) if point.kind == "websocket" else point.methods
        first = lines[point.file].get(point.line, point.line)  # a registration of something unknown has its own line
        rows.add((point.file, first, methods, point.routes))
    return rows


class Disk:
    """Modules named after their paths below a root."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.files = {p.relative_to(root).as_posix() for p in root.rglob("*.py")}

    def module_of(self, file: str) -> str:
        return file.removesuffix(".py").removesuffix("/__init__").replace("/", ".")

    def file_of(self, module: str, near: str | None = None) -> str | None:
        path = module.replace(".", "/")
        return next((p for p in (f"{path}.py", f"{path}/__init__.py") if p in self.files), None)

    def resolve(self, file: str, module: str | None, level: int) -> str:
        if not level:
            return module or ""
        package = self.module_of(file).split(".")
        package = package[: len(package) - level + file.endswith("__init__.py")]
        return ".".join([*package, *([module] if module else [])])

    def load(self, file: str) -> Module | None:
        if file not in self.files:
            return None
        raw = (self.root / file).read_bytes()
        source = Source.decode(raw)
        return build(file, self.module_of(file), source, ast.parse(source.text))


def project(root: Path, framework: Framework, folder: str = "") -> Project:
    """A project whose files below `folder` that hold a word of the framework are the seeds, as in a run."""
    disk = Disk(root)
    files = sorted(file for file in disk.files if file.startswith(folder))
    return Project(disk, disk.load, sow(root, files, Sought({"": framework}), {}).files)


def agree(
    root: Path, files: Mapping[str, str], framework: Framework, modules: Sequence[str] = ("main",), attribute: str = ""
) -> dict[str, JoinPoint]:
    """Write a project, demand that what is found is what runs, and give back the join points by symbol."""
    points = points_of(root, files, framework)
    rows, failed = running(root, modules, attribute=attribute)
    assert not failed, failed
    actual = found(root, points.values())
    assert actual == rows, f"missed {sorted(rows - actual)}, extra {sorted(actual - rows)}"
    return points


def points_of(root: Path, files: Mapping[str, str], framework: Framework) -> dict[str, JoinPoint]:
    """Write a project; its join points by symbol, those in other files than main.py by `file:symbol`."""
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(textwrap.dedent(text), encoding="utf-8")
    points = list(framework.find(project(root, framework)))
    names = [p.symbol if p.file == "main.py" else f"{p.file}:{p.symbol}" for p in points if p.kind != "app"]
    assert len(set(names)) == len(names), "symbols are unique in their file"
    return dict(zip(names, (p for p in points if p.kind != "app"), strict=True))


def main(root: Path, folder: str, python: str) -> int:
    """Prints every difference between the running apps below `folder` and what is found; 1 when there is one."""
    seeded = project(root, fastapi, folder)
    points = [p for p in fastapi.find(seeded) if p.file.startswith(folder)]
    modules = sorted(seeded.names.module_of(m.file) for m in seeded.modules() if m.file.startswith(folder))
    expected, together = running(root, modules, python)
    failures: dict[str, str] = {}
    for name in sorted(together):  # two modules may not stand each other: tables of one name, say
        rows, failed = running(root, [name], python)
        expected |= rows
        failures |= failed
    expected = {row for row in expected if row[0].startswith(folder)}  # documentation routes are the framework's
    broken = {seeded.names.file_of(name) for name in failures}
    points = [p for p in points if p.file not in broken]
    actual = found(root, points)
    refused = [p for p in points if p.kind != "app" and (p.skip or p.reason)]
    lines = [f"missed {row}" for row in sorted(expected - actual)]
    lines += [f"extra {row}" for row in sorted(actual - expected)]
    lines += [f"not imported: {name} {why.splitlines()[0]}" for name, why in sorted(failures.items())]
    lines += [f"refused: {p.file}:{p.line} {p.symbol} {p.reason} {p.detail}" for p in refused]
    common = len(expected & actual)
    lines.append(f"{len(modules)} modules, {len(expected)} expected, {len(actual)} found, {common} agree")
    sys.stdout.write("\n".join(lines) + "\n")
    return int(expected != actual)


if __name__ == "__main__":
    raise SystemExit(main(Path(sys.argv[1]), sys.argv[2], sys.argv[3] if len(sys.argv) > 3 else sys.executable))
