"""Small FastAPI and Starlette services, each with a way of guarding or of seeming to, and what is to be said of each.

As in `flask_shapes.py`; each is run with the framework's test client, websockets too.
"""

from __future__ import annotations

HEAD = """
from typing import Annotated, Optional
from fastapi import APIRouter, Cookie, Depends, FastAPI, Header, HTTPException, Request, Security, WebSocket, status
from fastapi.responses import JSONResponse, RedirectResponse
from fastapi.security import (
    APIKeyCookie, APIKeyHeader, APIKeyQuery, HTTPAuthorizationCredentials, HTTPBasic, HTTPBearer, OAuth2PasswordBearer,
    OAuth2PasswordRequestForm, SecurityScopes,
)
app = FastAPI(openapi_url=None)
bearer = HTTPBearer()
"""
STARLETTE = """
from starlette.applications import Starlette
from starlette.authentication import AuthCredentials, AuthenticationBackend, SimpleUser, requires
from starlette.endpoints import HTTPEndpoint
from starlette.middleware import Middleware
from starlette.middleware.authentication import AuthenticationMiddleware
from starlette.middleware.base import BaseHTTPMiddleware
from starlette.responses import PlainTextResponse
from starlette.routing import Mount, Route, Router, WebSocketRoute
class Backend(AuthenticationBackend):
    async def authenticate(self, conn):
        if "Authorization" not in conn.headers:
            return None
        return AuthCredentials(["authenticated"]), SimpleUser("me")
known = Middleware(AuthenticationMiddleware, backend=Backend())
"""

# name -> source, {operation: state}
SHAPES: dict[str, tuple[str, dict[str, str]]] = {
    "security schemes": (
        HEAD
        + "".join(
            f"""
@app.get("/{name}")
def {name}(x={how}): return "ok"
"""
            for name, how in {
                "a": "Depends(bearer)",
                "b": "Security(HTTPBasic())",
                "c": 'Depends(OAuth2PasswordBearer("token"))',
                "d": 'Depends(APIKeyHeader(name="X-Key"))',
                "e": 'Depends(APIKeyQuery(name="key"))',
                "f": 'Depends(APIKeyCookie(name="key"))',
                "g": "Depends(HTTPBearer(auto_error=False))",
                "h": "Depends(HTTPBearer(auto_error=bool(__name__)))",
                "i": 'Depends(OAuth2PasswordBearer("token", None, None, None, False))',
            }.items()
        ),
        {
            **{f"GET /{name}": "guarded" for name in "abcdef"},
            "GET /g": "unguarded",
            "GET /h": "unknown",
            "GET /i": "unguarded",
        },
    ),
    "dependencies of dependencies": (
        HEAD
        + """
def token(credentials: Annotated[HTTPAuthorizationCredentials, Depends(bearer)]): return credentials.credentials
async def user(token: str = Depends(token)): return {"name": token}
User = Annotated[dict, Depends(user)]
def admin(user: User): return user
class Pages:
    def __init__(self, user: User, size: int = 10): self.user = user
class Open:
    def __init__(self, size: int = 10): self.size = size
class Role:
    def __init__(self, name): self.name = name
    def __call__(self, user: User): return user
class Anyone:
    def __call__(self, request: Request): return None
@app.get("/a")
def a(user: User): return "ok"
@app.get("/b")
def b(admin=Depends(admin)): return "ok"
@app.get("/c", dependencies=[Depends(admin)])
def c(): return "ok"
@app.get("/d")
def d(pages: Annotated[Pages, Depends()]): return "ok"
@app.get("/e")
def e(pages: Open = Depends()): return "ok"
@app.get("/f", dependencies=[Depends(Role("admin"))])
def f(): return "ok"
@app.get("/g", dependencies=[Depends(Anyone())])
def g(): return "ok"
@app.get("/h")
def h(db=Depends(lambda: 1)): return "ok"
@app.post("/login/{x}", status_code=200)
def login(form: Annotated[OAuth2PasswordRequestForm, Depends()]): return "ok"
@app.get("/i")
def i(user: "User"): return "ok"
@app.get("/j")
def j(user: Annotated[User, "twice"]): return "ok"
""",
        {
            "GET /a": "guarded",
            "GET /b": "guarded",
            "GET /c": "guarded",
            "GET /d": "guarded",
            "GET /e": "unguarded",
            "GET /f": "guarded",
            "GET /g": "unguarded",
            "GET /h": "unguarded",
            "GET /i": "guarded",
            "GET /j": "guarded",
            "POST /login/{x}": "unguarded",
        },
    ),
    "aliases of other modules": (
        HEAD
        + """
import deps
from deps import CurrentUser, login, maybe
from deps import *
@app.get("/a")
def a(user: CurrentUser): return "ok"
@app.get("/b")
def b(user: deps.CurrentUser): return "ok"
@app.get("/c")
def c(user=login): return "ok"
@app.get("/d")
def d(user=deps.needs("x")): return "ok"
@app.get("/e")
def e(user=maybe): return "ok"
# file: deps.py
from typing import Annotated
from fastapi import Depends
from fastapi.security import HTTPBearer
__all__ = ["CurrentUser"]
bearer, soft = HTTPBearer(), HTTPBearer(auto_error=False)
def current(token=Depends(bearer)): return token
CurrentUser = Annotated[object, Depends(current)]
login = Depends(current)
maybe = Depends(soft)
def needs(scope):
    return Depends(current)
""",
        {"GET /a": "guarded", "GET /b": "guarded", "GET /c": "guarded", "GET /d": "guarded", "GET /e": "unguarded"},
    ),
    "dependencies that refuse on their own": (
        HEAD
        + """
soft = HTTPBearer(auto_error=False)
class Denied(Exception): pass
@app.exception_handler(Denied)
async def denied(request, error): return JSONResponse({}, status_code=403)
def sure(credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(soft)]):
    if credentials is None:
        raise HTTPException(status.HTTP_401_UNAUTHORIZED)
    return credentials.credentials
def tried(credentials=Depends(soft)):
    problem = HTTPException(status_code=401, detail="no", headers={"WWW-Authenticate": "Bearer"})
    try:
        name = credentials.credentials if credentials else None
        if not name:
            raise problem
    except ValueError:
        raise problem
    return name
def own(authorization: Annotated[str | None, Header()] = None):
    if not authorization:
        raise Denied()
def by_request(request: Request):
    if request.headers.get("Authorization") is None:
        raise HTTPException(401)
def by_cookie(session_id: Annotated[str | None, Cookie()] = None):
    if session_id is None:
        raise HTTPException(403)
def unsure(credentials=Depends(soft), page: str = ""):
    if page == "secret" and credentials is None:
        raise HTTPException(401)
def switch(request: Request):
    if request.app.extra.get("auth") and not request.headers.get("Authorization"):
        raise HTTPException(401)
def required(x_token: Annotated[str, Header()]):
    if x_token != "right":
        raise HTTPException(400)
def by_query(required: bool = True, credentials=Depends(soft)):
    if required and credentials is None:
        raise HTTPException(401)
def finds(item: int = 0):
    if item > 5:
        raise HTTPException(404)
def swallows(credentials=Depends(soft)):
    try:
        if credentials is None:
            raise HTTPException(401)
    except HTTPException:
        return None
async def helper(request: Request):
    if not request.headers.get("Authorization"):
        raise HTTPException(401)
async def awaits(request: Request):
    await helper(request)
async def forgets(request: Request):
    helper(request)
def yields(credentials=Depends(soft)):
    if credentials is None:
        raise HTTPException(401)
    yield credentials
def late(credentials=Depends(soft)):
    yield credentials
    if credentials is None:
        print("after")
"""
        + "".join(
            f"""
@app.get("/{name}", dependencies=[Depends({name})])
def get_{name}(): return "ok"
"""
            for name in (
                *("sure", "tried", "own", "by_request", "by_cookie", "unsure", "switch", "required", "by_query"),
                *("finds", "swallows", "awaits", "forgets", "yields", "late"),
            )
        )
        + """
def optional(credentials=Depends(soft)): return credentials
@app.get("/handler")
def handler(user=Depends(optional)):
    if user is None:
        raise HTTPException(401)
    return "ok"
@app.get("/both")
def both(user=Depends(optional)):
    return "ok" if user is None else "you"
""",
        {
            **dict.fromkeys(
                (f"GET /{n}" for n in ("sure", "tried", "own", "by_request", "by_cookie", "awaits", "yields")),
                "guarded",
            ),
            **dict.fromkeys((f"GET /{n}" for n in ("unsure", "switch", "required", "by_query")), "unknown"),
            **dict.fromkeys((f"GET /{n}" for n in ("finds", "swallows", "forgets", "late", "both")), "unguarded"),
            "GET /handler": "guarded",
        },
    ),
    "schemes of the service's own": (
        HEAD
        + """
class Jwt(HTTPBearer):
    def __init__(self, auto_error: bool = True):
        super().__init__(auto_error=auto_error)
    async def __call__(self, request: Request):
        credentials = await super().__call__(request)
        if not credentials:
            raise HTTPException(403)
        return credentials.credentials
class Quiet(HTTPBearer):
    async def __call__(self, request: Request):
        try:
            return await super().__call__(request)
        except HTTPException:
            return None
class Plain(HTTPBearer): pass
@app.get("/a", dependencies=[Depends(Jwt())])
def a(): return "ok"
@app.get("/b", dependencies=[Depends(Quiet())])
def b(): return "ok"
@app.get("/c", dependencies=[Depends(Plain())])
def c(): return "ok"
@app.get("/d", dependencies=[Depends(Plain(auto_error=False))])
def d(): return "ok"
@app.get("/e")
async def e(request: Request):
    await bearer(request)
    return "ok"
@app.get("/f")
async def f(request: Request):
    bearer(request)
    return "ok"
""",
        {
            "GET /a": "guarded",
            "GET /b": "unguarded",
            "GET /c": "guarded",
            "GET /d": "unguarded",
            "GET /e": "guarded",
            "GET /f": "unknown",
        },
    ),
    "dependencies of apps and routers": (
        """
from fastapi import APIRouter, Depends, FastAPI, WebSocket
from fastapi.security import APIKeyHeader
from starlette.requests import HTTPConnection
from starlette.responses import PlainTextResponse
from fastapi import HTTPException
def check(conn: HTTPConnection):
    if conn.headers.get("Authorization") is None:
        raise HTTPException(401)
app = FastAPI(dependencies=[Depends(check)])
sub = FastAPI(openapi_url=None)
router = APIRouter(prefix="/r")
@app.get("/a")
def a(): return "ok"
@router.get("/b")
def b(): return "ok"
@app.websocket("/ws")
async def ws(socket: WebSocket):
    await socket.accept()
    await socket.close()
@sub.get("/c")
def c(): return "ok"
def d(request): return PlainTextResponse("ok")
app.add_route("/d", d)
async def plain(socket):
    await socket.accept()
    await socket.close()
app.router.add_websocket_route("/plain", plain)
app.include_router(router)
app.mount("/sub", sub)
""",
        {
            "GET /a": "guarded",
            "GET /r/b": "guarded",
            "WEBSOCKET /ws": "guarded",
            "GET /sub/c": "unguarded",
            "GET /d": "unguarded",
            "WEBSOCKET /plain": "unguarded",
        },
    ),
    "routers below routers, guarded on the way": (
        HEAD
        + """
inner = APIRouter(prefix="/inner")
guarded = APIRouter(prefix="/guarded", dependencies=[Depends(bearer)])
outer = APIRouter()
twice = APIRouter(prefix="/twice")
@inner.get("/a")
def a(): return "ok"
@guarded.get("/b")
def b(): return "ok"
@outer.get("/c")
def c(): return "ok"
@twice.get("/d")
def d(): return "ok"
guarded.include_router(inner)
app.include_router(guarded)
app.include_router(outer, prefix="/outer", dependencies=[Depends(bearer)])
app.include_router(twice, prefix="/one", dependencies=[Depends(bearer)])
app.include_router(twice, prefix="/two")
""",
        {
            "GET /guarded/inner/a": "guarded",
            "GET /guarded/b": "guarded",
            "GET /outer/c": "guarded",
            "main.d": "unknown",
        },
    ),
    "routes as objects": (
        HEAD
        + """
from fastapi.routing import APIRoute
from starlette.routing import Route
def a(): return "ok"
def b(): return "ok"
def c(request): return JSONResponse("ok")
router = APIRouter(
    dependencies=[Depends(bearer)],
    routes=[APIRoute("/a", a), APIRoute("/b", b, dependencies=[Depends(bearer)]), Route("/c", c)],
)
app.include_router(router)
""",
        {"GET /a": "unguarded", "GET /b": "guarded", "GET /c": "unguarded"},
    ),
    "lists of dependencies": (
        HEAD
        + """
import deps
private = [Depends(bearer)]
none = []
more = [*private, Depends(lambda: 1)]
@app.get("/a", dependencies=private)
def a(): return "ok"
@app.get("/b", dependencies=none)
def b(): return "ok"
@app.get("/c", dependencies=more)
def c(): return "ok"
@app.get("/d", dependencies=private + none)
def d(): return "ok"
@app.get("/e", dependencies=deps.changed)
def e(): return "ok"
@app.get("/f", **{"dependencies": [Depends(bearer)]})
def f(): return "ok"
@app.get("/g", **deps.options())
def g(): return "ok"
# file: deps.py
from fastapi import Depends
from fastapi.security import HTTPBearer
changed = [Depends(HTTPBearer())]
changed.clear()
def options():
    import os
    return dict(os.environ.get("NOTHING") or {})
""",
        {
            "GET /a": "guarded",
            "GET /b": "unguarded",
            "GET /c": "guarded",
            "GET /d": "guarded",
            "GET /e": "unknown",
            "GET /f": "guarded",
            "GET /g": "unknown",
        },
    ),
    "registered by calls, partials and factories": (
        HEAD
        + """
import functools
def a(): return "ok"
def b(): return "ok"
def c(): return "ok"
app.add_api_route("/a", a, dependencies=[Depends(bearer)])
get = functools.partial(app.get, dependencies=[Depends(bearer)])
get("/b")(b)
def build(guards):
    router = APIRouter(dependencies=guards)
    return router
closed, open_ = build([Depends(bearer)]), build([])
closed.get("/c")(c)
@open_.get("/d")
def d(): return "ok"
app.include_router(closed)
app.include_router(open_)
""",
        {"GET /a": "guarded", "GET /b": "guarded", "GET /c": "guarded", "GET /d": "unguarded"},
    ),
    "decorators below the route": (
        HEAD
        + """
import functools
from starlette.authentication import AuthenticationBackend, requires
from starlette.middleware.authentication import AuthenticationMiddleware
class Backend(AuthenticationBackend):
    async def authenticate(self, conn): return None
app.add_middleware(AuthenticationMiddleware, backend=Backend())
def checked(f):
    @functools.wraps(f)
    async def wrapper(request: Request, *args, **kwargs):
        if "Authorization" not in request.headers:
            raise HTTPException(401)
        return await f(request, *args, **kwargs)
    return wrapper
@app.get("/a")
@checked
async def a(request: Request): return "ok"
@checked
@app.get("/b")
async def b(request: Request): return "ok"
@app.get("/c")
@requires("authenticated")
async def c(request: Request): return "ok"
""",
        {"GET /a": "guarded", "GET /b": "unguarded", "GET /c": "guarded"},
    ),
    "dependencies that are replaced": (
        HEAD
        + """
def user(token=Depends(bearer)): return token
app.dependency_overrides[user] = lambda: "anybody"
@app.get("/a", dependencies=[Depends(user)])
def a(): return "ok"
""",
        {"GET /a": "unknown"},
    ),
    "a dependency that may be another": (
        HEAD
        + """
import os
def user(token=Depends(bearer)): return token
if os.environ.get("DEV", "1"):
    def user(): return "anybody"
try:
    from acme_nothing import current
except ImportError:
    def current(): return None
@app.get("/a", dependencies=[Depends(user)])
def a(): return "ok"
@app.get("/b", dependencies=[Depends(current)])
def b(): return "ok"
""",
        {"GET /a": "unknown", "GET /b": "unknown"},
    ),
    "dependencies that nobody knows": (
        HEAD
        + """
from acme_auth import CurrentUser, current_user
@app.get("/a")
def a(user: CurrentUser): return "ok"
@app.get("/b")
def b(user=Depends(current_user)): return "ok"
@app.get("/c", dependencies=[Depends(bearer)])
def c(user: CurrentUser): return "ok"
""",
        {"GET /a": "unknown", "GET /b": "unknown", "GET /c": "guarded"},
    ),
    "middlewares": (
        HEAD
        + """
from fastapi.middleware.cors import CORSMiddleware
@app.middleware("http")
async def check(request, call_next):
    if not request.headers.get("Authorization"):
        return JSONResponse({}, status_code=401)
    return await call_next(request)
app.add_middleware(CORSMiddleware, allow_origins=["*"])
@app.get("/a")
def a(): return "ok"
@app.get("/b", dependencies=[Depends(bearer)])
def b(): return "ok"
""",
        {"GET /a": "unknown", "GET /b": "guarded"},
    ),
    "middlewares that say nothing of who the caller is": (
        HEAD
        + """
import time
from starlette.middleware.base import BaseHTTPMiddleware
from starlette.middleware.gzip import GZipMiddleware
class Timed(BaseHTTPMiddleware):
    async def dispatch(self, request, call_next):
        start = time.time()
        response = await call_next(request)
        response.headers["X-Time"] = str(time.time() - start)
        return response
class Pure:
    def __init__(self, app): self.app = app
    async def __call__(self, scope, receive, send): await self.app(scope, receive, send)
app.add_middleware(Timed)
app.add_middleware(Pure)
app.add_middleware(GZipMiddleware)
@app.middleware("http")
async def named(request: Request, call_next):
    return await call_next(request)
@app.get("/a")
def a(): return "ok"
""",
        {"GET /a": "unguarded"},
    ),
    "middlewares that nobody knows": (
        HEAD
        + """
from acme_auth import Anything
app.add_middleware(Anything)
@app.get("/a")
def a(): return "ok"
""",
        {"GET /a": "unknown"},
    ),
    "an app inside another object": (
        HEAD
        + """
@app.get("/a")
def a(): return "ok"
class Guard:
    def __init__(self, app): self.app = app
    async def __call__(self, scope, receive, send):
        if scope["type"] == "http" and not dict(scope["headers"]).get(b"authorization"):
            await JSONResponse({}, status_code=401)(scope, receive, send)
        else:
            await self.app(scope, receive, send)
app = Guard(app)
""",
        {"GET /a": "unknown"},
    ),
    "a class-based view": (
        HEAD
        + """
class Items:
    @staticmethod
    @app.get("/a")
    def a(): return "ok"
    def b(self, token=Depends(bearer)): return "ok"
items = Items()
app.add_api_route("/b", items.b)
""",
        {"GET /a": "unguarded", "GET /b": "guarded"},
    ),
    "websockets": (
        HEAD
        + """
from starlette.requests import HTTPConnection
from fastapi import WebSocketException
def check(conn: HTTPConnection):
    if conn.headers.get("Authorization") is None:
        raise WebSocketException(code=status.WS_1008_POLICY_VIOLATION)
@app.websocket("/a", dependencies=[Depends(check)])
async def a(socket: WebSocket):
    await socket.accept()
    await socket.close()
@app.websocket("/b")
async def b(socket: WebSocket):
    if socket.query_params.get("token") is None:
        await socket.close(code=status.WS_1008_POLICY_VIOLATION)
        return
    await socket.accept()
    await socket.close()
@app.websocket("/c")
async def c(socket: WebSocket):
    await socket.accept()
    await socket.close()
@app.websocket("/d")
async def d(socket: WebSocket, key: Annotated[str | None, Cookie()] = None):
    if key is None:
        raise WebSocketException(code=status.WS_1008_POLICY_VIOLATION)
    await socket.accept()
    await socket.close()
""",
        {"WEBSOCKET /a": "guarded", "WEBSOCKET /b": "unknown", "WEBSOCKET /c": "unguarded", "WEBSOCKET /d": "guarded"},
    ),
    "starlette": (
        STARLETTE
        + """
@requires("authenticated")
async def a(request): return PlainTextResponse("ok")
async def b(request): return PlainTextResponse("ok")
@requires([])
async def c(request): return PlainTextResponse("ok")
async def d(request): return PlainTextResponse("ok")
class Page(HTTPEndpoint):
    @requires("authenticated", status_code=401)
    async def get(self, request): return PlainTextResponse("ok")
    async def post(self, request): return PlainTextResponse("ok")
async def e(request): return PlainTextResponse("ok")
@requires("authenticated")
async def socket(websocket):
    await websocket.accept()
    await websocket.close()
@requires("authenticated", redirect="log in")
async def f(request): return PlainTextResponse("ok")
async def login(request): return PlainTextResponse("log in")
app = Starlette(
    routes=[
        Route("/a", a),
        Route("/b", b),
        Route("/c", c),
        Route("/d", requires("authenticated")(d)),
        Route("/page", Page),
        Mount("/sub", routes=[Route("/e", e)]),
        WebSocketRoute("/socket", socket),
        Route("/f", f),
        Route("/login", login, name="log in"),
    ],
    middleware=[known],
)
""",
        {
            "GET /a": "guarded",
            "GET /b": "unguarded",
            "GET /c": "unknown",
            "GET /d": "guarded",
            "GET /page": "guarded",
            "POST /page": "unguarded",
            "GET /sub/e": "unguarded",
            "WEBSOCKET /socket": "guarded",
            "GET /f": "guarded",
            "GET /login": "unguarded",
        },
    ),
    "a backend that knows everybody": (
        STARLETTE
        + """
class Everybody(AuthenticationBackend):
    async def authenticate(self, conn):
        return AuthCredentials(["authenticated"]), SimpleUser("anybody")
@requires("authenticated")
async def a(request): return PlainTextResponse("ok")
app = Starlette(routes=[Route("/a", a)], middleware=[Middleware(AuthenticationMiddleware, backend=Everybody())])
""",
        {"GET /a": "unknown"},
    ),
    "middlewares of routes and mounts": (
        STARLETTE
        + """
class Closed(BaseHTTPMiddleware):
    async def dispatch(self, request, call_next):
        if "Authorization" not in request.headers:
            return PlainTextResponse("no", 401)
        return await call_next(request)
async def a(request): return PlainTextResponse("ok")
async def b(request): return PlainTextResponse("ok")
app = Starlette(routes=[Route("/a", a, middleware=[Middleware(Closed)]), Route("/b", b)])
""",
        {"GET /a": "unknown", "GET /b": "unguarded"},
    ),
    "an endpoint with a dispatch of its own": (
        STARLETTE
        + """
class Page(HTTPEndpoint):
    async def dispatch(self):
        await PlainTextResponse("no", 401)(self.scope, self.receive, self.send)
    async def get(self, request): return PlainTextResponse("ok")
app = Starlette(routes=[Route("/a", Page)])
""",
        {"GET /a": "unknown"},
    ),
    "hostile: dependencies in some cases": (
        HEAD
        + """
import os
AUTH = os.environ.get("AUTH")
chosen = [Depends(bearer)] if AUTH else []
later = []
if AUTH:
    later = [Depends(bearer)]
unknown = [Depends(bearer)]
if not AUTH:
    unknown = eval("[]")
login = Depends(bearer)
if not AUTH:
    login = eval("Depends(lambda: None)")
grown = []
if AUTH:
    grown.append(Depends(bearer))
options = {}
if AUTH:
    options["dependencies"] = [Depends(bearer)]
first = APIRouter(prefix="/first", **options)
second = APIRouter(prefix="/second", dependencies=[Depends(bearer)])
third = APIRouter(prefix="/third")
second.dependencies.clear()
@first.get("/a")
def a(): return "ok"
@second.get("/b")
def b(): return "ok"
@third.get("/c")
def c(): return "ok"
app.include_router(first)
app.include_router(second)
if AUTH:
    app.include_router(third, dependencies=[Depends(bearer)])
else:
    app.include_router(third)
"""
        + "".join(
            f"""
@app.get("/{name}", dependencies={name})
def get_{name}(): return "ok"
"""
            for name in ("chosen", "later", "unknown", "grown")
        )
        + """
@app.get("/login", dependencies=[login])
def get_login(): return "ok"
@app.get("/parameter")
def parameter(user=login): return "ok"
""",
        {
            **dict.fromkeys(
                (f"GET /{n}" for n in ("chosen", "later", "unknown", "grown", "login", "parameter")), "unknown"
            ),
            "GET /first/a": "unknown",
            "GET /second/b": "unknown",
            "GET /third/c": "unknown",
        },
    ),
    "hostile: credentials from elsewhere": (
        STARLETTE
        + """
class Anybody:
    def __init__(self, app): self.app = app
    async def __call__(self, scope, receive, send):
        scope["auth"] = AuthCredentials(["authenticated"])
        await self.app(scope, receive, send)
@requires("authenticated")
async def a(request): return PlainTextResponse("ok")
app = Starlette(routes=[Route("/a", a)], middleware=[Middleware(Anybody)])
""",
        {"GET /a": "unknown"},
    ),
    "a route class of the service's own": (
        HEAD
        + """
from fastapi.routing import APIRoute
class Closed(APIRoute):
    def get_route_handler(self):
        inner = super().get_route_handler()
        async def handle(request):
            if "Authorization" not in request.headers:
                return JSONResponse({}, status_code=401)
            return await inner(request)
        return handle
router = APIRouter(route_class=Closed)
@router.get("/a")
def a(): return "ok"
app.include_router(router)
""",
        {"GET /a": "unknown"},
    ),
    "a mounted app inside another object": (
        STARLETTE
        + """
class Guard:
    def __init__(self, app): self.app = app
    async def __call__(self, scope, receive, send):
        await PlainTextResponse("no", 401)(scope, receive, send)
async def a(request): return PlainTextResponse("ok")
async def b(request): return PlainTextResponse("ok")
app = Starlette(routes=[Mount("/sub", app=Guard(Starlette(routes=[Route("/a", a)]))), Route("/b", b)])
""",
        {"GET /sub/a": "unknown", "GET /b": "unguarded"},
    ),
}
