"""What every part of a search for Django's endpoints shares: the project, the graph of routes, what was refused."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace

from splice.frameworks._contexts import Contexts
from splice.frameworks._django_routes import Forms
from splice.frameworks._routing import Routing, Site
from splice.frameworks._views import NoTarget
from splice.model import JoinPoint, Reason
from splice.resolve import Project
from splice.resolve.arguments import Argument
from splice.symbols import Scope
from splice.values import External, Instance, Member, Value


@dataclass(frozen=True, slots=True)
class Beyond:
    """A view that is not the project's own, or with `whole` everything that an `include` leads to, and its routes."""

    view: Argument
    site: Site
    routes: tuple[str | None, ...]
    whole: bool = False


@dataclass(slots=True)
class Search:
    """One search through one project. `beyond`: what is behind refusals, by file and symbol, once these are told."""

    project: Project
    contexts: Contexts = field(init=False)
    forms: Forms = field(default_factory=Forms)
    routing: Routing = field(init=False)
    beyond: dict[tuple[str, str], list[Beyond]] = field(default_factory=dict)
    _refused: dict[tuple[str, int, int, str, Reason], JoinPoint] = field(default_factory=dict)
    _behind: dict[int, list[Beyond]] = field(default_factory=dict)  # by the identity of the join point

    def __post_init__(self) -> None:
        self.contexts = Contexts(self.project)
        self.routing = Routing("django", self.forms.plain, join=self.forms.join)

    def refuse(self, scope: Scope, node: ast.AST, none: NoTarget, beyond: Beyond | None = None) -> None:
        """A view, or a whole part of the patterns, that cannot be instrumented; `node` is what registers it."""
        if none.at is not None:
            file, line, symbol = none.at.scope.module.file, none.at.node.lineno, none.at.symbol
        else:
            func = node.func if isinstance(node, ast.Call) else node
            called = getattr(func, "attr", getattr(func, "id", "patterns"))
            file, line = scope.module.file, getattr(node, "lineno", 0)
            symbol = f"{scope.symbol}.<{called}>" if scope.symbol else f"<{called}>"
        key = (file, line, -1 if none.at is not None else getattr(node, "col_offset", 0), symbol, none.reason)
        if key not in self._refused:
            self._refused[key] = JoinPoint(
                file, line, symbol, "handler", "django", symbol, reason=none.reason, detail=none.detail, skip=True
            )
        if beyond is not None and none.at is None:
            self._behind.setdefault(id(self._refused[key]), []).append(beyond)

    def join_points(self) -> Iterator[JoinPoint]:
        """Handlers and refusals, in order of file and line; their symbols are unique in their file.

        A class whose known members are observed needs no refusal for those that are not known: it gets a remark.
        """
        members = {
            (r.definition.scope.module.file, r.definition.symbol) for r in self.routing.registrations if r.member
        }
        remarks = {
            (p.file, p.symbol): p
            for p in self._refused.values()
            if p.reason is Reason.INHERITED and (p.file, p.symbol) in members
        }
        behind: dict[int, list[Beyond]] = {}
        for refused in self._refused.values():
            if refused not in remarks.values():
                point = self._routed(refused, self._behind.get(id(refused), []))
                behind[id(point)] = self._behind.get(id(refused), [])
                self.routing.refused.append(point)
        for found, point in _numbered(self.routing.join_points()):
            self.beyond[point.file, point.symbol] = behind.get(id(found), [])
            remark = remarks.get((point.file, point.symbol))
            yield (
                point if remark is None or point.reason else replace(point, reason=remark.reason, detail=remark.detail)
            )

    def _routed(self, point: JoinPoint, behind: list[Beyond]) -> JoinPoint:
        """A refusal with the routes that lead there: its operation, where that is one path."""
        told: set[str] = set()
        routes: set[str] = set()
        for beyond in behind:
            for prefix in self.routing.prefixes(beyond.site):
                for route in beyond.routes:
                    native = None if prefix is None or route is None else self.routing.join(prefix, route)
                    path = None if native is None else self.forms.plain(native)
                    path = None if path == "/" and beyond.whole else path
                    told.add("" if path is None else f"* {path}{'**' if beyond.whole else ''}")
                    routes |= set() if native is None else {native}
        operation = next(iter(told)) if len(told) == 1 and "" not in told else point.symbol
        answers = tuple((point.symbol, one) for one in sorted(told)) if operation == point.symbol else ()
        below = any(beyond.whole for beyond in behind)
        return replace(point, operation=operation, routes=tuple(sorted(routes)), answers=answers, below=below)


def _numbered(points: Iterable[JoinPoint]) -> Iterator[tuple[JoinPoint, JoinPoint]]:
    """Each join point as it was, and as it is with a symbol of its own."""
    taken: dict[tuple[str, str], int] = {}
    for found in points:
        point = found
        count = taken[point.file, point.symbol] = taken.get((point.file, point.symbol), 0) + 1
        if count > 1:
            name = f"{point.symbol}#{count}"
            nameless = point.operation == point.symbol
            answers = tuple((name if nameless else own, answer) for own, answer in point.answers)
            point = replace(point, symbol=name, operation=name if nameless else point.operation, answers=answers)
        yield found, point


def is_outside(value: Value) -> bool:
    """Whether a value is made by code outside the project."""
    return isinstance(value, (External, Member)) or (isinstance(value, Instance) and isinstance(value.cls, External))


def named(project: Project, name: str, scope: Scope) -> Argument:
    """What a name stands for at the end of a scope."""
    node = ast.Name(name, ast.Load(), lineno=0, col_offset=0)
    project.made.append(node)
    return Argument(node, scope)
