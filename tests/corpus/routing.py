"""The routing table of the running framework, and what `codemod list` says: each in the same shape.

The framework is asked in a process of the project's own environment; a handler is known by file and first line.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from splice.discover import by_name
from splice.model import JoinPoint, Reason

from .place import Place

sys.path.insert(0, str(Path(__file__).parents[1] / "frameworks"))

import django_table
import flask_table
import routing_table

Where = tuple[str, int]  # file, first line with its decorators
Served = tuple[tuple[str, ...], tuple[str, ...]]  # methods, routes
WHOLE = ("dispatch",)
_UNNAMED = (Reason.ROUTE_NOT_STATIC, Reason.NOT_MOUNTED)


@dataclass(frozen=True, slots=True)
class Running:
    """What the framework serves, and the modules that cannot be imported here, with why.

    A class stands among the handlers with the methods that it inherits from outside the project: its `members`.
    """

    handlers: Mapping[Where, Served]
    broken: Mapping[str, str]  # file -> why
    members: Mapping[Where, tuple[str, ...]] = field(default_factory=dict)
    outside: tuple[str, ...] = ()  # views of libraries
    left_out: tuple[str, ...] = ()  # handlers in files that the default excludes leave out: tests, say


@dataclass(frozen=True, slots=True)
class Found:
    """What `codemod list` says: handlers that it instruments, and what it leaves alone with the reason."""

    handlers: Mapping[Where, Served]
    skipped: Mapping[Where, str]
    symbols: Mapping[Where, str]
    members: Mapping[Where, tuple[str, ...]] = field(default_factory=dict)
    unnamed: Mapping[Where, str] = field(default_factory=dict)  # named after the function, with the reason


def running(place: Place, name: str) -> Running:
    """Ask the frameworks, each in a process of its own. Raises AssertionError if that process does not end well."""
    root, paths = place.copy(name, "asked"), place.project.paths  # a copy: an app may make its database when imported
    handlers: dict[Where, Served] = {}
    members: dict[Where, tuple[str, ...]] = {}
    outside: list[str] = []
    broken: dict[str, str] = {}
    for framework, where in place.project.apps:
        if framework == "flask":
            served = flask_table.running(root, where, place.python)
        elif framework == "django":
            settings, _, urls = where.partition(":")
            table = django_table.running(root, settings, place.python, place.project.roots, urls)
            served = dict(table.handlers)
            members |= table.members
            outside += table.outside
        else:
            served = _asgi(place, root, where, broken)
        for at, (methods, routes) in served.items():
            if _selected(at[0], paths):
                known = handlers.get(at, ((), ()))  # by another app
                handlers[at] = (tuple(sorted({*known[0], *methods})), tuple(sorted({*known[1], *routes})))
    left_out = tuple(f"{at[0]}:{at[1]}: {why}" for at in sorted(handlers) if (why := by_name(at[0])))
    handlers = {at: row for at, row in handlers.items() if not by_name(at[0])}
    members = {at: names for at, names in members.items() if at in handlers}
    return Running(handlers, broken, members, tuple(outside), left_out)


def _asgi(place: Place, root: Path, where: str, broken: dict[str, str]) -> dict[Where, Served]:
    base = root / place.project.roots[0]
    prefix = base.relative_to(root).as_posix() + "/" if base != root else ""
    rows, together = routing_table.running(base, _modules(base, where), place.python)
    for module in sorted(together):  # some modules do not stand each other: tables of one name, say
        alone, failed = routing_table.running(base, [module], place.python)
        rows |= alone
        broken |= {_file(base, prefix, one): why.splitlines()[0][:100] for one, why in failed.items()}
    return {(prefix + file, line): (methods, routes) for file, line, methods, routes in rows}


def by_route(served: Running) -> dict[str, str]:
    """The table without line numbers, which `run` moves."""
    rows: dict[str, list[str]] = {}
    for (file, _), (methods, routes) in sorted(served.handlers.items()):
        rows.setdefault(file, []).append(f"{'|'.join(methods)} {', '.join(routes)}")
    return {file: "; ".join(found) for file, found in rows.items()}


def found(place: Place, name: str) -> Found:
    """Ask `codemod list`."""
    done = place.codemod(name, "list", "--format", "json")
    assert done.returncode in (0, 3), done.stderr
    rows: list[dict[str, Any]] = json.loads(done.stdout)["join_points"]
    points = [_point(row) for row in rows if row["kind"] != "app"]
    root = place[name]
    handlers: dict[Where, Served] = {}
    skipped: dict[Where, str] = {}
    symbols: dict[Where, str] = {}
    members: dict[Where, tuple[str, ...]] = {}
    unnamed: dict[Where, str] = {}
    for point in points:
        ((file, line, methods, routes),) = routing_table.found(root, [replace(point, skip=False)])
        symbols[file, line] = point.symbol
        if point.skip:
            skipped[file, line] = _why(point)
        else:
            handlers[file, line] = (methods, routes)
            if point.reason in _UNNAMED:
                unnamed[file, line] = _why(point)
        if point.members:
            members[file, line] = tuple(name for name, _ in point.members)
    return Found(handlers, skipped, symbols, members, unnamed)


def _point(row: dict[str, Any]) -> JoinPoint:
    return JoinPoint(
        file=row["file"],
        line=row["line"],
        symbol=row["symbol"],
        kind=row["kind"],
        framework=row["framework"],
        operation=row["operation"],
        methods=tuple(row["methods"]),
        routes=tuple(row["routes"]),
        reason=Reason(row["reason"]) if row["reason"] else None,
        detail=row["detail"],
        skip="skipped" in row["codemods"].values(),
        members=tuple((name, operation) for name, operation in row.get("members", {}).items()),
    )


def _why(point: JoinPoint) -> str:
    return f"{point.reason.value if point.reason else 'skipped'} {point.detail}".strip()


def _modules(base: Path, apps: str) -> list[str]:
    if not apps.endswith(".*"):
        return [apps]
    folder = base / apps.removesuffix(".*").replace(".", "/")
    names = (path.relative_to(base).with_suffix("").as_posix() for path in folder.rglob("*.py"))
    return sorted(name.removesuffix("/__init__").replace("/", ".") for name in names)


def _file(base: Path, prefix: str, module: str) -> str:
    path = module.replace(".", "/")
    return f"{prefix}{path}/__init__.py" if (base / path).is_dir() else f"{prefix}{path}.py"


def _selected(file: str, paths: tuple[str, ...]) -> bool:
    return not paths or any(file.startswith(f"{path}/") for path in paths)
