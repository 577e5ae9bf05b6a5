"""Which functions and methods answer behind the view of a `path(...)`, with which methods of HTTP.

Function views answer to any method unless a decorator says which; classes are the business of `_django_classes`.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import replace

from splice.frameworks._django_classes import Classes, Found, Handler, arguments, texts
from splice.frameworks._routing import ANY, Origin, innermost
from splice.frameworks._views import ClassView, FunctionView, NoTarget, found
from splice.model import Reason
from splice.resolve import Project
from splice.resolve.arguments import Argument
from splice.symbols import Definition
from splice.values import External, Instance, Value

_HTTP = "django.views.decorators.http."
_REQUIRED = {f"{_HTTP}require_GET": ("GET",), f"{_HTTP}require_POST": ("POST",), f"{_HTTP}require_safe": ("GET",)}
_LISTED = frozenset({f"{_HTTP}require_http_methods", "rest_framework.decorators.api_view"})
_WRAPS = (External("functools.wraps"), External("django.utils.functional.wraps"))
API_VIEW = "rest_framework.decorators.api_view"


class Views:
    """The handlers of a project's views."""

    def __init__(self, project: Project) -> None:
        self.project, self.classes = project, Classes(project)

    def handlers(self, argument: Argument) -> Iterator[Found]:
        """What answers when Django calls the view of a `path(...)`."""
        for view in found(self.project, argument):
            if isinstance(view, FunctionView):
                yield self._wrapper(view.definition) or self._function(view)
            elif isinstance(view, ClassView):
                yield from self.classes.of_view(view)
            else:
                yield view

    def _wrapper(self, definition: Definition) -> NoTarget | None:
        """A function inside a decorator, where what it decorates could not be told: another one answers."""
        if definition.scope.function() is None:
            return None
        for node in definition.node.decorator_list:
            value = self.project.value(node, definition.scope)
            if isinstance(value, Instance) and value.cls in _WRAPS:
                return NoTarget(Reason.ENDPOINT_UNKNOWN, f"{definition.symbol} wraps a view that cannot be told")
        return None

    def _function(self, view: FunctionView) -> Handler:
        definition = view.definition
        decorators = definition.node.decorator_list
        slot = innermost(definition)
        limits: list[tuple[str, ...]] = []
        places = [Argument(node, definition.scope) for node in decorators]
        places += [
            replace(wrapper, node=wrapper.node.func) for wrapper in view.wrappers if isinstance(wrapper.node, ast.Call)
        ]
        for index, place in enumerate(places):
            for value in self.project.values(place.node, place.scope, place.env):
                limit, registers = self._limit(value)
                limits += [limit] if limit is not None else []
                if registers and index < len(decorators):
                    slot = max(slot, index + 1)
        methods = set(limits[0]).intersection(*limits[1:]) if limits else set(ANY)
        origin = Origin(wrappers=view.wrappers)
        return Handler(definition, tuple(sorted(methods)) if () not in limits else (), slot, origin=origin)

    def _limit(self, value: Value) -> tuple[tuple[str, ...] | None, bool]:
        """The methods that a decorator lets pass (None: all, empty: not known), and whether it makes the view."""
        if isinstance(value, External):
            return _REQUIRED.get(value.name), False
        if not isinstance(value, Instance) or not isinstance(value.cls, External) or value.cls.name not in _LISTED:
            return None, False
        given = arguments(self.project, value)
        argument = given.get("http_method_names" if value.cls.name == API_VIEW else "request_method_list", 0)
        if argument is None:
            return (("GET",) if given.complete else ()), value.cls.name == API_VIEW
        values = self.project.values(argument.node, argument.scope, argument.env)
        kept = {text.upper() for text in texts(self.project, values, argument.env) or ()}
        if "GET" in kept:
            kept.discard("HEAD")
        return tuple(sorted(kept)), value.cls.name == API_VIEW
