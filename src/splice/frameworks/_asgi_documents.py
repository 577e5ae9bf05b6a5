"""What a FastAPI app serves by itself: its documentation and its OpenAPI document, which no dependency covers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from splice.frameworks._asgi_calls import constructor
from splice.frameworks._asgi_graph import Graph
from splice.frameworks._asgi_names import FASTAPI
from splice.frameworks._routing import Routing, Site
from splice.model import JoinPoint
from splice.resolve import Project
from splice.resolve.arguments import Passed

_SERVED = (("openapi_url", "/openapi.json"), ("docs_url", "/docs"), ("redoc_url", "/redoc"))
_REDIRECT = ("swagger_ui_oauth2_redirect_url", "/docs/oauth2-redirect")


def documents(
    project: Project,
    graph: Graph,
    mounts: Mapping[Site, list[tuple[Site, str | None]]],
    points: Sequence[JoinPoint],
) -> Iterator[tuple[JoinPoint, str, Site]]:
    """Each documentation route: the app's join point, the operation, and the app's node in the graph."""
    routing = Routing("fastapi", str, set(graph.apps), dict(mounts))
    apps = [p for p in points if p.kind == "app"]
    for site, instance in list(graph.objects.items()):
        if not project.is_a(instance, FASTAPI):
            continue
        file, line, _ = instance.site
        point = next((p for p in apps if p.file == file and p.line <= line <= _end(p)), None)
        given = constructor(project, instance)
        if point is None or given is None or instance.call is None:
            continue
        for prefix in routing.prefixes(site):
            for path in _paths(given):
                if prefix is not None:
                    yield point, f"GET {prefix}{path}", site


def _paths(given: Passed) -> Iterator[str]:
    """The paths under which an app documents itself, as far as they are constant."""
    found = {name: _path(given, name, usual) for name, usual in _SERVED}
    if found["openapi_url"] is None:
        return
    yield from (path for path in found.values() if path)
    if found["docs_url"] and (redirect := _path(given, *_REDIRECT)):
        yield redirect


def _path(given: Passed, name: str, usual: str) -> str | None:
    """One of them; None when it is switched off, "" when it is not a constant."""
    if given.get(name) is None:
        return usual if given.complete else ""
    texts = given.texts(name)
    return None if not texts else texts[0] if len(texts) == 1 and texts[0] is not None else ""


def _end(point: JoinPoint) -> int:
    return point.anchor.end_line if point.anchor is not None else point.line
