"""Takes dependencies back that `declare` wrote: exact bytes where nobody touched them, else the requirement alone.

Rows come from the lock, which a repository can forge: only what Splice itself declares is ever removed, and
each removal is proved to be the inverse of an insertion.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Sequence

from splice.manifests.find import FORMATS, PEP621, Format, text_of
from splice.manifests.lines import Lines
from splice.manifests.specs import name_of, same
from splice.manifests.tokens import Unsupported
from splice.metadata import Read, peek
from splice.model import Change, Finding, Refused, Row
from splice.source import Source

_OURS = re.compile(r"opentelemetry-[a-z0-9-]+|stamina|pyjwt")
_PUNCTUATION = re.compile(r"[\s\"',;={}\[\]]+")


def undeclare(rows: Sequence[Row], read: Read) -> tuple[list[Change], list[Finding]]:
    """Takes back what `declare` wrote: the exact bytes where nobody touched them, else the requirement alone.

    What a human has edited since stays, with a note.
    """
    changes: list[Change] = []
    findings: list[Finding] = []
    for file in sorted({row.file for row in rows if row.kind == "dependency"}):
        own = [row for row in rows if row.file == file and row.kind == "dependency" and _plausible(row)]
        if not own:
            continue
        try:
            source = Source.decode(peek(read, file))
        except Refused:
            continue
        text = source.text
        pending = own
        for cut in (_exact, _structural):
            progress = True
            while progress:
                progress = False
                for row in list(pending):
                    if (shorter := cut(text, row)) is not None:
                        text, progress = shorter, True
                        pending = [other for other in pending if other is not row]
        if any(row.extra and row not in pending for row in own):
            text = _without_empty(text)
        findings += [_kept(row) for row in pending if any(_holds(form, text, row) for form in _formats(file))]
        after = source.encode(text)
        if after != source.raw:
            changes.append(Change(file, source.raw, after))
    return changes, findings


def standing(rows: Sequence[Row], read: Read) -> list[Row]:
    """The dependency rows whose requirement still stands in its manifest as it was declared."""
    found = []
    for row in rows:
        text = text_of(read, row.file)
        declared = (one for form in _formats(row.file) for one in form.declared(text))
        if any(one.name == row.symbol and (same(one.text, row.form) or row.text) for one in declared):
            found.append(row)
    return found


def _without_empty(text: str) -> str:
    """The text without an empty array that `declare` had to create."""
    span = PEP621.emptied(text)
    return text[: span[0]] + text[span[1] :] if span else text


def _formats(file: str) -> tuple[Format, ...]:
    name = posixpath.basename(file)
    return FORMATS.get(name, (Lines(),) if name.endswith((".txt", ".in")) else ())


def _plausible(row: Row) -> bool:
    """Whether `declare` could have written this row: the lock comes with the repository, and is not trusted."""
    bare = _PUNCTUATION.sub("", row.form)
    written = _PUNCTUATION.sub("", "".join(row.text)).removeprefix("dependencies")
    if posixpath.normpath(row.file) != row.file or row.file.startswith(("/", "..")):  # leads out of the repository
        return False
    return name_of(row.form) == row.symbol and _OURS.fullmatch(row.symbol) is not None and written in {bare, ""}


def _holds(form: Format, text: str, row: Row) -> bool:
    return any(one.name == row.symbol for one in form.declared(text))


def _kept(row: Row) -> Finding:
    text = f"{row.symbol} was edited by hand since codemod declared it, and stays"
    return Finding("note", "dependency-kept", text, file=row.file)


def _exact(text: str, row: Row) -> str | None:
    """The text without the row's exact pieces, at the one place where that takes the requirement away."""
    if not row.text or not all(row.text):
        return None
    *before, last = row.text
    at = text.find(last)
    while at >= 0:
        shorter = text[:at] + text[at + len(last) :]
        for cut in _without(shorter, before[0], at) if before else [shorter]:
            if any(form.proves(cut, text, row.form) for form in _formats(row.file)):
                return cut
        at = text.find(last, at + 1)
    return None


def _without(text: str, piece: str, stop: int) -> Iterator[str]:
    """The text without a piece that stands before `stop`, the nearest first (a comment lies between them)."""
    for _ in range(20):
        stop = text.rfind(piece, 0, stop)
        if stop < 0:
            return
        yield text[:stop] + text[stop + len(piece) :]


def _structural(text: str, row: Row) -> str | None:
    """The text without the requirement, wherever a formatter has moved it."""
    for form in _formats(row.file):
        try:
            shorter = text
            for start, end in reversed(form.cut(text, row.form)):
                shorter = shorter[:start] + shorter[end:]
            if shorter != text and form.proves(shorter, text, row.form):
                return shorter
        except Unsupported:
            continue
    return None
