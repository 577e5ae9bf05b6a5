"""What is paid again and again: a gate where nothing has changed, the start of a command, an editor."""

from __future__ import annotations

from benchmarks import corpora
from benchmarks.contenders import Work
from benchmarks.corpora import Corpus
from benchmarks.editor import percentile, waits
from benchmarks.measure import Contender, once
from benchmarks.rows import Row, Table
from benchmarks.scale import Bench


def gate(bench: Bench) -> None:
    """A warm `check` beside a warm `ruff check`; in a quick run over a smaller corpus."""
    if bench.scale.homeassistant:
        corpus = corpora.homeassistant(bench.folder)
        work = bench.work(corpus)
        bench.compare(f"cold check, {corpus.about}", [work.check(), work.scan(), work.ruff()], rounds=2)
    else:
        corpus = corpora.service(bench.folder, bench.scale.modules, 100)
        work = bench.work(corpus)
    count = len(corpus.files)
    contenders = [work.check(cold=False), work.ruff(cold=False)]
    for contender in contenders:
        once(contender)
    costs = bench.compare(f"warm check, {corpus.about}, {count:,} files", contenders)
    ratio = costs["splice"].wall / costs["ruff"].wall
    bench.results.rows.append(Row(f"warm `check` on {count:,} files", ratio, 1.7, "wall time of a warm `ruff check`"))
    start(bench, work)


def start(bench: Bench, work: Work) -> None:
    """What it costs to be called at all, in bare starts of an interpreter."""
    bare = Contender("python", (bench.tools.command("python", "splice"), "-I", "-c", "pass"), work.corpus.folder)
    version = Contender("splice", (bench.tools.codemod, "--version"), work.corpus.folder)
    bench.compare("start: `codemod --version` beside a bare interpreter", [bare, version], rounds=10)


def editing(bench: Bench) -> None:
    """One file of 1,000 lines in a running server: alone in its service, and as one module of a large one."""
    alone = corpora.one_file(bench.folder, 1000)
    many = corpora.service(bench.folder, 250, 3)
    _typing(bench, alone, "shop/main.py", "alone in its service")
    text = (alone.folder / "shop/main.py").read_text(encoding="utf-8")
    place = many.folder / "shop" / "long.py"
    place.write_text(text, encoding="utf-8")
    try:
        _typing(bench, many, "shop/long.py", "beside 250 modules")
    finally:
        place.unlink()


def _typing(bench: Bench, corpus: Corpus, file: str, where: str) -> None:
    bench.say(f"editor: a file of 1,000 lines {where}")
    found = waits(bench.work(corpus).server(), file, bench.scale.keystrokes, bench.scale.budget)
    parse = percentile(found.parse_cpu, 0.5)
    head = ("", "p50 ms", "p95 ms", "p50 / parse", "p95 / parse")
    title = f"editor: a file of 1,000 lines {where}, {len(found.parse_cpu)} keystrokes and quick-fixes"
    note = (
        "CPU is the server's own; wall time is what the editor waits, with the pause that the server makes after a key."
    )
    table = Table(title, head, note=note)
    for name, values in (
        ("`libcst.parse_module` (CPU)", found.parse_cpu),
        ("diagnostics after a keystroke (CPU)", found.diagnostics_cpu),
        ("diagnostics after a keystroke (wall)", found.diagnostics_wall),
        ("quick-fix, asked to finished edit (CPU)", found.fix_cpu),
        ("quick-fix, asked to finished edit (wall)", found.fix_wall),
    ):
        middle, late = percentile(values, 0.5), percentile(values, 0.95)
        cells = (f"{middle * 1000:.1f}", f"{late * 1000:.1f}", f"{middle / parse:.2f}", f"{late / parse:.2f}")
        table.lines.append((name, *cells))
        bench.say("   " + "  ".join((name, *cells)))
    bench.results.tables.append(table)
    how = "CPU of one `libcst.parse_module` of it"
    for what, values, share, bound in (
        ("quick-fix with all proofs, p50", found.fix_cpu, 0.5, 0.5),
        ("quick-fix with all proofs, p95", found.fix_cpu, 0.95, 0.7),
        ("diagnostics after a keystroke, p50", found.diagnostics_cpu, 0.5, 0.3),
    ):
        ratio = percentile(values, share) / parse
        bench.results.rows.append(Row(f"1,000-line file {where}: {what}", ratio, bound, how))
