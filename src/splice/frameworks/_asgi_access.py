"""Who may call each operation of FastAPI and Starlette: middlewares, dependencies, decorators, the function itself.

What dependencies of an app or a router do not cover: mounted apps, `add_route`, `Route` objects, the documentation.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence

from splice.access.absent import Seen
from splice.access.asked import Asked, asked
from splice.access.decorators import gate_of_view
from splice.access.gates import Gate, access_of, may, together
from splice.config import Config
from splice.frameworks import AccessMap
from splice.frameworks._asgi import Analysis, analyse
from splice.frameworks._asgi_dependencies import Dependencies
from splice.frameworks._asgi_documents import documents
from splice.frameworks._asgi_graph import UNKNOWN_PARENT, Graph
from splice.frameworks._asgi_layers import Layers
from splice.frameworks._asgi_mapped import mapped
from splice.frameworks._routing import Registration, Site
from splice.frameworks._ways import Way, Ways
from splice.model import Access, JoinPoint
from splice.resolve import Project
from splice.resolve.arguments import Passed, passed
from splice.symbols import Definition
from splice.values import ClassRef, FuncRef

_CBV = frozenset(f"{package}.{name}" for package in ("fastapi_utils", "fastapi_restful") for name in ("cbv.cbv", "cbv"))
_NEVER = "it stands above the route decorator, where it never runs"


def access(project: Project, points: Sequence[JoinPoint], config: Config) -> AccessMap:
    """Who may call each operation of both frameworks; what is not understood is left out."""
    mine = [p for p in points if p.framework in ("fastapi", "starlette")]
    analysis = analyse(project) if mine else None
    if analysis is None or analysis.graph is None:
        return {}
    by_definition: dict[int, list[Registration]] = {}
    for registration in analysis.registrations:
        by_definition.setdefault(id(registration.definition), []).append(registration)
    served = _Served(asked(project, config, mapped(project)), analysis, analysis.graph)
    found: dict[tuple[str, str, str, str], Access] = {}
    for point in mine:
        module = project.file(point.file)
        definition = module.definitions.get(point.symbol) if module is not None else None
        registrations = by_definition.get(id(definition), [])
        if definition is not None and registrations and not point.skip and point.kind in ("handler", "websocket"):
            answer = served.access(definition, registrations)
            found |= {(point.file, point.symbol, point.kind, operation): answer for operation in point.operations}
    for point, operation, site in documents(project, analysis.graph, analysis.mounts, mine):
        answer = together([access_of(way) for way in served.ways.to(site)])
        found[point.file, point.symbol, "app", operation] = answer
    return found


class _Served:
    """The gates on every way to a function."""

    def __init__(self, asked: Asked, analysis: Analysis, graph: Graph) -> None:
        self.asked, self.project, self.graph = asked, asked.project, graph
        self.dependencies = Dependencies(asked)
        self.layers = Layers(asked, graph)
        if not self.layers.trusted:
            asked.decorators.doubted = {"starlette.authentication.requires": "a backend may know who brings nothing"}
        self.ways = Ways(analysis.mounts, analysis.apps, self._own, self.layers.everywhere, self._between)

    def access(self, definition: Definition, registrations: Sequence[Registration]) -> Access:
        """Who may call one function, in all the ways in which it is registered."""
        found = []
        for registration in registrations:
            inside = list(self._around(definition, registration))
            found += [access_of([*way, *inside]) for way in self._reached(registration)]
        answer = together(found)
        if answer.state == "unguarded":
            above = [gate for r in registrations for gate in self._above(definition, r.slot)]
            if above:
                return Access("unguarded", above[0].by, above[0].file, above[0].line, _NEVER)
        return answer

    def _reached(self, registration: Registration) -> list[Way]:
        if registration.site is None:
            return [(may("", "", 0, "on what it is registered is not known"),)]
        return self.ways.to(registration.site)

    def _own(self, site: Site) -> Sequence[Gate]:
        if site == UNKNOWN_PARENT:
            return (may("", "", 0, "the app that includes its router is not known"),)
        return self.layers.of(site)

    def _between(self, child: Site, parent: Site) -> Sequence[Way]:
        covers = self.graph.covers.get((child, parent))
        return [self.dependencies.listed(cover) for cover in covers] if covers else [()]

    # -- around the function -------------------------------------------------------------------------

    def _around(self, definition: Definition, registration: Registration) -> Iterator[Gate]:
        """The gates between the registering call and the body, outermost first."""
        origin, decorators = registration.origin, self.asked.decorators
        given = self._given(registration)
        env: dict[str, Seen] = {}
        if registration.declared:
            yield from self.dependencies.listed(given)
            gates, env = self.dependencies.parameters_of(definition)
            yield from gates
            yield from self._of_class(definition)
        elif origin.calls:
            yield from self.layers.listed(given)
        for wrapper in origin.wrappers:
            assert isinstance(wrapper.node, ast.Call)
            yield decorators.gate(wrapper.node.func, wrapper.scope, wrapper.env)
        if origin.cls is not None:
            yield from self._dispatch(origin.cls)
        yield from decorators.gates(definition.node.decorator_list[registration.slot :], definition.scope)
        if not registration.declared:
            env = self.asked.flow.typed(definition, env)
        gate = gate_of_view(self.asked.flow.outcome(definition, env))
        file, line = definition.scope.module.file, definition.node.lineno
        yield Gate(gate.kind, f"{definition.name} itself", file, line, gate.why)

    def _given(self, registration: Registration) -> Passed | None:
        """What the registering call passes, with what a `partial` had given it."""
        calls = [
            passed(self.project, call.node, call.scope, call.env, skip)
            for skip, call in enumerate(registration.origin.calls)
            if isinstance(call.node, ast.Call)
        ]
        if not calls:
            return None
        last, *early = calls
        named = {**{k: v for one in early for k, v in one.named.items()}, **last.named}
        return Passed(self.project, last.positional, named, all(one.complete for one in calls))

    def _of_class(self, definition: Definition) -> Iterator[Gate]:
        """What a class-based view declares in its body: dependencies of all its methods, if its decorator says so."""
        owner = definition.owner
        if owner is None:
            return
        cls = next(d for d in owner.module.definitions.values() if d.inner is owner)
        gates = self.dependencies.fields_of(cls)
        for node in cls.node.decorator_list if gates else ():
            callee = node.func if isinstance(node, ast.Call) else node
            names = {getattr(v, "name", "") for v in self.project.values(callee, cls.scope)}
            if names & _CBV:
                yield from gates
                return
        if gates and cls.node.decorator_list:
            file, line = cls.scope.module.file, cls.node.lineno
            yield may(cls.name, file, line, f"{cls.name} has dependencies, and what its decorator does is not known")

    def _dispatch(self, cls: Definition) -> Iterator[Gate]:
        """An `HTTPEndpoint` with a `dispatch` of its own."""
        for value in self.project.class_attribute(ClassRef(cls), "dispatch", None):
            if isinstance(value, FuncRef):
                file, line = value.definition.scope.module.file, value.definition.node.lineno
                yield may(f"{cls.name}.dispatch", file, line, f"dispatch of {cls.name} may guard", answers=True)

    def _above(self, definition: Definition, slot: int) -> Iterator[Gate]:
        """Guards above the decorator that registers, which never run for its route."""
        for node in definition.node.decorator_list[: max(slot - 1, 0)]:
            gate = self.asked.decorators.gate(node, definition.scope)
            callee = node.func if isinstance(node, ast.Call) else node
            own = any(isinstance(v, FuncRef) for v in self.project.values(callee, definition.scope))
            if gate.kind == "guard" or (gate.kind == "may" and own):
                yield gate
