"""Formatters, import sorters and type checkers beside Splice: none undoes the other, none finds more than before.

Each runs with the project's own settings. What a formatter itself does to the project is reported, and no claim.
"""

from __future__ import annotations

import ast
import json
import re
from collections import Counter
from collections.abc import Collection, Mapping

from .claims import Result, files_unlike, unlike
from .place import Place

_PLACE = re.compile(r":\d+(:\d+)?: ")


def formatters(place: Place, result: Result, plain: str = "before", written: str = "after") -> None:
    """For each formatter: what it does to the project, that it leaves our lines alone, and that `run` does so too.

    `plain` and `written` are the copies without and with our insertions. Whether our lines are as it wants them can be told only where it wants nothing of the project's own.
    """
    for label, commands in _commands(place).items():
        before, after = (_formatted(place, name, commands) for name in (plain, written))
        own = files_unlike(place.files(plain), before)
        result.figures[f"files that {label} changes by itself"] = str(len(own))
        if not own:
            changed = files_unlike(place.files(written), after)
            result.claim(f"{label}: changes no file after `run` either", changed)
        moved = [*place.fails("formatted", "run"), *files_unlike(after, place.files("formatted"))]
        result.claim(f"{label}, then `run`: changes nothing", moved)
        other = [*place.fails("formatted", "strip"), *_shapes_unlike(before, place.files("formatted"))]
        result.claim(f"{label}, then `strip`: the tree of the service formatted without us", other)


def _commands(place: Place) -> dict[str, tuple[tuple[str, ...], ...]]:
    chosen = place.project.paths or (".",)
    return {
        "ruff format": (("ruff", "format", "--quiet", "--no-cache", *chosen),),
        "black and isort": (("black", "--quiet", *chosen), ("isort", "--quiet", *place.project.isort, *chosen)),
    }


def _formatted(place: Place, name: str, commands: Collection[tuple[str, ...]]) -> Mapping[str, bytes]:
    place.copy(name, "formatted")
    for command in commands:
        done = place.tool("formatted", *command)
        assert done.returncode == 0, f"{command}: {done.stderr}"
    return place.files("formatted")


def _shapes_unlike(one: Mapping[str, bytes], other: Mapping[str, bytes]) -> list[str]:
    """Files that differ by more than white space and other things that no tree shows."""
    differing = files_unlike(one, other)
    python = [name for name in differing if name.endswith(".py") and name in one and name in other]
    same = {name for name in python if ast.dump(ast.parse(one[name])) == ast.dump(ast.parse(other[name]))}
    return [name for name in differing if name not in same]


def linter(place: Place, result: Result, plain: str = "before", written: str = "after") -> None:
    """Ruff with the project's own settings: its rule for imports, and all the rules that the project has chosen."""
    for label, select in (("I", ("--select", "I")), ("the project's own rules", ())):
        before, after = (_findings(place, name, select) for name in (plain, written))
        files = {file for file, _ in before}
        new = [f"{file}: {code}" for (file, code), n in sorted(after.items()) if n > before.get((file, code), 0)]
        if select:
            new = [one for one in new if one.partition(": ")[0] not in files]
        result.claim(f"ruff check, {label}: no new finding", new)


def _findings(place: Place, name: str, select: tuple[str, ...]) -> Counter[tuple[str, str]]:
    chosen = place.project.paths or (".",)
    command = ("ruff", "check", "--exit-zero", "--no-cache", "--output-format", "json", *select, *chosen)
    done = place.tool(name, *command)
    assert done.returncode == 0, done.stderr
    base = place[name].resolve()
    rows = json.loads(done.stdout)
    return Counter((row["filename"].removeprefix(f"{base}/"), str(row["code"])) for row in rows)


def types(place: Place, result: Result, plain: str = "before", written: str = "after") -> None:
    """mypy says of the service what it said before, the scaffold included."""
    if place.project.typed:
        before, after = (_errors(place, name) for name in (plain, written))
        result.figures["errors that mypy finds by itself"] = str(before.total())
        result.claim("mypy: the same errors as before", unlike(before, after))


def _errors(place: Place, name: str) -> Counter[str]:
    cache = place.folder / f"mypy-{name}"
    command = ("mypy", "--python-executable", place.python, "--cache-dir", str(cache), "--no-error-summary")
    done = place.tool(name, *command, *place.project.typed)
    assert done.returncode in (0, 1), done.stdout + done.stderr
    lines = [line for line in done.stdout.splitlines() if ": error: " in line]
    return Counter(_PLACE.sub(": ", line, count=1) for line in lines)
