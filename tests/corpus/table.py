"""The results as text for a terminal and as `benchmarks/corpus.md`: counts, claims, and every difference by name."""

from __future__ import annotations

import platform
from collections.abc import Sequence
from pathlib import Path

from splice import __version__

from .claims import Result
from .projects import PROJECTS, REPOSITORY

_SHOWN = 20
_TRIPS = "## Every function of large foreign trees, there and back"
_DIFFERENCES = "## Differences and what is left alone"


def text(result: Result) -> str:
    """One project: its figures, its claims and, below a claim that does not hold, the differences."""
    lines = [f"== {result.project}"]
    lines += [f"  {label:<48} {value}" for label, value in result.figures.items()]
    for claim in result.claims:
        lines.append(f"  {'ok  ' if claim.holds else 'FAIL'} {claim.text}")
        lines += _listed(claim.differences, "         ")
    for label, names in result.notes.items():
        lines += [f"  note {label}: {len(names)}", *_listed(names, "         ")]
    return "\n".join(lines) + "\n"


def _listed(names: Sequence[str], indent: str) -> list[str]:
    rest = [f"{indent}and {len(names) - _SHOWN} more"] if len(names) > _SHOWN else []
    return [*(f"{indent}{name}" for name in names[:_SHOWN]), *rest]


def markdown(results: Sequence[Result]) -> str:
    """The whole of benchmarks/corpus.md."""
    sources = {project.name: project for project in PROJECTS}
    lines = [
        "# Splice on real services",
        "",
        f"Made by `make corpus` with Splice {__version__} on Python {platform.python_version()}: each service as it was",
        "published, in an environment of its own with pinned packages. Nothing here is typed by hand.",
        "",
        "| service | source | what it is |",
        "| --- | --- | --- |",
    ]
    for result in results:
        project = sources[result.project]
        where = project.sdist or project.folder
        lines.append(f"| {result.project} | `{where}` | {project.about} |")
    groups = (
        ("", [result for result in results if sources[result.project].apps]),
        (": nothing to instrument", [result for result in results if not sources[result.project].apps]),
    )
    for kind, some in groups:
        if some:
            lines += grids(some, kind)[:-1]
    lines += round_trips(REPOSITORY / "benchmarks" / "roundtrip.md")
    lines += ["", _DIFFERENCES, ""]
    for result in results:
        for claim in result.claims:
            lines += named(f"{result.project}: NOT TRUE: {claim.text}", claim.differences)
        for label, names in result.notes.items():
            lines += named(f"{result.project}: {label}", names)
    return "\n".join(lines).rstrip() + "\n"


def grids(results: Sequence[Result], kind: str = "") -> list[str]:
    """Two tables: what was counted, and whether each claim held."""
    claims = list(dict.fromkeys(claim.text for result in results for claim in result.claims))
    counts = ["", f"## Counts{kind}", "", *_grid("", results, list(_labels(results)), _figure)]
    return [*counts, "", f"## Claims{kind}", "", *_grid("", results, claims, _held), ""]


def round_trips(path: Path) -> list[str]:
    """What the round trips over foreign trees came to, as `tests.corpus.roundtrip` wrote it down; its title one lower."""
    return ["", *("#" + path.read_text(encoding="utf-8")).rstrip().split("\n")] if path.exists() else []


def renewed(text: str, trips: Sequence[str]) -> str:
    """The text of benchmarks/corpus.md with other round trips, without proving the services again."""
    counts, _, differences = text.partition(f"\n{_DIFFERENCES}\n")
    before, _, _ = counts.partition(f"\n{_TRIPS}\n")
    return "\n".join([before.rstrip("\n"), *trips, "", f"{_DIFFERENCES}\n{differences}"])


def _labels(results: Sequence[Result]) -> dict[str, None]:
    return dict.fromkeys(label for result in results for label in result.figures)


def _grid(corner: str, results: Sequence[Result], labels: Sequence[str], cell: object) -> list[str]:
    assert callable(cell)
    head = [f"| {corner} | " + " | ".join(r.project for r in results) + " |", "| --- " * (len(results) + 1) + "|"]
    return head + [f"| {label} | " + " | ".join(cell(result, label) for result in results) + " |" for label in labels]


def _figure(result: Result, label: str) -> str:
    return result.figures.get(label, "")


def _held(result: Result, text: str) -> str:
    found = [claim for claim in result.claims if claim.text == text]
    return "" if not found else "yes" if found[0].holds else f"**no** ({len(found[0].differences)})"


def named(title: str, names: Sequence[str]) -> list[str]:
    """A list of names below its title; nothing where there are none."""
    return [f"**{title}** ({len(names)})", "", *(f"- `{_quoted(name)}`" for name in names), ""] if names else []


def _quoted(name: str) -> str:
    return name.replace("`", "'")
