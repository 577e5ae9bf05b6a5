"""What goes to a terminal: names from a repository made harmless, colour where it is wanted, a progress bar.

Everything that a repository says (paths, symbols, routes, reasons) passes `clean` before it is shown, so that no
file name can move the cursor, forge a line or hide one.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TextIO

DELAY = 0.5  # seconds before the bar appears: most runs are over by then
_STYLES = {"bold": "1", "dim": "2", "red": "31", "green": "32", "yellow": "33", "cyan": "36"}


def clean(text: str) -> str:
    """`text` on one line: what is not printable (control, bidirectional, invisible, surrogate) stands as an escape.

    A private-use or unassigned character counts as not printable; so does every separator but the space.
    """
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in text)


def clean_lines(text: str) -> str:
    """`text` with its line feeds and tabs, everything else as `clean` has it."""
    return "\n".join("\t".join(clean(cell) for cell in line.split("\t")) for line in text.split("\n"))


def number(count: int, noun: str) -> str:
    """`1 file`, `2 files`."""
    return f"{count} {noun}" + ("" if count == 1 else "s")


def joined(lines: Iterable[str]) -> str:
    """Lines as a text."""
    return "".join(line + "\n" for line in lines)


@dataclass(frozen=True, slots=True)
class Screen:
    """What the reader at the other end can take: colour, and characters beyond ASCII."""

    colour: bool = False
    unicode: bool = False

    @classmethod
    def of(cls, stream: TextIO, when: str, environ: Mapping[str, str]) -> Screen:
        """`when` is auto, always or never; NO_COLOR and FORCE_COLOR count for auto, and NO_COLOR wins."""
        colour = when == "always"
        if when == "auto":
            forced = bool(environ.get("FORCE_COLOR"))
            terminal = stream.isatty() and environ.get("TERM") != "dumb"
            colour = (forced or terminal) and not environ.get("NO_COLOR")
        encoding = (getattr(stream, "encoding", None) or "ascii").lower().replace("-", "").replace("_", "")
        return cls(colour, encoding in ("utf8", "utf8sig", "cp65001"))

    def paint(self, text: str, *styles: str) -> str:
        """`text` in some of bold, dim, red, green, yellow and cyan, where colour is wanted."""
        if not self.colour or not text or not styles:
            return text
        return f"\x1b[{';'.join(_STYLES[style] for style in styles)}m{text}\x1b[0m"


class Bar:
    """The progress of a long run, on a terminal only, and gone when the run is over.

    Called by the engine with (stage, done, all); `stage` is the last one that it named, for error messages.
    """

    def __init__(self, stream: TextIO, wanted: bool) -> None:
        self.stage = "discover"
        self.appeared = threading.Event()
        self._stream, self._wanted = stream, wanted and stream.isatty()
        self._lock = threading.Lock()
        self._timer = threading.Timer(DELAY, self._appear)
        self._timer.daemon = True
        self._bar: Any = None
        self._task: Any = None

    def __enter__(self) -> Bar:
        if self._wanted:
            self._timer.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._timer.cancel()
        with self._lock:
            self._wanted = False
            if self._bar is not None:
                self._bar.stop()

    def __call__(self, stage: str, done: int, every: int) -> None:
        self.stage = stage
        if self._task is not None:
            self._bar.update(self._task, description=stage, completed=done, total=every or None)

    def _appear(self) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

        with self._lock:
            if not self._wanted:  # the run ended while rich was imported
                return
            columns = (TextColumn("{task.description:<9}"), BarColumn(), MofNCompleteColumn())
            self._bar = Progress(*columns, console=Console(file=self._stream), transient=True)
            self._task = self._bar.add_task("reading", total=None)
            self._bar.start()
            self.appeared.set()


def aligned(rows: Sequence[Sequence[str]], styles: Sequence[Sequence[str]], screen: Screen) -> list[str]:
    """Columns as wide as their widest cell; what is painted is padded first."""
    cleaned = [[clean(cell) for cell in row] for row in rows]
    widths = [max(len(row[column]) for row in cleaned) for column in range(len(cleaned[0]))]
    lines = []
    for row, style in zip(cleaned, styles, strict=True):
        last = max((i for i, cell in enumerate(row) if cell), default=0)
        cells = [cell.ljust(width) for cell, width in zip(row, widths, strict=True)][: last + 1]
        cells[-1] = cells[-1].rstrip()
        lines.append("  ".join(screen.paint(c, s) if s else c for c, s in zip(cells, style, strict=False)))
    return lines
