"""`base.attr`: of modules, of classes of the project with all that their methods and heirs assign, of libraries."""

from __future__ import annotations

import ast
from collections.abc import Iterable
from typing import TYPE_CHECKING

from splice.mutation import ANY
from splice.outbound.state import States, is_state
from splice.symbols import Definition
from splice.values import ClassRef, Const, External, FuncRef, Instance, Member, ModuleRef, Unknown, Value

if TYPE_CHECKING:
    from splice.outbound.sure import Sure

#: Bases from outside that give no attribute of this name a meaning.
_HARMLESS = frozenset({"builtins.object", "abc.ABC", "typing.Generic", "typing.Protocol", "typing.NamedTuple"})
_PROPERTIES = frozenset({"property", "functools.cached_property", "django.utils.functional.cached_property"})
_DYNAMIC = frozenset({"__getattr__", "__getattribute__"})
_NOTHING = Const(None)
MISSING = Unknown("no class that is known has this attribute")


class Members:
    """Attributes as every value that they may have."""

    def __init__(self, sure: Sure) -> None:
        self.sure = sure
        self.project = sure.project
        self.states = States(sure.project)
        self._open: set[tuple[str, str]] = set()  # names of modules on the way through imports: they may go in a circle
        self._setters: dict[str, tuple[int, frozenset[Value]]] = {}

    def of(self, base: Value, attr: str) -> tuple[Value, ...]:
        """`base.attr`."""
        match base:
            case External():
                if self._patched(attr, base):
                    return (Unknown(f"{base.name}.{attr} is set elsewhere"),)
                return (External(f"{base.name}.{attr}"),)
            case ModuleRef():
                return self._of_module(base, attr)
            case ClassRef():
                return tuple(self._of_class(base, attr, None))
            case Instance(cls=ClassRef() as cls):
                return tuple(self._of_class(cls, attr, base))
            case Instance():
                if self._patched(attr, base.cls):
                    return (Unknown(f"{attr} of such an object is set elsewhere"),)
                return (Member(base, attr),)
            case Member():
                return self._of_member(base, attr)
        return (base if isinstance(base, Unknown) else Unknown(f"attribute {attr} of something unknown"),)

    def _of_member(self, base: Member, attr: str) -> tuple[Value, ...]:
        """`app.state.client`, `request.app.state.client`; of other things from outside nothing is known."""
        name = self.outside(base)
        if is_state(f"{name}.{attr}"):
            return (Member(Instance(External(name), base.of.site), attr),)
        if is_state(name) and (found := self.states.values(attr)):
            return tuple(value for value in self.sure.all_of(found) if value != _NOTHING)
        return (Unknown(f"{attr} of {name} is not known"),)

    def _of_module(self, base: ModuleRef, attr: str, behind: frozenset[str] = frozenset()) -> tuple[Value, ...]:
        module = self.project.file(base.file) if base.file else None
        key = (base.file, attr)
        if module is not None and attr in module.scope.bindings and key not in self._open:
            self._open.add(key)
            try:
                return tuple(self.sure.bindings.of_module(module, attr))
            finally:
                self._open.discard(key)
        # Also what `from package import part` gives in the package's own __init__.py: it has no `part` by then.
        inner = self.project.module_ref(f"{base.name}.{attr}", base.file or base.origin)
        if isinstance(inner, ModuleRef) and inner.file != base.file:
            return (inner,)
        if module is not None and len(module.scope.stars) == 1:
            star = module.scope.stars[0]
            dotted = self.project.names.resolve(module.file, star.module or None, star.level)
            origin = self.project.module_ref(dotted, module.file)
            if isinstance(origin, ModuleRef) and origin.file not in behind | {base.file}:
                return self._of_module(origin, attr, behind | {base.file})
        return (Unknown(f"{base.name} has no {attr}"),)

    # -- classes -------------------------------------------------------------------------------------

    def _of_class(self, cls: ClassRef, attr: str, instance: Instance | None) -> Iterable[Value]:
        """A class's own attribute, its instances', its bases' and, seen from `self`, its heirs'."""
        found = list(self._inherited(cls, attr, instance))
        if instance is not None and instance.call is None:  # `self`, or of a declared class: an heir's object, too
            theirs = [
                v for heir in self.project.classes.heirs(cls.definition) for v in self._inherited(heir, attr, instance)
            ]
            if found == [MISSING] and theirs:
                found = []  # only heirs have it
            found += [v for v in theirs if v != MISSING]
        return dict.fromkeys(found)

    def _inherited(self, cls: ClassRef, attr: str, instance: Instance | None) -> Iterable[Value]:
        for base in self.project.bases(cls):
            if isinstance(base, External):
                if base.name in _HARMLESS:
                    continue
                if self._patched(attr, base, instance):
                    return (Unknown(f"{attr} of such an object is set elsewhere"),)
                return (Member(instance, attr),) if instance is not None else (External(f"{base.name}.{attr}"),)
            scope = base.definition.inner
            bindings = [*scope.bindings.get(attr, ()), *scope.attributes.get(attr, ())]
            if bindings:
                if self.project.changes.stored(scope, attr):
                    return (Unknown(f"{attr} is set elsewhere"),)
                return [v for value in self.sure.bindings.bound(bindings) for v in self._read(value)]
            if not _DYNAMIC.isdisjoint(scope.bindings) or not self._bases_known(base):
                return (Unknown(f"{attr} may come from anywhere"),)
        return (MISSING,)

    def _bases_known(self, cls: ClassRef) -> bool:
        node, scope = cls.definition.node, cls.definition.scope
        assert isinstance(node, ast.ClassDef)
        plain = [base.value if isinstance(base, ast.Subscript) else base for base in node.bases]
        return all(isinstance(v, (External, ClassRef)) for base in plain for v in self.sure.values(base, scope))

    def outside(self, value: Value) -> str:
        """The dotted name, outside the project, of a method: `requests.Session.get`, also of a project's subclass."""
        if not isinstance(value, Member):
            return ""
        bases = (b.name for b in self.project.bases(value.of.cls) if isinstance(b, External))
        base = next((name for name in bases if name not in _HARMLESS), "")
        return f"{base}.{value.attr}" if base else ""

    def _read(self, value: Value) -> Iterable[Value]:
        """What an attribute gives: for a property, what it returns."""
        if isinstance(value, FuncRef) and _PROPERTIES & set(self.sure.results.decorators(value.definition)):
            return self.sure.results.returned(value.definition)
        return (value,)

    def _patched(self, attr: str, base: Value, instance: Instance | None = None) -> bool:
        """Whether something sets this attribute from outside: `session.get = partial(...)`, `requests.get = fake`."""
        return any(
            base in owners or (instance is not None and instance.cls in owners)
            for owners in (self._set_on(attr), self._set_on(ANY))
        )

    def _set_on(self, attr: str) -> frozenset[Value]:
        """The modules, classes and classes of objects on which something sets an attribute."""
        count, found = self._setters.get(attr, (-1, frozenset()))
        if count != len(self.project.loaded):
            self._setters[attr] = (len(self.project.loaded), found)  # for whoever asks meanwhile
            found = frozenset(
                value.cls if isinstance(value, Instance) else value
                for module in list(self.project.modules())
                for node, scope in module.stores.get(attr, ())
                for value in self.project.values(node, scope)
            )
            self._setters[attr] = (len(self.project.loaded), found)
        return found


def yields(definition: Definition) -> list[ast.expr | None]:
    """What a generator function yields itself."""
    found: list[ast.expr | None] = []
    queue: list[ast.AST] = [*getattr(definition.node, "body", ())]
    while queue:
        node = queue.pop()
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)):
            continue
        if isinstance(node, ast.Yield):
            found.append(node.value)
        elif isinstance(node, ast.YieldFrom):
            found.append(None)
        queue += ast.iter_child_nodes(node)
    return found
