"""Reads files of a repository that nobody vouches for: never waits, never fills the memory, never raises."""

from __future__ import annotations

import codecs
import os
import stat
from pathlib import Path

from splice import ledger
from splice.model import Failed, Reason

MAX_BYTES = 16 * 1024 * 1024  # no service module is that large, and memory is not the repository's to fill
_UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
# Without blocking: between listing and reading a file may have become a FIFO.
_FLAGS = os.O_RDONLY | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)


def searchable(raw: bytes) -> bytes:
    """The bytes in which ASCII words are looked for; UTF-16 is no encoding of modules, yet what it says is seen."""
    return raw.replace(b"\0", b"") if raw.startswith(_UTF16) else raw


def read(root: Path, file: str, most: int = MAX_BYTES) -> bytes | Failed:
    """The bytes of one file below the root. Never raises, and never waits for a FIFO or a device."""
    return read_below(os.fspath(root), file, most)


def read_below(base: str, file: str, most: int = MAX_BYTES) -> bytes | Failed:
    """As `read`, with the root as text: asked for each of ten thousand files."""
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
