"""The search for views of Django: what the running resolver would reach, with the route it would show.

`urlpatterns` from the root URLconfs down, through `include`, routers and lists put together in any way; the functions,
methods and actions behind them. Whatever cannot be followed is listed with its reason.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from splice.config import Config
from splice.frameworks import AccessMap
from splice.frameworks._django_lists import PATHS, Lists
from splice.frameworks._django_patterns import Patterns, is_admin
from splice.frameworks._django_registries import Registries
from splice.frameworks._django_router_settings import RouterSettings
from splice.frameworks._django_routers import Routers
from splice.frameworks._django_search import Search
from splice.frameworks._django_settings import applications, settings
from splice.frameworks._django_urlconf import urlconfs
from splice.frameworks._django_views import Views
from splice.frameworks._routing import Site
from splice.frameworks._views import NoTarget
from splice.model import JoinPoint, Reason
from splice.resolve import Project
from splice.symbols import CallSite, Scope
from splice.values import ClassRef, External, Instance

ROOT: Site = ("", 0, 0)  # what a root URLconf hangs from, whoever includes it besides


def find(project: Project) -> Iterable[JoinPoint]:
    """Every join point of Django in a project, and every route that cannot be followed."""
    if project.imports("django") or project.imports("rest_framework"):
        finder = project.analyses["django"] = _Finder(project)
        yield from finder.run()


def access(project: Project, points: Sequence[JoinPoint], config: Config) -> AccessMap:
    """Who may call each operation of the handlers that `find` found."""
    from splice.frameworks._django_access import accesses

    finder = project.analyses.get("django")
    return accesses(project, points, config, finder.search) if isinstance(finder, _Finder) else {}


class _Finder:
    """One search: settings, then routers, then lists of patterns from the roots down, then what is left over."""

    def __init__(self, project: Project) -> None:
        self.project = project
        self.search = Search(project)
        self.views = Views(project)
        self.said = settings(project)
        self.registries = Registries(self.search)
        router_settings = RouterSettings(project, self.registries, self.views.classes)
        self.routers = Routers(self.search, self.views.classes, self.registries, router_settings)
        lists = Lists(self.search, self.routers, self.said.translated)
        self.patterns = Patterns(self.search, lists, self.views)

    def run(self) -> Iterator[JoinPoint]:
        patterns, routing = self.patterns, self.search.routing
        routing.open_world |= self.said.unknown
        self.registries.collect()
        for file in sorted(self.said.roots):
            if (site := patterns.module(file)) is not None:
                routing.apps.add(ROOT)
                routing.mount(site, ROOT, "")
        for module in self.project.modules():
            if "urlpatterns" in module.scope.bindings:
                patterns.module(module.file)
            patterns.read()
        self._left_over()
        patterns.read()
        self.routers.register()
        self._open()
        yield from self.search.join_points()
        yield from applications(self.project)
        mounts = self.search.routing.mounts
        unmounted = [file for site, file in patterns.modules.items() if site not in mounts]
        yield from urlconfs(self.project, self.said, unmounted)

    def _left_over(self) -> None:
        """`path(...)` in no list that is served: those of the admin, and what is mounted nowhere."""
        names = self.project.spellings("path", "re_path", "url", "URLPattern")
        for _, call in list(self.project.calls(*sorted(names))):
            if id(call.node) in self.patterns.followed:
                continue
            for env in self.search.contexts.turns(call.scope, call.loops, [call.node]):
                for value in self.project.values(call.node, call.scope, env):
                    if not isinstance(value, Instance) or not isinstance(value.cls, External):
                        continue
                    if value.cls.name not in PATHS:
                        continue
                    if self._in_admin(call):
                        detail = "the admin serves it"
                        self.search.refuse(call.scope, call.node, NoTarget(Reason.ENDPOINT_OUTSIDE, detail))
                    else:
                        function = call.scope.function() is not None  # whoever calls it was not followed
                        site = (f"{call.scope.module.file} {'somewhere' if function else 'nowhere'}", 0, 0)
                        self.search.routing.open_sites |= {site} if function else set()
                        self.patterns.path(value, site)

    def _in_admin(self, call: CallSite) -> bool:
        scope: Scope | None = call.scope
        while scope is not None and scope.kind != "class":
            scope = scope.parent
        return scope is not None and is_admin(self.project, ClassRef(scope.module.definitions[scope.symbol]))

    def _open(self) -> None:
        """What may be mounted all the same: outside the folders of the root URLconfs, or named as text somewhere."""
        for site, file in self.patterns.modules.items():
            if site not in self.search.routing.mounts and self._is_named(self.project.names.module_of(file)):
                self.search.routing.open_sites.add(site)
        folders = [self._folder(file) for file in self.said.roots]
        for registration in self.search.routing.registrations:
            file = registration.definition.scope.module.file
            if registration.site is not None and not any(file.startswith(folder) for folder in folders):
                self.search.routing.open_sites.add(registration.site)

    def _is_named(self, dotted: str) -> bool:
        """Whether the name of a module stands in quotes in some file: a list of plugins, say."""
        texts = tuple(f"{quote}{dotted}{quote}".encode() for quote in "'\"")
        return any(text in module.source.raw for module in self.project.loaded for text in texts)

    def _folder(self, file: str) -> str:
        """The folder that a module is imported from, with its slash."""
        path = self.project.names.module_of(file).replace(".", "/")
        for tail in (f"{path}.py", f"{path}/__init__.py"):
            if f"/{file}".endswith(f"/{tail}"):
                return file.removesuffix(tail)
        return ""
