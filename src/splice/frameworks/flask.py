"""Flask and Flask-RESTful: every function that answers a request, with the rule that `app.url_map` shows for it.

Decorators, `add_url_rule`, class-based views, blueprints at any depth, resources, endpoints that are given
their function elsewhere. Whatever registers a route and cannot be followed is listed with its reason.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from splice.config import Config
from splice.frameworks import AccessMap, Framework
from splice.model import JoinPoint
from splice.resolve import Project


def find(project: Project) -> Iterable[JoinPoint]:
    """Every join point of Flask in a project, and every route that cannot be followed."""
    from splice.frameworks._flask_search import searched

    return searched(project).points


def mapped(project: Project) -> Iterable[tuple[str, int]]:
    """Exceptions with a registered handler, and the status that it returns."""
    from splice.frameworks._flask_errors import mapped as found

    return found(project)


def access(project: Project, points: Sequence[JoinPoint], config: Config) -> AccessMap:
    """Who may call its operations. Most runs never ask, and need not load what answers."""
    from splice.frameworks._flask_access import access as found

    return found(project, points, config)


framework = Framework(
    tokens=(
        b"flask",
        b".route",
        b'"route"',
        b"'route'",
        b"add_url_rule",
        b"add_resource",
        b"resource(",
        b"register_blueprint",
        b"MethodView",
        b"before_request",
        b"before_app_request",
        b"url_value_preprocessor",
        b"view_functions",
        b"wsgi_app",
        b"DispatcherMiddleware",
    ),
    verbs=(b"delete(", b"get(", b"patch(", b"post(", b"put(", b"route("),
    makers=(b"Flask", b"Blueprint", b"Api", b"Namespace"),
    packages=("flask",),
    find=find,
    mapped=mapped,
    access=access,
    instrumentor="opentelemetry-instrumentation-flask>=0.51b0",
)
