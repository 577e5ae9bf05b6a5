"""SQLite, one connection per request."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

from fastapi import Depends

from shop.settings import settings

SCHEMA = """
CREATE TABLE IF NOT EXISTS products (
    sku TEXT PRIMARY KEY,
    title TEXT NOT NULL,
    cents INTEGER NOT NULL,
    stock INTEGER NOT NULL DEFAULT 0,
    image BLOB
);
CREATE TABLE IF NOT EXISTS carts (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL DEFAULT ''
);
CREATE TABLE IF NOT EXISTS cart_items (
    cart_id INTEGER NOT NULL REFERENCES carts (id) ON DELETE CASCADE,
    sku TEXT NOT NULL REFERENCES products (sku),
    quantity INTEGER NOT NULL,
    PRIMARY KEY (cart_id, sku)
);
CREATE TABLE IF NOT EXISTS orders (
    id INTEGER PRIMARY KEY,
    buyer TEXT NOT NULL,
    cents INTEGER NOT NULL,
    receipt TEXT
);
"""


@contextmanager
def connect() -> Iterator[sqlite3.Connection]:
    # FastAPI may open the dependency in one worker thread and use it in another.
    connection = sqlite3.connect(settings.database, check_same_thread=False)
    connection.row_factory = sqlite3.Row
    connection.execute("PRAGMA foreign_keys = ON")
    try:
        yield connection
    finally:
        connection.close()


def get_db() -> Iterator[sqlite3.Connection]:
    with connect() as connection:
        yield connection


def create_tables() -> None:
    with connect() as connection:
        connection.executescript(SCHEMA)


Db = Annotated[sqlite3.Connection, Depends(get_db)]
