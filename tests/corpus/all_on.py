"""`python -m tests.corpus.all_on [NAME ...] [--dir DIR] [--resume]`: real services with every codemod on.

Their own tests, formatters, `strip` and codemods that go one at a time; exit code 1 if a claim fails. Each service's
result is kept in DIR; benchmarks/all_on.md is written from all that are there.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import platform
import sys
from pathlib import Path

from splice import __version__

from .claims import Result, again, kept
from .place import with_environment
from .projects import LOCKS, PROJECTS, REPOSITORY, Project
from .prove_all import prove_all
from .source import fetch
from .table import grids, named, text

_KEPT = "all_on.json"
TABLE = REPOSITORY / "benchmarks" / "all_on.md"


def main(arguments: list[str]) -> int:
    names = [project.name for project in PROJECTS]
    parser = argparse.ArgumentParser(prog="python -m tests.corpus.all_on")
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"some of {', '.join(names)}; all without one")
    parser.add_argument("--dir", type=Path, default=REPOSITORY / ".corpus", help="work folder (default .corpus)")
    parser.add_argument("--resume", action="store_true", help="leave out what was proved of this very Splice")
    options = parser.parse_args(arguments)
    if unknown := set(options.names) - set(names):
        parser.error(f"there is no {', '.join(sorted(unknown))}")
    folder, state = options.dir.resolve(), fingerprint()
    for project in PROJECTS:
        done = folder / project.name / _KEPT
        proved = options.resume and done.exists() and json.loads(done.read_text(encoding="utf-8"))["of"] == state
        if (not options.names or project.name in options.names) and not proved:
            result = _proven(folder, project)
            done.write_text(json.dumps({"of": state, "result": kept(result)}), encoding="utf-8")
    results = [read(path) for project in PROJECTS if (path := folder / project.name / _KEPT).exists()]
    TABLE.write_text(markdown(results), encoding="utf-8")
    return int(not all(result.holds for result in results))


def fingerprint() -> str:
    """A digest of all that a result hangs on: Splice, the corpus and its pins."""
    digest = hashlib.sha256()
    folders = (REPOSITORY / "src", *(REPOSITORY / name for name in ("codemods", "rules", "transformers")))
    files = [path for folder in (*folders, LOCKS.parent) for path in folder.rglob("*") if path.is_file()]
    for path in sorted(path for path in files if "__pycache__" not in path.parts and ".egg-info" not in str(path)):
        digest.update(path.relative_to(REPOSITORY).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()


def read(path: Path) -> Result:
    """A result that was kept, and of which sources."""
    told = json.loads(path.read_text(encoding="utf-8"))
    result = again(told["result"])
    result.figures["digest of Splice and the corpus"] = told["of"][:8]
    return result


def _proven(folder: Path, project: Project) -> Result:
    def say(step: str) -> None:
        sys.stdout.write(f"-- {project.name}: {step}\n")
        sys.stdout.flush()

    (folder / project.name).mkdir(parents=True, exist_ok=True)
    place = with_environment(project, folder / project.name)
    fetch(project, folder / "sdists", place["before"])
    result = prove_all(place, say=say)
    sys.stdout.write(text(result))
    return result


def markdown(results: list[Result]) -> str:
    """The whole of benchmarks/all_on.md."""
    lines = [
        "# Every codemod on, on real services",
        "",
        f"Made by `python -m tests.corpus.all_on` with Splice {__version__} on Python {platform.python_version()}: each",
        "service gets a policy that denies by default and observes, with spans, metrics, instrumentors, guards, timeouts",
        "and retries. Its own tests run with the real SDK, the instrumentors, stamina and PyJWT. Nothing here is typed by",
        "hand; services whose digest differs were proved with another state of the sources.",
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
