"""Handlers with and without observation: FastAPI and Starlette."""

from fastapi import APIRouter, Depends, FastAPI, WebSocket
from orders.scaffold import observed
from starlette.endpoints import HTTPEndpoint

from .scaffold import observed as relative

app = FastAPI()
router = APIRouter(prefix="/orders")
ROOT = ""


@app.get("/orders/{order_id}", response_model=None)
# ruleid: spans-handler-not-observed, metrics-handler-not-observed
async def read_order(order_id: int):
    return {}


@router.get("")
# ruleid: spans-handler-not-observed, metrics-handler-not-observed
def list_orders(page: int = 1):
    return []


@router.api_route(ROOT, methods=["GET", "POST"])
# ruleid: spans-handler-not-observed, metrics-handler-not-observed
def any_method():
    return {}


@router.websocket("/ws")
# ruleid: spans-handler-not-observed
async def live(websocket: WebSocket):
    await websocket.accept()


@router.delete(path="/{order_id}")
# ruleid: spans-handler-not-observed, metrics-handler-not-observed
def delete_order(order_id: int) -> None: ...


class Health(HTTPEndpoint):
    # ruleid: spans-handler-not-observed, metrics-handler-not-observed
    async def get(self, request):
        return None

    @observed("POST /health")
    # ok: spans-handler-not-observed, metrics-handler-not-observed
    async def post(self, request):
        return None


def create_app() -> FastAPI:
    inner = FastAPI()

    @inner.get("/inside")
    # ruleid: spans-handler-not-observed, metrics-handler-not-observed
    def inside():
        return {}

    return inner


@router.put("/{order_id}", dependencies=[Depends(create_app)])
@observed("PUT /orders/{order_id}")
# ok: spans-handler-not-observed, metrics-handler-not-observed
async def replace_order(order_id: int, body: dict[str, str]) -> dict[str, str]:
    return body


@router.patch("/{order_id}")
@relative("PATCH /orders/{order_id}")
# ok: spans-handler-not-observed, metrics-handler-not-observed
def patch_order(order_id: int):
    yield order_id


@app.exception_handler(ValueError)
# ok: spans-handler-not-observed, metrics-handler-not-observed
async def on_error(request, error):
    return None


@app.on_event("startup")
# ok: spans-handler-not-observed, metrics-handler-not-observed
async def startup(): ...


@app.middleware("http")
# ok: spans-handler-not-observed, metrics-handler-not-observed
async def middleware(request, call_next):
    return await call_next(request)


@cache.get("order")
# ok: spans-handler-not-observed, metrics-handler-not-observed
def cached():
    return None
