"""A service in which there is nothing to instrument comes through untouched, and a framework not understood is told."""

from __future__ import annotations

import json

from .claims import Result, files_unlike
from .outcomes import Outcomes, own_tests, same_tests
from .place import Place

_NOTE = "framework-not-understood"


def untouched(place: Place, result: Result, tests: Outcomes) -> None:
    """`check`, `run` and `strip` end with 0 and change nothing; its own tests do what they did. `tests`: before."""
    place.copy("before", "after")
    before = place.files("before")
    result.claim("`check` exits with 0 before", place.fails("after", "check"))
    done = place.codemod("after", "run", "--format", "json")
    report = json.loads(done.stdout) if done.stdout.startswith("{") else {}
    failed = [f"exit code {done.returncode}: {done.stderr.strip()[-300:]}"] if done.returncode or not report else []
    result.claim("`run` exits with 0", failed)
    result.figures["handlers instrumented"] = str(len(report.get("join_points", ())))
    changed = files_unlike(before, place.files("after"))
    new = [name for name in changed if name not in before]
    result.figures["files changed / new"] = f"{len(changed) - len(new)} / {len(new)}"
    result.claim("`run` changes not one byte", changed)
    stripped = [*place.fails("after", "strip"), *files_unlike(before, place.files("after"))]
    result.claim("`strip` changes not one byte", stripped)
    told = [one["message"] for one in report.get("findings", ()) if one["code"] == _NOTE]
    names, unknown = sorted(message.partition(" ")[0] for message in told), sorted(place.project.unknown)
    other = [] if names == unknown else [f"told of {names}, built on {unknown}"]
    result.claim("frameworks that are not understood yet are told, and no others", other)
    result.note("not understood yet", told)
    same_tests(result, "own tests after", tests, own_tests(place, "after"))
