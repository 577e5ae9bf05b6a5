"""What the business can refuse, and the answers that clients get."""

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse


class ShopError(Exception):
    status = 400


class NotFound(ShopError):
    status = 404


class OutOfStock(ShopError):
    status = 409

    def __init__(self, sku: str, left: int) -> None:
        super().__init__(f"{left} of {sku} left")


async def on_shop_error(request: Request, exc: Exception) -> JSONResponse:
    status = exc.status if isinstance(exc, ShopError) else 500
    return JSONResponse({"detail": str(exc)}, status_code=status)


def register(app: FastAPI) -> None:
    app.add_exception_handler(ShopError, on_shop_error)
