"""rope, asked for the class of a receiver where the resolver of this project has no answer.

It knows what is said in docstrings and type comments, in tuples that are taken apart, in comprehensions. It never
sees its own configuration (`.ropeproject/config.py` is a program, `[tool.rope]` names modules to import), imports
nothing, reads only files of the run, and takes libraries from what `libraries/` says of them.
"""

from __future__ import annotations

import ast
import os
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from splice import ledger
from splice.outbound.catalogue import client_classes
from splice.outbound.settled import Settled
from splice.outbound.sure import Sure
from splice.symbols import Module, Scope


class Inference:
    """Opened when the first question comes; `root` is None where there are no files on a disk to look at."""

    def __init__(self, sure: Sure, root: Path | None, unsaved: Mapping[str, bytes] | None = None) -> None:
        self.sure, self.root, self.unsaved = sure, root, unsaved or {}
        self.settled = Settled(sure)
        self._opened: Any = None

    def class_of(self, node: ast.expr, scope: Scope) -> str:
        """The dotted name of a library's client class that an expression is surely an object of; "" when none."""
        if self.root is None or not self.settled.is_settled(node, scope):
            return ""
        try:
            return self._ask(node, scope.module)
        except Exception:  # rope raises what it likes on code that it does not understand
            return ""

    def _ask(self, node: ast.expr, module: Module) -> str:
        from rope.base import evaluate

        if self._opened is None:
            assert self.root is not None
            self._opened = opened(self.root, self.sure, self.unsaved)
        known = self._opened.get_pymodule(self._opened.get_file(module.file))
        name = evaluate.eval_node(known.get_scope().get_inner_scope_for_line(node.lineno), node)
        cls: Any = name.get_object().get_type() if name is not None else None
        origin = self._opened.stubs.get(id(cls.get_module())) if hasattr(cls, "get_module") else None
        return f"{origin}.{cls.get_name()}" if origin else ""


def opened(root: Path, sure: Sure, unsaved: Mapping[str, bytes]) -> Any:
    """rope's view of the files of a run: no folder of its own, no configuration, no import, no `sys.path`."""
    from rope.base.fscommands import FileSystemCommands
    from rope.base.libutils import get_string_module
    from rope.base.prefs import Prefs
    from rope.base.project import Project

    names, texts = sure.project.names, stub_texts()

    texts_by_path = {os.path.realpath(root / file): raw for file, raw in unsaved.items()}

    class Reading(FileSystemCommands):  # type: ignore[misc]
        """Reads what this run reads."""

        def read(self, path: str) -> bytes:
            held = texts_by_path.get(os.path.realpath(path)) if texts_by_path else None
            if held is not None:
                return held
            status = Path(path).stat()
            raw = bytes(super().read(path))
            if ledger.current is not None:
                ledger.current.read(path, status, raw)
            return raw

    class Closed(Project):  # type: ignore[misc]
        """Finds modules the way this run does."""

        def __init__(self) -> None:
            self.stubs: dict[int, str] = {}
            self._made: dict[str, Any] = {}
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # it calls its own deprecated methods
                super().__init__(str(root), fscommands=Reading(), ropefolder=None)

        def _init_prefs(self, _: object) -> None:
            self.prefs = Prefs()
            self.prefs.automatic_soa = self.prefs.perform_doa = self.prefs.import_dynload_stdmods = False
            self.prefs.extension_modules = []
            self._init_other_parts()

        def get_source_folders(self) -> list[Any]:
            return []

        def get_python_path_folders(self) -> list[Any]:
            return []

        def find_module(self, modname: str, folder: Any = None) -> Any:
            near = f"{folder.path}/_" if folder is not None else None
            file = names.file_of(modname, near)
            return self.get_file(file) if file else None

        def find_relative_module(self, modname: str, folder: Any, level: int) -> Any:
            return self.find_module(names.resolve(f"{folder.path}/_.py".lstrip("/"), modname or None, level), folder)

        def get_module(self, name: str, folder: Any = None) -> Any:
            found = self.find_module(name, folder)
            if found is not None:
                return self.pycore.resource_to_pyobject(found)
            if name not in self._made:
                self._made[name] = get_string_module(self, texts.get(name, ""))
                self.stubs[id(self._made[name])] = name
            return self._made[name]

    return Closed()


def stub_texts() -> dict[str, str]:
    """The source of a stand-in for each module of a library, by dotted name: its client classes, empty."""
    found: dict[str, list[str]] = {}
    classes = client_classes()
    for dotted in sorted(classes):
        module, _, name = dotted.rpartition(".")
        if module in classes:
            continue
        found.setdefault(module, []).append(f"class {name}:\n    def __enter__(self): return self\n")
        while "." in module:
            above, _, inner = module.rpartition(".")
            line = f"import {module} as {inner}\n"
            if line not in found.setdefault(above, []):
                found[above].append(line)
            module = above
    return {module: "".join(lines) for module, lines in found.items()}
