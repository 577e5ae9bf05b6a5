"""Fields of dataclasses, pydantic models and their like: what a class body gives them is a default only.

`class S(BaseModel): prefix: str = "/a"` says nothing about the prefix of `S(prefix="/b")`.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import TYPE_CHECKING

from splice.resolve.arguments import HIDDEN, passed
from splice.symbols import Scope
from splice.values import NONE, ClassRef, Env, External, Instance, Unknown, Value, unique

if TYPE_CHECKING:
    from splice.resolve.project import Project


def given(
    project: Project, cls: ClassRef, base: ClassRef, attr: str, instance: Instance, default: tuple[Value, ...]
) -> tuple[Value, ...]:
    """What an attribute of an object is, when the body of `base` annotates it: the argument, else the default."""
    inner = base.definition.inner
    bindings = inner.bindings.get(attr, ())
    if not any(b.annotation is not None for b in bindings) or not _takes_fields(project, cls):
        return default
    if _validated(inner, attr):
        return (Unknown(f"a validator may change {attr}"),)
    bases = [b.definition.inner for b in project.bases(cls) if isinstance(b, ClassRef)]
    if any("__init__" in scope.bindings for scope in bases):
        return (*default, Unknown("its class decides what becomes of its arguments"))
    if instance.call is not None and instance.scope is not None:
        env = instance.factory.env if instance.factory is not None else instance.env or NONE
        return _argument(project, instance.call, instance.scope, env, attr, default)
    name = cls.definition.name
    spelled = project.spellings(name, classes=True)
    found = [
        value
        for call in (call for spelling in sorted(spelled) for call in project.calls_named.get(spelling, ()))
        if any(c == cls for c in project.values(call.node.func, call.scope))
        for value in _argument(project, call.node, call.scope, NONE, attr, default)
    ]
    return unique([*found, *default])


def _argument(
    project: Project, call: ast.Call, scope: Scope, env: Env, attr: str, default: tuple[Value, ...]
) -> tuple[Value, ...]:
    arguments = passed(project, call, scope, env)
    if attr in arguments.named:
        return arguments.values(attr)
    if arguments.positional or not arguments.complete:  # which field a position stands for, bases decide
        return (*default, HIDDEN)
    return default


def _takes_fields(project: Project, cls: ClassRef) -> bool:
    """Whether something other than the class itself may make its `__init__`: a base, a decorator, a metaclass."""
    classes = [b for b in project.bases(cls) if isinstance(b, ClassRef)]
    outside = any(isinstance(b, External) for b in project.bases(cls))
    nodes = [c.definition.node for c in classes if isinstance(c.definition.node, ast.ClassDef)]
    return outside or any(node.decorator_list or node.keywords for node in nodes)


def _validated(scope: Scope, attr: str) -> bool:
    """`@field_validator("prefix")` on a method of the class."""
    return any(name in (attr, "*") for name in _named_in_decorators(scope))


def _named_in_decorators(scope: Scope) -> Iterator[str]:
    for bindings in scope.bindings.values():
        for binding in bindings:
            for decorator in binding.target.node.decorator_list if binding.target is not None else ():
                for node in decorator.args if isinstance(decorator, ast.Call) else ():
                    if isinstance(node, ast.Constant) and isinstance(node.value, str):
                        yield node.value
