"""What an answer was made from, written down while it is made: files read, questions to git, paths of the command.

Notes are taken inside `with Ledger() as ledger`; otherwise nothing is noted and nothing is hashed. Whoever reads a
file of the repository notes it here, with the very bytes that were read: cache/keep.py keeps an answer by them.
"""

from __future__ import annotations

import os
import stat

from splice.digest import digest

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

Signature = tuple[int, int, int, int]  # size, mtime, ctime and inode: the last two cannot be set back
NOTHING: Signature = (-1, 0, 0, 0)  # of a path where there is no file
_BITS = (1 << 63) - 1  # an inode has 64 bits, a signature is kept as signed numbers


def signature(status: os.stat_result) -> Signature:
    return status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_ino & _BITS


def standing(path: str) -> bytes:
    """What stands at a path, in a digest: of which kind it is, and where it really is."""
    try:
        kind = stat.S_IFMT(os.stat(path).st_mode)
    except OSError:
        kind = -1 if os.path.lexists(path) else 0
    return digest(b"%d %s" % (kind, os.fsencode(os.path.realpath(path))))


class Ledger:
    """The notes on one answer. `sound` is False where something was met that cannot be looked at again later."""

    def __init__(self) -> None:
        self.sound = True
        self.files: dict[str, tuple[Signature, bytes]] = {}  # path -> what it was when it was read, digest of it
        self.git: dict[tuple[str, ...], tuple[int, bytes, bytes]] = {}  # base, arguments -> code, output, complaint
        self.odd: set[str] = set()  # those of them that git lists and that are no plain files
        self.places: dict[str, bytes] = {}  # path -> digest of what stands there, where only that matters

    def __enter__(self) -> Ledger:
        global current
        current = self
        return self

    def __exit__(self, *_: object) -> None:
        global current
        current = None

    def read(self, path: str, status: os.stat_result, raw: bytes) -> None:
        """The bytes of a file, and its status from before they were read."""
        entry = (signature(status), digest(raw))
        if self.files.setdefault(path, entry) != entry:
            self.sound = False  # it has changed meanwhile

    def place(self, path: str, listed: str = "") -> None:
        """A path of which it matters what stands there; `listed` is what git calls it, where git lists it."""
        self.places[path] = standing(path)
        if listed:
            self.odd.add(listed)

    def missing(self, path: str) -> None:
        """A file that was looked for and is not there."""
        if self.files.setdefault(path, (NOTHING, b"")) != (NOTHING, b""):
            self.sound = False

    def lost(self) -> None:
        """Something was met that cannot be looked at again: no answer that it had a part in is kept."""
        self.sound = False

    def asked(self, base: str, arguments: Sequence[str], said: tuple[int, bytes, bytes] | None) -> None:
        """What git said, None if nothing."""
        if said is None or self.git.setdefault((base, *arguments), said) != said:
            self.sound = False


current: Ledger | None = None  # readers are everywhere, and one answer is made at a time
