"""Canonical forms: what a node says, whatever a formatter did to how it is written.

A form is the tree without positions, with empty fields left out, so that it does not differ between
Python versions; the folding of adjacent strings is `ast`'s own. Two texts with the same form mean the same.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping

_SKIPPED = frozenset({"type_comment", "kind", "ctx", "type_ignores"})


def form(node: ast.AST, names: Mapping[str, str] | None = None) -> str:
    """The canonical form of a node.

    `names` maps local spellings of a callee (`observed`, `sc.observed`) to canonical ones, so that an
    alias does not change the form.
    """
    if names and isinstance(node, (ast.Name, ast.Attribute)):
        spelled = dotted(node)
        if spelled in names:
            return names[spelled]
    parts = []
    for name, value in ast.iter_fields(node):
        if name in _SKIPPED or value is None or value == []:
            continue
        parts.append(f"{name}={_value(value, names)}")
    return f"{type(node).__name__}({','.join(parts)})"


def _value(value: object, names: Mapping[str, str] | None) -> str:
    if isinstance(value, ast.AST):
        return form(value, names)
    if isinstance(value, list):
        return "[" + ",".join(_value(item, names) for item in value) + "]"
    return ascii(value)


def dotted(node: ast.AST) -> str:
    """`a.b.c` for a chain of names, "" for anything else."""
    parts: list[str] = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    if not isinstance(node, ast.Name):
        return ""
    parts.append(node.id)
    return ".".join(reversed(parts))


def literal(text: str) -> str:
    """A Python string literal for `text`, double-quoted as black and ruff write it, ASCII only.

    The one escaper of everything that is inserted: `ast.literal_eval(literal(s)) == s`.
    """
    body = ascii(text)[1:-1]
    if ascii(text)[0] == "'":
        body = body.replace("\\'", "'")
        body = body.replace('"', '\\"') if '"' in body else body
    quoted = f'"{body}"'
    if '"' in text and "'" not in text:  # black keeps the quotes that need fewer escapes
        quoted = ascii(text) if ascii(text)[0] == "'" else quoted
    assert ast.literal_eval(quoted) == text
    return quoted
