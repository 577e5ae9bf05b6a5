"""Everything that registers a route in FastAPI and Starlette: decorators, `add_*` calls, `Route` objects.

`app.get("/x")` is a decorator above a function, a call applied to one, or a name given to either. A call that
makes such a decorator and is then lost from sight is a refusal, like an endpoint that is no function.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field

from splice.frameworks._asgi_calls import arguments, is_framework, made, methods_of
from splice.frameworks._asgi_endpoints import Endpoint, NoEndpoint, assigned, endpoints, of_value
from splice.frameworks._asgi_graph import Graph
from splice.frameworks._asgi_names import API_ROUTE, ROUTE, WEBSOCKET_ROUTE
from splice.frameworks._asgi_verbs import ADDERS, API_ADDERS, API_DECORATORS, DECORATORS, Verb, makers, verbs
from splice.frameworks._contexts import Contexts
from splice.frameworks._routing import Origin, Registration, Site, innermost
from splice.model import Kind, Reason
from splice.resolve import Project
from splice.resolve.arguments import Argument, passed
from splice.symbols import CallSite, Definition, Module, Scope
from splice.values import NONE, ClassRef, External, FuncRef, Instance, Member, Unknown

_BEHIND_STARS = NoEndpoint(Reason.ENDPOINT_UNKNOWN, "its endpoint is behind * or **")


@dataclass(frozen=True, slots=True)
class Refusal:
    """A route without a function that can be decorated. `definition` when the function is known all the same."""

    site: Site
    file: str
    line: int
    symbol: str
    reason: Reason
    detail: str
    kind: Kind = "handler"
    definition: Definition | None = None


@dataclass(slots=True)
class Routes:
    """Collects the registrations and refusals of a project."""

    project: Project
    graph: Graph
    contexts: Contexts
    registrations: list[Registration] = field(default_factory=list)
    refusals: list[Refusal] = field(default_factory=list)
    followed: set[int] = field(default_factory=set)  # calls that made a decorator whose function is known
    _known: dict[int, list[Registration]] = field(default_factory=dict)  # by definition
    _adders: frozenset[str] | None = field(init=False)  # what the methods that add a route are called anywhere
    _holds: dict[str, tuple[bool, bool]] = field(default_factory=dict)  # file -> whether it names fastapi, flask

    def __post_init__(self) -> None:
        self._adders = self.project.every_spelling(*ADDERS)

    def build(self) -> None:
        """Fill both lists: decorators, calls, then Route objects in lists and out of them."""
        for module in self._modules():
            for definition in list(module.definitions.values()):
                for index, decorator in enumerate(definition.node.decorator_list):
                    self._decorator(definition, decorator, index + 1)
        for module in self._modules():
            for call in module.calls_by_name.get("", ()):
                if isinstance(call.node.func, ast.Call) and call.node.args:
                    self._applied(call, call.node.func)
        for module in self._modules():
            for call in module.calls:
                self._call(call)
            for call in module.in_lambdas:
                self._in_lambda(call)
        listed = set()
        for route, site in self.graph.lists.routes:
            listed.add(route.site)
            self._route(route, site)
        for call, route in list(made(self.project, ROUTE | WEBSOCKET_ROUTE)):
            if route.site not in listed:  # in a list that no app was seen to get
                if self.project.is_a(route, API_ROUTE) or b"fastapi" in call.scope.module.source.raw:
                    self.graph.api.add(route.site)
                self._route(route, route.site)

    def _modules(self) -> Iterator[Module]:
        return (module for module in self.project.modules() if not is_framework(module.name))

    # -- decorators ----------------------------------------------------------------------------------

    def _decorator(self, definition: Definition, decorator: ast.expr, slot: int) -> None:
        scope, loops = definition.scope, definition.loops
        binding = assigned(decorator, scope) if isinstance(decorator, ast.Name) else None
        if binding is not None and isinstance(binding.value, ast.Call):  # made = app.get("/x")
            decorator, scope, loops = binding.value, binding.scope, ()
        elif not isinstance(decorator, ast.Call):
            return
        self.followed.add(id(decorator))
        found = False
        for env in self.contexts.turns(scope, loops, [decorator]):
            for verb, call in makers(self.graph, decorator, scope, env):
                found = True
                self.followed.add(id(call))
                self._decorated(verb, definition, slot)
        if not found:
            self._stranger(definition, decorator)

    def _decorated(self, verb: Verb, definition: Definition, slot: int) -> None:
        value = ClassRef(definition) if isinstance(definition.node, ast.ClassDef) else FuncRef(definition)
        for endpoint in of_value(self.project, value, api=verb.api):
            if isinstance(endpoint, Endpoint) and endpoint.definition is definition:
                endpoint = Endpoint(definition, max(slot, innermost(definition)))
            self._register(verb, endpoint, definition.node.lineno, definition.scope)

    def _stranger(self, definition: Definition, decorator: ast.Call) -> None:
        """`@thing.get("/x")` on something unknown, where this framework is in use: listed, not guessed."""
        module, func = definition.scope.module, decorator.func
        if not isinstance(func, ast.Attribute) or func.attr not in API_DECORATORS:
            return
        path = (*passed(self.project, decorator, definition.scope).texts("path", 0), None)[0]
        if path is None or not path.startswith("/"):
            return
        if module.file not in self._holds:
            raw = module.source.raw
            self._holds[module.file] = b"fastapi" in raw, b"flask" in raw
        fastapi, flask = self._holds[module.file]
        if flask and not fastapi:
            return
        values = self.project.values(func.value, definition.scope)
        known = (Unknown, External) if fastapi else (Unknown,)
        if all(isinstance(v, known) for v in values) and (self.graph.api or fastapi):
            kind: Kind = "websocket" if func.attr == "websocket" else "handler"
            self._lost(decorator, definition.scope, Reason.RECEIVER_UNKNOWN, _what(func), kind, definition)

    # -- calls ---------------------------------------------------------------------------------------

    def _applied(self, call: CallSite, maker: ast.Call) -> None:
        """`app.get("/x")(f)`."""
        for env in self.contexts.turns(call.scope, call.loops, [call.node]):
            for verb, made_by in makers(self.graph, maker, call.scope, env):
                self.followed |= {id(maker), id(made_by)}
                self._endpoints(verb, Argument(call.node.args[0], call.scope, env), call)

    def _call(self, call: CallSite) -> None:
        func = call.node.func
        if isinstance(func, ast.Attribute):
            if func.attr in DECORATORS:
                self._unused(call)
            if func.attr not in ADDERS:
                return
        elif not isinstance(func, ast.Name) or not self.project.may_mean(func, call.scope, self._adders):
            return
        elif not any(isinstance(v, (Member, Instance)) for v in self.project.values(func, call.scope)):
            return  # `add = app.add_api_route` makes a plain name worth a look
        found = False
        for env in self.contexts.turns(call.scope, call.loops, [call.node]):
            for verb in verbs(self.graph, call.node, call.scope, env, ADDERS):
                found = True
                endpoint = verb.given.get("endpoint", 1) or verb.given.get("route", 1)
                if endpoint is None:
                    self._register(verb, _BEHIND_STARS, call.node.lineno, call.scope)
                else:
                    self._endpoints(verb, endpoint, call)
        if not found and isinstance(func, ast.Attribute) and func.attr in API_ADDERS and "super()" not in _what(func):
            self._lost(call.node, call.scope, Reason.RECEIVER_UNKNOWN, _what(func))

    def _in_lambda(self, call: CallSite) -> None:
        """`hooks = [lambda app: app.add_api_route(...)]`: whoever calls the lambda decides what it is."""
        func = call.node.func
        if not isinstance(func, ast.Attribute) or func.attr not in (*ADDERS, *DECORATORS):
            return
        known = any(True for _ in verbs(self.graph, call.node, call.scope, NONE, (*ADDERS, *DECORATORS)))
        if known or func.attr in API_ADDERS:
            kind: Kind = "websocket" if "websocket" in func.attr else "handler"
            detail = "it is registered inside a lambda"
            self._lost(call.node, call.scope, Reason.RECEIVER_UNKNOWN, detail, kind)

    def _unused(self, call: CallSite) -> None:
        """A decorator that was made and lost from sight."""
        if id(call.node) in self.followed:
            return
        for verb in verbs(self.graph, call.node, call.scope, NONE, DECORATORS):
            detail = "the function that this decorator is put on cannot be told"
            self._lost(call.node, call.scope, Reason.ENDPOINT_UNKNOWN, detail, verb.kind)
            return

    def _lost(
        self,
        node: ast.Call,
        scope: Scope,
        reason: Reason,
        detail: str,
        kind: Kind = "handler",
        definition: Definition | None = None,
    ) -> None:
        site = (scope.module.file, node.lineno, node.col_offset)
        self.graph.api.add(site)
        name = node.func.attr if isinstance(node.func, ast.Attribute) else ""
        symbol = definition.symbol if definition is not None else f"{scope.symbol}.{name}" if scope.symbol else name
        line = definition.node.lineno if definition is not None else node.lineno
        self.refusals.append(Refusal(site, scope.module.file, line, symbol, reason, detail, kind, definition))

    # -- registrations -------------------------------------------------------------------------------

    def _endpoints(self, verb: Verb, arg: Argument, call: CallSite) -> None:
        for endpoint in endpoints(self.project, arg, api=verb.api):
            self._register(verb, endpoint, call.node.lineno, call.scope)

    def _register(self, verb: Verb, endpoint: Endpoint | NoEndpoint, line: int, scope: Scope) -> None:
        site = self.graph.node(verb.of, prefixed=verb.api)
        if isinstance(endpoint, NoEndpoint):
            self._refuse(site, endpoint, line, scope, verb.kind)
            return
        origin = Origin(verb.calls, endpoint.wrappers, endpoint.cls, site=site)
        for path in verb.paths():
            given = "methods" in verb.given.named
            self._add(
                endpoint, origin, path, verb.methods(), verb.kind, given=given, declared=verb.api, call=verb.place
            )

    def _route(self, route: Instance, site: Site) -> None:
        """`Route("/x", f)` in the list of the object at `site`."""
        given = arguments(self.project, route)
        assert given is not None and route.call is not None and route.scope is not None
        api = self.project.is_a(route, API_ROUTE)
        kind: Kind = "websocket" if self.project.is_a(route, WEBSOCKET_ROUTE) else "handler"
        methods = () if kind == "websocket" else methods_of(given, plain=not api)
        arg = given.get("endpoint", 1)
        for endpoint in endpoints(self.project, arg, api=api) if arg is not None else (_BEHIND_STARS,):
            if isinstance(endpoint, NoEndpoint):
                self._refuse(site, endpoint, route.call.lineno, route.scope, kind)
                continue
            calls = (Argument(route.call, route.scope, route.env or NONE),)
            origin = Origin(calls, endpoint.wrappers, endpoint.cls, site=site)
            for path in given.texts("path", 0) or (None,):
                self._add(endpoint, origin, path, methods, kind, given="methods" in given.named, declared=api)

    def _add(
        self,
        endpoint: Endpoint,
        origin: Origin,
        path: str | None,
        methods: tuple[str, ...] | None,
        kind: Kind,
        *,
        given: bool,
        declared: bool,
        call: tuple[str, int, int] | None = None,
    ) -> None:
        """One route. A class with a method per verb answers to what it defines, unless methods are `given`."""
        if endpoint.verb:
            if given and methods is not None and endpoint.verb not in methods:
                return
            methods = (endpoint.verb,)
        if methods is None:
            path, methods = None, ()
        declared = declared and not endpoint.verb  # the methods of an HTTPEndpoint take the request
        call = call if declared else None
        registration = Registration(
            *(endpoint.definition, origin.site, path, methods, endpoint.slot, kind),
            declared=declared,
            call=call,
            origin=origin,
        )
        same = self._known.setdefault(id(endpoint.definition), [])  # of one function: there may be ten thousand others
        if registration not in same:
            same.append(registration)
            self.registrations.append(registration)

    def _refuse(self, site: Site, none: NoEndpoint, line: int, scope: Scope, kind: Kind) -> None:
        name = none.name or "<endpoint>"
        symbol = f"{scope.symbol}.{name}" if scope.symbol else name
        refusal = Refusal(site, scope.module.file, line, symbol, none.reason, none.detail, kind)
        if refusal not in self.refusals:
            self.refusals.append(refusal)


def _what(func: ast.Attribute) -> str:
    return f"what {ast.unparse(func.value)} is cannot be told"
