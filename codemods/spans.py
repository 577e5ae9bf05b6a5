"""Open a tracing span around every handler, or enrich the server span that is there already."""

from splice.codemod import AddDecorator, Codemod, functions, handlers, websockets
from splice.model import Example, NoChange

codemod = Codemod(
    summary="Trace handlers, websockets and the functions that the configuration names",
    why="a span tells which operation a request ran, for how long, and whether it failed",
    pointcut=handlers() | websockets() | functions(),
    advice=AddDecorator("{part}({operation})", part="observed", class_part="observed_view"),
    rule="spans",
    signal="spans",
    examples=(
        Example(
            "Flask: under the decorator that registers, outside all others",
            before="""\
from flask import Flask

app = Flask(__name__)


@app.get("/orders/<int:order_id>")
@cached  # noqa: F821
def read_order(order_id):
    return {"id": order_id}
""",
            after="""\
from flask import Flask

from scaffold import observed

app = Flask(__name__)


@app.get("/orders/<int:order_id>")
@observed("GET /orders/{order_id}")
@cached  # noqa: F821
def read_order(order_id):
    return {"id": order_id}
""",
        ),
        Example(
            "FastAPI: a websocket",
            before="""\
from fastapi import FastAPI, WebSocket

app = FastAPI()


@app.websocket("/prices")
async def prices(websocket: WebSocket) -> None:
    await websocket.accept()
""",
            after="""\
from fastapi import FastAPI, WebSocket

from scaffold import observed

app = FastAPI()


@app.websocket("/prices")
@observed("WEBSOCKET /prices")
async def prices(websocket: WebSocket) -> None:
    await websocket.accept()
""",
        ),
        Example(
            "a function that the configuration names: innermost, so that other decorators keep what they return",
            config={"functions": ["main.*"]},
            before="""\
import functools


@functools.cache
def rate(currency):
    return 1
""",
            after="""\
import functools

from scaffold import observed


@functools.cache
@observed("main.rate")
def rate(currency):
    return 1
""",
        ),
        Example(
            "Django REST framework: what a class inherits is observed at the class, each method under its own name",
            before="""\
from django.urls import include, path
from rest_framework.decorators import action
from rest_framework.routers import SimpleRouter
from rest_framework.viewsets import ReadOnlyModelViewSet


class BookViewSet(ReadOnlyModelViewSet):
    @action(detail=True)
    def copies(self, request, pk):
        return 1


router = SimpleRouter()
router.register("books", BookViewSet)
urlpatterns = [path("api/", include(router.urls))]
ROOT_URLCONF = "main"
""",
            after="""\
from django.urls import include, path
from rest_framework.decorators import action
from rest_framework.routers import SimpleRouter
from rest_framework.viewsets import ReadOnlyModelViewSet

from scaffold import observed, observed_view


@observed_view(list="GET /api/books/", retrieve="GET /api/books/{pk}/")
class BookViewSet(ReadOnlyModelViewSet):
    @action(detail=True)
    @observed("GET /api/books/{pk}/copies/")
    def copies(self, request, pk):
        return 1


router = SimpleRouter()
router.register("books", BookViewSet)
urlpatterns = [path("api/", include(router.urls))]
ROOT_URLCONF = "main"
""",
        ),
        NoChange(
            "an error handler answers no route",
            """\
from flask import Flask

app = Flask(__name__)


@app.errorhandler(404)
def lost(error):
    return "", 404
""",
        ),
    ),
)
