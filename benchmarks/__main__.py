"""`python -m benchmarks [--quick] [--dir DIR] [--only PART ...]`: measure, and write results.md and its chart.

Exit code 0 whatever the figures are: they say themselves which bounds are missed. 1 where a part could not be measured.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from queue import Empty
from tempfile import TemporaryDirectory

from benchmarks import results
from benchmarks.chart import svg
from benchmarks.cold import looking, writing
from benchmarks.growth import growth
from benchmarks.measure import Failed
from benchmarks.peers import HERE, REPOSITORY, install
from benchmarks.profiles import profiles
from benchmarks.scale import FULL, QUICK, Bench
from benchmarks.warm import editing, gate

PARTS: Mapping[str, Callable[[Bench], None]] = {
    "check": looking,
    "run": writing,
    "warm": gate,
    "editor": editing,
    "profile": profiles,
    "growth": growth,
}


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="small corpora and few rounds: minutes")
    parser.add_argument("--dir", type=Path, default=REPOSITORY / "build" / "bench", help="work folder")
    parser.add_argument("--out", type=Path, default=None, help="where results go (default: here; quick: work folder)")
    parser.add_argument("--only", nargs="+", choices=PARTS, help="some parts; nothing is written without --out")
    options = parser.parse_args(arguments)
    folder = options.dir.resolve()
    folder.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(prefix="bench-caches-") as caches:
        bench = Bench(install(folder), folder, QUICK if options.quick else FULL, Path(caches).resolve() / "cache")
        return measure(bench, options)


def measure(bench: Bench, options: argparse.Namespace) -> int:
    """Every part that was asked for, and the results."""
    folder = bench.folder
    out = options.out or (None if options.only else folder if options.quick else HERE)
    broken = False
    for name, part in PARTS.items():
        if options.only is None or name in options.only:
            broken |= not measured(bench, name, part)
            if out is not None:  # after each part: who stops a long run keeps what it has found
                chart = svg(bench.results.charts) if bench.results.charts else ""
                results.write(out, bench.results, bench.tools, chart, quick=options.quick)
    for row in bench.results.rows:
        line = ("met   " if row.met else "MISSED", row.what, row.show(row.value), row.cells[1])
        sys.stdout.write("  ".join(line) + "\n")
    return int(broken)


def measured(bench: Bench, name: str, part: Callable[[Bench], None]) -> bool:
    """Whether a part came to its end. What kept it from that stands in the results, and the other parts go on."""
    try:
        part(bench)
    except (Failed, RuntimeError, subprocess.CalledProcessError, Empty) as error:
        bench.results.notes.append(f"**{name} was not measured to its end**: {type(error).__name__}")
        sys.stdout.write(f"-- {name}: {error!r}\n")
        return False
    return True


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
