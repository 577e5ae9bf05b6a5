"""What stands around a whole app of FastAPI or Starlette: middlewares, and objects that the app is handed to.

A middleware of the service's own may guard, whatever it does: that makes an answer unknown. `AuthenticationMiddleware`
alone guards nothing; it says who is known, and `requires` asks that.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator

from splice.access.absent import Seen
from splice.access.asked import Asked
from splice.access.decorators import gate_of
from splice.access.gates import Gate, may
from splice.access.known import CREDENTIAL, is_plain
from splice.access.names import attributes, spelled
from splice.access.statuses import denies
from splice.frameworks._asgi_calls import constructor, is_framework, made
from splice.frameworks._asgi_graph import Graph
from splice.frameworks._asgi_names import ANY
from splice.frameworks._routing import Site
from splice.resolve.arguments import Passed, passed
from splice.symbols import Definition, Module, Scope
from splice.values import NONE, ClassRef, Const, External, FuncRef, Instance, Items, Value

_MIDDLEWARE = frozenset({External("starlette.middleware.Middleware"), External("fastapi.middleware.Middleware")})
_AUTHENTICATION = "starlette.middleware.authentication.AuthenticationMiddleware"
# Tables of the frameworks' own, and what somebody may do with them.
_CHANGED = {
    "user_middleware": "hold a guard",
    "middleware_stack": "hold a guard",
    "dependency_overrides": "take a guard away",
    "dependencies": "take a guard away",
}


class Layers:
    """The gates around apps, by the place where an app is made; "" holds those that may be around any."""

    def __init__(self, asked: Asked, graph: Graph) -> None:
        self.asked, self.project, self.graph = asked, asked.project, graph
        self.around: dict[Site, list[Gate]] = {}
        self.everywhere: list[Gate] = []
        self.trusted = True  # whether nobody is known who brings no credential
        self._added()
        self._decorated()
        self._constructed()
        self._wrapped()
        self._changed()
        self._credentials()

    def _modules(self) -> list[Module]:
        """Those of the service: the framework's own source may be part of the project."""
        return [module for module in self.project.modules() if not is_framework(module.name)]

    def of(self, site: Site) -> list[Gate]:
        """The gates around the app at one node of the graph."""
        instance = self.graph.objects.get(site)
        if instance is None:
            return []
        found = list(self.around.get(instance.site, ()))
        for cls in self.project.bases(instance.cls):  # what methods do to `self`
            if isinstance(cls, ClassRef):
                found += self.around.get((cls.definition.scope.module.file, cls.definition.node.lineno, -9), ())
        return found

    def listed(self, given: Passed | None) -> Iterator[Gate]:
        """The gates in a `middleware=[Middleware(X), ...]` argument."""
        argument = given.get("middleware") if given is not None else None
        for value in given.values("middleware") if given is not None and argument is not None else ():
            assert argument is not None
            if isinstance(value, Items):
                for node, scope in value.elements:
                    yield from self._element(node, scope)
            if (not isinstance(value, Items) or value.unsure) and value != Const(None):
                yield self._unsure("middleware", argument.node, argument.scope)

    def _element(self, node: ast.expr, scope: Scope) -> Iterator[Gate]:
        for value in self.project.values(node, scope):
            if isinstance(value, Instance) and value.cls in _MIDDLEWARE and value.call and value.scope:
                yield from self._layer(passed(self.project, value.call, value.scope), 0, value.call, value.scope)
            else:
                yield self._unsure("middleware", node, scope)

    # -- where they are added ------------------------------------------------------------------------

    def _added(self) -> None:
        """`app.add_middleware(X)`."""
        for module, call in self.project.calls("add_middleware"):
            if isinstance(call.node.func, ast.Attribute) and not is_framework(module.name):
                given = passed(self.project, call.node, call.scope)
                gates = list(self._layer(given, 0, call.node, call.scope))
                self._put(call.node.func.value, call.scope, gates)

    def _decorated(self) -> None:
        """`@app.middleware("http")`, and `app.middleware("http")(f)`."""
        for module in self._modules():
            for definition in list(module.functions()):
                for node in definition.node.decorator_list:
                    if (owner := _middleware_of(node)) is not None:
                        gates = list(self._function(definition, definition.name, node.lineno))
                        self._put(owner, definition.scope, gates)
        for _, call in self.project.calls(""):
            if (owner := _middleware_of(call.node.func)) is not None:
                for value in self.project.values(call.node.args[0], call.scope) if call.node.args else ():
                    gates = list(self._of(value, spelled(call.node.args[0]), call.node, call.scope))
                    self._put(owner, call.scope, gates)

    def _constructed(self) -> None:
        for _, instance in made(self.project, ANY):
            gates = list(self.listed(constructor(self.project, instance)))
            self.around.setdefault(instance.site, []).extend(gates)
        for module, call in self.project.calls("Mount", "Host"):
            given = passed(self.project, call.node, call.scope)
            if "middleware" in given.named and not is_framework(module.name):
                self.everywhere += self.listed(given)

    def _put(self, owner: ast.expr, scope: Scope, gates: Iterable[Gate]) -> None:
        found = self.graph.receivers(owner, scope, NONE)
        for value in found:
            self.around.setdefault(value.site, []).extend(gates)
        if not found:
            self.everywhere += gates

    # -- what they do --------------------------------------------------------------------------------

    def _layer(self, given: Passed, position: int, node: ast.Call, scope: Scope) -> Iterator[Gate]:
        """One middleware by its class."""
        argument = given.get("middleware_class", position) or given.get("cls", position)
        if argument is None:
            yield self._unsure("middleware", node, scope)
            return
        for value in self.project.values(argument.node, argument.scope, argument.env):
            if isinstance(value, External) and value.name == _AUTHENTICATION:
                yield from self._authentication(given, node, scope)
            else:
                yield from self._of(value, spelled(argument.node), node, scope)

    def _of(self, value: Value, name: str, node: ast.expr, scope: Scope) -> Iterator[Gate]:
        file, line = scope.module.file, node.lineno
        if isinstance(value, FuncRef):
            yield from self._function(value.definition, name, line)
        elif isinstance(value, ClassRef):
            yield from self._class(value, name, file, line)
        elif not (isinstance(value, External) and is_plain(value.name)):
            outside = value.name if isinstance(value, External) else name
            yield may(name, file, line, f"middleware {outside} is not in this project and may guard")

    def _class(self, cls: ClassRef, name: str, file: str, line: int) -> Iterator[Gate]:
        methods = {
            method: [v for v in self.project.class_attribute(cls, method, None) if isinstance(v, FuncRef)]
            for method in ("dispatch", "__call__")
        }
        for method, values in methods.items():
            for value in values:
                node = value.definition.node
                assert not isinstance(node, ast.ClassDef)
                names = [a.arg for a in (*node.args.posonlyargs, *node.args.args)]
                wrapped = names[2] if method == "dispatch" and len(names) > 2 else "self.app"
                gate = gate_of(self.asked.flow.outcome(value.definition, {names[1]: Seen(thing="request")}, wrapped))
                if gate.kind != "plain":
                    yield may(name, file, line, f"middleware {name} may guard: {gate.why or 'it may refuse'}")
                    return
        outside = [b.name for b in self.project.bases(cls) if isinstance(b, External)]
        strangers = [n for n in outside if not is_plain(n) and not n.startswith(("starlette.", "builtins.", "typing."))]
        if denies(cls.definition.node) or strangers:
            yield may(name, file, line, f"middleware {name} may guard")

    def _function(self, definition: Definition, name: str, line: int) -> Iterator[Gate]:
        """`async def f(request, call_next)`."""
        node, file = definition.node, definition.scope.module.file
        assert not isinstance(node, ast.ClassDef)
        names = [a.arg for a in (*node.args.posonlyargs, *node.args.args)][1 if definition.owner is not None else 0 :]
        wrapped = names[1] if len(names) > 1 else ""
        env = {names[0]: Seen(thing="request")} if names else {}
        gate = gate_of(self.asked.flow.outcome(definition, env, wrapped))
        if gate.kind != "plain" or denies(node):
            yield may(name, file, line, f"middleware {name} may guard: {gate.why or 'it may refuse'}")

    def _authentication(self, given: Passed, node: ast.Call, scope: Scope) -> Iterator[Gate]:
        """Who is known, going by a backend: nobody without a credential, or nobody knows."""
        for value in given.values("backend", 1) or (Const(None),):
            cls = value.cls if isinstance(value, Instance) else None
            found = self.project.class_attribute(cls, "authenticate", None) if isinstance(cls, ClassRef) else ()
            for method in found or (Const(None),):
                if not isinstance(method, FuncRef) or isinstance(method.definition.node, ast.ClassDef):
                    self.trusted = False
                    continue
                names = [a.arg for a in method.definition.node.args.args][1:2]
                outcome = self.asked.flow.outcome(method.definition, dict.fromkeys(names, Seen(thing="request")))
                known = [r for r in outcome.returns if not (r.seen.known and r.seen.value is None)]
                self.trusted = self.trusted and not known
                if outcome.value is None or outcome.refusals:
                    file, line = scope.module.file, node.lineno
                    yield may("AuthenticationMiddleware", file, line, "its backend may refuse on its own")

    # -- around the app ------------------------------------------------------------------------------

    def _wrapped(self) -> None:
        """`app = Guard(app)`, `Mount("/x", Guard(inner))`: what serves is another object."""
        for module in self._modules():
            for call in module.calls:
                if isinstance(call.node.func, (ast.Name, ast.Attribute)) and self._may_guard(
                    call.node.func, call.scope
                ):
                    self._around(call.node, call.scope)

    def _may_guard(self, func: ast.expr, scope: Scope) -> bool:
        """Whether what is called may stand between a caller and the app that it is given."""
        for value in self.project.values(func, scope):
            if isinstance(value, ClassRef):
                definition = value.definition
                if "__call__" in definition.inner.bindings and denies(definition.node):
                    return True
            elif isinstance(value, External) and CREDENTIAL.search(value.name) and not is_plain(value.name):
                return True
        return False

    def _around(self, call: ast.Call, scope: Scope) -> None:
        gate = may(spelled(call), scope.module.file, call.lineno, f"{spelled(call)} is around the app and may guard")
        for node in (*call.args[:1], *(word.value for word in call.keywords if word.arg == "app")):
            for value in self.project.values(node, scope):
                if isinstance(value, Instance) and self.graph.is_app(value):
                    self.around.setdefault(value.site, []).append(gate)

    def _changed(self) -> None:
        """Tables of the frameworks' own that somebody uses: dependencies are replaced, middlewares put in."""
        for module in self._modules():
            if not any(word.encode() in module.source.raw for word in _CHANGED):
                continue
            for node, scope in attributes(module, _CHANGED):
                if node.attr == "dependencies" and not self.graph.receivers(node.value, scope, NONE):
                    continue  # of something else
                why, doubt = f"{node.attr} is used, and may {_CHANGED[node.attr]}", "away" in _CHANGED[node.attr]
                self._put(node.value, scope, [may(node.attr, module.file, node.lineno, why, doubt=doubt)])

    def _credentials(self) -> None:
        """`AuthCredentials(...)` that somebody else than a backend gives."""
        for module, call in self.project.calls("AuthCredentials"):
            names = [getattr(v, "name", "") for v in self.project.values(call.node.func, call.scope)]
            if "starlette.authentication.AuthCredentials" in names and not is_framework(module.name):
                self.trusted = self.trusted and call.scope.symbol.rpartition(".")[2] == "authenticate"

    def _unsure(self, name: str, node: ast.expr, scope: Scope) -> Gate:
        return may(name, scope.module.file, node.lineno, f"what {name} it has is not a constant")


def _middleware_of(node: ast.expr) -> ast.expr | None:
    """The app of an expression `app.middleware("http")`."""
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "middleware":
        return node.func.value
    return None
