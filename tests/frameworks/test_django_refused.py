"""What Django registers and cannot be followed is listed with its reason; who may be mounted elsewhere is not skipped."""

from __future__ import annotations

from pathlib import Path

import pytest
from django_resolver import points, put

HEAD = """
import functools, outside
from django.contrib import admin
from django.urls import include, path, re_path
from django.views import View
from django.views.generic import TemplateView
def v(request): pass
"""


def listed(root: Path) -> set[tuple[str, str, bool]]:
    """Symbol, reason and `skip` of every point that has a reason."""
    return {(p.symbol, p.reason.value, p.skip) for p in points(root) if p.reason is not None}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("urlpatterns = [path('x', lambda r: None)]", {("<path>", "lambda", True)}),
        ("urlpatterns = [path('x', functools.partial(v, 1))]", {("<path>", "partial", True)}),
        ("g = functools.partial(v, 1)\nurlpatterns = [path('x', g)]", {("<path>", "partial", True)}),
        (
            "urlpatterns = [path('x', outside.view), path('y', TemplateView.as_view())]",
            {("<path>", "endpoint-outside-project", True), ("<path>#2", "endpoint-outside-project", True)},
        ),
        (
            "urlpatterns = [path('admin/', admin.site.urls), path('a/', include('allauth.urls'))]",
            {("<path>", "endpoint-outside-project", True), ("<path>#2", "endpoint-outside-project", True)},
        ),
        (
            "class Site(admin.AdminSite): pass\nsite = Site()\nurlpatterns = [path('admin/', site.urls)]",
            {("<path>", "endpoint-outside-project", True)},
        ),
        (
            "class A(admin.ModelAdmin):\n    def get_urls(self):\n        return [path('x', self.admin_site.admin_view(v))]\n"
            "urlpatterns = []",
            {("A.get_urls.<path>", "endpoint-outside-project", True)},
        ),
        ("urlpatterns = [path('x', views()['x'])]", {("<path>", "endpoint-unknown", True)}),
        ("urlpatterns = [path('x', *rest)]", {("<path>", "endpoint-unknown", True)}),
        ("urlpatterns = [path('x', View)]", {("<path>", "endpoint-outside-project", True)}),
        ("class C(View): pass\nurlpatterns = [path('x', C)]", {("C", "endpoint-unknown", True)}),
        ("class C(View): pass\nurlpatterns = [path('x', C.as_view())]", {("C", "endpoint-unknown", True)}),
        ("class C(View):\n    get = lambda s, r: 1\nurlpatterns = [path('x', C.as_view())]", {("C", "lambda", True)}),
        (
            "class C(View):\n    get = functools.partialmethod(v, 1)\nurlpatterns = [path('x', C.as_view())]",
            {("C", "partial", True)},
        ),
        (
            "class C(outside.Base, View):\n    def get(self, r): pass\nurlpatterns = [path('x', C.as_view())]",
            {("C", "inherited-method", True)},
        ),
        (
            "class C(outside.Base, TemplateView): pass\nurlpatterns = [path('x', C.as_view())]",
            {("C", "inherited-method", False)},
        ),
        ("class C(outside.Base): pass\nurlpatterns = [path('x', C.as_view())]", set()),
        ("import os\nurlpatterns = [path(os.environ['X'], v)]", {("v", "route-not-static", False)}),
        (
            "import os\nurlpatterns = [path(os.environ['X'], include([path('x', v)]))]",
            {("v", "route-not-static", False)},
        ),
        ("old = [path('x', v)]\nurlpatterns = []", {("v", "not-mounted", True)}),
        ("def old(): return [path('x', v)]\nurlpatterns = []", {("v", "not-mounted", False)}),
        (
            "urlpatterns = find()\nold = [path('x', v)]",
            {("<find>", "endpoint-unknown", True), ("v", "not-mounted", False)},
        ),
        ("def old(): return [path('x', v)]\nurlpatterns = [path('y', v)]", {("v", "not-mounted", False)}),
        ("old = [path('x', v)]\nurlpatterns = [path('y', v)]", set()),
        (
            "urlpatterns = outside.make(v)\nold = [path('x', v)]",
            {("<make>", "endpoint-outside-project", True), ("v", "not-mounted", False)},
        ),
        (
            "import importlib\nfor n in outside.apps():\n    m = importlib.import_module(n)\n    more = m.urlpatterns\n"
            "urlpatterns = [*more]\nold = [path('x', v)]",
            {("<urlpatterns>", "endpoint-outside-project", True), ("v", "not-mounted", False)},
        ),
        ("urlpatterns = [*outside.urlpatterns]", {("<urlpatterns>", "endpoint-outside-project", True)}),
        (
            "from ninja import NinjaAPI\napi = NinjaAPI()\nurlpatterns = [path('api/', api.urls)]",
            {("<path>", "endpoint-outside-project", True)},
        ),
        (
            "from channels.generic.websocket import WebsocketConsumer\nclass C(WebsocketConsumer): pass\n"
            "websocket_urlpatterns = [path('ws/', C.as_asgi())]\nurlpatterns = []",
            {("<path>", "endpoint-unknown", True)},
        ),
        (
            "from django.views.decorators.http import require_http_methods\n"
            "@require_http_methods(outside.METHODS)\ndef w(r): pass\nurlpatterns = [path('x', w)]",
            {("w", "route-not-static", False)},
        ),
        (
            "def only(view):\n    @functools.wraps(view)\n    def wrapper(r): return view(r)\n    return wrapper\n"
            "urlpatterns = [path('x', only(view=outside.view)), path('y', only(v))]",
            {("<path>", "endpoint-unknown", True)},
        ),
        (
            "urlpatterns = [path('y', outside.y)]\nurlpatterns[0] = path('x', v)",
            {("<path>", "endpoint-outside-project", True), ("v", "not-mounted", False)},
        ),
        (
            "from rest_framework.viewsets import ViewSet\nclass W(ViewSet):\n    def list(self, r): pass\n"
            "ACTIONS = {'get': 'list'}\nACTIONS['post'] = outside.action\nurlpatterns = [path('x', W.as_view(ACTIONS))]",
            {("W", "endpoint-unknown", True)},
        ),
        (
            "from django.conf.urls.i18n import i18n_patterns\nUSE_I18N = outside.flag()\nurlpatterns = i18n_patterns(path('x', v))",
            {("v", "route-not-static", False)},
        ),
    ],
)
def test_what_cannot_be_followed_is_listed(text: str, expected: set[tuple[str, str, bool]], tmp_path: Path) -> None:
    assert listed(put(tmp_path, HEAD + text)) == expected


def test_a_class_of_which_nothing_is_known_answers_as_a_whole(tmp_path: Path) -> None:
    text = "class C(outside.Base): pass\nurlpatterns = [path('x/', C.as_view())]"
    (point,) = points(put(tmp_path, HEAD + text))
    assert (point.symbol, point.members, point.methods) == ("C", (("dispatch", "* /x/"),), ("*",))


REST = """
from django.urls import include, path
from rest_framework import routers, viewsets
from rest_framework.decorators import action
import outside
class V(viewsets.ViewSet):
    def list(self, request): pass
"""


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("r.register(outside.P, V)", {("V.list", "route-not-static", False)}),
        ("r.register('x', outside.V)", {("<register>", "endpoint-outside-project", True)}),
        ("r.register('x', viewset())", {("<register>", "endpoint-unknown", True)}),
        ("r.registry.append(('x', V, 'x'))", set()),
        ("r.registry.extend(found())", {("<found>", "endpoint-unknown", True)}),
        ("r.registry = other.registry\nr.register('x', V)", {("V.list", "route-not-static", False)}),
        ("r.trailing_slash = outside.S\nr.register('x', V)", {("V.list", "route-not-static", False)}),
        (
            "class R(routers.SimpleRouter):\n    def get_urls(self): return super().get_urls()\nr = R()\nr.register('x', V)",
            {("V.list", "route-not-static", False)},
        ),
        (
            "class R(routers.SimpleRouter):\n    routes = outside.ROUTES\nr = R()\nr.register('x', V)",
            {("V.list", "route-not-static", False)},
        ),
        ("r = outside.CoolRouter()\nr.register('x', V)", {("V.list", "route-not-static", False)}),
        ("lost = routers.SimpleRouter()\nlost.register('x', V)", {("V.list", "not-mounted", True)}),
        (
            "class W(viewsets.ViewSet):\n    @action(detail=outside.D)\n    def a(self, r): pass\nr.register('x', W)",
            {("W.a", "route-not-static", False)},
        ),
        (
            "class W(viewsets.ViewSet):\n    @action(detail=False, url_path=outside.P)\n    def a(self, r): pass\nr.register('x', W)",
            {("W.a", "route-not-static", False)},
        ),
        (
            "class W(viewsets.ViewSet):\n    lookup_field = outside.F\n    def retrieve(self, r): pass\nr.register('x', W)",
            {("W.retrieve", "route-not-static", False)},
        ),
        (
            "class W(outside.Base, viewsets.ViewSet):\n    def retrieve(self, r): pass\nr.register('x', W)",
            {("W", "inherited-method", True), ("W.retrieve", "route-not-static", False)},
        ),
    ],
)
def test_what_routers_make_and_cannot_be_followed_is_listed(
    text: str, expected: set[tuple[str, str, bool]], tmp_path: Path
) -> None:
    end = "\nurlpatterns = [path('', include(r.urls))]"
    assert listed(put(tmp_path, f"{REST}r = routers.SimpleRouter()\n{text}{end}")) == expected


LIBRARY = """
# file: lib/__init__.py
# file: lib/urls.py
from django.urls import include, path
from lib import views
urlpatterns = [path("x/", views.x), path("in/", include("lib.inner"))]
# file: lib/inner.py
from django.urls import path
from lib import views
urlpatterns = [path("y/", views.y)]
# file: lib/views.py
def x(request): pass
def y(request): pass
"""


def test_a_library_without_a_root_is_mounted_by_its_users(tmp_path: Path) -> None:
    root = put(tmp_path, LIBRARY + "# file: nothing.py\nROOT_URLCONF = None")
    (root / "nothing.py").unlink()
    assert listed(root) == {("x", "not-mounted", False), ("y", "not-mounted", False)}
    assert {p.operation for p in points(root)} == {"lib.views.x", "lib.views.y"}


def test_a_root_elsewhere_in_the_repository_does_not_close_a_library(tmp_path: Path) -> None:
    demo = (
        "# file: demo/manage.py\nimport demo\n# file: demo/demo/__init__.py\n# file: demo/demo/settings.py\n"
        "ROOT_URLCONF = 'demo.urls'\n# file: demo/demo/urls.py\nfrom django.urls import path\ndef v(r): pass\n"
        "urlpatterns = [path('v/', v)]\nold = [path('old/', v)]"
    )
    root = put(tmp_path, LIBRARY + demo)
    assert listed(root) == {("x", "not-mounted", False), ("y", "not-mounted", False)}
    assert {p.operation for p in points(root)} == {"lib.views.x", "lib.views.y", "* /v/"}


def test_an_urlconf_that_nothing_includes_is_not_served(tmp_path: Path) -> None:
    root = put(tmp_path, "urlpatterns = []" + LIBRARY)
    assert listed(root) == {("x", "not-mounted", True), ("y", "not-mounted", True)}


def test_an_urlconf_that_is_named_as_text_may_be_served(tmp_path: Path) -> None:
    root = put(tmp_path, "urlpatterns = []\nPLUGINS = ['lib.urls']" + LIBRARY)
    assert listed(root) == {("x", "not-mounted", False), ("y", "not-mounted", False)}


def test_requests_with_an_urlconf_of_their_own_have_another_root(tmp_path: Path) -> None:
    text = "urlpatterns = []\ndef middleware(request):\n    request.urlconf = 'lib.urls'" + LIBRARY
    assert {p.operation for p in points(put(tmp_path, text))} == {"* /x/", "* /in/y/"}


def test_a_root_that_another_root_includes_is_served_at_both(tmp_path: Path) -> None:
    text = (
        "from django.urls import include, path\nurlpatterns = [path('lib/', include('lib.urls'))]\n"
        "# file: one.py\nROOT_URLCONF = 'urls'\n# file: two.py\nROOT_URLCONF = 'lib.urls'" + LIBRARY
    )
    assert {(p.operation, p.routes) for p in points(put(tmp_path, text))} == {
        ("lib.views.x", ("lib/x/", "x/")),
        ("lib.views.y", ("in/y/", "lib/in/y/")),
    }


def test_a_root_that_is_not_constant_leaves_everything_open(tmp_path: Path) -> None:
    text = "# file: settings.py\nimport os\nROOT_URLCONF = os.environ['U']" + LIBRARY
    assert listed(put(tmp_path, text)) == {("x", "not-mounted", False), ("y", "not-mounted", False)}


def test_patterns_with_the_name_of_their_app(tmp_path: Path) -> None:
    text = "from django.urls import path\ndef v(r): pass\nurlpatterns = ([path('v/', v)], 'app')"
    assert [p.operation for p in points(put(tmp_path, text))] == ["* /v/"]


def test_lists_of_every_branch_count(tmp_path: Path) -> None:
    text = """
import outside
from django.urls import path
def first(r): pass
def second(r): pass
def replaced(r): pass
urlpatterns = [path("replaced/", replaced)]
urlpatterns = [path("first/", first)]
if outside.FLAG:
    urlpatterns = [path("second/", second)]
"""
    found = {p.symbol: (p.operation, p.skip) for p in points(put(tmp_path, text))}
    assert found == {
        "first": ("* /first/", False),
        "second": ("* /second/", False),
        "replaced": ("urls.replaced", True),
    }


def test_methods_of_routes_that_are_not_constant_count(tmp_path: Path) -> None:
    text = """
import outside
from django.urls import include, path
from rest_framework import routers, viewsets
class V(viewsets.ModelViewSet):
    lookup_field = outside.FIELD
r = routers.SimpleRouter()
r.register("x", V)
urlpatterns = r.urls
"""
    (point,) = points(put(tmp_path, text))
    assert point.methods == ("DELETE", "GET", "PATCH", "POST", "PUT")
    assert point.routes == ("^x/$",)
    assert dict(point.members) == {
        "list": "GET /x/",
        "create": "POST /x/",
        "retrieve": "urls.V.retrieve",
        "update": "urls.V.update",
        "destroy": "urls.V.destroy",
    }


def test_what_django_had_before_is_read_too(tmp_path: Path) -> None:
    text = """
from django.conf.urls import include, patterns, url
def one(request): pass
def two(request): pass
def three(request): pass
urlpatterns = patterns("", url(r"^one/$", one), url(regex=r"^in/", view=include([url("^two/$", two)])))
urlpatterns += patterns("", (r"^three/$", three))
"""
    found = {p.symbol: p.operation for p in points(put(tmp_path, text))}
    assert found == {"one": "* /one/", "two": "* /in/two/", "<patterns>": "<patterns>"}


def test_each_project_of_a_repository_has_modules_of_its_own(tmp_path: Path) -> None:
    text = "".join(
        f"""
# file: {name}/manage.py
import core
# file: {name}/core/__init__.py
# file: {name}/core/settings.py
ROOT_URLCONF = "core.urls"
# file: {name}/core/urls.py
from django.urls import include, path
urlpatterns = [path("{name}/", include("books.urls"))]
# file: {name}/books/__init__.py
# file: {name}/books/urls.py
from django.urls import path
from books import views
urlpatterns = [path("", views.index)]
# file: {name}/books/views.py
def index(request): pass
"""
        for name in ("first", "second")
    )
    found = {p.file: p.operation for p in points(put(tmp_path, text))}
    assert found == {"first/books/views.py": "* /first/", "second/books/views.py": "* /second/"}


def test_apps_that_only_strings_name_are_found(tmp_path: Path) -> None:
    text = """
from django.urls import include, path
urlpatterns = [path("books/", include("books.urls"))]
# file: apps/books/__init__.py
# file: apps/books/urls.py
from django.urls import path
from .views import index
urlpatterns = [path("", index)]
# file: apps/books/views/__init__.py
from .pages import *
# file: apps/books/views/pages.py
def index(request): pass
"""
    found = {p.file: p.operation for p in points(put(tmp_path, text))}
    assert found == {"apps/books/views/pages.py": "* /books/"}


def test_a_router_that_apps_fill_when_they_are_imported(tmp_path: Path) -> None:
    text = """
from django.urls import include, path
import books
from routers import router
urlpatterns = [path("api/", include(router.urls))]
# file: routers.py
from rest_framework.routers import DefaultRouter
router = DefaultRouter()
# file: books.py
from routers import router
from views import Books
router.register("books", Books, basename="book")
# file: views.py
from rest_framework.viewsets import ViewSet
class Books(ViewSet):
    def list(self, request): pass
"""
    assert [p.operation for p in points(put(tmp_path, text))] == ["GET /api/books/"]


def test_settings_that_are_configured_in_place(tmp_path: Path) -> None:
    text = (
        "# file: app.py\nfrom django.conf import settings\nfrom django.urls import path\n"
        "settings.configure(ROOT_URLCONF=__name__, USE_I18N=False)\ndef v(r): pass\nurlpatterns = (path('v', v),)"
    )
    assert [p.operation for p in points(put(tmp_path, text))] == ["* /v"]


def test_other_frameworks_have_no_handlers(tmp_path: Path) -> None:
    text = """
# file: settings.py
ROOT_URLCONF = None
# file: main.py
from flask import Flask
from os import path
app = Flask(__name__)
registry = []
registry.append(1)
@app.get("/x")
def x(): return path("x", x)
app.register("x", x)
"""
    assert points(put(tmp_path, text)) == []
