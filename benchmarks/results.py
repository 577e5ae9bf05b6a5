"""The results as Markdown, with the machine and the versions that they are of; nothing here is typed by hand."""

from __future__ import annotations

import os
import platform
from collections.abc import Iterator
from pathlib import Path

from benchmarks.peers import Tools
from benchmarks.rows import Results, Table

CHART = "results.svg"


def markdown(results: Results, tools: Tools, *, quick: bool) -> str:
    return "\n".join(_lines(results, tools, quick)) + "\n"


def _lines(results: Results, tools: Tools, quick: bool) -> Iterator[str]:
    yield "# What Splice costs, beside the tools of its field"
    yield ""
    yield f"Made by `make bench{' QUICK=1' if quick else ''}`, and never typed by hand. {machine(tools)}"
    yield "Each comparison runs the contenders in turn, and counts medians; peak memory is that of the largest process."
    if quick:
        yield "A quick run: small corpora, few rounds. Bounds are meant for the full one."
    yield ""
    if results.charts:
        yield f"![CPU time beside other tools]({CHART})"
        yield ""
    missed = [row for row in results.rows if not row.met]
    yield "## Promises"
    yield ""
    yield f"{len(results.rows) - len(missed)} of {len(results.rows)} bounds are met."
    if missed:
        yield ""
        yield "Missed:"
        yield ""
        yield from (f"- {row.what}: {row.show(row.value)}, {row.cells[1]}" for row in missed)
    yield ""
    head = ("what", "compared with", "bound", "measured", "met")
    cells: list[tuple[str, ...]] = [(row.cells[0], row.how, *row.cells[1:]) for row in results.rows]
    yield from _table(Table("", head, cells))
    yield ""
    yield "## The same work"
    yield ""
    yield _ABOUT
    yield ""
    yield from (f"- {note}" for note in results.notes)
    yield ""
    yield "## Figures"
    for table in results.tables:
        yield ""
        yield f"### {table.title[0].upper()}{table.title[1:]}"
        yield ""
        yield from _table(table)
        if table.note:
            yield ""
            yield table.note


_ABOUT = """\
Each tool finds the handlers, inserts `@observed(...)` below the decorator that registers them, and imports it.
The peers match names (`app`, `bp`, `router`) and insert a constant; Splice resolves which object each name is, inserts
the full route with the prefixes of other files, proves every change, and writes a scaffold and a lock.
Compared are the syntax trees of all changed files, without that text and without the import's place.
Splice runs without semgrep; ruff only lints (FastAPI's routes), and is a lower bound."""


def machine(tools: Tools) -> str:
    """The machine, as far as figures depend on it, and the versions of all tools."""
    versions = ", ".join(f"{name} {version}" for name, version in sorted(tools.versions.items()))
    where = (
        f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores (shared), Python {platform.python_version()}"
    )
    return f"{where}; {versions}."


def _table(table: Table) -> Iterator[str]:
    yield "| " + " | ".join(table.head) + " |"
    yield "|" + " --- |" * len(table.head)
    for line in table.lines:
        yield "| " + " | ".join(line) + " |"


def write(folder: Path, results: Results, tools: Tools, chart: str, *, quick: bool) -> None:
    if chart:
        (folder / CHART).write_text(chart, encoding="utf-8")
    (folder / "results.md").write_text(markdown(results, tools, quick=quick), encoding="utf-8")
