"""Handlers that a decorator of the service's own observes already: nothing is traced twice.

Decorators that the configuration names (`observed-by`) make spans and metrics; well-known ones of tracing libraries
make a span, and the metric stays wanted. What counts is what a decorator means, whatever it is called here.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from splice.config import Config
from splice.forms import dotted
from splice.instrumented.code import names_of
from splice.instrumented.tools import METRICS, SPANS
from splice.model import JoinPoint
from splice.policies.objects import check_object, values_of
from splice.resolve import Project
from splice.symbols import Definition, Scope
from splice.values import ClassRef, Items, Unknown, Value

_TRACING = re.compile(
    r"opentelemetry\.(sdk\.)?trace(\.\w+)*\.start_as_current_span"
    r"|logfire(\.\w+)*\.instrument"
    r"|ddtrace(\.\w+)*\.wrap"
    r"|sentry_sdk(\.\w+)*\.trace"
    r"|elasticapm(\.\w+)*\.(async_)?capture_span"
    r"|newrelic(\.\w+)*\.(function_trace|background_task|web_transaction)"
)
_METHOD_DECORATOR = "django.utils.decorators.method_decorator"
_LISTS = ("decorators", "method_decorators")  # attributes of a view class: Flask's, Flask-RESTful's

Key = tuple[str, str, str]  # file, symbol and kind of a join point


@dataclass(frozen=True, slots=True)
class Observer:
    """A decorator that observes a join point: as the configuration or its library calls it, and where it stands."""

    name: str
    file: str
    line: int
    signals: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.name}, {self.file}:{self.line}"


def observers(project: Project, config: Config, points: Sequence[JoinPoint]) -> Mapping[Key, Observer]:
    """What observes each join point already. Raises SpliceError for a name of `observed-by` that does not exist."""
    for name in config.observed_by:
        check_object(project, config, "observed-by", name)
    found: dict[Key, Observer] = {}
    for point in points:
        module = project.file(point.file)
        definition = module.definitions.get(point.symbol) if module is not None and point.kind != "app" else None
        if definition is None or point.skip:
            continue
        configured = {name: values_of(project, name, point.file) for name in config.observed_by}
        for node, scope in _decorators(project, definition, point):
            if observer := _observer(project, configured, node, scope):
                found[point.file, point.symbol, point.kind] = observer
                if METRICS in observer.signals:
                    break
    return found


def _observer(
    project: Project, configured: Mapping[str, Sequence[Value]], node: ast.expr, scope: Scope
) -> Observer | None:
    callee = node.func if isinstance(node, ast.Call) else node
    place = (scope.module.file, node.lineno)
    values = [value for value in project.values(callee, scope) if not isinstance(value, Unknown)]
    for name, meant in configured.items():
        if any(value in meant for value in values):
            return Observer(name, *place, (SPANS, METRICS))
    for name in names_of(project, callee, scope):
        if _TRACING.fullmatch(name):
            return Observer(dotted(callee) or name, *place, (SPANS,))
    return None


def _decorators(project: Project, definition: Definition, point: JoinPoint) -> Iterator[tuple[ast.expr, Scope]]:
    """The decorators that run when the join point does: not those above the one that registers it.

    Those of a method's class, too, where a framework puts them around the method.
    """
    node, cls = definition.node, definition
    if not isinstance(node, ast.ClassDef):
        for decorator in node.decorator_list[0 if point.kind == "function" else point.slot :]:
            yield _inside(project, decorator, definition.scope, None) or decorator, definition.scope
        owner = definition.owner
        if owner is None:
            return
        cls = next(d for d in owner.module.definitions.values() if d.inner is owner)
    methods = {name for name, _ in point.members} or {definition.name}
    for decorator in cls.node.decorator_list:
        if inner := _inside(project, decorator, cls.scope, methods):
            yield inner, cls.scope
    for name in _LISTS:
        for value in project.class_attribute(ClassRef(cls), name, None):
            yield from value.elements if isinstance(value, Items) and not value.keys else ()


def _inside(project: Project, node: ast.expr, scope: Scope, methods: set[str] | None) -> ast.expr | None:
    """The decorator inside Django's `method_decorator(traced, name="dispatch")`, on a class for all these methods."""
    if not isinstance(node, ast.Call) or not node.args or _METHOD_DECORATOR not in names_of(project, node.func, scope):
        return None
    named = {k.value.value for k in node.keywords if k.arg == "name" and isinstance(k.value, ast.Constant)}
    return node.args[0] if methods is None or named in ({"dispatch"}, methods) else None
