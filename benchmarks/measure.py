"""What commands cost: in alternation, so that whatever else the machine does befalls all of them alike."""

from __future__ import annotations

import json
import math
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from time import perf_counter

LIMIT = 120  # seconds of processor time of one process
_LAUNCH = Path(__file__).with_name("launch.py")


@dataclass(frozen=True, slots=True)
class Cost:
    """Seconds of all processors and by the clock, and bytes of the largest process of one run."""

    cpu: float
    wall: float
    peak: float
    runs: int = 1


ENDLESS = Cost(math.inf, math.inf, math.inf)


@dataclass(frozen=True, slots=True)
class Contender:
    """A command as a contender runs it. `before` prepares each run outside the clock."""

    name: str
    command: Sequence[str]
    folder: Path
    before: Callable[[], None] = lambda: None
    codes: frozenset[int] = frozenset({0, 1})  # exit codes that mean that it has done its work
    environment: Mapping[str, str] = field(default_factory=dict)


class TooLong(Exception):
    """A command that was ended after its limit of processor time."""


class Failed(Exception):
    """A command that did not do its work: there is nothing to measure."""


def once(contender: Contender, limit: int = LIMIT) -> Cost:
    """One run.

    Raises Failed, with the end of what the command said, for an exit code that is none of `codes`, and TooLong where
    one process has taken more than `limit` seconds of processor time.
    """
    contender.before()
    with tempfile.TemporaryDirectory(prefix="bench-") as place:
        costs = Path(place, "costs.json")
        said = Path(place, "said.txt")
        with said.open("wb") as output:
            subprocess.run(
                [sys.executable, "-I", "-S", str(_LAUNCH), str(costs), str(limit), *contender.command],
                cwd=contender.folder,
                env={**os.environ, **contender.environment},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                check=True,
            )
        found = json.loads(costs.read_text(encoding="utf-8"))
        if found["code"] in (-signal.SIGXCPU, -signal.SIGKILL):
            raise TooLong(contender.name)
        if found["code"] not in contender.codes:
            end = said.read_text(encoding="utf-8", errors="replace")[-2000:]
            raise Failed(f"{contender.name}: exit code {found['code']}\n{end}")
    return Cost(found["cpu"], found["wall"], found["peak"])


def middle(costs: Sequence[Cost]) -> Cost:
    """Medians of each; of the peak the largest."""
    cpu, wall = median(cost.cpu for cost in costs), median(cost.wall for cost in costs)
    return Cost(cpu, wall, max(cost.peak for cost in costs), len(costs))


def compare(
    contenders: Sequence[Contender],
    rounds: int,
    budget: float = math.inf,
    done: Callable[[Contender], None] | None = None,
    limit: int = LIMIT,
) -> dict[str, Cost]:
    """Medians over `rounds` rounds of A B C A B C, after one round that does not count.

    After `budget` seconds no further round begins; where the first one alone took half of it, it counts. `done` is
    called after each run of the first round. What is ended for taking too long costs more than any number.
    """
    costs: dict[str, list[Cost]] = {contender.name: [] for contender in contenders}
    running, began = list(contenders), perf_counter()
    for number in range(rounds + 1):
        for contender in list(running):
            try:
                costs[contender.name].append(once(contender, limit))
            except TooLong:
                costs[contender.name] = [ENDLESS]
                running.remove(contender)
            if number == 0 and done is not None:
                done(contender)
        spent = perf_counter() - began
        if number == 0 and spent < budget / 2:
            for contender in running:
                costs[contender.name].clear()
        elif spent > budget:
            break
    return {name: middle(found) for name, found in costs.items()}
