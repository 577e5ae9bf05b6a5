"""What the shop does, without HTTP."""

import sqlite3
from collections.abc import Iterator

from shop.errors import NotFound, OutOfStock
from shop.models import Cart, Item, Order, Product, ProductIn

_PRODUCT = "SELECT sku, title, cents, stock > 0 AS available FROM products"


def all_products(db: sqlite3.Connection, limit: int = -1) -> Iterator[Product]:
    for row in db.execute(_PRODUCT + " ORDER BY sku LIMIT ?", (limit,)):
        yield Product(**row)


def get_product(db: sqlite3.Connection, sku: str) -> Product:
    row = db.execute(_PRODUCT + " WHERE sku = ?", (sku,)).fetchone()
    if row is None:
        raise NotFound(f"no product {sku}")
    return Product(**row)


def put_product(db: sqlite3.Connection, product: ProductIn) -> Product:
    with db:
        db.execute(
            "INSERT INTO products (sku, title, cents, stock)"
            " VALUES (:sku, :title, :cents, :stock) ON CONFLICT (sku) DO UPDATE"
            " SET title = :title, cents = :cents, stock = :stock",
            product.model_dump(),
        )
    return get_product(db, product.sku)


def remove_product(db: sqlite3.Connection, sku: str) -> None:
    get_product(db, sku)
    with db:
        db.execute("DELETE FROM products WHERE sku = ?", (sku,))


def set_image(db: sqlite3.Connection, sku: str, image: bytes) -> None:
    get_product(db, sku)
    with db:
        db.execute("UPDATE products SET image = ? WHERE sku = ?", (image, sku))


def create_cart(db: sqlite3.Connection, name: str) -> Cart:
    with db:
        key = db.execute("INSERT INTO carts (name) VALUES (?)", (name,)).lastrowid
    assert key is not None
    return get_cart(db, key)


def rename_cart(db: sqlite3.Connection, cart_id: int, name: str) -> Cart:
    with db:
        db.execute("UPDATE carts SET name = ? WHERE id = ?", (name, cart_id))
    return get_cart(db, cart_id)


def get_cart(db: sqlite3.Connection, cart_id: int) -> Cart:
    row = db.execute("SELECT id, name FROM carts WHERE id = ?", (cart_id,)).fetchone()
    if row is None:
        raise NotFound(f"no cart {cart_id}")
    items = [
        Item(**item)
        for item in db.execute(
            "SELECT i.sku, i.quantity, p.cents FROM cart_items i"
            " JOIN products p USING (sku) WHERE i.cart_id = ? ORDER BY i.sku",
            (cart_id,),
        )
    ]
    return Cart(
        **row, items=items, cents=sum(item.quantity * item.cents for item in items)
    )


def put_item(db: sqlite3.Connection, cart_id: int, sku: str, quantity: int) -> Cart:
    get_cart(db, cart_id)
    get_product(db, sku)
    with db:
        db.execute(
            "INSERT INTO cart_items VALUES (?, ?, ?)"
            " ON CONFLICT DO UPDATE SET quantity = excluded.quantity",
            (cart_id, sku, quantity),
        )
    return get_cart(db, cart_id)


def remove_item(db: sqlite3.Connection, cart_id: int, sku: str) -> None:
    with db:
        db.execute(
            "DELETE FROM cart_items WHERE cart_id = ? AND sku = ?", (cart_id, sku)
        )


def checkout(db: sqlite3.Connection, cart_id: int, buyer: str) -> Order:
    """Turn a cart into an order: all of it or none."""
    cart = get_cart(db, cart_id)
    if not cart.items:
        raise NotFound(f"cart {cart_id} is empty")
    with db:
        for item in cart.items:
            (left,) = db.execute(
                "SELECT stock FROM products WHERE sku = ?", (item.sku,)
            ).fetchone()
            if left < item.quantity:
                raise OutOfStock(item.sku, left)
            db.execute(
                "UPDATE products SET stock = stock - ? WHERE sku = ?",
                (item.quantity, item.sku),
            )
        key = db.execute(
            "INSERT INTO orders (buyer, cents) VALUES (?, ?)", (buyer, cart.cents)
        ).lastrowid
        db.execute("DELETE FROM cart_items WHERE cart_id = ?", (cart_id,))
    assert key is not None
    return get_order(db, key)


def get_order(db: sqlite3.Connection, order_id: int) -> Order:
    row = db.execute("SELECT * FROM orders WHERE id = ?", (order_id,)).fetchone()
    if row is None:
        raise NotFound(f"no order {order_id}")
    return Order(**row)


def set_receipt(db: sqlite3.Connection, order_id: int, receipt: str) -> None:
    with db:
        db.execute("UPDATE orders SET receipt = ? WHERE id = ?", (receipt, order_id))
