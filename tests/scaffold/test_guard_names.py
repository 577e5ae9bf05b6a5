"""What a scaffold calls an operation at run time is what the tool calls it, and patterns mean the same in both."""

from __future__ import annotations

import sys
import types
from typing import Any

import pytest
from guarding import LoadGuards, guards
from hypothesis import given, settings
from hypothesis import strategies as st

from splice.frameworks._asgi import plain as asgi_plain
from splice.frameworks._django_routes import Forms
from splice.frameworks._flask_search import plain as flask_plain
from splice.patterns import operation_matches
from splice.scaffold import render

from conftest import spec  # isort: skip

__all__ = ["guards"]

SEGMENTS = st.sampled_from(["a", "b", "ab", "{id}", "*", "**", "a*", "*b", ""])
PATHS = st.lists(SEGMENTS, max_size=4).map(lambda parts: "/" + "/".join(parts))
METHODS = st.sampled_from(["GET", "POST", "GET|POST", "*", "WEBSOCKET"])
MODULE = sys.modules["scaffold_of_names"] = types.ModuleType("scaffold_of_names")
NAMESPACE: dict[str, Any] = vars(MODULE)
exec(render(spec(parts=("guarded", "protect"), instruments=())).text, NAMESPACE)


@settings(max_examples=300, deadline=None)
@given(METHODS, PATHS, st.sampled_from(["GET", "POST", "WEBSOCKET"]), PATHS)
def test_patterns_of_operations(methods: str, pattern: str, method: str, path: str) -> None:
    operation = f"{method} {path.replace('*', 'x')}"
    fits = NAMESPACE["_fits"](f"{methods} {pattern}", operation, "")
    assert fits == operation_matches(f"{methods} {pattern}", operation)


@settings(max_examples=100, deadline=None)
@given(st.lists(SEGMENTS, min_size=1, max_size=4), st.lists(st.sampled_from(["a", "ab", "b"]), min_size=1, max_size=4))
def test_patterns_of_dotted_names(pattern: list[str], name: list[str]) -> None:
    fits = NAMESPACE["_fits"](".".join(pattern), "GET /x", ".".join(name))
    assert fits == operation_matches(".".join(pattern), ".".join(name))


@pytest.mark.parametrize(
    "rule",
    ["/", "/a/<b>", "/a/<int:b>/c", "/a/<string(length=2):b>", "/<any(x, y):b>.json", "/<path:b>/<c>", "/a/<uuid:b_c>"],
)
def test_routes_of_flask(rule: str) -> None:
    assert NAMESPACE["_flask_route"](rule) == flask_plain(rule)


@pytest.mark.parametrize("path", ["/", "/a/{b}", "/a/{b:int}/c", "/{b:path}", "/a/{b_c:uuid}.json"])
def test_routes_of_starlette(path: str) -> None:
    assert NAMESPACE["_starlette_route"](path) == asgi_plain(path)


@pytest.mark.parametrize(
    "pieces",
    [
        [("a/<int:pk>/", False)],
        [("", False)],
        [("<slug:a>-<b>.html", False)],
        [(r"^a/(?P<pk>[0-9]+)/$", True)],
        [(r"^a/(?P<pk>[^/.]+)/b/$", True)],
        [(r"^a/(?P<year>[0-9]{4})/(?P<month>(?:0|1)[0-9])/?$", True)],
        [("api/", False), (r"^a/(?P<pk>[\w-]+)/$", True)],
        [("<int:tenant>/", False), ("b/<pk>/", False)],
        [(r"^v1/", True), (r"^a\.json$", True)],
        [(r"^a/([0-9]+)/$", True)],
        [(r"^a/(x|y)/$", True)],
        [(r"^a/(?:x|y)/$", True)],
        [(r"^a/(?P<b>x)?/$", True)],
        [(r"^a/\d+/$", True)],
        [(r"^a/[xy]/$", True)],
        [(r"^a+/$", True)],
        [(r"^a/?b$", True)],
    ],
)
def test_routes_of_django(pieces: list[tuple[str, bool]]) -> None:
    forms = Forms()
    native = ""
    for text, regex in pieces:
        native = forms.join(native, forms.piece(text, regex=regex))
    assert NAMESPACE["_django_route"](native) == (forms.plain(native) or "")


NAMED = f"{__name__}.view"


@pytest.mark.parametrize(
    ("settings", "status"),
    [
        ({"_PUBLIC": ("GET /a",)}, 200),
        ({"_PUBLIC": ("* /*",)}, 200),
        ({"_PUBLIC_OPERATIONS": ("GET /a",)}, 200),
        ({"_PUBLIC_OPERATIONS": ("* /a",)}, 200),
        ({"_PUBLIC_OPERATIONS": (NAMED,)}, 200),
        ({"_GUARDED_ELSEWHERE": (NAMED,)}, 200),
        ({"_PUBLIC": ("GET /b", "POST /a")}, 401),
        ({"_GUARDED_BELOW": {"* /**": ()}}, 401),  # it is no view of the admin
        ({"_GUARDED_BELOW": {"* /**": ("GET /b", "POST /a", "GET /*")}}, 401),
        ({"_GUARDED_BELOW": {"* /b/**": ()}}, 401),
        ({"_GUARDED_BELOW": {"* /**": ("GET /a",)}}, 401),
        ({"_GUARDED_BELOW": {"* /**": ("* /a",)}}, 401),
        ({"_GUARDED_BELOW": {"* /**": (NAMED,)}}, 401),
        ({"_GUARDED_BELOW": {"* /**": (), "GET /*": ("GET /a",)}}, 401),
        ({"_PUBLIC": (NAMED, "*.view", "**", "test_guard_*.view")}, 401),  # patterns speak of routes only
        ({"_PUBLIC_OPERATIONS": ("GET /*", "* /**", "**", "*.view", "view", "GET /a ", "get /a", "GET|POST /a")}, 401),
        ({"_GUARDED_ELSEWHERE": ("GET /*", "* /**", "**", "*.view", "view", "GET /a ", "get /a", "GET|POST /a")}, 401),
    ],
    ids=str,
)
def test_patterns_open_routes_and_operations_open_what_they_name(
    settings: dict[str, Any], status: int, guards: LoadGuards
) -> None:
    from flask import Flask

    app = Flask(__name__)
    app.add_url_rule("/a", view_func=view)
    guards("enforce", **settings).protect(app)
    assert app.test_client().get("/a").status_code == status


def view() -> str:
    return "view"
