"""How long a service's own formatter lets lines become: what it is told, else what the linter allows."""

from __future__ import annotations

import configparser
import re
from collections.abc import Iterable, Mapping
from typing import Any

DEFAULT = 88
_FORMATS = re.compile(r"^[ \t]*-[ \t]+id:[ \t]*[\"']?(?:black|black-jupyter|ruff-format)\b", re.MULTILINE)
_DIGITS = re.compile(r"[0-9]{1,4}")
_SECTIONS = ("flake8", "pycodestyle", "pep8")


def of_formatter(pyproject: Mapping[str, Any], ruff: Mapping[str, Any] | None) -> int | None:
    """What black or ruff is told; None where neither has settings. `ruff`: a parsed ruff.toml, which wins.

    Where both have some, black formats and ruff lints, unless ruff has settings for formatting.
    """
    tool = _table(pyproject, "tool")
    linter = ruff if ruff is not None else tool.get("ruff")
    black, both = tool.get("black"), isinstance(linter, Mapping)
    if isinstance(black, Mapping) and not (both and ("format" in _mapping(linter) or _length(black) is None)):
        return _length(black) or DEFAULT
    if not both:
        return None
    return _length(_mapping(linter)) or (_length(black) if isinstance(black, Mapping) else None) or DEFAULT


def of_linter(texts: Iterable[str], hooks: str = "") -> int | None:
    """What flake8 or pycodestyle allows in the first of these INI files that says it.

    None where `hooks`, a .pre-commit-config.yaml, run a formatter all the same: it has its own idea.
    """
    if _FORMATS.search(hooks):
        return None
    for text in texts:
        parser = configparser.ConfigParser(interpolation=None, strict=False)
        try:
            parser.read_string(text)
        except configparser.Error:
            continue
        for section in _SECTIONS:
            for key in ("max-line-length", "max_line_length") if parser.has_section(section) else ():
                value = parser.get(section, key, fallback="")
                if _DIGITS.fullmatch(value) and int(value):
                    return int(value)
    return None


def _length(table: Mapping[str, Any]) -> int | None:
    for key in ("line-length", "line_length"):
        value = table.get(key)
        if isinstance(value, int) and not isinstance(value, bool) and 0 < value <= 9999:
            return value
    return None


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _table(of: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    return _mapping(of.get(name))
