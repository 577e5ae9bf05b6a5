"""Where our own time goes, stage by stage: the tables of `--profile`."""

from __future__ import annotations

import os
import subprocess
from dataclasses import dataclass

from benchmarks import corpora
from benchmarks.corpora import Corpus
from benchmarks.measure import Contender
from benchmarks.rows import Table
from benchmarks.scale import Bench


@dataclass(frozen=True, slots=True)
class _Profile:
    name: str
    seconds: dict[str, float]


def profiles(bench: Bench) -> None:
    """One table: a line for each stage, a column for each command over each corpus."""
    bench.say("profiles")
    kinds = [corpora.service(bench.folder, bench.scale.modules, every) for every in (3, 100)]
    kinds += [corpora.homeassistant(bench.folder)] if bench.scale.homeassistant else []
    found = [_profile(bench.work(corpus).check(), f"check, {_short(corpus)}") for corpus in kinds]
    found.append(_profile(bench.work(kinds[0]).run(), f"run, {_short(kinds[0])}"))
    kinds[0].restore()
    stages = list(dict.fromkeys(stage for profile in (*found[::-1], *found) for stage in profile.seconds))
    title = "Where the time goes: seconds by the clock, cold"
    table = Table(title, ("stage", *(profile.name for profile in found)))
    for stage in stages:
        cells = [f"{profile.seconds[stage]:.2f}" if stage in profile.seconds else "" for profile in found]
        table.lines.append((stage, *cells))
        bench.say("   " + "  ".join((stage, *cells)))
    bench.results.tables.append(table)


def _short(corpus: Corpus) -> str:
    return (
        corpus.about.partition("==")[0]
        .replace("generated modules, one in", "modules, 1 in")
        .removesuffix(" with handlers")
    )


def _profile(contender: Contender, name: str) -> _Profile:
    contender.before()
    done = subprocess.run(
        [*contender.command, "--profile"],
        cwd=contender.folder,
        env={**os.environ, **contender.environment},
        check=False,
        capture_output=True,
        encoding="utf-8",
    )
    lines = [line.split() for line in done.stderr.splitlines()]
    rows = [line for line in lines if len(line) == 3 and line[2].endswith("%")]
    return _Profile(name, {stage: float(seconds) for stage, seconds, _ in rows})
