"""`python -m tests.corpus.auth [NAME ...] [--dir DIR]`: guards on real services; exit code 1 if a claim fails.

Every route and method of the running framework is asked without and with a token, before, observed and enforced.
Each service's result is kept in DIR; benchmarks/auth.md is written from all that are there.
"""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import asdict
from pathlib import Path

from .claims import Claim, Result
from .guards import prove_guards
from .place import with_environment
from .projects import PROJECTS, REPOSITORY, Project
from .source import fetch
from .table import grids, named, text

_KEPT = "auth.json"
TABLE = REPOSITORY / "benchmarks" / "auth.md"


def main(arguments: list[str]) -> int:
    served = [project for project in PROJECTS if project.apps]
    parser = argparse.ArgumentParser(prog="python -m tests.corpus.auth")
    names = ", ".join(project.name for project in served)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"some of {names}; all without one")
    parser.add_argument("--dir", type=Path, default=REPOSITORY / ".corpus", help="work folder (default .corpus)")
    options = parser.parse_args(arguments)
    if unknown := set(options.names) - {project.name for project in served}:
        parser.error(f"there is no {', '.join(sorted(unknown))}")
    folder = options.dir.resolve()
    for project in served:
        if not options.names or project.name in options.names:
            result = _proven(folder, project)
            (folder / project.name / _KEPT).write_text(json.dumps(asdict(result)), encoding="utf-8")
    kept = [_read(path) for project in served if (path := folder / project.name / _KEPT).exists()]
    TABLE.write_text(markdown(kept), encoding="utf-8")
    return int(not all(result.holds for result in kept))


def _proven(folder: Path, project: Project) -> Result:
    def say(step: str) -> None:
        sys.stdout.write(f"-- {project.name}: {step}\n")
        sys.stdout.flush()

    (folder / project.name).mkdir(parents=True, exist_ok=True)
    place = with_environment(project, folder / project.name)
    fetch(project, folder / "sdists", place["before"])
    result = prove_guards(place, say=say)
    sys.stdout.write(text(result))
    return result


def _read(path: Path) -> Result:
    kept = json.loads(path.read_text(encoding="utf-8"))
    claims = [Claim(one["text"], tuple(one["differences"])) for one in kept["claims"]]
    return Result(kept["project"], kept["figures"], claims, {name: tuple(said) for name, said in kept["notes"].items()})


def markdown(results: list[Result]) -> str:
    """The whole of benchmarks/auth.md."""
    lines = [
        "# Guards on real services",
        "",
        "Made by `python -m tests.corpus.auth`: each service gets a policy that denies by default. Every path of the",
        "running framework's routing table is asked with GET, HEAD, POST, PUT, PATCH, DELETE and PROPFIND, or as a",
        "websocket, without a token, with one without scopes and with one that has all, by the framework's own test",
        "client: as published, with guards that observe, and with guards that are enforced.",
        "",
        *grids(results),
    ]
    for result in results:
        for claim in result.claims:
            lines += named(f"{result.project}: NOT TRUE: {claim.text}", claim.differences)
        for label, names in result.notes.items():
            lines += named(f"{result.project}: {label}", names)
    return "\n".join(lines).rstrip() + "\n"


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
