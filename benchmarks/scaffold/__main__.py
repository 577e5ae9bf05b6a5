"""Measure and show: `python -m benchmarks.scaffold [--rounds 300] [--write]`, from the repository's root.

Each state of the process (no SDK, sampled out, recording, kill switch) is a process of its own, in which all contenders
take turns.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from benchmarks.scaffold.measure import STATES, Ratios, measured
from benchmarks.scaffold.services import generate
from benchmarks.scaffold.table import page

REPOSITORY = Path(__file__).parents[2]


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.scaffold", description=__doc__)
    parser.add_argument("--rounds", type=int, default=300)
    parser.add_argument("--write", action="store_true", help="write benchmarks/scaffold.md")
    parser.add_argument("--measure", nargs=2, metavar=("STATE", "FOLDER"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.measure:
        state, folder = options.measure
        print(json.dumps(measured(state, Path(folder), options.rounds)))
        return
    with tempfile.TemporaryDirectory() as folder:
        generate(REPOSITORY / "examples" / "orders", Path(folder))
        found = {state: in_a_process(state, folder, options.rounds) for state in STATES}
    text = page(found, options.rounds)
    print(text)
    if options.write:
        (REPOSITORY / "benchmarks" / "scaffold.md").write_text(text, "utf-8")


def in_a_process(state: str, folder: str, rounds: int) -> Ratios:
    """The ratios of one state, from a process that is in it."""
    variables = {name: value for name, value in os.environ.items() if not name.startswith("OTEL_")}
    if state == "kill switch":
        variables["SCAFFOLD_DISABLE"] = "observed,retried"
    command = [sys.executable, "-m", "benchmarks.scaffold", "--rounds", str(rounds), "--measure", state, folder]
    done = subprocess.run(command, cwd=REPOSITORY, env=variables, stdout=subprocess.PIPE, check=True)
    ratios: Ratios = json.loads(done.stdout)
    return ratios


if __name__ == "__main__":
    main()
