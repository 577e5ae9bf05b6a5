"""What a project says about itself in pyproject.toml, setup.cfg and setup.py, as plain values.

Nothing is executed and nothing raises: a file that cannot be understood says nothing. Layout, manifests
and shipping all read through here, so that they agree about what a file means.
"""

from __future__ import annotations

import ast
import configparser
import posixpath
import sys
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from splice.model import Refused
from splice.source import Source

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

Read = Callable[[str], bytes]
_CALLS = frozenset({"setup", "setuptools.setup", "core.setup", "distutils.core.setup"})


def peek(read: Read, path: str) -> bytes:
    """The bytes of a file, or none where it cannot be read."""
    try:
        return read(path)
    except (OSError, Refused):
        return b""


def toml(data: bytes) -> dict[str, Any]:
    """The values of a TOML document; empty when it is not one."""
    try:
        return tomllib.loads(data.decode("utf-8-sig"))
    except (ValueError, RecursionError):
        return {}


def cfg(data: bytes) -> configparser.RawConfigParser:
    """A setup.cfg as setuptools reads it (no interpolation is ever run); empty when it is not one."""
    parser = configparser.RawConfigParser(strict=False)
    try:
        parser.read_string(data.decode("utf-8-sig"))
    except (configparser.Error, ValueError):
        return configparser.RawConfigParser()
    return parser


def cfg_value(parser: configparser.RawConfigParser, section: str, key: str) -> str | None:
    """A value of setup.cfg under either spelling of its key; None where there is none."""
    for name in (key, key.replace("_", "-")):
        if parser.has_option(section, name):
            return parser.get(section, name)
    return None


def cfg_list(value: str, separator: str = ",") -> list[str]:
    """A list of setup.cfg: one item per line, or on one line between separators."""
    rows = value.splitlines() if "\n" in value else value.split(separator)
    return [row.strip() for row in rows if row.strip() and not row.strip().startswith("#")]


def setup_arguments(data: bytes) -> dict[str, ast.expr]:
    """The keyword arguments of the `setup(...)` call in a setup.py, as expressions."""
    try:
        tree = ast.parse(Source.decode(data).text)
    except (SyntaxError, ValueError, RecursionError, MemoryError, Refused):
        return {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and (_callee(node.func) in _CALLS):
            return {word.arg: word.value for word in node.keywords if word.arg}
    return {}


def _callee(node: ast.expr) -> str:
    if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
        return f"{node.value.id}.{node.attr}"
    return node.id if isinstance(node, ast.Name) else ""


def strings(node: ast.expr | None) -> list[str] | None:
    """The items of a list or tuple of string literals; None for anything that is not written out."""
    if not isinstance(node, (ast.List, ast.Tuple)):
        return None
    items = [item.value for item in node.elts if isinstance(item, ast.Constant) and isinstance(item.value, str)]
    return items if len(items) == len(node.elts) else None


def dig(values: object, *keys: str) -> Any:
    """`values[a][b][c]`, or None where any of it is missing or of another kind."""
    for key in keys:
        if not isinstance(values, dict):
            return None
        values = values.get(key)
    return values


def words(value: object) -> list[str]:
    """The strings of a value that may be one string, a list, or anything else."""
    if isinstance(value, str):
        return [value]
    return [item for item in value if isinstance(item, str)] if isinstance(value, list) else []


def table(value: object) -> dict[str, Any]:
    """A value where it is a table, else an empty one."""
    return value if isinstance(value, dict) else {}


def listed(value: object) -> list[Any]:
    """A value where it is a list, else an empty one."""
    return value if isinstance(value, list) else []


def inside(base: str, path: str) -> str | None:
    """`path`, written in a file of folder `base`, relative to the root; None where it leads outside."""
    joined = posixpath.normpath(posixpath.join(base, path.replace("\\", "/")))
    return None if joined.startswith(("/", "..")) else "" if joined == "." else joined


def above(path: str) -> Iterator[str]:
    """The folders that hold a path, nearest first; the root is ""."""
    while path:
        path = posixpath.dirname(path)
        yield path


def find_arguments(node: ast.expr | None) -> dict[str, object] | None:
    """The arguments of `find_packages(...)` in a setup.py; None when the expression is no such call."""
    if not isinstance(node, ast.Call) or _callee(node.func).rpartition(".")[2] not in {
        "find_packages",
        "find_namespace_packages",
    }:
        return None
    found: dict[str, object] = {"namespaces": "namespace" in _callee(node.func)}
    pairs: Iterable[tuple[str, ast.expr]] = [
        *zip(("where", "exclude", "include"), node.args, strict=False),
        *((word.arg, word.value) for word in node.keywords if word.arg),
    ]
    for name, value in pairs:
        if isinstance(value, ast.Constant):
            found[name] = value.value
        elif (items := strings(value)) is not None:
            found[name] = items
    return found
