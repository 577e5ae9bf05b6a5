"""`app.state.client`: the bag that Starlette gives an application for what its handlers share.

Only the service's own code fills it, so that every assignment to `<anything>.state.client` is all that it may hold;
a lifespan that yields `{"client": ...}` fills that of requests.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from splice.resolve import Project
from splice.symbols import Module, Scope

_APPS = ("fastapi.FastAPI", "fastapi.applications.FastAPI", "starlette.applications.Starlette")
_CONNECTIONS = ("Request", "WebSocket", "HTTPConnection")
_OF = frozenset(
    {
        *_APPS,
        *(f"fastapi.{name}" for name in _CONNECTIONS),
        *(f"fastapi.requests.{name}" for name in _CONNECTIONS),
        *(f"starlette.requests.{name}" for name in _CONNECTIONS),
        *(f"{package}.websockets.WebSocket" for package in ("fastapi", "starlette")),
    }
)


def is_state(name: str) -> bool:
    """Whether a dotted name is the state of an application or of a request."""
    cls, _, attr = name.rpartition(".")
    return attr == "state" and (cls in _OF or (cls.rpartition(".")[2] == "app" and cls.rpartition(".")[0] in _OF))


def assigned(module: Module) -> Iterator[tuple[str, ast.expr, Scope]]:
    """Every `x.state.name = value` of a module, and every `yield {"name": value}`: name, value, and where it stands."""
    if b".state" not in module.source.raw and b"lifespan" not in module.source.raw:
        return
    scopes = {id(definition.node): definition.inner for definition in module.definitions.values()}
    queue: list[tuple[ast.AST, Scope]] = [(module.tree, module.scope)]
    while queue:
        node, scope = queue.pop()
        scope = scopes.get(id(node), scope)
        match node:
            case ast.Assign(targets=targets, value=value):
                for target in targets:
                    if isinstance(target, ast.Attribute) and _is_of_state(target.value):
                        yield target.attr, value, scope
            case ast.AnnAssign(target=ast.Attribute(attr=attr, value=owner), value=ast.expr() as value):
                if _is_of_state(owner):
                    yield attr, value, scope
            case ast.Yield(value=ast.Dict(keys=keys, values=values)):
                for key, value in zip(keys, values, strict=True):
                    if isinstance(key, ast.Constant) and isinstance(key.value, str):
                        yield key.value, value, scope
        queue += ((child, scope) for child in ast.iter_child_nodes(node))


def _is_of_state(node: ast.expr) -> bool:
    return isinstance(node, ast.Attribute) and node.attr == "state"


class States:
    """What is assigned to the state anywhere in a project."""

    def __init__(self, project: Project) -> None:
        self.project = project
        self._found: dict[str, list[tuple[ast.expr, Scope]]] = {}
        self._read = 0

    def values(self, name: str) -> list[tuple[ast.expr, Scope]]:
        """The expressions that are assigned under a name."""
        while self._read < len(self.project.loaded):
            module = self.project.loaded[self._read]
            self._read += 1
            for attr, value, scope in assigned(module):
                self._found.setdefault(attr, []).append((value, scope))
        return self._found.get(name, [])
