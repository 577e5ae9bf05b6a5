"""What a part of the scaffold is called in one file: imported names, private aliases where a name is taken."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterable

from splice.recognise import MARK, Alias, Node, Recognised, spellings
from splice.symbols import Module


class Locals:
    """Local names for parts in one file: the one that is imported, else one that nothing else uses."""

    def __init__(self, module: Module, seen: Recognised) -> None:
        self.module, self.seen = module, seen
        self.chosen: dict[str, str] = {}

    def local(self, part: str) -> str:
        """The name to write, "" when every spelling is taken."""
        if part not in self.chosen:
            existing = self.seen.local(part)
            candidates = ((existing,) if existing else ()) + spellings(part)
            self.chosen[part] = next((name for name in candidates if not self._taken(name, part)), "")
        return self.chosen[part]

    def _taken(self, name: str, part: str) -> bool:
        """Whether this name means something else anywhere in the file, or may through a star import."""
        first = name.split(".")[0]
        imported = MARK + part == self.seen.names.get(name)
        lines = {alias.node.lineno for alias in self.seen.aliases} if "." not in name else None
        for binding in self.module.scope.bindings.get(first, ()):
            is_import = binding.kind in ("from", "import") and (lines is None or binding.line in lines)
            if not (imported and is_import):
                return True
        if any(first in definition.inner.bindings for definition in self.module.definitions.values()):
            return True
        if imported:
            return False
        if self.module.scope.stars and not name.startswith("_"):
            return True
        if self._exported(first):
            return True
        text = self.module.source.text
        if text.isascii() and first not in text:  # as a rule; Python folds other letters into these
            return False
        return any(isinstance(n, ast.Name) and n.id == first for n in ast.walk(self.module.tree))

    def missing(self, needed: Iterable[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
        """Of these (part, local name), those that the file does not import yet."""
        return tuple(sorted({(part, name) for part, name in needed if self.seen.names.get(name) != MARK + part}))

    def unused(self, added: Iterable[str], removed: Iterable[Node]) -> tuple[Alias, ...]:
        """Imported names that nothing uses once these names are written and these nodes are gone."""
        if not self.seen.aliases:
            return ()
        uses = Counter(node.id for node in ast.walk(self.module.tree) if isinstance(node, ast.Name))
        for gone in removed:
            uses.subtract(node.id for node in ast.walk(gone.expression) if isinstance(node, ast.Name))
        uses.update(added)
        return tuple(a for a in self.seen.aliases if not uses[a.local] and not self._exported(a.local))

    def _exported(self, name: str) -> bool:
        bindings = self.module.scope.bindings.get("__all__", ())
        return any(
            isinstance(n, ast.Constant) and n.value == name
            for b in bindings
            if b.value is not None
            for n in ast.walk(b.value)
        )
