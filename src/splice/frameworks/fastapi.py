"""FastAPI: apps, routers and what is mounted on them, down to plain Starlette routes inside a FastAPI app.

Handlers are path operations of every spelling, methods of an `HTTPEndpoint`, and websockets; documentation
routes, callbacks and webhooks are not served by the service's own code or not served at all, and left out.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from splice.config import Config
from splice.frameworks import AccessMap, Framework
from splice.model import JoinPoint
from splice.resolve import Project

_VERBS = (b"get", b"post", b"put", b"delete", b"options", b"head", b"patch", b"trace")


def find(project: Project) -> Iterable[JoinPoint]:
    """Every join point of FastAPI; see `_asgi`."""
    from splice.frameworks._asgi import find as found

    return found(project, "fastapi")


def mapped(project: Project) -> Iterable[tuple[str, int]]:
    """Exceptions with a registered handler, and the status that it returns."""
    from splice.frameworks._asgi_mapped import mapped as found

    return found(project)


def access(project: Project, points: Sequence[JoinPoint], config: Config) -> AccessMap:
    """Who may call its operations. Most runs never ask, and need not load what answers."""
    from splice.frameworks._asgi_access import access as found

    return found(project, points, config)


framework = Framework(
    # A file that uses an app or a router of another file need not name the framework at all.
    tokens=(
        b"fastapi",
        b"include_router",
        b"add_api_",
        b"exception_handler",
        b"add_middleware",
        b"dependency_overrides",
        b".api_route(",
        b".websocket(",
    ),
    verbs=tuple(b"." + verb + b"(" for verb in _VERBS),
    makers=(b"FastAPI", b"Router", b"App"),
    packages=("fastapi", "starlette"),
    find=find,
    mapped=mapped,
    access=access,
    instrumentor="opentelemetry-instrumentation-fastapi>=0.51b0",
)
