"""Feeds for price comparison sites."""

from collections.abc import AsyncIterator, Iterator

from fastapi import APIRouter
from fastapi.responses import StreamingResponse

from shop import service
from shop.db import connect

router = APIRouter(prefix="/feeds")


def product_lines() -> Iterator[str]:
    yield "sku,title,cents\n"
    with connect() as db:
        for product in service.all_products(db):
            yield f"{product.sku},{product.title},{product.cents}\n"


@router.get("/products.csv")
def export_products() -> StreamingResponse:
    return StreamingResponse(product_lines(), media_type="text/csv")


@router.get("/products.ndjson")
async def export_products_as_json() -> StreamingResponse:
    async def lines() -> AsyncIterator[str]:
        with connect() as db:
            for product in service.all_products(db):
                yield product.model_dump_json() + "\n"

    return StreamingResponse(lines(), media_type="application/x-ndjson")
