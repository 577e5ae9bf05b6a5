"""Calls as ASGI frameworks read them: arguments by name or position, constructors of subclasses, callers.

Everything here asks `Project` what expressions mean; nothing knows a route. `Args` follows `**kwargs` out of a
subclass's `__init__` to the call that made the object, and `contexts` gives parameters the values of each caller.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from splice.resolve import Project
from splice.symbols import CallSite, Definition, Scope
from splice.values import NONE, ClassRef, Const, Env, External, FuncRef, Instance, Items, Unknown, Value

_TURNS = 500  # calls of one helper, times turns of a loop: more are not code that people write


@dataclass(frozen=True, slots=True)
class Arg:
    """An argument's expression, and where its names mean something."""

    node: ast.expr
    scope: Scope
    env: Env = NONE


HIDDEN = Unknown("an argument behind * or **")


@dataclass(frozen=True, slots=True)
class Args:
    """The arguments of a call. `rest` is the call whose `*args` and `**kwargs` this one passes on."""

    project: Project
    node: ast.Call
    scope: Scope
    env: Env = NONE
    rest: Args | None = None

    def get(self, name: str, position: int | None = None) -> Arg | Unknown | None:
        """The argument, None when it is not given, HIDDEN when that cannot be said."""
        hidden = False
        for keyword in self.node.keywords:
            if keyword.arg == name:
                return Arg(keyword.value, self.scope, self.env)
            if keyword.arg is None:
                inner = self.project.value(keyword.value, self.scope, self.env)
                if isinstance(inner, Items):
                    for key, (value, where) in zip(inner.keys, inner.elements, strict=False):
                        if isinstance(key, ast.Constant) and key.value == name:
                            return Arg(value, where)
                else:
                    hidden = True
        starred = [i for i, a in enumerate(self.node.args) if isinstance(a, ast.Starred)]
        if position is not None and position < len(self.node.args) and (not starred or position < starred[0]):
            return Arg(self.node.args[position], self.scope, self.env)
        hidden = hidden or (position is not None and bool(starred))
        if not hidden:
            return None
        return self.rest.get(name, position) if self.rest is not None else HIDDEN

    def values(self, name: str, position: int | None = None) -> tuple[Value, ...]:
        """Every value of an argument; empty when it is not given."""
        found = self.get(name, position)
        if isinstance(found, Arg):
            return self.project.values(found.node, found.scope, found.env)
        return () if found is None else (found,)

    def texts(self, name: str, position: int | None = None, default: str = "") -> tuple[str | None, ...]:
        """Every text that an argument may be; `(None,)` when one of them is not constant."""
        found = self.values(name, position)
        if not found or found == (Const(None),):
            return (default,)
        texts = tuple(v.value for v in found if isinstance(v, Const) and isinstance(v.value, str))
        return texts if len(texts) == len(found) else (None,)

    def names(self, name: str, position: int | None = None) -> tuple[str, ...] | None:
        """A list of constant texts; None when it is not one, empty when it is not given."""
        found = self.values(name, position)
        if not found or found == (Const(None),):
            return ()
        if len(found) != 1 or not isinstance(found[0], Items):
            return None
        texts = [self.project.text(element, where) for element, where in found[0].elements]
        return None if None in texts else tuple(t for t in texts if t is not None)


def constructor(project: Project, instance: Instance) -> Args | None:
    """The arguments with which an object reaches the framework's own `__init__`, through those of subclasses.

    None when the object was not seen being made, or a subclass does not pass anything on.
    """
    if instance.call is None or instance.scope is None:
        return None
    args = Args(project, instance.call, instance.scope, instance.env or NONE)
    for base in project.bases(instance.cls):
        if isinstance(base, External):
            break
        init = next((b.target for b in base.definition.inner.bindings.get("__init__", ()) if b.target), None)
        if init is None:
            continue
        passed = next((c for c in init.scope.module.calls_by_name.get("__init__", ()) if c.scope is init.inner), None)
        if passed is None:
            return None
        args = Args(project, passed.node, passed.scope, bind(init, args, method=True), args)
    return args


def bind(definition: Definition, args: Args, *, method: bool) -> Env:
    """What a call gives each parameter of a function; a parameter that cannot be told stays out."""
    assert not isinstance(definition.node, ast.ClassDef)
    spec = definition.node.args
    positional = [a.arg for a in (*spec.posonlyargs, *spec.args)]
    defaults = dict(zip(reversed(positional), reversed(spec.defaults), strict=False))
    defaults |= {a.arg: d for a, d in zip(spec.kwonlyargs, spec.kw_defaults, strict=True) if d is not None}
    env: dict[str, tuple[Value, ...]] = {}
    for index, name in enumerate([*positional, *(a.arg for a in spec.kwonlyargs)]):
        if method and index == 0:
            continue
        position = index - (1 if method else 0) if index < len(positional) else None
        found = args.values(name, position)
        if not found and name in defaults:
            found = args.project.values(defaults[name], definition.scope)
        if found:
            env[name] = found
    return env


def contexts(project: Project, call: CallSite) -> Iterator[Env]:
    """One environment per turn of the loops around a call, and per caller where it uses its function's parameters."""
    turns = project.unroll(call.loops, call.scope) or (NONE,)
    outer = tuple(_callers(project, call)) or (NONE,)
    seen: list[Env] = []
    for env in islice(({**above, **turn} for above in outer for turn in turns), _TURNS):
        if env not in seen:
            seen.append(env)
            yield env


def _callers(project: Project, call: CallSite) -> Iterator[Env]:
    function = call.scope.function()
    if function is None:
        return
    parameters = {name for name, bindings in function.bindings.items() if all(b.kind == "param" for b in bindings)}
    used = parameters & {n.id for n in ast.walk(call.node) if isinstance(n, ast.Name)}
    definition = function.module.definitions.get(function.symbol)
    if definition is None or not used:
        return
    owner = definition.owner
    called = owner.symbol.rpartition(".")[2] if owner and definition.name == "__init__" else definition.name
    for _, caller in project.calls(called):
        targets = project.values(caller.node.func, caller.scope)
        if not any(isinstance(t, ClassRef) and t.definition.inner is owner for t in targets):
            if FuncRef(definition) not in targets:
                continue
        for turn in project.unroll(caller.loops, caller.scope) or (NONE,):
            env = bind(definition, Args(project, caller.node, caller.scope, turn), method=owner is not None)
            yield {name: values for name, values in env.items() if name in used}


def made(project: Project, names: frozenset[str]) -> Iterator[tuple[CallSite, Instance]]:
    """Every place where an object of one of these classes, or of a subclass, is made."""
    for module in project.modules():
        for call in module.calls:
            if not isinstance(call.node.func, (ast.Name, ast.Attribute)):
                continue
            for cls in project.values(call.node.func, call.scope):
                if isinstance(cls, (External, ClassRef)) and project.is_a(cls, names):
                    site = (module.file, call.node.lineno, call.node.col_offset)
                    yield call, Instance(cls, site, call.node, call.scope, NONE)
