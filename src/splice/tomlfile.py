"""TOML files with what error messages need: the line of each key and of each string in a list.

The parsers of the standard library and tomli give values only; a small tokenizer gives the places.
"""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path
from typing import Any

from splice import ledger
from splice.model import SpliceError

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

MAX_BYTES = 4 * 1024 * 1024
_DEPTH = 8  # parts of a dotted key that are told apart: no table of ours lies deeper
_AT_LINE = re.compile(r"at line (\d+)")
_TOKEN = re.compile(
    r'(?P<string>"""(?:\\.|[^\\])*?"""+|\'\'\'.*?\'\'\'+|"(?:\\.|[^"\\\n])*"|\'[^\'\n]*\')'
    r"|(?P<comment>#[^\n]*)|(?P<newline>\n)|(?P<mark>[\[\]{}=])|(?P<bare>[\w-]+)",
    re.DOTALL,
)


def read_toml(path: Path, shown: str = "") -> dict[str, Any]:
    """The values of a TOML file. Raises SpliceError with file and line; `shown` is how messages call it."""
    shown = shown or path.name
    return parse_text(read_bytes(path, shown), shown)[1]


def read_bytes(path: Path, shown: str) -> bytes:
    """The content of a file, up to a byte more than is allowed. Raises SpliceError."""
    if not path.is_file():  # a FIFO would hang
        raise SpliceError("there is no such file", file=shown)
    try:
        return head(path)
    except OSError as error:
        raise SpliceError(f"cannot be read: {error.strerror}", file=shown) from None


def head(path: Path) -> bytes:
    """The content of a file, up to a byte more than is allowed. Raises OSError."""
    with path.open("rb") as stream:
        status = os.fstat(stream.fileno())
        raw = stream.read(MAX_BYTES + 1)
    if ledger.current is not None:
        ledger.current.read(os.path.abspath(path), status, raw)  # noqa: PTH100 - no link is followed
    return raw


def parse_text(raw: bytes, shown: str) -> tuple[str, dict[str, Any]]:
    """Text and values of a TOML file. Raises SpliceError with file and line."""
    try:
        if len(raw) > MAX_BYTES:
            raise SpliceError(f"is larger than {MAX_BYTES // 1024 // 1024} MiB", file=shown)
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise SpliceError("TOML is UTF-8, and this is not", file=shown, line=line) from None
    try:
        return text, tomllib.loads(text)
    except ValueError as error:  # TOMLDecodeError, and a number of thousands of digits
        found = _AT_LINE.search(str(error))
        line = int(found[1]) if found else text.count("\n") + 1 if "end of document" in str(error) else 0
        raise SpliceError(f"is not valid TOML: {show(error)}", file=shown, line=line) from None
    except RecursionError:
        raise SpliceError("is nested too deeply", file=shown, line=1) from None


def show(value: object) -> str:
    """A value from a repository, safe to print: control characters and look-alikes escaped, cut to a line's length."""
    text = ascii(str(value)) if isinstance(value, Exception) else ascii(value)
    text = text if len(text) <= 120 else text[:117] + "..."
    return text[1:-1] if isinstance(value, Exception) else text


def key_lines(text: str) -> dict[tuple[str, ...], int]:
    """The line of each table and key, by path; a string in its value stands under `(..., key, "=string")`.

    For valid TOML; keys inside inline tables are not listed, their table's key is. The tables of `[[rules]]` stand
    under `("rules", "0")`, `("rules", "1")` and so on.
    """
    lines: dict[tuple[str, ...], int] = {}
    repeated: dict[tuple[str, ...], int] = {}
    table: tuple[str, ...] = ()
    path: list[str] = []
    line, depth, state = 1, 0, "key"
    for token in _TOKEN.finditer(text):
        kind, found = token.lastgroup, token[0]
        if kind == "newline":
            line += 1
            if depth == 0:
                path, state = [], "key"
        elif state == "value":
            if found in ("[", "{"):
                depth += 1
            elif found in ("]", "}"):
                depth -= 1
            elif kind == "string":
                lines.setdefault((*table, *path, "=" + _unquote(found)), line)
            line += found.count("\n")
        elif found == "[":
            state = "header" if state == "key" else "array"
        elif found == "]" and state in ("header", "array"):
            table = tuple(path)
            lines.setdefault(table, line)
            if state == "array":
                table = (*path, str(repeated.setdefault(tuple(path), 0)))
                repeated[tuple(path)] += 1
                lines.setdefault(table, line)
            state = "after"
        elif found == "=":
            for stop in range(1, min(len(path), _DEPTH) + 1):
                lines.setdefault((*table, *path[:stop]), line)
            state = "value"
        elif kind in ("string", "bare") and len(path) < _DEPTH:
            path.append(_unquote(found) if kind == "string" else found)
    return lines


def _unquote(token: str) -> str:
    try:
        return str(tomllib.loads("x=" + token)["x"])
    except ValueError:
        return token
