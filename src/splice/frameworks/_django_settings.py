"""What settings modules say: the root URLconfs, and whether addresses hold the language.

A project may have several settings modules, and several sites with a root of their own. They all count.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field

from splice.frameworks._django_names import APPLICATION
from splice.model import Anchor, JoinPoint
from splice.resolve import Project
from splice.symbols import Module
from splice.values import Const, External, ModuleRef, Value

_CONFIGURE = frozenset({"django.conf.settings.configure"})


@dataclass(slots=True)
class Settings:
    """`roots`: the files of the root URLconfs. `translated`: what `i18n_patterns` does; None: not known."""

    roots: set[str] = field(default_factory=set)
    unknown: bool = False  # a root that cannot be told, and may be one of this project
    untold: set[tuple[str, int, str]] = field(default_factory=set)  # where a root is set that is none of these, and why
    translated: bool | None = True


def settings(project: Project) -> Settings:
    """Reads `ROOT_URLCONF` and `USE_I18N` wherever they are set."""
    found = Settings()
    i18n: set[Value] = set()
    for module, line, values in _set(project, "ROOT_URLCONF"):
        for value in values:
            name = value.value if isinstance(value, Const) else None
            origin = project.module_ref(name, module.file) if isinstance(name, str) else None
            if isinstance(origin, ModuleRef) and origin.file:
                found.roots.add(origin.file)
            elif isinstance(origin, External):
                found.untold.add((module.file, line, f"{origin.name} is outside this project"))
            else:
                found.unknown = True
                found.untold.add((module.file, line, "ROOT_URLCONF is not a constant"))
    found.roots |= set(_of_requests(project))
    for _, _, values in _set(project, "USE_I18N"):
        i18n.update(values)
    if i18n and i18n != {Const(True)}:
        found.translated = False if i18n == {Const(False)} else None
    return found


def _of_requests(project: Project) -> Iterator[str]:
    """`request.urlconf = "site.api_urls"`: another root, for some requests."""
    for module in project.modules():
        for node in ast.walk(module.tree) if b".urlconf" in module.source.raw else ():
            targets = node.targets if isinstance(node, ast.Assign) else []
            if isinstance(node, ast.Assign) and "urlconf" in [getattr(target, "attr", "") for target in targets]:
                name = project.text(node.value, module.scope)
                value = project.module_ref(name, module.file) if name is not None else None
                if isinstance(value, ModuleRef) and value.file:
                    yield value.file


def starters(project: Project) -> Iterator[str]:
    """The settings modules: the apps of their project run in one process."""
    for module in project.modules():
        if "ROOT_URLCONF" in module.scope.bindings:
            yield module.file


def _set(project: Project, name: str) -> Iterator[tuple[Module, int, tuple[Value, ...]]]:
    """Every value that a setting gets, and where."""
    for module in project.modules():
        if bindings := module.scope.bindings.get(name):
            yield module, bindings[-1].line, project.scopes.bound(bindings)
    for module, call in project.calls("configure"):
        for keyword in call.node.keywords:
            if keyword.arg == name and any(
                isinstance(v, External) and v.name in _CONFIGURE for v in project.values(call.node.func, call.scope)
            ):
                named = getattr(keyword.value, "id", "") == "__name__"
                values = (Const(module.name),) if named else project.values(keyword.value, call.scope)
                yield module, call.node.lineno, values


def applications(project: Project) -> Iterator[JoinPoint]:
    """The statements that make a WSGI or ASGI application: what instruments Django must run before."""
    for module, call in project.calls(*sorted(project.spellings("get_wsgi_application", "get_asgi_application"))):
        values = project.values(call.node.func, call.scope)
        if not any(isinstance(v, External) and v.name in APPLICATION for v in values):
            continue
        statement = call.statement
        targets = statement.targets if isinstance(statement, ast.Assign) else [getattr(statement, "target", None)]
        target = targets[0] if len(targets) == 1 and isinstance(targets[0], (ast.Name, ast.Attribute)) else None
        text = module.source.segment(target) if target is not None else "application"
        symbol = f"{call.scope.symbol}.{text}" if call.scope.symbol else text
        yield JoinPoint(
            file=module.file,
            line=statement.lineno,
            symbol=symbol,
            kind="app",
            framework="django",
            operation=f"{module.name}.{symbol}",
            anchor=Anchor(
                statement.lineno, statement.end_lineno or statement.lineno, text, before=True, argument='"django"'
            ),
        )
