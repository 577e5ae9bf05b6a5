"""The folder of the cache: small files that are written whole or not at all, and that nobody else can have written.

Anything unexpected (another owner, another format, a wrong checksum, a full disk) means that there is no cache.
"""

from __future__ import annotations

import os
import stat

from splice.digest import SIZE, digest

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

disabled = False  # while a command runs that is to answer without it
FILES = 64  # kept at most, the newest
BYTES = 64 * 1024 * 1024
_MAGIC = b"splice cache 1\n"
_ABANDONED = 3600  # seconds, after which a file that is being written is written by nobody any more
_FLAGS = getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)


def folder() -> str:
    """The cache folder: `CODEMOD_CACHE_DIR`, else `splice` in the user's cache folder; "" where none can be used.

    A folder inside a repository is none: what stands there may have come with the repository.
    """
    given = "" if disabled else os.environ.get("CODEMOD_CACHE_DIR")
    if given is None:
        above = os.environ.get("XDG_CACHE_HOME", "")
        above = above if os.path.isabs(above) else os.path.expanduser("~/.cache")
        given = f"{above}/splice"
    if not os.path.isabs(given) or not hasattr(os, "geteuid"):
        return ""
    real = os.path.realpath(given)
    above = real
    while True:
        if os.path.lexists(f"{above}/.git"):
            return ""
        if above == os.path.dirname(above):
            return real
        above = os.path.dirname(above)


def load(name: str) -> list[bytes] | None:
    """The blocks of a file of the cache, None when there is none that can be used."""
    place = folder()
    try:
        if not place or not _is_ours(os.stat(place), stat.S_IFDIR):
            return None
        handle = os.open(f"{place}/{name}", os.O_RDONLY | _FLAGS)
        try:
            status = os.fstat(handle)
            if not _is_ours(status, stat.S_IFREG) or status.st_size > BYTES:
                return None
            raw = os.read(handle, status.st_size + 1)
        finally:
            os.close(handle)
        body = raw[len(_MAGIC) + SIZE :]
        return unpack(body) if raw[: len(_MAGIC) + SIZE] == _MAGIC + digest(body) else None
    except (OSError, ValueError):
        return None


def save(name: str, blocks: Sequence[bytes]) -> None:
    """Keep blocks under a name, if that is possible; of two who do so at once, one wins."""
    body = pack(blocks)
    place = folder()
    if not place or len(body) > BYTES // 4:
        return
    temporary = f"{place}/{name}.{os.getpid()}.{os.urandom(4).hex()}"
    try:
        os.makedirs(place, 0o700, exist_ok=True)
        if not _is_ours(os.stat(place), stat.S_IFDIR):
            return
        handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | _FLAGS, 0o600)
        try:
            with open(handle, "wb") as stream:
                stream.write(_MAGIC + digest(body) + body)
            os.replace(temporary, f"{place}/{name}")
        except BaseException:
            os.unlink(temporary)
            raise
        _prune(place)
    except (OSError, ValueError):
        return


def used(name: str) -> None:
    """Note that a file was of use: the others are thrown away before it."""
    try:
        os.utime(f"{folder()}/{name}")
    except (OSError, ValueError):
        return


def pack(blocks: Sequence[bytes]) -> bytes:
    """Blocks in one."""
    sizes = b" ".join(b"%d" % len(block) for block in blocks)
    return b"%d %s\n%s" % (len(blocks), sizes, b"".join(blocks))


def unpack(raw: bytes) -> list[bytes]:
    """The blocks that `pack` has put into one. Raises ValueError."""
    head, _, rest = raw.partition(b"\n")
    count, *sizes = (int(size) for size in head.split())
    if count != len(sizes) or sum(sizes) != len(rest):
        raise ValueError("blocks of another length")
    blocks, at = [], 0
    for size in sizes:
        blocks.append(rest[at : at + size])
        at += size
    return blocks


def _is_ours(status: os.stat_result, kind: int) -> bool:
    """Whether this user owns it, and nobody else may write to it."""
    return stat.S_IFMT(status.st_mode) == kind and status.st_uid == os.geteuid() and not status.st_mode & 0o022


def _prune(place: str) -> None:
    """Throw away what is too much, the oldest first, and what others have begun to write and left."""
    with os.scandir(place) as scanned:
        found = sorted(((e.stat(follow_symlinks=False), e.name) for e in scanned), key=lambda one: -one[0].st_mtime_ns)
    newest = found[0][0].st_mtime if found else 0
    count = size = 0
    for status, name in found:
        if not stat.S_ISREG(status.st_mode):
            continue
        written = name.count(".") == 0
        count, size = count + written, size + status.st_size
        late = count > FILES or size > BYTES if written else newest - status.st_mtime > _ABANDONED
        if late:
            os.unlink(f"{place}/{name}")
