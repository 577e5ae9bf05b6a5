import pytest

from .conftest import ANN

MUG = {"sku": "mug", "title": "Mug", "cents": 1250, "available": True}


def test_list(stocked):
    assert [row["sku"] for row in stocked.get("/api/products").json()] == ["mug", "tee"]
    assert len(stocked.get("/api/products?limit=1").json()) == 1


def test_list_limit(client):
    assert client.get("/api/products?limit=0").status_code == 422


def test_read_hides_the_stock(stocked):
    assert stocked.get("/api/products/mug").json() == MUG


def test_read_missing(client):
    response = client.get("/api/products/hat")
    assert response.status_code == 404
    assert response.json() == {"detail": "no product hat"}


@pytest.mark.parametrize("headers", [{}, {"Authorization": "Bearer nobody"}])
def test_create_needs_a_user(client, headers):
    response = client.post("/api/products", json=MUG, headers=headers)
    assert response.status_code == 401
    assert response.headers["WWW-Authenticate"] == "Bearer"


@pytest.mark.parametrize("field", [{"sku": "M"}, {"cents": -1}, {"title": ""}])
def test_create_invalid(client, field):
    response = client.post("/api/products", json={**MUG, **field}, headers=ANN)
    assert response.status_code == 422


def test_delete(stocked):
    assert stocked.delete("/api/products/tee", headers=ANN).status_code == 204
    assert stocked.get("/api/products/tee").status_code == 404
    assert stocked.delete("/api/products/tee", headers=ANN).status_code == 404


def test_image(stocked):
    path = "/api/products/mug/image"
    assert stocked.get(path).status_code == 404
    files = {"image": ("mug.png", b"\x89PNG", "image/png")}
    assert stocked.post(path, files=files, headers=ANN).json() == {"bytes": 4}
    response = stocked.get(path)
    assert (response.content, response.headers["Content-Type"]) == (
        b"\x89PNG",
        "image/png",
    )


def test_csv_feed(stocked):
    response = stocked.get("/feeds/products.csv")
    assert response.text == "sku,title,cents\nmug,Mug,1250\ntee,Tee,2000\n"
    assert response.headers["Content-Type"].startswith("text/csv")


def test_json_feed(stocked):
    with stocked.stream("GET", "/feeds/products.ndjson") as response:
        assert len(list(response.iter_lines())) == 2


def test_live_prices(stocked):
    with stocked.websocket_connect("/live/prices") as socket:
        socket.send_text("mug")
        assert socket.receive_json() == {"sku": "mug", "cents": 1250}
        socket.send_text("hat")
        assert socket.receive_json() == {"error": "no product hat"}
