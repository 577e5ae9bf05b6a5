"""Small FastAPI projects, each with a way of saying where a function answers."""

from __future__ import annotations

from collections.abc import Mapping

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

USERS = """
from fastapi import APIRouter
router = APIRouter()
@router.get('/u')
def u(): ...
"""

CASES |= {
    "includes in a comprehension, keywords in a dict": {
        "users.py": USERS,
        "main.py": """
            from fastapi import FastAPI
            import users
            app = FastAPI()
            [app.include_router(r, prefix=p) for p, r in (("/a", users.router), ("/b", users.router))]
            for r, options in [(users.router, dict(prefix="/c")), (users.router, {})]:
                app.include_router(r, **options)
            """,
    },
    "a router factory called in a loop": {
        "main.py": APP
        + """
def crud(prefix):
    router = APIRouter(prefix=prefix)
    @router.get("")
    def all_of_them(): ...
    return router
for name in ["cats", "dogs"]:
    app.include_router(crud("/" + name))
"""
    },
    "lists of routes that are appended to": {
        "main.py": APP
        + """
from fastapi.routing import APIRoute
def f(): ...
def g(): ...
app.router.routes.append(APIRoute("/f", f, methods=["POST"]))
app.routes.append(APIRoute("/g", g))
router = APIRouter()
@router.get("/h")
def h(): ...
app.router.routes.extend(router.routes)
"""
    },
    "decorators that the project's own functions make": {
        "main.py": APP
        + """
def route(path, **options):
    return app.get("/v1" + path, **options)
@route("/x")
def x(): ...
class Api:
    def __init__(self):
        self.app = app
    def route(self, path):
        return self.app.put(path)
api = Api()
@api.route("/y")
def y(): ...
def z(): ...
for method in ("get", "post"):
    getattr(app, method)("/z")(z)
"""
    },
    "routers that methods and properties make": {
        "main.py": APP
        + """
class Plugin:
    def __init__(self, app):
        self.app = app
    def install(self):
        self.app.add_api_route("/x", self.x)
        @self.app.get("/y")
        def y(): ...
    def x(self): ...
class Views:
    @property
    def router(self):
        made = APIRouter()
        made.add_api_route("/z", self.z)
        return made
    def z(self): ...
Plugin(app).install()
app.include_router(Views().router)
"""
    },
}
