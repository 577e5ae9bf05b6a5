"""Which files differ from a commit: what a pull request changes, for a gate that judges only that.

Files that git does not know yet count as well. The whole repository is read all the same: a router in another file
decides how a handler is called.
"""

from __future__ import annotations

from pathlib import Path

from splice.config import differs
from splice.git import git
from splice.model import SpliceError
from splice.registry import codemods
from splice.sources import commit_of
from splice.tomlfile import show

OPTION = "--changed-since"


def changed_since(root: Path, ref: str, config_file: Path | None) -> frozenset[str] | None:
    """The files below `root` that differ from `ref`; None for all, when the configuration says other things now.

    Raises SpliceError when git knows no such commit, or cannot be asked.
    """
    commit = commit_of(root, ref, OPTION)
    if differs(root, commit, config_file, codemods()):
        return None
    base = str(root)
    found: set[str] = set()
    for command in (
        ("diff", "--name-only", "-z", "--relative", "--no-renames", "--no-ext-diff", "--no-textconv", commit, "--"),
        ("ls-files", "--others", "--exclude-standard", "-z"),
    ):
        asked = git(base, *command)
        if asked is None or asked.returncode != 0:
            fix = "leave the option out, or run it in a git repository"
            raise SpliceError(f"{OPTION} {show(ref)}: git cannot say what differs", fix=fix)
        found |= {name.decode("utf-8", "surrogateescape") for name in asked.stdout.split(b"\0") if name}
    return frozenset(found)
