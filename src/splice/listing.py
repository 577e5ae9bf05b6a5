"""Two ways to list the files below a root: ask git, or walk and honour .gitignore files.

The repository is not trusted: the walk follows no link to a folder.
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING

from splice.git import git, is_skipped
from splice.model import Failed, Reason
from splice.patterns import refusal
from splice.prefilter import read

if TYPE_CHECKING:
    import pathspec

_UNREAD = re.compile(rb"^warning: could not open directory '(.+?)': ([^\n]+)$", re.MULTILINE | re.DOTALL)


def from_git(base: str, failed: list[Failed]) -> list[str] | None:
    """Tracked and untracked files that git does not ignore, or None where git cannot say.

    That is: no git, no work tree, or a root that an outer repository ignores and so sees nothing of.
    Folders that git cannot read go to `failed`: it passes over them, and says so aside.
    """
    if not os.path.lexists(f"{base}/.git"):
        ignored = git(base, "check-ignore", "--no-index", "--quiet", ".")
        if ignored is None or ignored.returncode != 1:
            return None
    listed = git(base, "ls-files", "-z", "--cached", "--others", "--exclude-standard")
    if listed is None or listed.returncode != 0:
        return None
    unread = [(os.fsdecode(m[1]).rstrip("/"), m[2].decode("ascii", "replace")) for m in _UNREAD.finditer(listed.stderr)]
    failed += [Failed(folder, Reason.UNREADABLE, why) for folder, why in unread]
    return [os.fsdecode(name) for name in listed.stdout.split(b"\0") if name and not name.endswith(b"/")]


def walk(base: str, failed: list[Failed]) -> list[str]:
    """Files and links below `base` that no .gitignore there names; folders that cannot be read go to `failed`."""
    found: list[str] = []
    todo: list[tuple[str, tuple[tuple[str, pathspec.GitIgnoreSpec], ...]]] = [("", ())]
    while todo:
        folder, rules = todo.pop()
        try:
            with os.scandir(f"{base}/{folder}") as scanned:
                entries = list(scanned)
        except OSError as error:
            failed.append(Failed(folder.rstrip("/") or ".", Reason.UNREADABLE, error.strerror or "cannot be listed"))
            continue
        names = {entry.name for entry in entries}
        ignores = any(entry.name == ".gitignore" and not entry.is_dir() for entry in entries)
        if folder and "pyvenv.cfg" in names:
            continue
        if ignores:
            rules = (*rules, (folder, _ignore_file(base, folder + ".gitignore", failed)))
        for entry in entries:
            path = folder + entry.name
            if entry.is_dir(follow_symlinks=False):
                if not is_skipped(entry.name) and not _ignored(path + "/", rules):
                    todo.append((path + "/", rules))
            elif not _ignored(path, rules):
                found.append(path)
    return found


def _ignore_file(base: str, file: str, failed: list[Failed]) -> pathspec.GitIgnoreSpec:
    """The rules of one .gitignore. Patterns that cannot be used are left out: more files are seen, not fewer."""
    import pathspec

    raw = read(Path(base), file)
    if isinstance(raw, Failed):
        failed.append(raw)
    text = "" if isinstance(raw, Failed) else os.fsdecode(raw.removeprefix(b"\xef\xbb\xbf"))
    lines = [line.removesuffix("\r") for line in text.split("\n")]
    return pathspec.GitIgnoreSpec.from_lines([line for line in lines if not refusal(line)])


def _ignored(path: str, rules: tuple[tuple[str, pathspec.GitIgnoreSpec], ...]) -> bool:
    """The .gitignore nearest to the path that says anything decides."""
    for folder, spec in reversed(rules):
        decision = spec.check_file(path[len(folder) :]).include
        if decision is not None:
            return decision
    return False
