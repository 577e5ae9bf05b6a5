"""The project's own tests, before and after: what became of each one, never only how many."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

from .claims import Result, unlike
from .place import Place

Outcomes = Mapping[str, str]


def own_tests(place: Place, name: str, *plugins: str, **variables: str) -> Outcomes:
    """Run the project's tests in a throw-away copy of a copy. Raises AssertionError when no test ran at all."""
    place.copy(name, "tested")
    written = place["outcomes.json"]
    written.unlink(missing_ok=True)
    chosen = [word for plugin in ("corpus_outcomes", *plugins) for word in ("-p", plugin)]
    chosen += [f"--deselect={test}" for test in place.project.not_run]
    command = [
        place.python,
        "-m",
        "pytest",
        "-q",
        "--rootdir=.",
        "-p",
        "no:cacheprovider",
        *chosen,
        *place.project.tests,
    ]
    done = place.run("tested", *command, CORPUS_OUTCOMES=str(written), **variables)
    log = Path(place["tests.log"])
    log.write_text(done.stdout + done.stderr, encoding="utf-8")
    assert written.exists(), f"{place.project.name}: no tests ran\n{(done.stdout + done.stderr)[-3000:]}"
    outcomes: Outcomes = json.loads(written.read_text(encoding="utf-8"))
    assert outcomes, f"{place.project.name}: no tests were found"
    return outcomes


def published(place: Place, result: Result) -> Outcomes:
    """The outcomes of the service as it was published, run once for these bytes, tests and packages and then kept."""
    project = place.project
    digest = hashlib.sha256(repr((place.python, project.tests, project.not_run, project.roots)).encode())
    pins = place["venv"] / "pins.txt"
    digest.update(pins.read_bytes() if pins.exists() else b"")
    for name, content in place.files("before").items():
        digest.update(f"\0{name}\0{len(content)}\0".encode() + content)
    kept = place["published.json"]
    known = json.loads(kept.read_text(encoding="utf-8")) if kept.exists() else {}
    if known.get("of") == digest.hexdigest():
        outcomes: Outcomes = known["outcomes"]
    else:
        outcomes = own_tests(place, "before")
        kept.write_text(json.dumps({"of": digest.hexdigest(), "outcomes": outcomes}), encoding="utf-8")
    result.figures["own tests before (passed / failed / skipped)"] = counted(outcomes)
    result.note("own tests that fail before as after", failing(outcomes))
    result.note("own tests that cannot be run reliably here as published, and are not run", project.not_run)
    return outcomes


def counted(outcomes: Outcomes) -> str:
    """`passed / failed / skipped`, as people count them."""
    number = Counter(outcomes.values())
    passed = number["passed"] + number["xfailed"] + number["xpassed"]
    return f"{passed} / {number['failed'] + number['error']} / {number['skipped']}"


def failing(outcomes: Outcomes) -> list[str]:
    """The tests that fail."""
    return [name for name, outcome in sorted(outcomes.items()) if outcome in ("failed", "error")]


def same_tests(result: Result, label: str, before: Outcomes, after: Outcomes) -> None:
    """Claim that every test came to what it came to before."""
    result.figures[label] = counted(after)
    result.claim(f"{label}: the same outcome, test by test", unlike(before, after))
