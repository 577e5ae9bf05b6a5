"""The search for routes of Flask: decorators, `add_url_rule`, resources, rules, through whatever registers them.

Objects are noted as they are met, registrations collected, mounts worked out at the end.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from splice.frameworks._contexts import Contexts
from splice.frameworks._flask_endpoints import Endpoints
from splice.frameworks._flask_mounts import mounted
from splice.frameworks._flask_objects import APP, Objects, join
from splice.frameworks._flask_register import Call, Register
from splice.frameworks._flask_uses import Use, Uses, looks_like_a_route, told
from splice.frameworks._flask_views import Target, views
from splice.frameworks._routing import ANY, Routing, app_points
from splice.frameworks._views import NoTarget
from splice.model import JoinPoint, Reason
from splice.mutation import last_name
from splice.resolve import STAND_IN, Project
from splice.resolve.arguments import Argument, passed
from splice.symbols import CallSite, Definition
from splice.values import NONE, ClassRef, Const, Env, External, FuncRef, Instance, Unknown, Value

VERBS = frozenset({"get", "post", "put", "delete", "patch"})
DECORATORS = VERBS | {"route", "resource", "endpoint"}
ADDERS = frozenset({"add_url_rule", "add_resource"})
RULES = (External("werkzeug.routing.Rule"), External("werkzeug.routing.rules.Rule"))
PARTIAL = External("functools.partial")
_PARAMETER = re.compile(r"<(?:[a-zA-Z_][a-zA-Z0-9_]*(?:\(.*?\))?:)?([a-zA-Z_][a-zA-Z0-9_]*)>")


def plain(path: str) -> str:
    """`/orders/<int:order_id>` as `/orders/{order_id}`."""
    return _PARAMETER.sub(r"{\1}", path)


def searched(project: Project) -> Search:
    """The search of a project, made once."""
    known = project.analyses.get("flask")
    if not isinstance(known, Search):
        known = project.analyses["flask"] = Search(project)
        known.points = tuple(known.run())
    return known


class Search:
    """One search in one project. What it has found stays in `routing` and `objects`."""

    def __init__(self, project: Project) -> None:
        self.project = project
        self.contexts = Contexts(project)
        self.routing = Routing("flask", plain, join=join)
        self.objects = Objects(project, self.contexts, self.routing)
        self.endpoints = Endpoints(project, self.contexts, self.objects, self.routing)
        self.register = Register(project, self.routing, self.objects, self.endpoints)
        self.uses = Uses(project, self.contexts)
        self.spelled = project.spellings(*DECORATORS)
        self.wrappers: list[tuple[Definition, int, str]] = []  # registered functions that wrap a parameter
        self.points: tuple[JoinPoint, ...] = ()

    def run(self) -> Iterator[JoinPoint]:
        if not self.project.imports("flask"):
            return
        spelled = self.project.spellings
        apps = list(self._apps(spelled("Flask", classes=True)))
        for module in self.project.modules():
            for definition in list(module.definitions.values()):
                for index, decorator in enumerate(definition.node.decorator_list):
                    self._decorator(definition, index, decorator)
        self.uses.note_applied(self.register.refuse, ADDERS)
        for definition, index, parameter in self.wrappers:  # now that all uses are known
            self._wrapper(definition, index, parameter)
        for _, call in self.project.calls(*sorted(spelled(*ADDERS)), "", "add"):
            self._call(call)
        self.objects.mount_blueprints(spelled("register_blueprint"))
        for module in self.project.modules():
            for call in module.in_lambdas:
                self._in_lambda(call, last_name(call.node.func))
        self.objects.init_apis()
        self.endpoints.resolve(self.register.refuse)
        self.register.plain_joins()
        yield from self.routing.join_points()
        yield from app_points(self.routing, iter(apps))
        yield from mounted(self.project, self.objects)

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
        scope = definition.scope
        if not any(self._may_register(value, decorator) for value in self.project.values(decorator, scope)):
            return
        below = definition.node.decorator_list[index + 1 :]
        if below and (wrapped := self.uses.wrapped_parameter(definition)):
            self.wrappers.append((definition, index, wrapped))
            return
        unknown, matched = "", False
        for env in self.contexts.turns(scope, definition.loops, [decorator]):
            for value in self.project.values(decorator, scope, env):
                if isinstance(value, FuncRef):
                    self.uses.note(value.definition, Use(definition, index, decorator, env, scope))
                elif isinstance(value, Instance):
                    matched |= self._route(value, definition, index + 1)
                elif isinstance(value, Unknown):
                    unknown = value.why
        if unknown and not matched and looks_like_a_route(decorator, scope.module, VERBS | {"route", "resource"}):
            self.register.refuse_at(definition, Reason.RECEIVER_UNKNOWN, told(decorator, unknown))

    def _may_register(self, value: Value, node: ast.expr) -> bool:
        """Whether it pays to ask who calls the function around: a first look at what all callers give at once."""
        if isinstance(value, Instance) and value.call is not None:
            node = value.call
        name = last_name(node.func if isinstance(node, ast.Call) else node)
        named = name in self.spelled or name == STAND_IN  # what a `partial` calls
        return isinstance(value, FuncRef) or (named and isinstance(value, (Instance, Unknown)))

    def _wrapper(self, definition: Definition, index: int, parameter: str) -> None:
        """A registered wrapper is the function that it wraps, in each use of the decorator that makes it."""
        decorator = definition.node.decorator_list[index]
        for env, use in self.uses.wrapper_turns(definition, index, parameter):
            for value in self.project.values(decorator, definition.scope, env):
                if isinstance(value, Instance):
                    target, place = (use.definition, use.index) if use else (definition, index)
                    self._route(value, target, place + 1, (definition, index + 1) if use else None)

    def _route(
        self, value: Instance, target: Definition | Argument, slot: int, around: tuple[Definition, int] | None = None
    ) -> bool:
        """What `app.route("/x")` gives, wherever that call stands, applied to a function. False: it is no route."""
        if value.call is None or value.scope is None:
            return False
        env = (value.factory.env if value.factory is not None else value.env) or NONE
        callee = self.project.values(value.call.func, value.scope, env)
        at, matched = target if isinstance(target, Definition) else None, False
        for kind, site, instance, attr in self.objects.receivers(callee, DECORATORS):
            matched = True
            given = passed(self.project, value.call, value.scope, env)
            call = Call(given, site, instance, value.scope, value.call)
            if kind == "foreign":
                self._foreign(call, at)
            elif attr == "resource" or kind == "api":
                if kind == "api" and attr == "resource" and at is not None:
                    self.register.resource(call, ClassRef(at), 0)
            elif attr == "endpoint":
                for name in given.texts("endpoint", 0):
                    if at is not None and name is not None:
                        self.endpoints.give(site, instance, name, at, slot)
            else:
                paths = self.register.paths(call, direct=False)
                methods = (attr.upper(),) if attr in VERBS else self.register.methods(given)
                if isinstance(target, Argument):
                    self.register.view(call, views(self.project, target), paths, methods)
                else:
                    self.register.view(call, [_decorated(target, around)], paths, methods, slot)
        return matched

    def _foreign(self, call: Call, at: Definition | None) -> None:
        """A route of an extension that keeps routes of its own."""
        detail = f"{self.objects.class_name(call.instance)} registers routes in its own way"
        if at is not None:
            self.register.refuse_at(at, Reason.RECEIVER_UNKNOWN, detail)
        else:
            self.register.refuse(call.scope, call.node, Reason.RECEIVER_UNKNOWN, detail)

    # -- calls ---------------------------------------------------------------------------------------

    def _call(self, call: CallSite) -> None:
        match call.node.func:
            case ast.Call(func=ast.Name(id="getattr")) as inner:
                self._getattr(call, inner)
            case ast.Call() as inner:
                self._applied(call, inner)
            case ast.Attribute(value=ast.Attribute(attr="url_map", value=app), attr="add"):
                self._rule(call, app)
            case ast.Attribute(attr="add"):
                pass  # of a set, most likely
            case ast.Attribute() | ast.Name():
                unknown = [self._added(call, env, use) for env, use in self.uses.turns(call, _view_of(call.node))]
                if all(unknown):
                    detail = told(call.node.func, unknown[0])
                    self.register.refuse(call.scope, call.node, Reason.RECEIVER_UNKNOWN, detail)

    def _added(self, site: CallSite, env: Env, use: Use | None) -> str:
        """`app.add_url_rule(...)` or `api.add_resource(...)` in one environment: "", or why its object is not known."""
        node, scope = site.node, site.scope
        callee = self.project.values(node.func, scope, env)
        if any(isinstance(v, Instance) and v.cls == PARTIAL for v in callee):
            made = (v.call for v in self.project.values(node, scope, env) if isinstance(v, Instance))
            node = next((call for call in made if call is not None), node)
            callee = self.project.values(node.func, scope, env)
        given = passed(self.project, node, scope, env)
        matched = False
        for kind, on, instance, attr in self.objects.receivers(callee, ADDERS):
            matched, call = True, Call(given, on, instance, scope, node)
            if kind == "foreign":
                self._foreign(call, None)
            elif attr == "add_resource" and kind == "api":
                for value in given.values("resource", 0):
                    self.register.resource(call, value, 1)
            elif attr == "add_url_rule" and kind != "api":
                self._add_url_rule(call, use)
        return "" if matched else next((value.why for value in callee if isinstance(value, Unknown)), "")

    def _add_url_rule(self, call: Call, use: Use | None) -> None:
        given, view = call.given, call.given.get("view_func", 2)
        paths, methods = self.register.paths(call, direct=True), self.register.methods(given)
        if use is not None:
            self.register.view(call, [_decorated(use.definition)], paths, methods, use.index + 1)
        elif view is None and not given.complete:
            self.register.refuse(call.scope, call.node, Reason.ENDPOINT_UNKNOWN, "its arguments are not constant")
        elif view is None or self.project.value(view.node, view.scope, view.env) == Const(None):
            self.endpoints.rule(
                call.site, given.texts("endpoint", 1), paths, methods or ("GET",), call.scope, call.node
            )
        else:
            self.register.view(call, views(self.project, view), paths, methods)

    def _applied(self, call: CallSite, inner: ast.Call) -> None:
        """`app.route("/x")(f)`."""
        arguments = call.node.args
        first = self.project.values(inner, call.scope) if len(arguments) == 1 else ()
        if not any(self._may_register(value, inner) for value in first if not isinstance(value, FuncRef)):
            return
        for env, use in self.uses.turns(call, arguments[0]):
            for value in self.project.values(inner, call.scope, env):
                if isinstance(value, Instance) and use is not None:
                    self._route(value, use.definition, use.index + 1)
                elif isinstance(value, Instance):
                    self._route(value, Argument(arguments[0], call.scope, env), 0)

    def _in_lambda(self, call: CallSite, name: str) -> None:
        """`bp.record(lambda state: state.app.add_url_rule(...))`: whoever calls the lambda decides what it is."""
        self.routing.open_world |= name == "register_blueprint"
        found = self.project.values(call.node.func, call.scope) if name in DECORATORS else ()
        if name in ADDERS or any(True for _ in self.objects.receivers(found, DECORATORS)):
            self.register.refuse(call.scope, call.node, Reason.RECEIVER_UNKNOWN, "it is registered inside a lambda")

    def _getattr(self, call: CallSite, inner: ast.Call) -> None:
        """`getattr(app, method)("/x")` registers something, but not what."""
        if len(inner.args) < 2 or not call.node.args:
            return
        kinds = {self.objects.kind(value) for value in self.project.values(inner.args[0], call.scope)}
        name = self.project.text(inner.args[1], call.scope)
        if kinds & {"app", "blueprint", "api"} and (name is None or name in DECORATORS | ADDERS):
            self.register.refuse(call.scope, call.node, Reason.RECEIVER_UNKNOWN, "registered through getattr")

    def _rule(self, call: CallSite, app: ast.expr) -> None:
        """`app.url_map.add(Rule("/x", endpoint="x"))`."""
        for env in self.contexts.turns(call.scope, call.loops, [call.node]):
            apps = self.project.values(app, call.scope, env)
            sites = [self.objects.site(v) for v in apps if isinstance(v, Instance) and self.objects.kind(v) == "app"]
            rules = passed(self.project, call.node, call.scope, env).values("rulefactory", 0) if sites else ()
            for rule in rules:
                if not isinstance(rule, Instance) or rule.cls not in RULES or rule.call is None or rule.scope is None:
                    detail = "a rule that is not made in place"
                    self.register.refuse(call.scope, call.node, Reason.ENDPOINT_UNKNOWN, detail)
                    continue
                given = passed(self.project, rule.call, rule.scope, rule.env or NONE)
                methods = self.register.methods(given) or ANY
                for site in sites:
                    names = given.texts("endpoint", 5)
                    self.endpoints.rule(site, names, given.texts("string", 0), methods, call.scope, call.node)


def _decorated(definition: Definition, around: tuple[Definition, int] | None = None) -> Target | NoTarget:
    if isinstance(definition.node, ast.ClassDef):
        return NoTarget(Reason.ENDPOINT_UNKNOWN, "a class, not a function", definition)
    return Target(definition, endpoint=definition.name, around=around)


def _view_of(node: ast.Call) -> ast.expr | None:
    """The view function in `add_url_rule(rule, endpoint, view_func)`, as it is written."""
    named = next((k.value for k in node.keywords if k.arg == "view_func"), None)
    return named if named is not None else node.args[2] if len(node.args) > 2 else None
