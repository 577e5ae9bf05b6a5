"""`path("route/", view)` and what it includes: the edges and the ends of the graph in `_routing.py`.

Each module with `urlpatterns`, and each list that is included, is a node. What cannot be followed is listed with its
reason.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from splice.frameworks._django_classes import arguments, registration
from splice.frameworks._django_lists import PATHS, Lists
from splice.frameworks._django_names import ADMIN, INCLUDE, RE_PATH, REGEX_PATTERN, ROUTE_PATTERN, URL_PATTERN
from splice.frameworks._django_registries import is_router
from splice.frameworks._django_routes import Suffixes, suffixed
from splice.frameworks._django_search import Beyond, Search, named
from splice.frameworks._django_views import Views
from splice.frameworks._routing import Site
from splice.frameworks._views import NoTarget, origin
from splice.model import Reason
from splice.resolve import Project
from splice.resolve.arguments import Argument, Passed
from splice.symbols import Scope
from splice.values import Const, Env, External, Instance, Items, Member, ModuleRef, Value


class Patterns:
    """Reads modules with `urlpatterns`, and whatever they include."""

    def __init__(self, search: Search, lists: Lists, views: Views) -> None:
        self.search, self.project, self.routing = search, search.project, search.routing
        self.lists, self.views = lists, views
        self.followed: set[int] = set()  # `path(...)` calls that are in some list
        self.modules: dict[Site, str] = {}  # nodes of modules with `urlpatterns`
        self._turns = 0

    def module(self, file: str, suffixes: Suffixes = None, depth: int = 0) -> Site | None:
        """The node of a module's `urlpatterns`; None when there is no such module."""
        module = self.project.file(file)
        if module is None:
            return None
        site = (file if suffixes is None else f"{file} with suffixes {suffixes}", 0, 0)
        if site not in self.modules:
            self.modules[site] = file
            self.lists.push(named(self.project, "urlpatterns", module.scope), site, suffixes, depth)
        return site

    def read(self) -> None:
        """Everything that was met and not read yet."""
        for value, step in self.lists.read():
            self.path(value, step.site, step.suffixes, step.depth)

    def path(self, value: Instance, site: Site, suffixes: Suffixes = None, depth: int = 0) -> None:
        """`path("route/", view)`, in a list whose node is `site`."""
        assert value.call is not None and value.scope is not None and isinstance(value.cls, External)
        self.followed.add(id(value.call))
        given = arguments(self.project, value)
        regex, texts = self._route(value, given)
        routes = [None if text is None else self.search.forms.piece(text, regex=regex) for text in texts]
        view = given.get("callback" if "callback" in given.named else "view", 1)
        if view is None:
            self.search.refuse(value.scope, value.call, NoTarget(Reason.ENDPOINT_UNKNOWN, "its view is behind * or **"))
            return
        included = False
        below = Beyond(view, site, tuple(routes), whole=True)
        for child in self._included(value, view, suffixes, depth, below):
            included = True
            for route in routes:
                if child is not None:
                    self.routing.mount(child, site, route)
        if included:
            return
        if suffixes is not None:
            named = [route for route in routes if route is not None]
            routes += [suffixed(self.search.forms, route, suffixes, regex=regex) for route in named]
        for handler in self.views.handlers(view):
            if isinstance(handler, NoTarget):
                self.search.refuse(value.scope, value.call, handler, Beyond(view, site, tuple(routes)))
                continue
            for route in routes:
                self.routing.registrations.append(registration(handler, site, route))

    def _route(self, value: Instance, given: Passed) -> tuple[bool, tuple[str | None, ...]]:
        """Whether the route of a pattern is a regular expression, and its texts."""
        assert isinstance(value.cls, External)
        regex = value.cls.name in RE_PATH
        if value.cls.name in URL_PATTERN:  # URLPattern(RegexPattern("^x$"), view), which `re_path` makes
            (pattern, *others) = given.values("pattern", 0) or (None,)
            if others or not isinstance(pattern, Instance) or not isinstance(pattern.cls, External):
                return False, (None,)
            if pattern.cls.name not in (REGEX_PATTERN, ROUTE_PATTERN):
                return False, (None,)
            regex, given = pattern.cls.name == REGEX_PATTERN, arguments(self.project, pattern)
        return regex, given.texts("regex" if "regex" in given.named else "route", 0) or (None,)

    def _included(
        self, path: Instance, view: Argument, suffixes: Suffixes, depth: int, below: Beyond
    ) -> Iterator[Site | None]:
        """The nodes that a `path(...)` includes, None for one that is not known; nothing when it is a view."""
        assert path.call is not None and path.scope is not None
        for value in self.project.values(view.node, view.scope, view.env):
            name = value.name if isinstance(value, External) else value.attr if isinstance(value, Member) else ""
            if name.endswith(("urls", "urlpatterns")):
                self._outside(path, value, below)
                yield None
            elif isinstance(value, Instance) and isinstance(value.cls, External) and value.cls.name in INCLUDE:
                inner = arguments(self.project, value).get("arg", 0)
                if inner is not None:
                    yield from self._include(path, inner, suffixes, depth, below)
                else:
                    self._unknown(path, "its argument is hidden", below)
                    yield None
            elif isinstance(value, Items) and not value.keys and 2 <= len(value.elements) <= 3:
                node, scope = value.elements[0]
                yield from self._include(path, Argument(node, scope), suffixes, depth, below)

    def _outside(self, path: Instance, value: Value, below: Beyond) -> None:
        """Patterns of a library. Those of an object may hold the project's own views, but for the admin's."""
        assert path.call is not None and path.scope is not None
        if not isinstance(value, External) and not (isinstance(value, Member) and is_admin(self.project, value.of)):
            self.routing.open_world = True
        none = NoTarget(Reason.ENDPOINT_OUTSIDE, "what it includes is outside this project")
        self.search.refuse(path.scope, path.call, none, below)

    def _unknown(self, path: Instance, why: str, below: Beyond) -> None:
        assert path.call is not None and path.scope is not None
        self.routing.open_world = True
        none = NoTarget(Reason.ENDPOINT_UNKNOWN, f"what it includes is not known: {why}")
        self.search.refuse(path.scope, path.call, none, below)

    def _include(
        self, path: Instance, arg: Argument, suffixes: Suffixes, depth: int, below: Beyond
    ) -> Iterator[Site | None]:
        """The nodes of what `include(...)` gets."""
        assert path.call is not None and path.scope is not None
        for _ in range(3):  # ((patterns, "app"), ...)
            node, scope, env = origin(self.project, arg)
            if not isinstance(node, ast.Tuple) or not 1 <= len(node.elts) <= 3:
                break
            if self._is_pattern(node.elts[0], scope, env):
                break
            arg = Argument(node.elts[0], scope, env)
        listed = False
        for value in self.project.values(arg.node, arg.scope, arg.env):
            if isinstance(value, Const) and isinstance(value.value, str):
                value = self._named(value.value, arg.scope.module.file)
            if isinstance(value, ModuleRef) and value.file:
                yield self.module(value.file, suffixes, depth)
            elif isinstance(value, External):
                detail = f"{value.name} is outside this project"
                self.search.refuse(path.scope, path.call, NoTarget(Reason.ENDPOINT_OUTSIDE, detail), below)
                yield None
            elif isinstance(value, Member) and not is_router(self.project, value.of):
                self._outside(path, value, below)
                yield None
            elif not listed:
                listed = True
                yield self._listed(arg, suffixes, depth)

    def _listed(self, arg: Argument, suffixes: Suffixes, depth: int) -> Site:
        """The node of a list that is included."""
        self._turns += bool(arg.env)  # it is another list each time
        name = f"{arg.scope.module.file} list {self._turns if arg.env else 0} with suffixes {suffixes}"
        site = (name, arg.node.lineno, arg.node.col_offset)
        self.lists.push(arg, site, suffixes, depth)
        return site

    def _is_pattern(self, node: ast.expr, scope: Scope, env: Env) -> bool:
        return any(
            isinstance(v, Instance) and isinstance(v.cls, External) and v.cls.name in PATHS
            for v in self.project.values(node, scope, env)
        )

    def _named(self, dotted: str, origin_file: str) -> Value:
        """A module by its dotted name, also where folders are on `sys.path` that nobody states as a root."""
        value = self.project.module_ref(dotted, origin_file)
        if not isinstance(value, External):
            return value
        path = "/" + dotted.replace(".", "/")
        tails = (f"{path}.py", f"{path}/__init__.py")
        fitting = [module.file for module in self.project.loaded if f"/{module.file}".endswith(tails)]
        alone = len(fitting) == 1 and "." in dotted
        return ModuleRef(dotted, fitting[0], origin_file) if alone else value


def is_admin(project: Project, value: Value) -> bool:
    """Whether a class or an object belongs to Django's admin."""
    bases = project.bases(value.cls if isinstance(value, Instance) else value)
    return any(isinstance(base, External) and base.name.rpartition(".")[2] in ADMIN for base in bases)
