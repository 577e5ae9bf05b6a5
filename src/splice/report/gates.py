"""What a configuration asks of the repository as a whole."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from splice.config import Config
from splice.model import Finding
from splice.report.coverage import Covered, operations


def coverage(config: Config, rows: Iterable[Covered]) -> Iterator[Finding]:
    """An error for each codemod that covers fewer operations than `min-coverage` asks for.

    Covered is what has the insertion, or a human's own; what is suppressed or cannot be done is not.
    """
    rows = list(rows)
    for name, least in config.min_coverage:
        known = [row for row in rows if name in row.states]
        every = operations(known)
        done = operations(row for row in known if row.states[name] in ("inserted", "present"))
        if not every or 100 * done / every >= least:
            continue
        share = int(1000 * done / every) / 10  # rounded down: 99.96 is not 100
        text = f"{name}: {done} of {every} operations are covered, {share:g} %; min-coverage asks for {least:g} %"
        place = config.error(f"min-coverage.{name}", text)
        fix = "`codemod list` shows what is not covered, and why"
        yield Finding("error", "coverage-low", text, place.file, place.line, fix)
