"""Record the duration of every handler in one histogram with static labels."""

from splice.codemod import AddDecorator, Codemod, functions, handlers
from splice.model import Example, NoChange

codemod = Codemod(
    summary="Measure how long handlers and the functions that the configuration names take",
    why="the histogram app.operation.duration counts calls, errors and seconds per operation, with static labels only",
    pointcut=handlers() | functions(),
    advice=AddDecorator("{part}({operation})", part="observed", class_part="observed_view"),
    rule="metrics",
    signal="metrics",
    examples=(
        Example(
            "FastAPI: the label is the route's template, never the path of a request",
            before="""\
from fastapi import APIRouter, FastAPI

router = APIRouter(prefix="/orders")


@router.get("/{order_id}")
async def read_order(order_id: int) -> dict[str, int]:
    return {"id": order_id}


app = FastAPI()
app.include_router(router, prefix="/v1")
""",
            after="""\
from fastapi import APIRouter, FastAPI

from scaffold import observed

router = APIRouter(prefix="/orders")


@router.get("/{order_id}")
@observed("GET /v1/orders/{order_id}")
async def read_order(order_id: int) -> dict[str, int]:
    return {"id": order_id}


app = FastAPI()
app.include_router(router, prefix="/v1")
""",
        ),
        NoChange(
            "a websocket stays open for as long as the client likes: its duration says nothing",
            """\
from fastapi import FastAPI, WebSocket

app = FastAPI()


@app.websocket("/prices")
async def prices(websocket: WebSocket) -> None:
    await websocket.accept()
""",
        ),
    ),
)
