"""What Splice finds in a Django project is what its running resolver reaches: nothing more, nothing less."""

from __future__ import annotations

from pathlib import Path

import pytest
from django_projects import PROJECTS
from django_resolver import differences, points, put, where_probes_run, with_probes
from django_table import running

from splice import testing
from splice.model import JoinPoint, Reason

EXAMPLES = Path(__file__).parents[2] / "examples"


def entry(name: str) -> tuple[str, tuple[str, ...]]:
    """The settings module of a project, and the folders below it that are on `sys.path`."""
    settings, _, paths = (name.partition("@")[2] or "settings").partition(":")
    return settings, (".", *paths.split(",")) if paths else (".",)


@pytest.mark.parametrize("name", PROJECTS)
def test_the_routes_found_are_those_of_the_running_resolver(name: str, tmp_path: Path) -> None:
    root = put(tmp_path, PROJECTS[name])
    found = points(root)
    settings, paths = entry(name)
    assert differences(root, found, running(root, settings, roots=paths)) == []
    assert len({(p.file, p.symbol, p.kind) for p in found}) == len(found), "symbols are unique in their file"


@pytest.mark.parametrize("name", PROJECTS)
def test_a_decorator_in_the_slot_is_part_of_every_view(name: str, tmp_path: Path) -> None:
    root = put(tmp_path, PROJECTS[name])
    handlers = [point for point in points(root) if point.kind == "handler" and not point.skip]
    with_probes(root, handlers)
    assert where_probes_run(root, *entry(name)) == {(point.file, point.symbol) for point in handlers}


def test_the_routes_of_the_example_service_are_found() -> None:
    root = EXAMPLES / "library"
    found = [point for point in points(root) if not point.file.startswith("tests/")]
    assert differences(root, found, running(root, "library.settings.dev")) == []


def operations(root: Path) -> dict[str, str]:
    """The operations of handlers by symbol, those of inherited methods as `Class.method`."""
    found: dict[str, str] = {}
    for point in points(root):
        if point.kind == "handler" and not point.skip:
            found |= {f"{point.symbol}.{name}": operation for name, operation in point.members}
            found |= {} if point.members else {point.symbol: point.operation}
    return found


def test_operations_follow_the_grammar(tmp_path: Path) -> None:
    root = put(
        tmp_path,
        r"""
import os
from django.conf.urls.i18n import i18n_patterns
from django.urls import include, path, re_path
from django.utils.translation import gettext_lazy as _
import views
urlpatterns = [
    path("", views.root),
    path("books/<int:pk>/<path:rest>", views.converters),
    re_path(r"^articles/(?P<year>[0-9]{4})/(?P<slug>(a|b)[^)]+)/$", views.regex),
    re_path(r"^unnamed/(\d+)/(?:fixed)/([a-z)]+)$", views.unnamed),
    re_path(r"^robots\.txt$", views.dotted),
    re_path(r"^optional/(?P<pk>\d+)/?$", views.slash),
    re_path(r"^either/(?:a|b)/$", views.either),
    re_path(r"^maybe/(?:page-(?P<page>\d+)/)?$", views.maybe),
    re_path(r"^all/.*$", views.everything),
    re_path(r"^\w+/$", views.words),
    re_path("^a|b$", views.alternatives),
    re_path(r"^(?P<lang>de|en)?/x$", views.language),
    path(os.environ["PREFIX"], views.unknown),
    path(_("translated/"), views.translated),
    path("in/", include([re_path("^regex/(?P<x>.)$", views.joined)])),
    re_path("^end$", include([path("x", views.below_end)])),
    path("two/", views.two),
    path("three/", views.two),
    path("same/", views.same),
    path("same/", views.same, {"extra": 1}),
    path(r"lite.ral/(x)/", views.literal),
]
urlpatterns += i18n_patterns(path("about/", views.about))
# file: views.py
"""
        + "\n".join(
            f"def {name}(request, **kw): pass"
            for name in [
                "root",
                "converters",
                "regex",
                "unnamed",
                "dotted",
                "slash",
                "either",
                "maybe",
                "everything",
                "words",
                "alternatives",
                "language",
                "unknown",
                "translated",
                "joined",
                "below_end",
                "two",
                "same",
                "literal",
                "about",
            ]
        ),
    )
    assert operations(root) == {
        "root": "* /",
        "converters": "* /books/{pk}/{rest}",
        "regex": "* /articles/{year}/{slug}/",
        "unnamed": "* /unnamed/{var}/fixed/{var}",
        "dotted": "* /robots.txt",
        "slash": "* /optional/{pk}/",
        "either": "views.either",
        "maybe": "views.maybe",
        "everything": "views.everything",
        "words": "views.words",
        "alternatives": "views.alternatives",
        "language": "views.language",
        "unknown": "views.unknown",
        "translated": "views.translated",
        "joined": "* /in/regex/{x}",
        "below_end": "views.below_end",
        "two": "views.two",
        "same": "* /same/",
        "literal": "* /lite.ral/(x)/",
        "about": "* /{language}/about/",
    }
    remarks = {p.symbol: p.reason for p in points(root) if p.reason}
    assert set(remarks.values()) == {Reason.ROUTE_NOT_STATIC}
    assert "two" not in remarks, "several routes are no lack of knowledge"


def test_a_regular_expression_without_one_path_keeps_its_native_route(tmp_path: Path) -> None:
    root = put(tmp_path, 'from django.urls import re_path\ndef f(r): pass\nurlpatterns = [re_path("^a|b$", f)]')
    assert [(p.operation, p.routes) for p in points(root)] == [("urls.f", ("^a|b$",))]


def test_inherited_methods_are_covered_at_the_class(tmp_path: Path) -> None:
    root = put(tmp_path, PROJECTS["routers"])
    books = next(p for p in points(root) if p.symbol == "Books")
    assert books.operation == "api.Books"
    assert books.members == (
        ("destroy", "DELETE /api/books/{isbn}/"),
        ("list", "GET /api/books/"),
        ("update", "PATCH|PUT /api/books/{isbn}/"),
    )
    found = operations(root)
    assert found["Books.retrieve"] == "GET /api/books/{isbn}/"
    assert found["Books.pages"] == "GET|PUT /api/books/{isbn}/pages/{page}/"
    assert found["Books.remove_page"] == "DELETE /api/books/{isbn}/pages/{page}/"
    assert found["Archived.archive"] == "POST /api/books/{isbn}/archive-it/"
    assert "Books.helper" not in found


SLOTS = """
from django.contrib.auth.decorators import login_required
from django.urls import include, path
from django.utils.decorators import method_decorator
from django.views import View
from django.views.decorators.http import require_GET
from django.views.generic import ListView
from rest_framework.decorators import action, api_view, permission_classes
from rest_framework.routers import SimpleRouter
from rest_framework.viewsets import ViewSet

@login_required
@require_GET
def plain(request): pass

@login_required
@api_view(["GET"])
@permission_classes([])
def api(request): pass

class Static:
    @staticmethod
    @login_required
    def view(request): pass

class Own(View):
    @method_decorator(login_required)
    def get(self, request): pass

@method_decorator(login_required, name="dispatch")
@method_decorator(require_GET, name="dispatch")
class Inherited(ListView): pass

class Set(ViewSet):
    @login_required
    @action(detail=False)
    @login_required
    def acted(self, request): pass
    @acted.mapping.post
    @login_required
    def mapped(self, request): pass
router = SimpleRouter()
router.register("set", Set, basename="set")
urlpatterns = [
    path("plain", plain), path("api", api), path("static", Static.view), path("own", Own.as_view()),
    path("inherited", Inherited.as_view()), path("", include(router.urls)),
]
"""


def test_the_slot_is_below_what_registers_and_above_everything_else(tmp_path: Path) -> None:
    found = {p.symbol: p.slot for p in points(put(tmp_path, SLOTS))}
    assert found == {
        "plain": 0,
        "api": 2,
        "Static.view": 1,
        "Own.get": 0,
        "Inherited": 2,
        "Set.acted": 2,
        "Set.mapped": 1,
    }


def test_applications_are_join_points_that_come_too_late(tmp_path: Path) -> None:
    root = put(
        tmp_path,
        """
urlpatterns = []
# file: wsgi.py
from django.core.wsgi import get_wsgi_application as make
from whitenoise import WhiteNoise

application = make()
def other():
    return WhiteNoise(make())
# file: asgi.py
from django.core import asgi
from channels.routing import ProtocolTypeRouter
app = ProtocolTypeRouter({
    "http": asgi.get_asgi_application(),
})
""",
    )

    def told(point: JoinPoint) -> tuple[object, ...]:
        anchor = point.anchor
        assert anchor is not None
        return point.file, point.symbol, anchor.line, anchor.end_line, anchor.before, anchor.argument

    assert {told(point) for point in points(root) if point.kind == "app"} == {
        ("wsgi.py", "application", 4, 4, True, '"django"'),
        ("wsgi.py", "other.application", 6, 6, True, '"django"'),
        ("asgi.py", "app", 3, 5, True, '"django"'),
    }


def test_views_without_a_word_of_django_are_decorated_where_they_stand(tmp_path: Path) -> None:
    root = put(
        tmp_path,
        """
from django.urls import include, path
urlpatterns = [path("shop/", include("shop.urls"))]
# file: shop/__init__.py
# file: shop/urls.py
from django.urls import path
from shop import pages
urlpatterns = [path("<int:pk>/", pages.page)]
# file: shop/pages.py
def page(request, pk):
    return None
""",
    )
    done = testing.run(root)
    assert '@observed("* /shop/{pk}/")\ndef page(request, pk):' in (root / "shop/pages.py").read_text()
    assert done.changes
    assert not testing.run(root).changes
