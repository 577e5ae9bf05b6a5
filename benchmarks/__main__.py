"""`python -m benchmarks [--quick] [--dir DIR] [--only PART ...]`: measure, and write results.md and its chart.

Exit code 0 whatever the figures are; they say themselves which bounds are missed.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from benchmarks import results
from benchmarks.chart import svg
from benchmarks.cold import looking, writing
from benchmarks.growth import growth
from benchmarks.peers import HERE, REPOSITORY, install
from benchmarks.profiles import profiles
from benchmarks.scale import FULL, QUICK, Bench
from benchmarks.warm import editing, gate

PARTS: Mapping[str, Callable[[Bench], None]] = {
    "check": looking,
    "run": writing,
    "warm": gate,
    "editor": editing,
    "growth": growth,
    "profile": profiles,
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
    bench = Bench(install(folder), folder, QUICK if options.quick else FULL)
    for name, part in PARTS.items():
        if options.only is None or name in options.only:
            part(bench)
    found = bench.results
    for row in found.rows:
        sys.stdout.write(
            "  ".join(("met   " if row.met else "MISSED", row.what, row.show(row.value), row.cells[1])) + "\n"
        )
    out = options.out or (None if options.only else folder if options.quick else HERE)
    if out is not None:
        results.write(out, found, bench.tools, svg(found.charts) if found.charts else "", quick=options.quick)
        sys.stdout.write(f"{out / 'results.md'}\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
