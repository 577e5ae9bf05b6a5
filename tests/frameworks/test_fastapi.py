"""What `find` says of a FastAPI project is what the running framework's routing table says."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest
from routing_table import agree, points_of, project

from splice.frameworks.fastapi import framework
from splice.frameworks.starlette import framework as starlette
from splice.model import Reason

APP = "from fastapi import APIRouter, FastAPI\napp = FastAPI()\n"

CASES: dict[str, Mapping[str, str]] = {
    "every decorator of an app": {
        "main.py": APP
        + "\n".join(
            f"@app.{verb}('/{verb}/{{item_id}}')\ndef {verb}_item(item_id: int): ..."
            for verb in ("get", "put", "post", "delete", "options", "head", "patch", "trace")
        )
        + """
@app.api_route("/any")
async def any_default(): ...
@app.api_route("/many", methods=["post", "GET", "HEAD"])
async def many(): ...
@app.api_route(path="/named", methods={"PUT"})
async def named(): ...
@app.websocket("/ws")
async def ws(websocket): ...
@app.websocket_route("/plain-ws")
async def plain_ws(websocket): ...
@app.router.route("/plain", methods=["GET", "POST", "HEAD"])
async def plain(request): ...
@app.router.route("/get-only")
async def get_only(request): ...
"""
    },
    "calls instead of decorators": {
        "main.py": APP
        + """
import functools
def one(): ...
def two(): ...
def three(request): ...
async def four(websocket): ...
async def five(websocket): ...
def six(): ...
def seven(): ...
def eight(): ...
router = APIRouter(prefix="/r")
app.add_api_route("/one", one)
app.add_api_route(path="/two", endpoint=two, methods=["PUT", "POST"])
app.add_route("/three", three)
app.add_api_websocket_route("/four", four)
router.add_websocket_route("/five", five)
app.get("/six")(six)
get = router.get
@get("/seven")
def seven(): ...
post = functools.partial(router.post, tags=["x"])
@post("/eight")
def eight(): ...
made = app.router.delete("/nine")
@made
def nine(): ...
add = app.add_api_route
def ten(): ...
add("/ten", ten)
app.include_router(router)
"""
    },
    "prefixes add up through files and re-exports": {
        "main.py": """
            import fastapi
            import api.users as u
            from api import items_router, nested
            from api.v2 import *
            app = fastapi.FastAPI()
            app.include_router(items_router)
            app.include_router(u.router, prefix="/users")
            app.include_router(nested.outer, prefix="/v1")
            app.include_router(v2)
            """,
        "api/__init__.py": "from .items import router as items_router\n",
        "api/items.py": """
            from fastapi import APIRouter as R
            PREFIX = "/items"
            router = R(prefix=PREFIX)
            @router.get("")
            def index(): ...
            @router.get(f"/{{item_id}}")
            def read(item_id: str): ...
            """,
        "api/users.py": """
            from fastapi.routing import APIRouter
            router = APIRouter()
            class Paths:
                ME = "/me"
            @router.get(Paths.ME)
            def me(): ...
            @router.websocket("/ws")
            async def socket(websocket): ...
            @router.route("/plain")
            def plain(request): ...
            """,
        "api/nested.py": """
            from fastapi import APIRouter
            inner = APIRouter(prefix="/inner")
            outer = APIRouter(prefix="/outer")
            @inner.get("/{path:path}")
            def deep(path): ...
            @inner.route("/plain")
            def plain(request): ...
            outer.include_router(inner, prefix="/mid")
            """,
        "api/v2.py": """
            from fastapi import APIRouter
            v2 = APIRouter(prefix="/v2")
            @v2.post("/x")
            def x(): ...
            """,
    },
    "loops, helpers and router factories": {
        "main.py": """
            from fastapi import FastAPI
            from parts import a, b, make, register
            app = FastAPI()
            for router, prefix in [(a, "/a"), (b, "/b")]:
                app.include_router(router, prefix=prefix)
            app.include_router(make("one"), prefix="/p")
            app.include_router(make("two"), prefix="/q")
            register(app)
            def first(): ...
            def second(): ...
            def add(path, endpoint, method="GET"):
                app.add_api_route(path, endpoint, methods=[method])
            for path, endpoint in {"/first": first, "/2nd": second}.items():
                add("/added" + path, endpoint)
            """,
        "parts.py": """
            from fastapi import APIRouter, FastAPI
            a = APIRouter()
            b = APIRouter()
            @a.get("/x")
            def ax(): ...
            @b.get("/x")
            def bx(): ...
            def make(name):
                router = APIRouter(prefix="/" + name)
                @router.get("/made")
                def made(): ...
                return router
            def register(target: FastAPI):
                @target.get("/registered")
                def registered(): ...
            """,
    },
    "mounts": {
        "main.py": APP
        + """
from starlette.applications import Starlette
from starlette.middleware.cors import CORSMiddleware
from starlette.responses import PlainTextResponse
from starlette.routing import Host, Mount, Route, Router, WebSocketRoute
from starlette.staticfiles import StaticFiles
sub = FastAPI()
deep = FastAPI()
async def home(request): ...
async def chat(websocket): ...
async def listed(request): ...
async def hosted(request): ...
async def asgi(scope, receive, send): ...
@sub.get("/x")
def x(): ...
@deep.get("/y")
def y(): ...
plain = Starlette(routes=[Route("/", home), WebSocketRoute("/chat", chat)])
app.mount("/sub/", sub)
sub.mount("/deep", app=deep)
app.mount("/plain", plain)
app.mount("/asgi", asgi)
app.mount("/static", StaticFiles(directory="static"), name="static")
router = APIRouter(prefix="/r", routes=[Route("/listed", listed)])
app.include_router(router)
app.host("api.example.org", Router([Route("/hosted", hosted)]))
"""
    },
    "not handlers": {
        "main.py": APP
        + """
from fastapi import Depends, Request
callbacks = APIRouter()
@callbacks.post("{$callback_url}/done")
def callback(): ...
@app.webhooks.post("new-subscription")
def hook(): ...
@app.middleware("http")
async def timing(request, call_next): ...
@app.exception_handler(KeyError)
async def missing(request, exc): ...
def dependency(): ...
class Client:
    def get(self, path): return lambda f: f
client = Client()
@client.get("/other")
def other(): ...
@app.post("/invoices", callbacks=callbacks.routes)
def invoice(d=Depends(dependency)): ...
"""
    },
    "classes": {
        "main.py": APP
        + """
from starlette.endpoints import HTTPEndpoint
class Base(HTTPEndpoint):
    async def get(self, request): ...
class Thing(Base):
    def post(self, request): ...
    def helper(self): ...
app.add_route("/thing", Thing)
@app.router.route("/other")
class Other(HTTPEndpoint):
    async def delete(self, request): ...
class Service:
    def __init__(self, prefix):
        self.router = APIRouter(prefix=prefix)
        self.router.add_api_route("/list", self.list)
        self.router.add_api_route("/static", self.static, methods=["POST"])
        self.router.get("/direct")(self.direct)
    def list(self): ...
    @staticmethod
    def static(): ...
    def direct(self): ...
class Caller:
    def __call__(self): ...
service = Service("/service")
app.include_router(service.router)
app.add_api_route("/caller", Caller())
class Views:
    router = APIRouter(prefix="/views")
    @router.get("/x")
    @staticmethod
    def view(): ...
app.include_router(Views.router)
"""
    },
    "subclasses of the framework's classes": {
        "main.py": """
            from fastapi import APIRouter, FastAPI
            class Router(APIRouter):
                def __init__(self, name, **options):
                    super().__init__(prefix="/" + name, **options)
                    self.add_api_route("/health", self.health)
                def health(self): ...
            class App(FastAPI):
                def __init__(self, *args, **kwargs):
                    super().__init__(*args, **kwargs)
                    self.setup_routes()
                def setup_routes(self):
                    self.add_api_route("/root", self.root)
                    @self.get("/inner")
                    def inner(): ...
                def root(self): ...
            app = App(title="x")
            router = Router("a", tags=["x"])
            @router.get("/x")
            def x(): ...
            app.include_router(router)
            """
    },
    "wrapped where it is registered": {
        "main.py": APP
        + """
import functools
def login(f):
    @functools.wraps(f)
    def wrapper(*args, **kwargs): return f(*args, **kwargs)
    return wrapper
def requires(role):
    return login
def one(): ...
def two(): ...
def three(): ...
app.add_api_route("/one", login(one))
app.add_api_route("/two", requires("a")(two))
wrapped = login(three)
app.add_api_route("/three", wrapped)
"""
    },
    "several routes": {
        "main.py": APP
        + """
@app.get("/a")
@app.get("/b")
def both(): ...
@app.get("/same")
@app.post("/same")
def same(): ...
"""
    },
}


@pytest.mark.parametrize("case", CASES)
def test_what_is_found_is_what_runs(tmp_path: Path, case: str) -> None:
    agree(tmp_path, CASES[case], framework)


def test_factories_and_closures(tmp_path: Path) -> None:
    files = {
        "main.py": """
            from fastapi import APIRouter, FastAPI
            from views import router
            def build():
                local = APIRouter(prefix="/local")
                @local.get("/x")
                async def x(): ...
                return local
            def create_app(settings=None, prefix="/api") -> FastAPI:
                app = FastAPI()
                @app.get("/")
                def index(): ...
                app.include_router(router, prefix=prefix)
                app.include_router(build())
                return app
            """,
        "views.py": """
            from fastapi import APIRouter
            router = APIRouter()
            @router.get("/view")
            async def view(): ...
            """,
    }
    points = agree(tmp_path, files, framework, attribute="create_app")
    assert points["create_app.index"].operation == "GET /"
    assert points["build.x"].operation == "GET /local/x"
    assert points["views.py:view"].operation == "GET /api/view"


def test_operations_follow_the_grammar(tmp_path: Path) -> None:
    points = agree(tmp_path, CASES["every decorator of an app"], framework)
    assert points["get_item"].operation == "GET /get/{item_id}"
    assert points["many"].operation == "GET|HEAD|POST /many"
    assert points["plain"].operation == "GET|POST /plain"
    assert (points["ws"].operation, points["ws"].kind) == ("WEBSOCKET /ws", "websocket")


def test_several_routes_are_the_dotted_name_and_several_methods_are_not(tmp_path: Path) -> None:
    points = agree(tmp_path, CASES["several routes"], framework)
    assert (points["both"].operation, points["both"].routes) == ("main.both", ("/a", "/b"))
    assert points["same"].operation == "GET|POST /same"


def test_converters_stay_in_routes_and_leave_operations(tmp_path: Path) -> None:
    points = agree(tmp_path, CASES["prefixes add up through files and re-exports"], framework)
    deep = points["api/nested.py:deep"]
    assert (deep.operation, deep.routes) == (
        "GET /v1/outer/mid/inner/{path}",
        ("/v1/outer/mid/inner/{path:path}",),
    )


def test_the_slot_is_below_the_lowest_decorator_that_registers(tmp_path: Path) -> None:
    points = points_of(
        tmp_path,
        {
            "main.py": APP
            + """
def login(f): return f
@login
@app.get("/a")
@app.post("/b")
@login
def several(): ...
@login
def called(): ...
app.add_api_route("/c", called)
class C:
    @app.get("/d")
    @staticmethod
    def static(): ...
    @staticmethod
    @login
    def inner(): ...
app.add_api_route("/e", C.inner)
"""
        },
        framework,
    )
    assert {name: point.slot for name, point in points.items()} == {
        "several": 3,
        "called": 0,
        "C.static": 2,
        "C.inner": 1,
    }


@pytest.mark.parametrize(
    ("text", "symbol", "reason", "skip"),
    [
        ("app.add_api_route('/x', lambda: 1)", "<lambda>", Reason.LAMBDA, True),
        ("import functools\ndef f(): ...\napp.add_api_route('/x', functools.partial(f, 1))", "<partial>", Reason.PARTIAL, True),
        ("from os import getcwd\napp.add_api_route('/x', getcwd)", "getcwd", Reason.ENDPOINT_OUTSIDE, True),
        ("import json\napp.add_api_route('/x', json.loads)", "loads", Reason.ENDPOINT_OUTSIDE, True),
        ("app.add_api_route('/x', globals()['f'])", "<endpoint>", Reason.ENDPOINT_UNKNOWN, True),
        ("class K: ...\napp.add_route('/x', K)", "K", Reason.ENDPOINT_UNKNOWN, True),
        ("class K:\n    async def __call__(self, s, r, t): ...\napp.add_route('/x', K())", "<endpoint>", Reason.ENDPOINT_UNKNOWN, True),
        ("keep = [app.get('/x')]", "get", Reason.ENDPOINT_UNKNOWN, True),
        ("import os\n@app.get(os.environ['P'])\ndef f(): ...", "f", Reason.ROUTE_NOT_STATIC, False),
        ("import os\n@app.api_route('/x', methods=os.environ['M'].split())\ndef f(): ...", "f", Reason.ROUTE_NOT_STATIC, False),
        ("from outside import thing\n@thing.get('/x')\ndef f(): ...", "f", Reason.RECEIVER_UNKNOWN, True),
        ("def g(thing):\n    @thing.get('/x')\n    def f(): ...", "g.f", Reason.RECEIVER_UNKNOWN, True),
        ("r = APIRouter()\n@r.get('/x')\ndef f(): ...", "f", Reason.NOT_MOUNTED, True),
        ("r = APIRouter()\n@r.get('/x')\ndef f(): ...\nfor x in load(): app.include_router(x)", "f", Reason.NOT_MOUNTED, False),
        (
            "from pydantic_settings import BaseSettings\nclass S(BaseSettings):\n    P: str = '/v1'\ns = S()\n"
            "r = APIRouter()\n@r.get('/x')\ndef f(): ...\napp.include_router(r, prefix=s.P)",
            "f",
            Reason.ROUTE_NOT_STATIC,
            False,
        ),
        (
            "class R(APIRouter):\n    def add_api_route(self, path, *a, **k):\n"
            "        super().add_api_route(path.rstrip('/'), *a, **k)\n"
            "r = R()\n@r.get('/x')\ndef f(): ...\napp.include_router(r)",
            "f",
            Reason.ROUTE_NOT_STATIC,
            False,
        ),
        (
            "from starlette.endpoints import WebSocketEndpoint\nclass W(WebSocketEndpoint):\n"
            "    async def on_receive(self, w, d): ...\napp.add_websocket_route('/x', W)",
            "W",
            Reason.ENDPOINT_UNKNOWN,
            True,
        ),
    ],
)  # fmt: skip
def test_what_cannot_be_done_is_listed_with_its_reason(
    tmp_path: Path, text: str, symbol: str, reason: Reason, skip: bool
) -> None:
    points = points_of(tmp_path, {"main.py": APP + text + "\n"}, framework)
    assert {(name, p.reason, p.skip) for name, p in points.items()} == {(symbol, reason, skip)}
    assert points[symbol].detail


def test_a_path_that_is_not_static_is_the_dotted_name(tmp_path: Path) -> None:
    points = points_of(tmp_path, {"main.py": APP + "import os\n@app.get(os.environ['P'])\ndef f(): ...\n"}, framework)
    assert points["f"].operation == "main.f"


def test_an_override_that_passes_its_path_on_changes_nothing(tmp_path: Path) -> None:
    text = """
class R(APIRouter):
    def add_api_route(self, path, endpoint, **options):
        options.setdefault("tags", ["x"])
        super().add_api_route(path, endpoint, **options)
r = R()
@r.get("/x")
def f(): ...
app.include_router(r)
"""
    assert agree(tmp_path, {"main.py": APP + text}, framework)["f"].operation == "GET /x"


def test_apps_are_join_points_with_the_statement_that_makes_them(tmp_path: Path) -> None:
    text = """
from fastapi import FastAPI
class App(FastAPI): ...
app = App(
    title="x",
)
def create():
    inner: FastAPI = FastAPI()
    return inner
def other(): return FastAPI()
"""
    (tmp_path / "main.py").write_text(text)
    apps = [p for p in framework.find(project(tmp_path, framework.tokens)) if p.kind == "app"]
    assert [(p.symbol, p.anchor and (p.anchor.line, p.anchor.end_line, p.anchor.target), p.skip) for p in apps] == [
        ("app", (4, 6, "app"), False),
        ("create.inner", (8, 8, "inner"), False),
        ("other.app", None, True),
    ]


def test_a_fastapi_project_has_no_join_points_of_starlette(tmp_path: Path) -> None:
    points_of(tmp_path, CASES["mounts"], framework)
    found = list(starlette.find(project(tmp_path, starlette.tokens)))
    assert [(p.kind, p.symbol, p.detail) for p in found] == [("app", "plain", "mounted below another app")]


def test_mapped_exceptions_have_their_name_and_status(tmp_path: Path) -> None:
    text = """
from http import HTTPStatus
from fastapi import FastAPI, status
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, PlainTextResponse
from starlette.exceptions import HTTPException as Http
from errors import Gone, Many, Odd
async def gone(request, exc):
    return JSONResponse({}, status_code=status.HTTP_410_GONE)
async def many(request, exc):
    if exc: return PlainTextResponse("x", 409)
    return JSONResponse({}, HTTPStatus.CONFLICT)
app = FastAPI(exception_handlers={Gone: gone, 404: gone})
app.add_exception_handler(Many, many)
@app.exception_handler(Odd)
async def odd(request, exc):
    return await something(request, exc)
@app.exception_handler(ValueError)
async def value(request, exc):
    return JSONResponse(status_code=400, content={})
@app.exception_handler(RequestValidationError)
async def invalid(request, exc):
    return PlainTextResponse(str(exc), status_code=422)
@app.exception_handler(Http)
async def http(request, exc):
    return JSONResponse({}, status_code=exc.status_code)
@app.exception_handler(500)
async def error(request, exc):
    return JSONResponse({}, status_code=500)
"""
    (tmp_path / "main.py").write_text(text)
    (tmp_path / "errors.py").write_text("".join(f"class {n}(Exception): ...\n" for n in ("Gone", "Many", "Odd")))
    assert dict(framework.mapped(project(tmp_path, framework.tokens))) == {
        "errors.Gone": 410,
        "errors.Many": 409,
        "errors.Odd": 0,
        "builtins.ValueError": 400,
        "fastapi.exceptions.RequestValidationError": 422,
        "starlette.exceptions.HTTPException": 0,
    }
