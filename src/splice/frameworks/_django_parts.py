"""Small questions about functions and expressions that `_django_ways` follows."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence

from splice.frameworks._django_roles import Bound, Place, Role
from splice.resolve.arguments import defaults
from splice.symbols import Definition, FunctionNode


def parameter_names(node: FunctionNode) -> list[str]:
    """Every parameter of a function, in order."""
    spec = node.args
    rest = [a for a in (spec.vararg, spec.kwarg) if a is not None]
    return [a.arg for a in (*spec.posonlyargs, *spec.args, *spec.kwonlyargs, *rest)]


def passed_to(definition: Definition, call: ast.Call, at: Place) -> dict[str, Role | Bound | None]:
    """What a call passes to the parameters of a function."""
    node = definition.node
    assert not isinstance(node, ast.ClassDef)
    names = [a.arg for a in (*node.args.posonlyargs, *node.args.args)]
    found: dict[str, Role | Bound | None] = {
        n: Bound(d, Place(definition.scope, {})) for n, d in defaults(definition).items()
    }
    static = any(getattr(d, "id", "") == "staticmethod" for d in node.decorator_list)
    if definition.owner is not None and not static and names and isinstance(call.func, ast.Attribute):
        found[names.pop(0)] = Role.SELF
    for name, argument in zip(names, call.args, strict=False):
        if isinstance(argument, ast.Starred):
            found.update(dict.fromkeys(names[names.index(name) :]))
            break
        found[name] = Bound(argument, at)
    for keyword in call.keywords:
        if keyword.arg is None:
            found.update(dict.fromkeys(defaults(definition)))
        elif keyword.arg in parameter_names(node):
            found[keyword.arg] = Bound(keyword.value, at)
    return found


def mentions(node: ast.AST, at: Place) -> bool:
    """Whether an expression uses the request, who sends it, the view, or something made of these."""
    for part in ast.walk(node):
        known = at.names.get(part.id) if isinstance(part, ast.Name) else None
        if isinstance(known, Role):
            return True
        if isinstance(known, Bound) and mentions(known.node, known.at):
            return True
    return False


def stored(nodes: Sequence[ast.AST]) -> dict[str, None]:
    """The names that statements bind: they are not known any more."""
    names = {
        part.id
        for node in nodes
        for part in ast.walk(node)
        if isinstance(part, ast.Name) and isinstance(part.ctx, (ast.Store, ast.Del))
    }
    caught = [part.name for node in nodes for part in ast.walk(node) if isinstance(part, ast.ExceptHandler)]
    return dict.fromkeys({*names, *(name for name in caught if name)})


def captured(pattern: ast.pattern) -> dict[str, None]:
    """The names of a `case` are not known."""
    names = (getattr(part, "name", None) or getattr(part, "rest", None) for part in ast.walk(pattern))
    return {name: None for name in names if name}


def parts(node: ast.AST, *, unsure: bool = False) -> Iterator[tuple[ast.AST, bool]]:
    """Every part of an expression, and whether it may not be evaluated; outer ones first."""
    yield node, unsure
    for name, value in ast.iter_fields(node):
        children = value if isinstance(value, list) else [value]
        for index, child in enumerate(children):
            if isinstance(child, ast.AST):
                maybe = (
                    (isinstance(node, ast.BoolOp) and name == "values" and index > 0)
                    or (isinstance(node, ast.IfExp) and name != "test")
                    or isinstance(node, (ast.Lambda, ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp))
                    or (isinstance(node, ast.Compare) and name == "comparators" and index > 0)
                )
                yield from parts(child, unsure=unsure or maybe)
