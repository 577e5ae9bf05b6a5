"""One registering call of Flask's, read: its paths, its methods, and the routes that follow for each function.

`Register` collects routes and refusals; what objects and endpoints are is asked elsewhere.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable
from dataclasses import dataclass, replace

from splice.frameworks._flask_endpoints import Endpoints, usual
from splice.frameworks._flask_objects import Objects
from splice.frameworks._flask_views import Target, class_views
from splice.frameworks._routing import ANY, Origin, Registration, Routing, Site, innermost
from splice.frameworks._views import NoTarget
from splice.model import Reason
from splice.resolve import Project
from splice.resolve.arguments import Argument, Passed
from splice.symbols import Definition, Scope
from splice.values import ClassRef, Const, External, Instance, Items, Value


@dataclass(frozen=True, slots=True)
class Call:
    """A call that registers something: on which object, with what, and where it stands."""

    given: Passed
    site: Site
    instance: Instance | None
    scope: Scope
    node: ast.Call


class Register:
    """Routes and refusals, as they are met."""

    def __init__(self, project: Project, routing: Routing, objects: Objects, endpoints: Endpoints) -> None:
        self.project, self.routing, self.objects, self.endpoints = project, routing, objects, endpoints
        self._calls: dict[tuple[str, str], list[int]] = {}
        self._refused: set[tuple[str, int, str, Reason]] = set()

    def view(
        self,
        call: Call,
        targets: Iterable[Target | NoTarget],
        paths: tuple[str | None, ...],
        methods: tuple[str, ...],
        slot: int | None = None,
    ) -> None:
        """A route for every target and path; `methods` are empty when the call names none.

        `slot` is where a decorator goes, None where the target is not decorated by this call.
        """
        for target in targets:
            if isinstance(target, NoTarget):
                if target.at is not None:
                    self.refuse_at(target.at, target.reason, target.detail)
                else:
                    self.refuse(call.scope, call.node, target.reason, target.detail)
                continue
            wanted = methods or target.default or ("GET",)
            if target.method:
                if methods and methods != ANY and target.method not in methods:
                    continue
                wanted = (target.method,)
            place = innermost(target.definition) if slot is None else slot
            calls = (Argument(call.node, call.scope),)
            origin = Origin(calls, target.wrappers, target.cls, target.around, call.site)
            for name in call.given.texts("endpoint", 1) or (target.endpoint,):
                if name:
                    self.endpoints.give(call.site, call.instance, name, target.definition, place, origin)
            self._routes(target.definition, origin, paths, wanted, place)

    def _routes(
        self, definition: Definition, origin: Origin, paths: tuple[str | None, ...], methods: tuple[str, ...], slot: int
    ) -> None:
        site = origin.site
        for path in paths:
            if methods == ANY:
                why = "its methods are not constant"
                registration = Registration(definition, site, None, ANY, slot, why=why, origin=origin)
            else:
                registration = Registration(definition, site, path, usual(methods), slot, origin=origin)
            self.routing.registrations.append(registration)

    def resource(self, call: Call, value: Value, first: int) -> None:
        """A Flask-RESTful resource below each of its URLs, which are the positional arguments from `first`."""
        if not isinstance(value, ClassRef):
            if isinstance(value, External):
                detail = f"{value.name} is not a class of this project"
                self.refuse(call.scope, call.node, Reason.ENDPOINT_OUTSIDE, detail)
            else:
                self.refuse(call.scope, call.node, Reason.ENDPOINT_UNKNOWN, "the class of the resource is not known")
            return
        urls: list[str | None] = [] if call.given.complete else [None]
        for position in range(first, len(call.given.positional)):
            urls += call.given.texts("", position)
        prefixes = self.objects.api_prefixes(call.instance)
        paths = tuple(None if above is None or url is None else above + url for above in prefixes for url in urls)
        targets = class_views(self.project, value, value.definition.name.lower())
        self.view(call, targets, paths, self.methods(call.given))

    def paths(self, call: Call, *, direct: bool) -> tuple[str | None, ...]:
        """The rules of a call. Not static when the object's class has its own `add_url_rule` in between."""
        if not direct and self.objects.overrides(call.instance, "add_url_rule"):
            return (None,)
        return call.given.texts("rule", 0) or (None,)

    def methods(self, given: Passed) -> tuple[str, ...]:
        """The methods that a call names; empty when it names none, ANY when they are not constant."""
        argument = given.get("methods")
        if argument is None:
            return () if given.complete else ANY
        node, scope, env = argument.node, argument.scope, argument.env
        texts: list[str | None]
        if isinstance(node, (ast.List, ast.Tuple, ast.Set)) and not any(isinstance(e, ast.Starred) for e in node.elts):
            texts = [self.project.text(element, scope, env) for element in node.elts]
        else:
            value = self.project.value(node, scope, env)
            if value == Const(None):
                return ()
            if not isinstance(value, Items) or not value.elements or value.unsure:
                return ANY
            nodes = [(key, scope) for key in value.keys if key] if value.keys else list(value.elements)
            texts = [self.project.text(element, where) for element, where in nodes]
        return ANY if None in texts else tuple(sorted({text.upper() for text in texts if text is not None}))

    def plain_joins(self) -> None:
        """Rules of blueprints with a Flask-RESTful API: no slash is put or taken between prefix and path."""
        for index, registration in enumerate(self.routing.registrations):
            site, path = registration.site, registration.path
            if site not in self.objects.plain_joins or path is None:
                continue
            prefixes = self.routing.prefixes(site)
            if prefixes and None not in prefixes:
                made = [
                    replace(registration, site=None, path=prefix + path) for prefix in prefixes if prefix is not None
                ]
                self.routing.registrations[index] = made[0]
                self.routing.registrations += made[1:]

    def refuse_at(self, definition: Definition, reason: Reason, detail: str) -> None:
        """A function or class that is registered in a way that cannot be followed."""
        self._refuse(definition.scope.module.file, definition.node.lineno, definition.symbol, reason, detail)

    def refuse(self, scope: Scope, node: ast.Call, reason: Reason, detail: str) -> None:
        """A registering call that cannot be followed; its symbol is no name that Python could have."""
        called = getattr(node.func, "attr", getattr(node.func, "id", "route"))
        symbol = f"{scope.symbol}.<{called}>" if scope.symbol else f"<{called}>"
        self._refuse(scope.module.file, node.lineno, symbol, reason, detail)

    def _refuse(self, file: str, line: int, symbol: str, reason: Reason, detail: str) -> None:
        if symbol.endswith(">"):  # made up: one for each call
            lines = self._calls.setdefault((file, symbol), [])
            lines += [line] if line not in lines else []
            symbol += f"#{lines.index(line) + 1}" if lines[0] != line else ""
        if (file, line, symbol, reason) not in self._refused:
            self._refused.add((file, line, symbol, reason))
            self.routing.refuse(file, line, symbol, reason, detail)
