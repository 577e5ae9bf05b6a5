"""One file on disk, replaced so that it is whole at any moment: the old bytes or the new ones.

A file goes through a temporary file in its own folder, fsync and rename, and is looked at again just before: it
is left alone if somebody changed it since it was read. Nothing is written through a link that leaves the root.
Mode, owner and extended attributes stay. A hard link is broken on purpose: the other names keep their bytes, for
they may belong to somebody else (a package manager's cache, a backup).
"""

from __future__ import annotations

import contextlib
import os
import re
import secrets
import stat
from collections.abc import Collection
from pathlib import Path, PurePosixPath

from splice.model import Change, Reason, Refused

PREFIX = ".splice-tmp-"  # hidden, and no `.py` at its end: a file that a killed run left is never taken for a module
_LEFT = re.compile(re.escape(PREFIX) + "[0-9a-f]{16}")


def is_inside(root: Path, path: Path) -> bool:
    """Whether a path, with all links followed, is the root or lies below it. The path need not exist."""
    real, base = os.path.realpath(path), os.path.realpath(root)
    return real == base or real.startswith(base.rstrip(os.sep) + os.sep)


def put(root: Path, change: Change) -> None:
    """Bring one file to `change.after`. Raises Refused, with the file as it was, when that cannot be done."""
    try:
        real, status = inspect(root, change)
        if change.after is None:
            (root / change.file).unlink(missing_ok=True)
            _sync_folder(real.parent)
        elif status is None or real.read_bytes() != change.after:
            _replace(root, change, real, change.after, status)
    except OSError as error:
        raise Refused(Reason.UNWRITABLE, error.strerror or str(error)) from None


def inspect(root: Path, change: Change) -> tuple[Path, os.stat_result | None]:
    """The real path of a change's file, and its status if it exists; raises Refused when it must not be written."""
    real = _real(root, change.file)
    try:
        status = os.lstat(real)
        if not stat.S_ISREG(status.st_mode):  # reading a pipe would wait for ever
            raise Refused(Reason.UNWRITABLE, "not a regular file")
        current = real.read_bytes()
    except FileNotFoundError:
        if change.after is None:
            return real, None
        if (root / change.file).is_symlink():
            raise Refused(Reason.UNWRITABLE, "a link that leads nowhere") from None
        if change.before is not None:
            raise Refused(Reason.CHANGED_ON_DISK, "the file is gone since it was read") from None
        if not os.access(real.parent, os.W_OK | os.X_OK):
            raise Refused(Reason.UNWRITABLE, f"cannot write into {PurePosixPath(change.file).parent}") from None
        return real, None
    except OSError as error:
        raise Refused(Reason.UNWRITABLE, error.strerror or str(error)) from None
    if current not in (change.before, change.after):
        now = "appeared" if change.before is None else "changed"
        raise Refused(Reason.CHANGED_ON_DISK, f"the file {now} on disk since it was read")
    if not os.access(real, os.W_OK) or not os.access(real.parent, os.W_OK | os.X_OK):
        raise Refused(Reason.UNWRITABLE, "the file or its folder is read-only")
    return real, status


def _real(root: Path, file: str) -> Path:
    """Where a relative path really is: inside the root, and not in git's own folder."""
    parts = PurePosixPath(file).parts
    if not parts or "\0" in file or PurePosixPath(file).is_absolute() or ".." in parts:
        raise Refused(Reason.OUTSIDE_ROOT, "not a path below the root")
    path = root / file
    real = Path(os.path.realpath(path))
    if not is_inside(root, path):
        raise Refused(Reason.OUTSIDE_ROOT, f"{file} leads to {real}")
    if ".git" in (part.lower() for part in real.relative_to(os.path.realpath(root)).parts):
        raise Refused(Reason.OUTSIDE_ROOT, f"{file} leads into git's own folder")
    return real


def _replace(root: Path, change: Change, real: Path, data: bytes, status: os.stat_result | None) -> None:
    """Write beside the file, make it durable, look again, rename."""
    temporary = real.parent / f"{PREFIX}{secrets.token_hex(8)}"
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0), 0o666)
    try:
        with os.fdopen(descriptor, "wb") as stream:
            _claim(descriptor)
            if status is not None:
                _like(descriptor, real, status)
            stream.write(data)
            stream.flush()
            os.fsync(descriptor)
            if inspect(root, change)[0] != real:
                raise Refused(Reason.CHANGED_ON_DISK, "the file moved while it was written")
            temporary.replace(real)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    _sync_folder(real.parent)


def _like(descriptor: int, real: Path, status: os.stat_result) -> None:
    """Give a new file the owner, extended attributes (ACLs among them) and mode of the one that it replaces."""
    mine = os.fstat(descriptor)
    if (status.st_uid, status.st_gid) != (mine.st_uid, mine.st_gid):
        with contextlib.suppress(OSError):  # only root may give files away
            os.fchown(descriptor, status.st_uid, status.st_gid)
    if hasattr(os, "listxattr"):
        with contextlib.suppress(OSError):  # a file system without them
            for name in os.listxattr(real):
                with contextlib.suppress(OSError):  # trusted.* and security.* are for root
                    os.setxattr(descriptor, name, os.getxattr(real, name))
    os.fchmod(descriptor, stat.S_IMODE(status.st_mode))  # after chown, which clears bits


def _sync_folder(folder: Path) -> None:
    with contextlib.suppress(OSError):  # some file systems know no fsync of a folder; the rename has happened
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def sweep(root: Path, folders: Collection[str]) -> None:
    """Remove temporary files that a killed run left in these folders below the root.

    One that a living process writes is locked by it, and stays.
    """
    for folder in sorted(folders):
        with contextlib.suppress(Refused, OSError):
            for left in sorted((_real(root, folder) if folder else root).iterdir()):
                if _LEFT.fullmatch(left.name) and stat.S_ISREG(os.lstat(left).st_mode):
                    with contextlib.suppress(OSError), left.open("rb") as stream:
                        _claim(stream.fileno())
                        left.unlink()


def _claim(descriptor: int) -> None:
    """Lock a file that is being written; raises BlockingIOError when another process holds it."""
    try:
        import fcntl
    except ImportError:  # pragma: no cover - no such lock on this platform
        return
    fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
