"""Calls as FastAPI and Starlette read them: what reaches a constructor, where objects are made, lists of methods."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from splice.resolve import Project
from splice.resolve.arguments import Passed, bind, passed
from splice.symbols import CallSite
from splice.values import NONE, ClassRef, Const, External, Instance, Items, Value

_OWN = ("fastapi.", "starlette.")


def is_framework(name: str) -> bool:
    """Whether a module or class is the framework's own: its source may be part of the project."""
    return f"{name}.".startswith(_OWN)


def is_imported(project: Project) -> bool:
    """Whether anything can be of theirs: in a large repository without them, asking every call would take minutes."""
    return project.imports("fastapi") or project.imports("starlette")


def classes(project: Project, value: Value) -> list[ClassRef]:
    """The classes of the project that stand between an object and the framework's own, nearest first."""
    bases = [b for b in project.bases(value.cls if isinstance(value, Instance) else value) if isinstance(b, ClassRef)]
    return [b for b in bases if not is_framework(b.definition.dotted)]


def arguments(project: Project, instance: Instance) -> Passed | None:
    """What the call that made an object passes; None when that call was not seen."""
    if instance.call is None or instance.scope is None:
        return None
    env = instance.factory.env if instance.factory is not None else instance.env or NONE
    return passed(project, instance.call, instance.scope, env)


def constructor(project: Project, instance: Instance) -> Passed | None:
    """What reaches the framework's own `__init__`, through those of subclasses.

    None when the object was not seen being made, or a subclass does not pass anything on.
    """
    given = arguments(project, instance)
    for base in classes(project, instance):
        for init in [b.target for b in base.definition.inner.bindings.get("__init__", ()) if b.target][-1:]:
            calls = init.scope.module.calls_by_name.get("__init__", ())
            above = next((call for call in calls if call.scope is init.inner), None)
            if above is None or given is None:
                return None
            target = getattr(above.node.func, "value", None)
            explicit = not (isinstance(target, ast.Call) and getattr(target.func, "id", "") == "super")
            given = passed(project, above.node, above.scope, bind(init, given), int(explicit))
    return given


def made(project: Project, names: frozenset[str]) -> Iterator[tuple[CallSite, Instance]]:
    """Every place where an object of one of these classes, or of a subclass, is made."""
    spelled = project.every_spelling(*(name.rpartition(".")[2] for name in names), classes=True)
    for module in project.modules():
        for call in module.calls if not is_framework(module.name) else ():
            func = call.node.func
            if not isinstance(func, (ast.Name, ast.Attribute)) or not project.may_mean(func, call.scope, spelled):
                continue
            for cls in project.values(call.node.func, call.scope):
                if isinstance(cls, (External, ClassRef)) and project.is_a(cls, names):
                    site = (module.file, call.node.lineno, call.node.col_offset)
                    yield call, Instance(cls, site, call.node, call.scope, NONE)


def methods_of(given: Passed, position: int = -1, *, plain: bool) -> tuple[str, ...] | None:
    """The `methods` of a route, sorted; GET by default; None when they are not constant.

    `plain`: a Starlette route, which adds HEAD to GET by itself; that one is left out.
    """
    found = given.values("methods", position)
    methods = {"GET"}
    if found and found != (Const(None),):
        if len(found) != 1 or not isinstance(found[0], Items) or found[0].unsure:
            return None
        texts = [given.project.text(element, where) for element, where in found[0].elements]
        if None in texts:
            return None
        methods = {text.upper() for text in texts if text is not None} or methods
    if plain and "GET" in methods:
        methods.discard("HEAD")
    return tuple(sorted(methods))
