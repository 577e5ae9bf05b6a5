"""What stands before every function of a Flask app or blueprint: `before_request` and what wraps the app.

A hook counts as a guard only where it is surely registered; a hook on an object that is not known may be on any.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from splice.access.asked import Asked
from splice.access.decorators import gate_of_dependency, gate_of_hook, stacked
from splice.access.gates import Gate, may
from splice.access.known import CREDENTIAL, is_plain
from splice.access.names import assigned, attributes, mentioned, names_of, spelled
from splice.access.statuses import denies
from splice.frameworks._flask_objects import CURRENT, Kinds
from splice.frameworks._flask_search import Search
from splice.frameworks._flask_views import Target, views
from splice.frameworks._routing import Site
from splice.mutation import last_name
from splice.resolve.arguments import Argument
from splice.symbols import Definition, Module, Scope
from splice.values import ClassRef, External, FuncRef, Instance

_HOOKS = frozenset({"before_request", "before_app_request", "url_value_preprocessor", "app_url_value_preprocessor"})
_TABLE = "before_request_funcs"
_SELF = -9  # the column that `resolve` gives to `self`


class Hooks:
    """The gates before requests, by the app or blueprint that they stand before; CURRENT: before all of them."""

    def __init__(self, asked: Asked, search: Search) -> None:
        self.asked, self.project, self.search = asked, asked.project, search
        self.gates: dict[Site, list[Gate]] = {}
        for module in list(self.project.modules()):
            self._decorated(module)
            self._assigned(module)
        for name in _HOOKS:
            for _, call in self.project.calls(name):
                if isinstance(call.node.func, ast.Attribute) and len(call.node.args) == 1:
                    gate = self._called(Argument(call.node.args[0], call.scope), name)
                    self._note(call.node.func, call.scope, call.statement, gate)
        self._extensions()

    def _decorated(self, module: Module) -> None:
        """`@app.before_request` above a function."""
        for definition in list(module.definitions.values()):
            for index, decorator in enumerate(definition.node.decorator_list):
                if isinstance(decorator, ast.Attribute) and decorator.attr in _HOOKS:
                    gate = self._hook(definition, index + 1, decorator.attr, decorator.lineno)
                    self._note(decorator, definition.scope, definition.node, gate)

    def _hook(self, definition: Definition, slot: int, name: str, line: int) -> Gate:
        """What a function does that runs before others: by its own decorators, and by itself."""
        if isinstance(definition.node, ast.ClassDef):
            return may(f"{name} {definition.name}", definition.scope.module.file, line, "a class runs before it")
        if self.asked.named.configured([FuncRef(definition)], definition.scope.module.file):
            return Gate("guard", f"{name} {definition.name}", definition.scope.module.file, line)
        around = list(self.asked.decorators.gates(definition.node.decorator_list[slot:], definition.scope))
        outcome = self.asked.flow.outcome(definition, {})
        body = gate_of_dependency(outcome) if "preprocessor" in name else gate_of_hook(outcome)
        gate, by = stacked([*around, body]), f"{name} {definition.name}"
        why = f"{by}: {gate.why}" if gate.why else ""
        return Gate(gate.kind, by, definition.scope.module.file, line, why, gate.answers)

    def _called(self, hook: Argument, name: str) -> Gate:
        """`app.before_request(f)`."""
        file, line, shown = hook.scope.module.file, hook.node.lineno, spelled(hook.node)
        found: list[Gate] = []
        for view in views(self.project, hook):
            if not isinstance(view, Target):
                found.append(self.asked.decorators.call(hook.node, hook.scope, f"{name} {shown}"))
                continue
            gates = [self.asked.decorators.gate(self._callee(w), w.scope, w.env) for w in view.wrappers]
            gate = stacked([*gates, self._hook(view.definition, 0, name, line)])
            found.append(Gate(gate.kind, f"{name} {view.definition.name}", file, line, gate.why, gate.answers))
        if len(found) == 1:
            return found[0]
        return may(f"{name} {shown}", file, line, f"what runs {name.replace('_', ' ')} is not known")

    def _callee(self, wrapper: Argument) -> ast.expr:
        assert isinstance(wrapper.node, ast.Call)
        return wrapper.node.func

    def _note(self, func: ast.expr, scope: Scope, statement: ast.stmt, gate: Gate) -> None:
        """Put a gate before what a hook is registered on."""
        if gate.kind == "plain" and not gate.answers:
            return
        found = self.project.values(func, scope)
        sites = list(self.search.objects.receivers(found, _HOOKS))
        if not sites and b"flask" in scope.module.source.raw:
            why = f"{gate.by} may be a hook of this app: {gate.why or 'on what it is registered, is not known'}"
            self._put(CURRENT, may(gate.by, gate.file, gate.line, why))
        for kind, site, instance, attr in sites:
            self._before(kind, site, instance, attr, self._surely(gate, scope, statement, instance))

    def _surely(self, gate: Gate, scope: Scope, statement: ast.stmt, instance: Instance | None) -> Gate:
        home = instance.scope if instance is not None else None
        if gate.kind != "guard" or self.asked.certain.runs(scope, statement, home):
            return gate
        return may(gate.by, gate.file, gate.line, f"{gate.by} is registered in some cases only", answers=gate.answers)

    def _before(self, kind: Kinds, site: Site, instance: Instance | None, attr: str, gate: Gate) -> None:
        self._put(site, gate)
        if "app_" in attr and kind == "blueprint":
            why = f"{gate.by} guards wherever that blueprint is registered"
            unsure = may(gate.by, gate.file, gate.line, gate.why or why) if gate.kind == "guard" else gate
            self._put(CURRENT, unsure)
        elif instance is not None and instance.call is None and (kind == "app" or site[2] != _SELF):
            self._put(CURRENT, may(gate.by, gate.file, gate.line, f"{gate.by} may be a hook of this app"))

    def _put(self, site: Site, gate: Gate) -> None:
        held = self.gates.setdefault(site, [])
        held += [gate] if gate not in held else []

    # -- around the app ------------------------------------------------------------------------------

    def _assigned(self, module: Module) -> None:
        """`app.wsgi_app = X(app.wsgi_app)`, and hooks that are put into Flask's own tables."""
        for used, _ in attributes(module, (_TABLE,)) if _TABLE.encode() in module.source.raw else ():
            why = f"{_TABLE} is used, and what it then holds is not followed"
            self._put(CURRENT, may(_TABLE, module.file, used.lineno, why, doubt=True))
        for node, scope in assigned(module, "wsgi_app"):
            self._wrapped(node.value, scope)

    def _wrapped(self, node: ast.expr, scope: Scope) -> None:
        while isinstance(node, ast.Call):
            for value in self.project.values(node.func, scope):
                name, at = spelled(node), (scope.module.file, node.lineno)
                if isinstance(value, ClassRef) and not denies(value.definition.node):
                    continue
                if isinstance(value, External) and is_plain(value.name):
                    continue
                self._put(CURRENT, may(name, *at, f"{name} is around the app and may guard"))
            node = next((a for a in node.args if isinstance(a, ast.Call)), ast.Constant(None))

    def _extensions(self) -> None:
        """Extensions that are handed the app and may put a guard before all of it."""
        for module in list(self.project.modules()):
            if (line := mentioned(module, "BASIC_AUTH_FORCE")) and self.project.imports("flask_basicauth"):
                why = "the setting BASIC_AUTH_FORCE may guard every endpoint"
                self._put(CURRENT, may("BASIC_AUTH_FORCE", module.file, line, why))
        held = {p.anchor.target.rpartition(".")[2] for p in self.search.points if p.kind == "app" and p.anchor}
        names = self.project.spellings("app", *sorted(held))
        for module in list(self.project.modules()):
            for call in module.calls:
                if self._takes_the_app(call.node, call.scope, names):
                    for name in self._made(call.node, call.scope):
                        if CREDENTIAL.search(name) and not is_plain(name) and not name.startswith("flask_basicauth."):
                            why = f"{name} is given the app and may guard it"
                            self._put(CURRENT, may(spelled(call.node), module.file, call.node.lineno, why))

    def _takes_the_app(self, node: ast.Call, scope: Scope, names: frozenset[str]) -> bool:
        given = [*node.args[:1], *(word.value for word in node.keywords if word.arg == "app")]
        named = [n for n in given if last_name(n) in names]
        return any(self.search.objects.kind(v) == "app" for n in named for v in self.project.values(n, scope))

    def _made(self, node: ast.Call, scope: Scope) -> Iterator[str]:
        """The class outside the project whose object is made, or is given the app by `init_app`."""
        for value in self.project.values(node.func, scope):
            names = names_of(self.project, value) if not isinstance(value, (FuncRef, Instance)) else []
            yield from (name.removesuffix(".init_app") for name in names[:1] if name.partition(".")[0] != "flask")

    def of(self, site: Site) -> list[Gate]:
        """The gates of one app or blueprint, for all that it was made as."""
        base = self.search.objects.base(site)
        return [*self.gates.get(base, ()), *(self.gates.get(site, ()) if site != base else ())]
