"""What can go wrong, and what a client sees of it."""

from __future__ import annotations

from flask import Flask, jsonify
from werkzeug.exceptions import HTTPException


class OrdersError(Exception):
    """Base of everything that this service raises on purpose."""


class NotFound(OrdersError):
    def __init__(self, what: str, key: object) -> None:
        super().__init__(f"no {what} {key}")


class Conflict(OrdersError):
    """The request is fine, the state of the world is not."""


class Invalid(OrdersError):
    """A body that parses but makes no sense; ``fields`` says where."""

    def __init__(self, **fields: str) -> None:
        super().__init__("invalid: " + ", ".join(sorted(fields)))
        self.fields = fields


class RatesUnavailable(OrdersError):
    """The rates service did not give a usable answer."""


def register(app: Flask) -> None:
    @app.errorhandler(NotFound)
    def not_found(error: NotFound):
        return jsonify(error=str(error)), 404

    @app.errorhandler(Conflict)
    def conflict(error: Conflict):
        return jsonify(error=str(error)), 409

    @app.errorhandler(Invalid)
    def invalid(error: Invalid):
        return jsonify(error=str(error), fields=error.fields), 422

    @app.errorhandler(RatesUnavailable)
    def rates_unavailable(error: RatesUnavailable):
        app.logger.warning("rates: %s", error)
        return jsonify(error="exchange rates are not available"), 502

    @app.errorhandler(HTTPException)
    def http_error(error: HTTPException):
        # Flask's own pages are HTML; our clients parse JSON
        return jsonify(error=error.description), error.code
