"""Attributes, classes and their bases, as far as the source says."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from splice.resolve.fields import given
from splice.resolve.scopes import said
from splice.symbols import Binding, Definition, Scope
from splice.values import (
    ClassRef,
    Const,
    External,
    FuncRef,
    Instance,
    Items,
    Member,
    ModuleRef,
    Unknown,
    Value,
    unique,
)

if TYPE_CHECKING:
    from splice.resolve.project import Project

# The constants in a class of these are defaults only.
_FROM_ENVIRONMENT = frozenset({"pydantic_settings.BaseSettings", "pydantic.BaseSettings", "pydantic.v1.BaseSettings"})
# Methods that run before anybody else sees the object.
_MAKING = frozenset({"__init__", "__new__", "__post_init__", "model_post_init", "__attrs_post_init__", "setup"})


class Classes:
    """What `base.attr` is, and what a class is derived from."""

    def __init__(self, project: Project) -> None:
        self.project = project
        self._heirs: dict[Definition, list[ClassRef]] = {}
        self._orders: dict[Value, tuple[External | ClassRef, ...]] = {}
        self._owned: dict[tuple[int, str, bool], tuple[Value, ...]] = {}
        self._read_modules = 0  # how many of the loaded modules are in it

    def attribute(self, base: Value, attr: str) -> tuple[Value, ...]:
        """`base.attr`."""
        match base:
            case External():
                return (External(f"{base.name}.{attr}"),)
            case ModuleRef():
                return self._module_attribute(base, attr)
            case ClassRef():
                return self.class_attribute(base, attr, None)
            case Instance(cls=ClassRef() as cls):
                return self.class_attribute(cls, attr, base)
            case Instance():
                return (Member(base, attr),)
            case Items() if attr in ("values", "items"):
                return (base,)
            case Const() if attr == "value":  # of an Enum's member, whose value stands for it
                return (base,)
        return (Unknown(f"attribute {attr} of something unknown"),)

    def _module_attribute(self, base: ModuleRef, attr: str) -> tuple[Value, ...]:
        module = self.project.file(base.file) if base.file else None
        if module is not None and attr in module.scope.bindings:
            found = self.project.scopes.of_name(module.scope, module.scope.bindings[attr])
            found = self.project.changes.settled(module.scope, attr, found)
            if not all(isinstance(value, Unknown) for value in found):
                return found
        inner = self.project.module_ref(f"{base.name}.{attr}", base.file or base.origin)
        if isinstance(inner, ModuleRef) and inner.file != base.file:
            return (inner,)
        if module is not None:
            if attr in module.scope.bindings or module.scope.stars:
                return self.project.scopes.lookup(attr, module.scope)
            return (Unknown(f"{base.name} has no {attr}"),)
        return (External(f"{base.name}.{attr}"),)

    def class_attribute(self, cls: ClassRef, attr: str, instance: Instance | None) -> tuple[Value, ...]:
        """An attribute of a class of the project: its own, its instances', its bases'."""
        external: External | None = None
        for base in self.bases(cls):
            if isinstance(base, External):
                external = external or base
                continue
            inner = base.definition.inner
            found = self.own(inner, attr, instance)
            if found:
                if instance is not None:
                    found = given(self.project, cls, base, attr, instance, found)
                found = self.project.changes.settled(inner, attr, found)
                if instance is not None:
                    found = unique(w for v in self._inherited(cls, instance, attr, found) for w in self._read(v))
                if any(isinstance(b, External) and b.name in _FROM_ENVIRONMENT for b in self.bases(cls)):
                    return tuple(Unknown("the environment decides") if isinstance(v, Const) else v for v in found)
                return found
        if external is not None and instance is not None:
            return (Member(instance, attr),)
        return (External(f"{external.name}.{attr}"),) if external else (Unknown(f"no attribute {attr}"),)

    def own(self, scope: Scope, attr: str, instance: Instance | None) -> tuple[Value, ...]:
        """What a class itself says about an attribute: in its body, in its methods; empty when nothing."""
        key = (id(scope), attr, instance is not None)
        if key in self._owned:
            return self._owned[key]
        bound, body = self.project.scopes.bound, scope.bindings.get(attr, [])
        by_method: dict[int, list[Binding]] = {}
        for binding in scope.attributes.get(attr, ()) if instance is not None or not body else ():
            by_method.setdefault(id(binding.scope), []).append(binding)
        found = [value for bindings in by_method.values() for value in bound(bindings)]
        made = any(bs[0].scope.node.name in _MAKING for bs in by_method.values())  # type: ignore[attr-defined]
        if body and not made:
            found += bound(body)
        answer = said(found) if found else ()
        if not any(isinstance(value, Unknown) for value in found):  # in a circle: ask again when it is closed
            self._owned[key] = answer
        return answer

    def _inherited(self, cls: ClassRef, instance: Instance, attr: str, own: tuple[Value, ...]) -> tuple[Value, ...]:
        """`self.attr` in a method: what subclasses put in its place counts, too."""
        if instance.site[2] != -9:
            return own
        found: list[Value] = []
        name = cls.definition.symbol.rpartition(".")[2].split("#")[0]
        kept = any(
            cls in self.project.values(call.node.func, call.scope) for call in self.project.calls_named.get(name, ())
        )
        for heir in self.heirs(cls.definition):
            order = [base for base in self.bases(heir) if isinstance(base, ClassRef)]
            scopes = (base.definition.inner for base in order[: order.index(cls)])
            others = next((values for scope in scopes if (values := self.own(scope, attr, instance))), ())
            found += others
            kept = kept or not others
        return unique((*own, *found)) if kept or not found else unique(found)

    def heirs(self, definition: Definition) -> list[ClassRef]:
        """The classes derived from one; modules that came since the last question are read now."""
        while self._read_modules < len(self.project.loaded):
            module = self.project.loaded[self._read_modules]
            self._read_modules += 1  # first: whoever asks meanwhile gets what there is
            for cls in [ClassRef(d) for d in module.classes()]:
                for base in self.bases(cls):
                    if isinstance(base, ClassRef) and base != cls:
                        self._heirs.setdefault(base.definition, []).append(cls)
        return self._heirs.get(definition, [])

    def _read(self, value: Value) -> tuple[Value, ...]:
        """What an object's attribute gives: for a property, what it returns."""
        if isinstance(value, FuncRef):
            names = [getattr(d, "attr", getattr(d, "id", "")) for d in value.definition.node.decorator_list]
            if "property" in names or "cached_property" in names:
                inner = value.definition.inner
                return unique(v for node in inner.returns for v in self.project.values(node, inner))
        return (value,)

    def bases(self, value: Value) -> tuple[External | ClassRef, ...]:
        """A class and all its bases, in the order in which attributes are looked up: none before its heirs."""
        if value in self._orders:
            return self._orders[value]
        order: list[External | ClassRef] = []  # backwards
        seen: set[External | ClassRef] = set()
        stack: list[tuple[Value, bool]] = [(value, False)]
        sure = isinstance(value, ClassRef)
        while stack:
            item, done = stack.pop()
            if not isinstance(item, (External, ClassRef)):
                sure = sure and not isinstance(item, Unknown)  # in a circle: ask again when it is closed
            elif done:
                order.append(item)
            elif item not in seen:
                seen.add(item)
                stack.append((item, True))
                stack += ((base, False) for base in self.direct(item))  # the last one first
        found = tuple(reversed(order))
        if sure:
            self._orders[value] = found
        return found

    def direct(self, item: External | ClassRef) -> list[Value]:
        """The bases that a class names."""
        if not isinstance(item, ClassRef) or not isinstance(item.definition.node, ast.ClassDef):
            return []
        scope = item.definition.scope
        nodes = (b.value if isinstance(b, ast.Subscript) else b for b in item.definition.node.bases)
        return [v for node in nodes for v in self.project.values(node, scope)]

    def is_a(self, value: Value, names: frozenset[str]) -> bool:
        """Whether an object (or a class) is one of these classes, by dotted name, or a subclass of one."""
        cls = value.cls if isinstance(value, Instance) else value
        return any(
            (base.name if isinstance(base, External) else base.definition.dotted) in names for base in self.bases(cls)
        )

    def super_(self, scope: Scope) -> tuple[Value, ...]:
        """`super()` in a method: the object, as its bases see it."""
        function = scope.function()
        owner = function.parent if function is not None else None
        if owner is None or not isinstance(owner.node, ast.ClassDef) or owner.parent is None:
            return ()
        site = (owner.module.file, owner.node.lineno, -9)
        bases = (v for base in owner.node.bases for v in self.project.values(base, owner.parent))
        return tuple(Instance(base, site) for base in bases if isinstance(base, (External, ClassRef)))
