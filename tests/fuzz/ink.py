"""How one generated file is written: indentation, newlines, encoding, and what a human leaves between two lines.

Everything here is about white space and comments; what the lines say is the business of `modules`.
"""

from __future__ import annotations

import codecs
from collections.abc import Sequence
from dataclasses import dataclass

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

COOKIES = {
    "utf-8": ("", "", "", "# -*- coding: utf-8 -*-", "# vim: set fileencoding=utf-8 :"),
    "iso8859-1": ("# -*- coding: latin-1 -*-", "# coding=iso-8859-15"),
    "cp1252": ("# coding: cp1252",),
}
_BETWEEN = ("", "# note", "#!not a shebang", "# é", "# \u2028 no line end", "\f", "# fmt: off", "# def f(): ...", "   ")
_TRAILING = ("", "", "", "  # why", "  # noqa", "  # type: ignore[misc]", "\t# é", "  # : @x", "   ")
_SUPPRESS = ("  # codemod: ignore -- by hand", "  # codemod: ignore[spans] -- too hot", "# codemod: ignore[metrics]")


@dataclass(frozen=True)
class Ink:
    """The hand in which one file is written."""

    unit: str = "    "
    newline: str = "\n"
    encoding: str = "utf-8"
    cookie: str = ""
    bom: bool = False
    final: bool = True  # a newline after the last line
    noisy: bool = False  # comments, blank lines and form feeds in odd places
    talks: bool = False  # its functions call other services, and some of its routes have guards

    def fits(self, pool: Sequence[str]) -> list[str]:
        """What of a pool can be written in this file's encoding."""
        return [text for text in pool if _encodes(text, self.encoding)]

    def bytes_of(self, lines: Sequence[str]) -> bytes:
        """The file. The lines of a multi-line text count as lines."""
        text = "\n".join(lines)
        text = text.rstrip("\n") + "\n" if self.final else text.rstrip("\n ")
        raw = text.replace("\n", self.newline).encode(self.encoding)
        return (codecs.BOM_UTF8 if self.bom else b"") + raw

    def inner(self, lines: Sequence[str]) -> list[str]:
        """Lines one level further in; empty ones and form feeds stay as they are."""
        return [self.unit + line if line.strip(" \t\f") else line for row in lines for line in row.split("\n")]


def _encodes(text: str, encoding: str) -> bool:
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        return False
    return True


@st.composite
def inks(draw: DrawFn, talks: bool = False) -> Ink:
    """Plain files first: what shrinks ends up there."""
    if draw(st.integers(0, 3)) == 0:
        return Ink(talks=talks)
    encoding = draw(st.sampled_from(["utf-8", "utf-8", "utf-8", *COOKIES]))
    cookie = draw(st.sampled_from(COOKIES[encoding]))
    return Ink(
        unit=draw(st.sampled_from(["    ", "  ", "\t", " "])),
        newline=draw(st.sampled_from(["\n", "\n", "\r\n", "\r"])),
        encoding="iso8859-15" if "15" in cookie else encoding,
        cookie=cookie,
        bom=encoding == "utf-8" and draw(st.booleans()),
        final=draw(st.booleans()),
        noisy=draw(st.integers(0, 3)) > 0,
        talks=talks,
    )


@st.composite
def between(draw: DrawFn, ink: Ink) -> list[str]:
    """Comments, blank lines, form feeds: what may stand above a decorator or a `def`."""
    if not ink.noisy or draw(st.booleans()):
        return []
    lines = draw(st.lists(st.sampled_from(ink.fits(_BETWEEN)), max_size=2))
    return [*lines, draw(st.sampled_from(_SUPPRESS)).lstrip()] if draw(st.integers(0, 7)) == 7 else lines


@st.composite
def trailing(draw: DrawFn, ink: Ink) -> str:
    """What may stand behind a line that is complete."""
    if not ink.noisy:
        return ""
    if draw(st.integers(0, 15)) == 15:
        return "  " + draw(st.sampled_from(_SUPPRESS)).lstrip()
    return draw(st.sampled_from(ink.fits(_TRAILING)))


@st.composite
def gap(draw: DrawFn, ink: Ink) -> list[str]:
    """What stands between two top-level things."""
    if not ink.noisy:
        return ["", ""]
    return draw(st.sampled_from([["", ""], [], [""], ["", "", "", ""], ["\f"], ["", "# ---", ""], ["  ", ""]]))
