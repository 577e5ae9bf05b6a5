"""`python -m tests.corpus.auth [NAME ...] [--dir DIR] [--fresh]`: guards on real services; exit code 1 if a claim fails.

Every route and method of the running framework is asked without and with a token, before, observed and enforced.
Each service's result is kept in DIR, with what it was made of: a run that was interrupted goes on where it was.
benchmarks/auth.md is written from all that are there.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from .claims import Claim, Result
from .guards import prove_guards
from .place import with_environment
from .projects import PROJECTS, REPOSITORY, Project
from .source import fetch
from .table import named, text

_KEPT = "auth.json"
TABLE = REPOSITORY / "benchmarks" / "auth.md"
_MADE_OF = ("src/splice", "codemods", "transformers", "tests/corpus", "examples")


def main(arguments: list[str]) -> int:
    served = [project for project in PROJECTS if project.apps]
    parser = argparse.ArgumentParser(prog="python -m tests.corpus.auth")
    names = ", ".join(project.name for project in served)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"some of {names}; all without one")
    parser.add_argument("--dir", type=Path, default=REPOSITORY / ".corpus", help="work folder (default .corpus)")
    parser.add_argument("--fresh", action="store_true", help="ask again what was asked of this very source")
    options = parser.parse_args(arguments)
    if unknown := set(options.names) - {project.name for project in served}:
        parser.error(f"there is no {', '.join(sorted(unknown))}")
    folder = options.dir.resolve()
    made_of = _digest()
    for project in served:
        kept = folder / project.name / _KEPT
        if options.names and project.name not in options.names:
            continue
        if not options.fresh and kept.exists() and _kept(kept).get("made_of") == made_of:
            _say(project, "asked already")
            continue
        result = _proven(folder, project)
        kept.write_text(json.dumps({**asdict(result), "made_of": made_of}), encoding="utf-8")
    found = [path for project in served if (path := folder / project.name / _KEPT).exists()]
    results = [_read(path) for path in found if "made_of" in _kept(path)]
    TABLE.write_text(markdown(results), encoding="utf-8")
    return int(not all(result.holds for result in results))


def _digest() -> str:
    """What a result depends on: the engine, and what asks."""
    files = (path for name in _MADE_OF for path in (REPOSITORY / name).rglob("*") if path.is_file())
    kept = sorted(path for path in files if "__pycache__" not in path.parts and path.suffix != ".sqlite3")
    return hashlib.sha256(b"\0".join(part for path in kept for part in (bytes(path), path.read_bytes()))).hexdigest()


def _say(project: Project, step: str) -> None:
    sys.stdout.write(f"-- {project.name}: {step}\n")
    sys.stdout.flush()


def _proven(folder: Path, project: Project) -> Result:
    """The result of one service; one that cannot be asked does not keep the others from it."""
    (folder / project.name).mkdir(parents=True, exist_ok=True)
    try:
        place = with_environment(project, folder / project.name)
        fetch(project, folder / "sdists", place["before"])
        result = prove_guards(place, say=lambda step: _say(project, step))
    except (AssertionError, OSError, subprocess.SubprocessError) as error:
        result = Result(project.name)
        result.claim("it can be asked", [f"{type(error).__name__}: {error}"[-2000:]])
    sys.stdout.write(text(result))
    return result


def _kept(path: Path) -> dict[str, Any]:
    kept: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return kept


def _read(path: Path) -> Result:
    kept = _kept(path)
    claims = [Claim(one["text"], tuple(one["differences"])) for one in kept["claims"]]
    return Result(kept["project"], kept["figures"], claims, {name: tuple(said) for name, said in kept["notes"].items()})


def markdown(results: Sequence[Result]) -> str:
    """The whole of benchmarks/auth.md."""
    labels = list(dict.fromkeys(label for result in results for label in result.figures))
    claims = list(dict.fromkeys(claim.text for result in results for claim in result.claims))
    services = [result.project for result in results]
    lines = [
        "# Guards on real services",
        "",
        "Made by `python -m tests.corpus.auth`: each service gets a policy that denies by default. Every path of the",
        "running framework's routing table is asked with GET, HEAD, POST, PUT, PATCH, DELETE and PROPFIND, or as a",
        "websocket: without a token, with one without scopes, with one that has all, and again without; by the",
        "framework's own test client; as published, with guards that observe, and with guards that are enforced.",
        "Figures are requests, unless they say otherwise.",
        "",
        "## Requests",
        "",
        *_grid(["", *services], [[label, *(result.figures.get(label, "") for result in results)] for label in labels]),
        "",
        "## Claims",
        "",
        *_grid(["", *services], [[claim, *(_held(result, claim) for result in results)] for claim in claims]),
        "",
        "## Services that are not asked",
        "",
        *_grid(["service", "why"], [[one.name, _why(one)] for one in PROJECTS if one.name not in services]),
        "",
        "## Exceptions, by name",
        "",
    ]
    reasons = {project.name: project.open_why for project in PROJECTS}
    for result in results:
        for claim in result.claims:
            why = f" ({reasons[result.project]})" if reasons[result.project] else ""
            lines += named(f"{result.project}: NOT TRUE: {claim.text}{why}", claim.differences)
        for label, names in result.notes.items():
            lines += named(f"{result.project}: {label}", names)
    return "\n".join(lines).rstrip() + "\n"


def _grid(head: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    return [f"| {' | '.join(row)} |" for row in (head, ["---"] * len(head), *rows)]


def _held(result: Result, claim: str) -> str:
    found = next((one for one in result.claims if one.text == claim), None)
    return "" if found is None else "yes" if found.holds else f"**no** ({len(found.differences)})"


def _why(project: Project) -> str:
    if project.apps:
        return f"{project.about}: no result is in the work folder"
    if not project.unknown:
        return f"{project.about}: it has no route that a guard could stand at"
    names = " and ".join(project.unknown)
    return f"{project.about}: {names} is not understood yet, which `run` says; nothing of it is guarded"


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
