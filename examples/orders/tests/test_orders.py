import pytest

from .conftest import KEY


def test_create(shop, order):
    assert order["cents"] == 4500
    assert [line["sku"] for line in order["lines"]] == ["mug", "tee"]
    assert shop.get("/products/mug").get_json()["stock"] == 8


def test_create_says_where(shop):
    body = {"customer_id": 1, "lines": [{"sku": "mug", "quantity": 1}]}
    response = shop.post("/orders", json=body, headers=KEY)
    assert response.headers["Location"] == "/orders/1"


def test_create_needs_the_key(shop):
    assert shop.post("/orders", json={}).status_code == 401


def test_create_rejects_what_is_no_json(shop):
    headers = {**KEY, "Content-Type": "application/json"}
    response = shop.post("/orders", data="{", headers=headers)
    assert response.status_code == 400
    assert "error" in response.get_json()


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ([], "body"),
        ({"lines": [{"sku": "mug", "quantity": 1}]}, "customer_id"),
        ({"customer_id": 1, "lines": []}, "lines"),
        ({"customer_id": 1, "lines": [{"sku": "mug", "quantity": 0}]}, "lines"),
    ],
)
def test_create_rejects_nonsense(shop, body, field):
    response = shop.post("/orders", json=body, headers=KEY)
    assert response.status_code == 422
    assert field in response.get_json()["fields"]


def test_create_is_all_or_nothing(shop):
    lines = [{"sku": "mug", "quantity": 1}, {"sku": "tee", "quantity": 4}]
    body = {"customer_id": 1, "lines": lines}
    assert shop.post("/orders", json=body, headers=KEY).status_code == 409
    assert shop.get("/products/mug").get_json()["stock"] == 10
    assert shop.get("/orders").get_json() == []


def test_create_for_nobody(shop):
    body = {"customer_id": 7, "lines": [{"sku": "mug", "quantity": 1}]}
    assert shop.post("/orders", json=body, headers=KEY).status_code == 404


def test_read(shop, order):
    assert shop.get("/orders/1").get_json() == order


def test_read_missing(shop):
    response = shop.get("/orders/99")
    assert response.status_code == 404
    assert response.get_json() == {"error": "no order 99"}


def test_list_by_status(shop, order):
    assert len(shop.get("/orders?status=open").get_json()) == 1
    assert shop.get("/orders?status=paid").get_json() == []
    assert shop.get("/orders?status=lost").status_code == 422


@pytest.mark.parametrize("method", ["PATCH", "PUT"])
def test_update(shop, order, method):
    response = shop.open("/orders/1", method=method, json={"note": "hi"}, headers=KEY)
    assert response.get_json()["note"] == "hi"


def test_update_needs_a_text(shop, order):
    response = shop.patch("/orders/1", json={"note": 3}, headers=KEY)
    assert response.status_code == 422


def test_cancel_gives_stock_back(shop, order):
    response = shop.delete("/orders/1", headers=KEY)
    assert response.get_json()["status"] == "cancelled"
    assert shop.get("/products/mug").get_json()["stock"] == 10
    assert shop.delete("/orders/1", headers=KEY).status_code == 409


def test_ship_needs_payment(shop, order):
    assert shop.post("/orders/1/shipment", headers=KEY).status_code == 409


@pytest.mark.parametrize(
    ("currency", "cents"), [("USD", 4500), ("eur", 4162), ("JPY", 681750)]
)
def test_total(shop, order, currency, cents):
    response = shop.get(f"/orders/1/total?currency={currency}")
    assert response.get_json()["cents"] == cents


def test_total_without_rates(shop, order):
    assert shop.get("/orders/1/total?currency=XXX").status_code == 502


def test_search(shop, order):
    assert [found["id"] for found in shop.get("/orders/search?q=gif").get_json()] == [1]
    assert shop.get("/orders/search?q=nope").get_json() == []
    assert shop.get("/orders/search").status_code == 400


def test_export(shop, order):
    response = shop.get("/orders/export.csv")
    assert response.mimetype == "text/csv"
    header, row = response.get_data(as_text=True).splitlines()
    assert header == "id,customer_id,status,cents,created_at"
    assert row.startswith("1,1,open,4500,")


def test_export_streams(shop, order):
    response = shop.get("/orders/export.csv", buffered=False)
    assert response.is_streamed
    response.close()
