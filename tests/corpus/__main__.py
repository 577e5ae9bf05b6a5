"""`python -m tests.corpus [NAME ...] [--dir DIR]`: prove every claim on real services; exit code 1 if one fails.

The whole corpus writes benchmarks/corpus.md. Packages and sources come through pip, as it is configured.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from .place import with_environment
from .projects import PROJECTS, REPOSITORY
from .prove import prove
from .source import fetch
from .table import markdown, text


def main(arguments: list[str]) -> int:
    names = [project.name for project in PROJECTS]
    parser = argparse.ArgumentParser(prog="python -m tests.corpus")
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"some of {', '.join(names)}; all without one")
    parser.add_argument("--dir", type=Path, default=REPOSITORY / ".corpus", help="work folder (default .corpus)")
    options = parser.parse_args(arguments)
    if unknown := set(options.names) - set(names):
        parser.error(f"there is no {', '.join(sorted(unknown))}")
    folder, results = options.dir.resolve(), []
    for project in PROJECTS:
        if options.names and project.name not in options.names:
            continue
        _say(f"-- {project.name}: {project.about}")
        (folder / project.name).mkdir(parents=True, exist_ok=True)
        place = with_environment(project, folder / project.name)
        fetch(project, folder / "sdists", place["before"])
        results.append(prove(place, say=lambda step: _say(f"   {step}")))
        sys.stdout.write(text(results[-1]))
    if not options.names:
        (REPOSITORY / "benchmarks").mkdir(exist_ok=True)
        (REPOSITORY / "benchmarks" / "corpus.md").write_text(markdown(results), encoding="utf-8")
    broken = sum(not claim.holds for result in results for claim in result.claims)
    total = sum(len(result.claims) for result in results)
    sys.stdout.write(f"{total - broken} of {total} claims hold\n")
    return int(broken > 0)


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
