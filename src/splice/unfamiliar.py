"""Frameworks that a service is built on and that Splice does not understand yet: said once each, nothing touched.

Bytes first, trees only on hits. What counts is serving: a class of handlers, an app object, a decorator that
registers; a client of the same library (`aiohttp.ClientSession`) is none. A framework that the registry gains
is understood from then on, and its row here says nothing any more.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass

from splice.instrumented.code import names_of
from splice.model import Finding
from splice.mutation import last_name
from splice.resolve import Project
from splice.symbols import Module
from splice.values import ClassRef, External

CODE = "framework-not-understood"
_SHOWN = frozenset({"docs", "doc", "examples", "example", "demo"})  # folders that show a library at work


@dataclass(frozen=True, slots=True)
class Unfamiliar:
    """How a framework shows: `word` in the bytes, then classes derived from, or calls and decorators of, these names.

    `serves` is matched against whole dotted names; a file that `shown` is not found in has none of these.
    """

    word: bytes
    serves: re.Pattern[str]
    shown: re.Pattern[bytes]


def _row(word: str, shown: bytes, *names: str) -> Unfamiliar:
    return Unfamiliar(word.encode(), re.compile("|".join(names)), re.compile(rb"\b(?:%b)\b" % shown))


FRAMEWORKS: dict[str, Unfamiliar] = {
    "aiohttp": _row(
        "aiohttp",
        rb"Application|RouteTableDef|View|AppRunner|run_app",
        r"aiohttp\.web(\.\w+)?\.(Application|RouteTableDef|View|AppRunner|run_app)",
    ),
    "bottle": _row(
        "bottle",
        rb"Bottle|route|get|post|put|delete|patch|run|default_app",
        r"bottle\.(Bottle|route|get|post|put|delete|patch|run|default_app)",
    ),
    "celery": _row(
        "celery",
        rb"Celery|shared_task|Task|task",
        r"celery(\.\w+)*\.(Celery|shared_task|Task)",
        r"celery(\.app)?\.(\w+\.)*Celery\.task",
    ),
    "cherrypy": _row(
        "cherrypy",
        rb"expose|quickstart|mount|graft|start",
        r"cherrypy\.(expose|quickstart|tree\.(mount|graft)|engine\.start)",
    ),
    "django": _row(
        "django",
        rb"path|re_path|url|\w*View|get_[aw]sgi_application",
        r"django\.(urls|conf\.urls)(\.conf)?\.(path|re_path|url)",
        r"django\.views\.generic(\.\w+)*\.\w*View",
        r"django\.core\.(wsgi|asgi)\.get_[aw]sgi_application",
    ),
    "falcon": _row("falcon", rb"App|API", r"falcon(\.asgi)?\.(App|API)"),
    "grpc": _row("grpc", rb"server|\w+Servicer", r"grpc(\.aio)?\.server", r"([\w.]*\.)?\w+_pb2_grpc\.\w+Servicer"),
    "litestar": _row(
        "litestar",
        rb"Litestar|Router|Controller|get|post|put|patch|delete|route",
        r"litestar(\.\w+)*\.(Litestar|Router|Controller|get|post|put|patch|delete|route)",
    ),
    "pyramid": _row(
        "pyramid",
        rb"Configurator|view_config|view_defaults",
        r"pyramid\.config\.Configurator",
        r"pyramid\.view\.(view_config|view_defaults)",
    ),
    "quart": _row("quart", rb"Quart|Blueprint", r"quart(\.\w+)*\.(Quart|Blueprint)"),
    "sanic": _row("sanic", rb"Sanic|Blueprint|HTTPMethodView", r"sanic(\.\w+)*\.(Sanic|Blueprint|HTTPMethodView)"),
    "tornado": _row("tornado", rb"Application|\w*Handler", r"tornado\.(web|websocket)\.(Application|\w*Handler)"),
    "werkzeug": _row("werkzeug", rb"Map", r"werkzeug\.routing(\.map)?\.Map"),
}


def words(understood: Collection[str]) -> list[bytes]:
    """A file that holds none of these serves with no framework that is not in `understood`."""
    return sorted({row.word for name, row in FRAMEWORKS.items() if name not in understood})


def not_understood(
    project: Project, files: Iterable[str], read: Callable[[str], bytes], understood: Collection[str]
) -> Iterator[Finding]:
    """One note per framework that is not in `understood`, the names of the registry.

    `files`: the service's Python files that hold a word of one.
    """
    places: dict[str, list[tuple[str, int]]] = {}
    strange = {name: row for name, row in FRAMEWORKS.items() if name not in understood}
    later: list[tuple[str, bytes]] = []
    derived: set[str] = set()  # classes of the service: who derives from them need not say what they are

    def look(file: str, rows: dict[str, Unfamiliar]) -> None:
        module = project.file(file) if rows else None
        for name, line in _served(project, module, rows, derived).items() if module is not None else ():
            places.setdefault(name, []).append((file, line))

    for file in sorted(files):
        content = read(file)
        rows = {name: row for name, row in strange.items() if row.word in content}
        if any(row.shown.search(content) for row in rows.values()):
            look(file, rows)
        elif rows:
            later.append((file, content))
    again = bool(derived)
    while again:  # round by round: what derives from those of the last round may have heirs itself
        again, known = False, re.compile(rb"\b(?:" + "|".join(sorted(derived)).encode() + rb")\b")
        for file, content in [pair for pair in later if known.search(pair[1])]:
            later.remove((file, content))
            before = len(derived)
            look(file, {name: row for name, row in strange.items() if row.word in content})
            again |= len(derived) > before
    for framework, found in sorted(places.items()):
        file, first = min(found, key=lambda place: (not _SHOWN.isdisjoint(place[0].split("/")), place))
        count = "1 file uses it" if len(found) == 1 else f"{len(found)} files use it"
        text = f"{framework} is not understood yet: {count}, such as {file}:{first}; nothing of it is changed"
        yield Finding("note", CODE, text, file, first)


def _served(project: Project, module: Module, rows: dict[str, Unfamiliar], derived: set[str]) -> dict[str, int]:
    """The frameworks that a module serves with, and the first line that says so; its classes go into `derived`."""
    found: dict[str, int] = {}
    for names, line, own in _used(project, module, [row.shown for row in rows.values()]):
        for name, row in rows.items():
            if any(row.serves.fullmatch(one) for one in names):
                found[name] = min(line, found.get(name, line))
                derived.update({own} if own else ())
    return found


def _used(project: Project, module: Module, shown: Sequence[re.Pattern[bytes]]) -> Iterator[tuple[list[str], int, str]]:
    """Dotted names of what a module derives from, calls, or decorates with; where, and the class that derives.

    Of calls only those that may be meant: by their last names, and what the module calls these.
    """

    def meant(name: str) -> bool:
        return any(pattern.search(name.encode()) for pattern in shown)

    renamed = {name for name, original in module.aliases if meant(original)}

    def may_be(callee: ast.expr) -> bool:
        name = last_name(callee)
        return bool(name) and (name in renamed or meant(name))

    for definition in module.definitions.values():
        node = definition.node
        if isinstance(node, ast.ClassDef):
            bases = project.bases(ClassRef(definition))[1:]
            names = [b.name if isinstance(b, External) else b.definition.dotted for b in bases]
            yield names, node.lineno, node.name
        for decorator in node.decorator_list:
            callee = decorator.func if isinstance(decorator, ast.Call) else decorator
            if may_be(callee):
                yield [*names_of(project, callee, definition.scope)], decorator.lineno, ""
    for call in module.calls:
        if may_be(call.node.func):
            yield [*names_of(project, call.node.func, call.scope)], call.node.lineno, ""
