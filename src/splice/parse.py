"""The parse stage: bytes of a file to a `Module`, at most once per file; what does not parse is remembered.

Everything is read once. `raw` keeps what was read, so that the write stage can tell when a file has changed
on disk since.
"""

from __future__ import annotations

import ast
import functools
import re
import warnings
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from splice.headers import generated
from splice.model import Failed, Reason, Refused
from splice.prefilter import read
from splice.resolve import Names
from splice.seeds import importing
from splice.source import Source
from splice.symbols import Module
from splice.tables import build

_DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
# Python parses these; whoever prints one gets a ValueError.
_HUGE = re.compile(rb"\b0[xX][0-9a-fA-F_]{3570}|\b0[oO][0-7_]{4761}|\b0[bB][01_]{14284}")


class Files:
    """The files of a run, read on demand; `unsaved` are those of which an editor holds a newer text than the disk."""

    def __init__(self, root: Path, names: Iterable[str], unsaved: Mapping[str, bytes] | None = None) -> None:
        self.root = root
        self.names = frozenset(names)
        self.unsaved = unsaved or {}
        self.raw: dict[str, bytes | None] = {file: raw for file, raw in self.unsaved.items() if file in self.names}

    def read(self, file: str) -> bytes:
        """The bytes of a file; empty when there is none that can be read (see `exists`)."""
        return self.get(file) or b""

    def get(self, file: str) -> bytes | None:
        """The bytes of a file, None when it is not there, cannot be read, or is no regular file of a sane size."""
        if file not in self.raw:
            raw = read(self.root, file)
            self.raw[file] = None if isinstance(raw, Failed) else raw
        return self.raw[file]


def tree_of(text: str, file: str = "<text>") -> ast.Module:
    """The syntax tree of a text, quietly. Raises Refused (SYNTAX, TOO_DEEP) with the line."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ast.parse(text, file)
    except SyntaxError as error:
        detail = error.msg or "does not parse"
        reason = Reason.TOO_DEEP if "too many nested" in detail else Reason.SYNTAX
        raise Refused(reason, detail, error.lineno or 0) from None
    except (RecursionError, MemoryError):
        raise Refused(Reason.TOO_DEEP, "nested too deeply for Python's own parser") from None
    except ValueError as error:
        raise Refused(Reason.SYNTAX, str(error)) from None


def module_of(file: str, name: str, raw: bytes) -> Module:
    """The module in these bytes. Raises Refused."""
    source = Source.decode(raw)
    if huge := _HUGE.search(raw):
        line = raw[: huge.start()].count(b"\n") + 1
        raise Refused(Reason.TOO_DEEP, "a number of more digits than Python converts to decimal", line)
    tree = tree_of(source.text, file)
    if generated(raw) == "scaffold":
        tree.body = [_outline(node) for node in tree.body if isinstance(node, _DEFINITIONS)]
    try:
        return build(file, name, source, tree)
    except RecursionError:
        raise Refused(Reason.TOO_DEEP, "nested too deeply") from None


def _outline(node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) -> ast.stmt:
    """A definition of a scaffold without what it does: the service is looked at as if our insertions were not there."""
    node.body = [ast.copy_location(ast.Pass(), node.body[0])]
    node.decorator_list = []
    return node


def loader(files: Files, names: Names, failures: dict[str, Failed]) -> Callable[[str], Module | None]:
    """A function that parses a file of the run; None when there is none, or it failed (then see `failures`)."""

    def load(file: str) -> Module | None:
        if file not in files.names:
            return None
        raw = files.get(file)
        try:
            if raw is None:
                raise Refused(Reason.UNREADABLE, "cannot be read")
            return module_of(file, names.module_of(file), raw)
        except Refused as refused:
            failures[file] = Failed(file, refused.reason, refused.detail, refused.line)
            return None

    return load


_SETTINGS = (".py", ".cfg", ".ini", ".toml", ".conf", ".env")


def mentions(files: Files, names: Iterable[str]) -> Callable[[str], tuple[str, int] | None]:
    """A function that says where a setting is named first: in one of these Python files, or in a file of settings."""

    @functools.cache
    def mentioned(word: str) -> tuple[str, int] | None:
        sought = word.encode()
        for file in sorted(names):
            base = file.rpartition("/")[2]
            raw = files.get(file) or b"" if file.endswith(_SETTINGS) or base.startswith(".env") else b""
            if sought in raw:
                return file, raw[: raw.index(sought)].count(b"\n") + 1
        return None

    return mentioned


def imports(files: Files, known: Mapping[str, bool] | None = None) -> Callable[[str], bool]:
    """A function that says whether any Python file of the run, parsed or not, may import a package, going by its text.

    So does one whose name holds that of the package: who imports `flask_restx` may have a Flask app.
    A framework that nobody imports has nothing here, and need not ask what each of ten thousand calls makes.
    `known`: what is known already.
    """

    @functools.cache
    def imported(package: str) -> bool:
        if known and package in known:
            return known[package]
        name, statement = package.encode(), importing(package)
        texts = (files.get(file) or b"" for file in sorted(files.names) if file.endswith(".py"))
        return any(name in text and statement.search(text) is not None for text in texts)

    return imported
