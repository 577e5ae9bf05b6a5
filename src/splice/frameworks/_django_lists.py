"""Lists of `path(...)`: written down, put together, added to, made by functions, handed on between files.

Every element goes to `_django_patterns` with the node of the graph that its list belongs to. What is in a list and
cannot be followed is listed with its reason.
"""

from __future__ import annotations

import ast
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from splice.frameworks._django_classes import texts
from splice.frameworks._django_names import FILES, I18N, PATH, PATTERNS, RE_PATH, SUFFIXES, URL_PATTERN
from splice.frameworks._django_registries import is_router
from splice.frameworks._django_routers import Routers
from splice.frameworks._django_routes import LANGUAGE, Suffixes
from splice.frameworks._django_search import Search, is_outside, named
from splice.frameworks._routing import Site
from splice.frameworks._views import NoTarget
from splice.model import Reason
from splice.resolve.arguments import Argument, Passed, passed
from splice.symbols import Binding, CallSite, Scope
from splice.values import NONE, Const, External, FuncRef, Instance, Items, Member, ModuleRef, Unknown, Value

PATHS = PATH | RE_PATH | URL_PATTERN
_BUDGET = 20_000  # elements of lists: a program that multiplies them is no urls.py
_NEST = 60  # lists in lists
_SAME = frozenset({"list", "tuple", "sorted", "reversed", "set"})


@dataclass(frozen=True, slots=True)
class Step:
    """A list of patterns still to be read: the expression, and the node that its elements hang from."""

    at: Argument
    site: Site
    suffixes: Suffixes
    depth: int


class Lists:
    """The lists still to be read, and what was read."""

    def __init__(self, search: Search, routers: Routers, translated: bool | None) -> None:
        self.search, self.project, self.routing = search, search.project, search.routing
        self.routers, self.translated = routers, translated
        self._queue: deque[Step] = deque()
        self._met: deque[tuple[Instance, Step]] = deque()
        self._read: set[tuple[int, int, Site, Suffixes]] = set()
        self._grown: dict[tuple[int, str], list[CallSite]] = {}
        self._indexed = 0  # how many of the loaded modules are in it
        self._made = 0

    def read(self) -> Iterator[tuple[Instance, Step]]:
        """Every `path(...)` in the lists that were pushed, also while this runs; its step says where it hangs."""
        while self._queue:
            step = self._queue.popleft()
            self._made += 1
            if self._made > _BUDGET or step.depth > _NEST:
                self.routing.open_world = True
                continue
            self._list(step)
            while self._met:
                yield self._met.popleft()

    def push(self, at: Argument, site: Site, suffixes: Suffixes = None, depth: int = 0) -> None:
        """An expression to be read as a list whose elements hang from `site`; `depth`: lists around it."""
        key = (id(at.node), id(at.scope), site, suffixes)
        if not at.env:
            if key in self._read:
                return
            self._read.add(key)
        self._queue.append(Step(at, site, suffixes, depth + 1))

    def _list(self, step: Step) -> None:
        """One expression that gives a list of patterns."""
        node, scope, env = step.at.node, step.at.scope, step.at.env
        match node:
            case ast.Tuple(elts=[inner, ast.Constant(value=str())]):  # urlpatterns = (patterns, "app")
                self._more(inner, step)
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
            case ast.Name() if (home := self.project.scopes.home(node.id, scope)) is not None:
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

    def _more(self, node: ast.expr, step: Step) -> None:
        self.push(replace(step.at, node=node), step.site, step.suffixes, step.depth)

    def _elements(self, nodes: list[ast.expr], step: Step) -> None:
        for node in nodes:
            if isinstance(node, ast.Starred):
                self._more(node.value, step)
            else:
                self._element(replace(step.at, node=node), step)

    def _name(self, node: ast.Name, home: Scope, step: Step) -> None:
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
        if any(change.kind != "grow" for change in self.project.changes.mutations(home, node.id)):
            self.routing.open_world = True  # something is put into the place of an element
        for call in self._growing_calls(home, node.id):
            at = call.node.lineno
            if at > since and (not line or at < line or call.scope is not home):
                self._growing(call, step)

    def _binding(self, node: ast.Name, binding: Binding, step: Step) -> None:
        env = step.at.env if binding.scope.module is step.at.scope.module else NONE
        if binding.kind in ("assign", "augment") and binding.value is not None:
            self.push(Argument(binding.value, binding.scope, env), step.site, step.suffixes, step.depth)
        elif binding.kind == "from":
            file = self._imported(binding)
            module = self.project.file(file) if file is not None else None
            if module is not None and binding.name in module.scope.bindings:
                self.push(named(self.project, binding.name, module.scope), step.site, step.suffixes, step.depth)
            else:
                self._values(self.project.values(node, step.at.scope), step)
        else:
            self._values(self.project.values(node, step.at.scope, env), step)

    def _imported(self, binding: Binding) -> str | None:
        here = binding.scope.module.file
        value = self.project.module_ref(self.project.names.resolve(here, binding.module or None, binding.level), here)
        return value.file if isinstance(value, ModuleRef) and value.file != here else None

    def _growing_calls(self, home: Scope, name: str) -> list[CallSite]:
        """What is appended to a list; modules that came since the last question are read now."""
        while self._indexed < len(self.project.loaded):
            module = self.project.loaded[self._indexed]
            self._indexed += 1
            for attr in ("append", "extend", "insert"):
                for call in module.calls_by_name.get(attr, ()):
                    func = call.node.func
                    if isinstance(func, ast.Attribute) and isinstance(func.value, ast.Name) and call.node.args:
                        at = self.project.scopes.home(func.value.id, call.scope)
                        if at is not None:
                            self._grown.setdefault((id(at), func.value.id), []).append(call)
        return self._grown.get((id(home), name), [])

    def _growing(self, call: CallSite, step: Step) -> None:
        """`urlpatterns.append(path(...))` or `.extend([...])`."""
        attr = call.node.func.attr if isinstance(call.node.func, ast.Attribute) else ""
        for env in self.search.contexts.turns(call.scope, call.loops, [call.node]):
            at = Argument(call.node.args[-1], call.scope, env)
            if attr == "extend":
                self.push(at, step.site, step.suffixes, step.depth)
            else:
                self._element(at, step)

    def _star(self, node: ast.Name, step: Step) -> bool:
        """A list that comes with `from other import *`."""
        module = step.at.scope.module
        for star in module.scope.stars:
            file = self._imported(star)
            other = self.project.file(file) if file is not None else None
            if other is not None and (node.id in other.scope.bindings or other.scope.stars):
                self.push(named(self.project, node.id, other.scope), step.site, step.suffixes, step.depth)
                return True
        return False

    def _module_attribute(self, node: ast.Attribute, step: Step) -> bool:
        """`books.urls.urlpatterns`."""
        for value in self.project.values(node.value, step.at.scope, step.at.env):
            module = self.project.file(value.file) if isinstance(value, ModuleRef) and value.file else None
            if module is not None and node.attr in module.scope.bindings:
                self.push(named(self.project, node.attr, module.scope), step.site, step.suffixes, step.depth)
                return True
        return False

    def _call(self, node: ast.Call, step: Step) -> None:
        scope, env = step.at.scope, step.at.env
        if isinstance(node.func, ast.Attribute) and node.func.attr == "get_urls":
            routers = [v for v in self.project.values(node.func.value, scope, env) if is_router(self.project, v)]
            for router in routers:
                assert isinstance(router, Instance)
                self.routing.mount(self.routers.node(router, step.suffixes), step.site, "")
            if routers:
                return
        for callee in self.project.values(node.func, scope, env):
            if isinstance(callee, FuncRef) and callee.definition.inner.returns:
                bound = self.search.contexts.bound(callee.definition, node, scope, env)
                for value in callee.definition.inner.returns:
                    at = Argument(value, callee.definition.inner, bound)
                    self.push(at, step.site, step.suffixes, step.depth)
            elif isinstance(callee, External):
                self._outside(callee.name, node, step)
            else:
                self._values(self.project.values(node, scope, env), step)

    def _outside(self, name: str, node: ast.Call, step: Step) -> None:
        """A list that a function of Django's gives back."""
        given = passed(self.project, node, step.at.scope, step.at.env)
        if name in FILES:
            return
        if name in I18N:
            self._translated(node, step)
        elif name in PATTERNS:
            self._elements(node.args[1:], step)
        elif name in SUFFIXES and (inner := given.get("urlpatterns", 0)) is not None:
            self._suffixed(given, inner, step)
        else:
            none = NoTarget(Reason.ENDPOINT_OUTSIDE, f"{name} is not a function of this project")
            self._lost(step, none, External(name) if not (node.args or node.keywords) else None)

    def _suffixed(self, given: Passed, inner: Argument, step: Step) -> None:
        """`format_suffix_patterns(urlpatterns, allowed=["json"])`."""
        allowed = given.get("allowed", 2)
        formats: Sequence[str] | None = ()
        if allowed is not None:
            found = self.project.values(allowed.node, allowed.scope, allowed.env)
            formats = () if found == (Const(None),) else texts(self.project, found, allowed.env)
        required = given.values("suffix_required", 1)
        if formats is None or not given.complete or any(value != Const(False) for value in required):
            site = (f"{step.site[0]} with formats", *step.site[1:])
            self.routing.mount(site, step.site, None)  # routes without a suffix there are none, or not known which
            step = replace(step, site=site)
        self.push(inner, step.site, tuple(formats or ()), step.depth)

    def _translated(self, node: ast.Call, step: Step) -> None:
        """`i18n_patterns(...)`: below the language of the request."""
        if self.translated is False:
            self._elements(node.args, step)
            return
        file = step.at.scope.module.file
        site = (f"{file} in languages of {step.site[0]}", node.lineno, node.col_offset)
        prefix = self.search.forms.note(LANGUAGE, "{language}/") if self.translated else None
        self.routing.mount(site, step.site, prefix)
        self._elements(node.args, replace(step, site=site))

    def _values(self, values: tuple[Value, ...], step: Step) -> None:
        """What gives a list of patterns without being written as one."""
        for value in values:
            if isinstance(value, Items):
                self.routing.open_world |= bool(value.unsure)  # it may hold more
                for node, scope in value.elements:
                    if isinstance(node, ast.Starred):
                        self.push(Argument(node.value, scope), step.site, step.suffixes, step.depth)
                    else:
                        self._element(Argument(node, scope), step)
            elif isinstance(value, Member) and value.attr == "urls" and is_router(self.project, value.of):
                self.routing.mount(self.routers.node(value.of, step.suffixes), step.site, "")
            elif is_outside(value):
                self._lost(step, NoTarget(Reason.ENDPOINT_OUTSIDE, "made outside this project"), value)
            elif value != Const(None):
                why = value.why if isinstance(value, Unknown) else "no list"
                self._lost(step, NoTarget(Reason.ENDPOINT_UNKNOWN, f"these patterns cannot be followed: {why}"))

    def _lost(self, step: Step, none: NoTarget, value: Value | None = None) -> None:
        """Patterns that cannot be followed. What is not plainly a library's may hold the project's own views."""
        if not isinstance(value, External):
            self.routing.open_world = True
        self.search.refuse(step.at.scope, step.at.node, none)

    def _element(self, at: Argument, step: Step) -> None:
        """One pattern in a list."""
        self._made += 1
        if self._made > _BUDGET:
            self.routing.open_world = True
            return
        for value in self.project.values(at.node, at.scope, at.env):
            if isinstance(value, Instance) and isinstance(value.cls, External) and value.cls.name in PATHS:
                self._met.append((value, replace(step, at=at)))
            elif is_outside(value):
                self._lost(replace(step, at=at), NoTarget(Reason.ENDPOINT_OUTSIDE, "made outside this project"), value)
            else:
                why = value.why if isinstance(value, Unknown) else "no pattern"
                self._lost(replace(step, at=at), NoTarget(Reason.ENDPOINT_UNKNOWN, f"not a pattern: {why}"))
