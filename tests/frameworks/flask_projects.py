"""Small Flask projects, each a way to register routes that people use. `main:app` unless the name says `@`."""

PROJECTS = {
    "decorators": """
import flask
from flask import Flask as F
app = F(__name__)

@app.route("/")
def index(): return "x"

@app.route("/multi", methods=["GET", "post"])
def multi(): return "x"

@app.route(rule="/kw/<int:item_id>/<path:rest>", methods=("PUT",), endpoint="kw", defaults={}, strict_slashes=False)
def kw(item_id, rest): return "x"

@app.get("/verbs")
def get(): return "x"

@app.post("/verbs")
def post(): return "x"

@app.put("/verbs")
def put(): return "x"

@app.delete("/verbs/<uuid:v>")
def delete(v): return "x"

@app.patch("/verbs")
def patch(): return "x"

@app.get("/a")
@app.get("/b")
def two(): return "x"

@app.get("/same")
@app.post("/same")
def same(): return "x"

@app.route("/head", methods=["HEAD"])
def head(): return "x"

@app.route("/options", methods=["OPTIONS"])
def options(): return "x"

@app.route("/both", methods=["OPTIONS", "DELETE"])
def both(): return "x"

@app.route("/explicit", methods=["GET", "HEAD", "OPTIONS"])
def explicit(): return "x"

METHODS = {"GET", "POST"}
PATH = "/const"

@app.route(PATH + f"{PATH}/x", methods=METHODS)
async def const(): return "x"

@app.route("/starred", methods=[*METHODS, "PUT"])
def starred(): return "x"

route = app.route

@route("/aliased")
def aliased(): return "x"

home = app.get("/home")

@home
def homely(): return "x"

if True:
    @app.get("/if")
    def branch(): return "x"

@app.get("/redefined1", endpoint="r1")
def again(): return "x"

@app.get("/redefined2", endpoint="r2")
def again(): return "x"

@app.before_request
def before(): pass

@app.after_request
def after(r): return r

@app.teardown_request
def down(e): pass

@app.errorhandler(404)
def missing(e): return "x", 404

@app.template_filter("f")
def filtered(x): return x

@app.context_processor
def processor(): return {}

@app.cli.command("do")
def do(): pass

@app.shell_context_processor
def shell(): return {}
""",
    "blueprints": """
from flask import Flask, Blueprint
from pkg import bp as other, nested
from pkg.views import late

app = Flask(__name__)
own = Blueprint("own", __name__, url_prefix="/own")
plain = Blueprint("plain", __name__)
given = Blueprint("given", __name__, url_prefix="/overridden")
slashes = Blueprint("slashes", __name__, url_prefix="/slashes/")
twice = Blueprint("twice", __name__)
empty = Blueprint("empty", __name__, url_prefix="")
parent = Blueprint("parent", __name__, url_prefix="/parent")
child = Blueprint("child", __name__, url_prefix="/child/")
grandchild = Blueprint("grandchild", __name__)
emptychild = Blueprint("emptychild", __name__, url_prefix="")
positional = Blueprint("positional", __name__, None, None, None, "/positional")

@own.get("/x")
@own.get("noslash")
def o(): return "x"

@own.route("")
def root(): return "x"

@own.route("/")
def slash(): return "x"

@plain.get("/p")
def p(): return "x"

@given.get("/g")
def g(): return "x"

@slashes.get("/s")
def s(): return "x"

@slashes.get("")
def s0(): return "x"

@twice.get("/t")
def t(): return "x"

@empty.get("/e")
def e(): return "x"

@child.get("/c")
def c(): return "x"

@child.get("")
def c0(): return "x"

@grandchild.get("/gc")
def gc(): return "x"

@emptychild.get("")
def ec(): return "x"

@emptychild.get("/ec")
def ec2(): return "x"

@positional.get("/x")
def po(): return "x"

@own.before_app_request
def hook(): pass

@own.app_errorhandler(500)
def fail(e): return "x", 500

child.register_blueprint(grandchild, url_prefix="deep/")
parent.register_blueprint(child)
parent.register_blueprint(emptychild)
app.register_blueprint(own)
app.register_blueprint(plain)
app.register_blueprint(given, url_prefix="/given")
app.register_blueprint(slashes)
app.register_blueprint(twice, url_prefix="/one")
app.register_blueprint(blueprint=twice, url_prefix="/two", name="twice2")
app.register_blueprint(empty)
app.register_blueprint(parent)
app.register_blueprint(positional)
app.register_blueprint(other, url_prefix=None)
nested.attach(app)
# file: pkg/__init__.py
from .base import blueprint as bp
from . import views
# file: pkg/base.py
from flask import Blueprint
blueprint = Blueprint("pkg", __name__, url_prefix="/pkg")
# file: pkg/views.py
from . import bp

@bp.get("/late/<string(length=2):code>")
def late(code): return "x"
# file: pkg/nested.py
import flask
PREFIX = "/nested"
bps = [flask.Blueprint("n1", __name__), flask.Blueprint("n2", __name__)]
first, second = bps[0], bps[1]

@first.get("/first")
def f(): return "x"

@second.get("/second")
def s(): return "x"

pairs = ((first, PREFIX + "/1"), (second, PREFIX + "/2"))

def attach(application):
    for b, prefix in pairs:
        application.register_blueprint(b, url_prefix=prefix)
""",
    "add_url_rule": """
import functools
from flask import Flask, Blueprint
app = Flask(__name__)
bp = Blueprint("bp", __name__)

def login_required(f):
    @functools.wraps(f)
    def wrapper(*a, **k): return f(*a, **k)
    return wrapper

def limit(n):
    def deco(f):
        @functools.wraps(f)
        def wrapper(*a, **k): return f(*a, **k)
        return wrapper
    return deco

def a(): return "x"
def b(): return "x"
def c(): return "x"
def d(): return "x"
def e(): return "x"
def f(): return "x"
def g(): return "x"
def h(): return "x"

app.add_url_rule("/a", view_func=a)
app.add_url_rule("/b", "b", b, methods=["POST"])
app.add_url_rule("/c", view_func=login_required(c))
bp.add_url_rule("/d", endpoint="d", view_func=limit(3)(d))
wrapped = login_required(e)
app.add_url_rule("/e", view_func=wrapped)
app.add_url_rule("/f", "f")
app.view_functions["f"] = f
app.get("/g")(g)
app.route("/h", methods=["PUT"])(login_required(h))

@app.endpoint("i")
def i(): return "x"

from werkzeug.routing import Rule
app.url_map.add(Rule("/i", endpoint="i", methods=["GET"]))

@app.get("/j")
def j(): return "x"

app.add_url_rule("/jj", endpoint="j")

def k(): return "x"
def l(): return "x"

for rule, name, view in [("/k", "k", k), ("/l/<x>", "l", l)]:
    app.add_url_rule(rule, name, view)

def m(): return "x"
def n(): return "x"
ROUTES = [("/m", "m", m), ("/n", "n", n)]
for r in ROUTES:
    app.add_url_rule(*r, **{"methods": ["GET", "POST"]})

def o(): return "x"
for spec in [{"rule": "/o", "view_func": o}]:
    app.add_url_rule(**spec)

def p(): return "x"
for spec in [{"path": "/p", "view": p}]:
    app.add_url_rule(spec["path"], view_func=spec["view"])

add = app.add_url_rule
def q(): return "x"
add("/q", view_func=q)

class Callable:
    def __call__(self): return "x"

app.add_url_rule("/callable", "callable", Callable())

class Controller:
    def bound(self): return "x"
    @staticmethod
    def static(): return "x"
    @classmethod
    def cls(cls): return "x"

app.add_url_rule("/bound", view_func=Controller().bound)
app.add_url_rule("/static", "st", view_func=Controller.static)
app.add_url_rule("/cls", view_func=Controller.cls)

def handle(): return "x"
handle = login_required(handle)
app.add_url_rule("/handle", view_func=handle)

app.register_blueprint(bp, url_prefix="/bp")
# a rule that leads nowhere
app.add_url_rule("/nowhere", endpoint="nowhere")
""",
    "views": """
from flask import Flask, Blueprint
from flask.views import MethodView, View
from base import Crud
app = Flask(__name__)
bp = Blueprint("bp", __name__, url_prefix="/bp")

class Item(MethodView):
    init_every_request = False
    def get(self, item_id): return "x"
    def delete(self, item_id): return "x"
    def helper(self): pass

class Group(MethodView):
    decorators = []
    def get(self): return "x"
    def post(self): return "x"

class Page(View):
    methods = ["GET", "POST"]
    def dispatch_request(self): return "x"

class Simple(View):
    def dispatch_request(self, **kw): return "x"

class Users(Crud):
    def post(self): return "x"

class Things(Crud):
    pass

class Restricted(MethodView):
    methods = ["GET"]
    def get(self): return "x"
    def post(self): return "x"

class Extended(Restricted):
    def put(self): return "x"

class Odd(MethodView):
    def head(self): return ""
    def options(self): return ""
    def get(self): return ""

class Alias(MethodView):
    def put(self): return "x"
    patch = put

def login_required(f):
    import functools
    @functools.wraps(f)
    def wrapper(*a, **k): return f(*a, **k)
    return wrapper

app.add_url_rule("/items/<int:item_id>", view_func=Item.as_view("item"))
group = Group.as_view("group", 1) if False else Group.as_view("group")
app.add_url_rule("/items", view_func=group)
app.add_url_rule("/page", view_func=Page.as_view("page"))
app.add_url_rule("/simple/<x>", view_func=Simple.as_view("simple"), methods=["DELETE"])
bp.add_url_rule("/users/", view_func=Users.as_view("users"))
bp.add_url_rule("/things/", view_func=login_required(Things.as_view("things")))
app.add_url_rule("/restricted", view_func=Restricted.as_view("restricted"))
app.add_url_rule("/extended", view_func=Extended.as_view("extended"))
app.add_url_rule("/odd", view_func=Odd.as_view("odd"))
app.add_url_rule("/alias", view_func=Alias.as_view("alias"))
app.route("/called")(Simple.as_view("called"))

class UserAPI(MethodView):
    def get(self, id=None): return "x"
    def post(self): return "x"
    def put(self, id): return "x"
    def delete(self, id): return "x"

class OrderAPI(MethodView):
    def get(self, id=None): return "x"
    def post(self): return "x"

def register_api(view, endpoint, url, pk="id", pk_type="int"):
    view_func = view.as_view(endpoint)
    app.add_url_rule(url, defaults={pk: None}, view_func=view_func, methods=["GET"])
    app.add_url_rule(url, view_func=view_func, methods=["POST"])
    app.add_url_rule(f"{url}<{pk_type}:{pk}>", view_func=view_func, methods=["GET", "PUT", "DELETE"])

register_api(UserAPI, "user_api", "/users/")
register_api(OrderAPI, endpoint="order_api", url="/orders/", pk="order_id")

class ItemAPI(MethodView):
    def __init__(self, model): pass
    def get(self, id): return "x"

class GroupAPI(MethodView):
    def __init__(self, model): pass
    def get(self): return "x"

def register(app, model, name):
    item = ItemAPI.as_view(f"{name}-item", model)
    group = GroupAPI.as_view(f"{name}-group", model)
    app.add_url_rule(f"/{name}/<int:id>", view_func=item)
    app.add_url_rule(f"/{name}/", view_func=group)

register(app, object, "cats")
register(app, object, "dogs")
app.register_blueprint(bp)
# file: base.py
from flask.views import MethodView

class Base(MethodView):
    def get(self): return "x"

class Crud(Base):
    def put(self): return "x"
""",
    "factories@main:[create_app(), application]": """
from flask import Flask, current_app
from ext import Ext, ext
from blueprints import make_bp, users, orders, Special, api, V1
import errors, routes
from helpers import url

def create_app(config=None, prefix="/api"):
    app = Flask(__name__)
    ext.init_app(app)
    Ext(app)

    @app.get("/closure")
    def closure(): return "x"

    @app.get(url("/a"))
    def a(): return "x"

    @app.get(url("/b"))
    def b(): return "x"

    def inner(target):
        @target.get("/inner")
        def innermost(): return "x"
    inner(app)

    routes.init(app, "/routes")
    routes.init_typed(app=app)
    app.register_blueprint(users)
    app.register_blueprint(orders, url_prefix=prefix + "/orders")
    app.register_blueprint(make_bp("third"))
    app.register_blueprint(Special("special"))
    app.register_blueprint(api)
    app.register_blueprint(V1("/nine"))
    errors.register(app)
    with app.app_context():
        routes.current()
    return app

application = create_app()

@application.get("/outside")
def outside(): return "x"

# file: helpers.py
API = "/api/v1"
def url(path):
    full = f"{API}{path}"
    return full
# file: routes.py
import flask
def init(app, prefix, *, extra="x"):
    @app.get(f"{prefix}/{extra}")
    def routed(): return "x"

def init_typed(app: flask.Flask):
    from flask import Blueprint
    bp = Blueprint("typed", __name__, url_prefix="/typed")
    @bp.get("/t")
    def typed(): return "x"
    app.register_blueprint(bp)

def never(app: flask.Flask):
    pass

def current():
    @flask.current_app.get("/current")
    def in_context(): return "x"
# file: ext.py
class Ext:
    def __init__(self, app=None):
        self.app = app
        if app is not None:
            self.setup(app)

    def init_app(self, app):
        app.add_url_rule("/ext", view_func=self.handle)

    def setup(self, app):
        self.app.add_url_rule("/setup", "setup", self.other)
        self.app.route("/third")(self.third)

    def handle(self): return "x"
    def other(self): return "x"
    def third(self): return "x"

ext = Ext()
# file: blueprints.py
from flask import Blueprint

def make_bp(name):
    bp = Blueprint(name, __name__, url_prefix=f"/{name}")

    @bp.get("/ping")
    def ping(): return "x"

    return bp

def simple(name, prefix=None):
    return Blueprint(name, __name__, url_prefix=prefix or "/")

users = make_bp("users")
orders = make_bp("orders")

@users.get("/list")
def list_users(): return "x"

@orders.get("/list")
def list_orders(): return "x"

class Special(Blueprint):
    def __init__(self, name):
        super().__init__(name, __name__, url_prefix="/" + name)
        self.add_url_rule("/special", view_func=self.special)
        self.get("/other")(self.other)

    def special(self): return "x"
    def other(self): return "x"

class Versioned(Blueprint):
    def __init__(self, name, version="/v1"):
        Blueprint.__init__(self, name, __name__, url_prefix=version)

class V1(Versioned):
    def __init__(self, version):
        super().__init__("v-" + "x", version=version)
        @self.route("/versioned")
        def versioned(): return "x"

api = Versioned("api")

@api.get("/api")
def api_view(): return "x"
# file: errors.py
def register(app):
    @app.errorhandler(KeyError)
    def bad(e): return "x", 400
""",
    "own_decorators@main:apps": """
import functools
from flask import Flask, Blueprint
app = Flask(__name__)
bp = Blueprint("bp", __name__, url_prefix="/bp")

def api_route(rule, **options):
    def deco(f):
        app.add_url_rule("/api" + rule, f.__name__, f, **options)
        return f
    return deco

def get(path):
    return bp.get(f"/get{path}")

def wrapping(rule):
    def deco(f):
        @app.route(rule, endpoint=f.__name__)
        @functools.wraps(f)
        def wrapper(*a, **k): return f(*a, **k)
        return wrapper
    return deco

def called(path, methods=("GET",)):
    def deco(f):
        app.route(path, methods=methods)(f)
        return f
    return deco

def bare(f):
    app.add_url_rule("/" + "bare", view_func=f)
    return f

def log(f):
    @functools.wraps(f)
    def wrapper(*a, **k): return f(*a, **k)
    return wrapper

class Router:
    def __init__(self, app, prefix):
        self.app, self.prefix = app, prefix

    def route(self, rule):
        def deco(f):
            self.app.add_url_rule("/router" + rule, view_func=f)
            return f
        return deco

router = Router(app, "/r")

class App(Flask):
    def setup(self):
        self.add_url_rule("/own", view_func=self.own)
        @self.get("/nested")
        def nested(): return "x"

    def own(self): return "x"

    def api(self, rule, **options):
        return self.route("/sub" + rule, **options)

second = App(__name__)
second.setup()

@second.api("/s", methods=["PUT"])
def s(): return "x"

@second.get("/t")
@log
def t(): return "x"

@api_route("/a", methods=["POST"])
def a(): return "x"

@wrapping("/w")
def w(): return "x"

@log
@api_route("/b")
@log
def b(): return "x"

@get("/c")
def c(): return "x"

@called("/d", methods=["PUT"])
def d(): return "x"

@called("/e")
def e(): return "x"

@bare
def f(): return "x"

@router.route("/g")
def g(): return "x"

class Api(Flask):
    def route(self, rule, **options):
        return super().route("/prefixed" + rule, **options)

    def register_blueprint(self, blueprint, **options):
        super().register_blueprint(blueprint, url_prefix="/all")

third = Api(__name__)
tb = Blueprint("tb", __name__)

@third.route("/h")
def h(): return "x"

@tb.get("/i")
def i(): return "x"

third.register_blueprint(tb)
app.register_blueprint(bp)
app = app
apps = [app, second, third]
""",
    "loops": """
import functools
from flask import Flask, Blueprint
app = Flask(__name__)
a = Blueprint("a", __name__, url_prefix="/a")
b = Blueprint("b", __name__)
c = Blueprint("c", __name__)

@a.get("/x")
def ax(): return "x"
@b.get("/x")
def bx(): return "x"
@c.get("/x")
def cx(): return "x"

for bp in (a, b):
    app.register_blueprint(bp)
for prefix, bp in {"/c": c}.items():
    app.register_blueprint(bp, url_prefix=prefix)

def register_all(target, blueprints):
    for blueprint in blueprints:
        target.register_blueprint(blueprint)

d = Blueprint("d", __name__, url_prefix="/d")
@d.get("/x")
def dx(): return "x"
register_all(app, [d])

for name in ("one", "two"):
    @app.get(f"/loop/{name}", endpoint=name)
    def looped(): return "x"

for verb in ["GET", "POST"]:
    app.add_url_rule("/v", "v", dx, methods=[verb])

def handler(): return "x"
for path, methods in [("/h1", ["PUT"]), ("/h2", ["PATCH"])]:
    app.add_url_rule(path, "h" + path[1:], handler, methods=methods)
""",
    "restful": """
from flask import Flask, Blueprint
from flask_restful import Api, Resource as R
import flask_restful
from shared import Shared, api2, Base
app = Flask(__name__)
api = Api(app, prefix="/v1")
bp = Blueprint("bp", __name__, url_prefix="/bp")
bapi = Api(bp, prefix="/p")
slash = Blueprint("slash", __name__, url_prefix="/slash/")
sapi = flask_restful.Api(slash)

class Todo(R):
    method_decorators = []
    def get(self, id): return {}
    def delete(self, id): return {}
    def abort_if_missing(self): pass

class Todos(R):
    def get(self): return {}
    def post(self): return {}

@api.resource("/foo", "/bar/<int:x>", endpoint="foo")
class Foo(R):
    def get(self, x=None): return {}

class OnBlueprint(R):
    def put(self): return {}

class OnSlash(R):
    def get(self): return {}

class Sub(Base):
    def post(self): return {}

@bp.get("/plain")
def plain(): return "x"

@slash.get("/plain")
def plain2(): return "x"

api.add_resource(Todo, "/todos/<int:id>")
api.add_resource(Todos, "/todos", "/todos/")
bapi.add_resource(OnBlueprint, "/on")
sapi.add_resource(OnSlash, "/on", "/off")
api.add_resource(Sub, "/sub", methods=["POST"])
api2.init_app(app)
for resource, url in [(Shared, "/shared1")]:
    api.add_resource(resource, url, endpoint="shared1")
app.register_blueprint(bp)
app.register_blueprint(slash, url_prefix="/s/")
# file: shared.py
from flask_restful import Api, Resource

class Base(Resource):
    def get(self): return {}

class Shared(Resource):
    def get(self): return {}

api2 = Api()
api2.add_resource(Shared, "/shared")
""",
    "packages@shop:create_app()": """
# file: shop/__init__.py
from __future__ import annotations
from typing import TYPE_CHECKING
import flask
from . import api as api_package
from .api import *
from .core import Core as Base, register as attach, v1
import shop.admin.views as admin_views

try:
    from .optional import bp as optional
except ImportError:
    optional = None

if TYPE_CHECKING:
    from flask import Flask

class Shop(Base):
    extra = "/shop"

def create_app(name: str = "shop") -> Flask:
    app: flask.Flask = flask.Flask(name)
    for register in (attach,):
        register(app)
    register_views(app, view=None)
    app.register_blueprint(api_package.bp)
    app.register_blueprint(admin_views.bp, url_prefix=v1("/admin"))
    if optional:
        app.register_blueprint(optional)
    Shop(app, "/base").install()
    app.register_blueprint(Views.bp)
    decorate(app, "/decorated", "x")
    decorate(app, prefix="/decorated2", name="y")
    return app

def register_views(application, view):
    from .late import init as init_late, handlers
    init_late(application, "/late")
    init_late(application, path="/later")
    for path, handler in handlers.items():
        application.add_url_rule(path, view_func=handler)

def decorate(target, prefix, name):
    def add(view, suffix):
        target.add_url_rule(f"{prefix}/{name}{suffix}", name + suffix, view)
    def first(): return "x"
    def second(): return "x"
    add(first, "-1")
    add(second, suffix="-2")
# file: shop/core.py
from flask import Blueprint

def v1(path, version=1):
    return f"/v{version}" + path

def register(app):
    @app.get(v1("/core"))
    def core(): return "x"

    @app.get(v1("/core", 2))
    def core2(): return "x"

class Core:
    extra = ""

    def __init__(self, app, prefix):
        self._app = app
        self.prefix = prefix

    @property
    def app(self):
        return self._app

    def install(self):
        self.app.add_url_rule(self.prefix + "/installed", view_func=self.installed)
        self._app.add_url_rule(f"{self.extra}/extra", view_func=self.more)

    def installed(self): return "x"
    def more(self): return "x"
# file: shop/api/__init__.py
from flask import Blueprint
__all__ = ["Views"]
bp = root = Blueprint("api", __name__, url_prefix="/api")

class Views:
    bp = Blueprint("views", __name__, url_prefix="/views")

from . import items, views
# file: shop/api/items.py
from . import root as r
from ..core import v1 as versioned

@r.route(versioned("/items"), methods=["GET"])
async def items(): return "x"

@r.route(rule=versioned(path="/items", version=3), methods=("POST", "PUT"))
def write(): return "x"
# file: shop/api/views.py
import shop.api as package

@package.Views.bp.get("/v")
def v(): return "x"
# file: shop/admin/__init__.py
# file: shop/admin/views.py
from flask import Blueprint as B
bp = B("admin", __name__)
get = bp.get

@get("/stats")
def stats(): return "x"

def crud(name):
    def listing(): return "x"
    bp.add_url_rule(f"/{name}", f"{name}_list", listing)
    return listing

crud("a")
crud("b")
# file: shop/optional.py
from flask import Blueprint
bp = Blueprint("optional", __name__)
@bp.get("/optional")
def optional(): return "x"
# file: shop/late.py
def init(app, path):
    app.add_url_rule(path, path.strip("/"), handler)

def handler(): return "x"
def h1(): return "x"
def h2(): return "x"
handlers = {"/h1": h1, "/h2": h2}
""",
}
