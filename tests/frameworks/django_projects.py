"""Small Django projects, each a way to write `urlpatterns` that people use. `settings` unless the name says `@`."""

DRF = """
SECRET_KEY = "x"
USE_TZ = True
INSTALLED_APPS = ["django.contrib.contenttypes", "django.contrib.auth", "rest_framework"]
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}}
"""

PROJECTS = {
    "function views": """
from django.urls import path, re_path
from django.contrib.auth.decorators import login_required
from django.views.decorators.cache import cache_page
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST
import views
from views import article as read_article

urlpatterns = [
    path("", views.index, name="index"),
    path("books/<int:pk>/", views.book),
    path("books/<slug:name>/<uuid:id>", views.deep),
    path(route="keywords/", view=views.keywords, name="k"),
    re_path(r"^articles/(?P<year>[0-9]{4})/$", read_article),
    re_path(r"^unnamed/([0-9]+)/([a-z]+)/$", views.unnamed),
    re_path(r"^files/(?P<path>.*)$", views.files),
    path("posted/", views.posted),
    path("read/", views.read),
    path("several/", views.several),
    path("wrapped/", login_required(views.wrapped)),
    path("cached/", cache_page(60, key_prefix="x")(csrf_exempt(views.cached))),
    path("limited/", require_POST(views.limited)),
    path("either/", require_http_methods(["GET", "PUT"])(views.either)),
    path("async/", views.later),
    path("a/", views.two),
    path("b/", views.two),
    path("named/", views.named),
    path("called/", views.Called()),
    path("object/", views.service.view),
    path("static/", views.Service.static),
]
# file: views.py
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.views.decorators.http import require_GET, require_POST, require_http_methods, require_safe

def index(request): return HttpResponse()
def book(request, pk): return HttpResponse()
def deep(request, name, id): return HttpResponse()
def keywords(request): return HttpResponse()
def article(request, year): return HttpResponse()
def unnamed(request, a, b): return HttpResponse()
def files(request, path): return HttpResponse()
@require_POST
def posted(request): return HttpResponse()
@login_required
@require_safe
def read(request): return HttpResponse()
METHODS = ["GET", "DELETE"]
@require_http_methods(METHODS)
def several(request): return HttpResponse()
def wrapped(request): return HttpResponse()
def cached(request): return HttpResponse()
def limited(request): return HttpResponse()
def either(request): return HttpResponse()
async def later(request): return HttpResponse()
def two(request): return HttpResponse()
def _named(request): return HttpResponse()
named = login_required(_named)
class Called:
    def __call__(self, request): return HttpResponse()
class Service:
    def view(self, request): return HttpResponse()
    @staticmethod
    def static(request): return HttpResponse()
service = Service()
""",
    "includes": """
from django.urls import include, path, re_path
import shop.urls
from shop import more
from other.urls import patterns as others

inline = [path("one/", more.one), path("two/<int:x>/", more.two)]
urlpatterns = [
    path("books/", include("books.urls")),
    path("shop/", include(shop.urls, namespace="s")),
    path("inline/", include(inline)),
    path("tuple/", include(([] + [path("three/", more.three)], "app"))),
    path("named/", include(("deep.urls", "deep"), namespace="d")),
    re_path(r"^regex/(?P<lang>[a-z]{2})/", include("regex.urls")),
    path("others/", include(others)),
]
# file: books/__init__.py
# file: books/urls.py
from django.urls import include, path
from . import views
app_name = "books"
urlpatterns = [path("", views.index), path("inner/", include("books.inner"))]
# file: books/inner.py
from django.urls import path
from books.views import inner
urlpatterns = (path("x/", inner),)
# file: books/views.py
def index(request): pass
def inner(request): pass
# file: shop/__init__.py
# file: shop/urls.py
from django.urls import path
from .more import four
app_name = "shop"
urlpatterns = [path("four/", four)]
# file: shop/more.py
def one(request): pass
def two(request, x): pass
def three(request): pass
def four(request): pass
# file: deep/__init__.py
# file: deep/urls.py
from django.urls import path, include
from deep.views import a
urlpatterns = [path("a", include([path("/b", include([path("/c", a)]))]))]
# file: deep/views.py
def a(request): pass
# file: regex/__init__.py
# file: regex/urls.py
from django.urls import path, re_path
def r(request, lang): pass
def p(request, lang, pk): pass
urlpatterns = [re_path(r"^r/$", r), path("p.x/<int:pk>", p)]
# file: other/__init__.py
# file: other/urls.py
from django.urls import path
def o(request): pass
patterns = [path("o/", o)]
""",
    "lists put together": """
from django.conf import settings
from django.urls import path, include
from base import *
from base import urlpatterns as base_patterns
from parts import extra, make, crud, PAIRS
import parts

def v1(request): pass
def v2(request): pass
def v3(request): pass
def v4(request): pass
def v5(request): pass
def v6(request): pass
def v7(request): pass
def v8(request): pass

urlpatterns = [path("v1/", v1)] + extra + [*base_patterns]
urlpatterns += [path("v2/", v2)]
urlpatterns.append(path("v3/", v3))
urlpatterns.extend([path("v4/", v4), path("v5/", v5)])
urlpatterns.insert(0, path("v6/", v6))
urlpatterns = urlpatterns + make("made")
urlpatterns += [*crud("x", parts.c1), *crud("y", parts.c2)]
urlpatterns += [path(route, view) for route, view in PAIRS]
for name, view in {"seven": v7, "eight": v8}.items():
    urlpatterns.append(path(name + "/", view))
if not settings.DEBUG:
    urlpatterns += [path("debug/", parts.debug)]
urlpatterns += parts.more
# file: base.py
from django.urls import path
def base(request): pass
urlpatterns = [path("base/", base)]
# file: parts.py
from django.urls import path
def e(request): pass
def m(request): pass
def c1(request): pass
def c2(request): pass
def debug(request): pass
def p1(request): pass
def p2(request): pass
def late(request): pass
extra = [path("e/", e)]
PAIRS = [("p1/", p1), ("p2/", p2)]
more = tuple([path("late/", late)])
def make(prefix):
    urls = [path(prefix + "/m/", m)]
    urls += []
    return urls
def crud(prefix, view):
    return [path(f"{prefix}/", view), path(f"{prefix}/<int:pk>/", view)]
""",
    "languages": """
from django.conf.urls.i18n import i18n_patterns
from django.conf.urls.static import static
from django.conf import settings
from django.contrib.staticfiles.urls import staticfiles_urlpatterns
from django.urls import include, path
def plain(request): pass
def about(request): pass
def deep(request, pk): pass
urlpatterns = [path("plain/", plain)]
urlpatterns += i18n_patterns(path("about/", about), path("in/", include([path("<int:pk>", deep)])))
urlpatterns += static("/media/", document_root="/tmp") + staticfiles_urlpatterns()
# file: settings.py
USE_I18N = True
STATIC_URL = "/static/"
LANGUAGE_CODE = "en"
""",
    "no languages": """
from django.conf.urls.i18n import i18n_patterns
from django.urls import path
def about(request): pass
urlpatterns = i18n_patterns(path("about/", about), prefix_default_language=False)
# file: settings.py
USE_I18N = False
""",
    "class-based views": """
from django.contrib.auth.decorators import login_required
from django.urls import path
from django.views.generic import TemplateView, RedirectView
from views import *
import views

urlpatterns = [
    path("own/", Own.as_view()),
    path("sub/", views.Sub.as_view(option="x")),
    path("list/", login_required(Listing.as_view(), login_url="/x")),
    path("edit/<int:pk>/", Edit.as_view()),
    path("form/", Form.as_view()),
    path("delete/<int:pk>/", Delete.as_view()),
    path("limited/", Limited.as_view()),
    path("dispatch/", Dispatched.as_view()),
    path("both/", Both.as_view()),
    path("mixed/", Mixed.as_view()),
    path("named/", named),
    path("redirect/", Redirect.as_view()),
    path("alias/", Alias.as_view()),
    path("options/", Options.as_view()),
    path("diamond/", Diamond.as_view()),
    path("none/", Nothing.as_view()),
    path("async/", Later.as_view()),
    path("t/", TemplateView.as_view(template_name="t.html")),
    path("r/", RedirectView.as_view(url="/t/")),
]
# file: settings.py
INSTALLED_APPS = ["django.contrib.contenttypes", "django.contrib.auth"]
# file: views.py
from django.contrib.auth.decorators import login_required
from django.contrib.auth.mixins import LoginRequiredMixin
from django.utils.decorators import method_decorator
from django.views import View
from django.views.generic import ListView, UpdateView, FormView, DeleteView, RedirectView, TemplateView
from base import Base, Answering

class Own(View):
    def get(self, request): pass
    def post(self, request): pass
    def helper(self): pass

class Sub(Base):
    option = ""
    def post(self, request): pass

class Listing(LoginRequiredMixin, ListView):
    template_name = "x"

@method_decorator(login_required, name="dispatch")
class Edit(UpdateView):
    def post(self, request, *args, **kwargs):
        return super().post(request, *args, **kwargs)

class Form(FormView):
    def form_valid(self, form): pass

class Delete(DeleteView):
    pass

class Limited(ListView):
    http_method_names = ["get", "post", "options"]
    def post(self, request): pass
    def delete(self, request): pass

class Dispatched(View):
    def dispatch(self, request, *args, **kwargs): pass

class Both(View):
    def dispatch(self, request, *args, **kwargs):
        return super().dispatch(request, *args, **kwargs)
    def get(self, request): pass

class Mixed(Answering, TemplateView):
    pass

class Named(View):
    def get(self, request): pass
named = login_required(Named.as_view())

class Redirect(RedirectView):
    url = "/x"

class Alias(View):
    def post(self, request): pass
    put = post

class Options(View):
    def get(self, request): pass
    def options(self, request): pass
    def head(self, request): pass

class Root(View):
    def get(self, request): pass
class Left(Root):
    pass
class Right(Root):
    def get(self, request): pass
class Diamond(Left, Right):
    pass

class Nothing(Own):
    get = None

class Later(View):
    async def get(self, request): pass
# file: base.py
from django.views import View
class Base(View):
    def get(self, request): pass
    def post(self, request): pass
class Answering:
    def post(self, request): pass
""",
    "rest framework views": """
from django.urls import include, path
from rest_framework.urlpatterns import format_suffix_patterns
import api

urlpatterns = format_suffix_patterns([
    path("function/", api.function),
    path("several/", api.several),
    path("plain/", api.Plain.as_view()),
    path("books/", api.Books.as_view()),
    path("books/<int:pk>/", api.Book.as_view()),
    path("mixed/", api.Mixed.as_view()),
    path("set/", api.Set.as_view({"get": "list", "post": "create"})),
    path("set/<int:pk>/", api.Set.as_view(actions=api.DETAIL)),
    path("custom/", api.Set.as_view({"get": "custom"})),
    path("nested/", include([path("x/", api.nested)])),
])
# file: api.py
from rest_framework import generics, mixins, viewsets
from rest_framework.decorators import api_view, permission_classes, action
from rest_framework.permissions import AllowAny
from rest_framework.views import APIView

@api_view()
def function(request): pass

@api_view(["GET", "POST"])
@permission_classes([AllowAny])
def several(request): pass

@api_view(http_method_names=["PUT"])
def nested(request): pass

class Plain(APIView):
    def get(self, request): pass
    def delete(self, request): pass

class Books(generics.ListCreateAPIView):
    def list(self, request): pass

class Book(generics.RetrieveUpdateDestroyAPIView):
    http_method_names = ["get", "patch"]
    def get(self, request, pk): pass

class Mixed(mixins.ListModelMixin, generics.GenericAPIView):
    def get(self, request): return self.list(request)

DETAIL = {"get": "retrieve", "put": "update", "patch": "partial_update", "delete": "destroy"}
class Set(viewsets.ModelViewSet):
    def create(self, request): pass
    def custom(self, request): pass
# file: settings.py
"""
    + DRF,
    "routers": """
from django.urls import include, path
from rest_framework import routers
from rest_framework.routers import DefaultRouter, SimpleRouter
from api import *

router = DefaultRouter()
router.register("books", Books, basename="book")
router.register(r"users", Users, "user")
simple = SimpleRouter(trailing_slash=False)
simple.register("readers", Readers, basename="reader")
empty = routers.SimpleRouter()
empty.register("", Users, basename="empty")
plain = SimpleRouter(use_regex_path=False)
plain.register("plain", Plain, basename="plain")
joined = routers.DefaultRouter()
joined.registry.extend(simple.registry)
for prefix, viewset in (("loops", Loop),):
    joined.register(prefix, viewset, basename=prefix)

urlpatterns = [
    path("api/", include(router.urls)),
    path("simple/", include((simple.urls, "simple"))),
    path("empty/", include(empty.urls)),
    path("joined/", include(joined.get_urls())),
] + plain.urls
# file: api.py
from rest_framework import mixins, viewsets
from rest_framework.decorators import action
from base import Archived

class Books(Archived, viewsets.ModelViewSet):
    lookup_field = "isbn"
    def retrieve(self, request, isbn): pass
    @action(detail=True, methods=["post"])
    def publish(self, request, isbn): pass
    @action(detail=False)
    def recent(self, request): pass
    @action(detail=True, methods=["get", "put"], url_path=r"pages/(?P<page>[0-9]{1,3})")
    def pages(self, request, isbn, page): pass
    @pages.mapping.delete
    def remove_page(self, request, isbn, page): pass
    def helper(self): pass

class Users(viewsets.ViewSet):
    lookup_value_regex = "[0-9a-f]{32}"
    lookup_url_kwarg = "user_id"
    def list(self, request): pass
    def destroy(self, request, user_id): pass

class Readers(viewsets.ReadOnlyModelViewSet):
    http_method_names = ["get", "head", "options"]

class Plain(mixins.UpdateModelMixin, viewsets.GenericViewSet):
    lookup_value_converter = "int"

class Loop(mixins.CreateModelMixin, viewsets.GenericViewSet):
    def update(self, request, pk): pass
# file: base.py
from rest_framework.decorators import action
class Archived:
    @action(methods=["POST"], detail=True, url_path="archive-it")
    def archive(self, request, isbn): pass
    def create(self, request): pass
# file: settings.py
"""
    + DRF,
    "nested routers": """
from django.urls import include, path
from rest_framework_nested import routers
from api import Domains, Servers, Ports

router = routers.DefaultRouter()
router.register(r"domains", Domains, basename="domain")
domains = routers.NestedSimpleRouter(router, r"domains", lookup="domain")
domains.register(r"servers", Servers, basename="server")
servers = routers.NestedDefaultRouter(domains, "servers", lookup="server")
servers.register("ports", Ports, basename="port")
urlpatterns = [path("", include(router.urls)), path("", include(domains.urls)), path("x/", include(servers.urls))]
# file: api.py
from rest_framework import viewsets
class Domains(viewsets.ModelViewSet):
    pass
class Servers(viewsets.ViewSet):
    def list(self, request, domain_pk): pass
    def retrieve(self, request, domain_pk, pk): pass
class Ports(viewsets.ViewSet):
    def list(self, request, domain_pk, server_pk): pass
# file: settings.py
"""
    + DRF,
    "several settings, and apps in a folder on the path@config.settings.dev:apps": """
from django.urls import include, path
from books import views
urlpatterns = [path("direct/", views.direct), path("books/", include("books.urls", namespace="b"))]
# file: config/__init__.py
# file: config/urls.py
from urls import urlpatterns
# file: config/settings/__init__.py
# file: config/settings/base.py
import sys
from pathlib import Path
BASE_DIR = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(BASE_DIR / "apps"))
ROOT_URLCONF = "config.urls"
INSTALLED_APPS = ["books", "readers"]
# file: config/settings/dev.py
from .base import *
DEBUG = True
# file: config/settings/prod.py
from .base import *
DEBUG = False
# file: config/wsgi.py
import os
from django.core.wsgi import get_wsgi_application
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.prod")
application = get_wsgi_application()
# file: manage.py
import os, sys
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.dev")
# file: apps/books/__init__.py
# file: apps/books/urls.py
from django.urls import include, path
from books.views import index, Detail
app_name = "books"
urlpatterns = [path("", index), path("<int:pk>/", Detail.as_view()), path("readers/", include("readers.urls"))]
# file: apps/books/views.py
from django.views.generic import DetailView
from readers.base import Counted
def direct(request): pass
def index(request): pass
class Detail(Counted, DetailView): pass
# file: apps/readers/__init__.py
# file: apps/readers/base.py
class Counted:
    def post(self, request, pk): pass
# file: apps/readers/urls.py
from django.urls import path
from . import views
urlpatterns = [path("x/", views.x)]
# file: apps/readers/views.py
def x(request): pass
""",
    "a src layout@shop.settings:src": """
# file: pyproject.toml.py
# file: src/shop/__init__.py
# file: src/shop/settings.py
ROOT_URLCONF = f"{__package__}.urls" if False else "shop.urls"
# file: src/shop/urls.py
from django.urls import include, path
from shop.orders import views
from .orders.urls import urlpatterns as orders
urlpatterns = [path("orders/", include(orders)), path("v/", views.v)]
# file: src/shop/orders/__init__.py
# file: src/shop/orders/urls.py
from django.urls import path
from . import views
urlpatterns = [path("<int:pk>/", views.one)]
# file: src/shop/orders/views.py
def one(request, pk): pass
def v(request): pass
""",
    "patterns in functions and classes": """
from django.urls import include, path
from site_of import Site, site, helper
import views

def patterns(prefix, view, *more):
    found = [path(prefix, view)]
    for each in more:
        found.append(each)
    return found

def admin_patterns():
    urls = []
    if views.FLAG:
        urls += [path("flag/", views.flag)]
    return urls

def entry(route, name):
    return path(f"{route}/", getattr(views, name))

urlpatterns = patterns("first/", views.first, path("more/", views.more))
urlpatterns += admin_patterns()
urlpatterns += [entry("a", "a"), entry("b", "b"), helper("h/", views.h)]
urlpatterns += [path("site/", include(site.urls)), path("tuple/", Site().tuple_urls)]
# file: site_of.py
from django.urls import path
import views
def helper(route, view):
    return path("help/" + route, view)
class Site:
    def get_urls(self):
        urls = [path("in-class/", views.in_class)]
        return urls + [path("method/", self.method)]
    @property
    def urls(self):
        return self.get_urls()
    @property
    def tuple_urls(self):
        return [path("in-tuple/", views.in_tuple)], "app", "name"
    def method(self, request): pass
site = Site()
# file: views.py
FLAG = True
def first(request): pass
def more(request): pass
def flag(request): pass
def a(request): pass
def b(request): pass
def h(request): pass
def in_class(request): pass
def in_tuple(request): pass
""",
    "versions of one API": """
from django.urls import include, path
import api
urlpatterns = [
    path("v1/", include("api")),
    path("v2/", include("api")),
    path("v2/new/", api.new),
    path("<str:version>/", include([path("any/", api.any)])),
]
# file: api.py
from django.urls import path
from django.views.generic import ListView
def old(request): pass
def new(request): pass
def any(request, version): pass
class Both(ListView):
    def post(self, request): pass
urlpatterns = [path("old/", old), path("both/", Both.as_view())]
""",
    "routers of the project's own": """
from django.urls import include, path
from rest_framework.urlpatterns import format_suffix_patterns
from routers import *
from api import *

custom = Custom()
custom.register("things", Things, basename="thing")
slash = NoSlash()
slash.register("plain", Things, basename="plain")
rooted = Rooted()
rooted.register("more", More, basename="more")
rooted.register("more-again", More, basename="again")
quiet = Quiet()
quiet.register("quiet", Only, basename="quiet")
made = make_router("made", Made)
other = make_router("other", Other)
urlpatterns = [
    path("custom/", include(custom.urls)),
    path("slash/", include(slash.urls)),
    path("rooted/", include(rooted.urls)),
    path("quiet/", include(quiet.urls)),
    path("made/", include(made.urls)),
    path("other/", include(other.urls)),
]
urlpatterns += format_suffix_patterns([path("formats/", formats)], allowed=["json", "html"])
urlpatterns += format_suffix_patterns([path("one-format/", one_format)], False, ["json"])
# file: routers.py
from rest_framework.routers import DefaultRouter, DynamicRoute, Route, SimpleRouter
from api import Root
class Custom(SimpleRouter):
    routes = [
        Route(url=r"^{prefix}$", mapping={"get": "list"}, name="{basename}-list", detail=False, initkwargs={}),
        DynamicRoute(url=r"^{prefix}/do/{url_path}$", name="{basename}-{url_name}", detail=False, initkwargs={}),
        Route(r"^{prefix}/{lookup}/only$", {"get": "retrieve", "put": "update"}, "{basename}-one", True, {}),
    ]
class NoSlash(SimpleRouter):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.trailing_slash = "/?"
class Rooted(DefaultRouter):
    APIRootView = Root
class Quiet(DefaultRouter):
    include_format_suffixes = False
    include_root_view = False
    def __init__(self):
        super().__init__(trailing_slash=False)
def make_router(prefix, viewset):
    router = SimpleRouter()
    router.register(prefix, viewset, basename=prefix)
    return router
# file: api.py
from rest_framework import viewsets
from rest_framework.decorators import action, api_view
from rest_framework.routers import APIRootView
class Root(APIRootView):
    pass
class Things(viewsets.ModelViewSet):
    def update(self, request, pk): pass
    @action(detail=False, methods=["post"])
    def sweep(self, request): pass
    @action(detail=True)
    def unseen(self, request, pk): pass
class More(viewsets.ReadOnlyModelViewSet):
    def list(self, request): pass
class Only(viewsets.ViewSet):
    def create(self, request): pass
class Made(viewsets.ViewSet):
    def list(self, request): pass
class Other(viewsets.ViewSet):
    def list(self, request): pass
@api_view()
def formats(request, format=None): pass
@api_view()
def one_format(request, format=None): pass
# file: settings.py
"""
    + DRF,
    "patterns made by hand": """
from django.urls import URLPattern, path
from django.urls.resolvers import RegexPattern, RoutePattern
import views
def event_url(route, view, name=None):
    pattern = RegexPattern(route, name=name, is_endpoint=True)
    return URLPattern(pattern, view, {}, name)
urlpatterns = [
    event_url(r"^event/(?P<pk>[0-9]+)/$", views.event),
    URLPattern(RoutePattern("route/<int:pk>", is_endpoint=True), views.route),
]
# file: views.py
def event(request, pk): pass
def route(request, pk): pass
""",
}
