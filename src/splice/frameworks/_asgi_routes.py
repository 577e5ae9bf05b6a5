"""Everything that registers a route in FastAPI and Starlette: decorators, `add_*` calls, `Route` objects.

`app.get("/x")` is a decorator above a function, a call applied to one, or a name given to either. A call that
makes such a decorator and is then lost from sight is a refusal, like an endpoint that is no function.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field

from splice.frameworks._asgi_calls import Arg, Args, contexts
from splice.frameworks._asgi_endpoints import Endpoint, NoEndpoint, endpoints, of_value
from splice.frameworks._asgi_graph import API_ROUTE, ROUTE, WEBSOCKET_ROUTE, Graph
from splice.frameworks._routing import Registration, Site, innermost
from splice.model import Kind, Reason
from splice.resolve import Project
from splice.symbols import CallSite, Definition, Module, Scope
from splice.values import NONE, ClassRef, Env, External, FuncRef, Instance, Member, Unknown, Value

VERBS = ("delete", "get", "head", "options", "patch", "post", "put", "trace")
API_DECORATORS = (*VERBS, "api_route", "websocket")
DECORATORS = (*API_DECORATORS, "route", "websocket_route")
API_ADDERS = ("add_api_route", "add_api_websocket_route")
ADDERS = (*API_ADDERS, "add_route", "add_websocket_route")
_PARTIAL = "functools.partial"
# What an override in a subclass may change for a registration made with these names.
_BEHIND = {"websocket": "add_api_websocket_route", "route": "add_route", "websocket_route": "add_websocket_route"}


@dataclass(frozen=True, slots=True)
class Refusal:
    """A route without a function that can be decorated. `definition` when the function is known all the same."""

    site: Site | None
    file: str
    line: int
    symbol: str
    reason: Reason
    detail: str
    kind: Kind = "handler"
    definition: Definition | None = None


@dataclass(frozen=True, slots=True)
class Verb:
    """A registering method, bound to its object: `app.get`, `router.add_api_route`."""

    of: Instance
    name: str
    args: Args

    @property
    def kind(self) -> Kind:
        return "websocket" if "websocket" in self.name else "handler"


@dataclass(slots=True)
class Routes:
    """Collects registrations and refusals of a project."""

    project: Project
    graph: Graph
    registrations: list[Registration] = field(default_factory=list)
    refusals: list[Refusal] = field(default_factory=list)
    used: set[int] = field(default_factory=set)  # calls that made a decorator and were followed

    def build(self) -> None:
        for module in self.project.modules():
            for definition in list(module.definitions.values()):
                for index, decorator in enumerate(definition.node.decorator_list):
                    self._decorator(definition, decorator, index + 1)
        for module in self.project.modules():
            for call in module.calls_by_name.get("", ()):
                if isinstance(call.node.func, ast.Call) and call.node.args:
                    self._applied(call, call.node.func)
        for module in self.project.modules():
            for call in module.calls:
                self._call(module, call)
        seen = set()
        for listed in self.graph.routes:
            seen.add(listed.route.site)
            self._route(listed.route, listed.site)
        self._unlisted(seen)

    # -- who registers -------------------------------------------------------------------------------

    def verbs(self, node: ast.Call, scope: Scope, env: Env, names: tuple[str, ...]) -> Iterator[Verb]:
        """The registering methods that a call may call."""
        args = Args(self.project, node, scope, env)
        func, found = node.func, False
        if isinstance(func, ast.Attribute) and func.attr in names:
            for value in self.project.values(func.value, scope, env):
                if (of := self.graph.receiver(value)) is not None and self._has(of, func.attr):
                    found = True
                    yield Verb(of, func.attr, args)
        if not found and not isinstance(func, ast.Call):
            for value in self.project.values(func, scope, env):
                yield from self._bound(value, args, names)

    def _bound(self, value: Value, args: Args, names: tuple[str, ...]) -> Iterator[Verb]:
        """`get = app.get` and `get = partial(app.get, tags=[...])`."""
        if isinstance(value, Member) and value.attr in names:
            if (of := self.graph.receiver(value.of)) is not None and self._has(of, value.attr):
                yield Verb(of, value.attr, args)
        elif isinstance(value, Instance) and value.cls == External(_PARTIAL) and value.call is not None:
            made = value.call
            if made.args and value.scope is not None:
                both = ast.Call(made.func, [*made.args[1:], *args.node.args], [*made.keywords, *args.node.keywords])
                func = ast.copy_location(ast.Call(made.args[0], both.args, both.keywords), args.node)
                yield from self.verbs(func, value.scope, args.env, names)

    def _has(self, of: Instance, name: str) -> bool:
        """Starlette's own classes have no `get`; their `route` is a decorator only before 1.0."""
        return of.site in self.graph.api or name in ("route", "websocket_route", "add_route", "add_websocket_route")

    # -- decorators ----------------------------------------------------------------------------------

    def _decorator(self, definition: Definition, decorator: ast.expr, slot: int) -> None:
        if isinstance(decorator, ast.Call):
            self.used.add(id(decorator))
            site = CallSite(decorator, definition.scope, definition.loops, definition.node)
            found = False
            for env in contexts(self.project, site):
                for verb in self.verbs(decorator, definition.scope, env, DECORATORS):
                    found = True
                    self._decorated(verb, definition, slot)
            if not found:
                self._stranger(definition, decorator)
            return
        for value in self.project.values(decorator, definition.scope):
            if isinstance(value, Instance) and value.call is not None and value.scope is not None:
                for verb in self.verbs(value.call, value.scope, value.env or NONE, DECORATORS):
                    self.used.add(id(value.call))
                    self._decorated(verb, definition, slot)

    def _decorated(self, verb: Verb, definition: Definition, slot: int) -> None:
        api = verb.name in API_DECORATORS
        value = ClassRef(definition) if isinstance(definition.node, ast.ClassDef) else FuncRef(definition)
        for endpoint in of_value(self.project, value, api=api):
            if isinstance(endpoint, Endpoint) and endpoint.definition is definition:
                endpoint = Endpoint(definition, max(slot, innermost(definition)))
            self._register(verb, endpoint, definition.scope.module, definition.node.lineno, definition.scope)

    def _stranger(self, definition: Definition, decorator: ast.Call) -> None:
        """`@thing.get("/x")` on something unknown, where this framework is in use: listed, not guessed."""
        func, raw = decorator.func, definition.scope.module.source.raw
        if not isinstance(func, ast.Attribute) or func.attr not in API_DECORATORS:
            return
        path = Args(self.project, decorator, definition.scope).texts("path", 0)
        if path[0] is None or not path[0].startswith("/") or (b"fastapi" not in raw and b"flask" in raw):
            return
        values = self.project.values(func.value, definition.scope)
        unknown = all(isinstance(v, Unknown) for v in values)
        outside = b"fastapi" in raw and all(isinstance(v, (Unknown, External)) for v in values)
        if not (outside or (unknown and self.graph.api)):
            return
        module = definition.scope.module
        site = (module.file, decorator.lineno, decorator.col_offset)
        self.graph.api.add(site)
        receiver = module.source.segment(func.value)
        detail = f"what {receiver} is cannot be told"
        kind: Kind = "websocket" if func.attr == "websocket" else "handler"
        line = definition.node.lineno
        self.refusals.append(
            Refusal(site, module.file, line, definition.symbol, Reason.RECEIVER_UNKNOWN, detail, kind, definition)
        )

    # -- calls ---------------------------------------------------------------------------------------

    def _applied(self, call: CallSite, maker: ast.Call) -> None:
        """`app.get("/x")(f)`."""
        for env in contexts(self.project, call):
            for verb in self.verbs(maker, call.scope, env, DECORATORS):
                self.used.add(id(maker))
                self._endpoints(verb, Arg(call.node.args[0], call.scope, env), call)

    def _call(self, module: Module, call: CallSite) -> None:
        func = call.node.func
        if isinstance(func, ast.Attribute):
            if func.attr in DECORATORS:
                self._unused(module, call)
            if func.attr not in ADDERS:
                return
        elif not isinstance(func, ast.Name):
            return
        found = False
        for env in contexts(self.project, call) if isinstance(func, ast.Attribute) else self._named(call):
            for verb in self.verbs(call.node, call.scope, env, ADDERS):
                found = True
                endpoint = verb.args.get("endpoint", 1) or verb.args.get("route", 1)
                if isinstance(endpoint, Arg):
                    self._endpoints(verb, endpoint, call)
                else:
                    none = NoEndpoint(Reason.ENDPOINT_UNKNOWN, "its endpoint is behind * or **")
                    self._register(verb, none, module, call.node.lineno, call.scope)
        if not found and isinstance(func, ast.Attribute) and func.attr in API_ADDERS:
            self._lost(
                module, call, Reason.RECEIVER_UNKNOWN, f"what {module.source.segment(func.value)} is cannot be told"
            )

    def _named(self, call: CallSite) -> Iterator[Env]:
        """`add = app.add_api_route` makes a plain name worth a look."""
        if any(isinstance(v, (Member, Instance)) for v in self.project.values(call.node.func, call.scope)):
            yield from contexts(self.project, call)

    def _unused(self, module: Module, call: CallSite) -> None:
        """A decorator that was made and lost from sight."""
        if id(call.node) in self.used:
            return
        for _ in self.verbs(call.node, call.scope, NONE, DECORATORS):
            self._lost(
                module, call, Reason.ENDPOINT_UNKNOWN, "the function that this decorator is put on cannot be told"
            )
            return

    def _lost(self, module: Module, call: CallSite, reason: Reason, detail: str) -> None:
        func = call.node.func
        text = func.attr if isinstance(func, ast.Attribute) else ""
        args = Args(self.project, call.node, call.scope)
        if "/" not in (args.texts("path", 0)[0] or "/"):
            return  # `session.get("key")` on something that is a router by its annotation only
        site = (module.file, call.node.lineno, call.node.col_offset)
        self.graph.api.add(site)
        symbol = f"{call.scope.symbol}.{text}" if call.scope.symbol else text
        self.refusals.append(Refusal(site, module.file, call.node.lineno, symbol, reason, detail))

    def _endpoints(self, verb: Verb, arg: Arg, call: CallSite) -> None:
        for endpoint in endpoints(self.project, arg, api=verb.name in (*API_DECORATORS, *API_ADDERS)):
            self._register(verb, endpoint, call.scope.module, call.node.lineno, call.scope)

    # -- registrations -------------------------------------------------------------------------------

    def _register(self, verb: Verb, endpoint: Endpoint | NoEndpoint, module: Module, line: int, scope: Scope) -> None:
        site = verb.of.site
        if isinstance(endpoint, NoEndpoint):
            self._refuse(site, endpoint, module, line, scope, verb.kind)
            return
        api = verb.name in (*API_DECORATORS, *API_ADDERS)
        prefixes = self.graph.prefixes(verb.of) if api else ("",)
        paths = verb.args.texts("path", 0) if verb.args.get("path", 0) is not None else (None,)
        if self._changed(verb):
            paths = (None,)
        methods = self._methods(verb)
        for prefix in prefixes:
            for path in paths:
                full = None if prefix is None or path is None else prefix + path
                self._add(endpoint, site, full, methods, verb.kind)

    def _methods(self, verb: Verb) -> tuple[str, ...] | None:
        if verb.name in VERBS:
            return (verb.name.upper(),)
        if verb.kind == "websocket":
            return ()
        position = {"route": 1, "add_route": 2}.get(verb.name)
        return methods_of(verb.args.names("methods", position), plain=position is not None)

    def _add(
        self, endpoint: Endpoint, site: Site, path: str | None, methods: tuple[str, ...] | None, kind: Kind
    ) -> None:
        if endpoint.verb and methods is not None:
            if methods not in ((), ("GET",)) and endpoint.verb not in methods:
                return
            methods = (endpoint.verb,)
        if methods is None:
            path, methods = None, ()
        registration = Registration(endpoint.definition, site, path, methods, endpoint.slot, kind)
        if registration not in self.registrations:
            self.registrations.append(registration)

    def _refuse(self, site: Site, none: NoEndpoint, module: Module, line: int, scope: Scope, kind: Kind) -> None:
        name = none.name or "<endpoint>"
        symbol = f"{scope.symbol}.{name}" if scope.symbol else name
        refusal = Refusal(site, module.file, line, symbol, none.reason, none.detail, kind)
        if refusal not in self.refusals:
            self.refusals.append(refusal)

    def _changed(self, verb: Verb) -> bool:
        """Whether a subclass of the project puts its own code between the call and the framework."""
        behind = (verb.name, _BEHIND.get(verb.name, "add_api_route"), *(("api_route",) if verb.name in VERBS else ()))
        for base in self.project.bases(verb.of.cls):
            if isinstance(base, ClassRef):
                for name in behind:
                    for binding in base.definition.inner.bindings.get(name, ()):
                        if binding.target is None or not passes_on(binding.target):
                            return True
        return False

    # -- Route objects -------------------------------------------------------------------------------

    def _route(self, route: Instance, site: Site) -> None:
        """`Route("/x", f)` in the list of the object at `site`."""
        assert route.call is not None and route.scope is not None
        args = Args(self.project, route.call, route.scope, route.env or NONE)
        module, line = route.scope.module, route.call.lineno
        api = self.project.is_a(route, API_ROUTE)
        kind: Kind = "websocket" if self.project.is_a(route, WEBSOCKET_ROUTE) else "handler"
        methods = () if kind == "websocket" else methods_of(args.names("methods"), plain=not api)
        paths = args.texts("path", 0) if args.get("path", 0) is not None else (None,)
        arg = args.get("endpoint", 1)
        if not isinstance(arg, Arg):
            none = NoEndpoint(Reason.ENDPOINT_UNKNOWN, "its endpoint is behind * or **")
            self._refuse(site, none, module, line, route.scope, kind)
            return
        given = args.get("methods") is not None
        for endpoint in endpoints(self.project, arg, api=api):
            if isinstance(endpoint, NoEndpoint):
                self._refuse(site, endpoint, module, line, route.scope, kind)
                continue
            for path in paths:
                self._add(endpoint, site, path, methods if given or not endpoint.verb else (), kind)

    def _unlisted(self, seen: set[Site]) -> None:
        """Route objects in lists that no app was seen to get."""
        from splice.frameworks._asgi_calls import made

        for call, route in list(made(self.project, ROUTE | WEBSOCKET_ROUTE)):
            if route.site in seen:
                continue
            if self.project.is_a(route, API_ROUTE) or b"fastapi" in call.scope.module.source.raw:
                self.graph.api.add(route.site)
            self._route(route, route.site)


def methods_of(names: tuple[str, ...] | None, *, plain: bool) -> tuple[str, ...] | None:
    """The methods of a route, sorted; GET by default. Starlette adds HEAD to GET: that one is left out."""
    if names is None:
        return None
    methods = {name.upper() for name in names} or {"GET"}
    if plain and "GET" in methods:
        methods.discard("HEAD")
    return tuple(sorted(methods))


def passes_on(definition: Definition) -> bool:
    """Whether an overriding method hands its path, as it came, to the one call of `super()` that it makes."""
    node = definition.node
    if isinstance(node, ast.ClassDef):
        return False
    names = [a.arg for a in (*node.args.posonlyargs, *node.args.args)][1:2]
    supers = [
        c
        for c in ast.walk(node)
        if isinstance(c, ast.Call)
        and isinstance(c.func, ast.Attribute)
        and isinstance(c.func.value, ast.Call)
        and isinstance(c.func.value.func, ast.Name)
        and c.func.value.func.id == "super"
    ]
    if len(supers) != 1 or any(len(definition.inner.bindings.get(name, ())) > 1 for name in names):
        return False
    given = (
        supers[0].args[0] if supers[0].args else next((k.value for k in supers[0].keywords if k.arg == "path"), None)
    )
    if isinstance(given, ast.Starred) or (given is None and not names):
        return True
    return isinstance(given, ast.Name) and [given.id] == names
