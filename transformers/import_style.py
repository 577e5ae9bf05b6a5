"""How a project sorts its imports: read from the settings of ruff, isort and black, as plain data.

Only our own line is placed, so only what decides a line's place is read: sections, their order, sort keys.
"""

from __future__ import annotations

import configparser
import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from splice.transformers.import_order import MOST_BLANK, SECTIONS, ImportStyle
from splice.transformers.line_length import DEFAULT, of_formatter

__all__ = ["MOST_BLANK", "ImportStyle", "read_style"]

_DIGITS = re.compile(r"[0-9]{1,4}")

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


def read_style(
    pyproject: Mapping[str, Any],
    *,
    ruff: Mapping[str, Any] | None = None,
    isort_ini: str | None = None,
    first_party: Iterable[str] = (),
    allowed: int | None = None,
) -> ImportStyle:
    """The style that a project's settings ask for.

    `pyproject` is the parsed pyproject.toml, `ruff` a parsed ruff.toml (it wins over `[tool.ruff]`), `isort_ini`
    the text of .isort.cfg, setup.cfg or tox.ini, `allowed` the line length of a linter, for a service without a
    formatter. Settings of a wrong type count as absent: they are the sorter's to complain about.
    """
    tool = _table(pyproject, "tool")
    ruff_table = ruff if ruff is not None else _table(tool, "ruff")
    isort_table = _table(tool, "isort") or _from_ini(isort_ini or "")
    length = _number(_table(tool, "black"), "line-length", _number(_table(tool, "black"), "line_length", 88))
    style = _isort(isort_table) if isort_table and not _ruff_sorts(ruff_table) else _ruff(ruff_table, length)
    return replace(
        style,
        code_length=of_formatter(pyproject, ruff) or allowed or DEFAULT,
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
        lines_after_imports=_number(isort, "lines-after-imports", 0, MOST_BLANK),
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
        lines_after_imports=_number(table, "lines_after_imports", 0, MOST_BLANK),
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


def _number(of: Mapping[str, Any], name: str, otherwise: int, most: int = 9999) -> int:
    """A setting from 1 to `most`; anything else counts as not set."""
    value = of.get(name)
    if isinstance(value, str) and _DIGITS.fullmatch(value):
        value = int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 < value <= most else otherwise
