"""The rules of the business. Knows SQL, does not know HTTP."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any

from .db import get_db
from .errors import Conflict, NotFound
from .rates import Rates

_ORDER = """
    SELECT o.id, o.customer_id, o.status, o.note, o.created_at,
           COALESCE(SUM(l.quantity * l.cents), 0) AS cents
      FROM orders o LEFT JOIN lines l ON l.order_id = o.id
"""


def find_orders(status: str | None = None, text: str = "", limit: int = 50) -> list:
    rows = get_db().execute(
        _ORDER + " WHERE (? IS NULL OR o.status = ?) AND o.note LIKE ?"
        " GROUP BY o.id ORDER BY o.id DESC LIMIT ?",
        (status, status, f"%{text}%", limit),
    )
    return [dict(row) for row in rows]


def get_order(order_id: int) -> dict[str, Any]:
    row = (
        get_db()
        .execute(_ORDER + " WHERE o.id = ? GROUP BY o.id", (order_id,))
        .fetchone()
    )
    if row is None:
        raise NotFound("order", order_id)
    lines = get_db().execute(
        "SELECT sku, quantity, cents FROM lines WHERE order_id = ? ORDER BY sku",
        (order_id,),
    )
    return {**dict(row), "lines": [dict(line) for line in lines]}


def create_order(
    customer_id: int, lines: Sequence[Mapping[str, Any]], note: str = ""
) -> dict[str, Any]:
    """Take stock and write the order, or neither."""
    get_customer(customer_id)
    db = get_db()
    with db:
        order_id = db.execute(
            "INSERT INTO orders (customer_id, note) VALUES (?, ?)", (customer_id, note)
        ).lastrowid
        for line in lines:
            product = get_product(line["sku"])
            if product["stock"] < line["quantity"]:
                raise Conflict(f"only {product['stock']} of {line['sku']} left")
            db.execute(
                "UPDATE products SET stock = stock - ? WHERE sku = ?",
                (line["quantity"], line["sku"]),
            )
            db.execute(
                "INSERT INTO lines (order_id, sku, quantity, cents) VALUES (?,?,?,?)",
                (order_id, line["sku"], line["quantity"], product["cents"]),
            )
    assert order_id is not None
    return get_order(order_id)


def update_note(order_id: int, note: str) -> dict[str, Any]:
    get_order(order_id)
    with get_db() as db:
        db.execute("UPDATE orders SET note = ? WHERE id = ?", (note, order_id))
    return get_order(order_id)


def move(order_id: int, target: str, *allowed: str) -> dict[str, Any]:
    """Bring an order from one of the ``allowed`` states to ``target``."""
    order = get_order(order_id)
    if order["status"] not in allowed:
        raise Conflict(f"order {order_id} is {order['status']}")
    with get_db() as db:
        db.execute("UPDATE orders SET status = ? WHERE id = ?", (target, order_id))
        if target == "cancelled":
            for line in order["lines"]:
                db.execute(
                    "UPDATE products SET stock = stock + ? WHERE sku = ?",
                    (line["quantity"], line["sku"]),
                )
    return get_order(order_id)


def total_in(order_id: int, currency: str, rates: Rates) -> int:
    """An order's total in cents of another currency, rounded half to even."""
    cents = get_order(order_id)["cents"]
    if currency == "USD":
        return cents
    exact = Decimal(cents) * rates.rate("USD", currency)
    return int(exact.quantize(Decimal(1), rounding=ROUND_HALF_EVEN))


def each_order() -> Iterator[sqlite3.Row]:
    """All orders, oldest first, without holding them in memory."""
    yield from get_db().execute(_ORDER + " GROUP BY o.id ORDER BY o.id")


def get_customer(customer_id: int) -> dict[str, Any]:
    query = "SELECT id, name, email FROM customers WHERE id = ?"
    row = get_db().execute(query, (customer_id,)).fetchone()
    if row is None:
        raise NotFound("customer", customer_id)
    return dict(row)


def list_customers() -> list[dict[str, Any]]:
    rows = get_db().execute("SELECT id, name, email FROM customers ORDER BY id")
    return [dict(row) for row in rows]


def create_customer(name: str, email: str) -> dict[str, Any]:
    try:
        with get_db() as db:
            customer_id = db.execute(
                "INSERT INTO customers (name, email) VALUES (?, ?)", (name, email)
            ).lastrowid
    except sqlite3.IntegrityError:
        raise Conflict(f"{email} is taken") from None
    assert customer_id is not None
    return get_customer(customer_id)


def delete_customer(customer_id: int) -> None:
    get_customer(customer_id)
    try:
        with get_db() as db:
            db.execute("DELETE FROM customers WHERE id = ?", (customer_id,))
    except sqlite3.IntegrityError:
        raise Conflict(f"customer {customer_id} has orders") from None


def list_products() -> list[dict[str, Any]]:
    return [
        dict(row) for row in get_db().execute("SELECT * FROM products ORDER BY sku")
    ]


def get_product(sku: str) -> dict[str, Any]:
    query = "SELECT sku, title, cents, stock FROM products WHERE sku = ?"
    row = get_db().execute(query, (sku,)).fetchone()
    if row is None:
        raise NotFound("product", sku)
    return dict(row)


def put_product(sku: str, title: str, cents: int, stock: int) -> dict[str, Any]:
    with get_db() as db:
        db.execute(
            "INSERT INTO products (sku, title, cents, stock) VALUES (?, ?, ?, ?)"
            " ON CONFLICT (sku) DO UPDATE SET title = excluded.title,"
            " cents = excluded.cents, stock = excluded.stock",
            (sku, title, cents, stock),
        )
    return get_product(sku)
