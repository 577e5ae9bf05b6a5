"""Who may call each operation of a Flask app: hooks of apps and blueprints, wrappers, decorators, the view itself."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence

from splice.access.asked import Asked, asked
from splice.access.decorators import gate_of_view
from splice.access.gates import Gate, access_of, may, together
from splice.access.names import spelled
from splice.config import Config
from splice.frameworks import AccessMap
from splice.frameworks._flask_errors import mapped
from splice.frameworks._flask_hooks import Hooks
from splice.frameworks._flask_objects import CURRENT
from splice.frameworks._flask_replaced import Replaced
from splice.frameworks._flask_search import Search, searched
from splice.frameworks._flask_strangers import doubted
from splice.frameworks._flask_views import METHOD_VIEW, VIEW
from splice.frameworks._routing import Registration
from splice.frameworks._ways import Way, Ways
from splice.model import Access, JoinPoint
from splice.resolve import Project
from splice.symbols import Definition
from splice.values import ClassRef, External, FuncRef, Items

_BASES = VIEW | METHOD_VIEW | {"abc.ABC", "typing.Generic", "typing.Protocol", "builtins.object"}
_NEVER = "it stands above the route decorator, where it never runs"


def access(project: Project, points: Sequence[JoinPoint], config: Config) -> AccessMap:
    """Who may call each operation that Flask serves; what is not understood is left out."""
    mine = [p for p in points if p.framework == "flask" and p.kind == "handler" and not p.skip]
    if not mine:
        return {}
    search = searched(project)
    by_definition: dict[int, list[Registration]] = {}
    for registration in search.routing.registrations:
        by_definition.setdefault(id(registration.definition), []).append(registration)
    served = _Served(asked(project, config, mapped(project)), search)
    found: dict[tuple[str, str, str, str], Access] = {}
    for point in mine:
        module = project.file(point.file)
        definition = module.definitions.get(point.symbol) if module is not None else None
        registrations = by_definition.get(id(definition), [])
        if definition is not None and registrations:
            answer = served.access(definition, registrations)
            found |= {(point.file, point.symbol, point.kind, operation): answer for operation in point.operations}
    return found


class _Served:
    """The gates on every way to a function."""

    def __init__(self, asked: Asked, search: Search) -> None:
        self.asked, self.project, self.search = asked, asked.project, search
        asked.decorators.doubted = doubted(asked)
        self.hooks = Hooks(asked, search)
        self.replaced = Replaced(asked, search)
        routing, everywhere = search.routing, self.hooks.of(CURRENT)
        self.ways = Ways(routing.mounts, routing.apps, self.hooks.of, everywhere)

    def access(self, definition: Definition, registrations: Sequence[Registration]) -> Access:
        """Who may call one function, in all the ways in which it is registered."""
        found = []
        for registration in registrations:
            inside = [*self.replaced.of(definition, registration), *self._around(registration)]
            found += [access_of([*chain, *inside]) for chain in self._reached(registration)]
        answer = together(found)
        if answer.state == "unguarded":
            above = [gate for r in registrations for gate in self._above(definition, r.slot)]
            if above:
                return Access("unguarded", above[0].by, above[0].file, above[0].line, _NEVER)
        return answer

    # -- from the app to the function ----------------------------------------------------------------

    def _reached(self, registration: Registration) -> list[Way]:
        site = registration.origin.site or registration.site
        if site is None or site == CURRENT:
            return [(may("", "", 0, "on which app it is registered is not known"),)]
        return self.ways.to(site)

    # -- around the function -------------------------------------------------------------------------

    def _around(self, registration: Registration) -> Iterator[Gate]:
        """The gates between the registering call and the body, outermost first."""
        origin, definition = registration.origin, registration.definition
        decorators = self.asked.decorators
        yield from self._of_api(registration)
        for wrapper in origin.wrappers:
            assert isinstance(wrapper.node, ast.Call)
            yield decorators.gate(wrapper.node.func, wrapper.scope, wrapper.env)
        if origin.around is not None:
            around, slot = origin.around
            wrapped = self.search.uses.wrapped_parameter(around)
            yield decorators.wrapper(around, wrapped, {}, slot=slot)
        if origin.cls is not None:
            yield from self._of_class(origin.cls, definition)
        yield from decorators.gates(definition.node.decorator_list[registration.slot :], definition.scope)
        file = definition.scope.module.file
        gate = gate_of_view(self.asked.flow.outcome(definition, {}))
        yield Gate(gate.kind, f"{definition.name} itself", file, definition.node.lineno, gate.why)

    def _of_class(self, cls: Definition, definition: Definition) -> Iterator[Gate]:
        """`decorators` and `method_decorators` of a view's class, and code of its own around its methods."""
        file, line, value = cls.scope.module.file, cls.node.lineno, ClassRef(cls)
        outside = [b.name for b in self.project.bases(value) if isinstance(b, External) and b.name not in _BASES]
        if outside:
            yield may(outside[0], file, line, f"what {outside[0]} does is not in this project", answers=True)
        for found in self.project.class_attribute(value, "dispatch_request", None):
            if isinstance(found, FuncRef) and found.definition is not definition:
                outcome = self.asked.flow.outcome(found.definition, {}, "super")
                gate = gate_of_view(outcome)
                why = f"dispatch_request of {cls.name} may answer by itself"
                if gate.kind != "plain" or not outcome.passed:
                    yield may(f"{cls.name}.dispatch_request", file, found.definition.node.lineno, why, answers=True)
        for name in ("decorators", "method_decorators"):
            for items in self.project.class_attribute(value, name, None):
                if isinstance(items, Items):
                    yield from self._listed(items, definition.name)
                elif not isinstance(items, External):
                    yield may(f"{cls.name}.{name}", file, line, f"{name} of {cls.name} is not a constant", answers=True)

    def _listed(self, items: Items, method: str) -> Iterator[Gate]:
        """The decorators in such a list: the last one is the outermost. A dict holds a list for each method."""
        pairs = list(items.elements)
        if items.keys:
            keyed = zip(items.keys, items.elements, strict=False)
            pairs = [pair for key, pair in keyed if isinstance(key, ast.Constant) and key.value == method]
            inner = [v for node, scope in pairs for v in self.project.values(node, scope)]
            for value in inner:
                yield from self._listed(value, method) if isinstance(value, Items) and not value.keys else ()
            return
        if items.unsure:
            node, scope = pairs[0] if pairs else (ast.Constant(None, lineno=0), None)
            file = scope.module.file if scope is not None else ""
            yield may("decorators", file, node.lineno, "a list of decorators is changed", answers=True)
            return
        for node, scope in reversed(pairs):
            yield self.asked.decorators.gate(node, scope)

    def _of_api(self, registration: Registration) -> Iterator[Gate]:
        """`Api(decorators=[...])` of Flask-RESTful: around every resource."""
        site = registration.origin.site
        api = self.search.objects.apis.get(site) if site is not None else None
        made = self.search.objects.constructor(api) if api is not None else None
        if api is not None and self.project.reassigned(api, "decorators"):
            yield may("Api.decorators", *api.site[:2], "the decorators of its Api are set elsewhere", doubt=True)
        for value in made.values("decorators", 3) if made is not None else ():
            if isinstance(value, Items):
                yield from self._listed(value, "")

    def _above(self, definition: Definition, slot: int) -> Iterator[Gate]:
        """Guards above the decorator that registers, which never run for its route."""
        for node in definition.node.decorator_list[: max(slot - 1, 0)]:
            gate = self.asked.decorators.gate(node, definition.scope)
            callee = node.func if isinstance(node, ast.Call) else node
            own = any(isinstance(v, FuncRef) for v in self.project.values(callee, definition.scope))
            if gate.kind == "guard" or (gate.kind == "may" and own):
                yield Gate("guard", spelled(node), definition.scope.module.file, node.lineno)
