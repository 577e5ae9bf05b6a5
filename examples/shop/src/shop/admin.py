"""The back office: an application of its own, mounted under /admin."""

from typing import Annotated

from fastapi import Body, Depends, FastAPI

from shop import errors, service
from shop.auth import require_staff
from shop.db import Db
from shop.models import Product, ProductIn

admin_app = FastAPI(title="Shop back office", dependencies=[Depends(require_staff)])
errors.register(admin_app)  # handlers of the outer application do not reach in here


@admin_app.get("/stats")
def stats(db: Db) -> dict[str, int]:
    orders, cents = db.execute(
        "SELECT COUNT(*), COALESCE(SUM(cents), 0) FROM orders"
    ).fetchone()
    return {"orders": orders, "cents": cents}


@admin_app.put("/products/{sku}/stock")
def set_stock(sku: str, stock: Annotated[int, Body(embed=True)], db: Db) -> Product:
    old = service.get_product(db, sku)
    new = ProductIn(sku=sku, title=old.title, cents=old.cents, stock=stock)
    return service.put_product(db, new)
