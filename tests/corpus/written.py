"""What `check`, `run` and `strip` do to the files of one project: exit codes and bytes."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from .claims import Result, files_unlike, unlike
from .place import Place

Files = Mapping[str, bytes]


def written(place: Place, result: Result) -> None:
    """`check`, `run`, `check`, `run` and `strip` with what a service gets by default. Leaves the copy `after`."""
    place.copy("before", "after")
    before = place.files("before")
    exits(place, result, "after", "check", 1, "`check` exits with 1 before")
    report = exits(place, result, "after", "run", 0, "`run` exits with 0")
    after = place.files("after")
    changed = compared(result, before, after)
    inserted = [row for row in report.get("join_points", ()) if "inserted" in row["codemods"].values()]
    result.figures["handlers instrumented"] = str(sum(len(row["members"]) or 1 for row in inserted))
    result.claim("only lines are added", _lost(before, after, changed))
    settled(place, result, "before", "after", place.project.left_to_do)


def compared(result: Result, before: Files, after: Files) -> list[str]:
    """The files that `run` has changed; they are counted, and compile."""
    changed = files_unlike(before, after)
    new = [name for name in changed if name not in before]
    result.figures["files changed / new"] = f"{len(changed) - len(new)} / {len(new)}"
    result.claim("every changed file compiles", broken(after, changed))
    return changed


def settled(place: Place, result: Result, plain: str, written: str, left_to_do: Sequence[str]) -> None:
    """`check` and `run` on a copy as `run` left it, and `strip`, which gives back the copy `plain`."""
    _checked(place, result, written, left_to_do)
    place.copy(written, "again")
    moved = [*place.fails("again", "run"), *files_unlike(place.files(written), place.files("again"))]
    result.claim("`run` twice changes nothing", moved)
    other = [*place.fails("again", "strip"), *files_unlike(place.files(plain), place.files("again"))]
    result.claim("`strip` gives back every byte", other)


def exits(place: Place, result: Result, name: str, command: str, wanted: int, text: str) -> dict[str, Any]:
    """Run a command on a copy; its report."""
    done = place.codemod(name, command, "--format", "json")
    report: dict[str, Any] = json.loads(done.stdout) if done.stdout.startswith("{") else {}
    said = [f"{o['file']}:{o['line']}: {o['reason']} {o['detail']}" for o in report.get("files", ()) if o["reason"]]
    said += [f"{o['file']}:{o['line']}: {o['message']}" for o in report.get("findings", ()) if o["level"] == "error"]
    wrong = [f"exit code {done.returncode}", *said, *done.stderr.splitlines()[-5:]]
    result.claim(text, () if done.returncode == wanted else wrong)
    return report


def _checked(place: Place, result: Result, name: str, left_to_do: Sequence[str]) -> None:
    """`check` after `run`: nothing is left to do, or exactly what only a human can do."""
    if not left_to_do:
        exits(place, result, name, "check", 0, "`check` exits with 0 after")
        return
    text = "`check` exits with 1 after, for what only a human can do"
    report = exits(place, result, name, "check", 1, text)
    errors = [one["message"] for one in report.get("findings", ()) if one["level"] == "error"]
    left = [*unlike(dict.fromkeys(left_to_do, 1), dict.fromkeys(errors, 1)), *map(str, report.get("drift", ()))]
    result.claim("nothing else is left to do after `run`", left)
    result.note("left to a human", errors)


def broken(files: Files, names: Collection[str]) -> list[str]:
    """Those that do not compile, with why."""
    found = []
    for name in names:
        if name.endswith(".py") and name in files:
            try:
                compile(files[name], name, "exec", dont_inherit=True)
            except (SyntaxError, ValueError) as error:
                found.append(f"{name}: {error}")
    return found


def _lost(before: Files, after: Files, names: Collection[str]) -> list[str]:
    """Files of which some line is gone or stands in another order."""
    found = []
    for name in names:
        if name in before and name.endswith(".py"):
            rest = iter(after.get(name, b"").split(b"\n"))
            if not all(line in rest for line in before[name].split(b"\n")):
                found.append(name)
    return found


def shortened(before: Files, after: Files, names: Collection[str]) -> list[str]:
    """Files to which something else was done than to insert bytes."""
    found = []
    for name in names:
        if name in before:
            rest = iter(after.get(name, b""))
            if not all(byte in rest for byte in before[name]):
                found.append(name)
    return found
