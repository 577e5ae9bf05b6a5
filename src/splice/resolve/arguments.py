"""What a call passes to which parameter, and what a function's names then stand for inside it.

The bottom of `resolve.py`'s sensitivity to callers: `url("/users")` and `url("/orders")` are two texts, and a
helper that registers what it is given is read once for each of its callers.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from splice.symbols import Definition, Scope
from splice.values import EVERY, NONE, Const, Env, Items, Unknown, Value

if TYPE_CHECKING:
    from splice.resolve import Project

HIDDEN = Unknown("an argument behind * or **")


@dataclass(frozen=True, slots=True)
class Argument:
    """An argument's expression, and where its names mean something."""

    node: ast.expr
    scope: Scope
    env: Env = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Passed:
    """The arguments of one call; not `complete` when a `*` or `**` hides some."""

    project: Project
    positional: tuple[Argument, ...]
    named: Mapping[str, Argument]
    complete: bool

    def get(self, name: str, position: int = -1) -> Argument | None:
        """The argument of a parameter; None when it is not given, or hidden."""
        if name in self.named:
            return self.named[name]
        return self.positional[position] if 0 <= position < len(self.positional) else None

    def values(self, name: str, position: int = -1) -> tuple[Value, ...]:
        """Every value that an argument may have; empty when it is not given."""
        argument = self.get(name, position)
        if argument is None:
            return () if self.complete else (HIDDEN,)
        return self.project.values(argument.node, argument.scope, argument.env)

    def texts(self, name: str, position: int = -1) -> tuple[str | None, ...]:
        """Every text of an argument, None among them for what is no constant; empty when it is not given or None."""
        found = self.values(name, position)
        if found == (Const(None),):
            return ()
        return tuple(
            dict.fromkeys(v.value if isinstance(v, Const) and isinstance(v.value, str) else None for v in found)
        )


def passed(project: Project, call: ast.Call, scope: Scope, env: Env = NONE, skip: int = 0) -> Passed:
    """The arguments of a call, `*` and `**` of constants taken apart; `skip` leaves out the first positional ones."""
    positional: list[Argument] = []
    complete = True
    for node in call.args:
        if not isinstance(node, ast.Starred):
            positional.append(Argument(node, scope, env))
            continue
        value = project.value(node.value, scope, env)
        if not isinstance(value, Items) or value.keys or value.unsure:
            complete = False
            break
        positional += (Argument(element, where) for element, where in value.elements)
    named: dict[str, Argument] = {}
    for keyword in call.keywords:
        if keyword.arg is not None:
            named[keyword.arg] = Argument(keyword.value, scope, env)
            continue
        value = project.value(keyword.value, scope, env)
        if not isinstance(value, Items) or len(value.keys) != len(value.elements) or EVERY in value.unsure:
            complete = False
            continue
        for key, (element, where) in zip(value.keys, value.elements, strict=True):
            if isinstance(key, ast.Constant) and isinstance(key.value, str):
                named[key.value] = Argument(element, where)
            else:
                complete = False
        for name in value.unsure:
            if isinstance(name, str):
                named[name] = Argument(_hidden(project, keyword.value, scope), scope)
    return Passed(project, tuple(positional[skip:]), named, complete)


def _hidden(project: Project, node: ast.expr, scope: Scope) -> ast.expr:
    return project.stand_in(node, scope, (HIDDEN,))


def positional_names(definition: Definition) -> list[str]:
    """The names of a function's positional parameters, without the `self` or `cls` of a bound method."""
    assert not isinstance(definition.node, ast.ClassDef)
    spec = definition.node.args
    names = [a.arg for a in (*spec.posonlyargs, *spec.args)]
    static = any(isinstance(d, ast.Name) and d.id == "staticmethod" for d in definition.node.decorator_list)
    return names[1:] if definition.owner is not None and not static else names


def defaults(definition: Definition) -> dict[str, ast.expr]:
    """The defaults of a function's parameters."""
    assert not isinstance(definition.node, ast.ClassDef)
    spec = definition.node.args
    positional = [a.arg for a in (*spec.posonlyargs, *spec.args)]
    found = dict(zip(reversed(positional), reversed(spec.defaults), strict=False))
    return found | {a.arg: d for a, d in zip(spec.kwonlyargs, spec.kw_defaults, strict=True) if d is not None}


def bind(definition: Definition, given: Passed, wanted: set[str] | None = None) -> Env:
    """The names of a function, seen from inside, when it gets these arguments: parameters, and locals made of them.

    With `wanted` only these: evaluating arguments that do not matter costs.
    """
    return with_locals(given.project, definition.inner, parameters(definition, given, wanted), wanted)


def parameters(definition: Definition, given: Passed, wanted: set[str] | None = None) -> Env:
    """What a function's parameters are when it gets these arguments; those that it binds again are not among them."""
    assert not isinstance(definition.node, ast.ClassDef)
    spec, project = definition.node.args, given.project
    names = positional_names(definition)
    default = defaults(definition)
    env: dict[str, tuple[Value, ...]] = {}
    for position, name in enumerate([*names, *(a.arg for a in spec.kwonlyargs)]):
        if (wanted is not None and name not in wanted) or len(definition.inner.bindings.get(name, ())) > 1:
            continue
        found = given.values(name, position if position < len(names) else -1)
        if not found and name in default:
            found = project.values(default[name], definition.scope)
        env[name] = found or (Unknown(f"parameter {name} is not given"),)
    if spec.vararg is not None and (wanted is None or spec.vararg.arg in wanted):
        rest = given.positional[len(names) :]
        env[spec.vararg.arg] = (_items(project, ((None, a) for a in rest)) if given.complete else HIDDEN,)
    if spec.kwarg is not None and (wanted is None or spec.kwarg.arg in wanted):
        taken = {*names, *(a.arg for a in spec.kwonlyargs)}
        more = ((k, a) for k, a in given.named.items() if k not in taken)
        env[spec.kwarg.arg] = (_items(project, more) if given.complete else HIDDEN,)
    return env


def used(scope: Scope, nodes: Iterable[ast.AST]) -> set[str]:
    """The names that expressions use, and those that their local names were made of, however far back."""
    seen: set[str] = set()
    queue = list(nodes)
    while queue:
        for node in ast.walk(queue.pop()):
            if isinstance(node, ast.Name) and node.id not in seen:
                seen.add(node.id)
                home: Scope | None = scope
                while home is not None and home.kind != "module":
                    queue += [b.value for b in home.bindings.get(node.id, ()) if b.value is not None]
                    home = home.parent
    return seen


def with_locals(project: Project, scope: Scope, env: Env, wanted: set[str] | None = None) -> Env:
    """`env` and the names that the scope assigns once, from something in `env`."""
    if not env:
        return env
    found = dict(env)
    single = [(bs[0], name) for name, bs in scope.bindings.items() if len(bs) == 1 and name not in env]
    for binding, name in sorted(single, key=lambda pair: pair[0].line):
        own = binding.kind == "assign" and binding.scope is scope and (wanted is None or name in wanted)
        if own and binding.value is not None and mentioned(found, binding.value):
            found[name] = project.values(binding.value, scope, found)
    return found


def mentioned(env: Env, *nodes: ast.AST) -> Env:
    """The part of `env` that expressions use; an empty one lets `Project` answer from its memory."""
    used = {n.id for node in nodes for n in ast.walk(node) if isinstance(n, ast.Name)} if env else ()
    return {name: value for name, value in env.items() if name in used}


def _items(project: Project, pairs: Iterable[tuple[str | None, Argument]]) -> Items:
    """A tuple or dict of arguments as a value. A stand-in carries what an argument meant to this caller."""
    elements, keys = [], []
    for key, argument in pairs:
        node = argument.node
        if argument.env:
            node = project.stand_in(node, argument.scope, project.values(node, argument.scope, argument.env))
        elements.append((node, argument.scope))
        keys += [ast.Constant(key)] if key is not None else []
    return Items(tuple(elements), tuple(keys))
