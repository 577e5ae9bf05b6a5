"""Proven changes as a unified diff that `git apply` takes, byte for byte.

Text is never decoded: a latin-1 file, CRLF and a missing final newline come out as they are. For a terminal
there is a second form, coloured and escaped, since what a file holds could otherwise steer the terminal.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator

from splice.model import Change
from splice.report.terminal import Screen, clean

_ESCAPES = {0x07: b"a", 0x08: b"b", 0x09: b"t", 0x0A: b"n", 0x0B: b"v", 0x0C: b"f", 0x0D: b"r", 0x22: b'"', 0x5C: b"\\"}


def unified(changes: Iterable[Change]) -> bytes:
    """The diff of all changes, in the order given."""
    return b"".join(line for change in changes for line in _file(change))


def shown(diff: bytes, screen: Screen) -> str:
    """A diff for a terminal: escaped, one colour for each kind of line."""
    lines = []
    for raw in diff.removesuffix(b"\n").split(b"\n"):
        text = "\t".join(clean(cell) for cell in raw.decode("utf-8", "surrogateescape").split("\t"))
        lines.append(screen.paint(text, *_styles(raw)))
    return "".join(line + "\n" for line in lines) if diff else ""


def _styles(line: bytes) -> tuple[str, ...]:
    if line.startswith((b"diff --git ", b"--- ", b"+++ ", b"new file", b"deleted file")):
        return ("bold",)
    return {b"@": ("cyan",), b"+": ("green",), b"-": ("red",)}.get(line[:1], ())


def _file(change: Change) -> Iterator[bytes]:
    before, after = _lines(change.before), _lines(change.after)
    old, new = _name("a/" + change.file), _name("b/" + change.file)
    yield b"diff --git %s %s\n" % (old, new)
    if change.before is None:
        yield b"new file mode 100644\n"
        old = b"/dev/null"
    if change.after is None:
        yield b"deleted file mode 100644\n"
        new = b"/dev/null"
    body = difflib.diff_bytes(difflib.unified_diff, before, after, b"", b"", lineterm=b"\n")
    if not (before or after):
        return
    tabs = [b"\t" if b" " in name else b"" for name in (old, new)]  # else patch takes the blank for the name's end
    yield b"--- %s%s\n+++ %s%s\n" % (old, tabs[0], new, tabs[1])
    for line in list(body)[2:]:
        yield line if line.endswith(b"\n") else line + b"\n\\ No newline at end of file\n"


def _lines(raw: bytes | None) -> list[bytes]:
    """Lines as git counts them: they end at line feeds only."""
    lines = (raw or b"").split(b"\n")
    return [line + b"\n" for line in lines[:-1]] + ([lines[-1]] if lines[-1] else [])


def _name(path: str) -> bytes:
    """A path as git writes it in a diff: quoted where it holds what is not plain ASCII."""
    raw = path.encode("utf-8", "surrogateescape")
    if all(0x20 <= byte < 0x7F and byte not in b'"\\' for byte in raw):
        return raw
    return b'"' + b"".join(_quoted(byte) for byte in raw) + b'"'


def _quoted(byte: int) -> bytes:
    if byte in _ESCAPES:
        return b"\\" + _ESCAPES[byte]
    return bytes([byte]) if 0x20 <= byte < 0x7F else b"\\%03o" % byte
