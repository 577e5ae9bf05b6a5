"""Django projects: settings, a tree of urlconfs, and views of every kind in the hand of a generated file."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

from . import outbound
from .functions import NAMES, definition
from .headers import header
from .ink import Ink, between, gap, inks, trailing
from .modules import Module

_MANAGE = 'import os\n\nos.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")\n'
_SETTINGS = 'SECRET_KEY = "x"\nROOT_URLCONF = "config.urls"\nINSTALLED_APPS = ["rest_framework", "books"]\n'
_IMPORTS = (
    "from django.contrib.auth.decorators import login_required",
    "from django.views import View",
    "from django.views.generic import ListView",
    "from rest_framework.decorators import action, api_view",
    "from rest_framework.views import APIView",
    "from rest_framework.viewsets import ModelViewSet",
)
_ROUTES = ("x/", "x/<int:pk>/", "", "a b/", "é/", 'q"/', "{n}/")
_KINDS = ("function", "function", "class", "inherited", "api", "apiview", "viewset")
_HEADS = ("class {name}({base}):", "class {name}(\n{i}{base},  # : base\n):", "class {name}({base}): # why")


@dataclass(frozen=True)
class _View:
    name: str
    lines: list[str]
    route: str  # the line in `urlpatterns`, or a call of the router
    handlers: tuple[str, ...]


@st.composite
def django_files(draw: DrawFn, talks: bool = False) -> list[Module]:
    """The modules of one project."""
    ink = draw(inks(talks))
    views = [draw(_view(ink, number)) for number in range(draw(st.integers(1, 4)))]
    lines = draw(header(ink, [*_IMPORTS, *outbound.IMPORTS] if talks else list(_IMPORTS)))
    lines += ["", *outbound.CLIENTS] if talks else []
    lines += ["", "", "def logged(f): return f", "cached = tagged = observe = lambda *a: logged"]
    for view in views:
        lines += [*draw(gap(ink)), *view.lines]
    handlers = tuple(unicodedata.normalize("NFKC", name) for view in views for name in view.handlers)
    return [
        Module("manage.py", _MANAGE.encode()),
        Module("config/__init__.py", b""),
        Module("config/settings.py", _SETTINGS.encode()),
        Module("config/urls.py", draw(_root()).encode()),
        Module("books/__init__.py", b""),
        Module("books/urls.py", _urls(views).encode()),
        Module("books/views.py", ink.bytes_of(lines), handlers),
    ]


@st.composite
def _root(draw: DrawFn) -> str:
    prefix = draw(st.sampled_from(["", "books/", "v1/<int:tenant>/"]))
    more = draw(st.sampled_from(["", 'urlpatterns += [path("again/", include("books.urls"))]\n']))
    return f'from django.urls import include, path\n\nurlpatterns = [path("{prefix}", include("books.urls"))]\n{more}'


def _urls(views: list[_View]) -> str:
    registered = "".join(f"{view.route}\n" for view in views if view.route.startswith("router"))
    listed = "".join(f"    {view.route},\n" for view in views if not view.route.startswith("router"))
    head = "from django.urls import path\nfrom rest_framework.routers import DefaultRouter\n\nfrom . import views\n\n"
    return f"{head}router = DefaultRouter()\n{registered}urlpatterns = [\n{listed}]\nurlpatterns += router.urls\n"


@st.composite
def _view(draw: DrawFn, ink: Ink, number: int) -> _View:
    kind = draw(st.sampled_from(_KINDS))
    name = f"{draw(st.sampled_from(ink.fits(NAMES)))}_{number}"
    route = f"{number}/{draw(st.sampled_from(_ROUTES))}"
    if kind in ("function", "api"):
        above = ["@login_required"] if draw(st.booleans()) else []
        above = ['@api_view(["GET", "POST"])'] if kind == "api" else above
        lines = draw(definition(ink, name, above, "request, *args, **kwargs"))
        return _View(name, lines, f"path({route!r}, views.{name})", (name,))
    base = {"class": "View", "apiview": "APIView", "inherited": "ListView", "viewset": "ModelViewSet"}[kind]
    words = draw(st.sampled_from([["get"], ["get", "post"]])) if kind in ("class", "apiview") else []
    methods = [draw(definition(ink, word, (), "self, request, *args, **kwargs")) for word in words]
    if kind == "viewset" and draw(st.booleans()):
        methods.append(draw(definition(ink, "extra", ["@action(detail=True)"], "self, request, pk=None")))
        words = ["extra"]
    head = draw(st.sampled_from(_HEADS)).format(name=name, base=base, i=ink.unit)
    own = draw(st.sampled_from([[], [], ["@logged"], ["@(\nlogged\n)"]]))
    body = [line for method in methods for line in (*method, "")]
    lines = [
        *draw(between(ink)),
        *(one + draw(trailing(ink)) for one in own),
        head,
        *ink.inner(["model = None", *body]),
    ]
    if kind == "viewset":
        return _View(
            name, lines, f"router.register({f'r{number}'!r}, views.{name}, basename='b{number}')", (name, *words)
        )
    return _View(name, lines, f"path({route!r}, views.{name}.as_view())", (name, *words))
