"""A folder as data, a fork as a function, and what a service's files import of each other."""

from __future__ import annotations

import ast
import os
import sys
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path

Tree = dict[str, bytes]


def tree(root: Path) -> Tree:
    """Every file but git's, by path."""
    found = {}
    for folder, folders, names in os.walk(root):
        folders[:] = set(folders) - {".git"}
        for name in names:
            path = Path(folder, name)
            found[path.relative_to(root).as_posix()] = path.read_bytes()
    return dict(sorted(found.items()))


def restore(root: Path, wanted: Tree) -> None:
    """Make the folder hold exactly these files."""
    now = tree(root)
    for file in now.keys() - wanted.keys():
        (root / file).unlink()
    for file, raw in wanted.items():
        if now.get(file) != raw:
            (root / file).parent.mkdir(parents=True, exist_ok=True)
            (root / file).write_bytes(raw)


def forked(work: Callable[[], int]) -> int:
    """What a fork of this process exits with; minus the signal that ended it."""
    child = os.fork()
    if child == 0:
        code = 99
        try:
            os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
            code = work()
        except BaseException:
            traceback.print_exc()
        finally:
            sys.stderr.flush()
            os._exit(code)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def imported(root: Path, modules: tuple[str, ...]) -> int:
    """Import modules of the service for real, in a fork; 0 when that went well."""

    def work() -> int:
        sys.dont_write_bytecode = True
        sys.path.insert(0, str(root))
        for module in modules:
            __import__(module)
        return 0

    return forked(work)


def dangling(files: Tree) -> Iterator[str]:
    """Imports between the files of a service that would fail: a module that is not there, a name that it lacks."""
    own = {file.partition("/")[0].removesuffix(".py") for file in files if file.endswith(".py")} | {"scaffold"}
    for file, raw in files.items():
        for node in ast.walk(ast.parse(raw)) if file.endswith(".py") else ():
            if not isinstance(node, ast.ImportFrom):
                continue
            base = file.split("/")[: -node.level] if node.level else []
            parts = [*base, *(node.module.split(".") if node.module else ())]
            if parts[0] not in own:
                continue
            target = "/".join(parts)
            there = _names(files.get(f"{target}.py", b""))
            if any(name.name not in there and f"{target}/{name.name}.py" not in files for name in node.names):
                yield f"{file}:{node.lineno}: {ast.unparse(node)}"


def _names(raw: bytes) -> set[str]:
    """What a module defines, or answers for: decorators of the service's own stand in a table of the scaffold."""
    found = set()
    for node in ast.walk(ast.parse(raw)):
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            found.add(node.name)
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            found.add(node.id)
        elif isinstance(node, ast.AnnAssign) and ast.unparse(node.target) == "_ASPECTS" and node.value is not None:
            found |= set(ast.literal_eval(node.value))
    return found
