"""`python -m tests.corpus.roundtrip [NAME ...]`: every function of large foreign trees, there and back again.

Not services, but the most diverse Python there is: all that is asked is that nothing breaks. `functions = ["**"]`
and no default excludes, so that tests and odd test data count too. Semgrep is left out unless asked for: its rules
say nothing about bytes, and it needs a second for some hundred decorators in one file.
"""

from __future__ import annotations

import argparse
import gc
import json
import shutil
import subprocess
import sys
import sysconfig
import warnings
from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from time import perf_counter, process_time

from splice import testing
from splice.landing import Done
from splice.model import Failed, Reason, Skipped

from .projects import REPOSITORY
from .source import unpacked
from .table import renewed, round_trips

SDISTS = ("Jinja2==3.1.6", "black==26.10.1", "ansible-core==2.19.14", "Twisted==26.10.0", "Django==5.2.19")
LIBRARY = "Lib"
CONFIG = 'functions = ["**"]\ndefault-excludes = false\nmanifests = false\n'
# Files that cannot be read, and insertions that have no place: counted by reason. All else is a failure.
_DECLARED = frozenset({Reason.SYNTAX, Reason.ENCODING, Reason.TOO_DEEP, Reason.UNREADABLE})
_PLACED = frozenset({Reason.IMPORT_AFTER_USE, Reason.HEADER, Reason.NAME_TAKEN, Reason.SKIP_FILE})


@dataclass
class Trip:
    """One tree, and what `run`, `run` again and `strip` did to it. The lists name what is wrong; all should be empty."""

    name: str
    files: int = 0
    lines: int = 0
    functions: int = 0
    insertions: int = 0
    left: dict[str, int] = field(default_factory=dict)  # functions that are not to be decorated, by reason
    refused: dict[str, int] = field(default_factory=dict)  # insertions that could not be placed, by reason
    unread: dict[str, int] = field(default_factory=dict)  # files that could not be read, by reason
    failed: list[str] = field(default_factory=list)
    moved: list[str] = field(default_factory=list)  # changed by the second run
    lost: list[str] = field(default_factory=list)  # not what they were after strip
    broken: list[str] = field(default_factory=list)  # do not compile any more
    seconds: dict[str, float] = field(default_factory=dict)  # per command, then per stage of the first run
    processor: float = 0.0

    @property
    def holds(self) -> bool:
        return not (self.failed or self.moved or self.lost or self.broken)


def travel(root: Path, name: str, rules: bool = False) -> Trip:
    """Run, run again and strip over the files below `root`, which is changed on the way and back."""
    trip = Trip(name)
    testing.put(root, {"codemod.toml": CONFIG})
    before = testing.tree(root)
    python = {file: raw for file, raw in before.items() if file.endswith(".py")}
    trip.files, trip.lines = len(python), sum(raw.count(b"\n") for raw in python.values())
    begun = process_time()
    done = _timed(root, trip, "run", rules=rules)
    _count(trip, done)
    after = testing.tree(root)
    trip.broken = [
        file for file in sorted(after) if after[file] != before.get(file) and not _compiles(file, after[file])
    ]
    again = _timed(root, trip, "run again", rules=rules)
    second = testing.tree(root)
    trip.moved = sorted(
        {c.file for c in again.changes} | {f for f in after.keys() | second if after.get(f) != second.get(f)}
    )
    back = _timed(root, trip, "strip", strip=True, rules=rules)
    stripped = testing.tree(root)
    trip.lost = sorted(f for f in before.keys() | stripped if before.get(f) != stripped.get(f))
    problems = [o for o in back.outcomes if isinstance(o, Failed | Skipped) and o.reason not in _DECLARED]
    trip.failed += [f"strip: {o.file}: {o.reason.value}" for o in problems]
    trip.processor = process_time() - begun
    return trip


def _timed(root: Path, trip: Trip, command: str, strip: bool = False, rules: bool = False) -> Done:
    clock = perf_counter()
    done = testing.run(root, strip=strip, rules=rules)
    trip.seconds[command] = round(perf_counter() - clock, 1)
    if command == "run":
        trip.seconds |= {stage: round(seconds, 1) for stage, seconds in done.seconds.items()}
    return done


def _count(trip: Trip, done: Done) -> None:
    points = done.planned.survey.matched.points
    trip.functions = len(points)
    trip.insertions = sum(len(change.edits) for change in done.changes)
    trip.left = _sorted(p.reason.value for p in points if p.skip and p.reason)
    trip.refused = _sorted(
        refused.reason.value for refused in {key[:3]: why for key, why in done.refused.items()}.values()
    )
    trip.refused |= _sorted(f.code for f in done.findings if f.code == Reason.NAME_TAKEN.value)
    problems = [outcome for outcome in done.outcomes if isinstance(outcome, Failed | Skipped)]
    trip.unread = _sorted(o.reason.value for o in problems if o.reason in _DECLARED)
    trip.failed = [f"{o.file}: {o.reason.value}: {o.detail}" for o in problems if o.reason not in _DECLARED | _PLACED]


def _sorted(reasons: Iterable[str]) -> dict[str, int]:
    return dict(sorted(Counter(reasons).items()))


def _compiles(file: str, raw: bytes) -> bool:
    if not file.endswith(".py"):
        return True
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            compile(raw, "changed.py", "exec", dont_inherit=True)
    except (SyntaxError, ValueError):
        return False
    return True


def place(name: str, folder: Path) -> Path:
    """A fresh copy of a tree: an sdist, or the running Python's standard library."""
    target = folder / "roundtrip" / name.partition("==")[0]
    shutil.rmtree(target, ignore_errors=True)
    source = Path(sysconfig.get_path("stdlib")) if name == LIBRARY else unpacked(name, folder / "sdists")
    without = shutil.ignore_patterns("__pycache__", "site-packages", "dist-packages", ".git")
    shutil.copytree(source, target, ignore=without, symlinks=True)
    return target


def main(arguments: list[str]) -> int:
    names = [*SDISTS, LIBRARY]
    parser = argparse.ArgumentParser(prog="python -m tests.corpus.roundtrip")
    parser.add_argument(
        "names", nargs="*", metavar="NAME", help=f"NAME==VERSION or {LIBRARY}; default {', '.join(names)}"
    )
    parser.add_argument("--dir", type=Path, default=REPOSITORY / ".corpus", help="work folder (default .corpus)")
    parser.add_argument("--semgrep", action="store_true", help="check the rules as well")
    parser.add_argument("--here", action="store_true", help="in this process, and print the result as JSON")
    options = parser.parse_args(arguments)
    if options.here:
        gc.set_threshold(200_000, 30, 30)  # as the command does it
        name = options.names[0]
        trip = travel(place(name, options.dir.resolve()), name, options.semgrep)
        sys.stdout.write(json.dumps(asdict(trip)) + "\n")
        return 0
    trips = [_apart(name, options.dir, options.semgrep) for name in options.names or names]
    if not options.names:
        path, whole = (REPOSITORY / "benchmarks" / name for name in ("roundtrip.md", "corpus.md"))
        path.write_text(markdown(trips), encoding="utf-8")
        whole.write_text(renewed(whole.read_text(encoding="utf-8"), round_trips(path)), encoding="utf-8")
    return int(not all(trip.holds for trip in trips))


def _apart(name: str, folder: Path, rules: bool) -> Trip:
    """A trip in a process of its own: whatever ends that one is a result, too."""
    options = ["--dir", str(folder.resolve()), *(["--semgrep"] if rules else [])]
    command = [sys.executable, "-m", "tests.corpus.roundtrip", "--here", name, *options]
    done = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=False)
    trip = Trip(name, failed=[f"the run ended with {done.returncode}: {done.stderr[-2000:]}"])
    if done.returncode == 0:
        trip = Trip(**json.loads(done.stdout.splitlines()[-1]))
    sys.stdout.write("\n".join([f"== {name}", *(f"  {label:<34} {text}" for label, text in _rows(trip).items()), ""]))
    sys.stdout.flush()
    return trip


def _rows(trip: Trip) -> dict[str, str]:
    """The figures of one tree by label, as they stand in the table."""

    def listed(found: dict[str, int]) -> str:
        return ", ".join(f"{reason} {count}" for reason, count in found.items()) or "0"

    def named(found: list[str]) -> str:
        return f"**{len(found)}**: " + "; ".join(found[:20]) if found else "0"

    return {
        "Python files": f"{trip.files:,}",
        "lines": f"{trip.lines:,}",
        "functions": f"{trip.functions:,}",
        "insertions": f"{trip.insertions:,}",
        "left alone, by reason": listed(trip.left),
        "not placeable, by reason": listed(trip.refused),
        "files that cannot be read, by reason": listed(trip.unread),
        "failures": named(trip.failed),
        "changed files that do not compile": named(trip.broken),
        "files that a second run changes": named(trip.moved),
        "files that strip does not give back": named(trip.lost),
        "seconds: run / again / strip": " / ".join(
            f"{trip.seconds.get(one, 0):.0f}" for one in ("run", "run again", "strip")
        ),
        "seconds of processor time": f"{trip.processor:.0f}",
    }


def markdown(trips: list[Trip]) -> str:
    """benchmarks/roundtrip.md."""
    rows = [_rows(trip) for trip in trips]
    lines = [
        "# Every function of large foreign trees, there and back",
        "",
        "Made by `python -m tests.corpus.roundtrip`: every `.py` file of these sdists and of the standard library, with",
        '`functions = ["**"]` and the default excludes off: `run`, `run` again, `strip`. Semgrep is left out here.',
        "",
        "|  | " + " | ".join(trip.name for trip in trips) + " |",
        "| --- " * (len(trips) + 1) + "|",
        *(f"| {label} | " + " | ".join(row[label] for row in rows) + " |" for label in rows[0]),
    ]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
