"""The routing table of the running framework beside `codemod list`: who is right about what a handler is.

The framework is asked in a process of the project's own environment; a handler is known by file and first line.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from splice.model import JoinPoint, Reason

from .place import Place

sys.path.insert(0, str(Path(__file__).parents[1] / "frameworks"))

import django_table
import flask_table
import routing_table

Where = tuple[str, int]  # file, first line with its decorators
Served = tuple[tuple[str, ...], tuple[str, ...]]  # methods, routes


@dataclass(frozen=True, slots=True)
class Running:
    """What the framework serves, and the modules that cannot be imported here, with why.

    A class stands among the handlers with the methods that it inherits from outside the project: its `members`.
    """

    handlers: Mapping[Where, Served]
    broken: Mapping[str, str]  # file -> why
    members: Mapping[Where, tuple[str, ...]] = field(default_factory=dict)
    outside: tuple[str, ...] = ()  # views of libraries


@dataclass(frozen=True, slots=True)
class Found:
    """What `codemod list` says: handlers that it instruments, and what it leaves alone with the reason."""

    handlers: Mapping[Where, Served]
    skipped: Mapping[Where, str]
    symbols: Mapping[Where, str]
    members: Mapping[Where, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Agreement:
    """Both tables compared. Every difference is listed by name."""

    running: int
    found: int
    both: int
    missed: tuple[str, ...]
    extra: tuple[str, ...]
    other_routes: tuple[str, ...]
    unasked: tuple[str, ...]  # listed in files that cannot be imported here

    @property
    def recall(self) -> str:
        return _share(self.both, self.running)

    @property
    def precision(self) -> str:
        return _share(self.both, self.found)


def running(place: Place, name: str) -> Running:
    """Ask the frameworks, each in a process of its own. Raises AssertionError if that process does not end well."""
    root, paths = place[name], place.project.paths
    handlers: dict[Where, Served] = {}
    members: dict[Where, tuple[str, ...]] = {}
    outside: list[str] = []
    broken: dict[str, str] = {}
    for framework, where in place.project.apps:
        if framework == "flask":
            served = flask_table.running(root, where, place.python)
        elif framework == "django":
            table = django_table.running(root, where, place.python, place.project.roots)
            served = dict(table.handlers)
            members |= table.members
            outside += table.outside
        else:
            served = _asgi(place, root, where, broken)
        handlers |= {at: row for at, row in served.items() if _selected(at[0], paths)}
    return Running(handlers, broken, members, tuple(outside))


def _asgi(place: Place, root: Path, where: str, broken: dict[str, str]) -> dict[Where, Served]:
    base = root / place.project.roots[0]
    prefix = base.relative_to(root).as_posix() + "/" if base != root else ""
    rows, together = routing_table.running(base, _modules(base, where), place.python)
    for module in sorted(together):  # some modules do not stand each other: tables of one name, say
        alone, failed = routing_table.running(base, [module], place.python)
        rows |= alone
        broken |= {_file(base, prefix, one): why.splitlines()[0][:100] for one, why in failed.items()}
    return {(prefix + file, line): (methods, routes) for file, line, methods, routes in rows}


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
    for point in points:
        ((file, line, methods, routes),) = routing_table.found(root, [replace(point, skip=False)])
        symbols[file, line] = point.symbol
        if point.skip:
            skipped[file, line] = f"{point.reason.value if point.reason else 'skipped'} {point.detail}".strip()
        else:
            handlers[file, line] = (methods, routes)
        if point.members:
            members[file, line] = tuple(name for name, _ in point.members)
    return Found(handlers, skipped, symbols, members)


def compare(actual: Running, said: Found) -> Agreement:
    """Recall, precision and every difference. Files that cannot be imported here are left out."""
    handlers = {where: row for where, row in said.handlers.items() if where[0] not in actual.broken}
    both = actual.handlers.keys() & handlers.keys()
    missed = [
        f"{_place(where)} serves {_served(row)}: {said.skipped.get(where, 'not listed')}"
        for where, row in sorted(actual.handlers.items())
        if where not in both
    ]
    extra = [
        f"{_place(where)} {said.symbols[where]} ({_served(row)}) is no handler of the running app"
        for where, row in sorted(handlers.items())
        if where not in both
    ]
    other = [
        f"{_place(where)}: runs {_served(actual.handlers[where])}, listed {_served(handlers[where])}"
        for where in sorted(both)
        if actual.handlers[where] != handlers[where]
    ]
    other += [
        f"{_place(where)}: answers with inherited {_inherited(actual, where)}, listed {_inherited(said, where)}"
        for where in sorted(both)
        if _inherited(actual, where) != _inherited(said, where)
    ]
    unasked = [f"{_place(where)} {said.symbols[where]}" for where in sorted(said.handlers.keys() - handlers.keys())]
    counts = (len(actual.handlers), len(handlers), len(both))
    return Agreement(*counts, tuple(missed), tuple(extra), tuple(other), tuple(unasked))


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


def _place(where: Where) -> str:
    return f"{where[0]}:{where[1]}"


def _inherited(table: Running | Found, where: Where) -> str:
    return ", ".join(table.members.get(where, ())) or "nothing"


def _served(row: Served) -> str:
    return f"{'|'.join(row[0])} {', '.join(row[1])}"


def _share(part: int, whole: int) -> str:
    return f"{100 * part / whole:.1f} % ({part}/{whole})" if whole else "-"
