"""The parameters of a function that FastAPI calls: which of them are dependencies, and what the others are read from.

`user: Annotated[User, Depends(f)]`, an alias of that in another module, `user = Depends(f)`, `token = Header(...)`.
"""

from __future__ import annotations

import ast
import builtins
from collections.abc import Iterator
from dataclasses import dataclass

from splice.access.calls import REQUESTS
from splice.access.known import is_plain
from splice.access.names import settled
from splice.frameworks._views import origin
from splice.resolve import Project
from splice.resolve.arguments import Argument, defaults, passed
from splice.symbols import Definition, Scope
from splice.values import NONE, ClassRef, Const, External, Instance, Unknown, Value

_WHERE = ("fastapi", "fastapi.param_functions", "fastapi.params")
DEPENDS = frozenset(f"{where}.{name}" for where in _WHERE for name in ("Depends", "Security"))
_SOURCES = {
    name: frozenset(f"{where}.{name}" for where in _WHERE) for name in ("Header", "Cookie", "Query", "Form", "Path")
}
_ANNOTATED = frozenset({External("typing.Annotated"), External("typing_extensions.Annotated")})
_DEPTH = 6  # aliases of aliases


@dataclass(frozen=True, slots=True)
class Declared:
    """One parameter, or one field of a class.

    `depends`: the expression that says it is a dependency, and `cls` what it stands for without an argument; `sure`:
    whether its annotation means one thing. `unknown`: the name of an annotation that may be a dependency. `source`:
    Header or Cookie, under `alias`; `constant`: whether `default` is its default.
    """

    name: str
    line: int
    depends: Argument | None = None
    cls: Argument | None = None
    sure: bool = True
    unknown: str = ""
    request: bool = False
    source: str = ""
    alias: str = ""
    required: bool = True
    constant: bool = False
    default: object = None


class Parameters:
    """Reads signatures of one project."""

    def __init__(self, project: Project) -> None:
        self.project = project

    def of(self, definition: Definition) -> Iterator[Declared]:
        """The parameters that FastAPI gives a value, in their order."""
        node = definition.node
        assert not isinstance(node, ast.ClassDef)
        names = defaults(definition)
        bound = definition.owner is not None and not _is_static(node)
        positional = [*node.args.posonlyargs, *node.args.args]
        for each in (*positional[1 if bound else 0 :], *node.args.kwonlyargs):
            default = names.get(each.arg)
            yield self._declared(each.arg, each.lineno, each.annotation, default, definition.scope)

    def fields(self, cls: Definition) -> Iterator[Declared]:
        """The fields of a class that are dependencies."""
        for name, bindings in cls.inner.bindings.items():
            binding = bindings[-1]
            if binding.kind == "assign" and (binding.value is not None or binding.annotation is not None):
                declared = self._declared(name, binding.line, binding.annotation, binding.value, cls.inner)
                if declared.depends is not None:
                    yield declared

    def _declared(
        self, name: str, line: int, annotation: ast.expr | None, default: ast.expr | None, scope: Scope
    ) -> Declared:
        cls = Argument(annotation, scope) if annotation is not None else None
        if default is not None:
            for source, value in self._made(default, scope):
                if not source:
                    return Declared(name, line, Argument(default, scope), cls)
                return self._read(name, line, source, value, None)
        if annotation is None:
            return Declared(name, line)
        inner, extra, sure = self._taken_apart(Argument(annotation, scope), 0)
        for piece in reversed(extra):
            for source, value in self._made(piece.node, piece.scope):
                if not source:
                    return Declared(name, line, piece, inner, sure)
                return self._read(name, line, source, value, Argument(default, scope) if default else None)
        request, unknown = self._kind(inner)
        return Declared(name, line, request=request, unknown="" if default is not None else unknown)

    def _made(self, node: ast.expr, scope: Scope) -> Iterator[tuple[str, Instance]]:
        """`Depends(f)` ("") and `Header()` ("Header"), also where a function of the project returns one."""
        for value in self.project.values(node, scope):
            if isinstance(value, Instance) and self.project.is_a(value, DEPENDS):
                yield "", value
            elif isinstance(value, Instance):
                yield from ((source, value) for source, names in _SOURCES.items() if self.project.is_a(value, names))

    def _read(self, name: str, line: int, source: str, made: Instance, default: Argument | None) -> Declared:
        """A parameter that is read from the request."""
        if made.call is None or made.scope is None or source not in ("Header", "Cookie"):
            return Declared(name, line)
        given = passed(self.project, made.call, made.scope, made.env or NONE)
        alias = (*given.texts("alias"), None)[0] or name.replace("_", "-")
        standing = default or given.get("default", 0)
        if standing is None or (isinstance(standing.node, ast.Constant) and standing.node.value is ...):
            return Declared(name, line, source=source, alias=alias, required=not given.named.get("default_factory"))
        value = self.project.value(standing.node, standing.scope, standing.env)
        constant = isinstance(value, Const)
        known = value.value if isinstance(value, Const) else None
        return Declared(name, line, source=source, alias=alias, required=False, constant=constant, default=known)

    def _taken_apart(self, argument: Argument, depth: int) -> tuple[Argument, list[Argument], bool]:
        """The type in `Annotated[...]`, what stands beside it, and whether every name on the way means one thing."""
        node, scope = argument.node, argument.scope
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            try:
                node = ast.copy_location(ast.parse(node.value, mode="eval").body, node)
            except SyntaxError:
                return argument, [], False
            self.project.made.append(node)
        sure = not isinstance(node, (ast.Name, ast.Attribute)) or settled(self.project, node, scope)
        found, where, _ = origin(self.project, Argument(node, scope))
        if depth > _DEPTH or not isinstance(found, ast.Subscript) or not self._is_annotated(found.value, where):
            base = found if isinstance(found, ast.Subscript) else None
            if base is not None and isinstance(base.value, (ast.Name, ast.Attribute)) and depth <= _DEPTH:
                aliased, place, _ = origin(self.project, Argument(base.value, where))  # Dep[int]
                if isinstance(aliased, ast.Subscript) and self._is_annotated(aliased.value, place):
                    return self._taken_apart(Argument(aliased, place), depth + 1)
            return Argument(node, scope), [], sure
        parts = found.slice.elts if isinstance(found.slice, ast.Tuple) else [found.slice]
        inner, extra, more = self._taken_apart(Argument(parts[0], where), depth + 1)
        return inner, [*extra, *(Argument(part, where) for part in parts[1:])], sure and more

    def _is_annotated(self, node: ast.expr, scope: Scope) -> bool:
        return any(value in _ANNOTATED for value in self.project.values(node, scope))

    def _kind(self, annotation: Argument) -> tuple[bool, str]:
        """Whether a type is the request, and its name where it may be anything."""
        node = annotation.node
        if not isinstance(node, (ast.Name, ast.Attribute)):
            return False, ""
        unknown = ""
        for value in self.project.values(node, annotation.scope):
            if isinstance(value, External):
                if value.name in REQUESTS:
                    return True, ""
                unknown = unknown or ("" if _is_type(value) else value.name)
            elif isinstance(value, Unknown):
                named = isinstance(node, ast.Name) and hasattr(builtins, node.id)
                unknown = unknown or ("" if named else ast.unparse(node))
        return False, unknown


def _is_type(value: Value) -> bool:
    """Whether something outside the project is a plain type, and no alias that may hold a dependency."""
    if isinstance(value, ClassRef):
        return True
    assert isinstance(value, External)
    top = value.name.partition(".")[0]
    return top in ("fastapi", "starlette", "pydantic", "pydantic_settings", "sqlmodel") or is_plain(value.name)


def _is_static(node: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    return any(isinstance(d, ast.Name) and d.id == "staticmethod" for d in node.decorator_list)
