"""One table of the configuration at a time: every key is known and checked, and what is wrong has its line."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any

from splice import checks
from splice.model import SpliceError
from splice.patterns import nearest
from splice.tomlfile import show

Rules = Mapping[str, Callable[[object], object]]


@dataclass(frozen=True, slots=True)
class Places:
    """Where the keys of a file stand: `lines` as `tomlfile.key_lines` gives them, relative to our table."""

    file: str
    lines: Mapping[tuple[str, ...], int]

    def line(self, path: tuple[str, ...], item: str = "") -> int:
        """The line of an item of a list, else of its key, else of the nearest table above that is listed."""
        found = self.lines.get((*path, f"={item}"), 0) if item else 0
        while not found and path:
            found, path = self.lines.get(path, 0), path[:-1]
        return found

    def error(self, path: tuple[str, ...], message: str, *, item: str = "", fix: str = "") -> SpliceError:
        """An error about the value of a key."""
        text = f"{shown(path)} {message}"
        return SpliceError(text, file=self.file, line=self.line(path, item), fix=fix)

    def table(self, values: Mapping[str, Any], rules: Rules, above: tuple[str, ...] = ()) -> dict[str, Any]:
        """The fields of one table, each checked. Raises SpliceError at the first that is wrong."""
        fields = {}
        for key, value in values.items():
            path = (*above, key)
            if key not in rules:
                message = f"unknown key {show(shown(path))}"
                raise SpliceError(message, file=self.file, line=self.line(path), fix=fix_of(key, rules))
            try:
                fields[key.replace("-", "_")] = rules[key](value)
            except checks.WrongError as wrong:
                raise self.error(path, wrong.message, item=wrong.item, fix=wrong.fix) from None
        return fields


def shown(path: tuple[str, ...]) -> str:
    """A path of keys as the reader writes it; tables of an array count from 1: `auth.rules[2].operation`."""
    text = ""
    for part in path:
        text += f"[{int(part) + 1}]" if part.isascii() and part.isdigit() and text else f".{part}" if text else part
    return text


def fix_of(name: str, choices: Collection[str]) -> str:
    """What a reader should do about a name that is none of these."""
    meant = nearest(name, choices)
    return f"did you mean {meant}?" if meant else "the valid names are " + ", ".join(sorted(choices))
