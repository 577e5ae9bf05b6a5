"""Whether a value is still what its name was bound to: elements and attributes that something sets elsewhere.

Order does not matter: what is changed anywhere in the project is not known anywhere. Objects are followed through
imports, other names, loops and the parameters of the project's own functions; code outside the project is taken
not to change what it is given, and a receiver that cannot be resolved not to be the object in question.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from splice.mutation import ANY, ANYTHING, MUTATORS, owner_of_self, sources
from splice.resolve.arguments import positional_names
from splice.symbols import CallSite, Module, Mutation, Scope
from splice.values import EVERY, GROWN, ClassRef, Const, External, FuncRef, Instance, Items, ModuleRef, Unknown, Value

if TYPE_CHECKING:
    from splice.resolve.project import Project

_DEPTH = 10  # functions that pass an object on to each other
Home = tuple[Scope, str]
Owner = Scope | str  # a class, or the file of a module
Store = tuple[ast.expr, Scope]  # the object that gets an attribute, and where that happens


class Changes:
    """Answers for one name in one scope (a module's, a class's, a function's) at a time."""

    def __init__(self, project: Project) -> None:
        self.project = project
        self._read_modules = 0
        self._named: dict[tuple[int, str], list[Mutation]] = {}  # by the homes of the object that changes
        self._given: dict[str, list[tuple[ast.expr, CallSite]]] = {}  # arguments of calls, by (last) name
        self._attributes: dict[str, list[Mutation]] = {}  # of objects that only evaluation tells, by attribute
        self._given_at: dict[str, tuple[int, dict[Home, list[tuple[ast.expr, CallSite]]]]] = {}  # those, by their homes
        self._mutations: dict[tuple[int, str], tuple[int, list[Mutation]]] = {}
        self._stored: dict[tuple[int, str], tuple[int, bool]] = {}
        self._holders: dict[str, tuple[int, dict[Owner, list[Store]]]] = {}  # by attribute: modules read, who sets it
        self._indexing: set[str] = set()

    def settled(self, home: Scope | None, name: str, values: tuple[Value, ...]) -> tuple[Value, ...]:
        """The values of a name, as far as nothing changes them in another way than by binding the name."""
        if home is None or not any(isinstance(v, (Items, Const)) and v != Const(None) for v in values):
            return values
        if self.stored(home, name):
            unknown = Unknown(f"{name} is set elsewhere")
            return tuple(unknown if isinstance(v, (Items, Const)) else v for v in values)
        return tuple(self._marked(v, self.mutations(home, name)) if isinstance(v, Items) else v for v in values)

    def _marked(self, items: Items, changes: list[Mutation]) -> Items:
        """A list or dict with what is not certain about it."""
        keys = {key.value for key in items.keys if isinstance(key, ast.Constant)}
        unsure: set[object] = set()
        for change in changes:
            if change.kind == "grow" and not items.keys:
                unsure.add(GROWN)
            elif change.key is None or not (items.keys or not items.elements) or change.kind == "grow":
                unsure.add(EVERY)
            elif change.kind == "set" or (change.kind == "drop") == (change.key in keys):
                unsure.add(change.key)
        return replace(items, unsure=items.unsure | unsure) if unsure else items

    # -- elements ------------------------------------------------------------------------------------

    def mutations(self, home: Scope, name: str) -> list[Mutation]:
        """Every change of the elements of what a name stands for."""
        count, found = self._mutations.get((id(home), name), (-1, []))
        if count != len(self.project.loaded):
            self._mutations[id(home), name] = (len(self.project.loaded), [ANYTHING])  # for whoever asks meanwhile
            found = list(self._changes(home, name, set()))
            self._mutations[id(home), name] = (len(self.project.loaded), found)
        return found

    def _changes(self, home: Scope, name: str, seen: set[tuple[int, str]], depth: int = 0) -> Iterator[Mutation]:
        if (id(home), name) in seen:
            return
        if depth > _DEPTH:
            yield ANYTHING
            return
        seen.add((id(home), name))
        self._index()
        yield from self._named.get((id(home), name), ())
        for change in self._attributes.get(name, ()) if home.kind != "function" else ():
            assert isinstance(change.owner, ast.Attribute) and change.scope is not None
            if _owner(home) in self._held(self.project.values(change.owner.value, change.scope)):
                yield change
        for spelled in sorted(self.project.spellings(name)):
            at = 0
            while at < len(given := self._arguments(spelled, (home, name))):  # more may be read meanwhile
                yield from self._passed_on(*given[at], seen, depth + 1)
                at += 1

    def _arguments(self, spelled: str, home: Home) -> list[tuple[ast.expr, CallSite]]:
        """The arguments written with this name that are the object of that home. Each is looked up once."""
        done, found = self._given_at.get(spelled, (0, {}))
        given = self._given.get(spelled, [])
        self._given_at[spelled] = len(given), found
        for node, call in given[done:]:
            for one in self.homes(node, call.scope):
                found.setdefault(one, []).append((node, call))
        return found.get(home, [])

    def _passed_on(self, node: ast.expr, call: CallSite, seen: set[tuple[int, str]], depth: int) -> Iterator[Mutation]:
        """What a function of the project, or a known one from outside, does to its argument."""
        for callee in self.project.values(call.node.func, call.scope):
            if isinstance(callee, ClassRef):
                callee = self.project.class_attribute(callee, "__init__", None)[0]
            if isinstance(callee, External) and callee.name in MUTATORS and call.node.args[:1] == [node]:
                yield ANYTHING
            if not isinstance(callee, FuncRef):
                continue
            definition = callee.definition
            names = positional_names(definition)
            keyword = next((k.arg for k in call.node.keywords if k.value is node), None)
            if keyword is None and node in call.node.args:
                index = call.node.args.index(node) - self.project.explicit_self(call)
                keyword = names[index] if 0 <= index < len(names) else None
            if keyword is not None:
                yield from self._changes(definition.inner, keyword, seen, depth)

    def _index(self) -> None:
        """Read the modules that came since the last question."""
        while self._read_modules < len(self.project.loaded):
            module = self.project.loaded[self._read_modules]
            self._read_modules += 1
            for name, calls in module.given.items():
                self._given.setdefault(name, []).extend(calls)
            for changes in module.mutations.values():
                for change in changes:
                    assert change.owner is not None and change.scope is not None
                    homes = self.homes(change.owner, change.scope)
                    for (home, name), same in homes.items():
                        self._named.setdefault((id(home), name), []).append(change if same else ANYTHING)
                    if isinstance(change.owner, ast.Attribute) and not homes:
                        self._attributes.setdefault(change.owner.attr, []).append(change)

    def homes(self, node: ast.expr, scope: Scope) -> dict[Home, bool]:
        """The scopes that bind an object, and its names there; false where it is an element of what these name."""
        found: dict[Home, bool] = {}
        queue: list[tuple[ast.expr, Scope, bool]] = [(node, scope, True)]
        while queue:
            item, where, same = queue.pop(0)
            for home in self._home(item, where):
                if home in found:
                    continue
                found[home] = same
                inner, name = home
                for binding in (*inner.bindings.get(name, ()), *inner.attributes.get(name, ())):
                    if binding.kind == "from":
                        module = self._module(binding.module, binding.level, inner.module)
                        if module is not None:
                            queue.append((ast.Name(binding.name), module.scope, same))
                    elif binding.value is not None:
                        whole = same and binding.kind != "item"
                        queue += (
                            (source, binding.scope, whole and source is binding.value)
                            for source in sources(binding.value)
                        )
        return found

    def _home(self, node: ast.expr, scope: Scope) -> Iterable[Home]:
        if isinstance(node, ast.Attribute):
            owner = owner_of_self(node.value, scope)
            if owner is not None:
                return [(owner, node.attr)]
            return [(m.scope, node.attr) for m in self.modules_named(node.value, scope)]
        if not isinstance(node, ast.Name):
            return []
        home: Scope | None = scope
        while home is not None and (node.id not in home.bindings or (home is not scope and home.kind == "class")):
            home = home.parent
        return [(home, node.id)] if home is not None else []

    def modules_named(self, node: ast.expr, scope: Scope) -> Iterator[Module]:
        """The module that a plain name stands for: decided by its imports alone."""
        for home, name in self._home(node, scope) if isinstance(node, ast.Name) else ():
            for binding in home.bindings.get(name, ()):
                if binding.kind in ("import", "from"):
                    file = home.module.file
                    dotted = binding.module
                    if binding.kind == "from":
                        above = self.project.names.resolve(file, binding.module or None, binding.level)
                        dotted = f"{above}.{binding.name}"
                    found = self.project.module_ref(dotted, file)
                    module = self.project.file(found.file) if isinstance(found, ModuleRef) and found.file else None
                    if module is not None:
                        yield module

    def _module(self, name: str, level: int, origin: Module) -> Module | None:
        found = self.project.module_ref(self.project.names.resolve(origin.file, name or None, level), origin.file)
        return self.project.file(found.file) if isinstance(found, ModuleRef) and found.file else None

    # -- attributes ----------------------------------------------------------------------------------

    def stored(self, home: Scope, name: str) -> bool:
        """Whether something sets this attribute of a module, or of a class or its objects, from outside."""
        if home.kind == "function":
            return False
        count, found = self._stored.get((id(home), name), (-1, False))
        if count != len(self.project.loaded):
            self._stored[id(home), name] = (len(self.project.loaded), True)  # for whoever asks meanwhile
            found = home.kind == "module" and bool(home.module.through_globals & {name, ANY})
            own = home.attributes.get(name, ())  # `self.name = ...`: a binding like any other
            found = found or any(
                not (owner_of_self(node, scope) is home and any(b.scope is scope for b in own))
                for attr in (name, ANY)
                for node, scope in self._stores_on(home, attr)
            )
            self._stored[id(home), name] = (len(self.project.loaded), found)
        return found

    def _stores_on(self, home: Scope, attr: str) -> Iterator[Store]:
        """Who sets this attribute of a module, a class or its objects. Every class there is asks, so it is an index."""
        if attr in self._indexing:  # what the index is made of asks for it
            stores = (store for module in list(self.project.modules()) for store in module.stores.get(attr, ()))
            yield from (store for store in stores if _owner(home) in self._held(self.project.values(*store)))
            return
        count, index = self._holders.get(attr, (0, {}))
        self._indexing.add(attr)
        try:
            while count < len(self.project.loaded):  # more may be read meanwhile
                module, count = self.project.loaded[count], count + 1
                for store in module.stores.get(attr, ()):
                    for held in dict.fromkeys(self._held(self.project.values(*store))):
                        index.setdefault(held, []).append(store)
                self._holders[attr] = (count, index)
        finally:
            self._indexing.discard(attr)
        yield from index.get(_owner(home), ())

    def _held(self, values: Iterable[Value]) -> Iterator[Owner]:
        """The modules and classes whose names are attributes of one of these objects."""
        for value in values:
            if isinstance(value, ModuleRef) and value.file:
                yield value.file
            cls = value.cls if isinstance(value, Instance) else value
            if isinstance(cls, ClassRef):
                yield from (b.definition.inner for b in self.project.bases(cls) if isinstance(b, ClassRef))


def _owner(home: Scope) -> Owner:
    return home.module.file if home.kind == "module" else home
