from pydantic import BaseModel, Field


class ProductIn(BaseModel):
    sku: str = Field(pattern=r"^[a-z0-9-]{2,20}$")
    title: str = Field(min_length=1)
    cents: int = Field(ge=0)
    stock: int = Field(0, ge=0)


class Product(BaseModel):
    """What the public sees: whether, not how many."""

    sku: str
    title: str
    cents: int
    available: bool


class CartIn(BaseModel):
    name: str = ""


class ItemIn(BaseModel):
    sku: str
    quantity: int = Field(1, ge=1, le=99)


class Item(ItemIn):
    cents: int


class Cart(BaseModel):
    id: int
    name: str
    items: list[Item]
    cents: int


class Order(BaseModel):
    id: int
    buyer: str
    cents: int
    receipt: str | None = None
