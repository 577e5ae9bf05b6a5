"""Apps, routers and mounts of FastAPI and Starlette: who answers below whom, and at which path.

The two share one graph, since either mounts the other. Version 0.141 of FastAPI decides where versions differ:
an included router's plain routes and mounts get the including router's prefix too.

An object has up to three nodes. What its prefix applies to (`@router.get`) and what it does not (`add_route`) are
inner nodes; the outer one is what others mount. All objects that one factory makes share the inner nodes, so that
what the factory registers is served below each of them, with the prefix that each was made with.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field

from splice.frameworks._asgi_calls import arguments, classes, constructor, is_framework, made
from splice.frameworks._asgi_lists import Lists, stripped
from splice.frameworks._asgi_names import ANY, API, API_ROUTER, APPS, ROUTER, Paths
from splice.frameworks._contexts import Contexts
from splice.frameworks._routing import Site
from splice.mutation import last_name
from splice.resolve import Project
from splice.resolve.arguments import Argument, Passed, passed
from splice.symbols import CallSite, Scope
from splice.values import NONE, ClassRef, Env, External, FuncRef, Instance, Member, Value

UNKNOWN_PARENT: Site = ("", 0, 0)  # an app of the project that cannot be told which
_SELF = -9  # the column that `resolve` gives to `self`


@dataclass(slots=True)
class Graph:
    """What the constructors and mounting calls of a project say."""

    project: Project
    contexts: Contexts
    apps: set[Site] = field(default_factory=set)
    api: set[Site] = field(default_factory=set)  # nodes of objects of FastAPI's own classes
    mounts: dict[Site, list[tuple[Site, str | None]]] = field(default_factory=dict)
    lists: Lists = field(init=False)
    adopted: set[Site] = field(default_factory=set)  # objects of outside classes that are included as routers
    documents: set[Site] = field(default_factory=set)  # routers that only describe callbacks
    open_world: bool = False
    objects: dict[Site, Instance] = field(default_factory=dict)  # by outer node
    used: set[Site] = field(default_factory=set)  # outer nodes that something mounts
    factories: set[Site] = field(default_factory=set)  # outer nodes whose objects other functions get
    #: What each mounting passes, and what each object was made with (None: not seen), by its edge: `dependencies`
    #: among that covers what is registered below.
    covers: dict[tuple[Site, Site], list[Passed | None]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.lists = Lists(self)

    def build(self) -> None:
        """Everything that is made or mounted anywhere."""
        self.lists.index()
        for _, instance in made(self.project, ANY):
            self.see(instance)
        for module, call in self.project.calls("include_router", "mount", "host"):
            if not is_framework(module.name):
                self._mounting(call)
        for module in self.project.modules():
            for call in module.calls:
                self._callbacks(call)
            mounted = any(last_name(call.node.func) in ("include_router", "mount") for call in module.in_lambdas)
            self.open_world = self.open_world or mounted

    def finish(self) -> None:
        """Link inner nodes to outer ones, when every object has been seen."""
        described = self.documents - self.used
        self.documents = {_inner(outer, prefixed) for outer in described for prefixed in (True, False)}
        for outer, instance in list(self.objects.items()):
            if instance.site[2] == _SELF and instance.call is None:
                others = [(o, i) for o, i in self.objects.items() if i.call is not None and self._is_self(instance, i)]
                for node, other in others:
                    self._link(instance.site, node, other)
                if not others or outer in self.used:
                    self._link(instance.site, outer, instance)
            elif instance.factory is not None:
                self._link(instance.site, outer, instance)
                self._link(outer, outer, instance)
            elif outer not in self.factories or outer in self.used:
                self._link(outer, outer, instance)

    def _link(self, inner: Site, outer: Site, instance: Instance) -> None:
        for prefix in self.prefixes(instance):
            self.mount(_inner(inner, True), outer, prefix)
        made = constructor(self.project, instance)
        self.covers.setdefault((_inner(inner, True), outer), []).append(made)
        self.mount(_inner(inner, False), outer, "")

    def _is_self(self, instance: Instance, other: Instance) -> bool:
        definitions = [cls.definition for cls in classes(self.project, other)]
        return any((d.scope.module.file, d.node.lineno, _SELF) == instance.site for d in definitions)

    # -- objects -------------------------------------------------------------------------------------

    def receivers(self, node: ast.expr, scope: Scope, env: Env) -> list[Instance]:
        """The apps and routers that an expression may be; `app.router` is the app, `app.webhooks` nothing served."""
        if isinstance(node, ast.Attribute) and node.attr in ("router", "webhooks"):
            owners = [v for v in self.project.values(node.value, scope, env) if self.is_app(v)]
            if owners:
                return [v for v in map(self.receiver, owners) if v is not None and node.attr == "router"]
        values = self.project.values(node, scope, env)
        return [v for v in map(self.receiver, values) if v is not None]

    def receiver(self, value: Value) -> Instance | None:
        """The app or router that a value is."""
        if isinstance(value, Member) and value.attr == "router" and self.is_app(value.of):
            value = value.of
        if not isinstance(value, Instance) or not (self.is_any(value) or value.site in self.adopted):
            return None
        self.see(value)
        return value

    def is_any(self, instance: Instance) -> bool:
        return self.project.is_a(instance, ANY)

    def is_app(self, value: Value) -> bool:
        return isinstance(value, Instance) and self.project.is_a(value, APPS)

    def is_api(self, instance: Instance) -> bool:
        """Whether an object is of FastAPI's classes, and has `get`, `post`, ..."""
        return self.project.is_a(instance, API) or instance.site in self.adopted

    def node(self, instance: Instance, *, prefixed: bool) -> Site:
        """Where something that is registered on an object hangs."""
        return _inner(self.see(instance), prefixed)

    def see(self, instance: Instance) -> Site:
        """Note an app or router, with the routes and mounts that its constructor gets; its outer node."""
        site = _outer(instance, self.prefixes(instance))
        if site in self.objects:
            return site
        self.objects[site] = instance
        if instance.factory is not None:
            self.factories.add(instance.site)
            self.see(Instance(instance.cls, instance.site, instance.call, instance.scope, NONE))
        api, is_app = self.is_api(instance), self.project.is_a(instance, APPS | ROUTER)
        if is_app:
            self.apps.add(site)  # a plain Router answers on its own too
        if api:
            self.api |= {site, _inner(site, True), _inner(site, False)}
        given = constructor(self.project, instance)
        if given is not None:
            position = -1 if api else 0 if self.project.is_a(instance, ROUTER) else 1
            listed = given.get("routes", position)
            self.open_world = self.open_world or (listed is None and not given.complete and not api)
            self.lists.into(listed, _inner(site, False))
        elif instance.call is None and not is_app and instance.site[2] != _SELF:
            self.mount(site, UNKNOWN_PARENT, None)  # a parameter known by its annotation only
        return site

    def prefixes(self, instance: Instance) -> Paths:
        """An APIRouter's own prefix; `("",)` for what has none."""
        if not self.is_any(instance):
            return (None,)  # of a class outside the project: it may do what it likes
        if not self.project.is_a(instance, API_ROUTER) or instance.call is None:
            return ("",)
        given = constructor(self.project, instance)
        if self.project.reassigned(instance, "prefix"):
            return (None,)
        return ("",) if given is None else given.texts("prefix") or ("",)

    # -- edges ---------------------------------------------------------------------------------------

    def mount(self, child: Site, parent: Site, prefix: str | None) -> None:
        """`child` answers below `parent`."""
        if parent == UNKNOWN_PARENT:
            self.apps.add(parent)
        edge = (parent, prefix)
        if edge not in self.mounts.setdefault(child, []):
            self.mounts[child].append(edge)

    def _mounting(self, call: CallSite) -> None:
        func = call.node.func
        if not isinstance(func, ast.Attribute):
            return
        for env in self.contexts.turns(call.scope, call.loops, [call.node]):
            given = passed(self.project, call.node, call.scope, env)
            parents = self.receivers(func.value, call.scope, env)
            for parent in parents:
                if func.attr == "include_router":
                    self._include(self.node(parent, prefixed=True), given)
                else:
                    self.mounted(
                        given.get("app", 1),
                        self.node(parent, prefixed=False),
                        ("",) if func.attr == "host" else stripped(given.texts("path", 0)),
                    )
            if isinstance(func.value, ast.Attribute) and func.value.attr == "webhooks":
                described = (self.receiver(value) for value in given.values("router", 0))
                self.documents |= {self.see(router) for router in described if router is not None}
            elif not parents and func.attr == "include_router":
                self._include(UNKNOWN_PARENT, given)

    def _include(self, parent: Site, given: Passed) -> None:
        prefixes: Paths = given.texts("prefix") or ("",)
        if parent == UNKNOWN_PARENT:
            prefixes = (None,)
        for value in given.values("router", 0):
            child = self.receiver(value)
            if child is None and isinstance(value, Instance) and isinstance(value.cls, External):
                inner = list(self.inside(value))
                for router in inner:  # `versioned(router)`: whatever that does to its paths
                    self.hang(router, parent, None)
                    self.covers.setdefault((self.see(router), parent), []).append(None)
                if not inner:
                    self.adopted.add(value.site)
                    child = self.receiver(value)
            if child is not None:
                for prefix in prefixes:
                    self.hang(child, parent, prefix)
                self.covers.setdefault((self.see(child), parent), []).append(given)
            elif not isinstance(value, Instance):
                self.open_world = True

    def hang(self, child: Instance, parent: Site, prefix: str | None) -> None:
        """Mount an object, whatever was registered on it."""
        site = self.see(child)
        self.used.add(site)
        self.mount(site, parent, prefix)

    def mounted(self, arg: Argument | None, parent: Site, paths: Paths) -> None:
        for value in self.project.values(arg.node, arg.scope, arg.env) if arg is not None else ():
            child = self.receiver(value)
            inner = [child] if child is not None else list(self.inside(value))
            for router in inner:
                for path in paths:
                    self.hang(router, parent, path)
            if not inner and not isinstance(value, (Instance, External, FuncRef, ClassRef)):
                self.open_world = True

    def inside(self, value: Value, depth: int = 0) -> Iterator[Instance]:
        """The app inside ASGI middleware, which serves it at the same paths: `CORSMiddleware(app)`."""
        given = arguments(self.project, value) if isinstance(value, Instance) and depth < 5 else None
        if given is None:
            return
        for argument in (*given.positional[:1], *(given.named[n] for n in ("app", "router") if n in given.named)):
            for inner in self.project.values(argument.node, argument.scope, argument.env):
                found = self.receiver(inner)
                yield from [found] if found is not None else self.inside(inner, depth + 1)

    # -- descriptions --------------------------------------------------------------------------------

    def _callbacks(self, call: CallSite) -> None:
        """`callbacks=router.routes` puts a router into the documentation; it serves nothing."""
        for keyword in call.node.keywords:
            if keyword.arg != "callbacks":
                continue
            for node in ast.walk(keyword.value):
                if isinstance(node, ast.Attribute) and node.attr == "routes":
                    self.documents |= {self.see(router) for router in self.receivers(node.value, call.scope, NONE)}


def _outer(instance: Instance, prefixes: Paths) -> Site:
    """The node of an object; those that one factory makes for several callers, or turns, are several."""
    if instance.factory is None:
        return instance.site
    calls = " ".join(f"{file}:{line}:{column}" for file, line, column in instance.factory.calls)
    return (f"{instance.site[0]} by {calls} as {prefixes!r}", *instance.site[1:])


def _inner(outer: Site, prefixed: bool) -> Site:
    return (f"{outer[0]} {'prefixed' if prefixed else 'plain'}", outer[1], outer[2])
