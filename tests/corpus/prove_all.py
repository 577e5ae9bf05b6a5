"""What is claimed of one project with every codemod on, step by step, on copies of its tree.

`plain` is the service as it was published with a policy beside it, `on` the same after `run`.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Callable

from . import tools
from .claims import Result, files_unlike, unlike
from .day_one import CODEMODS, doubles, give, left_to_do
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
    one_by_one(place, result, 1 if everything else 3)
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
    failing = dict.fromkeys(doubles(place.project.name), "failed")
    same_tests(result, "own tests after, with the SDK", {**tests, **failing}, outcomes)
    result.note("own tests whose doubles take exactly the arguments of today, and fail", failing)
    told = json.loads(counts.read_text(encoding="utf-8"))
    said = ", ".join(f"{word} {number}" for word, number in sorted(told["decisions"].items()))
    result.figures["observed: decisions in its tests"] = said or "0"
    result.figures["durations in its tests"] = str(told["durations"])
    result.figures["server spans with a handler's name"] = str(told.get("enriched", 0))


def one_by_one(place: Place, result: Result, at_once: int = 1) -> None:
    """Codemods are taken away one at a time (or more `at_once`) until the service is plain, and put back again.

    With the same ones the files are the same on both ways.
    """
    place.copy("on", "step")
    plain = place.files("plain")
    seen = {
        CODEMODS: _digests({**place.files("on"), "codemod.toml": b""}),
        (): _digests({**plain, "codemod.toml": b""}),
    }
    wrong: list[str] = []
    down = [CODEMODS[number:] for number in range(at_once, len(CODEMODS) + 1, at_once)]
    for codemods in [*down, *reversed(down[:-1]), CODEMODS]:
        give(place, "step", codemods)
        said = " ".join(codemods) or "none"
        wrong += [f"{said}: {one}" for one in place.fails("step", "run")]
        files = place.files("step")
        wrong += [f"{said}: {one}" for one in broken(files, files_unlike(plain, files))]
        digests = _digests({**files, "codemod.toml": b""})
        wrong += [f"{said}: {name} differs" for name in files_unlike(seen.setdefault(codemods, digests), digests)]
    result.claim("codemods go one at a time and come back: with the same ones, the same bytes", wrong)


def _digests(files: Files) -> dict[str, str]:
    """What stands for files. Those that are no Python count as lines: a manifest's order is that of its history."""
    found = {}
    for name, content in files.items():
        shown = content if name.endswith((".py", ".lock")) else b"\n".join(sorted(content.splitlines()))
        found[name] = hashlib.sha256(shown).hexdigest()
    return found
