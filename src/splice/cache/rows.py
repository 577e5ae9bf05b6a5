"""Files that an answer came from: what each was, and whether it still is that.

A file is unchanged when its size, mtime, ctime and inode are: ctime cannot be set back, whatever an mtime is restored
to. One that was so young when it was looked at that it may have changed twice within one tick of the clock is read
again, and so is one whose status is another: what counts in the end is the content (what git calls racy).
"""

from __future__ import annotations

import os
import stat

from splice.cache.store import pack, unpack
from splice.digest import SIZE, digest
from splice.ledger import NOTHING, signature

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from splice.ledger import Signature

MARGIN = 2_000_000_000  # nanoseconds: the longest tick of a file system's clock
_FLAGS = os.O_RDONLY | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_NONBLOCK", 0)
_WIDTH = 4
#: What a row says of its path: the content of a plain file, that of a file that a link may lead to, the names in a
#: folder, or only the status (`FIXED`: where that differs, nothing is known).
PLAIN, FOLLOWED, NAMES, FIXED = "plain", "followed", "names", "fixed"


class Rows:
    """Some paths below one base, all of one kind, with their signatures and the digests of their contents."""

    __slots__ = ("base", "digests", "kind", "names", "numbers")

    def __init__(self, kind: str, base: str, names: list[str], numbers: list[int], digests: bytes) -> None:
        self.kind, self.base, self.names, self.numbers, self.digests = kind, base, names, numbers, digests

    @classmethod
    def of(cls, kind: str, base: str, found: Iterable[tuple[str, Signature, bytes]]) -> Rows:
        rows = list(found)
        digests = b"".join(content.ljust(SIZE, b"\0") for _, _, content in rows)
        return cls(kind, base, [name for name, _, _ in rows], [n for _, numbers, _ in rows for n in numbers], digests)

    def pack(self) -> bytes:
        numbers = b"".join(n.to_bytes(8, "little", signed=True) for n in self.numbers)
        names = os.fsencode("\0".join(self.names))
        return pack([self.kind.encode(), os.fsencode(self.base), names, numbers, self.digests])

    @classmethod
    def unpack(cls, raw: bytes) -> Rows:
        kind, base, names, numbers, digests = unpack(raw)
        if _is_little():
            values = memoryview(numbers).cast("q").tolist()
        else:
            values = [int.from_bytes(numbers[i : i + 8], "little", signed=True) for i in range(0, len(numbers), 8)]
        listed = os.fsdecode(names).split("\0") if names else []
        if len(values) != _WIDTH * len(listed) or len(digests) != SIZE * len(listed):
            raise ValueError("rows of another length")
        return cls(kind.decode(), os.fsdecode(base), listed, values, digests)

    def still(self, taken: int, same: Callable[[Rows, int, Signature], bool]) -> Rows | None:
        """These rows as they are now, None if the content of any has changed.

        `taken`: when they were looked at, in nanoseconds. `same`: whether the content of a row is what it was, asked
        only where the status does not tell.
        """
        look = os.lstat if self.kind == PLAIN else os.stat
        base, bits = self.base, (1 << 63) - 1
        found: list[int] = []
        for name in self.names:
            try:
                status = look(base + name)
                found += (status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_ino & bits)
            except FileNotFoundError:
                found += NOTHING
            except (OSError, ValueError):
                return None
        young = taken - MARGIN
        if found == self.numbers and max(found[2::_WIDTH], default=0) < young:
            return self
        for index in range(len(self.names)):
            at = index * _WIDTH
            now = (found[at], found[at + 1], found[at + 2], found[at + 3])
            alike = list(now) == self.numbers[at : at + _WIDTH]
            if (not alike or (now[2] >= young and self.kind != FIXED)) and not same(self, index, now):
                return None
        return Rows(self.kind, base, self.names, found, self.digests)

    def digest(self, index: int) -> bytes:
        return self.digests[index * SIZE : (index + 1) * SIZE]


def same_content(rows: Rows, index: int, now: Signature) -> bool:
    """Whether the content of a row is what it was."""
    if rows.kind == FIXED or now == NOTHING or rows.numbers[index * _WIDTH] == NOTHING[0]:
        return False
    if rows.kind != NAMES and rows.numbers[index * _WIDTH] != now[0]:
        return False
    found = content(rows.kind, rows.base + rows.names[index])
    return found is not None and found == (now, rows.digest(index))


def content(kind: str, path: str) -> tuple[Signature, bytes] | None:
    """The signature of a path from before its content was read, and the digest of that; None if it is no such thing."""
    try:
        if kind == NAMES:
            before = signature(os.stat(path))
            names = sorted(name for name in os.listdir(path) if name[:1] != "." and name != "__pycache__")  # no modules
            return before, digest(os.fsencode("\0".join(names)))
        handle = os.open(path, _FLAGS | (getattr(os, "O_NOFOLLOW", 0) if kind == PLAIN else 0))
        try:
            status = os.fstat(handle)
            if not stat.S_ISREG(status.st_mode):
                return None
            if kind == FIXED:
                return signature(status), b""
            parts = []
            while part := os.read(handle, status.st_size + 1):
                parts.append(part)
            return signature(status), digest(b"".join(parts))
        finally:
            os.close(handle)
    except (OSError, ValueError):
        return None


def _is_little() -> bool:
    """Whether numbers in memory stand as they do in a row."""
    return memoryview((1).to_bytes(8, "little")).cast("q")[0] == 1
