"""Django and Django REST framework: every view that the running resolver would reach, with the route it would show.

`urlpatterns` from the root URLconfs down, through `include`, routers and lists put together in any way; the functions,
methods and actions behind them. Whatever cannot be followed is listed with its reason.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from dataclasses import replace

from splice.frameworks import Framework
from splice.frameworks._contexts import Contexts
from splice.frameworks._django_names import ADMIN
from splice.frameworks._django_patterns import PATHS, Patterns
from splice.frameworks._django_routers import Routers
from splice.frameworks._django_routes import Forms
from splice.frameworks._django_settings import applications, settings, starters
from splice.frameworks._django_views import Views
from splice.frameworks._routing import Routing
from splice.frameworks._views import NoTarget
from splice.model import JoinPoint, Reason
from splice.resolve import Project
from splice.symbols import CallSite, Scope
from splice.values import ClassRef, External, Instance


def find(project: Project) -> Iterable[JoinPoint]:
    """Every join point of Django in a project, and every route that cannot be followed."""
    return _Finder(project).run()


class _Finder:
    """One search: settings, then routers, then lists of patterns from the roots down, then what is left over."""

    def __init__(self, project: Project) -> None:
        self.project = project
        self.forms = Forms()
        self.routing = Routing("django", self.forms.plain, join=self.forms.join)
        self.refused: dict[tuple[str, int, str, Reason], JoinPoint] = {}

    def run(self) -> Iterator[JoinPoint]:
        if not any(b"django" in m.source.raw or b"rest_framework" in m.source.raw for m in self.project.modules()):
            return
        project, routing = self.project, self.routing
        contexts, views = Contexts(project), Views(project)
        said = settings(project)
        routers = Routers(project, contexts, routing, self.forms, views, self.refuse)
        patterns = Patterns(
            project, contexts, routing, self.forms, views, routers, self.refuse, translated=said.translated
        )
        routing.open_world |= said.unknown
        patterns.index()
        routers.collect()
        for file in sorted(said.roots):
            if (site := patterns.module(file)) is not None:
                routing.apps.add(site)
        for module in project.modules():
            if "urlpatterns" in module.scope.bindings:
                patterns.module(module.file)
            patterns.run()
        self._left_over(patterns, contexts)
        patterns.run()
        routers.register()
        self._open(said.roots)
        taken = {registration.definition.symbol for registration in routing.registrations if registration.member}
        routing.refused += (
            p for p in self.refused.values() if p.reason is not Reason.INHERITED or p.symbol not in taken
        )
        yield from numbered(routing.join_points())
        yield from applications(project)

    def _left_over(self, patterns: Patterns, contexts: Contexts) -> None:
        """`path(...)` in no list that is served: those of the admin, and what is mounted nowhere."""
        names = self.project.spellings("path", "re_path", "url")
        for _, call in list(self.project.calls(*sorted(names))):
            if id(call.node) in patterns.followed:
                continue
            for env in contexts.turns(call.scope, call.loops, [call.node]):
                for value in self.project.values(call.node, call.scope, env):
                    if not isinstance(value, Instance) or not isinstance(value.cls, External):
                        continue
                    if value.cls.name not in PATHS:
                        continue
                    if self._in_admin(call):
                        detail = "the admin serves it"
                        self.refuse(call.scope, call.node, NoTarget(Reason.ENDPOINT_OUTSIDE, detail))
                    else:
                        patterns.path(value, (f"{call.scope.module.file} nowhere", 0, 0))

    def _in_admin(self, call: CallSite) -> bool:
        scope: Scope | None = call.scope
        while scope is not None and scope.kind != "class":
            scope = scope.parent
        if scope is None:
            return False
        definition = scope.module.definitions[scope.symbol]
        bases = self.project.bases(ClassRef(definition))
        return any(isinstance(b, External) and b.name.rpartition(".")[2] in ADMIN for b in bases)

    def _open(self, roots: set[str]) -> None:
        """What is outside the folders of the root URLconfs may be included by whoever installs this project."""
        folders = [self._folder(file) for file in roots]
        for registration in self.routing.registrations:
            file = registration.definition.scope.module.file
            if registration.site is not None and not any(file.startswith(folder) for folder in folders):
                self.routing.open_sites.add(registration.site)

    def _folder(self, file: str) -> str:
        """The folder that a module is imported from, with its slash."""
        path = self.project.names.module_of(file).replace(".", "/")
        for tail in (f"{path}.py", f"{path}/__init__.py"):
            if f"/{file}".endswith(f"/{tail}"):
                return file.removesuffix(tail)
        return ""

    def refuse(self, scope: Scope, node: ast.AST, none: NoTarget) -> None:
        """A view, or a whole part of the patterns, that cannot be instrumented."""
        if none.at is not None:
            file, line, symbol = none.at.scope.module.file, none.at.node.lineno, none.at.symbol
        else:
            func = node.func if isinstance(node, ast.Call) else node
            called = getattr(func, "attr", getattr(func, "id", "patterns"))
            file, line = scope.module.file, getattr(node, "lineno", 0)
            symbol = f"{scope.symbol}.<{called}>" if scope.symbol else f"<{called}>"
        key = (file, line, symbol, none.reason)
        if key not in self.refused:
            self.refused[key] = JoinPoint(
                file, line, symbol, "handler", "django", symbol, reason=none.reason, detail=none.detail, skip=True
            )


def numbered(points: Iterable[JoinPoint]) -> Iterator[JoinPoint]:
    """Join points with symbols that are unique in their file: several refusals may share a name."""
    taken: dict[tuple[str, str], int] = {}
    for point in points:
        count = taken[point.file, point.symbol] = taken.get((point.file, point.symbol), 0) + 1
        if count > 1:
            name = f"{point.symbol}#{count}"
            point = replace(point, symbol=name, operation=name if point.skip else point.operation)
        yield point


framework = Framework(
    tokens=(
        b"django.urls",
        b"django.conf.urls",
        b"urlpatterns",
        b"ROOT_URLCONF",
        b"get_wsgi_application",
        b"get_asgi_application",
        b"rest_framework",
        b".register(",
        b"registry",
    ),
    find=find,
    starters=starters,
    instrumentor="opentelemetry-instrumentation-django>=0.51b0",
)
