"""Requests that reach every operation of the example services, and what each must leave behind."""

from __future__ import annotations

from e2e.kit import Ask

KEY = {"X-API-Key": "dev"}
ADMIN = {"Authorization": "Bearer dev"}
ANN = {"Authorization": "Bearer t-ann"}
STAFF = {"Authorization": "Bearer t-staff"}
LINES = {"customer_id": 1, "lines": [{"sku": "mug", "quantity": 1}]}
CUSTOMER = {"name": "Ada", "email": "ada@example.org"}
PRODUCT = {"sku": "mug", "title": "Mug", "cents": 1250, "stock": 9}

ORDERS = (
    Ask("PUT", "/products/mug", 200, "PUT /products/{sku}", body={"cents": 1250, "stock": 9}, headers=KEY),
    Ask("PUT", "/products/mug", 401, "PUT /products/{sku}", body={}),
    Ask("GET", "/products", 200, "GET /products"),
    Ask("GET", "/products/mug", 200, "orders.views.catalogue.read_product"),
    Ask("GET", "/products/by-sku/mug", 200, "orders.views.catalogue.read_product"),
    Ask("POST", "/customers/", 201, "POST /customers/", body=CUSTOMER, headers=KEY),
    Ask("POST", "/customers/", 409, "POST /customers/", body=CUSTOMER, headers=KEY),
    Ask("GET", "/customers/", 200, "GET /customers/"),
    Ask("GET", "/customers/1", 200, "GET /customers/{customer_id}"),
    Ask("DELETE", "/customers/77", 404, "DELETE /customers/{customer_id}", headers=KEY),
    Ask("POST", "/orders", 201, "POST /orders", body=LINES, headers=KEY),
    Ask("POST", "/orders", 422, "POST /orders", body={}, headers=KEY),
    Ask("GET", "/orders", 200, "GET /orders"),
    Ask("GET", "/orders/1", 200, "GET /orders/{order_id}"),
    Ask("HEAD", "/orders/1", 200, "GET /orders/{order_id}"),
    Ask("OPTIONS", "/orders/1", 200),
    Ask("GET", "/orders/77", 404, "GET /orders/{order_id}"),
    Ask("GET", "/orders/abc", 404),
    Ask("PATCH", "/orders/1", 200, "PATCH|PUT /orders/{order_id}", body={"note": "a gift"}, headers=KEY),
    Ask("GET", "/orders/1/total", 200, "GET /orders/{order_id}/total"),
    Ask(
        "GET",
        "/orders/1/total?currency=EUR",
        502,
        "GET /orders/{order_id}/total",
        error="orders.errors.RatesUnavailable",
    ),
    Ask("GET", "/orders/search?q=gift", 200, "GET /orders/search"),
    Ask("GET", "/orders/search", 400, "GET /orders/search"),
    Ask("GET", "/orders/export.csv", 200, "GET /orders/export.csv"),
    Ask("POST", "/orders/1/shipment", 409, "POST /orders/{order_id}/shipment", headers=KEY),
    Ask("DELETE", "/orders/1", 200, "DELETE /orders/{order_id}", headers=KEY),
    Ask("POST", "/webhooks/payments", 403, "POST /webhooks/payments", body={}),
    Ask("GET", "/admin/stats", 401),
    Ask("GET", "/admin/stats", 200, "GET /admin/stats", headers=ADMIN),
    Ask("GET", "/admin/reports/revenue", 200, "GET /admin/reports/revenue", headers=ADMIN),
    Ask("GET", "/admin/reports/top/3", 200, "GET /admin/reports/top/{count}", headers=ADMIN),
    Ask("GET", "/healthz", 200, "orders.app.create_app.health"),
    Ask("GET", "/livez", 200, "orders.app.create_app.health"),
    Ask("GET", "/readyz", 200, "GET /readyz"),
)

SHOP = (
    Ask("POST", "/api/products", 201, "POST /api/products", body=PRODUCT, headers=ANN),
    Ask("POST", "/api/products", 401, body=PRODUCT),
    Ask("POST", "/api/products", 422, body={}, headers=ANN),
    Ask("GET", "/api/products", 200, "GET /api/products"),
    Ask("GET", "/api/products/mug", 200, "GET /api/products/{sku}"),
    Ask("GET", "/api/products/hat", 404, "GET /api/products/{sku}"),
    Ask(
        "POST",
        "/api/products/mug/image",
        200,
        "POST /api/products/{sku}/image",
        headers=ANN,
        files={"image": "\x89PNG"},
    ),
    Ask("GET", "/api/products/mug/image", 200, "GET /api/products/{sku}/image"),
    Ask("POST", "/api/carts", 201, "POST /api/carts", body={"name": "birthday"}),
    Ask("GET", "/api/carts/1", 200, "GET /api/carts/{cart_id}"),
    Ask("PATCH", "/api/carts/1", 200, "PATCH|PUT /api/carts/{cart_id}", body={"name": "me"}),
    Ask("PUT", "/api/carts/1", 200, "PATCH|PUT /api/carts/{cart_id}", body={"name": "me"}),
    Ask("POST", "/api/carts/1/items", 201, "POST /api/carts/{cart_id}/items", body={"sku": "mug"}),
    Ask("POST", "/api/checkout/1", 201, "POST /api/checkout/{cart_id}", headers=ANN),
    Ask("GET", "/api/checkout/orders/1", 200, "GET /api/checkout/orders/{order_id}", headers=ANN),
    Ask("DELETE", "/api/carts/1/items/mug", 204, "DELETE /api/carts/{cart_id}/items/{sku}"),
    Ask("GET", "/feeds/products.csv", 200, "GET /feeds/products.csv"),
    Ask("GET", "/feeds/products.ndjson", 200, "GET /feeds/products.ndjson"),
    Ask("WEBSOCKET", "/live/prices", 101, "WEBSOCKET /live/prices", body=["mug", "hat"]),
    Ask("GET", "/version", 200, "GET /version"),
    Ask("GET", "/ping", 200, "GET /ping"),
    Ask("POST", "/ping", 200, "POST /ping", body="echo"),
    Ask("GET", "/admin/stats", 403, headers=ANN),
    Ask("GET", "/admin/stats", 200, "GET /admin/stats", headers=STAFF),
    Ask(
        "PUT",
        "/admin/products/mug/stock",
        200,
        "PUT /admin/products/{sku}/stock",
        body={"stock": 3},
        headers=STAFF,
    ),
    Ask("DELETE", "/api/products/hat", 404, "DELETE /api/products/{sku}", headers=ANN),
    Ask("GET", "/healthz", 200, "GET /healthz"),
)
