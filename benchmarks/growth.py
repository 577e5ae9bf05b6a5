"""How cost grows: with the number of files, the length of one, its handlers, the depth of packages; and memory."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from benchmarks import corpora
from benchmarks.corpora import Corpus
from benchmarks.measure import Contender, Cost
from benchmarks.rows import Row
from benchmarks.scale import Bench

_FLOOR, _PER_BYTE, _MANY = 40 * 2**20, 250, 120 * 2**20


class Growth:
    """Measures `check` and `run` on one corpus after the other, and keeps the peaks for the rows about memory."""

    def __init__(self, bench: Bench) -> None:
        self.bench = bench
        self.peaks: dict[str, list[tuple[float, str, float]]] = {"check": [], "run": []}  # (of bound, corpus, bytes)

    def costs(self, corpus: Corpus, *, peer: bool = True) -> dict[str, Cost]:
        """Costs of check and run, and of ast-grep's two, by name."""
        work = self.bench.work(corpus)
        contenders = [_named(work.check(), "check"), _named(work.run(), "run")]
        contenders += [_named(work.scan(), "ast-grep"), _named(work.rewrite(), "ast-grep -U")] if peer else []
        found = self.bench.compare(f"growth: {corpus.about}", contenders, rounds=2)
        corpus.restore()
        for name, kept in self.peaks.items():
            peak = found[name].peak
            kept.append((peak / (_FLOOR + _PER_BYTE * corpus.largest), corpus.about, peak))
        return found

    def files(self) -> None:
        """CPU per file from the smallest to the largest repository with the same share of handlers."""
        sizes, folder, rows = self.bench.scale.sizes, self.bench.folder, self.bench.results.rows
        found = {size: self.costs(corpora.service(folder, size, 3)) for size in sizes}
        first, last = sizes[0], sizes[-1]
        for name in ("check", "run"):
            ratio = (found[last][name].cpu / last) / (found[first][name].cpu / first)
            title = f"`{name}`: CPU per file at {last:,} files"
            rows.append(Row(title, ratio, 1.2, f"CPU per file at {first:,}"))
        for name in ("check", "run"):
            row = Row(f"`{name}`: peak memory at {last:,} files", found[last][name].peak, _MANY, "", unit="bytes")
            rows.append(row)

    def lines(self) -> None:
        """One file from short to long."""
        found = {n: self.costs(corpora.one_file(self.bench.folder, n)) for n in self.bench.scale.lines}
        last = self.bench.scale.lines[-1]
        bound = 60 * last / 50_000
        for name in ("check", "run"):
            ratio = found[last][name].cpu / found[1000][name].cpu
            title = f"`{name}`: CPU of a file of {last:,} lines"
            self.bench.results.rows.append(Row(title, ratio, bound, "CPU of a file of 1,000"))

    def shapes(self) -> None:
        """Very many handlers in one file; packages far down."""
        self.costs(corpora.join_points(self.bench.folder, self.bench.scale.points))
        self.costs(corpora.deep(self.bench.folder, self.bench.scale.depth, 10 * self.bench.scale.depth))

    def memory(self) -> None:
        """The worst of all peaks, as a share of what they may be."""
        for name, kept in self.peaks.items():
            share, about, peak = max(kept)
            title = f"`{name}`: peak memory, worst case ({about}: {peak / 2**20:.0f} MiB)"
            self.bench.results.rows.append(Row(title, share, 1.0, "40 MiB + 250 bytes per byte of the largest file"))


def _named(contender: Contender, name: str) -> Contender:
    return replace(contender, name=name)


def growth(bench: Bench) -> None:
    """Everything about growth, in an order that keeps the memory rows last."""
    found = Growth(bench)
    steps: tuple[Callable[[], None], ...] = (found.files, found.lines, found.shapes, found.memory)
    for step in steps:
        step()
