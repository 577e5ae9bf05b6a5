"""The catalogue."""

from typing import Annotated

from fastapi import APIRouter, Depends, File, Query, Response, UploadFile, status

from shop import service
from shop.auth import current_user
from shop.db import Db
from shop.errors import NotFound
from shop.models import Product, ProductIn

router = APIRouter(prefix="/products", tags=["products"])

signed_in = [Depends(current_user)]


@router.get("", response_model=list[Product])
def list_products(db: Db, limit: Annotated[int, Query(ge=1, le=100)] = 20):
    return list(service.all_products(db, limit))


@router.post("", status_code=status.HTTP_201_CREATED, dependencies=signed_in)
def create_product(product: ProductIn, db: Db) -> Product:
    return service.put_product(db, product)


@router.get("/{sku}", response_model=Product)
def read_product(sku: str, db: Db):
    return service.get_product(db, sku)


@router.delete(
    "/{sku}",
    status_code=status.HTTP_204_NO_CONTENT,
    dependencies=signed_in,
)
def delete_product(sku: str, db: Db) -> None:
    service.remove_product(db, sku)


@router.post("/{sku}/image", dependencies=signed_in)
async def upload_image(
    sku: str, image: Annotated[UploadFile, File()], db: Db
) -> dict[str, int]:
    content = await image.read()
    service.set_image(db, sku, content)
    return {"bytes": len(content)}


@router.get("/{sku}/image")
def read_image(sku: str, db: Db) -> Response:
    row = db.execute("SELECT image FROM products WHERE sku = ?", (sku,)).fetchone()
    if row is None or row["image"] is None:
        raise NotFound(f"no image of {sku}")
    return Response(row["image"], media_type="image/png")
