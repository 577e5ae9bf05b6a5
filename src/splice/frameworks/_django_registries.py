"""What is registered on the routers of Django REST framework, wherever that happens."""

from __future__ import annotations

import ast
from dataclasses import dataclass, field

from splice.frameworks._django_names import ROUTER
from splice.frameworks._django_search import Search
from splice.frameworks._routing import Site
from splice.frameworks._views import NoTarget
from splice.model import Reason
from splice.resolve import Project
from splice.resolve.arguments import Argument, parameters, passed
from splice.symbols import Scope
from splice.values import NONE, Env, External, Instance, Items, Member, Value


@dataclass(frozen=True, slots=True)
class Entry:
    """One `register(prefix, viewset)`; the prefix is None when it is not constant."""

    prefix: str | None
    viewset: Value
    scope: Scope = field(compare=False)
    node: ast.AST = field(compare=False)
    env: Env = field(default_factory=dict, compare=False)  # what the function around it was called with


class Registries:
    """Every router of a project, with its entries."""

    def __init__(self, search: Search) -> None:
        self.search, self.project = search, search.project
        self.routers: dict[Site, Instance] = {}
        self.unclear: set[Site] = set()  # something replaces their registry
        self.taken: set[Site] = set()  # others take over their entries
        self._entries: dict[Site, list[Entry]] = {}
        self._extended: dict[Site, list[Site]] = {}

    def see(self, router: Instance) -> Site:
        """Note a router: those that one factory makes for several callers are several."""
        site = router.site
        if router.factory is not None:
            calls = " ".join(f"{file}:{line}:{column}" for file, line, column in router.factory.calls)
            made = (f"{site[0]} by {calls}", *site[1:])
            self._extend(made, site)
            site = made
        self.routers.setdefault(site, router)
        return site

    def collect(self) -> None:
        """Everything that is put into a registry anywhere."""
        for _, call in self.project.calls(*sorted(self.project.spellings("register"))):
            for env in self.search.contexts.turns(call.scope, call.loops, [call.node]):
                for value in self.project.values(call.node.func, call.scope, env):
                    if isinstance(value, Member) and value.attr == "register" and is_router(self.project, value.of):
                        given = passed(self.project, call.node, call.scope, env)
                        prefixes = given.texts("prefix", 0) or (None,)
                        for viewset in given.values("viewset", 1):
                            self._register(value.of, prefixes, viewset, Argument(call.node, call.scope, env))
        for _, call in self.project.calls("append", "extend"):
            match call.node.func:
                case ast.Attribute(value=ast.Attribute(value=owner, attr="registry"), attr=attr) if call.node.args:
                    for env in self.search.contexts.turns(call.scope, call.loops, [call.node]):
                        for router in self.project.values(owner, call.scope, env):
                            if isinstance(router, Instance) and is_router(self.project, router):
                                self._grow(router, attr, Argument(call.node.args[0], call.scope, env))
        for module in self.project.modules():
            for node, scope in module.stores.get("registry", ()):
                self.unclear |= {self.see(v) for v in self.project.values(node, scope) if isinstance(v, Instance)}

    def _register(self, router: Instance, prefixes: tuple[str | None, ...], viewset: Value, at: Argument) -> None:
        entries = self._entries.setdefault(self.see(router), [])
        for prefix in prefixes:
            entry = Entry(prefix, viewset, at.scope, at.node, at.env)
            if entry not in entries:
                entries.append(entry)

    def _grow(self, router: Instance, attr: str, argument: Argument) -> None:
        """`router.registry.extend(other.registry)`, or entries put there by hand."""
        site = self.see(router)
        for value in self.project.values(argument.node, argument.scope, argument.env):
            if isinstance(value, Member) and value.attr == "registry" and is_router(self.project, value.of):
                self._extend(site, self.see(value.of))
            elif isinstance(value, Items) and attr == "append" and len(value.elements) in (2, 3):
                prefix = self.project.text(*value.elements[0], argument.env)
                for viewset in self.project.values(*value.elements[1], argument.env):
                    self._register(router, (prefix,), viewset, argument)
            else:
                none = NoTarget(Reason.ENDPOINT_UNKNOWN, "what is put into this registry is not known")
                self.search.refuse(argument.scope, argument.node, none)

    def _extend(self, site: Site, other: Site) -> None:
        if other not in self._extended.setdefault(site, []):
            self._extended[site].append(other)
            self.taken.add(other)

    def entries(self, site: Site) -> list[Entry]:
        """The entries of a router, with those that it takes over from others."""
        found: list[Entry] = []
        seen, queue = set(), [site]
        while queue:
            at = queue.pop(0)
            if at not in seen:
                seen.add(at)
                found += self._entries.get(at, [])
                queue += self._extended.get(at, [])
        made = self._made_with(site)
        return [entry for entry in found if _agree(entry.env, made)] or found

    def _made_with(self, site: Site) -> Env:
        """What the function that made a router was called with, where that is one call."""
        router = self.routers.get(site)
        factory = router.factory if router is not None else None
        function = router.scope.function() if router is not None and router.scope is not None else None
        if factory is None or function is None or len(factory.calls) != 1:
            return NONE
        definition = function.module.definitions[function.symbol]
        for call in factory.scope.module.calls:
            if (call.node.lineno, call.node.col_offset) == factory.calls[0][1:] and call.scope is factory.scope:
                return parameters(definition, passed(self.project, call.node, call.scope))
        return NONE


def _agree(one: Env, other: Env) -> bool:
    """Whether a function may have been called with both: a factory registers for each of its callers."""
    return all(one[name] == other[name] for name in one.keys() & other.keys())


def is_router(project: Project, value: Value) -> bool:
    """Whether an object makes routes of viewsets, in a way that is known or not."""
    if not isinstance(value, Instance):
        return False
    names = [base.name for base in project.bases(value.cls) if isinstance(base, External)]
    return any(name in ROUTER or name.endswith("Router") for name in names)
