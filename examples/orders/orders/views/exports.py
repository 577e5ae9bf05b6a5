"""Exports for finance; they pull these into a spreadsheet every Monday."""

import csv
import io

from flask import Blueprint, Response, stream_with_context

from .. import service

bp = Blueprint("exports", __name__)

COLUMNS = ["id", "customer_id", "status", "cents", "created_at"]


@bp.route("/orders/export.csv")
def export_orders():
    def rows():
        buffer = io.StringIO()
        writer = csv.writer(buffer)
        writer.writerow(COLUMNS)
        for order in service.each_order():
            writer.writerow([order[column] for column in COLUMNS])
            yield buffer.getvalue()
            buffer.seek(0)
            buffer.truncate()
        yield buffer.getvalue()

    headers = {"Content-Disposition": "attachment; filename=orders.csv"}
    return Response(stream_with_context(rows()), mimetype="text/csv", headers=headers)
