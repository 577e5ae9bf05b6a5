"""Names to values: which binding a name has at a place, and what that binding gives it."""

from __future__ import annotations

import ast
import builtins
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from splice.resolve.arguments import defaults
from splice.resolve.expressions import ELSEWHERE
from splice.symbols import Binding, Definition, Scope
from splice.values import (
    ClassRef,
    Const,
    External,
    FuncRef,
    Instance,
    Items,
    Unknown,
    Value,
    unique,
)

if TYPE_CHECKING:
    from splice.resolve.project import Project


class Scopes:
    """Looks names up the way Python does; parameters are what the project's own calls pass."""

    def __init__(self, project: Project) -> None:
        self.project = project
        self._parameters: dict[tuple[int, str], tuple[Value, ...]] = {}
        self._importing: set[int] = set()
        self._starring: set[tuple[str, str]] = set()  # names that are looked for behind star imports

    def lookup(self, name: str, scope: Scope, line: int = 0) -> tuple[Value, ...]:
        """What a name stands for at a line of a scope: Python's own order, class bodies only for themselves."""
        home: Scope | None = scope
        while home is not None:
            if (home is scope or home.kind != "class") and name in home.bindings:
                bindings = home.bindings[name]
                before = [b for b in bindings if b.line < line] if home is scope and line else []
                if before:  # what functions do to a global may happen at any time
                    before = [b for b in bindings if b in before or b.scope is not home]
                return self.project.changes.settled(home, name, self.of_name(home, before or bindings))
            home = home.parent
        module = scope.module
        outside: External | None = None
        for star in reversed(module.scope.stars):  # the last one that has the name; what libraries have is not known
            origin = self.project.module_ref(
                self.project.names.resolve(module.file, star.module or None, star.level), module.file
            )
            if isinstance(origin, External):
                outside = outside or External(f"{origin.name}.{name}")
                continue
            if (module.file, name) in self._starring:
                break  # modules that import everything from each other
            self._starring.add((module.file, name))
            try:
                found = self.project.classes.attribute(origin, name)
            finally:
                self._starring.discard((module.file, name))
            if not isinstance(found[0], Unknown):
                return found
        if outside is not None:
            return (outside,)
        builtin = getattr(builtins, name, None)
        if isinstance(builtin, type) and issubclass(builtin, BaseException):
            return (External(f"builtins.{builtin.__name__}"),)
        return (Unknown(f"{name} is not defined in this file"),)

    def home(self, name: str, scope: Scope) -> Scope | None:
        """The scope that binds a name, for whoever uses it in `scope`."""
        home: Scope | None = scope
        while home is not None and (name not in home.bindings or (home is not scope and home.kind == "class")):
            home = home.parent
        return home

    def of_name(self, home: Scope, bindings: Sequence[Binding]) -> tuple[Value, ...]:
        """What a scope's own bindings give a name, and those of functions that declare it global: at any time."""
        late = [b for b in bindings if b.scope is not home]
        if not late:
            return self.bound(bindings)
        own = [b for b in bindings if b.scope is home]
        found = [v for group in ([own] if own else []) + [[b] for b in late] for v in self.bound(group)]
        return said(found)

    def bound(self, bindings: Sequence[Binding]) -> tuple[Value, ...]:
        """Every value that a name may have after these bindings: back to the last that surely happened.

        For objects, `x = None` and what cannot be evaluated say nothing. For text they do: a path that is
        "/v1" in one branch and unknown in another is not "/v1".
        """
        if any(binding.kind == "augment" for binding in bindings):
            return self._extended(bindings)
        found: list[Value] = []
        for binding in reversed(bindings):
            values = self._binding(binding)
            found += values
            if not binding.conditional and not all(isinstance(v, Unknown) or v == Const(None) for v in values):
                break
        return said(found)

    def _extended(self, bindings: Sequence[Binding]) -> tuple[Value, ...]:
        """`routes = [...]` followed by `routes += [...]`."""
        elements: list[tuple[ast.expr, Scope]] = []
        unsure: frozenset[object] = frozenset()
        for binding in bindings:
            value = self.project.value(binding.value, binding.scope) if binding.value is not None else Unknown("")
            if not isinstance(value, Items) or value.keys:
                return (Unknown("added to with something that is no list"),)
            elements = [*(elements if binding.kind == "augment" else ()), *value.elements]
            unsure |= value.unsure
        return (Items(tuple(elements), unsure=unsure),)

    def _binding(self, binding: Binding) -> tuple[Value, ...]:
        module = binding.scope.module
        match binding.kind:
            case "import":
                return (self.project.module_ref(binding.module, module.file),)
            case "from":
                if id(binding) in self._importing:
                    return (Unknown(f"{binding.name} is imported in a circle"),)
                dotted = self.project.names.resolve(module.file, binding.module or None, binding.level)
                origin = self.project.module_ref(dotted, module.file)
                self._importing.add(id(binding))
                try:
                    return self.project.classes.attribute(origin, binding.name)
                finally:
                    self._importing.discard(id(binding))
            case "def":
                assert binding.target is not None
                return (FuncRef(binding.target),)
            case "class":
                assert binding.target is not None
                return (ClassRef(binding.target),)
            case "param":
                assert binding.target is not None
                return self._parameter(binding)
            case "item":
                assert binding.value is not None
                turns = self.project.expressions.turns(binding.value, binding.scope)
                return unique(v for turn in turns for v in (self._path(*turn, binding.path) if turn else (ELSEWHERE,)))
            case "assign" if binding.value is not None:
                found = self.project.values(binding.value, binding.scope)
                if binding.annotation is not None and all(isinstance(v, Unknown) for v in found):
                    return self._annotated(binding)
                return found
            case "assign" if binding.annotation is not None:
                return self._annotated(binding)
        return (Unknown("assigned in a way that is not evaluated"),)

    def _path(self, element: ast.expr, scope: Scope, path: tuple[int, ...]) -> tuple[Value, ...]:
        for index in path:
            inner = self.project.value(element, scope)
            if not isinstance(inner, Items) or inner.unsure or index >= len(inner.elements):
                return (Unknown("a tuple that is not constant"),)
            element, scope = inner.elements[index]
        return self.project.values(element, scope)

    def _annotated(self, binding: Binding) -> tuple[Value, ...]:
        """An object known only by its declared class."""
        annotation = binding.annotation
        if isinstance(annotation, ast.Constant) and isinstance(annotation.value, str):
            try:
                annotation = ast.parse(annotation.value, mode="eval").body
            except SyntaxError:
                return (Unknown("an annotation that does not parse"),)
            self.project.made.append(annotation)
        if annotation is None:
            return (Unknown("no annotation"),)
        site = (binding.scope.module.file, binding.line, id(binding) % 1_000_003)
        found = [
            Instance(value, (*site[:2], -1 - index))
            for index, value in enumerate(self.project.values(annotation, binding.scope.parent or binding.scope))
            if isinstance(value, (External, ClassRef))
        ]
        return tuple(found) or (Unknown("a parameter of unknown class"),)

    def _parameter(self, binding: Binding) -> tuple[Value, ...]:
        """A parameter: `self`, else what the project's own calls pass, else its annotation."""
        definition = binding.target
        assert definition is not None and not isinstance(definition.node, ast.ClassDef)
        arguments = definition.node.args
        positional = [a.arg for a in (*arguments.posonlyargs, *arguments.args)]
        name = next(n for n, bs in definition.inner.bindings.items() if binding in bs)
        key = (id(definition), name)
        if key in self._parameters:
            return self._parameters[key]
        self._parameters[key] = (Unknown("a parameter passed on to itself"),)
        static = any(isinstance(d, ast.Name) and d.id == "staticmethod" for d in definition.node.decorator_list)
        owner = definition.owner
        if owner is not None and not static and positional[:1] == [name]:
            cls = next(d for d in owner.module.definitions.values() if d.inner is owner)
            found: tuple[Value, ...] = (Instance(ClassRef(cls), (owner.module.file, cls.node.lineno, -9)),)
        else:
            found = _known(self._passed(definition, name, positional))
            default = defaults(definition).get(name)
            if not found and default is not None and not (isinstance(default, ast.Constant) and default.value is None):
                found = _known(self.project.values(default, definition.scope))
            found = found or (self._annotated(binding) if binding.annotation else (Unknown(f"parameter {name}"),))
        self._parameters[key] = found
        return found

    def _passed(self, definition: Definition, name: str, positional: list[str]) -> Iterator[Value]:
        in_class = definition.owner is not None
        for call in self.project.callers.calls_of(definition):
            if any(isinstance(a, ast.Starred) for a in call.node.args):
                continue
            keyword = next((k.value for k in call.node.keywords if k.arg == name), None)
            shift = 1 if in_class and not self.project.callers.explicit_self(call) else 0
            index = positional.index(name) - shift if name in positional else -1
            if keyword is None and 0 <= index < len(call.node.args):
                keyword = call.node.args[index]
            if keyword is not None:
                yield from self.project.values(keyword, call.scope)
            elif name in defaults(definition) and all(k.arg for k in call.node.keywords):
                yield from self.project.values(defaults(definition)[name], definition.scope)


def said(found: Sequence[Value]) -> tuple[Value, ...]:
    """What several bindings say together; the first is the likeliest."""
    says = [v for v in found if not isinstance(v, (Unknown, Const))]
    texts = [v for v in found if isinstance(v, Const) and v.value is not None]
    return unique(says or (found if texts else found[:1]))


def _known(values: Iterable[Value]) -> tuple[Value, ...]:
    found = unique(v for v in values if not isinstance(v, Unknown))
    return () if found == unique(()) else found
