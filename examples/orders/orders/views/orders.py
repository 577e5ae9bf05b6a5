"""Orders: the reason this service exists."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, current_app, jsonify, request, url_for

from .. import service
from ..errors import Invalid
from ..security import require_api_key

bp = Blueprint("orders", __name__, url_prefix="/orders")

STATES = {"open", "paid", "shipped", "cancelled"}


@bp.get("")
def list_orders():
    status = request.args.get("status")
    if status is not None and status not in STATES:
        raise Invalid(status=f"one of {', '.join(sorted(STATES))}")
    return jsonify(service.find_orders(status))


@bp.post("")
@require_api_key
def create_order():
    """400 for a body that is no JSON (Flask's doing), 422 for nonsense."""
    body = request.get_json()
    lines = _lines(body)
    order = service.create_order(body["customer_id"], lines, body.get("note", ""))
    location = url_for(".read_order", order_id=order["id"])
    return order, 201, {"Location": location}


@bp.get("/<int:order_id>")
def read_order(order_id: int):
    return service.get_order(order_id)


@bp.route("/<int:order_id>", methods=["PATCH", "PUT"])
@require_api_key
def update_order(order_id: int):
    note = request.get_json().get("note")
    if not isinstance(note, str):
        raise Invalid(note="a text")
    return service.update_note(order_id, note)


@bp.delete("/<int:order_id>")
@require_api_key
def cancel_order(order_id: int):
    return service.move(order_id, "cancelled", "open", "paid")


@bp.post("/<int:order_id>/shipment")
@require_api_key
def ship_order(order_id: int):
    return service.move(order_id, "shipped", "paid"), 202


@bp.route(
    "/<int:order_id>/total",
    methods=["GET"],
)
def read_total(order_id):
    # The rates client hangs on the app so that tests bring theirs.
    currency = request.args.get("currency", "USD").upper()
    cents = service.total_in(order_id, currency, current_app.config["RATES"])
    return {"order_id": order_id, "currency": currency, "cents": cents}


def search_orders():
    text = request.args.get("q", "").strip()
    if not text:
        return {"error": "q is missing"}, 400
    return jsonify(service.find_orders(text=text, limit=20))


bp.add_url_rule("/search", view_func=search_orders)


def _lines(body: Any) -> list[dict[str, Any]]:
    problems = {}
    if not isinstance(body, dict):
        raise Invalid(body="an object")
    if not isinstance(body.get("customer_id"), int):
        problems["customer_id"] = "an integer"
    lines: Any = body.get("lines")
    if not isinstance(lines, list) or not lines:
        problems["lines"] = "at least one"
    elif not all(
        isinstance(line, dict)
        and isinstance(line.get("sku"), str)
        and isinstance(line.get("quantity"), int)
        and line["quantity"] > 0
        for line in lines
    ):
        problems["lines"] = "each with a sku and a quantity above zero"
    if problems:
        raise Invalid(**problems)
    return lines
