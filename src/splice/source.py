"""One file's bytes as decoded text with exact positions, so that everything outside an edit stays as it was.

`ast` columns count UTF-8 bytes of the decoded line; files may be latin-1, carry a BOM, or mix newlines.
Lines end only at `\\n`, `\\r\\n` and `\\r`, never at form feeds or U+2028 as `str.splitlines` would.
"""

from __future__ import annotations

import codecs
import re
import warnings
from bisect import bisect_right
from dataclasses import dataclass, field
from typing import Protocol

from splice.model import Edit, Reason, Refused

_NEWLINE = re.compile(r"\r\n|\n|\r")
_COOKIE = re.compile(rb"^[ \t\f]*#.*?coding[:=][ \t]*([-\w.]+)")
_SUPERSETS = frozenset({"utf-8", "ascii", "iso8859-1", "cp1252"})  # those that need no look
_BLANK = re.compile(rb"^[ \t\f]*(?:#.*)?$")


class Positioned(Protocol):
    """An `ast` node with a position."""

    lineno: int
    col_offset: int
    end_lineno: int | None
    end_col_offset: int | None


def encoding_of(raw: bytes) -> str:
    """The encoding that PEP 263 gives these bytes, as a Python codec name. Raises Refused for one that is none."""
    for line in re.split(rb"\r\n|\n|\r", raw[:4096], maxsplit=2)[:2]:
        if match := _COOKIE.match(line):
            name = match[1].decode("ascii", "replace")
            try:
                return codecs.lookup(name).name
            except LookupError:
                raise Refused(Reason.ENCODING, f"unknown encoding {name!r}", 1) from None
        if not _BLANK.match(line):
            break
    return "utf-8"


def _is_superset(encoding: str) -> bool:
    """Whether a codec reads ASCII as ASCII. Raises what the codec raises."""
    probe = bytes(range(9, 127))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # `unicode_escape` warns of what it finds
        return probe.decode(encoding) == probe.decode("ascii")


def _gives_back(text: str, encoding: str, body: bytes) -> bool:
    """Whether a codec makes of a text the bytes that it came from; some cannot encode what they decode."""
    try:
        return text.encode(encoding) == body
    except UnicodeError:
        return False


@dataclass(frozen=True)
class Source:
    """Decoded text of one file. `encode` gives back bytes; `apply` splices edits in."""

    raw: bytes
    text: str
    encoding: str
    bom: bytes
    starts: tuple[int, ...] = field(repr=False)  # character offset of each line
    newline: str  # the file's first newline, or "\n"

    @classmethod
    def decode(cls, raw: bytes) -> Source:
        """Raises Refused when the bytes do not round-trip or the codec is no superset of ASCII."""
        if raw.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
            raise Refused(Reason.ENCODING, "UTF-16 or UTF-32, which Python itself does not read", 1)
        bom = codecs.BOM_UTF8 if raw.startswith(codecs.BOM_UTF8) else b""
        body = raw[len(bom) :]
        encoding = encoding_of(body)
        if bom and encoding != "utf-8":
            raise Refused(Reason.ENCODING, f"a UTF-8 BOM and a coding line that says {encoding}", 1)
        if b"\0" in body:
            raise Refused(Reason.SYNTAX, "the file contains a NUL byte", body[: body.index(b"\0")].count(b"\n") + 1)
        try:
            if encoding not in _SUPERSETS and not _is_superset(encoding):
                raise Refused(Reason.ENCODING, f"{encoding} is no superset of ASCII", 1)
            text = body.decode(encoding)
        except UnicodeDecodeError as error:
            line = body[: error.start].count(b"\n") + 1
            raise Refused(Reason.ENCODING, f"byte {error.object[error.start]:#04x} is not {encoding}", line) from None
        except (LookupError, UnicodeError) as error:
            raise Refused(Reason.ENCODING, f"{encoding}: {error}", 1) from None
        if not _gives_back(text, encoding, body):
            raise Refused(Reason.ENCODING, f"{encoding} does not give the same bytes back", 1)
        first = _NEWLINE.search(text)
        starts = (0, *(match.end() for match in _NEWLINE.finditer(text)))
        return cls(raw, text, encoding, bom, starts, first[0] if first else "\n")

    def offset(self, line: int, column: int) -> int:
        """Character offset of an `ast` position: line from 1, column in UTF-8 bytes of that line."""
        start = self.starts[line - 1]
        if column == 0:
            return start
        end = self.starts[line] if line < len(self.starts) else len(self.text)
        row = self.text[start:end]
        if row.isascii():
            return start + column
        return start + len(row.encode("utf-8", "surrogatepass")[:column].decode("utf-8", "surrogatepass"))

    def position(self, offset: int) -> tuple[int, int]:
        """The `ast` position of a character offset: the inverse of `offset`."""
        line = self.line_at(offset)
        before = self.text[self.line_start(line) : offset]
        return line, len(before.encode("utf-8", "surrogatepass"))

    def span(self, node: Positioned) -> tuple[int, int]:
        """Character offsets of an `ast` node."""
        assert node.end_lineno is not None and node.end_col_offset is not None
        return self.offset(node.lineno, node.col_offset), self.offset(node.end_lineno, node.end_col_offset)

    def segment(self, node: Positioned) -> str:
        """The text of an `ast` node."""
        start, end = self.span(node)
        return self.text[start:end]

    def line_at(self, offset: int) -> int:
        """The line (from 1) that holds a character offset."""
        return bisect_right(self.starts, offset)

    def line_start(self, line: int) -> int:
        """Offset of the first character of a line; the end of the text for the line after the last."""
        return self.starts[line - 1] if line <= len(self.starts) else len(self.text)

    def lines(self) -> list[str]:
        """Every line with its newline; the last may be empty."""
        return [self.line_text(line) for line in range(1, len(self.starts) + 1)]

    def line_text(self, line: int) -> str:
        """A line with its newline."""
        return self.text[self.line_start(line) : self.line_start(line + 1)]

    def encode(self, text: str) -> bytes:
        """Bytes of a text in this file's encoding, with its BOM."""
        return self.bom + text.encode(self.encoding)

    def apply(self, edits: tuple[Edit, ...]) -> bytes:
        """The file's bytes with non-overlapping edits spliced in; the rest is byte-identical by construction."""
        out, at = [], 0
        for edit in sorted(edits, key=lambda e: (e.start, e.end)):
            if edit.start < at:
                raise Refused(Reason.PROOF_FAILED, "edits overlap", self.line_at(edit.start))
            out += [self.text[at : edit.start], edit.text]
            at = edit.end
        out.append(self.text[at:])
        return self.encode("".join(out))
