"""Import roots that a repository states: package directories of build backends, and pytest's `pythonpath`.

An import root is a folder that stands on `sys.path` when the service runs. What is not stated here is
found from the imports themselves (evidence.py).
"""

from __future__ import annotations

import ast
import posixpath
from collections.abc import Iterable
from dataclasses import dataclass, field

from splice.metadata import (
    Read,
    cfg,
    cfg_list,
    cfg_value,
    dig,
    find_arguments,
    inside,
    listed,
    peek,
    setup_arguments,
    toml,
    words,
)

PROJECT_FILES = frozenset({"pyproject.toml", "setup.py", "setup.cfg", "manage.py", "Pipfile", "requirements.txt"})


@dataclass(slots=True)
class Stated:
    """Folders that are import roots, and folders that carry another package name than their path says."""

    roots: set[str] = field(default_factory=set)
    packages: dict[str, str] = field(default_factory=dict)  # folder -> dotted name

    def root(self, base: str, path: object) -> None:
        """Adds a root; a project's own folder is one anyway, so only others say something."""
        if isinstance(path, str) and (folder := inside(base, path)) is not None and folder != base:
            self.roots.add(folder)

    def package(self, base: str, name: object, path: object) -> None:
        """Adds `package-dir`'s mapping of a dotted name to a folder."""
        if not isinstance(name, str) or not isinstance(path, str):
            return
        folder = inside(base, path)
        if not name:
            self.root(base, path)
        elif folder is not None:
            tail = name.replace(".", "/")
            if folder == tail:
                return
            if folder.endswith("/" + tail):
                self.roots.add(folder[: -len(tail) - 1])
            elif folder:
                self.packages[folder] = name


def stated(files: Iterable[str], read: Read) -> Stated:
    """What the manifests among `files` say about where imports start."""
    found = Stated()
    for path in files:
        base, name = posixpath.split(path)
        if name == "pyproject.toml":
            _pyproject(found, base, peek(read, path))
        elif name == "setup.cfg":
            _setup_cfg(found, base, peek(read, path))
        elif name == "setup.py":
            _setup_py(found, base, peek(read, path))
    return found


def _pyproject(found: Stated, base: str, data: bytes) -> None:
    tool = dig(toml(data), "tool")
    for name, path in _items(dig(tool, "setuptools", "package-dir")):
        found.package(base, name, path)
    for path in words(dig(tool, "setuptools", "packages", "find", "where")):
        found.root(base, path)
    for entry in listed(dig(tool, "poetry", "packages")):
        found.root(base, dig(entry, "from"))
    for build in (dig(tool, "hatch", "build"), dig(tool, "hatch", "build", "targets", "wheel")):
        sources = dig(build, "sources")
        for path in words(sources):
            found.root(base, path)
        for path, name in _items(sources):
            found.package(base, name.replace("/", ".") if isinstance(name, str) else name, path)
        for path in words(dig(build, "packages")):
            found.root(base, posixpath.dirname(path.rstrip("/")) or ".")
    found.root(base, dig(tool, "pdm", "build", "package-dir"))
    found.root(base, dig(tool, "uv", "build-backend", "module-root"))
    found.root(base, dig(tool, "maturin", "python-source"))
    for path in words(dig(tool, "pytest", "ini_options", "pythonpath")):
        found.root(base, path)


def _items(value: object) -> list[tuple[object, object]]:
    return list(value.items()) if isinstance(value, dict) else []


def _setup_cfg(found: Stated, base: str, data: bytes) -> None:
    parser = cfg(data)
    for row in cfg_list(cfg_value(parser, "options", "package_dir") or ""):
        name, _, path = row.partition("=")
        found.package(base, name.strip(), path.strip())
    if where := cfg_value(parser, "options.packages.find", "where"):
        found.root(base, where.strip())


def _setup_py(found: Stated, base: str, data: bytes) -> None:
    arguments = setup_arguments(data)
    mapping = arguments.get("package_dir")
    if isinstance(mapping, ast.Dict):
        for key, value in zip(mapping.keys, mapping.values, strict=True):
            if isinstance(key, ast.Constant) and isinstance(value, ast.Constant):
                found.package(base, key.value, value.value)
    found.root(base, (find_arguments(arguments.get("packages")) or {}).get("where"))
