"""Looking and writing with nothing remembered, beside the peers; and whether all came to the same edits."""

from __future__ import annotations

import json
import os
import subprocess

from benchmarks import corpora, edits
from benchmarks.contenders import RULES, Work
from benchmarks.corpora import Corpus
from benchmarks.measure import Contender
from benchmarks.rows import Row
from benchmarks.scale import Bench


def looking(bench: Bench) -> None:
    """Cold `check` where every third and every hundredth module has handlers."""
    for every, word, bound, aim in ((3, "third", 0.6, 0.45), (100, "hundredth", 0.12, None)):
        corpus = corpora.service(bench.folder, bench.scale.modules, every)
        work = bench.work(corpus)
        found_alike(bench, bench.work(corpora.service(bench.folder, bench.scale.slow_modules, every)))
        costs = bench.compare(f"cold check, {corpus.about}", [work.check(), work.scan(), work.ruff()])
        ours, base, ruff = costs["splice"].cpu, costs["ast-grep"].cpu, costs["ruff"].cpu
        title = f"cold `check`, every {word} file has a handler"
        bench.results.rows.append(Row(title, ours / base, bound, "CPU of `ast-grep scan`", aim=aim))
        if every == 100:
            bench.results.rows.append(Row(f"{title}, against ruff", ours / ruff, 1.0, "CPU of `ruff check`"))
        bench.results.charts[f"Find handlers, one file in {every} has some"] = {
            n: c.cpu / base for n, c in costs.items()
        }


def writing(bench: Bench) -> None:
    """Cold `run` beside ast-grep on many files, and beside libcst's runner and others on fewer."""
    corpus = corpora.service(bench.folder, bench.scale.modules, 3)
    work = bench.work(corpus)
    same = SameEdits(bench, corpus)
    contenders = [work.run(), work.rewrite()]
    costs = bench.compare(f"cold run, {corpus.about}", contenders, done=same.look)
    ratio = costs["splice"].cpu / costs["ast-grep"].cpu
    title = "cold `run`, a third of the files rewritten, all proofs, no semgrep"
    bench.results.rows.append(Row(title, ratio, 1.6, "CPU of `ast-grep scan -U`", aim=1.0))
    same.tell()
    corpus = corpora.service(bench.folder, bench.scale.slow_modules, 3)
    work = bench.work(corpus)
    same = SameEdits(bench, corpus)
    contenders = [work.run(), work.rewrite(), work.libcst(), work.fixit(), work.semgrep()]
    costs = bench.compare(f"cold run beside slower peers, {corpus.about}", contenders, 2, same.look)
    faster = costs["libcst"].cpu / costs["splice"].cpu
    title = "the same, times faster than libcst's codemod runner"
    bench.results.rows.append(Row(title, faster, 50.0, "CPU of `libcst.tool codemod`", at_most=False))
    base = costs["ast-grep"].cpu
    bench.results.charts["Insert decorators and imports"] = {name: cost.cpu / base for name, cost in costs.items()}
    same.tell()


class SameEdits:
    """What each contender made of one corpus; where one differs from us, the results say how."""

    def __init__(self, bench: Bench, corpus: Corpus) -> None:
        self.bench, self.corpus = bench, corpus
        self.found: dict[str, edits.Edits] = {}

    def look(self, contender: Contender) -> None:
        self.found[contender.name] = edits.edits(self.corpus.folder)

    def tell(self) -> None:
        """After all: the notes, and the corpus as it was."""
        ours = self.found.pop("splice")
        count = f"{ours.decorators} decorators and {ours.imports} imports in {len(ours.trees)} files"
        for name, theirs in self.found.items():
            other = edits.differences(ours, theirs)
            said = "not the same edits: " + "; ".join(other) if other else "the same edits"
            self.bench.results.notes.append(f"{self.corpus.about}, {name} beside splice: {said} ({count})")
            self.bench.say(f"   {name}: {said} ({count})")
        self.corpus.restore()


def found_alike(bench: Bench, work: Work) -> None:
    """How many handlers without a decorator each sees, before their times are compared."""
    ours = said(work.check(), "--format", "json")
    points = {(one["file"], one["line"]) for one in json.loads(ours)["drift"] if "spans" in one["subject"]}
    rule = str(RULES / "ast-grep.yaml")
    lines = said(work.scan(), "--json=stream", "--rule", rule).splitlines()
    theirs = sum(json.loads(line)["ruleId"] == "observed" for line in lines)
    word = "both find" if len(points) == theirs else f"ast-grep finds {theirs},"
    bench.results.notes.append(f"{work.corpus.about}: {word} {len(points)} handlers without a decorator")
    bench.say(f"   {word} {len(points)} handlers")


def said(contender: Contender, *options: str) -> str:
    """What a contender's command prints when these options are added."""
    first, second, *rest = contender.command
    rest = [word for word in rest if word not in ("-q", "--rule") and not word.endswith("ast-grep.yaml")]
    done = subprocess.run(
        [first, second, *options, *rest],
        cwd=contender.folder,
        env={**os.environ, **contender.environment},
        check=False,
        capture_output=True,
        encoding="utf-8",
    )
    return done.stdout
