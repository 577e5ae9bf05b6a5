"""Tools that Python code switches on: instrumentors, agents' `patch_all` and `init`, middlewares, settings lists.

Names are resolved through imports and across files, so that a word in a comment, a docstring or another
library's function of the same name is nothing. Only the service's own modules are looked at, no tests.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Iterator

from splice.forms import dotted
from splice.instrumented.calls import METHODS, TRACING, Use, sentry, use_of
from splice.instrumented.tools import METRICS, TOOLS, Instrumentation, Place
from splice.mutation import last_name
from splice.resolve import Project
from splice.symbols import CallSite, Module, Scope
from splice.values import Const, External, Instance, Items, Member, Value

#: A file that holds none of these does not switch on anything.
WORDS = tuple(sorted({word for tool in TOOLS.values() for word in tool.words}))
_LISTS = ("MIDDLEWARE", "INSTALLED_APPS")
_LAYERS = ("add_middleware", "Middleware")  # calls that take a middleware's class


def in_code(project: Project, files: Iterable[str], own: Callable[[str], bool]) -> Iterator[Instrumentation]:
    """What code switches on. `files` hold a word of a tool; of other modules of the project only calls of methods.

    `own`: whether a file is the service's to look at.
    """
    named = [module for file in files if own(file) and (module := project.file(file)) is not None]
    for module in named:
        yield from _imported(module)
        yield from _listed(project, module)
        yield from _decorated(project, module)
        renamed = {name for name, original in module.aliases if original in METHODS}
        for call in module.calls:
            if last_name(call.node.func) in (*METHODS, *_LAYERS, *renamed) or _is_imported(call.node.func, call.scope):
                yield from _called(project, call)
    seen = {module.file for module in named}
    for module, call in project.calls(*METHODS):
        if module.file not in seen and own(module.file):
            yield from _called(project, call)


def _is_imported(node: ast.expr, scope: Scope) -> bool:
    """Whether an expression begins with a name that an import binds: what it means is decided without a search."""
    while isinstance(node, (ast.Attribute, ast.Call)):
        node = node.func if isinstance(node, ast.Call) else node.value
    home = scope if isinstance(node, ast.Name) else None
    while home is not None and isinstance(node, ast.Name):
        if node.id in home.bindings:
            return any(binding.kind in ("import", "from") for binding in home.bindings[node.id])
        home = home.parent
    return bool(scope.module.scope.stars)


def _called(project: Project, call: CallSite) -> Iterator[Instrumentation]:
    node = call.node
    if not isinstance(node.func, (ast.Name, ast.Attribute)):
        return
    last = node.func.attr if isinstance(node.func, ast.Attribute) else node.func.id
    for name in names_of(project, node.func, call.scope):
        if use := use_of(name):
            yield _found(project, call, use, _argument(node, "app"), _spelled(node.func) or name)
            return
    if last in _LAYERS and node.args:
        for name in names_of(project, node.args[0], call.scope):
            if use := use_of(name):
                app = node.func.value if last == _LAYERS[0] and isinstance(node.func, ast.Attribute) else None
                yield _found(project, call, use, app, f"{last}({dotted(node.args[0]) or name})")
                return


def _found(project: Project, call: CallSite, use: Use, app: ast.expr | None, how: str) -> Instrumentation:
    signals = use.signals
    if use.tool == "sentry":
        signals = sentry(any(k.arg in TRACING and not _off(k.value) for k in call.node.keywords))
    frameworks = (use.framework,) if use.framework else ()
    apps = _made_at(project, app, call.scope) if app is not None else ()
    return Instrumentation(
        use.tool, "code", call.scope.module.file, call.node.lineno, how, signals, frameworks, tuple(apps)
    )


def _argument(node: ast.Call, name: str) -> ast.expr | None:
    """The app that a call is given: its first argument, or the one of that name."""
    named = next((keyword.value for keyword in node.keywords if keyword.arg == name), None)
    return node.args[0] if node.args and not isinstance(node.args[0], ast.Starred) else named


def _made_at(project: Project, app: ast.expr, scope: Scope) -> list[Place]:
    """Where the app objects were made that an expression may be; empty (which means all) when that is not known."""
    values = project.values(app, scope)
    places = [value.site[:2] for value in values if isinstance(value, Instance) and value.call is not None]
    return sorted(set(places)) if len(places) == len(values) else []


def _spelled(node: ast.expr) -> str:
    """`a.b.c`, and `A().b` where an object is made on the spot."""
    if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Call) and dotted(node.value.func):
        return f"{dotted(node.value.func)}().{node.attr}"
    return dotted(node)


def _off(value: ast.expr) -> bool:
    return isinstance(value, ast.Constant) and not value.value


def names_of(project: Project, node: ast.expr, scope: Scope) -> Iterator[str]:
    """The dotted names, outside the project, of what an expression means."""
    for value in project.values(node, scope):
        if name := _name(project, value):
            yield name


def _name(project: Project, value: Value) -> str:
    if isinstance(value, External):
        return value.name
    if isinstance(value, Member):
        outside = [base.name for base in project.bases(value.of.cls) if isinstance(base, External)]
        return f"{outside[0]}.{value.attr}" if outside else ""
    return ""


def _imported(module: Module) -> Iterator[Instrumentation]:
    """`import ddtrace.auto`: the import is what switches it on."""
    raw = module.source.raw
    for node in ast.walk(module.tree) if b"ddtrace" in raw or b"auto_instrumentation" in raw else ():
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names = [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
        else:
            continue
        for name in names:
            if name in ("ddtrace.auto", "opentelemetry.instrumentation.auto_instrumentation.sitecustomize"):
                tool = "ddtrace" if name.startswith("ddtrace") else "opentelemetry"
                how = f"import {name}"
                yield Instrumentation(tool, "code", module.file, node.lineno, how, TOOLS[tool].signals)
                break


def _decorated(project: Project, module: Module) -> Iterator[Instrumentation]:
    """The first function of a file that autometrics measures: it needs no other switch."""
    for definition in module.functions() if b"autometrics" in module.source.raw else ():
        for node in definition.node.decorator_list:
            callee = node.func if isinstance(node, ast.Call) else node
            if any(name.startswith("autometrics.") for name in names_of(project, callee, definition.scope)):
                how = f"@{dotted(callee)}"
                yield Instrumentation("autometrics", "code", module.file, node.lineno, how, (METRICS,))
                return


def _listed(project: Project, module: Module) -> Iterator[Instrumentation]:
    """Middlewares and apps that Django's settings name as text."""
    for setting in _LISTS:
        bindings = module.scope.bindings.get(setting)
        for value in project.scopes.bound(bindings) if bindings else ():
            for element, scope in value.elements if isinstance(value, Items) else ():
                item = project.value(element, scope)
                text = item.value if isinstance(item, Const) else None
                if isinstance(text, str) and (use := use_of(text)):
                    file = scope.module.file
                    yield Instrumentation(use.tool, "code", file, element.lineno, text, use.signals, ("django",))
