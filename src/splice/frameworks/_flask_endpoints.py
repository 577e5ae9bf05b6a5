"""Rules that name an endpoint, and functions that are given to an endpoint elsewhere.

`app.add_url_rule("/", endpoint="index")` leads to whatever `@app.endpoint("index")`, `app.view_functions["index"]`
or another registration says; of blueprints the endpoint is `blueprint.function`.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from splice.frameworks._contexts import Contexts
from splice.frameworks._flask_objects import Objects
from splice.frameworks._flask_views import Target, views
from splice.frameworks._routing import Origin, Registration, Routing, Site, innermost
from splice.model import Reason
from splice.resolve import Project
from splice.resolve.arguments import Argument
from splice.symbols import Definition, Module, Scope
from splice.values import Const, Instance

UNTOLD = Origin()
Refuse = Callable[[Scope, ast.Call, Reason, str], None]


@dataclass(frozen=True, slots=True)
class _Rule:
    site: Site
    names: tuple[str | None, ...]
    paths: tuple[str | None, ...]
    methods: tuple[str, ...]
    scope: Scope
    node: ast.Call


class Endpoints:
    """Who answers under which endpoint name."""

    def __init__(self, project: Project, contexts: Contexts, objects: Objects, routing: Routing) -> None:
        self.project, self.contexts, self.objects, self.routing = project, contexts, objects, routing
        self._given: dict[tuple[Site | None, str], list[tuple[Definition, int, Origin]]] = {}
        self._rules: list[_Rule] = []

    def give(
        self,
        site: Site,
        instance: Instance | None,
        name: str,
        definition: Definition,
        slot: int,
        origin: Origin = UNTOLD,
    ) -> None:
        """A function answers for an endpoint of an app or blueprint."""
        self._given.setdefault((site, name), []).append((definition, slot, origin))
        if instance is not None and self.objects.kind(instance) == "blueprint":
            made = self.objects.constructor(instance)
            for label in made.texts("name", 0) if made is not None else ():
                self._given.setdefault((None, f"{label}.{name}"), []).append((definition, slot, origin))

    def rule(
        self,
        site: Site,
        names: tuple[str | None, ...],
        paths: tuple[str | None, ...],
        methods: tuple[str, ...],
        scope: Scope,
        node: ast.Call,
    ) -> None:
        """A rule for an endpoint whose function is given elsewhere."""
        self._rules.append(_Rule(site, names, paths, methods, scope, node))

    def resolve(self, refuse: Refuse) -> None:
        """Register the functions that rules lead to; list the rules without one."""
        if self._rules:
            for module in list(self.project.modules()):
                if b"view_functions" in module.source.raw:
                    self._assigned(module)
        for rule in self._rules:
            for name in rule.names or (None,):
                found = self._given.get((rule.site, name or ""), []) or self._given.get((None, name or ""), [])
                for definition, slot, given in found:
                    origin = replace(given, site=rule.site)
                    for path in rule.paths:
                        self.routing.registrations.append(
                            Registration(definition, rule.site, path, usual(rule.methods), slot, origin=origin)
                        )
                if not found and not self._answered(rule):
                    detail = (
                        f"no function of this project is given to the endpoint {name}" if name else "no view function"
                    )
                    refuse(rule.scope, rule.node, Reason.ENDPOINT_UNKNOWN, detail)

    def _answered(self, rule: _Rule) -> bool:
        """Whether functions answer at these paths already: then the rule only names an endpoint for `url_for`."""
        wanted = self._full(rule.site, rule.paths)
        served = {path for r in self.routing.registrations if r.site for path in self._full(r.site, (r.path,))}
        return bool(wanted) and None not in wanted and wanted <= served

    def _full(self, site: Site, paths: tuple[str | None, ...]) -> set[str | None]:
        prefixes = self.routing.prefixes(site)
        return {None if p is None or path is None else self.routing.join(p, path) for p in prefixes for path in paths}

    def _assigned(self, module: Module) -> None:
        """`app.view_functions["index"] = index`."""
        for statement, scope in _statements(module):
            for target in statement.targets:
                if not (
                    isinstance(target, ast.Subscript)
                    and isinstance(target.value, ast.Attribute)
                    and target.value.attr == "view_functions"
                ):
                    continue
                for env in self.contexts.turns(scope, (), [statement]):
                    for app in self.project.values(target.value.value, scope, env):
                        name = self.project.value(target.slice, scope, env)
                        if not isinstance(app, Instance) or not self.objects.kind(app):
                            continue
                        for view in views(self.project, Argument(statement.value, scope, env)):
                            if isinstance(view, Target) and isinstance(name, Const) and isinstance(name.value, str):
                                site = self.objects.site(app)
                                origin = Origin(wrappers=view.wrappers, cls=view.cls)
                                self.give(site, app, name.value, view.definition, innermost(view.definition), origin)


def _statements(module: Module) -> Iterator[tuple[ast.Assign, Scope]]:
    owner: dict[int, Scope] = {}
    for definition in module.definitions.values():  # outer ones come first
        owner.update((id(node), definition.inner) for node in ast.walk(definition.node) if isinstance(node, ast.Assign))
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Assign):
            yield node, owner.get(id(node), module.scope)


def usual(methods: tuple[str, ...]) -> tuple[str, ...]:
    """Methods without those that Flask answers by itself: HEAD beside GET, OPTIONS beside anything."""
    kept = {m for m in methods if not (m == "HEAD" and "GET" in methods) and not (m == "OPTIONS" and len(methods) > 1)}
    return tuple(sorted(kept))
