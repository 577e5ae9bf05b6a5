from decimal import Decimal

import pytest

from orders import create_app
from orders.db import init_db
from orders.errors import RatesUnavailable

KEY = {"X-API-Key": "test-key"}
ADMIN = {"Authorization": "Bearer test-admin"}


class FixedRates:
    """Two currencies; every other one behaves like an outage."""

    def rate(self, base: str, quote: str) -> Decimal:
        assert base == "USD"
        try:
            return {"EUR": Decimal("0.925"), "JPY": Decimal("151.5")}[quote]
        except KeyError:
            raise RatesUnavailable(quote) from None


@pytest.fixture
def app(tmp_path):
    app = create_app(
        {
            "TESTING": True,
            "DATABASE": str(tmp_path / "orders.sqlite3"),
            "API_KEY": "test-key",
            "ADMIN_TOKEN": "test-admin",
            "PAYMENT_SECRET": "test-secret",
            "RATES": FixedRates(),
        }
    )
    with app.app_context():
        init_db()
    return app


@pytest.fixture
def client(app):
    return app.test_client()


@pytest.fixture
def shop(client):
    """A client of a shop with one customer and two products."""
    for sku, cents, stock in (("mug", 1250, 10), ("tee", 2000, 3)):
        body = {"title": sku.title(), "cents": cents, "stock": stock}
        assert client.put(f"/products/{sku}", json=body, headers=KEY).status_code == 200
    body = {"name": "Ada", "email": "ada@example.org"}
    assert client.post("/customers/", json=body, headers=KEY).status_code == 201
    return client


@pytest.fixture
def order(shop):
    """The same shop, and its first order: two mugs and a tee."""
    lines = [{"sku": "mug", "quantity": 2}, {"sku": "tee", "quantity": 1}]
    body = {"customer_id": 1, "lines": lines, "note": "gift"}
    response = shop.post("/orders", json=body, headers=KEY)
    assert response.status_code == 201
    return response.get_json()
