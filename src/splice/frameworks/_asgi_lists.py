"""Lists of `Route` and `Mount` objects: in constructors, put together, appended to, handed on between files."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import TYPE_CHECKING

from splice.frameworks._asgi_calls import arguments, is_framework
from splice.frameworks._asgi_names import HOST, MOUNT, ROUTE, WEBSOCKET_ROUTE, Paths
from splice.frameworks._routing import Site
from splice.resolve.arguments import Argument
from splice.symbols import CallSite, Scope
from splice.values import Env, Instance, Items, Member, ModuleRef, Value

if TYPE_CHECKING:
    from splice.frameworks._asgi_graph import Graph

_GROWING = ("append", "extend", "insert")


class Lists:
    """The routes met in lists that some object of the graph gets: `routes`, with the node they hang from."""

    def __init__(self, graph: Graph) -> None:
        self.graph, self.project = graph, graph.project
        self.routes: list[tuple[Instance, Site]] = []
        self._grown: dict[tuple[int, str], list[CallSite]] = {}  # by the scope that binds a list, and its name

    def index(self) -> None:
        """Note what is appended to lists: to named ones for later, to `app.routes` at once."""
        direct: list[CallSite] = []
        for module, call in self.project.calls(*_GROWING):
            func = call.node.func
            if not isinstance(func, ast.Attribute) or is_framework(module.name) or not call.node.args:
                continue
            if isinstance(func.value, ast.Attribute) and func.value.attr == "routes":
                direct.append(call)
            for home, name in self._homes(func.value, call.scope):
                self._grown.setdefault((id(home), name), []).append(call)
        for call in direct:
            owner = call.node.func.value.value  # type: ignore[attr-defined]
            for env in self.graph.contexts.turns(call.scope, call.loops, [call.node]):
                for parent in self.graph.receivers(owner, call.scope, env):
                    self._grow(call, env, self.graph.node(parent, prefixed=False))

    def into(self, arg: Argument | None, site: Site) -> None:
        """The routes and mounts in a `routes=` argument of the object at `site`."""
        if arg is None:
            return
        for value in self.project.values(arg.node, arg.scope, arg.env):
            self._value(value, arg, site)
        for home, name in self._homes(arg.node, arg.scope):
            for call in self._grown.get((id(home), name), ()):
                for env in self.graph.contexts.turns(call.scope, call.loops, [call.node]):
                    self._grow(call, env, site)

    def _grow(self, call: CallSite, env: Env, site: Site) -> None:
        arg = Argument(call.node.args[-1], call.scope, env)
        if isinstance(call.node.func, ast.Attribute) and call.node.func.attr == "extend":
            self.into(arg, site)
        else:
            for value in self.project.values(arg.node, arg.scope, arg.env):
                self._element(value, site)

    def _homes(self, node: ast.expr, scope: Scope) -> Iterator[tuple[Scope, str]]:
        """The scope that binds a list, and its name there, across imports."""
        if isinstance(node, ast.Attribute):
            for value in self.project.values(node.value, scope):
                if isinstance(value, ModuleRef) and (module := self.project.file(value.file)) is not None:
                    yield from self._homes(ast.copy_location(ast.Name(node.attr), node), module.scope)
        if not isinstance(node, ast.Name):
            return
        home: Scope | None = scope
        while home is not None and (node.id not in home.bindings or (home is not scope and home.kind == "class")):
            home = home.parent
        if home is None:
            return
        binding = home.bindings[node.id][-1]
        if binding.kind != "from":
            yield home, node.id
            return
        names, here = self.project.names, home.module.file
        file = names.file_of(names.resolve(here, binding.module or None, binding.level), here)
        module = self.project.file(file) if file is not None and file != here else None
        if module is not None:
            yield from self._homes(ast.copy_location(ast.Name(binding.name), node), module.scope)

    def _value(self, value: Value, arg: Argument, site: Site) -> None:
        node, graph = arg.node, self.graph
        if isinstance(value, Items):
            for element, where in value.elements:
                if isinstance(element, ast.Starred):
                    self.into(Argument(element.value, where), site)
                else:
                    for item in self.project.values(element, where):
                        self._element(item, site)
        elif isinstance(value, Member) and value.attr == "routes" and (child := graph.receiver(value.of)) is not None:
            graph.hang(child, site, "")
        elif isinstance(node, ast.BinOp):
            self.into(Argument(node.left, arg.scope, arg.env), site)
            self.into(Argument(node.right, arg.scope, arg.env), site)
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ("list", "tuple"):
            for inner in node.args:
                self.into(Argument(inner, arg.scope, arg.env), site)
        elif not (isinstance(node, ast.Constant) and node.value is None):
            graph.open_world = True

    def _element(self, value: Value, site: Site) -> None:
        given = arguments(self.project, value) if isinstance(value, Instance) else None
        if not isinstance(value, Instance) or given is None:
            self.graph.open_world = True
        elif self.project.is_a(value, ROUTE | WEBSOCKET_ROUTE):
            self.routes.append((value, site))
        elif self.project.is_a(value, MOUNT | HOST):
            is_mount = self.project.is_a(value, MOUNT)
            paths = stripped(given.texts("path", 0)) if is_mount else ("",)
            self.graph.mounted(given.get("app", 1), site, paths)
            inner = given.get("routes", 2) if is_mount else None
            if inner is not None:
                for path in paths:
                    self.graph.mount(value.site, site, path)
                self.into(inner, value.site)


def stripped(paths: Paths) -> Paths:
    """The paths of a Mount, as it keeps them."""
    return tuple(path and path.rstrip("/") for path in paths) or (None,)
