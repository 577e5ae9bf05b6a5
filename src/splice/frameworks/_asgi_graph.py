"""Apps, routers and mounts of FastAPI and Starlette: who answers below whom, and at which path.

The two share one graph, since either mounts the other. An APIRouter's own prefix is part of the paths
registered on it; `include_router`, `mount` and `Mount` are edges. Version 0.141 of FastAPI decides where
versions differ: an included router's plain routes and mounts get the including router's prefix too.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field

from splice.frameworks._asgi_calls import HIDDEN, Arg, Args, constructor, contexts, made
from splice.frameworks._routing import Site
from splice.resolve import Project
from splice.symbols import CallSite
from splice.values import NONE, ClassRef, External, FuncRef, Instance, Items, Member, Value

FASTAPI = frozenset({"fastapi.FastAPI", "fastapi.applications.FastAPI"})
API_ROUTER = frozenset(
    {
        "fastapi.APIRouter",
        "fastapi.routing.APIRouter",
        "fastapi_utils.inferring_router.InferringRouter",
        "fastapi_restful.inferring_router.InferringRouter",
    }
)
STARLETTE = frozenset({"starlette.applications.Starlette"})
ROUTER = frozenset({"starlette.routing.Router"})
APPS = FASTAPI | STARLETTE
ANY = APPS | API_ROUTER | ROUTER
API = FASTAPI | API_ROUTER
API_ROUTE = frozenset({"fastapi.routing.APIRoute"})
ROUTE = frozenset({"starlette.routing.Route", "fastapi.routing.Route"}) | API_ROUTE
WEBSOCKET_ROUTE = frozenset({"starlette.routing.WebSocketRoute", "fastapi.routing.APIWebSocketRoute"})
MOUNT = frozenset({"starlette.routing.Mount", "fastapi.routing.Mount"})
HOST = frozenset({"starlette.routing.Host"})
UNKNOWN_PARENT: Site = ("", 0, 0)  # an app of the project that cannot be told which


@dataclass(frozen=True, slots=True)
class Listed:
    """A `Route` object in the list of an app, a router or a Mount."""

    route: Instance
    site: Site


@dataclass(slots=True)
class Graph:
    """What the constructors and mounting calls of a project say; `routes` are the Route objects met on the way."""

    project: Project
    apps: set[Site] = field(default_factory=set)
    api: set[Site] = field(default_factory=set)  # objects of FastAPI's own classes
    mounts: dict[Site, list[tuple[Site, str | None]]] = field(default_factory=dict)
    routes: list[Listed] = field(default_factory=list)
    adopted: set[Site] = field(default_factory=set)  # objects of outside classes that are included as routers
    documents: set[Site] = field(default_factory=set)  # routers that only describe callbacks
    open_world: bool = False
    objects: dict[Site, Instance] = field(default_factory=dict)

    def build(self) -> None:
        """Everything that is made or mounted anywhere."""
        for _, instance in made(self.project, ANY):
            self.see(instance)
        for _, call in self.project.calls("include_router", "mount", "host"):
            self._mounting(call)
        for module in self.project.modules():
            for call in module.calls:
                self._callbacks(call)
        self._selves()

    # -- objects -------------------------------------------------------------------------------------

    def receiver(self, value: Value) -> Instance | None:
        """The app or router that a value is, `app.router` included."""
        if isinstance(value, Member) and value.attr == "router" and self.project.is_a(value.of, APPS):
            value = value.of
        if not isinstance(value, Instance):
            return None
        if not self.project.is_a(value, ANY) and value.site not in self.adopted:
            return None
        return self.see(value)

    def see(self, instance: Instance) -> Instance:
        """Note an app or router, with the routes and mounts that its constructor gets."""
        site = instance.site
        if site in self.objects:
            return self.objects[site]
        self.objects[site] = instance
        is_app = self.project.is_a(instance, APPS | ROUTER)
        if is_app:
            self.apps.add(site)  # a plain Router answers on its own too
        if self.project.is_a(instance, API) or site in self.adopted:
            self.api.add(site)
        args = constructor(self.project, instance)
        if args is not None:
            self.listed(args.get("routes", None if self.project.is_a(instance, API) else self._place(instance)), site)
        elif instance.call is None and not is_app and site[2] > -9:
            self.mount(site, UNKNOWN_PARENT, None)  # a parameter known by its annotation only
        return instance

    def _place(self, instance: Instance) -> int | None:
        """The position of `routes` in a constructor of Starlette."""
        return 0 if self.project.is_a(instance, ROUTER) else 1

    def prefixes(self, instance: Instance) -> tuple[str | None, ...]:
        """An APIRouter's own prefix; `("",)` for what has none."""
        if instance.site in self.adopted and not self.project.is_a(instance, ANY):
            return (None,)
        if not self.project.is_a(instance, API_ROUTER) or instance.call is None:
            return ("",)
        args = constructor(self.project, instance)
        return args.texts("prefix") if args is not None else ("",)

    def _selves(self) -> None:
        """`self` in a subclass of the framework's is each object made of it."""
        for site, instance in list(self.objects.items()):
            if instance.call is not None or site[2] != -9 or not isinstance(instance.cls, ClassRef):
                continue
            for other in list(self.objects.values()):
                if other.call is not None and instance.cls in self.project.bases(other.cls):
                    for prefix in self.prefixes(other):
                        self.mount(site, other.site, prefix)

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
        for env in contexts(self.project, call):
            parents = [self.receiver(v) for v in self.project.values(func.value, call.scope, env)]
            args = Args(self.project, call.node, call.scope, env)
            for parent in parents:
                if parent is None:
                    if func.attr == "include_router":
                        self._include(None, args)
                elif func.attr == "include_router":
                    self._include(parent, args)
                else:
                    host = func.attr == "host"
                    paths = ("",) if host else tuple(p and p.rstrip("/") for p in args.texts("path", 0))
                    self._mounted(args.get("app", 1), parent.site, paths)

    def _include(self, parent: Instance | None, args: Args) -> None:
        above = self.prefixes(parent) if parent is not None else (None,)
        site = parent.site if parent is not None else UNKNOWN_PARENT
        prefixes = [None if a is None or p is None else a + p for a in above for p in args.texts("prefix")]
        for value in args.values("router", 0):
            child = self.receiver(value)
            if child is None and isinstance(value, Instance) and isinstance(value.cls, External):
                inner = list(self.inside(value))
                for router in inner:  # `versioned(router)`: whatever that does to its paths
                    self.mount(router.site, site, None)
                if not inner:
                    self.adopted.add(value.site)
                    child = self.see(value)
            if child is not None:
                for prefix in prefixes:
                    self.mount(child.site, site, prefix)
            elif not isinstance(value, Instance):
                self.open_world = True

    def _mounted(self, arg: Arg | object, parent: Site, paths: tuple[str | None, ...]) -> None:
        if not isinstance(arg, Arg):
            self.open_world = self.open_world or arg is HIDDEN
            return
        for value in self.project.values(arg.node, arg.scope, arg.env):
            child = self.receiver(value)
            inner = [child] if child is not None else list(self.inside(value))
            for router in inner:
                for path in paths:
                    self.mount(router.site, parent, path)
            if not inner and not isinstance(value, (Instance, External, FuncRef, ClassRef)):
                self.open_world = True

    def inside(self, value: Value, depth: int = 0) -> Iterator[Instance]:
        """The app inside ASGI middleware, which serves it at the same paths: `CORSMiddleware(app)`."""
        if not isinstance(value, Instance) or value.call is None or value.scope is None or depth > 5:
            return
        for node in (*value.call.args[:1], *(k.value for k in value.call.keywords if k.arg in ("app", "router"))):
            for inner in self.project.values(node, value.scope, value.env or NONE):
                found = self.receiver(inner)
                yield from [found] if found is not None else self.inside(inner, depth + 1)

    # -- lists of routes -----------------------------------------------------------------------------

    def listed(self, arg: Arg | object, site: Site) -> None:
        """The routes and mounts in a `routes=` argument of the object at `site`."""
        if isinstance(arg, Arg):
            for value in self.project.values(arg.node, arg.scope, arg.env):
                self._listed(value, arg, site)
        elif arg is HIDDEN and site not in self.api:
            self.open_world = True

    def _listed(self, value: Value, arg: Arg, site: Site) -> None:
        node = arg.node
        if isinstance(value, Items):
            for element, where in value.elements:
                if isinstance(element, ast.Starred):
                    self.listed(Arg(element.value, where), site)
                else:
                    for item in self.project.values(element, where):
                        self._element(item, site)
        elif isinstance(value, Member) and value.attr == "routes" and (child := self.receiver(value.of)) is not None:
            self.mount(child.site, site, "")
        elif isinstance(node, ast.BinOp):
            self.listed(Arg(node.left, arg.scope, arg.env), site)
            self.listed(Arg(node.right, arg.scope, arg.env), site)
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ("list", "tuple"):
            for inner in node.args:
                self.listed(Arg(inner, arg.scope, arg.env), site)
        elif not (isinstance(node, ast.Constant) and node.value is None):
            self.open_world = True

    def _element(self, value: Value, site: Site) -> None:
        if not isinstance(value, Instance) or value.call is None or value.scope is None:
            self.open_world = True
            return
        args = Args(self.project, value.call, value.scope, value.env or NONE)
        if self.project.is_a(value, ROUTE | WEBSOCKET_ROUTE):
            self.routes.append(Listed(value, site))
        elif self.project.is_a(value, MOUNT | HOST):
            is_mount = self.project.is_a(value, MOUNT)
            paths = tuple(p and p.rstrip("/") for p in args.texts("path", 0)) if is_mount else ("",)
            self._mounted(args.get("app", 1), site, paths)
            inner = args.get("routes", 2) if is_mount else None
            if inner is not None:
                for path in paths:
                    self.mount(value.site, site, path)
                self.listed(inner, value.site)

    # -- descriptions --------------------------------------------------------------------------------

    def _callbacks(self, call: CallSite) -> None:
        """`callbacks=router.routes` puts a router into the documentation; it serves nothing."""
        for keyword in call.node.keywords:
            if keyword.arg != "callbacks":
                continue
            for node in ast.walk(keyword.value):
                if isinstance(node, ast.Attribute) and node.attr == "routes":
                    for value in self.project.values(node.value, call.scope):
                        if (router := self.receiver(value)) is not None:
                            self.documents.add(router.site)
