"""Small Flask services, each with a way of guarding functions or of seeming to, and what is to be said of each.

`main.py`, then other files after `# file: PATH`. The test runs each of them: what is guarded refuses a request without
a credential, what is unguarded serves it.
"""

from __future__ import annotations

HEAD = """
from flask import Flask, Blueprint, abort, g, jsonify, redirect, request, session, url_for
app = Flask(__name__)
app.secret_key = "x"
"""
LOGIN = (
    HEAD
    + """
import flask_login
from flask_login import LoginManager, login_required, fresh_login_required, current_user
manager = LoginManager(app)
@manager.user_loader
def load(identifier): return None
"""
)
JWT = (
    HEAD
    + """
from flask_jwt_extended import JWTManager, jwt_required, verify_jwt_in_request, get_jwt_identity
app.config["JWT_SECRET_KEY"] = "a secret that is long enough for HS256"
JWTManager(app)
"""
)
HTTP = (
    HEAD
    + """
from flask_httpauth import HTTPBasicAuth, HTTPTokenAuth, MultiAuth
auth = HTTPBasicAuth()
tokens = HTTPTokenAuth()
both = MultiAuth(auth, tokens)
@auth.verify_password
def verify(name, password): return name if password == "right" else None
@tokens.verify_token
def known(token): return "me" if token == "right" else None
"""
)

# name -> source, {operation: state}
SHAPES: dict[str, tuple[str, dict[str, str]]] = {
    "flask-login": (
        LOGIN
        + """
@app.get("/a")
@login_required
def a(): return "ok"
@app.get("/b")
@fresh_login_required
def b(): return "ok"
@app.get("/c")
@flask_login.login_required
def c(): return "ok"
def d(): return "ok"
app.add_url_rule("/d", view_func=login_required(d))
@login_required
def e(): return "ok"
app.add_url_rule("/e", view_func=e)
@app.get("/f")
def f(): return "ok"
""",
        {
            **{f"GET /{name}": "guarded" for name in "abcde"},
            "GET /f": "unguarded",
        },
    ),
    "a guard above the route decorator never runs": (
        LOGIN
        + """
@login_required
@app.get("/a")
def a(): return "ok"
""",
        {"GET /a": "unguarded"},
    ),
    "a guard between two route decorators guards one of them": (
        LOGIN
        + """
@app.get("/a", endpoint="first")
@login_required
@app.get("/b")
def a(): return "ok"
@app.get("/c")
@app.get("/d")
@login_required
def c(): return "ok"
""",
        {"main.a": "unknown", "main.c": "guarded"},
    ),
    "a login manager alone guards nothing": (
        LOGIN
        + """
@app.get("/a")
def a(): return str(current_user.is_authenticated)
""",
        {"GET /a": "unguarded"},
    ),
    "LOGIN_DISABLED switches flask-login off": (
        LOGIN
        + """
app.config["LOGIN_DISABLED"] = True
@app.get("/a")
@login_required
def a(): return "ok"
""",
        {"GET /a": "unknown"},
    ),
    "flask-jwt-extended": (
        JWT
        + """
@app.get("/a")
@jwt_required()
def a(): return "ok"
@app.get("/b")
@jwt_required(optional=True)
def b(): return "ok"
@app.get("/c")
@jwt_required(False, fresh=True)
def c(): return "ok"
@app.get("/d")
@jwt_required(request.args if False else False)
def d(): return "ok"
@app.get("/e")
def e():
    verify_jwt_in_request()
    return "ok"
@app.get("/f")
def f():
    verify_jwt_in_request(optional=True)
    return "ok"
@app.get("/g")
@jwt_required(optional=True)
def h():
    if get_jwt_identity() is None:
        abort(401)
    return "ok"
""",
        {
            "GET /a": "guarded",
            "GET /b": "unguarded",
            "GET /c": "guarded",
            "GET /d": "unknown",
            "GET /e": "guarded",
            "GET /f": "unguarded",
            "GET /g": "unknown",
        },
    ),
    "flask-httpauth": (
        HTTP
        + """
@app.get("/a")
@auth.login_required
def a(): return "ok"
@app.get("/b")
@auth.login_required(role="admin")
def b(): return "ok"
@app.get("/c")
@auth.login_required(optional=True)
def c(): return "ok"
@app.get("/d")
@tokens.login_required
def d(): return "ok"
@app.get("/e")
@both.login_required
def e(): return "ok"
admin = auth.login_required(role="admin")
@app.get("/f")
@admin
def f(): return "ok"
""",
        {
            "GET /a": "guarded",
            "GET /b": "guarded",
            "GET /c": "unguarded",
            "GET /d": "guarded",
            "GET /e": "guarded",
            "GET /f": "guarded",
        },
    ),
    "flask-httpauth, made in another module": (
        HEAD
        + """
from security import auth
import security as s
@app.get("/a")
@auth.login_required
def a(): return "ok"
@app.get("/b")
@s.auth.login_required
def b(): return "ok"
# file: security.py
from flask_httpauth import HTTPBasicAuth
auth = HTTPBasicAuth()
""",
        {"GET /a": "guarded", "GET /b": "guarded"},
    ),
    "flask-principal": (
        HEAD
        + """
from flask_principal import Permission, Principal, RoleNeed
Principal(app)
admin = Permission(RoleNeed("admin"))
nobody = Permission()
@app.get("/a")
@admin.require(403)
def a(): return "ok"
@app.get("/b")
@nobody.require(403)
def b(): return "ok"
@app.get("/c")
@Permission(RoleNeed("admin")).require(http_exception=401)
def c(): return "ok"
""",
        {"GET /a": "guarded", "GET /b": "unknown", "GET /c": "guarded"},
    ),
    "flask-basicauth": (
        HEAD
        + """
from flask_basicauth import BasicAuth
app.config["BASIC_AUTH_USERNAME"] = app.config["BASIC_AUTH_PASSWORD"] = "x"
basic = BasicAuth(app)
@app.get("/a")
@basic.required
def a(): return "ok"
@app.get("/b")
def b(): return "ok"
""",
        {"GET /a": "guarded", "GET /b": "unguarded"},
    ),
    "flask-basicauth for the whole app": (
        HEAD
        + """
from flask_basicauth import BasicAuth
app.config["BASIC_AUTH_FORCE"] = True
basic = BasicAuth(app)
@app.get("/a")
def a(): return "ok"
""",
        {"GET /a": "unknown"},
    ),
    "authlib": (
        HEAD
        + """
from authlib.integrations.flask_oauth2 import ResourceProtector
from authlib.oauth2.rfc6750 import BearerTokenValidator
class Validator(BearerTokenValidator):
    def authenticate_token(self, token): return None
require_oauth = ResourceProtector()
require_oauth.register_token_validator(Validator())
@app.get("/a")
@require_oauth("profile")
def a(): return "ok"
@app.get("/b")
@require_oauth(optional=True)
def b(): return "ok"
@app.get("/c")
def c():
    with require_oauth.acquire("profile") as token:
        return "ok"
@app.get("/d")
def d():
    require_oauth.acquire("profile")
    return "ok"
""",
        {"GET /a": "guarded", "GET /b": "unguarded", "GET /c": "guarded", "GET /d": "unguarded"},
    ),
    "a name that may mean something else": (
        HEAD
        + """
import os
try:
    from flask_login import login_required
except ImportError:
    def login_required(f): return f
if os.environ.get("OPEN"):
    from flask_login import fresh_login_required
else:
    fresh_login_required = lambda f: f
@app.get("/a")
@login_required
def a(): return "ok"
@app.get("/b")
@fresh_login_required
def b(): return "ok"
""",
        {"GET /a": "unknown", "GET /b": "unknown"},
    ),
    "a guard that is put out of place": (
        HEAD
        + """
import security
security.login_required = lambda f: f
from flask_login import LoginManager
LoginManager(app)
@app.get("/a")
@security.login_required
def a(): return "ok"
# file: security.py
from flask_login import login_required
""",
        {"GET /a": "unknown"},
    ),
    "decorators of the service's own": (
        LOGIN
        + """
from security import *
@app.get("/proven")
@proven
def a(): return "ok"
@app.get("/session")
@signed_in
def b(): return "ok"
@app.get("/key")
@with_key
def c(): return "ok"
@app.get("/timed")
@timed
def d(): return "ok"
@app.get("/role")
@role("admin")
def e(): return "ok"
@app.get("/soft")
@role("admin", soft=True)
def f(): return "ok"
@app.get("/nothing")
@nothing
def g_(): return "ok"
@app.get("/known")
@known
def h(): return "ok"
@app.get("/valid")
@valid
def i(): return "ok"
@app.get("/optional")
@optional
def j(): return "ok"
@app.get("/optional-called")
@optional(scope="x")
def k(): return "ok"
@app.get("/swallowed")
@swallowed
def l(): return "ok"
@app.get("/inverted")
@inverted
def m(): return "ok"
@app.get("/secure")
@secure
def n(): return "ok"
@app.get("/raises")
@raises
def o(): return "ok"
@app.get("/handed")
@handed
def p(): return "ok"
@app.get("/run")
@run
def q(): return "ok"
@app.get("/inside")
@inside
def r(): return "ok"
# file: security.py
import functools, time
from typing import cast, Callable
from flask import abort, jsonify, redirect, request, session, current_app
from flask_login import login_required
__all__ = ["proven", "signed_in", "with_key", "timed", "role", "nothing", "known", "valid", "optional", "swallowed"]
__all__ += ["inverted", "secure", "raises", "handed", "run", "inside"]
def handed(view):
    @functools.wraps(view)
    def wrapper(*args, **kwargs):
        if current_app.config.get("OPEN"):
            return view(*args, **kwargs)
        return login_required(view)(*args, **kwargs)
    return wrapper
def run(view):
    @functools.wraps(view)
    def wrapper(*args, **kwargs):
        return twice(view, *args, **kwargs)
    return wrapper
def twice(function, *args, **kwargs):
    try:
        return function(*args, **kwargs)
    except ConnectionError:
        return function(*args, **kwargs)
def inside(view):
    @functools.wraps(view)
    def wrapper(*args, **kwargs):
        if request.authorization is None:
            abort(401)
        return twice(view, *args, **kwargs)
    return wrapper
from werkzeug.exceptions import HTTPException
from werkzeug.routing import RequestRedirect
def inverted(view):
    @functools.wraps(view)
    def wrapper(*args, **kwargs):
        if "user" in session:
            return view(*args, **kwargs)
        return redirect("/login")
    return wrapper
def secure(view):
    @functools.wraps(view)
    def wrapper(*args, **kwargs):
        if request.headers.get("X-Forwarded-Proto") == "http":
            return redirect("https://localhost/")
        return view(*args, **kwargs)
    return wrapper
class Elsewhere(HTTPException):
    code = 303
    def get_headers(self, environ=None, scope=None): return [("Location", "/login")]
def raises(view):
    @functools.wraps(view)
    def wrapper(*args, **kwargs):
        if session.get("is_admin"):
            return view(*args, **kwargs)
        raise Elsewhere()
    return wrapper
def proven(view):
    @functools.wraps(view)
    def wrapper(*args, **kwargs):
        if not request.headers.get("Authorization", "").startswith("Bearer "):
            return jsonify(error="no"), 401
        return view(*args, **kwargs)
    return cast(Callable, wrapper)
def signed_in(view):
    @functools.wraps(view)
    def wrapper(*args, **kwargs):
        if "user" not in session:
            return redirect("/login")
        return view(*args, **kwargs)
    return wrapper
def with_key(view):
    @functools.wraps(view)
    def wrapper(*args, **kwargs):
        if request.headers.get("X-API-Key", "") != current_app.config.get("API_KEY", ""):
            abort(401)
        return view(*args, **kwargs)
    return wrapper
def timed(view):
    @functools.wraps(view)
    def wrapper(*args, **kwargs):
        start = time.time()
        try:
            return view(*args, **kwargs)
        finally:
            print(time.time() - start)
    return wrapper
def role(name, soft=False):
    def decorate(view):
        @functools.wraps(view)
        def wrapper(*args, **kwargs):
            user = session.get("user")
            if user is None and not soft:
                abort(401)
            return view(*args, **kwargs)
        return wrapper
    return decorate
def nothing(view):
    view.marked = True
    return view
def known(view):
    return login_required(view)
def valid(view):
    @functools.wraps(view)
    def wrapper(*args, **kwargs):
        if request.method == "POST" and not request.is_json:
            return jsonify(error="json"), 415
        return view(*args, **kwargs)
    return wrapper
def optional(view=None, *, scope=""):
    def decorate(view):
        @functools.wraps(view)
        def wrapper(*args, **kwargs):
            if request.authorization is None:
                abort(401)
            return view(*args, **kwargs)
        return wrapper
    if view is None:
        return decorate
    return decorate(view)
def swallowed(view):
    @functools.wraps(view)
    def wrapper(*args, **kwargs):
        try:
            abort(401)
        except Exception:
            pass
        return view(*args, **kwargs)
    return wrapper
""",
        {
            "GET /proven": "guarded",
            "GET /session": "guarded",
            "GET /key": "unknown",
            "GET /timed": "unguarded",
            "GET /role": "guarded",
            "GET /soft": "unguarded",
            "GET /nothing": "unguarded",
            "GET /known": "guarded",
            "GET /valid": "unguarded",
            "GET /optional": "guarded",
            "GET /optional-called": "guarded",
            "GET /swallowed": "unguarded",
            "GET /inverted": "guarded",
            "GET /secure": "unguarded",
            "GET /raises": "guarded",
            "GET /handed": "unknown",
            "GET /run": "unguarded",
            "GET /inside": "guarded",
        },
    ),
    "what may answer before a guard": (
        LOGIN
        + """
import functools
def remembered(view):
    memory = {}
    @functools.wraps(view)
    def wrapper():
        if "x" in memory:
            return memory["x"]
        return memory.setdefault("x", view())
    return wrapper
@app.get("/a")
@remembered
@login_required
def a(): return "ok"
@app.get("/b")
@functools.lru_cache
@login_required
def b(): return "ok"
@app.get("/c")
@login_required
@functools.lru_cache
def c(): return "ok"
""",
        {"GET /a": "unknown", "GET /b": "unknown", "GET /c": "guarded"},
    ),
    "decorators that nobody knows": (
        LOGIN
        + """
from acme_auth import anything
@app.get("/a")
@anything
def a(): return "ok"
@app.get("/b")
@anything
@login_required
def b(): return "ok"
@app.get("/c")
@login_required
@anything
def c(): return "ok"
""",
        {"GET /a": "unknown", "GET /b": "unknown", "GET /c": "guarded"},
    ),
    "before_request of an app": (
        LOGIN
        + """
@app.before_request
@login_required
def protect(): pass
@app.get("/a")
def a(): return "ok"
child = Blueprint("child", __name__)
@child.get("/b")
def b(): return "ok"
app.register_blueprint(child)
""",
        {"GET /a": "guarded", "GET /b": "guarded"},
    ),
    "before_request that is only called": (
        JWT
        + """
app.before_request(verify_jwt_in_request)
@app.get("/a")
def a(): return "ok"
""",
        {"GET /a": "guarded"},
    ),
    "before_request of a blueprint, and of the one around it": (
        LOGIN
        + """
outer = Blueprint("outer", __name__, url_prefix="/outer")
inner = Blueprint("inner", __name__, url_prefix="/inner")
other = Blueprint("other", __name__, url_prefix="/other")
def check():
    if not current_user.is_authenticated:
        abort(401)
outer.before_request(check)
@outer.get("/a")
def a(): return "ok"
@inner.get("/b")
def b(): return "ok"
@other.get("/c")
def c(): return "ok"
outer.register_blueprint(inner)
app.register_blueprint(outer)
app.register_blueprint(other)
""",
        {"GET /outer/a": "guarded", "GET /outer/inner/b": "guarded", "GET /other/c": "unguarded"},
    ),
    "a blueprint that is registered twice, guarded once": (
        LOGIN
        + """
outer = Blueprint("outer", __name__, url_prefix="/outer")
inner = Blueprint("inner", __name__, url_prefix="/inner")
@outer.before_request
@login_required
def protect(): pass
@inner.get("/b")
def b(): return "ok"
outer.register_blueprint(inner)
app.register_blueprint(outer)
app.register_blueprint(inner, name="again")
""",
        {"main.b": "unknown"},
    ),
    "before_app_request": (
        LOGIN
        + """
bp = Blueprint("bp", __name__, url_prefix="/bp")
@bp.before_app_request
@login_required
def protect(): pass
@bp.get("/a")
def a(): return "ok"
@app.get("/b")
def b(): return "ok"
app.register_blueprint(bp)
""",
        {"GET /bp/a": "guarded", "GET /b": "unknown"},
    ),
    "a preprocessor of urls": (
        HEAD
        + """
bp = Blueprint("bp", __name__, url_prefix="/<project>")
@bp.url_value_preprocessor
def pull(endpoint, values):
    g.project = (values or {}).pop("project", None)
    if session.get(g.project) is None:
        abort(401)
@bp.get("/a")
def a(): return "ok"
app.register_blueprint(bp)
@app.get("/b")
def b(): return "ok"
""",
        {"GET /{project}/a": "guarded", "GET /b": "unguarded"},
    ),
    "hooks that decide by path, by a setting, or not at all": (
        HEAD
        + """
import os
AUTH = os.environ.get("AUTH")
first = Blueprint("first", __name__, url_prefix="/first")
second = Blueprint("second", __name__, url_prefix="/second")
third = Blueprint("third", __name__, url_prefix="/third")
fourth = Blueprint("fourth", __name__, url_prefix="/fourth")
@first.before_request
def by_path():
    if request.path.startswith("/open"):
        return
    if not session.get("user"):
        abort(401)
@second.before_request
def by_setting():
    if AUTH and not session.get("user"):
        abort(401)
@third.before_request
def loads():
    user = session.get("user")
    g.user = None if user is None else {"name": user}
@fourth.before_request
def redirects():
    if session.get("user") is None:
        return redirect("/login")
for each in (first, second, third, fourth):
    @each.get("/x")
    def x(): return "ok"
    app.register_blueprint(each)
""",
        {"main.x": "unknown"},
    ),
    "hooks of one blueprint each": (
        HEAD
        + """
third = Blueprint("third", __name__, url_prefix="/third")
fourth = Blueprint("fourth", __name__, url_prefix="/fourth")
fifth = Blueprint("fifth", __name__, url_prefix="/fifth")
@third.before_request
def loads():
    user = session.get("user")
    g.user = None if user is None else {"name": user}
@fourth.before_request
def redirects():
    if session.get("user") is None:
        return redirect("/login")
@fifth.before_request
def maintenance():
    return "down"
@third.get("/x")
def x(): return "ok"
@third.get("/y")
def y():
    if g.user is None:
        return redirect("/login")
    return "ok"
@fourth.get("/z")
def z(): return "ok"
@fifth.get("/w")
def w(): return "ok"
for each in (third, fourth, fifth):
    app.register_blueprint(each)
""",
        {
            "GET /third/x": "unguarded",
            "GET /third/y": "unknown",
            "GET /fourth/z": "guarded",
            "GET /fifth/w": "unguarded",
        },
    ),
    "a hook that is registered in a branch": (
        LOGIN
        + """
import os
if os.environ.get("AUTH"):
    @app.before_request
    @login_required
    def protect(): pass
@app.get("/a")
def a(): return "ok"
""",
        {"GET /a": "unknown"},
    ),
    "a factory with hooks": (
        """
from flask import Flask, abort, request
import views, hooks
def create_app():
    app = Flask(__name__)
    hooks.init_app(app)
    app.register_blueprint(views.bp)
    @app.get("/a")
    def a(): return "ok"
    return app
app = create_app()
# file: hooks.py
from flask import abort, request
def check():
    if request.authorization is None:
        abort(401)
def init_app(app):
    app.before_request(check)
# file: views.py
from flask import Blueprint
bp = Blueprint("v", __name__)
@bp.get("/b")
def b(): return "ok"
""",
        {"GET /a": "guarded", "GET /b": "guarded"},
    ),
    "a factory with hooks in some cases": (
        """
from flask import Flask, abort, request
import hooks
def create_app(secure=False):
    app = Flask(__name__)
    if secure:
        hooks.init_app(app)
    @app.get("/a")
    def a(): return "ok"
    return app
app = create_app()
# file: hooks.py
from flask import abort, request
def check():
    if request.authorization is None:
        abort(401)
def init_app(app):
    app.before_request(check)
""",
        {"GET /a": "unknown"},
    ),
    "a factory that returns before the hook": (
        """
from flask import Flask, abort, request
def check(): abort(401)
def create_app(testing=True):
    app = Flask(__name__)
    @app.get("/a")
    def a(): return "ok"
    if testing:
        return app
    app.before_request(check)
    return app
app = create_app()
""",
        {"GET /a": "unknown"},
    ),
    "hooks in a module that nobody imports": (
        LOGIN
        + """
@app.get("/a")
def a(): return "ok"
# file: hooks.py
from main import app, login_required
@app.before_request
@login_required
def protect(): pass
""",
        {"GET /a": "unknown"},
    ),
    "class-based views": (
        LOGIN
        + """
from flask.views import MethodView, View
class Guarded(MethodView):
    decorators = [login_required]
    def get(self): return "ok"
    def post(self): return "ok"
class Inherits(Guarded):
    def put(self): return "ok"
class Open(Guarded):
    decorators = []
    def get(self): return "ok"
class One(MethodView):
    def get(self): return "ok"
    @login_required
    def post(self): return "ok"
class Plain(View):
    decorators = [login_required]
    def dispatch_request(self): return "ok"
class Checks(MethodView):
    def dispatch_request(self, **kwargs):
        if not current_user.is_authenticated:
            abort(401)
        return super().dispatch_request(**kwargs)
    def get(self): return "ok"
class Wrapped(MethodView):
    def get(self): return "ok"
app.add_url_rule("/guarded", view_func=Guarded.as_view("guarded"))
app.add_url_rule("/inherits", view_func=Inherits.as_view("inherits"), methods=["PUT"])
app.add_url_rule("/open", view_func=Open.as_view("open"), methods=["GET"])
app.add_url_rule("/one", view_func=One.as_view("one"))
app.add_url_rule("/plain", view_func=Plain.as_view("plain"))
app.add_url_rule("/checks", view_func=Checks.as_view("checks"))
app.add_url_rule("/wrapped", view_func=login_required(Wrapped.as_view("wrapped")))
""",
        {
            "GET /guarded": "guarded",
            "POST /guarded": "guarded",
            "PUT /inherits": "guarded",
            "GET /open": "unguarded",
            "GET /one": "unguarded",
            "POST /one": "guarded",
            "GET /plain": "guarded",
            "GET /checks": "unknown",
            "GET /wrapped": "guarded",
        },
    ),
    "flask-restful": (
        LOGIN
        + """
from flask_restful import Api, Resource
api = Api(app)
bp = Blueprint("closed", __name__, url_prefix="/closed")
closed = Api(bp, decorators=[login_required])
class All(Resource):
    method_decorators = [login_required]
    def get(self): return "ok"
class Some(Resource):
    method_decorators = {"post": [login_required]}
    def get(self): return "ok"
    def post(self): return "ok"
class None_(Resource):
    def get(self): return "ok"
class Inner(Resource):
    def get(self): return "ok"
api.add_resource(All, "/all")
api.add_resource(Some, "/some")
api.add_resource(None_, "/none")
closed.add_resource(Inner, "/inner")
app.register_blueprint(bp)
""",
        {
            "GET /all": "guarded",
            "GET /some": "unguarded",
            "POST /some": "guarded",
            "GET /none": "unguarded",
            "GET /closed/inner": "guarded",
        },
    ),
    "views that are replaced afterwards": (
        LOGIN
        + """
@app.get("/a")
@login_required
def a(): return "ok"
@app.get("/b")
def b(): return "ok"
@app.get("/c")
@login_required
def c(): return "ok"
def plain(): return "ok"
app.view_functions["a"] = plain
app.view_functions["b"] = login_required(b)
""",
        {"GET /a": "unknown", "GET /b": "unknown", "GET /c": "guarded"},
    ),
    "all views that are replaced afterwards": (
        LOGIN
        + """
@app.get("/a")
def a(): return "ok"
for name, view in list(app.view_functions.items()):
    app.view_functions[name] = login_required(view)
""",
        {"GET /a": "unknown"},
    ),
    "middleware around the app": (
        HEAD
        + """
class Closed:
    def __init__(self, app): self.app = app
    def __call__(self, environ, start_response):
        if "HTTP_AUTHORIZATION" not in environ:
            start_response("401 Unauthorized", [])
            return [b""]
        return self.app(environ, start_response)
app.wsgi_app = Closed(app.wsgi_app)
@app.get("/a")
def a(): return "ok"
""",
        {"GET /a": "unknown"},
    ),
    "middleware around the app that is none of this": (
        HEAD
        + """
from werkzeug.middleware.proxy_fix import ProxyFix
app.wsgi_app = ProxyFix(app.wsgi_app)
@app.get("/a")
def a(): return "ok"
""",
        {"GET /a": "unguarded"},
    ),
    "a function that refuses by itself": (
        LOGIN
        + """
@app.get("/always")
def a():
    if not current_user.is_authenticated:
        return "no", 401
    return "ok"
@app.get("/helper")
def b():
    check()
    return "ok"
def check():
    if not session.get("user"):
        abort(403)
@app.get("/maybe")
def c():
    if request.args.get("page") == "secret":
        abort(403)
    return "ok"
@app.get("/missing")
def d():
    if request.args.get("page") is None:
        return "page 1"
    abort(404)
@app.get("/login")
def e():
    if current_user.is_authenticated:
        return redirect("/")
    return "log in"
@app.get("/logout")
def f():
    session.clear()
    return "bye"
@app.get("/after")
def g_():
    result = "ok"
    if session.get("user") is None and request.method == "DELETE":
        abort(401)
    return result
@app.get("/caught")
def h():
    try:
        check()
    except Exception:
        return "ok"
    return "ok"
@app.get("/raises")
def i():
    from werkzeug.exceptions import Unauthorized
    if "user" not in session:
        raise Unauthorized()
    return "ok"
""",
        {
            "GET /always": "guarded",
            "GET /helper": "guarded",
            "GET /maybe": "unknown",
            "GET /missing": "unguarded",
            "GET /login": "unguarded",
            "GET /logout": "unguarded",
            "GET /after": "unknown",
            "GET /caught": "unguarded",
            "GET /raises": "guarded",
        },
    ),
    "exceptions of the service's own": (
        HEAD
        + """
class Denied(Exception): pass
class Wrong(Exception): pass
@app.errorhandler(Denied)
def denied(error): return jsonify(error="no"), 401
@app.errorhandler(Wrong)
def wrong(error): return jsonify(error="wrong"), 422
def check():
    if request.authorization is None:
        raise Denied()
def valid():
    if request.args.get("page") == "x":
        raise Wrong()
@app.get("/a")
def a():
    check()
    return "ok"
@app.get("/b")
def b():
    valid()
    return "ok"
""",
        {"GET /a": "guarded", "GET /b": "unguarded"},
    ),
    "registered by a decorator of the project": (
        LOGIN
        + """
import functools
def api(path):
    def decorate(view):
        @app.get(path)
        @login_required
        @functools.wraps(view)
        def wrapper(*args, **kwargs):
            return view(*args, **kwargs)
        return view
    return decorate
def plain(path):
    def decorate(view):
        app.add_url_rule(path, view_func=view)
        return view
    return decorate
@api("/a")
def a(): return "ok"
@plain("/b")
def b(): return "ok"
@plain("/c")
@login_required
def c(): return "ok"
""",
        {"GET /a": "guarded", "GET /b": "unguarded", "GET /c": "guarded"},
    ),
    "hostile: what seems to refuse, and serves": (
        LOGIN
        + """
import contextlib, functools
from helpers import quiet, Quiet, off
@app.get("/loop")
def a():
    for name in ("x",):
        break
    else:
        abort(401)
    return "ok"
@app.get("/context")
def b():
    with quiet():
        abort(401)
    return "ok"
@app.get("/exit")
def c():
    with Quiet():
        abort(401)
    return "ok"
@app.get("/finally")
def d():
    try:
        abort(401)
    finally:
        return "ok"
@app.get("/never")
def e():
    def check(): abort(401)
    async def later(): abort(401)
    lambda: abort(401)
    later().close()
    return "ok"
@app.get("/constant")
def f():
    if off.ENABLED and not session.get("user"):
        abort(401)
    return "ok"
def caught(view):
    @functools.wraps(view)
    def wrapper(*args, **kwargs):
        try:
            return view(*args, **kwargs)
        except Exception:
            return "ok"
    return wrapper
def ignored(view):
    @functools.wraps(view)
    def wrapper(*args, **kwargs):
        with contextlib.suppress(Exception):
            view(*args, **kwargs)
        return "ok"
    return wrapper
@app.get("/caught")
@caught
@login_required
def g_(): return "ok"
@app.get("/ignored")
@ignored
@login_required
def h(): return "ok"
@app.get("/stop")
def i():
    while True:
        if not session.get("user"):
            break
        abort(401)
    return "ok"
class Auth:
    def needed(self, view):
        @functools.wraps(view)
        def wrapper(*args, **kwargs):
            if request.authorization is None:
                abort(401)
            return view(*args, **kwargs)
        return wrapper
auth = Auth()
@app.get("/method")
@auth.needed
def j(): return "ok"
# file: helpers/__init__.py
import contextlib
from . import off
off.ENABLED = False
@contextlib.contextmanager
def quiet():
    try:
        yield
    except Exception:
        pass
class Quiet:
    def __enter__(self): return self
    def __exit__(self, *error): return True
# file: helpers/off.py
ENABLED = True
""",
        {
            **dict.fromkeys((f"GET /{n}" for n in ("loop", "finally", "constant", "caught", "ignored")), "unknown"),
            **dict.fromkeys((f"GET /{n}" for n in ("context", "exit", "never", "stop")), "unguarded"),
            "GET /method": "guarded",
        },
    ),
    "views that are replaced through another name": (
        LOGIN
        + """
@app.get("/a")
@login_required
def a(): return "ok"
views = app.view_functions
views["a"] = lambda: "ok"
""",
        {"GET /a": "unknown"},
    ),
    "users whom nobody has logged in": (
        HEAD
        + """
from flask_login import AnonymousUserMixin, LoginManager, login_required
class Guest:
    is_authenticated = True
    is_active = True
    is_anonymous = False
manager = LoginManager(app)
manager.anonymous_user = Guest
@manager.user_loader
def load(identifier): return None
@app.get("/a")
@login_required
def a(): return "ok"
""",
        {"GET /a": "unknown"},
    ),
    "anonymous users who are nobody": (
        HEAD
        + """
from flask_login import AnonymousUserMixin, LoginManager, login_required
class Guest(AnonymousUserMixin):
    name = "guest"
manager = LoginManager(app)
manager.anonymous_user = Guest
@manager.user_loader
def load(identifier): return None
@app.get("/a")
@login_required
def a(): return "ok"
""",
        {"GET /a": "guarded"},
    ),
    "a password check that takes anybody": (
        HTTP
        + """
@auth.verify_password
def anybody(name, password):
    if not name:
        return "guest"
    return None
@app.get("/a")
@auth.login_required
def a(): return "ok"
""",
        {"GET /a": "unknown"},
    ),
    "tables of Flask's own that are cleared": (
        LOGIN
        + """
@app.before_request
@login_required
def protect(): pass
@app.get("/a")
def a(): return "ok"
app.before_request_funcs[None].clear()
""",
        {"GET /a": "unknown"},
    ),
    "decorators of an api that are set afterwards": (
        LOGIN
        + """
from flask_restful import Api, Resource
api = Api(app, decorators=[login_required])
api.decorators = []
class A(Resource):
    def get(self): return "ok"
api.add_resource(A, "/a")
""",
        {"GET /a": "unknown"},
    ),
    "an extension that may guard": (
        HEAD
        + """
from acme_auth import Everything
Everything(app)
@app.get("/a")
def a(): return "ok"
""",
        {"GET /a": "unknown"},
    ),
}
