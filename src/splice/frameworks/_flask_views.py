"""What a view function is: the function of the project that runs when Flask calls what it was given.

A name, a method, a wrapped function, `View.as_view(...)`, an object with `__call__`; of class-based views every
HTTP method that a class of the project defines.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from splice.frameworks._views import ClassView, FunctionView, NoTarget, found
from splice.model import Reason
from splice.resolve import Project
from splice.resolve.arguments import Argument, Passed
from splice.symbols import Definition
from splice.values import ClassRef, Const, External, FuncRef, Items

HTTP = ("DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT", "TRACE")
VIEW = frozenset({"flask.views.View"})
METHOD_VIEW = frozenset({"flask.views.MethodView", "flask_restful.Resource"})
_BASES = VIEW | METHOD_VIEW | {"abc.ABC", "typing.Generic", "typing.Protocol", "builtins.object"}


@dataclass(frozen=True, slots=True)
class Target:
    """A function that answers. `method`: the only one (class-based); `default`: what it answers when the rule
    does not say (None: GET). `endpoint` is the name that Flask gives it. `wrappers`, `cls` and `around`: see Origin."""

    definition: Definition
    method: str = ""
    default: tuple[str, ...] | None = None
    endpoint: str = ""
    wrappers: tuple[Argument, ...] = ()
    cls: Definition | None = None
    around: tuple[Definition, int] | None = None


Views = Iterator[Target | NoTarget]


def views(project: Project, argument: Argument) -> Views:
    """Every function that a view argument leads to, and what stands in the way of others."""
    for view in found(project, argument):
        if isinstance(view, FunctionView):
            name = "" if view.called else view.definition.name
            yield Target(view.definition, endpoint=name, wrappers=view.wrappers)
        elif isinstance(view, ClassView):
            for target in class_views(project, view.cls, _label(view.given)):
                yield target if isinstance(target, NoTarget) else replace(target, wrappers=view.wrappers)
        else:
            yield view


def _label(given: Passed) -> str:
    """The name in `View.as_view("name")`."""
    argument = given.get("name", 0)
    return (argument and given.project.text(argument.node, argument.scope, argument.env)) or ""


def class_views(project: Project, cls: ClassRef, label: str) -> Views:
    """The handlers of a class-based view: its HTTP methods, or `dispatch_request`."""
    definition = cls.definition
    bases = project.bases(cls)
    outside = [b.name for b in bases if isinstance(b, External) and b.name not in _BASES]
    by_method = any(isinstance(b, External) and b.name in METHOD_VIEW for b in bases) or bool(outside)
    own = "methods" in definition.inner.bindings
    declared = _methods(project, cls) if own or not by_method else None  # MethodView adds what subclasses define
    answered = False
    for method in HTTP if by_method else ():
        for target in _method_views(project, cls, method):
            answered = True
            if declared is None or method in declared or isinstance(target, NoTarget):
                if isinstance(target, NoTarget):
                    yield target
                else:
                    yield Target(target.definition, method, endpoint=label, wrappers=target.wrappers, cls=definition)
    if not answered:
        for value in project.class_attribute(cls, "dispatch_request", None):
            if isinstance(value, FuncRef):
                answered = True
                yield Target(value.definition, default=declared, endpoint=label, cls=definition)
    if outside:
        names = ", ".join(outside)
        yield NoTarget(Reason.INHERITED, f"methods that {names} defines are outside this project", definition)
    elif not answered:
        yield NoTarget(Reason.ENDPOINT_UNKNOWN, f"{definition.symbol} defines no HTTP method", definition)


def _method_views(project: Project, cls: ClassRef, method: str) -> Views:
    """The function that a class has for an HTTP method; nothing when no class of the project defines it."""
    name = method.lower()
    for base in project.bases(cls):
        if not isinstance(base, ClassRef) or name not in base.definition.inner.bindings:
            continue
        inner = base.definition.inner
        last = inner.bindings[name][-1]
        if last.target is not None:
            yield Target(last.target)
        elif last.value is not None and project.value(last.value, inner) != Const(None):
            for view in views(project, Argument(last.value, inner)):
                yield view if isinstance(view, Target) else NoTarget(view.reason, view.detail, base.definition)
        return


def _methods(project: Project, cls: ClassRef) -> tuple[str, ...] | None:
    """What the class attribute `methods` says; None when no class of the project has one, or it is not constant."""
    for value in project.class_attribute(cls, "methods", None):
        if isinstance(value, Items):
            texts = [project.text(node, scope) for node, scope in value.elements]
            return tuple(t.upper() for t in texts if t is not None) if None not in texts else None
    return None
