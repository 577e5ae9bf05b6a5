"""Join points of FastAPI and Starlette: every registration of a route, with the function that answers.

One analysis serves both frameworks, since apps of either hold routes of the other; a function belongs to
FastAPI when its router, or an app above it, is of FastAPI's classes. What cannot be followed is refused by name.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from splice.frameworks._asgi_calls import is_imported, made
from splice.frameworks._asgi_graph import Graph
from splice.frameworks._asgi_names import FASTAPI, STARLETTE
from splice.frameworks._asgi_routes import Refusal, Routes
from splice.frameworks._contexts import Contexts
from splice.frameworks._routing import Registration, Routing, Site, app_points
from splice.model import JoinPoint, Reason
from splice.resolve import Project

_CONVERTER = re.compile(r"\{(\w+):\w+\}")


@dataclass(frozen=True, slots=True)
class Analysis:
    """What a project says, before it is split by framework. `graph` is None where nothing is of theirs."""

    graph: Graph | None
    apps: frozenset[Site]
    api: frozenset[Site]
    mounts: dict[Site, list[tuple[Site, str | None]]]
    mounted: frozenset[Site]
    open_world: bool
    registrations: tuple[Registration, ...]
    refusals: tuple[Refusal, ...]

    def is_fastapi(self, site: Site | None) -> bool:
        """Whether an object, or something that it is mounted below, is of FastAPI's classes."""
        seen: set[Site] = set()
        queue = [site] if site is not None else []
        while queue:
            at = queue.pop()
            if at in self.api:
                return True
            seen.add(at)
            queue += (parent for parent, _ in self.mounts.get(at, ()) if parent not in seen)
        return False


def analyse(project: Project) -> Analysis:
    """The analysis of a project, made once for both frameworks."""
    known = project.analyses.get("asgi")
    if not isinstance(known, Analysis):
        known = project.analyses["asgi"] = _analysis(project)
    return known


def _analysis(project: Project) -> Analysis:
    if not is_imported(project):
        return Analysis(None, frozenset(), frozenset(), {}, frozenset(), False, (), ())
    contexts = Contexts(project)
    graph = Graph(project, contexts)
    graph.build()
    routes = Routes(project, graph, contexts)
    routes.build()
    graph.finish()
    served = [r for r in routes.registrations if r.site not in graph.documents]
    return Analysis(
        graph,
        frozenset(graph.apps),
        frozenset(graph.api),
        graph.mounts,
        frozenset(graph.used),
        graph.open_world,
        tuple(served),
        tuple(routes.refusals),
    )


def find(project: Project, framework: str) -> Iterator[JoinPoint]:
    """Every join point of "fastapi" or of "starlette": handlers, websockets, refusals, then the app objects."""
    analysis = analyse(project)
    wanted = framework == "fastapi"
    of_fastapi = {id(r.definition) for r in analysis.registrations if analysis.is_fastapi(r.site)}
    routing = Routing(framework, plain, set(analysis.apps), analysis.mounts, open_world=analysis.open_world)
    routing.registrations += (r for r in analysis.registrations if (id(r.definition) in of_fastapi) == wanted)
    taken = {(r.definition.scope.module.file, r.definition.symbol) for r in analysis.registrations}
    for refusal in analysis.refusals:
        if refusal.definition is not None and (refusal.file, refusal.definition.symbol) in taken:
            continue
        if analysis.is_fastapi(refusal.site) == wanted:
            symbol = _free(refusal.file, refusal.symbol, taken)
            routing.refuse(refusal.file, refusal.line, symbol, refusal.reason, refusal.detail, refusal.kind)
    yield from routing.join_points()
    apps = list(made(project, FASTAPI if wanted else STARLETTE)) if is_imported(project) else []
    own = apps if wanted else [(call, app) for call, app in apps if not project.is_a(app, FASTAPI)]
    below = [site in analysis.mounted for site in (app.site for _, app in own)]
    for point, mounted in zip(app_points(routing, iter(own)), below, strict=True):
        if mounted and not point.skip:  # the app above it opens the server span
            detail = "the app that it is mounted below is instrumented"
            point = replace(point, reason=Reason.MOUNTED_BELOW, detail=detail)
        yield point


def _free(file: str, symbol: str, taken: set[tuple[str, str]]) -> str:
    name, count = symbol, 1
    while (file, name) in taken:
        count += 1
        name = f"{symbol}#{count}"
    taken.add((file, name))
    return name


def plain(path: str) -> str:
    """A native path without converters: `/files/{path:path}` becomes `/files/{path}`."""
    return _CONVERTER.sub(r"{\1}", path)
