"""How much one run of the benchmark measures, and what every part of it needs."""

from __future__ import annotations

import math
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.contenders import Work
from benchmarks.corpora import Corpus
from benchmarks.measure import LIMIT, Contender, Cost, compare
from benchmarks.peers import Tools
from benchmarks.rows import Results, Table


@dataclass(frozen=True, slots=True)
class Scale:
    """Sizes, rounds, and the seconds after which a comparison begins no further round."""

    modules: int
    slow_modules: int  # for peers that take minutes for what others do in a second
    sizes: tuple[int, ...]
    lines: tuple[int, ...]  # 1,000 among them
    points: int
    depth: int
    rounds: int
    keystrokes: int
    budget: float
    homeassistant: bool


FULL = Scale(3000, 400, (1000, 5000, 15000), (100, 1000, 10_000, 50_000), 10_000, 60, 5, 60, 120.0, True)
QUICK = Scale(500, 100, (250, 1000), (100, 1000, 5000), 1000, 20, 2, 15, 30.0, False)


@dataclass(slots=True)
class Bench:
    """One run of the benchmark: tools, corpora, and what has been found until now."""

    tools: Tools
    folder: Path
    scale: Scale
    caches: Path  # in no repository: there Splice keeps nothing
    results: Results = field(default_factory=Results)

    def work(self, corpus: Corpus) -> Work:
        return Work(self.tools, corpus, self.caches)

    def say(self, text: str) -> None:
        sys.stdout.write(f"-- {text}\n")
        sys.stdout.flush()

    def compare(
        self,
        title: str,
        contenders: list[Contender],
        rounds: int = 0,
        done: Callable[[Contender], None] | None = None,
    ) -> dict[str, Cost]:
        """Costs in alternation, as a table of the results beside the first peer's (or our own where we are alone)."""
        self.say(title)
        costs = compare(contenders, rounds or self.scale.rounds, self.scale.budget, done)
        base = costs.get("ast-grep") or next(iter(costs.values()))
        head = ("contender", "CPU s", "wall s", "peak MiB", "CPU ratio", "rounds")
        table = Table(title, head)
        for name, cost in costs.items():
            if math.isinf(cost.cpu):
                table.lines.append((name, f"over {LIMIT}", "", "", "", ""))
                continue
            peak, ratio = f"{cost.peak / 2**20:.0f}", f"{cost.cpu / base.cpu:.3g}"
            line = (name, f"{cost.cpu:.2f}", f"{cost.wall:.2f}", peak, ratio, str(cost.runs))
            table.lines.append(line)
            self.say("   " + "  ".join(line))
        self.results.tables.append(table)
        return costs
