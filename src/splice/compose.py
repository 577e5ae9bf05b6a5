"""Join template parts into the text of one module, in the shape that black, ruff and isort leave alone.

A part is a real Python file. Its docstring, its imports of the standard library and its body go into the module; its
imports of other parts say what it needs; its top-level assignments of settings take the values of a configuration.
"""

from __future__ import annotations

import ast
import re
import textwrap
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache, partial
from importlib.resources import files
from typing import Any

from splice import forms

_WIDTH = 88  # what black and ruff make of a file without settings
_BASE = "switch"  # the part that every scaffold has
# Parts that a setting asks for, not an import of the service's: (setting, its value) -> part.
_WITH = {("_PRESET", '"jwt"'): "bearer"}
_INTRODUCTION = """\
Observability of this service: what `codemod` has added to its code calls this file.

It is generated, it is yours to read, and it does not need the generator to run."""


@dataclass(frozen=True, slots=True)
class _Part:
    """One template file: the parts it needs, what it imports, and its text below the imports."""

    name: str
    about: str
    needs: tuple[str, ...]
    imports: tuple[tuple[str, str], ...]  # (module, name); name "" for a plain import
    body: str


def body(parts: tuple[str, ...], version: int, settings: Mapping[str, str]) -> str:
    """The body of a scaffold: docstring, imports, then the parts with what they need, each after its needs."""
    ordered: dict[str, _Part] = {}

    def add(name: str) -> None:
        if name not in ordered:
            part = _load(name, version)
            for need in part.needs:
                add(need)
            ordered[name] = part

    for name in (_BASE, *sorted(parts)):
        add(name)
    for (setting, value), name in _WITH.items():
        if settings.get(setting) == value and any(setting in part.body for part in ordered.values()):
            add(name)
    documented = (*sorted(parts), _BASE)
    about = "\n\n".join([_INTRODUCTION, *(_wrapped(ordered[name].about) for name in documented)])
    sections = [
        part.body if name in documented else _wrapped(part.about, "# ") + "\n" + part.body
        for name, part in ordered.items()
    ]
    imports = _import_block({one for part in ordered.values() for one in part.imports})
    text = f'"""{about}\n"""\n\n{imports}\n' + "\n\n".join(sections)
    for name, value in settings.items():
        text = re.sub(rf"^({name}(?:: [^=\n]+)? = ).*$", partial(_assign, value), text, flags=re.MULTILINE)
    return text


def strings(opening: str, words: Iterable[str], closing: str) -> str:
    """Strings on one line between brackets."""
    return opening + ", ".join(forms.literal(word) for word in words) + closing


def asked_for(text: str) -> dict[str, str]:
    """The settings of a scaffold's text that ask for parts."""
    return {
        name: value for name, value in _WITH if re.search(rf"^{name} = ['\"]?{value[1:-1]}['\"]$", text, re.MULTILINE)
    }


def mapping(values: Mapping[str, str]) -> str:
    """A dict display as black writes it, one sorted item to a line."""
    items = "".join(f"    {forms.literal(key)}: {values[key]},\n" for key in sorted(values))
    return f"{{\n{items}}}" if items else "{}"


def _wrapped(about: str, prefix: str = "") -> str:
    return textwrap.fill(
        " ".join(about.split()),
        _WIDTH,
        initial_indent=prefix,
        subsequent_indent=prefix,
        break_long_words=False,
        break_on_hyphens=False,
    )


def _assign(value: str, found: re.Match[str]) -> str:
    """The assignment, its value written as black writes it (several lines: it is written already)."""
    if "\n" in value:
        return found[1] + value
    try:
        literal = ast.literal_eval(value)
    except ValueError:  # an expression: such a scaffold is not genuine
        return found[1] + value
    value = written(literal, len(found[1]))
    if "\n" not in value and len(found[1]) + len(value) > _WIDTH >= len(value) + 4:
        value = f"(\n    {value}\n)"
    return found[1] + value


def written(value: Any, used: int = 0, indent: int = 0) -> str:
    """A literal as black writes it where `used` columns of its line are taken: on one line, or an item to a line."""
    if isinstance(value, str):
        return forms.literal(value)
    if not value or not isinstance(value, (dict, list, tuple)):
        return repr(value)
    opening, closing = {dict: ("{", "}"), list: ("[", "]"), tuple: ("(", ")")}[type(value)]
    heads = [f"{written(key)}: " for key in value] if isinstance(value, dict) else [""] * len(value)
    items = list(value.values() if isinstance(value, dict) else value)
    shown = ", ".join(head + written(item, -_WIDTH) for head, item in zip(heads, items, strict=True))
    comma = "," if isinstance(value, tuple) and len(value) == 1 else ""
    if used + len(shown) + len(comma) + 2 <= _WIDTH:
        return f"{opening}{shown}{comma}{closing}"
    deep = indent + 4
    lines = [
        f"{' ' * deep}{head}{written(item, deep + len(head) + 1, deep)},\n"
        for head, item in zip(heads, items, strict=True)
    ]
    return f"{opening}\n{''.join(lines)}{' ' * indent}{closing}"


@cache
def _load(name: str, version: int) -> _Part:
    package = f"splice.parts.v{version}"
    text = files("splice").joinpath("parts", f"v{version}", f"{name}.py").read_text("utf-8")
    tree = ast.parse(text)
    head = [node for node in tree.body if isinstance(node, (ast.Import, ast.ImportFrom))]
    needs, imports = [], []
    for node in head:
        module = (node.module or "") if isinstance(node, ast.ImportFrom) else ""
        if module.startswith(package):
            needs.append(module.rpartition(".")[2])
        elif module != "opentelemetry":  # the part `telemetry` imports it, guarded
            imports += [(module or alias.name, alias.name if module else "") for alias in node.names]
    lines = text.split("\n")
    for block in tree.body:
        if isinstance(block, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            lines[block.body[0].lineno - 2] += "  # pragma: no cover"
    body = "\n".join(lines[head[-1].end_lineno :]).strip("\n") + "\n"
    return _Part(name, ast.get_docstring(tree) or "", tuple(needs), tuple(imports), body)


def _import_block(imports: set[tuple[str, str]]) -> str:
    """Import lines as isort and ruff sort and wrap them."""
    names: dict[str, set[str]] = {}
    for module, name in imports:
        names.setdefault(module, set()).update({name} - {""})
    plain = sorted(module for module, name in imports if not name)
    lines = []
    for module in sorted({module for module, name in imports if name} - {"__future__"}):
        ordered = sorted(names[module], key=lambda name: (not name.isupper(), not name[0].isupper(), name))
        line = f"from {module} import {', '.join(ordered)}"
        if len(line) > _WIDTH:
            line = f"from {module} import (\n" + "".join(f"    {name},\n" for name in ordered) + ")"
        lines.append(line)
    return "\n".join(["from __future__ import annotations", "", *(f"import {module}" for module in plain), *lines, ""])
