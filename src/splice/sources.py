"""Where the files of a configuration are read: a folder, a commit of git, an installed package."""

from __future__ import annotations

import os
import re
import site
import sys
import sysconfig
from collections.abc import Callable
from dataclasses import dataclass
from importlib.machinery import PathFinder
from pathlib import Path

from splice import ledger
from splice.git import git
from splice.model import SpliceError
from splice.tomlfile import MAX_BYTES, read_bytes, show


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
        if ledger.current is not None:
            ledger.current.place(str(there))
        if not there.is_file():  # a folder or a pipe of that name configures nothing
            return None
        if "/" in path and not os.path.realpath(there).startswith(base.rstrip(os.sep) + os.sep):
            raise SpliceError("leads outside the root", file=shown)
        return read_bytes(there, shown)

    return Tree(content)


def commit_of(root: Path, ref: str, option: str = "--policy-ref") -> str:
    """The commit that a name of git stands for, as `option` gives it. Raises SpliceError."""
    asked = git(str(root), "rev-parse", "--verify", "--quiet", "--end-of-options", f"{ref}^{{commit}}")
    if asked is None:
        raise SpliceError(f"{option} {show(ref)}: git cannot be asked", fix="run it in a git repository")
    found = asked.stdout.decode("ascii", "replace").strip()
    if asked.returncode != 0 or not re.fullmatch(r"[0-9a-f]{40,64}", found):
        fix = "git fetch it first: a shallow clone has no other branch"
        raise SpliceError(f"{option} {show(ref)}: git knows no such commit", fix=fix)
    return found


def committed(root: Path, commit: str, ref: str = "") -> Tree:
    """The files below a root as a commit has them. A link there is no file."""

    def content(path: str, shown: str) -> bytes | None:
        listed = git(str(root), "ls-tree", "-l", "-z", commit, "--", f":(literal){path}")
        if listed is None or listed.returncode != 0:
            raise SpliceError("git cannot list it", file=shown)
        entry = listed.stdout.split(b"\0")[0].split(b"\t")[0].split()
        if not entry:
            return None
        if len(entry) != 4 or entry[0] not in (b"100644", b"100755") or not entry[3].isdigit():
            raise SpliceError("is no plain file there", file=shown)
        if int(entry[3]) > MAX_BYTES:
            raise SpliceError(f"is larger than {MAX_BYTES // 1024 // 1024} MiB", file=shown)
        held = git(str(root), "cat-file", "blob", entry[2].decode("ascii"))
        if held is None or held.returncode != 0:
            raise SpliceError("git cannot read it", file=shown)
        return held.stdout

    return Tree(content, f"{ref or commit}:")


def packaged(root: Path, name: str) -> bytes:
    """A file of an installed package, `acme_policy:codemod.toml`, without importing the package.

    Raises SpliceError. What lies in the repository itself is no installed package: there it could be changed.
    """
    module, _, path = name.partition(":")
    places = _installed(root)
    for part in module.split("."):
        spec = PathFinder.find_spec(part, places)
        places = list(spec.submodule_search_locations or ()) if spec is not None else []
    for folder in places:
        base, there = os.path.realpath(folder), os.path.realpath(Path(folder, path))
        if there.startswith(base + os.sep) and Path(there).is_file():
            return read_bytes(Path(there), name)
    what = (
        f"the installed package {show(module)} has no file {show(path)}"
        if places
        else f"no package {show(module)} is installed"
    )
    raise SpliceError(f"extends: {what}", fix="install it beside splice")


def _installed(root: Path) -> list[str]:
    """Where packages are installed: of what lies in the repository only the environment that runs this."""
    base = os.path.realpath(root)
    own = {os.path.realpath(path) for path in (*_site(), sysconfig.get_path("purelib"), sysconfig.get_path("platlib"))}
    found = []
    for entry in sys.path:
        real = os.path.realpath(entry)
        inside = real == base or real.startswith(base.rstrip(os.sep) + os.sep)
        if entry and Path(entry).is_absolute() and (real in own or not inside):
            found.append(entry)
    return found


def _site() -> list[str]:
    return [*site.getsitepackages(), *([site.getusersitepackages()] if site.ENABLE_USER_SITE else [])]
