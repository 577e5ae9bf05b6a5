"""Which configuration root a file belongs to: the one in which the command would look at it."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from pygls.uris import to_fs_path

from splice.config import find_root, is_root


def path_of(uri: str) -> Path | None:
    """The file behind a URI, links resolved; None when it is no file."""
    path = to_fs_path(uri) if uri.startswith("file:") else None
    return Path(path).resolve() if path else None


def root_of(path: Path, folders: Iterable[Path]) -> Path:
    """The nearest folder around a file that configures itself, within its workspace folder; else that folder's root.

    A workspace may be a repository of many services, each with a configuration of its own.
    """
    around = [folder for folder in folders if path.is_relative_to(folder)]
    if not around:
        return find_root(path.parent)
    top = max(around, key=lambda folder: len(folder.parts))
    for folder in path.parents:
        if not folder.is_relative_to(top):
            break
        if is_root(folder):
            return folder
    return find_root(top)
