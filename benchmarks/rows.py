"""The promises about speed, each with its bound and what was measured; and whatever else was."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Literal

Unit = Literal["ratio", "bytes"]


@dataclass(frozen=True, slots=True)
class Row:
    """One promise: `value` is held against `bound`, from below (`at_most`) or from above."""

    what: str
    value: float
    bound: float
    how: str  # what was divided by what
    unit: Unit = "ratio"
    at_most: bool = True
    aim: float | None = None

    @property
    def met(self) -> bool:
        return self.value <= self.bound if self.at_most else self.value >= self.bound

    @property
    def cells(self) -> tuple[str, str, str, str]:
        word = "at most" if self.at_most else "at least"
        aim = f" (aim {self.show(self.aim)})" if self.aim is not None else ""
        met = "yes" if self.met else "**no**"
        return self.what, f"{word} {self.show(self.bound)}{aim}", self.show(self.value), met

    def show(self, value: float) -> str:
        if math.isinf(value):
            return "did not end in time"
        if self.unit == "bytes":
            return f"{value / 2**20:,.1f} MiB"
        return f"{value:.0f}" if value >= 100 else f"{value:.3g}"


@dataclass(frozen=True, slots=True)
class Table:
    """Figures behind the rows: a title, a head, and lines of cells."""

    title: str
    head: tuple[str, ...]
    lines: list[tuple[str, ...]] = field(default_factory=list)
    note: str = ""


@dataclass(slots=True)
class Results:
    """Everything that one run of the benchmark has found."""

    rows: list[Row] = field(default_factory=list)
    tables: list[Table] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)  # what differs between contenders, what was left out
    charts: dict[str, dict[str, float]] = field(default_factory=dict)  # group -> contender -> CPU, ast-grep = 1
