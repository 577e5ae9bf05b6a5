"""Handlers with and without observation: Flask."""

from unittest import mock

import orders.scaffold as scaffold
from flask import Blueprint, Flask
from flask.views import MethodView
from flask_restful import Resource
from orders.scaffold import guarded, observed
from orders.scaffold import observed as _observed

app = Flask(__name__)
bp = Blueprint("orders", __name__, url_prefix="/orders")
PREFIX = "/v1"


@app.route("/orders/<int:order_id>")
# ruleid: spans-handler-not-observed, metrics-handler-not-observed
def read_order(order_id):
    return {}


@bp.post("/")
@guarded("orders:write")
# ruleid: spans-handler-not-observed, metrics-handler-not-observed
async def create_order():
    return {}


@bp.route(PREFIX + "/late", methods=["GET", "POST"])
# ruleid: spans-handler-not-observed, metrics-handler-not-observed
def dynamic(
    first=1,
    second=2,
):
    return {}


@bp.get(rule="/by-keyword")
# ruleid: spans-handler-not-observed, metrics-handler-not-observed
def by_keyword():
    return {}


@app.route("/a")
@app.route("/b")
# ruleid: spans-handler-not-observed, metrics-handler-not-observed
def twice():
    return {}


class Orders(MethodView):
    # ruleid: spans-handler-not-observed, metrics-handler-not-observed
    def get(self, order_id):
        return {}

    @observed("POST /orders")
    # ok: spans-handler-not-observed, metrics-handler-not-observed
    def post(self):
        return {}

    # ok: spans-handler-not-observed, metrics-handler-not-observed
    def helper(self):
        return {}


class Items(Resource):
    # ruleid: spans-handler-not-observed, metrics-handler-not-observed
    def delete(self, item_id):
        return {}


@app.get("/fine")
@observed("GET /fine")
# ok: spans-handler-not-observed, metrics-handler-not-observed
def fine():
    return {}


@app.get("/fine/module")
@scaffold.observed("GET /fine/module")
# ok: spans-handler-not-observed, metrics-handler-not-observed
def fine_module():
    return {}


@app.get("/fine/alias")
@_observed("GET /fine/alias")
# ok: spans-handler-not-observed, metrics-handler-not-observed
def fine_alias():
    return {}


@app.post("/fine/guarded")
@observed("POST /fine/guarded")
@guarded("orders:write")
# ok: spans-handler-not-observed, metrics-handler-not-observed
async def fine_guarded(
    body: dict[str, int],
) -> dict[str, int]:
    return {}


@mock.patch("orders.clients.get")
# ok: spans-handler-not-observed, metrics-handler-not-observed
def not_a_handler(get):
    return {}


@app.errorhandler(404)
# ok: spans-handler-not-observed, metrics-handler-not-observed
def not_found(error):
    return {}, 404


# ok: spans-handler-not-observed, metrics-handler-not-observed
def plain():
    return app.get("/not/a/decorator")


class Cache:
    # ok: spans-handler-not-observed, metrics-handler-not-observed
    def get(self, key):
        return key
