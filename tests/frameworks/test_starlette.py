"""What `find` says of a Starlette project is what the running framework's routing table says."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest
from routing_table import agree, points_of, project

from splice.frameworks.fastapi import framework as fastapi
from splice.frameworks.starlette import framework
from splice.model import Reason

HEAD = """
from starlette.applications import Starlette
from starlette.endpoints import HTTPEndpoint
from starlette.routing import Host, Mount, Route, Router, WebSocketRoute
async def a(request): ...
def b(request): ...
async def c(request): ...
async def ws(websocket): ...
"""

CASES: dict[str, Mapping[str, str]] = {
    "lists": {
        "main.py": HEAD
        + """
more = [Route("/c/{n:int}", endpoint=c, methods=["PUT", "post"])]
routes = [
    Route("/a", a),
    Route(path="/b", endpoint=b, methods=["GET", "HEAD"]),
    WebSocketRoute("/ws", ws),
    *more,
]
app = Starlette(debug=True, routes=routes)
"""
    },
    "lists that grow": {
        "main.py": HEAD
        + """
routes = [Route("/a", a)]
routes += [Route("/b", b)]
app = Starlette(routes=routes + [Route("/c", c)])
"""
    },
    "mounts": {
        "main.py": HEAD
        + """
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.staticfiles import StaticFiles
def d(request): ...
def e(request): ...
inner = Router([Route("/", b)])
app = Starlette(routes=[
    Mount("/api/", routes=[
        Route("/a", a),
        Mount("/v{version}", app=inner),
        Mount("/static", StaticFiles(directory="static")),
    ]),
    Host("{sub}.example.org", app=Router(routes=[Route("/c", c)])),
])
other = Starlette(routes=[Route("/d", d)], middleware=[Middleware(GZipMiddleware)])
app.mount("/other", other)
other.add_route("/e", e, methods=["DELETE"])
app.router.add_websocket_route("/ws", ws)
"""
    },
    "files": {
        "main.py": """
            from starlette.applications import Starlette
            from web import urls
            from web.admin import admin_routes as admin
            from starlette.routing import Mount
            app = Starlette(routes=[*urls.routes, Mount("/admin", routes=admin)])
            """,
        "web/__init__.py": "",
        "web/urls.py": """
            import starlette.routing as r
            from . import views
            routes = [r.Route("/x", views.x), r.Route("/thing", views.Thing)]
            """,
        "web/admin.py": """
            from starlette.routing import Route
            from .views import y
            admin_routes = (Route("/y", y),)
            """,
        "web/views.py": """
            from starlette.endpoints import HTTPEndpoint
            async def x(request): ...
            def y(request): ...
            class Base(HTTPEndpoint):
                def get(self, request): ...
            class Thing(Base):
                async def post(self, request): ...
                async def on_something(self): ...
            """,
    },
    "decorators from elsewhere stay": {
        "main.py": HEAD
        + """
from starlette.authentication import requires
@requires("admin")
async def d(request): ...
async def e(request): ...
app = Starlette(routes=[Route("/d", d), Route("/e", requires("x")(e)), Route("/only", HTTPEndpoint)])
"""
    },
    "a subclass and a helper": {
        "main.py": HEAD
        + """
def get(path, endpoint):
    return Route(path, endpoint, methods=["GET"])
class App(Starlette):
    def __init__(self, routes):
        super().__init__(routes=[*routes, Route("/health", self.health)])
    async def health(self, request): ...
app = App([get("/a", a), get("/b", b)])
"""
    },
}


@pytest.mark.parametrize("case", CASES)
def test_what_is_found_is_what_runs(tmp_path: Path, case: str) -> None:
    points = agree(tmp_path, CASES[case], framework)
    assert {point.framework for point in points.values()} == {"starlette"}
    assert list(fastapi.find(project(tmp_path, fastapi))) == []


def test_a_factory_serves_what_its_list_says(tmp_path: Path) -> None:
    text = (
        HEAD
        + """
def create_app(debug=False):
    routes = [Route("/a", a)]
    if debug:
        pass
    return Starlette(debug=debug, routes=routes)
"""
    )
    assert agree(tmp_path, {"main.py": text}, framework, attribute="create_app")["a"].operation == "GET /a"


def test_the_methods_of_an_endpoint_class_are_one_join_point_each(tmp_path: Path) -> None:
    points = agree(tmp_path, CASES["files"], framework)
    assert points["web/views.py:Base.get"].operation == "GET /thing"
    assert points["web/views.py:Thing.post"].operation == "POST /thing"
    assert "web/views.py:Thing.on_something" not in points


def test_decorators_of_older_versions_are_read(tmp_path: Path) -> None:
    """Starlette 1.0 took `app.route` away; services with an older one still use it."""
    text = """
from starlette.applications import Starlette
from starlette.endpoints import HTTPEndpoint
app = Starlette()
def login(f): return f
@app.route("/x", methods=["POST", "PUT"])
@login
async def x(request): ...
@app.websocket_route("/ws")
async def ws(websocket): ...
@app.route("/thing")
class Thing(HTTPEndpoint):
    async def patch(self, request): ...
"""
    points = points_of(tmp_path, {"main.py": text}, framework)
    assert {name: (p.operation, p.slot) for name, p in points.items()} == {
        "x": ("POST|PUT /x", 1),
        "ws": ("WEBSOCKET /ws", 1),
        "Thing.patch": ("PATCH /thing", 0),
    }


@pytest.mark.parametrize(
    ("text", "symbol", "reason", "skip"),
    [
        ("app = Starlette(routes=[Route('/x', lambda request: None)])", "<lambda>", Reason.LAMBDA, True),
        ("class A:\n    async def __call__(self, s, r, t): ...\napp = Starlette(routes=[Route('/x', A())])", "<endpoint>", Reason.ENDPOINT_UNKNOWN, True),
        ("app = Starlette(routes=[Route('/x', missing)])", "<endpoint>", Reason.ENDPOINT_UNKNOWN, True),
        ("app = Starlette(routes=[Route('/a' if load() else '/b', a), Route(load(), b)])", "b", Reason.ROUTE_NOT_STATIC, False),
        ("app = Starlette()\nspare = [Route('/a', a)]", "a", Reason.NOT_MOUNTED, True),
        ("app = Starlette(routes=load())\nspare = [Route('/a', a)]", "a", Reason.NOT_MOUNTED, False),
    ],
)  # fmt: skip
def test_what_cannot_be_done_is_listed_with_its_reason(
    tmp_path: Path, text: str, symbol: str, reason: Reason, skip: bool
) -> None:
    points = points_of(tmp_path, {"main.py": HEAD + text + "\n"}, framework)
    assert (points[symbol].reason, points[symbol].skip) == (reason, skip)


def test_an_app_that_mounts_a_fastapi_app_keeps_its_own(tmp_path: Path) -> None:
    text = (
        HEAD
        + """
from fastapi import FastAPI
api = FastAPI()
@api.get("/x")
def x(): ...
app = Starlette(routes=[Route("/a", a), Mount("/api", app=api)])
"""
    )
    own = points_of(tmp_path, {"main.py": text}, framework)
    assert {name: p.operation for name, p in own.items()} == {"a": "GET /a"}
    below = [p for p in fastapi.find(project(tmp_path, fastapi)) if p.kind == "handler"]
    assert [p.operation for p in below] == ["GET /api/x"]
