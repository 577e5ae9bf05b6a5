"""From cart to order. Signed-in users only."""

from fastapi import APIRouter, BackgroundTasks, Depends

from shop import service
from shop.auth import User, current_user
from shop.db import Db, connect
from shop.models import Order

router = APIRouter(dependencies=[Depends(current_user)])


def write_receipt(order_id: int) -> None:
    """Runs after the answer is out, so with a connection of its own."""
    with connect() as db:
        order = service.get_order(db, order_id)
        text = f"{order.buyer} paid {order.cents / 100:.2f}"
        service.set_receipt(db, order_id, text)


@router.post("/{cart_id}", status_code=201)
def check_out(cart_id: int, user: User, db: Db, tasks: BackgroundTasks) -> Order:
    order = service.checkout(db, cart_id, user)
    tasks.add_task(write_receipt, order.id)
    return order


@router.get("/orders/{order_id}")
async def read_order(order_id: int, db: Db) -> Order:
    return service.get_order(db, order_id)
