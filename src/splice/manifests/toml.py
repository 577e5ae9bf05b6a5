"""Requirements in TOML: PEP 621's array, and Poetry's and Pipenv's tables. Text is inserted, never rendered.

A small tokenizer finds the places; the standard parser proves that the document then says what it said
before plus the requirement, and nothing else.
"""

from __future__ import annotations

import copy
import re
from bisect import bisect_left
from dataclasses import dataclass
from typing import Any

from packaging.requirements import Requirement

from splice.manifests.specs import Declared, in_order, name_of, parse, poetry, same
from splice.manifests.tokens import (
    LINE_END,
    Entry,
    Insertions,
    Item,
    Unsupported,
    array_items,
    comments,
    entries,
    indent_of,
    line_after,
)
from splice.metadata import dig, toml


@dataclass(frozen=True)
class TomlArray:
    """A list of PEP 508 strings, such as `[project] dependencies`."""

    keys: tuple[str, ...]

    def declared(self, text: str) -> list[Declared]:
        """What the array holds."""
        values = dig(toml(text.encode()), *self.keys)
        return [parse(value) for value in values if isinstance(value, str)] if isinstance(values, list) else []

    def insert(self, text: str, newline: str, requirement: str) -> Insertions:
        """Where to insert what. Raises Unsupported."""
        entry = self._entry(text)
        if entry is None:
            return self._create(text, newline, requirement)
        items = array_items(text, entry)
        quoted = [text[item.start] for item in items]
        quote = "'" if quoted and set(quoted) == {"'"} and "'" not in requirement else '"'
        written = f"{quote}{requirement}{quote}" if '"' not in requirement else f"'{requirement}'"
        if not items:
            return [self._into_empty(text, entry, newline, written)]
        names = [name_of(text[item.start + 1 : item.end]) for item in items]
        index = bisect_left(names, name_of(requirement)) if in_order(names) else len(items)
        if index == 0:
            return [self._first(text, entry, items[0], newline, written)]
        return self._after(text, items, index, newline, written)

    def cut(self, text: str, requirement: str) -> list[tuple[int, int]]:
        """The spans of the requirement's element: with its comma, its line, or the comma that only it needs."""
        entry = self._entry(text)
        items = array_items(text, entry) if entry else []
        for at, item in enumerate(items):
            if not same(text[item.start + 1 : item.end - 1], requirement):
                continue
            before = items[at - 1].comma if at else None
            if item.comma is None and before is not None:
                gap = text[before : item.start]
                if "#" not in gap:
                    return [(before, item.end)]
                return [(before, before + 1), (before + len(gap.rstrip()), item.end)]
            end = item.end if item.comma is None else item.comma + 1
            rest = LINE_END.match(text, end)
            if indent_of(text, item.start) is not None and rest and rest[2] and not rest[1]:
                return [(text.rfind("\n", 0, item.start) + 1, rest.end())]
            if item.comma is not None and at + 1 < len(items):
                end += len(text[end:]) - len(text[end:].lstrip(" \t"))
            return [(item.start, end)]
        return []

    def proves(self, before: str, after: str, requirement: str) -> bool:
        """Whether `after` is a document that says what `before` says, and one requirement more."""
        old, new = toml(before.encode()), toml(after.encode())
        values, known = dig(new, *self.keys), dig(old, *self.keys)
        if not old or not isinstance(values, list) or comments(before) != comments(after):
            return False
        at = next((i for i, value in enumerate(values) if isinstance(value, str) and same(value, requirement)), None)
        if at is None:
            return False
        del values[at]
        if known is None and not values:
            del dig(new, *self.keys[:-1])[self.keys[-1]]
        return old == new

    def exists(self, text: str) -> bool:
        """Whether the document has the key."""
        return dig(toml(text.encode()), *self.keys) is not None

    def emptied(self, text: str) -> tuple[int, int] | None:
        """The span of an array as `insert` creates it, once nothing is left in it."""
        entry = self._entry(text)
        rest = LINE_END.match(text, entry.end) if entry else None
        if entry is None or rest is None or rest[1] or not re.fullmatch(r"\[\s*\]", text[entry.value : entry.end]):
            return None
        return entry.start, rest.end()

    def _entry(self, text: str) -> Entry | None:
        found = [entry for entry in entries(text) if entry.keys == self.keys and entry.value >= 0]
        if found and text[found[0].value] != "[":
            raise Unsupported("the value is no array")
        return found[0] if found else None

    def _create(self, text: str, newline: str, requirement: str) -> Insertions:
        table = [entry for entry in entries(text) if entry.keys[: len(self.keys) - 1] == self.keys[:-1]]
        own = [entry for entry in table if entry.value < 0 and len(entry.keys) == len(self.keys) - 1]
        if not own:
            raise Unsupported(f"there is no table [{'.'.join(self.keys[:-1])}]")
        last = own[0]
        for entry in entries(text):
            if entry.start > last.start:
                if entry.value < 0:
                    break
                last = entry
        at, lead = line_after(text, last.end, newline)
        quote = "'" if '"' in requirement else '"'
        body = f"{self.keys[-1]} = [{newline}    {quote}{requirement}{quote},{newline}]"
        return [(at, f"{lead}{body}" if lead else f"{body}{newline}")]

    def _into_empty(self, text: str, entry: Entry, newline: str, written: str) -> tuple[int, str]:
        match = LINE_END.match(text, entry.value + 1)
        if match is None or not match[2]:
            return entry.value + 1, written
        comment = re.compile(r"[ \t]+(?=#)").match(text, match.end())
        line = text[text.rfind("\n", 0, entry.end - 1) + 1 : entry.end - 1]
        indent = comment[0] if comment else " " * (len(line) - len(line.lstrip())) + "    "
        return match.end(), f"{indent}{written},{newline}"

    def _first(self, text: str, entry: Entry, item: Item, newline: str, written: str) -> tuple[int, str]:
        match, indent = LINE_END.match(text, entry.value + 1), indent_of(text, item.start)
        if match and match[2] and indent is not None:
            return match.end(), f"{indent}{written},{newline}"
        return item.start, f"{written}, "

    def _after(self, text: str, items: list[Item], index: int, newline: str, written: str) -> Insertions:
        last = items[index - 1]
        following = items[index] if index < len(items) else None
        indent = indent_of(text, last.start)
        if indent is None and following is not None:
            indent = indent_of(text, following.start)
        own_comma = last.comma is not None and "\n" not in text[last.end : last.comma]
        end = (last.comma or 0) + 1 if own_comma else last.end
        match = LINE_END.match(text, end)
        if indent is not None and match and match[2] and own_comma:
            return [(match.end(), f"{indent}{written},{newline}")]
        if indent is not None and last.comma is None and indent_of(text, last.start) is not None:
            if match and match[1]:  # a comment that must stay with its item
                return [(last.end, ","), (match.start(2), f"{newline}{indent}{written}")]
            return [(last.end, f",{newline}{indent}{written}")]
        gap = " "
        if len(items) > 1 and (comma := items[0].comma) is not None and not text[comma + 1 : items[1].start].strip(" "):
            gap = text[comma + 1 : items[1].start]
        return [(last.end, f",{gap}{written}")]


@dataclass(frozen=True)
class TomlTable:
    """A table of names and constraints: `[tool.poetry.dependencies]`, or a Pipfile's `[packages]`."""

    keys: tuple[str, ...]

    def declared(self, text: str) -> list[Declared]:
        """What the table holds, the interpreter aside."""
        table = dig(toml(text.encode()), *self.keys)
        rows = table.items() if isinstance(table, dict) else ()
        return [poetry(name, value) for name, value in rows if name != "python"]

    def insert(self, text: str, newline: str, requirement: str) -> Insertions:
        """One line: after the table's last, or in its place in a sorted table. Raises Unsupported."""
        header, rows = self._rows(text)
        names = [name_of(row.keys[len(self.keys)]) for row in rows]
        skip = 1 if names and names[0] == "python" else 0
        index = len(rows)
        if in_order(names[skip:]):
            index = skip + bisect_left(names[skip:], name_of(requirement))
        at, lead = line_after(text, rows[index - 1].end if index else header.end, newline)
        line = self._line(requirement)
        return [(at, f"{lead}{line}" if lead else f"{line}{newline}")]

    def cut(self, text: str, requirement: str) -> list[tuple[int, int]]:
        """The line of the requirement, if it still says what was written."""
        for row in self._rows(text)[1]:
            if name_of(row.keys[-1]) == name_of(requirement) and len(row.keys) == len(self.keys) + 1:
                value = toml(f"k = {text[row.value : row.end]}".encode()).get("k")
                end = LINE_END.match(text, row.end)
                if value == self._value(requirement) and end and not end[1]:
                    return [(text.rfind("\n", 0, row.start) + 1, end.end())]
        return []

    def proves(self, before: str, after: str, requirement: str) -> bool:
        """Whether `after` is a document that says what `before` says, and one requirement more."""
        old, new = toml(before.encode()), copy.deepcopy(toml(after.encode()))
        table = dig(new, *self.keys)
        if not old or not isinstance(table, dict) or comments(before) != comments(after):
            return False
        name = next((name for name in table if name_of(name) == name_of(requirement)), None)
        return name is not None and table.pop(name) == self._value(requirement) and old == new

    def _rows(self, text: str) -> tuple[Entry, list[Entry]]:
        found = entries(text)
        at = next((i for i, entry in enumerate(found) if entry.value < 0 and entry.keys == self.keys), None)
        if at is None:
            raise Unsupported(f"there is no table [{'.'.join(self.keys)}]")
        rows = []
        for entry in found[at + 1 :]:
            if entry.value < 0:
                break
            rows.append(entry)
        return found[at], rows

    def _value(self, requirement: str) -> Any:
        found = Requirement(requirement)
        version = str(found.specifier) or "*"
        if not found.extras and not found.marker:
            return version
        value: dict[str, Any] = {"version": version}
        if found.extras:
            value["extras"] = sorted(found.extras)
        if found.marker:
            value["markers"] = str(found.marker)
        return value

    def _line(self, requirement: str) -> str:
        value, name = self._value(requirement), Requirement(requirement).name
        if isinstance(value, str):
            return f'{name} = "{value}"'
        parts = [f'version = "{value["version"]}"']
        if "extras" in value:
            parts.append("extras = [" + ", ".join(f'"{extra}"' for extra in value["extras"]) + "]")
        if "markers" in value:
            parts.append(
                f"markers = '{value['markers']}'" if "'" not in value["markers"] else f'markers = "{value["markers"]}"'
            )
        return f"{name} = {{{', '.join(parts)}}}"
