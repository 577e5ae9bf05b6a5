"""`codemod.lock`: every insertion, one JSON line each, so that `run` and `strip` know what is ours.

Made to merge: no line numbers, hashes or totals; duplicates and order do not matter. The lock is a hint
that anybody may have edited: nothing is removed from a file because a row says so, only when the node
found there is one that the named codemod could have produced (the planner's work).
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from splice import ledger
from splice.model import Failed, Row, SpliceError
from splice.prefilter import read as read_file
from splice.tomlfile import show

FILE = "codemod.lock"
FORMAT = 1
MAX_BYTES = 64 * 1024 * 1024  # a row is some 300 bytes: nobody has 200,000 insertions
_ATTRIBUTES = b"codemod.lock merge=union"
_FORMAT = re.compile(r"format\s*=\s*([0-9]{1,9})")
_CONFLICT = ("<<<<<<<", "|||||||", "=======", ">>>>>>>")
_TEXTS = ("file", "symbol", "kind", "operation", "form")
_NUMBERS = ("version", "blank")
_LISTS = ("codemods", "text")
_RESTORE = "restore the line from version control, or delete codemod.lock and run `codemod run`"


@dataclass(frozen=True)
class Lock:
    """All rows, sorted, each once. `present` is False where there is no lock at all, which is not an empty one."""

    rows: tuple[Row, ...] = ()
    present: bool = False

    @cached_property
    def by_file(self) -> Mapping[str, tuple[Row, ...]]:
        """The rows of each file."""
        return _grouped((row.file, row) for row in self.rows)

    @cached_property
    def by_symbol(self) -> Mapping[tuple[str, str], tuple[Row, ...]]:
        """The rows of each (file, symbol)."""
        return _grouped(((row.file, row.symbol), row) for row in self.rows)

    @cached_property
    def by_form(self) -> Mapping[tuple[str, str], tuple[Row, ...]]:
        """The rows of each (kind, form) in the whole project."""
        return _grouped(((row.kind, row.form), row) for row in self.rows)

    def lookup(self, file: str, symbol: str, kind: str, form: str, codemod: str = "") -> Row | None:
        """The row of a recognised form: of this file and symbol, else of this file, else of the project.

        A row of another place means that a human moved or copied the node. With `codemod`, only rows of
        that codemod count.
        """
        return next(iter(self.lookups(file, symbol, kind, form, codemod)), None)

    def lookups(self, file: str, symbol: str, kind: str, form: str, codemod: str = "") -> tuple[Row, ...]:
        """The rows among which `lookup` chooses the first: those of the nearest place that has any."""
        for key in ((kind, form, file, symbol), (kind, form, file), (kind, form)):
            if rows := tuple(r for r in self._places.get(key, ()) if not codemod or codemod in r.codemods):
                return rows
        return ()

    def of(self, file: str) -> tuple[Row, ...]:
        """The rows of one file."""
        return self.by_file.get(file, ())

    def imports(self, file: str) -> frozenset[str]:
        """The names that the import rows of a file speak of; where it has none, those of the whole project."""
        return _imported(self.of(file)) or self._imports

    def amended(self, file: str, rows: Iterable[Row]) -> Lock:
        """This lock with other rows for one file. The tables are shared, so that it costs nothing for each of many."""
        return _Amended(tuple(rows), True, self, file)

    @cached_property
    def scaffolds(self) -> frozenset[str]:
        """The files of all scaffolds."""
        return frozenset(row.file for row in self.rows if row.kind == "scaffold")

    @cached_property
    def _imports(self) -> frozenset[str]:
        return _imported(self.rows)

    @cached_property
    def _places(self) -> Mapping[tuple[str, ...], tuple[Row, ...]]:
        newest_first = sorted(self.rows, key=lambda row: -row.version)  # a merge may leave two versions
        keys = (((row.kind, row.form), row) for row in newest_first)
        return _grouped((key + more, row) for key, row in keys for more in ((), (row.file,), (row.file, _scope(row))))


@dataclass(frozen=True)
class _Amended(Lock):
    """A lock in which one file has other rows. `rows` are those of that file alone: nobody asks for the whole."""

    base: Lock = field(default_factory=Lock)
    file: str = ""

    def lookups(self, file: str, symbol: str, kind: str, form: str, codemod: str = "") -> tuple[Row, ...]:
        if file == self.file and (own := super().lookups(file, symbol, kind, form, codemod)):
            return own
        rest = (row for row in self.base._places.get((kind, form), ()) if row.file != self.file)
        return tuple(row for row in rest if not codemod or codemod in row.codemods)

    def of(self, file: str) -> tuple[Row, ...]:
        return self.rows if file == self.file else self.base.of(file)

    def imports(self, file: str) -> frozenset[str]:
        return _imported(self.of(file)) or self.base._imports

    @cached_property
    def scaffolds(self) -> frozenset[str]:
        return self.base.scaffolds


def _scope(row: Row) -> str:
    """The symbol where a recognised node of a row stands: an outbound call's says after it what is called."""
    return row.symbol.partition(":")[0]


def _imported(rows: Iterable[Row]) -> frozenset[str]:
    return frozenset(name for row in rows if row.kind == "import" for name in row.form.split(", "))


def load(root: Path) -> bytes | None:
    """The bytes of the lock of a root, None where there is none, whether git lists it or not.

    Raises SpliceError for a lock that is there and cannot be used: without it, what is ours would look like a human's.
    """
    path = root / FILE
    if ledger.current is not None:
        ledger.current.place(str(path))
    if not os.path.lexists(path):
        return None
    if path.is_symlink() or not path.is_file():
        raise SpliceError("is no regular file", file=FILE, fix=f"remove it, or put the file itself there; {_RESTORE}")
    raw = read_file(root, FILE, MAX_BYTES)
    if isinstance(raw, Failed):
        raise SpliceError(f"cannot be read: {raw.detail}", file=FILE, fix=_RESTORE)
    return raw


def read(raw: bytes | None, versions: Mapping[str, int] | None = None) -> Lock:
    """The lock in these bytes; `versions` are the newest known version of each codemod.

    Raises SpliceError for a lock of a newer tool, unresolved conflicts, and any line that is not a row.
    """
    if raw is None or not raw.strip():
        return Lock()
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise _error(raw[: error.start].count(b"\n") + 1, "is not UTF-8") from None
    lines = [(number, line.strip("\r\t ")) for number, line in enumerate(text.split("\n"), 1)]
    lines = [(number, line) for number, line in lines if line]
    _check_format(lines)
    rows = {_row(number, line) for number, line in lines if not _FORMAT.fullmatch(line)}
    for row in rows if versions else ():
        _check_version(row, versions or {})
    return Lock(tuple(sorted(rows, key=_order)), True)


def write(rows: Iterable[Row]) -> bytes:
    """The bytes of a lock with these rows: the same for the same rows, whatever their order."""
    lines = [f"format = {FORMAT}", *(_line(row) for row in sorted(set(rows), key=_order))]
    return ("\n".join(lines) + "\n").encode("ascii")


def gitattributes(raw: bytes | None) -> bytes:
    """What .gitattributes should hold: one line more, unless it already says how the lock merges.

    A file without a final newline stays without one, and an empty one is told from none: `strip_gitattributes`
    gives back exactly what was there.
    """
    if not raw:
        return _ATTRIBUTES + (b"\n" if raw is None else b"")
    for line in raw.splitlines():
        path, *attributes = line.split() or [b""]
        if path in (b"codemod.lock", b"/codemod.lock") and any(_is_merge(word) for word in attributes):
            return raw
    newline = b"\r\n" if b"\r\n" in raw else b"\n"
    return raw + _ATTRIBUTES + newline if raw.endswith((b"\n", b"\r")) else raw + newline + _ATTRIBUTES


def strip_gitattributes(raw: bytes | None) -> bytes | None:
    """.gitattributes without our line; None: there need not be one."""
    if raw is None or raw == _ATTRIBUTES:
        return raw and b""
    lines = raw.splitlines(keepends=True)
    kept = [line for line in lines if line.rstrip(b"\r\n") != _ATTRIBUTES]
    if len(kept) == len(lines):
        return raw
    if kept and lines[-1] == _ATTRIBUTES:
        kept[-1] = kept[-1].rstrip(b"\r\n")  # this newline came with our line
    return b"".join(kept) or None


def _is_merge(attribute: bytes) -> bool:
    return attribute.lstrip(b"-!").partition(b"=")[0] == b"merge"


def _order(row: Row) -> tuple[object, ...]:
    return (
        row.file,
        row.symbol,
        row.kind,
        row.codemods,
        row.operation,
        row.form,
        row.version,
        row.text,
        row.blank,
        row.extra,
    )


def _line(row: Row) -> str:
    """One row; fields that say nothing are left out. Surrogates in names become escapes, so ASCII holds all."""
    values: dict[str, Any] = {name: getattr(row, name) for name in (*_TEXTS, *_NUMBERS)}
    values |= {name: list(getattr(row, name)) for name in _LISTS} | {"extra": dict(row.extra)}
    said = {name: value for name, value in values.items() if value}
    return json.dumps(said, sort_keys=True, separators=(",", ":"))


def _check_format(lines: list[tuple[int, str]]) -> None:
    """Before any row: rows of another format need not be rows to us."""
    found = [(number, int(match[1])) for number, line in lines if (match := _FORMAT.fullmatch(line))]
    for number, written in found:
        if written > FORMAT:
            raise _error(number, f"written by a newer codemod: format {written}", fix="upgrade splice")
    for number, line in lines:
        if line.startswith(_CONFLICT):
            fix = "keep the lines of both sides, delete the markers, and run `codemod run`"
            raise _error(number, "a merge conflict is not resolved", fix=fix)
    if not found:
        raise _error(1, f"the first line must be `format = {FORMAT}`")


def _check_version(row: Row, versions: Mapping[str, int]) -> None:
    known = [versions[codemod] for codemod in row.codemods if codemod in versions]
    if known and row.version > max(known):
        what = f"{show(row.file)} holds version {row.version} of {', '.join(row.codemods)}, known is {max(known)}"
        raise SpliceError(f"written by a newer codemod: {what}", file=FILE, fix="upgrade splice")


def _row(number: int, line: str) -> Row:
    """One checked row. Raises SpliceError."""
    try:
        values = json.loads(line)
    except (ValueError, RecursionError):  # also numbers of thousands of digits, and nesting without end
        raise _error(number, f"is not a row: {show(line[:60])}") from None
    if not isinstance(values, dict):
        raise _error(number, f"is not a row: {show(line[:60])}")
    for name, value in values.items():
        if not _is_valid(name, value):
            raise _error(number, f"has a wrong field: {show(name)}")
    if not values.get("kind") or not _is_inside(values.get("file", "")):
        raise _error(number, f"has no kind, or no file below the root: {show(values.get('file', ''))}")
    lists = {name: tuple(values[name]) for name in _LISTS if name in values}
    extra = tuple(sorted(values.get("extra", {}).items()))
    return Row(**{"symbol": "", **values, **lists, "extra": extra})


def _is_valid(name: str, value: object) -> bool:
    if name in _TEXTS:
        return isinstance(value, str)
    if name in _NUMBERS:
        return type(value) is int and (name == "version") <= value < 10**6
    if name in _LISTS:
        return isinstance(value, list) and all(isinstance(item, str) for item in value)
    if name == "extra":
        return isinstance(value, dict) and all(isinstance(item, str) for item in value.values())
    return False


def _is_inside(file: str) -> bool:
    """A path that cannot lead out of the root by its spelling."""
    return bool(file) and "\0" not in file and all(part not in ("", ".", "..") for part in file.split("/"))


def _error(line: int, message: str, fix: str = _RESTORE) -> SpliceError:
    return SpliceError(message, file=FILE, line=line, fix=fix)


def _grouped(pairs: Iterable[tuple[Any, Row]]) -> dict[Any, tuple[Row, ...]]:
    groups: dict[Any, list[Row]] = {}
    for key, row in pairs:
        groups.setdefault(key, []).append(row)
    return {key: tuple(rows) for key, rows in groups.items()}
