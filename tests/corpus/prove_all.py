"""What is claimed of one project with every codemod on, step by step, on copies of its tree.

`plain` is the service as it was published with a policy beside it, `on` the same after `run`.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Sequence

from . import tools
from .claims import Result, files_unlike, unlike
from .day_one import CODEMODS, give, left_to_do
from .outcomes import Outcomes, own_tests, published, same_tests
from .place import Place
from .routing import by_route, running
from .written import Files, broken, compared, exits, settled, shortened

_KINDS = ("argument", "decorator", "statement", "wrap")


def prove_all(place: Place, *, everything: bool = True, say: Callable[[str], None] = lambda _step: None) -> Result:
    """Work on the copy `before` of a place. Without `everything`, only what needs no other tool and is quick."""
    result = Result(place.project.name)
    place.alone()
    say("own tests before")
    tests = published(place, result)
    say("run, check, run again, strip")
    written(place, result)
    if place.project.apps:
        say("routing table before and after")
        served, afterwards = running(place, "plain"), running(place, "on")
        same = unlike(by_route(served), by_route(afterwards))
        result.claim("the running framework serves the same routes after `run`", same)
    say("own tests with the SDK, decisions counted")
    watched(place, result, tests)
    say("codemods go and come back one at a time")
    one_by_one(place, result)
    if everything:
        say("formatters, linter, types")
        tools.formatters(place, result, "plain", "on")
        tools.linter(place, result, "plain", "on")
        tools.types(place, result, "plain", "on")
    return result


def written(place: Place, result: Result) -> None:
    """`run`, `check`, `run` and `strip`: exit codes, bytes, and how much was inserted. Leaves `plain` and `on`."""
    place.copy("before", "plain")
    give(place, "plain")
    place.copy("plain", "on")
    report = exits(place, result, "on", "run", 0, "`run` exits with 0")
    before, after = place.files("plain"), place.files("on")
    changed = compared(result, before, after)
    result.figures |= {f"insertions: {kind}": str(number) for kind, number in _inserted(after).items()}
    result.claim("bytes are only inserted", shortened(before, after, changed))
    settled(place, result, "plain", "on", left_to_do(place.project.name))
    told = Counter(
        f"{codemod}: {row['reasons'][codemod]['reason']}"
        for row in report.get("join_points", ())
        for codemod in row["reasons"]
    )
    result.note("left alone: codemod, reason, how often", (f"{what} x{n}" for what, n in sorted(told.items())))


def _inserted(files: Files) -> dict[str, int]:
    """How often each codemod inserted something, going by the lock; spans and metrics share an insertion."""
    lines = files.get("codemod.lock", b"").decode().splitlines()[1:]
    rows = [row for row in map(json.loads, lines) if row["kind"] in _KINDS]
    numbers = Counter(name for row in rows for name in row["codemods"])
    return {name: numbers[name] for name in sorted(CODEMODS)}


def watched(place: Place, result: Result, tests: Outcomes) -> None:
    """The project's own tests with the real SDK: their outcomes, and what guards decided meanwhile."""
    counts = place["sdk.json"]
    counts.unlink(missing_ok=True)
    outcomes = own_tests(place, "on", "corpus_sdk", CORPUS_SDK=str(counts))
    same_tests(result, "own tests after, with the SDK", tests, outcomes)
    told = json.loads(counts.read_text(encoding="utf-8"))
    said = ", ".join(f"{word} {number}" for word, number in sorted(told["decisions"].items()))
    result.figures["observed: decisions in its tests"] = said or "0"
    result.figures["durations in its tests"] = str(told["durations"])
    result.figures["server spans with a handler's name"] = str(told.get("enriched", 0))


def one_by_one(place: Place, result: Result) -> None:
    """Codemods are taken away one at a time until none is left, and put back one at a time.

    After each step the files are those of a service that never had any others.
    """
    place.copy("on", "step")
    wrong: list[str] = []
    fresh: dict[Sequence[str], Files] = {CODEMODS: place.files("on")}
    steps = [CODEMODS[number:] for number in range(1, len(CODEMODS) + 1)]
    for codemods in steps:
        place.copy("plain", "fresh")
        give(place, "fresh", codemods)
        wrong += [f"{_said(codemods)}, afresh: {one}" for one in place.fails("fresh", "run")]
        fresh[codemods] = place.files("fresh")
    for codemods in [*steps, *reversed(steps[:-1]), CODEMODS]:
        give(place, "step", codemods)
        wrong += [f"{_said(codemods)}: {one}" for one in place.fails("step", "run")]
        files = place.files("step")
        unlike = files_unlike(_declared(fresh[codemods]), _declared(files))
        wrong += [f"{_said(codemods)}: {one} differs" for one in unlike]
        wrong += [f"{_said(codemods)}: {one}" for one in broken(files, files_unlike(fresh[CODEMODS], files))]
    result.claim("codemods go one at a time, and come back: as if it had never been otherwise", wrong)


def _declared(files: Files) -> dict[str, bytes]:
    """Files with manifests as sorted lines: what is declared there follows what was declared before it."""
    return {
        name: content if name.endswith((".py", ".lock")) else b"\n".join(sorted(content.splitlines()))
        for name, content in files.items()
    }


def _said(codemods: Sequence[str]) -> str:
    return " ".join(codemods) or "none"
