"""Names to every value that they may have: all bindings count, wherever they stand in their scope."""

from __future__ import annotations

import ast
import builtins
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from splice.mutation import ANY
from splice.symbols import Binding, Module, Scope
from splice.values import ClassRef, Const, External, FuncRef, ModuleRef, Unknown, Value

if TYPE_CHECKING:
    from splice.outbound.sure import Sure

NOTHING = Const(None)


class Bindings:
    """Looks names up the way Python does, without asking which binding comes last."""

    def __init__(self, sure: Sure) -> None:
        self.sure = sure
        self.project = sure.project

    def name(self, name: str, scope: Scope) -> Iterable[Value]:
        """A name, for whoever uses it in `scope`."""
        home = self.project.scopes.home(name, scope)
        if home is None:
            if hasattr(builtins, name) and not scope.module.scope.stars:
                return (External(f"builtins.{name}"),)
            return (Unknown(f"{name} is not defined in this file"),)
        if home.kind == "module":
            return self.of_module(home.module, name)
        return self.bound(home.bindings[name])

    def of_module(self, module: Module, name: str) -> Iterable[Value]:
        """A name of a module: its bindings there, and what star imports after them may put in its place."""
        if name not in module.scope.bindings:
            return (Unknown(f"{module.name} has no {name} of its own"),)
        bindings = module.scope.bindings[name]
        if self.set_from_outside(module, name):
            return (Unknown(f"{name} is set elsewhere"),)
        return (*self.bound(bindings), *self._starred(module, name, bindings))

    def set_from_outside(self, module: Module, name: str) -> bool:
        """`clients.api = ...`, `setattr(clients, key, ...)`: where a module is meant, imports say so."""
        if module.through_globals & {name, ANY}:
            return True
        return any(
            found is module
            for other in list(self.project.modules())
            for attr in (name, ANY)
            for node, scope in other.stores.get(attr, ())
            for found in self.project.changes.modules_named(node, scope)
        )

    def bound(self, bindings: Iterable[Binding]) -> list[Value]:
        """Every value that these bindings give; None is what a name has before it has one."""
        return [value for binding in bindings for value in self._binding(binding) if value != NOTHING]

    def _starred(self, module: Module, name: str, bindings: list[Binding]) -> Iterator[Value]:
        """`from x import *` after `import requests` may bind `requests`: x of the project says whether it does.

        A library that exports a module of this name exports that module; it may export any function.
        """
        first = min(binding.line for binding in bindings)
        for star in module.scope.stars:
            if star.line < first:
                continue
            dotted = self.project.names.resolve(module.file, star.module or None, star.level)
            origin = self.project.module_ref(dotted, module.file)
            if isinstance(origin, ModuleRef):
                other = self.project.file(origin.file) if origin.file else None
                if other is None or other is module:
                    yield Unknown(f"a star import may give {name} another meaning")
                elif name in other.scope.bindings:
                    yield from self.bound(other.scope.bindings[name])
                elif other.scope.stars:
                    yield Unknown(f"a star import may give {name} another meaning")
            elif any(binding.kind != "import" for binding in bindings):
                yield Unknown(f"a star import may give {name} another meaning")

    def _binding(self, binding: Binding) -> Iterable[Value]:
        sure, module = self.sure, binding.scope.module
        match binding.kind:
            case "import":
                return (self.project.module_ref(binding.module, module.file),)
            case "from":
                dotted = self.project.names.resolve(module.file, binding.module or None, binding.level)
                return sure.members.of(self.project.module_ref(dotted, module.file), binding.name)
            case "def" if binding.target is not None:
                return (FuncRef(binding.target),)
            case "class" if binding.target is not None:
                return (ClassRef(binding.target),)
            case "param":
                return sure.results.parameter(binding)
            case "item" if binding.value is not None and not binding.path:
                turns = self.project.expressions.turns(binding.value, binding.scope)
                known = [turn for turn in turns if turn is not None]
                found = sure.all_of(known)
                return found if len(known) == len(turns) else (*found, Unknown("an element that is not constant"))
            case "assign":
                return self.assigned(binding)
            case "other" if binding.enters is not None:
                return sure.results.entered(binding.enters, binding.scope)
        return (Unknown("assigned in a way that is not evaluated"),)

    def assigned(self, binding: Binding) -> tuple[Value, ...]:
        """What is assigned; where that is not known, the class that is declared."""
        found: tuple[Value, ...] = ()
        if binding.value is not None:
            found = self.sure.values(binding.value, binding.scope)
        unknown = binding.value is None or any(isinstance(v, Unknown) for v in found)
        if unknown and binding.annotation is not None:
            return self.sure.annotations.objects(binding.annotation, binding.scope)
        return found if binding.value is not None else (Unknown("assigned in a way that is not evaluated"),)


def parsed(text: str) -> ast.expr | None:
    """The expression in a text, None when it is none."""
    try:
        return ast.parse(text.strip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
