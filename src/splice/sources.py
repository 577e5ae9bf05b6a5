"""Where the files of a configuration are read: a folder, a commit of git, an installed package."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from splice.model import SpliceError
from splice.tomlfile import read_bytes


@dataclass(frozen=True, slots=True)
class Tree:
    """Files by their path below a root, with `/`; `prefix` is how messages call them."""

    content: Callable[[str, str], bytes | None]  # path, and its name in messages
    prefix: str = ""

    def shown(self, path: str) -> str:
        return self.prefix + path

    def read(self, path: str) -> bytes | None:
        """The bytes of a file, None when there is none. Raises SpliceError for one that cannot be read."""
        return self.content(path, self.shown(path))


def disk(root: Path) -> Tree:
    """The files as they are in a folder. One in a subfolder must not lead out of it."""
    base = os.path.realpath(root)

    def content(path: str, shown: str) -> bytes | None:
        there = root / path
        if not os.path.lexists(there):
            return None
        if "/" in path and not os.path.realpath(there).startswith(base.rstrip(os.sep) + os.sep):
            raise SpliceError("leads outside the root", file=shown)
        return read_bytes(there, shown)

    return Tree(content)
