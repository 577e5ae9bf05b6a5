"""Frameworks that a service is built on and that Splice does not understand yet: said once each, nothing touched.

Bytes first, trees only on hits. What counts is serving: a class of handlers, an app object, a decorator that
registers; a client of the same library (`aiohttp.ClientSession`) is none. A framework that the registry gains
is understood from then on, and its row here says nothing any more.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass

from splice.instrumented.code import names_of
from splice.model import Finding
from splice.resolve import Project
from splice.symbols import Module
from splice.values import ClassRef, External

CODE = "framework-not-understood"
_SHOWN = frozenset({"docs", "doc", "examples", "example", "demo"})  # folders that show a library at work


@dataclass(frozen=True, slots=True)
class Unfamiliar:
    """How a framework shows: `word` in the bytes, then classes derived from, or calls and decorators of, these names.

    `serves` is matched against whole dotted names.
    """

    word: bytes
    serves: re.Pattern[str]


def _row(word: str, *names: str) -> Unfamiliar:
    return Unfamiliar(word.encode(), re.compile("|".join(names)))


FRAMEWORKS: dict[str, Unfamiliar] = {
    "aiohttp": _row("aiohttp", r"aiohttp\.web(\.\w+)?\.(Application|RouteTableDef|View|AppRunner|run_app)"),
    "bottle": _row("bottle", r"bottle\.(Bottle|route|get|post|put|delete|patch|run|default_app)"),
    "celery": _row("celery", r"celery(\.\w+)*\.(Celery|shared_task|Task)", r"celery(\.app)?\.(\w+\.)*Celery\.task"),
    "cherrypy": _row("cherrypy", r"cherrypy\.(expose|quickstart|tree\.(mount|graft)|engine\.start)"),
    "django": _row(
        "django",
        r"django\.(urls|conf\.urls)(\.conf)?\.(path|re_path|url)",
        r"django\.views\.generic(\.\w+)*\.\w*View",
        r"django\.core\.(wsgi|asgi)\.get_[aw]sgi_application",
    ),
    "falcon": _row("falcon", r"falcon(\.asgi)?\.(App|API)"),
    "grpc": _row("grpc", r"grpc(\.aio)?\.server", r"([\w.]*\.)?\w+_pb2_grpc\.\w+Servicer"),
    "litestar": _row("litestar", r"litestar(\.\w+)*\.(Litestar|Router|Controller|get|post|put|patch|delete|route)"),
    "pyramid": _row("pyramid", r"pyramid\.config\.Configurator", r"pyramid\.view\.(view_config|view_defaults)"),
    "quart": _row("quart", r"quart(\.\w+)*\.(Quart|Blueprint)"),
    "sanic": _row("sanic", r"sanic(\.\w+)*\.(Sanic|Blueprint|HTTPMethodView)"),
    "tornado": _row("tornado", r"tornado\.(web|websocket)\.(Application|\w*Handler)"),
    "werkzeug": _row("werkzeug", r"werkzeug\.routing(\.map)?\.Map"),
}
WORDS = tuple(row.word for row in FRAMEWORKS.values())


def not_understood(
    project: Project, raw: Iterable[tuple[str, bytes]], understood: Collection[str]
) -> Iterator[Finding]:
    """One note per framework that is not in `understood`, the names of the registry.

    `raw`: the service's Python files that hold a word of one, with their bytes.
    """
    places: dict[str, list[tuple[str, int]]] = {}
    for file, content in sorted(raw):
        rows = {n: row for n, row in FRAMEWORKS.items() if n not in understood and row.word in content}
        module = project.file(file) if rows else None
        if module is not None:
            for name, line in _served(project, module, rows).items():
                places.setdefault(name, []).append((file, line))
    for name, found in sorted(places.items()):
        file, line = min(found, key=lambda place: (not _SHOWN.isdisjoint(place[0].split("/")), place))
        count = "1 file uses it" if len(found) == 1 else f"{len(found)} files use it"
        text = f"{name} is not understood yet: {count}, such as {file}:{line}; nothing of it is changed"
        yield Finding("note", CODE, text, file, line)


def _served(project: Project, module: Module, rows: dict[str, Unfamiliar]) -> dict[str, int]:
    """The frameworks that a module serves with, and the first line that says so."""
    found: dict[str, int] = {}
    for names, line in _used(project, module):
        for name, row in rows.items():
            if any(row.serves.fullmatch(one) for one in names):
                found[name] = min(line, found.get(name, line))
    return found


def _used(project: Project, module: Module) -> Iterator[tuple[list[str], int]]:
    """Dotted names of everything that a module derives from, calls, or decorates with; and where."""
    for definition in module.definitions.values():
        node = definition.node
        if isinstance(node, ast.ClassDef):
            bases = project.bases(ClassRef(definition))[1:]
            yield [b.name if isinstance(b, External) else b.definition.dotted for b in bases], node.lineno
        for decorator in node.decorator_list:
            callee = decorator.func if isinstance(decorator, ast.Call) else decorator
            yield [*names_of(project, callee, definition.scope)], decorator.lineno
    for call in module.calls:
        if isinstance(call.node.func, (ast.Name, ast.Attribute)):
            yield [*names_of(project, call.node.func, call.scope)], call.node.lineno
