import pytest
from fastapi.testclient import TestClient

from shop.main import app
from shop.settings import settings

ANN = {"Authorization": "Bearer t-ann"}
STAFF = {"Authorization": "Bearer t-staff"}


@pytest.fixture
def client(tmp_path, monkeypatch):
    monkeypatch.setattr(settings, "database", str(tmp_path / "shop.sqlite3"))
    monkeypatch.setattr(settings, "tokens", {"t-ann": "ann", "t-staff": "staff"})
    with TestClient(app) as client:
        yield client


@pytest.fixture
def stocked(client):
    for sku, cents, stock in (("mug", 1250, 10), ("tee", 2000, 1)):
        body = {"sku": sku, "title": sku.title(), "cents": cents, "stock": stock}
        response = client.post("/api/products", json=body, headers=ANN)
        assert response.status_code == 201
    return client


@pytest.fixture
def cart(stocked):
    """The path of a cart with two mugs in it."""
    key = stocked.post("/api/carts", json={"name": "birthday"}).json()["id"]
    path = f"/api/carts/{key}"
    response = stocked.post(f"{path}/items", json={"sku": "mug", "quantity": 2})
    assert response.status_code == 201
    return path
