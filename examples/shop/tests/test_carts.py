import pytest

from .conftest import ANN


def test_contents(stocked, cart):
    assert stocked.get(cart).json() == {
        "id": 1,
        "name": "birthday",
        "items": [{"sku": "mug", "quantity": 2, "cents": 1250}],
        "cents": 2500,
    }


@pytest.mark.parametrize("path", ["/api/carts/9", "/api/carts/x"])
def test_missing(client, path):
    assert client.get(path).status_code == (422 if path.endswith("x") else 404)


@pytest.mark.parametrize("method", ["PUT", "PATCH"])
def test_rename(stocked, cart, method):
    assert stocked.request(method, cart, json={"name": "me"}).json()["name"] == "me"


def test_item_again_sets_the_quantity(stocked, cart):
    response = stocked.post(f"{cart}/items", json={"sku": "mug", "quantity": 5})
    assert response.json()["cents"] == 6250


def test_item_unknown(stocked, cart):
    assert stocked.post(f"{cart}/items", json={"sku": "hat"}).status_code == 404


def test_item_removed(stocked, cart):
    assert stocked.delete(f"{cart}/items/mug").status_code == 204
    assert stocked.get(cart).json()["items"] == []


def test_checkout(stocked, cart):
    response = stocked.post("/api/checkout/1", headers=ANN)
    assert response.status_code == 201
    assert response.json()["cents"] == 2500
    assert stocked.get(cart).json()["items"] == []


def test_checkout_writes_a_receipt(stocked, cart):
    stocked.post("/api/checkout/1", headers=ANN)
    order = stocked.get("/api/checkout/orders/1", headers=ANN).json()
    assert order["receipt"] == "ann paid 25.00"


def test_checkout_needs_a_user(stocked, cart):
    assert stocked.post("/api/checkout/1").status_code == 401
    assert stocked.get("/api/checkout/orders/1").status_code == 401


def test_checkout_empty(stocked):
    stocked.post("/api/carts", json={})
    assert stocked.post("/api/checkout/1", headers=ANN).status_code == 404


def test_checkout_is_all_or_nothing(stocked, cart):
    stocked.post(f"{cart}/items", json={"sku": "tee", "quantity": 2})
    response = stocked.post("/api/checkout/1", headers=ANN)
    assert (response.status_code, response.json()["detail"]) == (409, "1 of tee left")
    assert stocked.get(cart).json()["cents"] == 6500


def test_order_missing(stocked):
    assert stocked.get("/api/checkout/orders/5", headers=ANN).status_code == 404
