"""Sources that try to make the search for Django's routes run forever, or fall over, get an answer."""

from __future__ import annotations

from pathlib import Path

import pytest
from django_resolver import points, put

HEAD = "from django.urls import include, path, re_path\ndef v(request): pass\n"

circle = (
    "a = [path('a/', include('urls')), path('v/', v)]\nurlpatterns = [path('x/', include(a)), path('y/', include(a))]"
)
diamond = "n0 = [path('v/', v)]\n" + "".join(
    f"n{i} = [path('a/', include(n{i - 1})), path('b/', include(n{i - 1}))]\n" for i in range(1, 40)
)
functions = "def f0(p): return [path(p, v)]\n" + "".join(
    f"def f{i}(p): return f{i - 1}(p + 'a') + f{i - 1}(p + 'b')\n" for i in range(1, 40)
)
lists = "a = []\nb = []\na += b\nb += a\na.extend(b)\nb.extend(a)\nurlpatterns = a + b + [path('v/', v)]"
deep = "urlpatterns = " + "[path('a/', include(" * 60 + "[path('v/', v)]" + "))]" * 60
nest = "urlpatterns = " + "list(" * 90 + "[path('v/', v)]" + ")" * 90
total = "urlpatterns = " + " + ".join(["[path('v/', v)]"] * 500)
wide = "urlpatterns = [path(x + y + z, v) for x in 'X' for y in 'Y' for z in 'Z']".replace(
    "'X'", repr([str(n) for n in range(200)])
).replace("'Y'", repr([str(n) for n in range(200)]))


@pytest.mark.parametrize(
    "text",
    [circle, diamond + "urlpatterns = n39", functions + "urlpatterns = f39('')", lists, deep, nest, total, wide],
    ids=["circle", "diamond", "functions", "lists", "deep", "nest", "sum", "wide"],
)
def test_there_is_an_answer(text: str, tmp_path: Path) -> None:
    found = [p for p in points(put(tmp_path, HEAD + text)) if p.symbol == "v"]
    assert [p.kind for p in found] == ["handler"]


def test_includes_in_a_circle_end(tmp_path: Path) -> None:
    text = (
        "from django.urls import include, path\nurlpatterns = [path('a/', include('a'))]\n"
        "# file: a.py\nfrom django.urls import include, path\ndef f(r): pass\n"
        "urlpatterns = [path('f', f), path('b/', include('b'))]\n"
        "# file: b.py\nfrom django.urls import include, path\nurlpatterns = [path('a/', include('a'))]"
    )
    (point,) = points(put(tmp_path, text))
    assert (point.operation, point.routes) == ("* /a/f", ("a/f",))


REST = "from django.urls import include, path\nfrom rest_framework import routers, viewsets\nfrom rest_framework_nested.routers import NestedSimpleRouter\n"


@pytest.mark.parametrize(
    "text",
    [
        "a = routers.SimpleRouter()\nb = routers.SimpleRouter()\na.registry.extend(b.registry)\nb.registry.extend(a.registry)\n"
        "a.register('x', V)\nurlpatterns = [path('', include(a.urls)), path('b/', include(b.urls))]",
        "a = NestedSimpleRouter(b, 'x')\nb = NestedSimpleRouter(a, 'x')\na.register('x', V)\nb.register('x', V)\nurlpatterns = a.urls",
        "class R(routers.SimpleRouter):\n    routes = [routers.Route('{prefix:>999999999}{prefix.__class__}', {'get': 'list'}, '', False, {})]\n"
        "a = R()\na.register('x', V)\nurlpatterns = a.urls",
    ],
    ids=["registries in a circle", "nested in each other", "a format that fills memory"],
)
def test_routers_end(text: str, tmp_path: Path) -> None:
    viewset = "class V(viewsets.ViewSet):\n    def list(self, request): pass\n"
    found = [p for p in points(put(tmp_path, REST + viewset + text)) if p.symbol == "V.list"]
    assert len(found) == 1


def test_names_with_newlines_and_escapes_stay_what_they_are(tmp_path: Path) -> None:
    root = put(tmp_path, HEAD + r"urlpatterns = [path('a\n\x1b[31m<int:pk>{}', v)]")
    (point,) = points(root)
    assert point.routes == ("a\n\x1b[31m<int:pk>{}",)
    assert point.operation == "* /a\n\x1b[31m{pk}{}"
