"""The application: everything comes together here."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI

from shop import __version__, db, errors
from shop.admin import admin_app
from shop.routers import carts, checkout, export, live, products
from shop.system import routes


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    db.create_tables()
    yield


app = FastAPI(title="Shop", version=__version__, lifespan=lifespan, routes=routes)
errors.register(app)

app.include_router(products.router, prefix="/api")
app.include_router(carts.router, prefix="/api")
app.include_router(checkout.router, prefix="/api/checkout", tags=["checkout"])
app.include_router(export.router)
app.include_router(live.router, prefix="/live")
app.mount("/admin", admin_app)


@app.get("/healthz", include_in_schema=False)
async def health() -> dict[str, str]:
    return {"status": "ok"}
