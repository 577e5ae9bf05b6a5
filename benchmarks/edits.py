"""Whether contenders made the same edits: what each has decorated and imported, and the trees of what it has written.

Two things may differ and are folded: the text that `@observed` gets (Splice knows the full route, a pattern does not),
and where among its imports a module has the new one.
"""

from __future__ import annotations

import ast
import hashlib
import subprocess
from dataclasses import dataclass
from pathlib import Path

_NAME = "observed"


@dataclass(frozen=True, slots=True)
class Edits:
    """What stands in a repository: decorators and imports of ours, and by file the tree with these folded."""

    decorators: int
    imports: int
    trees: dict[str, str]


class _Folded(ast.NodeTransformer):
    """A module without its imports of ours, with an empty call in each decorator of ours."""

    def __init__(self) -> None:
        self.decorators = self.imports = 0

    def visit_ImportFrom(self, node: ast.ImportFrom) -> ast.ImportFrom | None:
        kept = [alias for alias in node.names if alias.name != _NAME]
        self.imports += len(node.names) - len(kept)
        if not kept:
            return None
        node.names = kept
        return node

    def visit_Call(self, node: ast.Call) -> ast.Call:
        self.generic_visit(node)
        if isinstance(node.func, ast.Name) and node.func.id == _NAME:
            self.decorators += 1
            node.args = []
        return node


def edits(folder: Path) -> Edits:
    """What has been done to the committed modules of a repository; new files do not count."""
    git = ("git", "diff", "--name-only", "-z", "--", "*.py")
    changed = subprocess.run(git, cwd=folder, check=True, capture_output=True, encoding="utf-8").stdout
    decorators, imports, trees = 0, 0, {}
    for name in filter(None, changed.split("\0")):
        folded = _Folded()
        tree = folded.visit(ast.parse((folder / name).read_bytes()))
        trees[name] = hashlib.sha256(ast.dump(tree).encode()).hexdigest()
        decorators, imports = decorators + folded.decorators, imports + folded.imports
    return Edits(decorators, imports, trees)


def differences(ours: Edits, theirs: Edits) -> list[str]:
    """What differs, in words; nothing when both have made the same edits."""
    found = []
    if ours.decorators != theirs.decorators:
        found.append(f"{theirs.decorators} handlers decorated, not {ours.decorators}")
    if ours.imports != theirs.imports:
        found.append(f"{theirs.imports} imports added, not {ours.imports}")
    for word, one, other in (("left alone", ours, theirs), ("changed by it alone", theirs, ours)):
        if only := sorted(set(one.trees) - set(other.trees)):
            found.append(f"{len(only)} files {word}, such as {only[0]}")
    both = [name for name in ours.trees if theirs.trees.get(name, ours.trees[name]) != ours.trees[name]]
    if both:
        found.append(f"{len(both)} files came out otherwise, such as {min(both)}")
    return found
