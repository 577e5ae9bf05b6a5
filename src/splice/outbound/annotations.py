"""Declared classes: `client: httpx.Client | None`, `Annotated[Session, Depends(make)]`, `"requests.Session"`."""

from __future__ import annotations

import ast
from collections.abc import Iterable
from typing import TYPE_CHECKING

from splice.outbound.names import parsed
from splice.symbols import Scope
from splice.values import ClassRef, Const, External, Instance, Unknown, Value

if TYPE_CHECKING:
    from splice.outbound.sure import Sure

_TYPING = ("typing.", "typing_extensions.")
_ITERATORS = frozenset({"Iterator", "Iterable", "Generator", "AsyncIterator", "AsyncIterable", "AsyncGenerator"})
_CONTEXTS = frozenset(f"{kind}ContextManager" for kind in ("", "Async", "Abstract", "AbstractAsync"))
UNDECLARED = Unknown("of no declared class")


class Annotations:
    """Reads annotations as what they say about an object."""

    def __init__(self, sure: Sure) -> None:
        self.sure = sure
        self._texts: dict[str, ast.expr | None] = {}
        self._nested = 0

    def objects(self, node: ast.expr, scope: Scope) -> tuple[Value, ...]:
        """Objects of the declared classes; Unknown where one of them is none that is known."""
        found = dict.fromkeys(self._objects(node, scope))
        return tuple(found) or (UNDECLARED,)

    def yielded(self, node: ast.expr, scope: Scope) -> tuple[Value, ...]:
        """What a generator or a context manager declares to give: `Iterator[httpx.Client]`."""
        node = self._plain(node)
        if isinstance(node, ast.Subscript) and self._typing(node.value, scope) in _ITERATORS | _CONTEXTS:
            inner = node.slice.elts[0] if isinstance(node.slice, ast.Tuple) and node.slice.elts else node.slice
            return self.objects(inner, scope)
        return (UNDECLARED,)

    def _plain(self, node: ast.expr) -> ast.expr:
        """The expression in a quoted annotation."""
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            if node.value not in self._texts:
                self._texts[node.value] = parsed(node.value)
            return self._texts[node.value] or node
        return node

    def _objects(self, node: ast.expr, scope: Scope) -> Iterable[Value]:
        node = self._plain(node)
        self._nested += 1
        try:
            if self._nested > 20:
                return (UNDECLARED,)
            match node:
                case ast.Constant(value=None):
                    return ()
                case ast.BinOp(op=ast.BitOr()):
                    return (*self._objects(node.left, scope), *self._objects(node.right, scope))
                case ast.Subscript():
                    return self._subscript(node, scope)
                case ast.Name() | ast.Attribute():
                    return self._named(node, scope)
        finally:
            self._nested -= 1
        return (UNDECLARED,)

    def _subscript(self, node: ast.Subscript, scope: Scope) -> Iterable[Value]:
        parts = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
        match self._typing(node.value, scope):
            case "Optional" | "Union":
                return [v for part in parts for v in self._objects(part, scope)]
            case "Annotated" | "Final" | "ClassVar" | "Required":
                return self._objects(parts[0], scope) if parts else (UNDECLARED,)
            case "":
                return self._named(node.value, scope)  # `redis.Redis[bytes]`
        return (UNDECLARED,)

    def _named(self, node: ast.expr, scope: Scope) -> Iterable[Value]:
        if (alias := self.alias(node, scope)) is not None:
            return self._objects(*alias)
        found: list[Value] = []
        for index, value in enumerate(self.sure.values(node, scope)):
            if value == Const(None):
                continue
            if not isinstance(value, (External, ClassRef)) or self._is_typing(value):
                return (UNDECLARED,)
            found.append(Instance(value, (scope.module.file, node.lineno, -1 - index)))
        return found

    def alias(self, node: ast.expr, scope: Scope) -> tuple[ast.expr, Scope] | None:
        """What a name of this file stands for that is assigned once: `ClientDep = Annotated[Client, Depends(make)]`."""
        home = self.sure.project.scopes.home(node.id, scope) if isinstance(node, ast.Name) else None
        bindings = home.bindings[node.id] if home is not None and isinstance(node, ast.Name) else ()
        if len(bindings) != 1:
            return None
        binding = bindings[0]
        if binding.kind == "from":
            return self._imported(binding.module, binding.level, binding.name, scope)
        if binding.kind == "assign" and isinstance(binding.value, (ast.Subscript, ast.BinOp)):
            return binding.value, binding.scope
        return None

    def _imported(self, module: str, level: int, name: str, scope: Scope) -> tuple[ast.expr, Scope] | None:
        project, file = self.sure.project, scope.module.file
        origin = project.module_ref(project.names.resolve(file, module or None, level), file)
        other = project.file(getattr(origin, "file", "") or "")
        if other is None or other is scope.module or name not in other.scope.bindings:
            return None
        return self.alias(ast.Name(name, ast.Load()), other.scope)

    def _typing(self, node: ast.expr, scope: Scope) -> str:
        """`Optional` of `typing.Optional`, "" for what is no special form."""
        values = self.sure.values(node, scope)
        if len(values) == 1 and isinstance(values[0], External) and self._is_typing(values[0]):
            return values[0].name.rpartition(".")[2]
        return ""

    def _is_typing(self, value: Value) -> bool:
        special = (*_TYPING, "collections.abc.", "contextlib.Abstract")
        return isinstance(value, External) and value.name.startswith(special)
