"""What is in a cart; lives inside the carts' router."""

from fastapi import APIRouter

from shop import service
from shop.db import Db
from shop.models import Cart, ItemIn

router = APIRouter(prefix="/items")


@router.post("", status_code=201)
def add_item(cart_id: int, item: ItemIn, db: Db) -> Cart:
    return service.put_item(db, cart_id, item.sku, item.quantity)


@router.delete("/{sku}", status_code=204)
def remove_item(cart_id: int, sku: str, db: Db) -> None:
    service.remove_item(db, cart_id, sku)
