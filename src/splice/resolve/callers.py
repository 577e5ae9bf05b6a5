"""Calls: what a call gives back, and which calls a function has."""

from __future__ import annotations

import ast
from dataclasses import replace
from typing import TYPE_CHECKING

from splice.resolve.arguments import bind, passed, used
from splice.symbols import CallSite, Definition, Scope
from splice.values import (
    NONE,
    ClassRef,
    Env,
    External,
    Factory,
    FuncRef,
    Instance,
    Items,
    Member,
    Unknown,
    Value,
    unique,
)

if TYPE_CHECKING:
    from splice.resolve.project import Project

_CALLERS = 3  # calls within calls that are told apart; deeper ones are all callers' values at once


class Callers:
    """Follows calls into functions of the project, and from a function back to its calls."""

    def __init__(self, project: Project) -> None:
        self.project = project
        self._callers: dict[int, tuple[int, list[CallSite]]] = {}
        self._results: dict[tuple[int, tuple[tuple[str, tuple[Value, ...]], ...]], tuple[Value, ...]] = {}
        self._running: list[Definition] = []  # functions whose returns are being evaluated

    def called(self, callee: Value, node: ast.Call, scope: Scope, env: Env) -> tuple[Value, ...]:
        site = (scope.module.file, node.lineno, node.col_offset)
        match callee:
            case Instance(cls=External(name="functools.partial"), call=ast.Call(args=[_, *_])):
                return self._partial(callee, node, scope, env)
            case External() | ClassRef():
                return (Instance(callee, site, node, scope, env),)
            case Member(of=Instance(cls=External(name=name)), attr=attr):
                return (Instance(External(f"{name}.{attr}"), site, node, scope, env),)
            case Member(of=Instance(cls=ClassRef() as cls), attr=attr):
                outside = next((b for b in self.project.classes.bases(cls) if isinstance(b, External)), External("?"))
                return (Instance(External(f"{outside.name}.{attr}"), site, node, scope, env),)
            case FuncRef(definition=definition):
                return self._returned(definition, node, scope, env)
            case Items():  # .values() or .items()
                return (callee,)
        return (Unknown("a call of something unknown"),)

    def _partial(self, value: Instance, node: ast.Call, scope: Scope, env: Env) -> tuple[Value, ...]:
        """`partial(app.route, methods=[...])("/x")`, as the one call that it comes to."""
        early, where = value.call, value.scope
        if early is None or where is None or any(isinstance(a, ast.Starred) for a in early.args):
            return (Unknown("a partial that is not taken apart"),)
        inner = (value.factory.env if value.factory is not None else value.env) or NONE

        def given(part: ast.expr) -> ast.expr:
            return self.project.stand_in(part, scope, self.project.values(part, where, inner))

        function, *positional = map(given, early.args)
        later = {keyword.arg for keyword in node.keywords}
        keywords = [ast.keyword(k.arg, given(k.value)) for k in early.keywords if k.arg is None or k.arg not in later]
        call = ast.Call(function, [*positional, *node.args], [*keywords, *node.keywords])
        self.project.made.append(ast.copy_location(call, node))
        return unique(
            v for callee in self.project.values(function, scope) for v in self.called(callee, call, scope, env)
        )

    def _returned(self, definition: Definition, node: ast.Call, scope: Scope, env: Env) -> tuple[Value, ...]:
        """What a function of the project returns to this call of it."""
        inner = definition.inner
        if not inner.returns or inner.yields:
            return (Unknown(f"{definition.name} returns nothing that is known"),)
        if definition in self._running:
            return (Unknown(f"{definition.name} calls itself"),)
        given = passed(self.project, node, scope, env)
        self._running.append(definition)
        try:
            near = len(self._running) <= _CALLERS
            bound = bind(definition, given, used(inner, inner.returns)) if near else NONE
            key = (id(definition), tuple(sorted(bound.items())))
            if key not in self._results:
                self._results[key] = unique(
                    v for value in inner.returns for v in self.project.values(value, inner, bound)
                )
            found = self._results[key]
        finally:
            self._running.pop()
        site = (scope.module.file, node.lineno, node.col_offset)
        return tuple(_made_by(v, site, scope, inner, bound) if isinstance(v, Instance) else v for v in found)

    def calls_of(self, definition: Definition) -> list[CallSite]:
        """The calls of a function (for `__init__`, of its class and of `super().__init__`), as far as they resolve."""
        count, found = self._callers.get(id(definition), (-1, []))
        if count == len(self.project.loaded):
            return found
        found = []
        self._callers[id(definition)] = (
            len(self.project.loaded),
            found,
        )  # half-made, for whoever asks while it is made
        names = self.project.spellings(definition.name)
        owner = definition.owner
        makes = owner is not None and definition.name == "__init__"
        if makes and owner is not None:
            classes = self.project.spellings(last_name(owner.symbol), classes=True)
            names = classes | {f"{name}.__init__" for name in classes}
        for call in [call for name in sorted(names) for call in self.project.calls_named.get(name, ())]:
            for value in self.project.values(call.node.func, call.scope):
                if isinstance(value, ClassRef) and makes:
                    value = self.project.classes.class_attribute(value, "__init__", None)[0]
                if isinstance(value, FuncRef) and value.definition is definition:
                    found.append(call)
                    break
        return found

    def explicit_self(self, call: CallSite) -> bool:
        """Whether a method is called as `Base.method(self, ...)`."""
        func = call.node.func
        return isinstance(func, ast.Attribute) and any(
            isinstance(value, ClassRef) and func.attr in value.definition.inner.bindings and func.attr == "__init__"
            for value in self.project.values(func.value, call.scope)
        )


def last_name(symbol: str) -> str:
    """`method` of `Owner.method#2`."""
    return symbol.rpartition(".")[2].split("#")[0]


def _made_by(value: Instance, site: tuple[str, int, int], scope: Scope, inner: Scope, bound: Env) -> Instance:
    """An object as the caller of the function that returns it sees it."""
    factory = value.factory
    if factory is not None and factory.scope is inner:
        return replace(value, factory=Factory((site, *factory.calls), scope, factory.env))
    if factory is None and value.scope is inner:
        return replace(value, env=NONE, factory=Factory((site,), scope, value.env or bound))
    return value
