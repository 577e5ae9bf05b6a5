"""`python -m tests.corpus [NAME ...] [--dir DIR]`: prove every claim on real services; exit code 1 if one fails.

The whole corpus writes benchmarks/corpus.md. Packages and sources come through pip, as it is configured.
"""

from __future__ import annotations

import argparse
import sys
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

from .claims import Result
from .place import with_environment
from .projects import PROJECTS, REPOSITORY, Project
from .prove import prove
from .source import fetch
from .table import markdown, text


def main(arguments: list[str]) -> int:
    names = [project.name for project in PROJECTS]
    parser = argparse.ArgumentParser(prog="python -m tests.corpus")
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"some of {', '.join(names)}; all without one")
    parser.add_argument("--dir", type=Path, default=REPOSITORY / ".corpus", help="work folder (default .corpus)")
    parser.add_argument("--jobs", type=int, default=1, help="services at once (default 1)")
    options = parser.parse_args(arguments)
    if unknown := set(options.names) - set(names):
        parser.error(f"there is no {', '.join(sorted(unknown))}")
    chosen = [project for project in PROJECTS if not options.names or project.name in options.names]
    with ThreadPoolExecutor(options.jobs) as pool:  # the work is done in processes of their own
        results = list(pool.map(partial(_proven, options.dir.resolve()), chosen))
    if not options.names:
        (REPOSITORY / "benchmarks").mkdir(exist_ok=True)
        (REPOSITORY / "benchmarks" / "corpus.md").write_text(markdown(results), encoding="utf-8")
    broken = sum(not claim.holds for result in results for claim in result.claims)
    total = sum(len(result.claims) for result in results)
    sys.stdout.write(f"{total - broken} of {total} claims hold\n")
    return int(broken > 0)


def _proven(folder: Path, project: Project) -> Result:
    def say(step: str) -> None:
        sys.stdout.write(f"-- {project.name}: {step}\n")
        sys.stdout.flush()

    say(project.about)
    (folder / project.name).mkdir(parents=True, exist_ok=True)
    place = with_environment(project, folder / project.name)
    fetch(project, folder / "sdists", place["before"])
    result = prove(place, say=say)
    sys.stdout.write(text(result))
    return result


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
