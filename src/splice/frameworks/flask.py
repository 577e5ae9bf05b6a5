"""Flask and Flask-RESTful: every function that answers a request, with the rule that `app.url_map` shows for it.

Decorators, `add_url_rule`, class-based views, blueprints at any depth, resources, endpoints that are given
their function elsewhere. Whatever registers a route and cannot be followed is listed with its reason.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from splice.arguments import Argument, Passed, passed
from splice.forms import dotted
from splice.frameworks import Framework
from splice.frameworks._contexts import Contexts
from splice.frameworks._flask_endpoints import Endpoints
from splice.frameworks._flask_errors import mapped
from splice.frameworks._flask_objects import APP, Objects, join
from splice.frameworks._flask_views import NoTarget, Target, class_views, views
from splice.frameworks._names import Spellings
from splice.frameworks._routing import ANY, Registration, Routing, Site, app_points, innermost
from splice.model import JoinPoint, Reason
from splice.resolve import Project
from splice.symbols import CallSite, Definition, Module, Scope
from splice.values import NONE, ClassRef, Const, Env, External, FuncRef, Instance, Items, Unknown, Value

VERBS = frozenset({"get", "post", "put", "delete", "patch"})
DECORATORS = VERBS | {"route", "resource", "endpoint"}
_PARAMETER = re.compile(r"<(?:[a-zA-Z_][a-zA-Z0-9_]*(?:\(.*?\))?:)?([a-zA-Z_][a-zA-Z0-9_]*)>")
_STATIC = "its methods are not constant"


def plain(path: str) -> str:
    """`/orders/<int:order_id>` as `/orders/{order_id}`."""
    return _PARAMETER.sub(r"{\1}", path)


def find(project: Project) -> Iterable[JoinPoint]:
    """Every join point of Flask in a project, and every route that cannot be followed."""
    return _Finder(project).run()


@dataclass(frozen=True, slots=True)
class _Use:
    """A function of the project as a decorator of another."""

    definition: Definition
    index: int
    decorator: ast.expr
    env: Env


class _Finder:
    """One search: objects are noted as they are met, registrations collected, mounts worked out at the end."""

    def __init__(self, project: Project) -> None:
        self.project = project
        self.contexts = Contexts(project)
        self.routing = Routing("flask", plain, join=join)
        self.objects = Objects(project, self.contexts, self.routing)
        self.endpoints = Endpoints(project, self.contexts, self.objects, self.routing)
        self.uses: dict[int, list[_Use]] = {}  # by the function that is the decorator
        self.wrappers: list[tuple[Definition, int, str]] = []  # registered functions that wrap a parameter
        self.refusals: set[tuple[str, int, str, Reason]] = set()

    def run(self) -> Iterator[JoinPoint]:
        spellings = Spellings(self.project)
        apps = list(self._apps(spellings.of("Flask", classes=True)))
        for module in self.project.modules():
            for definition in list(module.definitions.values()):
                for index, decorator in enumerate(definition.node.decorator_list):
                    self._decorator(definition, index, decorator)
        for definition, index, parameter in self.wrappers:
            self._wrapper(definition, index, parameter)
        for module, call in self.project.calls(
            *sorted(spellings.of("add_url_rule", "add_resource")), "", "add", "getattr"
        ):
            self._call(module, call)
        self.objects.mount_blueprints(spellings.of("register_blueprint"))
        self.objects.init_apis()
        self.endpoints.resolve(self.refuse)
        self._plain_joins()
        yield from self.routing.join_points()
        yield from app_points(self.routing, iter(apps))

    def _apps(self, names: frozenset[str]) -> Iterator[tuple[CallSite, Instance]]:
        for _, call in self.project.calls(*sorted(names)):
            for cls in self.project.values(call.node.func, call.scope):
                if isinstance(cls, (External, ClassRef)) and self.project.is_a(cls, APP):
                    site = (call.scope.module.file, call.node.lineno, call.node.col_offset)
                    instance = Instance(cls, site, call.node, call.scope, NONE)
                    self.objects.site(instance)
                    yield call, instance
                    break

    # -- decorators ----------------------------------------------------------------------------------

    def _decorator(self, definition: Definition, index: int, decorator: ast.expr) -> None:
        scope, matched = definition.scope, False
        if index + 1 < len(definition.node.decorator_list) and (wrapped := self._wraps(definition)):
            self.wrappers.append((definition, index, wrapped))
            return
        for env in self.contexts.turns(scope, definition.loops, [decorator]):
            for value in self.project.values(decorator, scope, env):
                if isinstance(value, FuncRef):
                    self.uses.setdefault(id(value.definition), []).append(_Use(definition, index, decorator, env))
                elif isinstance(value, Instance) and value.call is not None and value.scope is not None:
                    matched |= self._route(value, definition, index + 1)
                elif isinstance(value, Unknown) and not matched and _looks_like_a_route(decorator, scope.module):
                    self._refuse_decorated(definition, Reason.RECEIVER_UNKNOWN, _told(decorator, value.why))

    def _wraps(self, definition: Definition) -> str:
        """The name in `@functools.wraps(f)`, where it is a parameter of the function around."""
        for decorator in definition.node.decorator_list:
            if isinstance(decorator, ast.Call) and len(decorator.args) == 1 and isinstance(decorator.args[0], ast.Name):
                callee = self.project.values(decorator.func, definition.scope)
                bound = definition.scope.bindings.get(decorator.args[0].id, ())
                if External("functools.wraps") in callee and any(b.kind == "param" for b in bound):
                    return decorator.args[0].id
        return ""

    def _wrapper(self, definition: Definition, index: int, parameter: str) -> None:
        """A registered wrapper is the function that it wraps, in each use of the decorator that makes it."""
        decorator, scope = definition.node.decorator_list[index], definition.scope
        maker = next(b.target for b in scope.bindings[parameter] if b.kind == "param")
        turns = [(self._closure(maker, use), use) for use in self.uses.get(id(maker), ())]
        for env, use in turns or [(env, None) for env in self.contexts.turns(scope, definition.loops, [decorator])]:
            for value in self.project.values(decorator, scope, env):
                if isinstance(value, Instance) and value.call is not None and value.scope is not None:
                    self._route(value, use.definition if use else definition, use.index + 1 if use else index + 1)

    def _route(self, value: Instance, target: Definition | Argument, slot: int) -> bool:
        """What `app.route("/x")` gives, wherever that call stands, applied to a function."""
        assert value.call is not None and value.scope is not None
        env = (value.factory.env if value.factory is not None else value.env) or NONE
        callee = self.project.values(value.call.func, value.scope, env)
        given = passed(self.project, value.call, value.scope, env)
        matched = False
        for kind, site, instance, attr in self.objects.receivers(callee, DECORATORS):
            matched = True
            at = target if isinstance(target, Definition) else None
            if kind == "foreign":
                name = (
                    next((b.name for b in self.project.bases(instance.cls) if isinstance(b, External)), "")
                    if instance
                    else ""
                )
                detail = f"{name} registers routes in its own way"
                if at is not None:
                    self._refuse_decorated(at, Reason.RECEIVER_UNKNOWN, detail)
                else:
                    self.refuse(value.scope, value.call, Reason.RECEIVER_UNKNOWN, detail)
            elif kind == "api" and attr == "resource" and at is not None:
                self._resource(ClassRef(at), given, 0, site, instance, value.scope, value.call)
            elif kind in ("app", "blueprint") and attr == "endpoint":
                for name in given.texts("endpoint", 0):
                    if at is not None and name is not None:
                        self.endpoints.give(site, instance, name, at, slot)
            elif kind in ("app", "blueprint") and attr != "resource":
                paths = self._paths(given, instance, "add_url_rule")
                methods = (attr.upper(),) if attr in VERBS else self._methods(given)
                found = [Target(at, endpoint=at.name)] if at is not None else views(self.project, target)  # type: ignore[arg-type]
                if at is not None and isinstance(at.node, ast.ClassDef):
                    found = [NoTarget(Reason.ENDPOINT_UNKNOWN, "a class, not a function", at)]
                self._register(
                    found, site, instance, paths, methods, given, slot if at else None, value.scope, value.call
                )
        return matched

    # -- calls ---------------------------------------------------------------------------------------

    def _call(self, module: Module, call: CallSite) -> None:
        node, func = call.node, call.node.func
        if isinstance(func, ast.Call):
            if getattr(func.func, "attr", getattr(func.func, "id", "")) == "getattr":
                self._getattr(call, func)
            else:
                self._applied(call)
        elif isinstance(func, ast.Attribute) and func.attr == "add":
            if isinstance(func.value, ast.Attribute) and func.value.attr == "url_map":
                self._rule(call, func.value.value)
        elif isinstance(func, (ast.Name, ast.Attribute)) and getattr(func, "id", "") != "getattr":
            for env, use in self._environments(call, self._view_node(node)):
                self._added(call, env, use)

    def _environments(self, call: CallSite, view: ast.expr | None) -> Iterator[tuple[Env, _Use | None]]:
        """The turns of a registering call; a decorator of the project that registers has one for each use of it."""
        binding = None
        scope: Scope | None = call.scope
        if isinstance(view, ast.Name):
            while scope is not None and view.id not in scope.bindings:
                scope = scope.parent
            binding = scope.bindings[view.id][0] if scope is not None else None
        uses = self.uses.get(id(binding.target), ()) if binding is not None and binding.kind == "param" else ()
        for use in uses:
            assert binding is not None
            yield self._closure(binding.target, use), use
        if not uses:
            for env in self.contexts.turns(call.scope, call.loops, [call.node]):
                yield env, None

    def _closure(self, inner: Definition | None, use: _Use) -> Env:
        """What the parameters of a decorator factory are in one use of it."""
        if inner is not None and isinstance(use.decorator, ast.Call):
            scope = use.definition.scope
            for value in self.project.values(use.decorator.func, scope, use.env):
                if isinstance(value, FuncRef) and value.definition.inner is inner.scope:
                    return self.contexts.bound(value.definition, use.decorator, scope, use.env)
        return NONE

    @staticmethod
    def _view_node(node: ast.Call) -> ast.expr | None:
        named = next((k.value for k in node.keywords if k.arg == "view_func"), None)
        return named if named is not None else node.args[2] if len(node.args) > 2 else None

    def _added(self, call: CallSite, env: Env, use: _Use | None) -> None:
        """`app.add_url_rule(...)` or `api.add_resource(...)` in one environment."""
        node, scope = call.node, call.scope
        found = self.project.values(node.func, scope, env)
        given = passed(self.project, node, scope, env)
        matched = False
        for kind, site, instance, attr in self.objects.receivers(found, frozenset({"add_url_rule", "add_resource"})):
            matched = True
            if kind == "foreign":
                self.refuse(
                    scope, node, Reason.RECEIVER_UNKNOWN, f"{dotted(node.func)} registers routes in its own way"
                )
            elif attr == "add_resource" and kind == "api":
                for value in given.values("resource", 0):
                    self._resource(value, given, 1, site, instance, scope, node)
            elif attr == "add_url_rule" and kind != "api":
                paths, methods = self._paths(given, instance, ""), self._methods(given)
                view = given.get("view_func", 2)
                if view is None and not given.complete:
                    self.refuse(scope, node, Reason.ENDPOINT_UNKNOWN, "its arguments are not constant")
                elif use is not None:
                    found_here = [Target(use.definition, endpoint=use.definition.name)]
                    self._register(found_here, site, instance, paths, methods, given, use.index + 1, scope, node)
                elif view is None or self.project.value(view.node, view.scope, view.env) == Const(None):
                    self.endpoints.rule(site, given.texts("endpoint", 1), paths, methods or ("GET",), scope, node)
                else:
                    targets = views(self.project, view)
                    self._register(targets, site, instance, paths, methods, given, None, scope, node)
        if not matched and all(isinstance(value, Unknown) for value in found):
            self.refuse(scope, node, Reason.RECEIVER_UNKNOWN, _told(node.func, found[0].why))  # type: ignore[union-attr]

    def _applied(self, call: CallSite) -> None:
        """`app.route("/x")(f)`."""
        inner, node = call.node.func, call.node
        if len(node.args) != 1 or not isinstance(inner, ast.Call):
            return
        for env, use in self._environments(call, node.args[0]):
            for value in self.project.values(inner, call.scope, env):
                if isinstance(value, Instance) and value.call is not None and value.scope is not None:
                    if use is not None:
                        self._route(value, use.definition, use.index + 1)
                    else:
                        self._route(value, Argument(node.args[0], call.scope, env), 0)

    def _getattr(self, call: CallSite, inner: ast.Call) -> None:
        """`getattr(app, method)("/x")` registers something, but not what."""
        if len(inner.args) < 2 or not call.node.args:
            return
        owner = self.project.values(inner.args[0], call.scope)
        name = self.project.text(inner.args[1], call.scope)
        if any(self.objects.kind(v) in ("app", "blueprint", "api") for v in owner if isinstance(v, Instance)):
            if name is None or name in DECORATORS | {"add_url_rule", "add_resource"}:
                self.refuse(call.scope, call.node, Reason.RECEIVER_UNKNOWN, "registered through getattr")

    def _rule(self, call: CallSite, app: ast.expr) -> None:
        """`app.url_map.add(Rule("/x", endpoint="x"))`."""
        for env in self.contexts.turns(call.scope, call.loops, [call.node]):
            for value in self.project.values(app, call.scope, env):
                if not isinstance(value, Instance) or self.objects.kind(value) != "app":
                    continue
                for rule in passed(self.project, call.node, call.scope, env).values("rulefactory", 0):
                    if (
                        isinstance(rule, Instance)
                        and rule.call is not None
                        and rule.scope is not None
                        and (
                            isinstance(rule.cls, External)
                            and rule.cls.name in ("werkzeug.routing.Rule", "werkzeug.routing.rules.Rule")
                        )
                    ):
                        given = passed(self.project, rule.call, rule.scope, rule.env or NONE)
                        methods = self._methods(given) if given.values("methods", 3) else ANY
                        paths = given.texts("string", 0)
                        self.endpoints.rule(
                            self.objects.site(value), given.texts("endpoint", 5), paths, methods, call.scope, call.node
                        )
                    else:
                        self.refuse(call.scope, call.node, Reason.ENDPOINT_UNKNOWN, "a rule that is not made in place")

    # -- what a registration says --------------------------------------------------------------------

    def _paths(self, given: Passed, instance: Instance | None, through: str) -> tuple[str | None, ...]:
        if through and self.objects.overrides(instance, through):
            return (None,)
        return given.texts("rule", 0) or (None,)

    def _methods(self, given: Passed) -> tuple[str, ...]:
        """The methods that a rule names; empty when it names none, ANY when they are not constant."""
        argument = given.get("methods")
        if argument is None:
            return () if given.complete else ANY
        if isinstance(argument.node, (ast.List, ast.Tuple, ast.Set)):
            texts = [self.project.text(e, argument.scope, argument.env) for e in argument.node.elts]
        else:
            value = self.project.value(argument.node, argument.scope, argument.env)
            if value == Const(None):
                return ()
            if not isinstance(value, Items) or not value.elements:
                return ANY
            nodes = [(k, argument.scope) for k in value.keys if k] if value.keys else list(value.elements)
            texts = [self.project.text(node, scope) for node, scope in nodes]
        return ANY if None in texts else tuple(sorted({t.upper() for t in texts if t is not None}))

    def _register(
        self,
        targets: Iterable[Target | NoTarget],
        site: Site,
        instance: Instance | None,
        paths: tuple[str | None, ...],
        methods: tuple[str, ...],
        given: Passed,
        slot: int | None,
        scope: Scope,
        node: ast.Call,
    ) -> None:
        """One route for every target and path. `slot` None: the target is not decorated here."""
        for target in targets:
            if isinstance(target, NoTarget):
                if target.at is not None:
                    self._refuse_decorated(target.at, target.reason, target.detail)
                else:
                    self.refuse(scope, node, target.reason, target.detail)
                continue
            wanted = methods or target.default or ("GET",)
            if target.method:
                if methods and methods != ANY and target.method not in methods:
                    continue
                wanted = (target.method,)
            unknown = methods == ANY and not target.method
            place = innermost(target.definition) if slot is None else slot
            for name in given.texts("endpoint", 1) or (target.endpoint,):
                if name:
                    self.endpoints.give(site, instance, name, target.definition, place)
            for path in paths:
                registration = Registration(
                    target.definition,
                    site,
                    None if unknown else path,
                    usual(wanted),
                    place,
                    why=_STATIC if unknown else "its path is not a constant",
                )
                self.routing.registrations.append(registration)

    def _resource(
        self, value: Value, given: Passed, first: int, site: Site, api: Instance | None, scope: Scope, node: ast.Call
    ) -> None:
        """A Flask-RESTful resource below each of its URLs."""
        if not isinstance(value, ClassRef):
            outside = isinstance(value, External)
            detail = (
                f"{value.name} is outside this project" if isinstance(value, External) else "its class is not known"
            )
            self.refuse(scope, node, Reason.ENDPOINT_OUTSIDE if outside else Reason.ENDPOINT_UNKNOWN, detail)
            return
        urls: list[str | None] = [] if given.complete else [None]
        for position in range(first, len(given.positional)):
            urls += given.texts("", position)
        parts = self.objects.api_prefixes(api)
        paths = tuple(None if a is None or url is None else a + url for a in parts for url in urls)
        self._register(
            class_views(self.project, value, value.definition.name.lower()),
            site,
            api,
            paths,
            self._methods(given),
            given,
            None,
            scope,
            node,
        )

    def _plain_joins(self) -> None:
        """Rules of blueprints with a Flask-RESTful API: prefix and path without a slash put between or taken away."""
        for index, registration in enumerate(self.routing.registrations):
            if registration.site in self.objects.plain_joins and registration.path is not None:
                prefixes = self.routing.prefixes(registration.site)
                made = [
                    Registration(
                        registration.definition, None, p + registration.path, registration.methods, registration.slot
                    )
                    for p in prefixes
                    if p is not None
                ]
                if made and len(made) == len(prefixes):
                    self.routing.registrations[index] = made[0]
                    self.routing.registrations += made[1:]

    # -- refusals ------------------------------------------------------------------------------------

    def _refuse_decorated(self, definition: Definition, reason: Reason, detail: str) -> None:
        self._refuse(definition.scope.module.file, definition.node.lineno, definition.symbol, reason, detail)

    def refuse(self, scope: Scope, node: ast.Call, reason: Reason, detail: str) -> None:
        """A registering call that cannot be followed; its symbol is no name of Python's."""
        called = getattr(node.func, "attr", getattr(node.func, "id", "route"))
        symbol = f"{scope.symbol}.<{called}>" if scope.symbol else f"<{called}>"
        self._refuse(scope.module.file, node.lineno, symbol, reason, detail)

    def _refuse(self, file: str, line: int, symbol: str, reason: Reason, detail: str) -> None:
        if (file, line, symbol, reason) not in self.refusals:
            self.refusals.add((file, line, symbol, reason))
            self.routing.refuse(file, line, symbol, reason, detail)


def usual(methods: tuple[str, ...]) -> tuple[str, ...]:
    """Methods without those that Flask answers by itself: HEAD beside GET, OPTIONS beside anything."""
    kept = {m for m in methods if not (m == "HEAD" and "GET" in methods) and not (m == "OPTIONS" and len(methods) > 1)}
    return tuple(sorted(kept))


def _looks_like_a_route(decorator: ast.expr, module: Module) -> bool:
    """Whether a decorator of an unknown object has the shape of a route, in a file that uses Flask."""
    if not isinstance(decorator, ast.Call) or not isinstance(decorator.func, ast.Attribute) or not decorator.args:
        return False
    path = decorator.args[0]
    if decorator.func.attr not in VERBS | {"route", "resource"}:
        return False
    if not isinstance(path, ast.JoinedStr) and not (isinstance(path, ast.Constant) and isinstance(path.value, str)):
        return False
    if isinstance(path, ast.Constant) and not str(path.value).startswith("/"):
        return False
    return b"flask" in module.source.raw


def _told(node: ast.expr, why: str) -> str:
    spelled = dotted(node.func if isinstance(node, ast.Call) else node)
    return f"what {spelled.rpartition('.')[0] or spelled or 'this'} is, is not known: {why}"


framework = Framework(
    tokens=(
        b"flask",
        b"route",
        b"add_url_rule",
        b"add_resource",
        b"resource(",
        b"register_blueprint",
        b"MethodView",
        *(f"{verb}(".encode() for verb in sorted(VERBS)),
    ),
    find=find,
    mapped=mapped,
    instrumentor="opentelemetry-instrumentation-flask>=0.51b0",
)
