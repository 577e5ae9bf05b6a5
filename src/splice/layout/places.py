"""Which package a folder is, and which folder its imports start from.

An `__init__.py` chain ends at an import root. Where it ends at a folder that nobody states as a root, the
repository's imports decide: a namespace package (PEP 420), or a folder of scripts that is its own root.
"""

from __future__ import annotations

import keyword
import posixpath
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from splice.layout.evidence import Evidence
from splice.layout.roots import stated
from splice.metadata import Read, above

_PROJECT = frozenset({"pyproject.toml", "setup.py", "setup.cfg", "manage.py"})
_SERVICE = _PROJECT | {"Pipfile", "Dockerfile", "Procfile", "requirements.txt", "requirements.in"}
_KNOWN_ROOTS = frozenset({"src", "lib"})


@dataclass(frozen=True, slots=True)
class Site:
    """A scaffold: its file, and the dotted name that absolute imports use."""

    path: str  # "src/orders/scaffold.py", relative to the root
    module: str  # "orders.scaffold", or "scaffold" in a flat layout


@dataclass(frozen=True, slots=True)
class Place:
    """Folder `base` is package `prefix` (an import root if that is empty); `package` is the folder asked for."""

    base: str
    prefix: tuple[str, ...]
    package: tuple[str, ...]

    def folder(self, depth: int) -> str:
        """The folder of the first `depth` names of the package; `base` where that is above it."""
        return posixpath.join(self.base, *self.package[len(self.prefix) : depth])


class Places:
    """The folders of a repository that hold Python files, placed on demand and once each."""

    def __init__(self, files: Sequence[str], read: Read, import_root: str | None, scaffold: str = "") -> None:
        self.modules: dict[str, set[str]] = {"": set()}  # folder -> names of modules and of folders with modules
        self.python: dict[str, list[str]] = {}  # folder -> its .py files
        self.inits: set[str] = set()
        for file in files:
            if not file.endswith(".py"):
                continue
            folder, base = posixpath.split(file)
            self.python.setdefault(folder, []).append(file)
            if base == "__init__.py":
                self.inits.add(folder)
            name = base[:-3]
            for up in above(file):
                known = self.modules.setdefault(up, set())
                if name in known and up != folder:
                    break
                known.add(name)
                name = posixpath.basename(up)
        manifests = [file for file in files if posixpath.basename(file) in _SERVICE]
        self._projects = {posixpath.dirname(file) for file in manifests if posixpath.basename(file) in _PROJECT}
        self._services = {posixpath.dirname(file) for file in manifests}
        self.stated = stated(manifests, read)
        self.evidence = Evidence(files, read, self.modules, self.python, scaffold)
        self._import_root = import_root.strip("/").removeprefix("./") if import_root else import_root
        self._import_root = "" if self._import_root == "." else self._import_root
        self._places: dict[str, Place] = {}

    def place(self, folder: str) -> Place:
        """Where a folder stands."""
        if folder not in self._places:
            self._places[folder] = self._find(folder)
        return self._places[folder]

    def _find(self, folder: str) -> Place:
        if self._import_root is not None and within(folder, self._import_root):
            return Place(self._import_root, (), between(self._import_root, folder))
        for up in (folder, *above(folder)):
            if up in self.stated.roots:
                break
            if up in self.stated.packages and up:
                prefix = tuple(self.stated.packages[up].split("."))
                return Place(up, prefix, prefix + between(up, folder))
        base = folder
        while base in self.inits and self._climbs(base):
            base = posixpath.dirname(base)
        if base != folder:
            top = posixpath.join(base, between(base, folder)[0])
            root = top if self.evidence.flat(top, base) else self._root(base)
        else:
            root = self._root(base)
        return Place(root, (), between(root, folder))

    def _climbs(self, folder: str) -> bool:
        return bool(folder) and folder not in self.stated.roots and is_name(posixpath.basename(folder))

    def _root(self, base: str) -> str:
        """The import root of a folder that has no `__init__.py`: itself, or one above it."""
        if not base or base in self.stated.roots or base in self._projects:
            return base
        if (root := self._imported(base)) is not None:
            return root
        ups = [up for up in above(base) if all(map(is_name, between(up, base)))]
        level = self.evidence.level(base)
        if 0 < level <= len(ups):
            return ups[level - 1]
        if self.evidence.flat(base):
            return base
        parent = posixpath.dirname(base)
        if parent in self.inits and parent in ups:
            return self.place(parent).base
        for up in self._ancestors(base, ups):
            if (root := self._imported(up)) is not None:
                return root
        for up in ups:
            source = posixpath.basename(up) == "src" and posixpath.dirname(up) in self._projects
            if up in self.stated.roots or source:
                return up
        return base

    def _imported(self, folder: str) -> str | None:
        """The root from which somebody imports this folder; the longest dotted name is the best proof."""
        for up in reversed(list(above(folder))):
            package = between(up, folder)
            if all(map(is_name, package)) and self.evidence.imported(folder, package):
                return up
        return None

    def _ancestors(self, base: str, ups: list[str]) -> Iterator[str]:
        """Folders above that could make `base` part of their package: up to the service's own folder."""
        if base in self._services:
            return
        for up in ups:
            if not up or up in self._services:
                return
            yield up


def is_name(text: str) -> bool:
    """Whether this can stand in an import."""
    return text.isidentifier() and not keyword.iskeyword(text)


def within(path: str, folder: str) -> bool:
    """Whether a path is a folder or beneath it."""
    return not folder or path == folder or path.startswith(folder + "/")


def between(root: str, folder: str) -> tuple[str, ...]:
    """The names from a root down to a folder beneath it."""
    rest = folder[len(root) :].strip("/")
    return tuple(rest.split("/")) if rest else ()
