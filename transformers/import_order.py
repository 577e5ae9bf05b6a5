"""How imports are ordered: sections and sort keys, as ruff and isort compute them, for one line of ours.

The two tools differ in small ways (numbers, case, whole lines with `force_sort_within_sections`); each is
followed as it is.
"""

from __future__ import annotations

import fnmatch
import re
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal

MOST_BLANK = 9  # empty lines after imports: settings that ask for more are not followed
_DIGITS = tuple("0123456789")
SECTIONS = ("future", "standard-library", "third-party", "first-party", "local-folder")


@dataclass(frozen=True, slots=True)
class ImportStyle:
    """What decides the place and the wrapping of one import line. The defaults are ruff's and isort's own."""

    tool: Literal["ruff", "isort"] = "ruff"
    line_length: int = 88
    code_length: int = 88  # the formatter's, for everything that is not an import
    force_single_line: bool = False
    force_sort_within_sections: bool = False
    order_by_type: bool = True
    case_sensitive: bool = False
    length_sort: bool = False
    closest_first: bool = False  # `from .x` before `from ..x`
    from_first: bool = False
    lexicographical: bool = False
    group_by_package: bool = False
    no_sections: bool = False
    blank_before_comments: bool = True  # a comment above an import gets a blank line: ruff, isort's black profile
    lines_between_types: int = 0
    lines_after_imports: int = 0  # 0: two before a def or class, else one
    force_to_top: tuple[str, ...] = ()
    no_lines_before: tuple[str, ...] = ()
    section_order: tuple[str, ...] = SECTIONS
    default_section: str = "third-party"
    known: tuple[tuple[str, tuple[str, ...]], ...] = ()  # section -> patterns of module names
    source_roots: tuple[str, ...] = (".", "src")  # where the sorter looks for first-party modules
    first_party: tuple[str, ...] = ()  # top-level modules that stand in these roots; the caller looks

    def section(self, module: str) -> str:
        """The section of `a.b` or `.a`, as the sorter sees it."""
        if self.no_sections:
            return "future" if module == "__future__" else "all"
        if module == "__future__":
            return "future"
        if module.startswith("."):
            return "local-folder"
        parts = module.split(".")
        for count in range(len(parts), 0, -1):
            name = ".".join(parts[:count])
            for section, patterns in self.known:
                if any(fnmatch.fnmatchcase(name, pattern) for pattern in patterns):
                    return section
        if parts[0] in sys.stdlib_module_names:
            return "standard-library"
        return "first-party" if parts[0] in self.first_party or parts[0] == "__main__" else self.default_section

    def rank(self, module: str) -> int:
        """The place of a module's section among the sections."""
        section = self.section(module)
        return self.section_order.index(section) if section in self.section_order else len(self.section_order)

    def key(self, module: str, names: tuple[str, ...], is_from: bool) -> tuple[Any, ...]:
        """The sort key of an import statement within its section."""
        if self.tool == "isort" and self.force_sort_within_sections:
            return self._isort_line_key(module, names, is_from)
        kind = 0 if self.force_sort_within_sections else int(is_from != self.from_first)
        top = 0 if module in self.force_to_top else 1
        level = len(module) - len(module.lstrip("."))
        first = self._name_key(names[0]) if is_from else ()
        if self.tool == "isort":
            spelled = re.sub(r"^(\.+)", r"\1 " if self.closest_first else r"\1_", module)
            spelled = spelled if self.case_sensitive else spelled.lower()
            return (kind, top, len(spelled) if self.length_sort else 0, _naturally(spelled), first)
        name = module.lstrip(".")
        distance = (0, level if self.closest_first else -level) if level else (1, 0)
        lowered = name if self.case_sensitive else name.lower()
        length = len(name) + level if self.length_sort else 0
        return (kind, top, length, distance, _by_character(lowered), _by_character(name), first)

    def _isort_line_key(self, module: str, names: tuple[str, ...], is_from: bool) -> tuple[Any, ...]:
        """isort sorts whole lines here, and `order_by_type` (odd, but so) decides whether case counts."""
        line = module
        if is_from and self.closest_first:
            line = re.sub(r"^(\.+)", r"\1 ", line)
        if is_from and not self.group_by_package:
            line += ("." if self.lexicographical else " import ") + ", ".join(names)
        top = 0 if line.split(" ")[0] in self.force_to_top else 1
        line = line if self.order_by_type else line.lower()
        return (top, len(line) if self.length_sort else 0, _naturally(line))

    def sorted_names(self, names: Iterable[str]) -> tuple[str, ...]:
        """Imported names in the sorter's order."""
        return tuple(sorted(set(names), key=self._name_key))

    def _name_key(self, name: str) -> tuple[Any, ...]:
        """CONSTANTS, Classes, functions."""
        kind = 0 if not self.order_by_type or (name.isupper() and len(name) > 1) else 1 if name[:1].isupper() else 2
        length = len(name) if self.length_sort else 0
        return (kind, length, _naturally(name if self.case_sensitive else name.lower()), name)


def _naturally(text: str) -> tuple[str | int, ...]:
    """isort: texts and numbers in turn."""
    return tuple(int(part[:999]) if part[:1] in _DIGITS else part for part in re.split(r"([0-9]+)", text))


def _by_character(text: str) -> tuple[tuple[int, int], ...]:
    """ruff (natord): character by character, a run of digits as one number."""
    return tuple(
        (48, int(part[:999])) if part[0] in _DIGITS else (ord(part), 0) for part in re.findall(r"[0-9]+|.", text)
    )
