"""What semgrep has said of a text, kept in the user's cache folder until the rules or semgrep are others.

A result belongs to the content of a file, the content of every rule file and one executable. Only what was checked
completely is kept, so that trouble is looked at anew each time.
"""

from __future__ import annotations

import os
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from splice.cache.store import load, pack, save, unpack
from splice.digest import SIZE, digest
from splice.ledger import signature

MOST = 20_000  # texts per set of rules, the latest
_YOUNG = 2_000_000_000  # nanoseconds in which an executable may be another one without looking it
_Said = tuple[tuple[str, ...], ...]  # per match: rule, line, message, severity


def version_of(executable: str) -> str:
    """The version that this executable has told before; "" if nobody has asked it yet."""
    blocks = load(f"semgrep-{_identity(executable)}") if _identity(executable) else None
    return blocks[0].decode("ascii", "replace") if blocks else ""


def remember_version(executable: str, version: str) -> None:
    if version and _identity(executable):
        save(f"semgrep-{_identity(executable)}", [version.encode("ascii", "replace")])


class Known:
    """What an executable has said with some rules, by the digest of the text."""

    def __init__(self, executable: str, options: Sequence[str], rules: Sequence[Path]) -> None:
        self._name, identity = "", _identity(executable)
        try:
            contents = b"".join(digest(path.read_bytes()) for path in rules)
        except OSError:
            contents = b""  # semgrep says what is wrong
        if identity and contents:
            asked = "\0".join((identity, *options)).encode() + contents
            self._name = f"scans-{digest(asked)[:16].hex()}"
        self.version, self._said = self._load()

    def _load(self) -> tuple[str, dict[bytes, _Said]]:
        blocks = load(self._name) if self._name else None
        try:
            version, *entries = blocks or [b""]
            return version.decode("ascii"), {entry[:SIZE]: _matches(entry[SIZE:]) for entry in entries}
        except ValueError:
            return "", {}

    def of(self, text: bytes) -> _Said | None:
        """The matches in a text, None where it has not been looked at."""
        return self._said.get(digest(text))

    def add(self, version: str, said: Mapping[bytes, _Said]) -> None:
        """Keep what was said of these texts, and of the latest before them."""
        self.version = version
        self._said |= {digest(text): matches for text, matches in said.items()}
        latest = [*self._said.items()][-MOST:]
        entries = [key + pack([_packed(match) for match in matches]) for key, matches in latest]
        if self._name:
            save(self._name, [version.encode("ascii", "replace"), *entries])


def _matches(raw: bytes) -> _Said:
    return tuple(tuple(part.decode() for part in unpack(match)) for match in unpack(raw))


def _packed(match: Sequence[str]) -> bytes:
    return pack([part.encode("utf-8", "replace") for part in match])


def _identity(executable: str) -> str:
    """Which program this is; "" where that cannot be told yet."""
    try:
        status = Path(executable).stat()
    except OSError:
        return ""
    if time.time_ns() - status.st_ctime_ns < _YOUNG:
        return ""
    return digest(f"{os.path.realpath(executable)} {signature(status)}".encode("utf-8", "surrogateescape"))[:16].hex()
