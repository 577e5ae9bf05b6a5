"""Customers, as class-based views."""

from flask import Blueprint, jsonify, request
from flask.views import MethodView

from ..errors import Invalid
from ..security import require_api_key
from ..service import create_customer, delete_customer, get_customer, list_customers

bp = Blueprint("customers", __name__, url_prefix="/customers")


class Customers(MethodView):
    init_every_request = False

    def get(self):
        return jsonify(list_customers())

    @require_api_key
    def post(self):
        body = request.get_json()
        name, email = body.get("name"), body.get("email", "")
        if not name:
            raise Invalid(name="is missing")
        if "@" not in email:
            raise Invalid(email="has no @")
        return create_customer(name, email), 201


class Customer(MethodView):
    def get(self, customer_id):
        return get_customer(customer_id)

    @require_api_key
    def delete(self, customer_id):
        delete_customer(customer_id)
        return "", 204


bp.add_url_rule("/", view_func=Customers.as_view("list"))
bp.add_url_rule("/<int:customer_id>", view_func=Customer.as_view("detail"))
