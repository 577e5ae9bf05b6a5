import json
from decimal import Decimal

import pytest

from orders import rates
from orders.errors import RatesUnavailable
from orders.security import signature

from .conftest import ADMIN, KEY


@pytest.mark.parametrize("path", ["/healthz", "/livez"])
def test_health(client, path):
    assert client.get(path).get_json() == {"status": "ok"}


def test_ready(client):
    assert client.get("/readyz").get_json() == {"status": "ready"}


def test_unknown_page_is_json(client):
    assert "error" in client.get("/nowhere").get_json()


def test_customers(shop):
    ada = {"id": 1, "name": "Ada", "email": "ada@example.org"}
    assert shop.get("/customers/").get_json() == [ada]
    assert shop.get("/customers/1").get_json() == ada
    assert shop.get("/customers/2").status_code == 404


def test_customer_twice(shop):
    body = {"name": "Eve", "email": "ada@example.org"}
    assert shop.post("/customers/", json=body, headers=KEY).status_code == 409


@pytest.mark.parametrize("body", [{"email": "a@b"}, {"name": "A", "email": "a"}])
def test_customer_invalid(shop, body):
    assert shop.post("/customers/", json=body, headers=KEY).status_code == 422


def test_customer_delete(shop):
    assert shop.delete("/customers/1").status_code == 401
    assert shop.delete("/customers/1", headers=KEY).status_code == 204
    assert shop.get("/customers/1").status_code == 404


def test_customer_with_orders_stays(shop, order):
    assert shop.delete("/customers/1", headers=KEY).status_code == 409


def test_products(shop):
    assert [row["sku"] for row in shop.get("/products").get_json()] == ["mug", "tee"]
    mug = shop.get("/products/mug").get_json()
    assert shop.get("/products/by-sku/mug").get_json() == mug
    assert shop.get("/products/hat").status_code == 404


def test_product_invalid(shop):
    body = {"title": "Mug", "cents": -1, "stock": 1}
    response = shop.put("/products/mug", json=body, headers=KEY)
    assert response.status_code == 422
    assert list(response.get_json()["fields"]) == ["cents"]


def pay(app, client, event):
    body = json.dumps(event).encode()
    with app.app_context():
        headers = {"X-Signature": signature(body), "Content-Type": "application/json"}
    return client.post("/webhooks/payments", data=body, headers=headers)


def test_payment_then_shipment(app, shop, order):
    event = {"type": "payment.succeeded", "order_id": 1}
    assert pay(app, shop, event).get_json() == {"status": "paid"}
    response = shop.post("/orders/1/shipment", headers=KEY)
    assert (response.status_code, response.get_json()["status"]) == (202, "shipped")


def test_payment_other_event(app, shop):
    assert pay(app, shop, {"type": "payment.failed"}).status_code == 202


def test_payment_forged(shop):
    headers = {"X-Signature": "0" * 64}
    assert shop.post("/webhooks/payments", json={}, headers=headers).status_code == 403


@pytest.mark.parametrize("page", ["stats", "reports/revenue", "reports/top/3"])
def test_admin_is_closed(shop, page):
    assert shop.get(f"/admin/{page}").status_code == 401


def test_admin_stats(shop, order):
    assert shop.get("/admin/stats", headers=ADMIN).get_json() == {"open": 1}


def test_admin_revenue(app, shop, order):
    url = "/admin/reports/revenue"
    assert shop.get(url, headers=ADMIN).get_json() == {"cents": 0}
    pay(app, shop, {"type": "payment.succeeded", "order_id": 1})
    assert shop.get(url, headers=ADMIN).get_json() == {"cents": 4500}


def test_admin_top(shop, order):
    response = shop.get("/admin/reports/top/1", headers=ADMIN)
    assert response.get_json() == [{"sku": "mug", "sold": 2}]


def test_init_db_command(app):
    result = app.test_cli_runner().invoke(args=["init-db"])
    assert "Initialised" in result.output


@pytest.mark.parametrize("answer", [b'{"rates": {}}', b"<html>"])
def test_rates_that_make_no_sense(monkeypatch, answer):
    monkeypatch.setattr(rates, "urlopen", lambda url, timeout: FakeAnswer(answer))
    with pytest.raises(RatesUnavailable):
        rates.HttpRates("http://rates.invalid").rate("USD", "EUR")


def test_rates_are_exact(monkeypatch):
    answer = FakeAnswer(b'{"rates": {"EUR": 0.925}}')
    monkeypatch.setattr(rates, "urlopen", lambda url, timeout: answer)
    assert rates.HttpRates("http://rates.invalid").rate("USD", "EUR") == Decimal(
        "0.925"
    )


class FakeAnswer:
    def __init__(self, body: bytes) -> None:
        self.body = body

    def read(self) -> bytes:
        return self.body

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        return None
