"""Requirements in lines: pip's requirements files, and `install_requires` of setup.cfg.

Both are edited as text. pip's format is read here; setup.cfg is proved with the parser that setuptools uses.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass

from splice.manifests.specs import Declared, in_order, name_of, parse, same
from splice.manifests.tokens import Insertions, Unsupported
from splice.metadata import cfg, cfg_list, cfg_value

_COMMENT = re.compile(r"(?:^|\s)#.*$")
_INCLUDE = re.compile(r"(-r|--requirement|-c|--constraint)(?:\s+|=)\s*(\S+)|(-r|-c)(\S+)")
_PER_LINE = re.compile(r"\s--?[a-z].*$", re.DOTALL)
_ROW = re.compile(r"[^\r\n]*(?:\r\n|\n|\r|$)")


@dataclass(frozen=True, slots=True)
class Line:
    """One logical line (continuations joined), without comment; `end` is after its newline."""

    start: int
    end: int
    text: str
    indent: str = ""

    @property
    def requirement(self) -> str:
        """The requirement without pip's per-line options; "" for an option, an include, a path or nothing."""
        if not self.text or self.text.startswith(("-", ".", "/")):
            return ""
        return _PER_LINE.sub("", self.text).strip()


def rows(text: str) -> list[tuple[int, int]]:
    """The spans of physical lines, newlines included."""
    found, at = [], 0
    while at < len(text):
        end = _ROW.match(text, at).end()  # type: ignore[union-attr]  # it matches everywhere
        found.append((at, end))
        at = end
    return found


def logical(text: str) -> list[Line]:
    """The lines of a requirements file as pip joins them; blank ones and comments have no text."""
    found: list[Line] = []
    start, parts = -1, ""
    for one, two in rows(text):
        row = text[one:two].rstrip("\r\n")
        start = one if start < 0 else start
        comment = row.lstrip().startswith("#")
        if row.endswith("\\") and not comment:
            parts += row[:-1]
            continue
        parts += " " + row.lstrip() if parts and not comment else "" if comment else row
        found.append(Line(start, two, _COMMENT.sub("", parts).strip()))
        start, parts = -1, ""
    if start >= 0:
        found.append(Line(start, len(text), _COMMENT.sub("", parts).strip()))
    return found


def includes(text: str) -> tuple[list[str], list[str]]:
    """The other requirements files, and the constraints files, that a requirements file names."""
    found: tuple[list[str], list[str]] = ([], [])
    for line in logical(text):
        if match := _INCLUDE.match(line.text):
            option, path = match[1] or match[3], match[2] or match[4]
            found[option in {"-c", "--constraint"}].append(path)
    return found


@dataclass(frozen=True)
class Lines:
    """A requirements file."""

    def declared(self, text: str) -> list[Declared]:
        """What the file itself holds, without what it includes."""
        return [parse(line.requirement) for line in logical(text) if line.requirement]

    def insert(self, text: str, newline: str, requirement: str) -> Insertions:
        """One line: after the last requirement, or in its place in a sorted list."""
        return [_place([line for line in logical(text) if line.requirement], text, newline, requirement)]

    def cut(self, text: str, requirement: str) -> list[tuple[int, int]]:
        """The requirement's line, unless a human wrote a comment on it."""
        return _cut([line for line in logical(text) if line.requirement], text, requirement)

    def proves(self, before: str, after: str, requirement: str) -> bool:
        """Whether the other lines are the same."""
        return _one_more([line.text for line in logical(before)], [line.text for line in logical(after)], requirement)


@dataclass(frozen=True)
class CfgList:
    """`install_requires` in `[options]` of setup.cfg."""

    def declared(self, text: str) -> list[Declared]:
        """What the list holds."""
        return [parse(item) for item in self._list(text)]

    def insert(self, text: str, newline: str, requirement: str) -> Insertions:
        """One line of the list, or one more item on its only line. Raises Unsupported."""
        key, items, inline = self._lines(text)
        if inline:
            gap = "; " if "; " in key.text or ";" not in key.text else ";"
            return [(key.start + len(text[key.start : key.end].rstrip()), f"{gap}{requirement}")]
        if not items:
            lead = "" if text[: key.end].endswith(("\n", "\r")) else newline
            return [(key.end, f"{lead}    {requirement}" if lead else f"    {requirement}{newline}")]
        return [_place(items, text, newline, requirement, key.end)]

    def cut(self, text: str, requirement: str) -> list[tuple[int, int]]:
        """The requirement's line, or its item on the only line."""
        key, items, inline = self._lines(text)
        if not inline:
            return _cut(items, text, requirement)
        at = key.start
        for part in text[key.start : key.end].rstrip("\r\n").split(";"):
            if at > key.start and same(part.strip(), requirement):
                return [(at - 1, at + len(part.rstrip()))]
            at += len(part) + 1
        return []

    def proves(self, before: str, after: str, requirement: str) -> bool:
        """Whether setuptools reads the same from all other keys, and one requirement more from this."""
        old, new = cfg(before.encode()), cfg(after.encode())
        if not _one_more(self._list(before), self._list(after), requirement):
            return False
        for parser in (old, new):
            for key in ("install_requires", "install-requires"):
                parser.remove_option("options", key)
        return bool(old.sections()) and {s: dict(old[s]) for s in old} == {s: dict(new[s]) for s in new}

    def _list(self, text: str) -> list[str]:
        return cfg_list(cfg_value(cfg(text.encode()), "options", "install_requires") or "", ";")

    def _lines(self, text: str) -> tuple[Line, list[Line], bool]:
        """The key's line, the lines of the list, and whether all of it stands on the key's line."""
        section, key, items = "", None, []
        for start, end in rows(text):
            row = text[start:end].rstrip("\r\n")
            stripped = row.strip()
            if not stripped or stripped.startswith(("#", ";")):
                continue
            if row[0] in " \t":
                if key is not None:
                    items.append(Line(start, end, stripped, row[: len(row) - len(row.lstrip())]))
                continue
            if key is not None:
                break
            if match := re.match(r"\[([^\]]+)\]", row):
                section = match[1]
            elif section == "options" and (match := re.match(r"(?i)install[_-]requires\s*[=:]\s*(.*)", row)):
                key = Line(start, end, match[1].strip())
        if key is None:
            raise Unsupported("there is no install_requires in [options]")
        return key, items, bool(key.text) and not items


def _place(lines: Sequence[Line], text: str, newline: str, requirement: str, top: int = -1) -> tuple[int, str]:
    """Where a line goes among others. `top` is the place before the first, where that is fixed."""
    names = [name_of(line.text) for line in lines]
    index = bisect_left(names, name_of(requirement)) if in_order(names) else len(lines)
    if not lines:
        at, indent = len(text), ""
    elif index == 0:
        at, indent = top if top >= 0 else lines[0].start, lines[0].indent
    else:
        at, indent = lines[index - 1].end, lines[index - 1].indent
    if at and text[at - 1] not in "\r\n":
        return at, f"{newline}{indent}{requirement}"
    return at, f"{indent}{requirement}{newline}"


def _cut(lines: Sequence[Line], text: str, requirement: str) -> list[tuple[int, int]]:
    for line in lines:
        if same(line.text, requirement) and "#" not in text[line.start : line.end]:
            return [(line.start, line.end)]
    return []


def _one_more(before: list[str], after: list[str], requirement: str) -> bool:
    old, new = ([row for row in side if row] for side in (before, after))
    at = next((i for i, row in enumerate(new) if same(row, requirement)), None)
    return at is not None and [*new[:at], *new[at + 1 :]] == old
