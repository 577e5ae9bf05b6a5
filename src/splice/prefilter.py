"""Reads files, each once, and passes on those whose bytes could hold a join point.

Bytes are searched before anything is parsed: of a large repository few files survive. Generated files are
told from their header (headers.py), where their bytes are at hand, and only when they would survive.
"""

from __future__ import annotations

import codecs
import os
import stat
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from splice import ledger
from splice.headers import generated
from splice.model import Failed, Reason

__all__ = ["Excluded", "Read", "generated", "prefilter", "read", "searchable"]

MAX_BYTES = 16 * 1024 * 1024  # no service module is that large, and memory is not the repository's to fill
_UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
# Without blocking: between listing and reading a file may have become a FIFO.
_FLAGS = os.O_RDONLY | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)


@dataclass(frozen=True, slots=True)
class Read:
    """A file that holds a token, with its bytes."""

    file: str
    raw: bytes


@dataclass(frozen=True, slots=True)
class Excluded:
    """A file that holds a token and is not the user's to write: "generated", or our own "scaffold"."""

    file: str
    why: str


def prefilter(
    root: Path,
    files: Iterable[str],
    tokens: Sequence[bytes],
    kept: Collection[str] = frozenset(),
    known: Mapping[str, bytes | None] | None = None,
) -> Iterator[Read | Excluded | Failed]:
    """The files that contain any token, in the order given; no token, no file.

    Files in `kept` (`Discovery.kept`) pass whatever their header says; those in `known` are not read again.
    """
    base, known = os.fspath(root), known or {}
    for file in files:
        there = known.get(file)
        raw = _read(base, file) if there is None else there
        if isinstance(raw, Failed):
            yield raw
            continue
        searched = searchable(raw)
        for token in tokens:
            if token in searched:
                why = generated(raw)
                yield Excluded(file, why) if why == "scaffold" or (why and file not in kept) else Read(file, raw)
                break


def searchable(raw: bytes) -> bytes:
    """The bytes in which ASCII words are looked for; UTF-16 is no encoding of modules, yet what it says is seen."""
    return raw.replace(b"\0", b"") if raw.startswith(_UTF16) else raw


def read(root: Path, file: str, most: int = MAX_BYTES) -> bytes | Failed:
    """The bytes of one file below the root. Never raises, and never waits for a FIFO or a device."""
    return _read(os.fspath(root), file, most)


def _read(base: str, file: str, most: int = MAX_BYTES) -> bytes | Failed:
    path, noted = f"{base}/{file}", ledger.current
    try:
        handle = os.open(path, _FLAGS)
    except (OSError, ValueError) as error:
        if noted is not None:
            noted.missing(path) if isinstance(error, FileNotFoundError) else noted.lost()
        return Failed(file, Reason.UNREADABLE, str(getattr(error, "strerror", error)))
    try:
        status = os.fstat(handle)
        if not stat.S_ISREG(status.st_mode):
            raise OSError(0, "not a regular file")
        if status.st_size > most:
            raise OSError(0, f"larger than {most // 1024 // 1024} MiB")
        raw = os.read(handle, status.st_size + 1)
        while len(raw) < status.st_size and (more := os.read(handle, status.st_size + 1 - len(raw))):
            raw += more
    except OSError as error:
        if noted is not None:
            noted.lost()
        return Failed(file, Reason.UNREADABLE, error.strerror or "cannot be read")
    finally:
        os.close(handle)
    if noted is not None:
        noted.read(path, status, raw)
    return raw
