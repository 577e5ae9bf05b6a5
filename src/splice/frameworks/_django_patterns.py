"""`urlpatterns`: lists of `path(...)`, put together in every way that people use, and what they include.

Each module with `urlpatterns`, and each list that is included, is a node of the graph in `_routing.py`. An edge is a
`path("prefix/", include(...))`. What is in a list and cannot be followed is listed with its reason.
"""

from __future__ import annotations

import ast
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from splice.frameworks._contexts import Contexts
from splice.frameworks._django_names import FILES, I18N, INCLUDE, PATH, PATTERNS, RE_PATH, SUFFIXES
from splice.frameworks._django_routers import Routers, suffixed
from splice.frameworks._django_routes import LANGUAGE, Forms
from splice.frameworks._django_views import Views, arguments, registration
from splice.frameworks._routing import Routing, Site
from splice.frameworks._views import NoTarget, origin
from splice.model import Reason
from splice.resolve import Project
from splice.resolve.arguments import Argument, passed
from splice.symbols import Binding, CallSite, Scope
from splice.values import (
    NONE,
    Const,
    Env,
    External,
    FuncRef,
    Instance,
    Items,
    Member,
    ModuleRef,
    Unknown,
    Value,
)

Refuse = Callable[[Scope, ast.AST, NoTarget], None]
PATHS = PATH | RE_PATH
_BUDGET = 100_000  # elements of lists: a program that multiplies them is no urls.py
_NEST = 60  # lists in lists
_SAME = frozenset({"list", "tuple", "sorted", "reversed", "set"})


@dataclass(frozen=True, slots=True)
class _Step:
    """A list of patterns still to be read: the expression, and the node that its elements hang from."""

    at: Argument
    site: Site
    suffixes: bool
    depth: int


class Patterns:
    """Reads lists of patterns into `routing`."""

    def __init__(
        self,
        project: Project,
        contexts: Contexts,
        routing: Routing,
        forms: Forms,
        views: Views,
        routers: Routers,
        refuse: Refuse,
        *,
        translated: bool | None,
    ) -> None:
        self.project, self.contexts, self.routing, self.forms = project, contexts, routing, forms
        self.views, self.routers, self.refuse, self.translated = views, routers, refuse, translated
        self.followed: set[int] = set()  # `path(...)` calls that are in some list
        self.modules: dict[Site, str] = {}  # nodes of modules with `urlpatterns`
        self._queue: deque[_Step] = deque()
        self._read: set[tuple[int, int, Site, bool]] = set()
        self._grown: dict[tuple[int, str], list[CallSite]] = {}
        self._made = self._lists = 0

    def index(self) -> None:
        """Note what is appended to lists by name."""
        for _, call in self.project.calls("append", "extend", "insert"):
            func = call.node.func
            if isinstance(func, ast.Attribute) and isinstance(func.value, ast.Name) and call.node.args:
                home = _home(func.value.id, call.scope)
                if home is not None:
                    self._grown.setdefault((id(home), func.value.id), []).append(call)

    def module(self, file: str, suffixes: bool = False, depth: int = 0) -> Site | None:
        """The node of a module's `urlpatterns`; None when there is no such module."""
        module = self.project.file(file)
        if module is None:
            return None
        site = (f"{file} with suffixes" if suffixes else file, 0, 0)
        if site not in self.modules:
            self.modules[site] = file
            name = ast.Name("urlpatterns", ast.Load(), lineno=0, col_offset=0)
            self.project.made.append(name)
            self._push(Argument(name, module.scope), site, suffixes, depth)
        return site

    def run(self) -> None:
        """Read every list that was met."""
        while self._queue:
            step = self._queue.popleft()
            self._made += 1
            if self._made > _BUDGET or step.depth > _NEST:
                self.routing.open_world = True
                continue
            self._list(step)

    def _push(self, at: Argument, site: Site, suffixes: bool, depth: int) -> None:
        key = (id(at.node), id(at.scope), site, suffixes)
        if not at.env:
            if key in self._read:
                return
            self._read.add(key)
        self._queue.append(_Step(at, site, suffixes, depth + 1))

    # -- lists ---------------------------------------------------------------------------------------

    def _list(self, step: _Step) -> None:
        """One expression that gives a list of patterns."""
        node, scope, env = step.at.node, step.at.scope, step.at.env
        match node:
            case ast.List() | ast.Tuple() | ast.Set():
                self._elements(node.elts, step)
            case ast.BinOp(op=ast.Add()):
                while isinstance(node, ast.BinOp):
                    self._more(node.right, step)
                    node = node.left
                self._more(node, step)
            case ast.IfExp():
                self._more(node.body, step)
                self._more(node.orelse, step)
            case ast.BoolOp():
                for part in node.values:
                    self._more(part, step)
            case ast.NamedExpr() | ast.Starred():
                self._more(node.value, step)
            case ast.Name() if (home := _home(node.id, scope)) is not None:
                self._name(node, home, step)
            case ast.Name() if self._star(node, step):
                pass
            case ast.Attribute() if self._module_attribute(node, step):
                pass
            case ast.Call(func=ast.Name(id=name), args=[first, *_]) if name in _SAME:
                self._more(first, step)
            case ast.Call():
                self._call(node, step)
            case _:
                self._values(self.project.values(node, scope, env), step)

    def _more(self, node: ast.expr, step: _Step) -> None:
        self._push(replace(step.at, node=node), step.site, step.suffixes, step.depth)

    def _elements(self, nodes: list[ast.expr], step: _Step) -> None:
        for node in nodes:
            if isinstance(node, ast.Starred):
                self._more(node.value, step)
            else:
                self._element(replace(step.at, node=node), step)

    def _name(self, node: ast.Name, home: Scope, step: _Step) -> None:
        """A list by its name: what was assigned to it, added and appended, back to the last that surely happened."""
        line = node.lineno if home is step.at.scope and node.lineno else 0
        bindings = [b for b in home.bindings[node.id] if not line or b.line < line] or home.bindings[node.id]
        since = 0
        for binding in reversed(bindings):
            self._binding(node, binding, step)
            if not binding.conditional and binding.kind != "augment":
                since = binding.line
                break
        else:
            self._star(node, step)
        for call in self._grown.get((id(home), node.id), ()):
            at = call.node.lineno
            if at > since and (not line or at < line or call.scope is not home):
                self._growing(call, step)

    def _binding(self, node: ast.Name, binding: Binding, step: _Step) -> None:
        env = step.at.env if binding.scope.module is step.at.scope.module else NONE
        if binding.kind in ("assign", "augment") and binding.value is not None:
            self._push(Argument(binding.value, binding.scope, env), step.site, step.suffixes, step.depth)
        elif binding.kind == "from":
            file = self._imported(binding)
            module = self.project.file(file) if file is not None else None
            if module is not None and binding.name in module.scope.bindings:
                name = ast.Name(binding.name, ast.Load(), lineno=0, col_offset=0)
                self.project.made.append(name)
                self._push(Argument(name, module.scope), step.site, step.suffixes, step.depth)
            else:
                self._values(self.project.values(node, step.at.scope), step)
        else:
            self._values(self.project.values(node, step.at.scope, env), step)

    def _imported(self, binding: Binding) -> str | None:
        here = binding.scope.module.file
        value = self.project.module_ref(self.project.names.resolve(here, binding.module or None, binding.level), here)
        return value.file if isinstance(value, ModuleRef) and value.file != here else None

    def _growing(self, call: CallSite, step: _Step) -> None:
        """`urlpatterns.append(path(...))` or `.extend([...])`."""
        attr = call.node.func.attr if isinstance(call.node.func, ast.Attribute) else ""
        for env in self.contexts.turns(call.scope, call.loops, [call.node]):
            at = Argument(call.node.args[-1], call.scope, env)
            if attr == "extend":
                self._push(at, step.site, step.suffixes, step.depth)
            else:
                self._element(at, step)

    def _star(self, node: ast.Name, step: _Step) -> bool:
        """A list that comes with `from other import *`."""
        module = step.at.scope.module
        for star in module.scope.stars:
            file = self._imported(star)
            other = self.project.file(file) if file is not None else None
            if other is not None and (node.id in other.scope.bindings or other.scope.stars):
                name = ast.Name(node.id, ast.Load(), lineno=0, col_offset=0)
                self.project.made.append(name)
                self._push(Argument(name, other.scope), step.site, step.suffixes, step.depth)
                return True
        return False

    def _module_attribute(self, node: ast.Attribute, step: _Step) -> bool:
        """`books.urls.urlpatterns`."""
        for value in self.project.values(node.value, step.at.scope, step.at.env):
            module = self.project.file(value.file) if isinstance(value, ModuleRef) and value.file else None
            if module is not None and node.attr in module.scope.bindings:
                name = ast.Name(node.attr, ast.Load(), lineno=0, col_offset=0)
                self.project.made.append(name)
                self._push(Argument(name, module.scope), step.site, step.suffixes, step.depth)
                return True
        return False

    def _call(self, node: ast.Call, step: _Step) -> None:
        scope, env = step.at.scope, step.at.env
        if isinstance(node.func, ast.Attribute) and node.func.attr == "get_urls":
            routers = [v for v in self.project.values(node.func.value, scope, env) if self.routers.is_router(v)]
            for router in routers:
                assert isinstance(router, Instance)
                self.routing.mount(self.routers.node(router, step.suffixes), step.site, "")
            if routers:
                return
        for callee in self.project.values(node.func, scope, env):
            if isinstance(callee, FuncRef) and callee.definition.inner.returns:
                bound = self.contexts.bound(callee.definition, node, scope, env)
                for value in callee.definition.inner.returns:
                    at = Argument(value, callee.definition.inner, bound)
                    self._push(at, step.site, step.suffixes, step.depth)
            elif isinstance(callee, External):
                self._outside(callee.name, node, step)
            else:
                self._values(self.project.values(node, scope, env), step)

    def _outside(self, name: str, node: ast.Call, step: _Step) -> None:
        """A list that a function of Django's gives back."""
        given = passed(self.project, node, step.at.scope, step.at.env)
        if name in FILES:
            return
        if name in I18N:
            self._translated(node, step)
        elif name in PATTERNS:
            self._elements(node.args[1:], step)
        elif name in SUFFIXES and (inner := given.get("urlpatterns", 0)) is not None:
            self._push(inner, step.site, True, step.depth)
        else:
            self._lost(step, NoTarget(Reason.ENDPOINT_OUTSIDE, f"{name} is not a function of this project"))

    def _translated(self, node: ast.Call, step: _Step) -> None:
        """`i18n_patterns(...)`: below the language of the request."""
        if self.translated is False:
            self._elements(node.args, step)
            return
        file = step.at.scope.module.file
        site = (f"{file} in languages of {step.site[0]}", node.lineno, node.col_offset)
        prefix = self.forms.note(LANGUAGE, "{language}/") if self.translated else None
        self.routing.mount(site, step.site, prefix)
        self._elements(node.args, replace(step, site=site))

    def _values(self, values: tuple[Value, ...], step: _Step) -> None:
        """What gives a list of patterns without being written as one."""
        for value in values:
            if isinstance(value, Items):
                for node, scope in value.elements:
                    if isinstance(node, ast.Starred):
                        self._push(Argument(node.value, scope), step.site, step.suffixes, step.depth)
                    else:
                        self._element(Argument(node, scope), step)
            elif isinstance(value, Member) and value.attr == "urls" and self.routers.is_router(value.of):
                self.routing.mount(self.routers.node(value.of, step.suffixes), step.site, "")
            elif isinstance(value, (External, Member)) or (
                isinstance(value, Instance) and isinstance(value.cls, External)
            ):
                self._lost(step, NoTarget(Reason.ENDPOINT_OUTSIDE, "these patterns are made outside this project"))
            elif value != Const(None):
                why = value.why if isinstance(value, Unknown) else "no list"
                self._lost(step, NoTarget(Reason.ENDPOINT_UNKNOWN, f"these patterns cannot be followed: {why}"))

    def _lost(self, step: _Step, none: NoTarget) -> None:
        if none.reason is not Reason.ENDPOINT_OUTSIDE:
            self.routing.open_world = True
        self.refuse(step.at.scope, step.at.node, none)

    # -- elements ------------------------------------------------------------------------------------

    def _element(self, at: Argument, step: _Step) -> None:
        """One pattern in a list."""
        self._made += 1
        if self._made > _BUDGET:
            self.routing.open_world = True
            return
        for value in self.project.values(at.node, at.scope, at.env):
            if isinstance(value, Instance) and isinstance(value.cls, External) and value.cls.name in PATHS:
                self.path(value, step.site, step.suffixes, step.depth)
            elif isinstance(value, (External, Member)) or (
                isinstance(value, Instance) and isinstance(value.cls, External)
            ):
                self.refuse(at.scope, at.node, NoTarget(Reason.ENDPOINT_OUTSIDE, "a pattern made outside this project"))
            else:
                why = value.why if isinstance(value, Unknown) else "no pattern"
                self._lost(replace(step, at=at), NoTarget(Reason.ENDPOINT_UNKNOWN, f"not a pattern: {why}"))

    def path(self, value: Instance, site: Site, suffixes: bool = False, depth: int = 0) -> None:
        """`path("route/", view)`, in a list whose node is `site`."""
        assert value.call is not None and value.scope is not None and isinstance(value.cls, External)
        self.followed.add(id(value.call))
        given = arguments(self.project, value)
        regex = value.cls.name in RE_PATH
        texts = given.texts("regex" if "regex" in given.named else "route", 0) or (None,)
        routes = [None if text is None else self.forms.piece(text, regex=regex) for text in texts]
        view = given.get("view", 1)
        if view is None:
            self.refuse(value.scope, value.call, NoTarget(Reason.ENDPOINT_UNKNOWN, "its view is behind * or **"))
            return
        included = False
        for child in self._included(value, view, suffixes, depth):
            included = True
            for route in routes:
                if child is not None:
                    self.routing.mount(child, site, route)
        if included:
            return
        if suffixes:
            routes += [suffixed(self.forms, route, regex=regex) for route in routes if route is not None]
        for handler in self.views.handlers(view):
            if isinstance(handler, NoTarget):
                self.refuse(value.scope, value.call, handler)
                continue
            for route in routes:
                self.routing.registrations.append(registration(handler, site, route))

    def _included(self, path: Instance, view: Argument, suffixes: bool, depth: int) -> Iterator[Site | None]:
        """The nodes that a `path(...)` includes, None for one that is not known; nothing when it is a view."""
        assert path.call is not None and path.scope is not None
        for value in self.project.values(view.node, view.scope, view.env):
            outside = isinstance(value, (External, Member)) and (
                value.name if isinstance(value, External) else value.attr
            ).endswith(("urls", "urlpatterns"))
            if outside:
                self.refuse(
                    path.scope, path.call, NoTarget(Reason.ENDPOINT_OUTSIDE, "what it includes is outside this project")
                )
                yield None
            elif isinstance(value, Instance) and isinstance(value.cls, External) and value.cls.name in INCLUDE:
                inner = arguments(self.project, value).get("arg", 0)
                if inner is not None:
                    yield from self._include(path, inner, suffixes, depth)
                else:
                    self._unknown(path, "its argument is hidden")
                    yield None
            elif isinstance(value, Items) and not value.keys and 2 <= len(value.elements) <= 3:
                node, scope = value.elements[0]
                yield from self._include(path, Argument(node, scope), suffixes, depth)

    def _unknown(self, path: Instance, why: str) -> None:
        assert path.call is not None and path.scope is not None
        self.routing.open_world = True
        self.refuse(path.scope, path.call, NoTarget(Reason.ENDPOINT_UNKNOWN, f"what it includes is not known: {why}"))

    def _include(self, path: Instance, arg: Argument, suffixes: bool, depth: int) -> Iterator[Site | None]:
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
                self.refuse(path.scope, path.call, NoTarget(Reason.ENDPOINT_OUTSIDE, detail))
                yield None
            elif not listed:
                listed = True
                yield self._listed(arg, suffixes, depth)

    def _listed(self, arg: Argument, suffixes: bool, depth: int) -> Site:
        """The node of a list that is included."""
        if arg.env:
            self._lists += 1
        name = f"{arg.scope.module.file} list {self._lists if arg.env else 0}{' with suffixes' if suffixes else ''}"
        site = (name, arg.node.lineno, arg.node.col_offset)
        self._push(arg, site, suffixes, depth)
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
        tail = "/" + dotted.replace(".", "/") + ".py"
        fitting = [module.file for module in self.project.loaded if f"/{module.file}".endswith(tail)]
        return ModuleRef(dotted, fitting[0], origin_file) if len(fitting) == 1 else value


def _home(name: str, scope: Scope) -> Scope | None:
    """The scope that binds a name, as seen from another."""
    home: Scope | None = scope
    while home is not None and (name not in home.bindings or (home is not scope and home.kind == "class")):
        home = home.parent
    return home
