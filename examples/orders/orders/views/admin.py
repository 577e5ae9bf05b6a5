"""The back office: one guard for the whole blueprint, reports nested inside."""

from flask import Blueprint, jsonify

from ..db import get_db
from ..security import require_admin

bp = Blueprint("admin", __name__, url_prefix="/admin")
bp.before_request(require_admin)

reports = Blueprint("reports", __name__, url_prefix="/reports")


@bp.get("/stats")
def stats():
    counts = get_db().execute(
        "SELECT status, COUNT(*) FROM orders GROUP BY status ORDER BY status"
    )
    return jsonify({status: count for status, count in counts})


@reports.get("/revenue")
def revenue():
    (cents,) = (
        get_db()
        .execute(
            "SELECT COALESCE(SUM(l.quantity * l.cents), 0) FROM lines l"
            " JOIN orders o ON o.id = l.order_id WHERE o.status IN ('paid', 'shipped')"
        )
        .fetchone()
    )
    return {"cents": cents}


@reports.get("/top/<int:count>")
def top_products(count: int):
    rows = get_db().execute(
        "SELECT sku, SUM(quantity) AS sold FROM lines"
        " GROUP BY sku ORDER BY sold DESC, sku LIMIT ?",
        (count,),
    )
    return jsonify([dict(row) for row in rows])


bp.register_blueprint(reports)
