"""The application factory."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

from flask import Flask, jsonify

from . import db, errors
from .rates import HttpRates
from .views import admin, catalogue, customers, exports, orders, webhooks


def create_app(config: Mapping[str, Any] | None = None) -> Flask:
    """Build the app. ``config`` wins over the environment; tests pass theirs here."""
    app = Flask(__name__)
    app.config.from_mapping(
        DATABASE=os.path.join(app.instance_path, "orders.sqlite3"),
        API_KEY="dev",
        ADMIN_TOKEN="dev",
        PAYMENT_SECRET="dev",
        TOKENS={"dev": "orders:read orders:write", "dev-guest": ""},
        RATES_URL="http://rates.internal/v1/latest",
        RATES=None,  # anything with a `rate(base, quote)` method
    )
    app.config.from_prefixed_env("ORDERS")
    if config is not None:
        app.config.from_mapping(config)
    if app.config["RATES"] is None:
        app.config["RATES"] = HttpRates(app.config["RATES_URL"])

    db.init_app(app)
    errors.register(app)

    # exports first: its /orders/export.csv must not read as an order id, should
    # somebody ever drop the int converter
    app.register_blueprint(exports.bp)
    app.register_blueprint(orders.bp)
    app.register_blueprint(customers.bp)
    app.register_blueprint(catalogue.bp, url_prefix="/products")
    app.register_blueprint(webhooks.bp)
    app.register_blueprint(admin.bp)

    @app.get("/healthz")
    @app.get("/livez")  # what the old load balancer asks for
    def health():
        return {"status": "ok"}

    @app.route("/readyz")
    def ready():
        db.get_db().execute("SELECT 1 FROM products LIMIT 1")
        return jsonify(status="ready")

    return app
