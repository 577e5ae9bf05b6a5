"""Carts. Anybody may have one; the id is the secret."""

from fastapi import APIRouter

from shop import service
from shop.db import Db
from shop.models import Cart, CartIn
from shop.routers import cart_items

router = APIRouter(prefix="/carts", tags=["carts"])


@router.post("", status_code=201)
def create_cart(cart: CartIn, db: Db) -> Cart:
    return service.create_cart(db, cart.name)


@router.get("/{cart_id}")
def read_cart(cart_id: int, db: Db) -> Cart:
    return service.get_cart(db, cart_id)


@router.api_route("/{cart_id}", methods=["PUT", "PATCH"])
def rename_cart(cart_id: int, cart: CartIn, db: Db) -> Cart:
    return service.rename_cart(db, cart_id, cart.name)


router.include_router(cart_items.router, prefix="/{cart_id}")
