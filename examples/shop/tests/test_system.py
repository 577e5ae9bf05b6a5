import pytest

from shop import __version__

from .conftest import ANN, STAFF


def test_health(client):
    assert client.get("/healthz").json() == {"status": "ok"}


def test_version(client):
    assert client.get("/version").json() == {"version": __version__}


def test_ping(client):
    assert client.get("/ping").text == "pong"
    assert client.post("/ping", content=b"echo").content == b"echo"
    assert client.put("/ping").status_code == 405


@pytest.mark.parametrize(("headers", "status"), [({}, 401), (ANN, 403), (STAFF, 200)])
def test_admin_is_for_staff(client, headers, status):
    assert client.get("/admin/stats", headers=headers).status_code == status


def test_admin_stats(stocked, cart):
    stocked.post("/api/checkout/1", headers=ANN)
    stats = stocked.get("/admin/stats", headers=STAFF).json()
    assert stats == {"orders": 1, "cents": 2500}


def test_admin_stock(stocked):
    path = "/admin/products/{}/stock"
    response = stocked.put(path.format("mug"), json={"stock": 0}, headers=STAFF)
    assert response.json()["available"] is False
    response = stocked.put(path.format("hat"), json={"stock": 0}, headers=STAFF)
    assert response.status_code == 404


def test_schema_lists_what_is_public(client):
    paths = client.get("/openapi.json").json()["paths"]
    assert set(paths["/api/carts/{cart_id}"]) == {"get", "put", "patch"}
    assert "/api/carts/{cart_id}/items/{sku}" in paths
    assert "/healthz" not in paths
