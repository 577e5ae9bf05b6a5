"""How a project sorts its imports: read from the settings of ruff, isort and black, as plain data.

Only our own line is placed, so only what decides a line's place is read: sections, their order, sort keys.
"""

from __future__ import annotations

import configparser
import fnmatch
import re
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

SECTIONS = ("future", "standard-library", "third-party", "first-party", "local-folder")

_SPELLING = {
    "FUTURE": "future",
    "STDLIB": "standard-library",
    "THIRDPARTY": "third-party",
    "FIRSTPARTY": "first-party",
    "LOCALFOLDER": "local-folder",
}
_BLACK = {"line_length": 88, "ensure_newline_before_comments": True}
# From isort's own table of profiles, the settings that move a line.
_PROFILES: Mapping[str, Mapping[str, Any]] = {
    "black": _BLACK,
    "django": {"line_length": 79},
    "pycharm": {"lines_after_imports": 2},
    "google": {
        "force_single_line": True,
        "force_sort_within_sections": True,
        "lexicographical": True,
        "line_length": 1000,
        "group_by_package": True,
        "order_by_type": False,
    },
    "open_stack": {"force_single_line": True, "force_sort_within_sections": True, "lexicographical": True},
    "plone": {**_BLACK, "force_single_line": True, "force_alphabetical_sort": True},
    "attrs": {"lines_after_imports": 2, "lines_between_types": 1},
    "hug": {"line_length": 100},
    "wemake": {"line_length": 80},
    "appnexus": {
        **_BLACK,
        "force_sort_within_sections": True,
        "order_by_type": False,
        "reverse_relative": True,
        "sections": ["FUTURE", "STDLIB", "THIRDPARTY", "FIRSTPARTY", "APPLICATION", "LOCALFOLDER"],
    },
}


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
    return tuple(int(part) if part.isdigit() else part for part in re.split(r"([0-9]+)", text))


def _by_character(text: str) -> tuple[tuple[int, int], ...]:
    """ruff (natord): character by character, a run of digits as one number."""
    return tuple((48, int(part)) if part[0].isdigit() else (ord(part), 0) for part in re.findall(r"[0-9]+|.", text))


def read_style(
    pyproject: Mapping[str, Any],
    *,
    ruff: Mapping[str, Any] | None = None,
    isort_ini: str | None = None,
    first_party: Iterable[str] = (),
) -> ImportStyle:
    """The style that a project's settings ask for.

    `pyproject` is the parsed pyproject.toml, `ruff` a parsed ruff.toml (it wins over `[tool.ruff]`), `isort_ini`
    the text of .isort.cfg, setup.cfg or tox.ini. Settings of a wrong type count as absent: they are the
    sorter's to complain about.
    """
    tool = _table(pyproject, "tool")
    ruff_table = ruff if ruff is not None else _table(tool, "ruff")
    isort_table = _table(tool, "isort") or _from_ini(isort_ini or "")
    length = _number(_table(tool, "black"), "line-length", _number(_table(tool, "black"), "line_length", 88))
    style = _isort(isort_table) if isort_table and not _ruff_sorts(ruff_table) else _ruff(ruff_table, length)
    return replace(
        style,
        code_length=_number(ruff_table, "line-length", length),
        first_party=tuple(sorted({*first_party, *_known_first(style)})),
    )


def _known_first(style: ImportStyle) -> set[str]:
    return {name for section, names in style.known if section == "first-party" for name in names if name.isidentifier()}


def _ruff_sorts(table: Mapping[str, Any]) -> bool:
    lint = _table(table, "lint")
    chosen = [*_names(table, "select"), *_names(table, "extend-select")]
    chosen += [*_names(lint, "select"), *_names(lint, "extend-select")]
    return any(rule in ("I", "I0", "I00", "I001", "ALL") for rule in chosen)


def _ruff(table: Mapping[str, Any], formatter_length: int) -> ImportStyle:
    isort = _table(_table(table, "lint"), "isort") or _table(table, "isort")
    custom = _table(isort, "sections")
    known = [(name, _names(custom, name)) for name in sorted(custom)]
    known += [(section, _names(isort, f"known-{section}")) for section in SECTIONS[1:]]
    return ImportStyle(
        tool="ruff",
        line_length=_number(table, "line-length", formatter_length),
        force_single_line=isort.get("force-single-line") is True,
        force_sort_within_sections=isort.get("force-sort-within-sections") is True,
        order_by_type=isort.get("order-by-type") is not False,
        case_sensitive=isort.get("case-sensitive") is True,
        length_sort=isort.get("length-sort") is True,
        closest_first=isort.get("relative-imports-order") == "closest-to-furthest",
        from_first=isort.get("from-first") is True,
        no_sections=isort.get("no-sections") is True,
        lines_between_types=_number(isort, "lines-between-types", 0),
        lines_after_imports=_number(isort, "lines-after-imports", 0),
        force_to_top=_names(isort, "force-to-top"),
        no_lines_before=_names(isort, "no-lines-before"),
        section_order=_names(isort, "section-order") or SECTIONS,
        default_section=str(isort.get("default-section", "third-party")),
        known=tuple((section, names) for section, names in known if names),
        source_roots=_names(table, "src") or (".", "src"),
    )


def _isort(given: Mapping[str, Any]) -> ImportStyle:
    profile = str(given.get("profile", ""))
    table = {**_PROFILES.get(profile, {}), **given}
    alphabetical = table.get("force_alphabetical_sort") is True
    sections = tuple(_SPELLING.get(name, name) for name in _names(table, "sections")) or SECTIONS
    known = []
    for key in sorted(table):
        if key.startswith("known_") and (names := _names(table, key)):
            section = key[len("known_") :].replace("_", "").upper()
            section = {"STANDARDLIBRARY": "STDLIB"}.get(section, section)
            own = [name for name in sections if name.replace("_", "").upper() == section]
            known.append((_SPELLING.get(section, own[0] if own else section), names))
    return ImportStyle(
        tool="isort",
        line_length=_number(table, "line_length", 79),
        force_single_line=table.get("force_single_line") is True,
        force_sort_within_sections=table.get("force_sort_within_sections") is True,
        order_by_type=table.get("order_by_type") is not False,
        case_sensitive=table.get("case_sensitive") is True,
        length_sort=table.get("length_sort") is True,
        closest_first=table.get("reverse_relative") is True,
        from_first=table.get("from_first") is True or alphabetical,
        lexicographical=table.get("lexicographical") is True,
        group_by_package=table.get("group_by_package") is True,
        no_sections=table.get("no_sections") is True or alphabetical,
        blank_before_comments=table.get("ensure_newline_before_comments") is True,
        lines_between_types=_number(table, "lines_between_types", int(alphabetical)),
        lines_after_imports=_number(table, "lines_after_imports", 0),
        force_to_top=_names(table, "force_to_top"),
        no_lines_before=tuple(_SPELLING.get(name, name) for name in _names(table, "no_lines_before")),
        section_order=sections,
        default_section=_SPELLING.get(str(table.get("default_section")), "third-party"),
        known=tuple(known),
        source_roots=_names(table, "src_paths") or (".", "src"),
    )


def _from_ini(text: str) -> Mapping[str, Any]:
    """The isort section of an INI file; what does not parse counts as absent."""
    parser = configparser.ConfigParser(interpolation=None, strict=False)
    try:
        parser.read_string(text)
    except configparser.Error:
        return {}
    for section in ("settings", "isort", "tool:isort"):
        if parser.has_section(section):
            words = {"true": True, "1": True, "yes": True, "on": True, "false": False, "no": False, "off": False}
            return {key: words.get(value.lower(), value) for key, value in parser.items(section)}
    return {}


def _table(of: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    value = of.get(name)
    return value if isinstance(value, Mapping) else {}


def _names(of: Mapping[str, Any], name: str) -> tuple[str, ...]:
    value = of.get(name)
    if isinstance(value, str):
        return tuple(part for part in re.split(r"[\s,]+", value) if part)
    return tuple(part for part in value if isinstance(part, str)) if isinstance(value, (list, tuple)) else ()


def _number(of: Mapping[str, Any], name: str, otherwise: int) -> int:
    value = of.get(name)
    if isinstance(value, str) and value.isdigit():
        value = int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) and value > 0 else otherwise
