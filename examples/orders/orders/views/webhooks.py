"""Calls from the outside that prove themselves with a signature, not a key."""

import hmac

from flask import Blueprint, abort, current_app, request

from .. import security, service

bp = Blueprint("webhooks", __name__, url_prefix="/webhooks")


@bp.post("/payments")
def payment():
    given = request.headers.get("X-Signature", "")
    if not hmac.compare_digest(given, security.signature(request.get_data())):
        abort(403, "bad signature")

    event = request.get_json()
    if event.get("type") != "payment.succeeded":
        return {"ignored": True}, 202  # they send us everything
    order = service.move(int(event["order_id"]), "paid", "open")
    current_app.logger.info("order %s is paid", order["id"])
    return {"status": order["status"]}
