"""The catalogue. Its prefix is given where it is registered."""

from flask import Blueprint, jsonify, request

from .. import service
from ..errors import Invalid
from ..security import require_api_key

bp = Blueprint("catalogue", __name__)


@bp.get("")
def list_products():
    return jsonify(service.list_products())


@bp.get("/<sku>")
@bp.get("/by-sku/<sku>")  # printed on the labels, cannot go
def read_product(sku):
    return service.get_product(sku)


@bp.put("/<sku>")
@require_api_key
def put_product(sku):
    body = request.get_json()
    problems = {
        key: "a whole number, zero or more"
        for key in ("cents", "stock")
        if not isinstance(body.get(key), int) or body[key] < 0
    }
    if problems:
        raise Invalid(**problems)
    return service.put_product(
        sku, body.get("title") or sku, body["cents"], body["stock"]
    )
