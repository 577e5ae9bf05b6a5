"""`codemod.baseline`: what a gate found on the day it was introduced, so that a team can start clean and only improve.

An entry names a diagnostic as its fingerprint does, by kind, file and symbol, never by line. Nothing adds to a
baseline that is there: it gets shorter, and what is fixed must leave it. Like the lock it is one sorted JSON line for
each entry, so that branches merge.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from splice.config import Config
from splice.model import Failed, SpliceError
from splice.sources import committed, disk

if TYPE_CHECKING:
    from splice.report.diagnostics import Diagnostic

FILE = "codemod.baseline"
FORMAT = 1
_HEAD = f"format = {FORMAT}"
_GUARDS = ("app-unprotected", "auth-", "guard-", "observe-", "policy-")
_RESTORE = "restore it from version control, or delete it and run `codemod baseline`"


@dataclass(frozen=True, slots=True, order=True)
class Entry:
    """One diagnostic that is known. `nth` tells those of one place apart."""

    file: str
    kind: str
    symbol: str
    nth: int = 0

    @classmethod
    def of(cls, item: Diagnostic) -> Entry:
        return cls(item.file, item.kind, item.symbol, item.nth)


@dataclass(frozen=True, slots=True)
class Baseline:
    """What a file of entries holds, and which of them count: under `--policy-ref` those that stood there before."""

    present: bool = False
    entries: frozenset[Entry] = frozenset()
    counting: frozenset[Entry] = field(default=frozenset())

    def covers(self, item: Diagnostic, config: Config) -> bool:
        """Whether a diagnostic is known and does not count."""
        return Entry.of(item) in self.counting and may_hold(item, config)

    def fixed(self, items: Iterable[Diagnostic]) -> frozenset[Entry]:
        """The entries of which nothing is to be seen any more."""
        return self.entries - {Entry.of(item) for item in items}


def may_hold(item: Diagnostic, config: Config) -> bool:
    """Whether a baseline may hold a diagnostic.

    Not a note, not a file that could not be handled, and nothing about guards where an outer policy asks for them
    and does not allow to turn them off.
    """
    if item.level == "note" or item.source is None or isinstance(item.source, Failed):
        return False
    demanded = any(outer.speaks_of_guards for outer in config.outers) and not config.may_suppress("auth")
    return not (demanded and item.kind.startswith(_GUARDS))


def load(root: Path, config: Config) -> Baseline:
    """The baseline of a root. Raises SpliceError for one that cannot be used."""
    raw = disk(root).read(FILE)
    entries = read(raw, FILE) if raw is not None else frozenset()
    counting = entries
    if config.commit:
        there = committed(root, config.commit)
        before = there.read(FILE)
        counting &= read(before, there.shown(FILE)) if before is not None else frozenset()
    return Baseline(raw is not None, entries, counting)


def read(raw: bytes, shown: str) -> frozenset[Entry]:
    """The entries in these bytes. Raises SpliceError with the line of what is none."""
    try:
        lines = raw.decode("utf-8-sig").splitlines()
    except UnicodeDecodeError as error:
        raise _error(shown, raw[: error.start].count(b"\n") + 1, "is not UTF-8") from None
    found = [(number, line.strip()) for number, line in enumerate(lines, 1) if line.strip()]
    entries = set()
    for number, line in found:
        if line == _HEAD:
            continue
        if line.startswith("format"):
            fix = "use the version of codemod that wrote it, or a newer one"
            raise SpliceError(f"{line[:40]!a}: this codemod knows format {FORMAT}", file=shown, line=number, fix=fix)
        entries.add(_entry(shown, number, line))
    if found and not any(line == _HEAD for _, line in found):
        raise _error(shown, 1, f"has no line {_HEAD!r}")
    return frozenset(entries)


def _entry(shown: str, number: int, line: str) -> Entry:
    try:
        values: Any = json.loads(line)
    except (ValueError, RecursionError):
        raise _error(shown, number, "is no entry") from None
    texts = ("file", "kind", "symbol")
    if (
        not isinstance(values, dict)
        or set(values) - {*texts, "nth"}
        or not all(isinstance(values.get(name), str) for name in texts)
        or type(values.get("nth", 0)) is not int
    ):
        raise _error(shown, number, "is no entry")
    return Entry(values["file"], values["kind"], values["symbol"], values.get("nth", 0))


def write(entries: Collection[Entry]) -> bytes:
    """The bytes of a baseline with these entries."""
    lines = [_HEAD]
    for one in sorted(entries):
        said: dict[str, Any] = {"file": one.file, "kind": one.kind, "symbol": one.symbol}
        if one.nth:
            said["nth"] = one.nth
        lines.append(json.dumps(said, separators=(",", ":")))
    return ("\n".join(lines) + "\n").encode("ascii")


def _error(shown: str, line: int, what: str) -> SpliceError:
    return SpliceError(what, file=shown, line=line, fix=_RESTORE)
