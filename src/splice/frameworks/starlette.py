"""Starlette on its own: `Route` and `Mount` lists, `add_route`, class-based endpoints, websockets.

Whatever stands below a FastAPI app is FastAPI's (see `fastapi.py`); both share one analysis in `_asgi`.
"""

from __future__ import annotations

from collections.abc import Iterable

from splice.frameworks import Framework
from splice.model import JoinPoint
from splice.resolve import Project


def find(project: Project) -> Iterable[JoinPoint]:
    """Every join point of Starlette outside FastAPI; see `_asgi`."""
    from splice.frameworks._asgi import find as found

    return found(project, "starlette")


def mapped(project: Project) -> Iterable[tuple[str, int]]:
    """Exceptions with a registered handler, and the status that it returns."""
    from splice.frameworks._asgi_mapped import mapped as found

    return found(project)


framework = Framework(
    tokens=(b"starlette", b"add_route", b"add_websocket_route", b".route(", b".websocket_route(", b"exception_handler"),
    packages=("fastapi", "starlette"),
    find=find,
    mapped=mapped,
    instrumentor="opentelemetry-instrumentation-starlette>=0.51b0",
)
