"""Django and Django REST framework: views, with their routes as the running resolver shows them.

What searches for them is loaded where somebody imports Django.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from splice.config import Config
from splice.frameworks import AccessMap, Framework
from splice.model import JoinPoint
from splice.resolve import Project


def find(project: Project) -> Iterable[JoinPoint]:
    """Every join point of Django in a project, and every route that cannot be followed."""
    from splice.frameworks._django import find as found

    return found(project)


def access(project: Project, points: Sequence[JoinPoint], config: Config) -> AccessMap:
    """Who may call each operation of the handlers that `find` found."""
    from splice.frameworks._django import access as found

    return found(project, points, config)


def starters(project: Project) -> Iterable[str]:
    """The files from which a site of several packages is started."""
    from splice.frameworks._django_settings import starters as found

    return found(project)


framework = Framework(
    tokens=(
        b"django.urls",
        b"django.conf.urls",
        b"urlpatterns",
        b"ROOT_URLCONF",
        b".urlconf",
        b"MIDDLEWARE",
        b"REST_FRAMEWORK",
        b"get_wsgi_application",
        b"get_asgi_application",
        b"rest_framework",
        b".register(",
        b"registry",
    ),
    packages=("django", "rest_framework"),
    find=find,
    starters=starters,
    access=access,
    instrumentor="opentelemetry-instrumentation-django>=0.51b0",
)
