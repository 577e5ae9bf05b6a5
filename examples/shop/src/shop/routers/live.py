"""Live prices: a client sends a sku, the shop answers with the price."""

from fastapi import APIRouter, WebSocket, WebSocketDisconnect

from shop import service
from shop.db import connect
from shop.errors import NotFound

router = APIRouter()


@router.websocket("/prices")
async def prices(socket: WebSocket) -> None:
    await socket.accept()
    try:
        while True:
            sku = await socket.receive_text()
            try:
                with connect() as db:
                    cents = service.get_product(db, sku).cents
            except NotFound as error:
                await socket.send_json({"error": str(error)})
            else:
                await socket.send_json({"sku": sku, "cents": cents})
    except WebSocketDisconnect:
        return
