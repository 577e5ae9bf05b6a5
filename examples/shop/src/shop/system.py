"""Pages from before FastAPI: plain Starlette, kept because monitors know them."""

from starlette.endpoints import HTTPEndpoint
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from shop import __version__


async def version(request: Request) -> Response:
    return JSONResponse({"version": __version__})


class Ping(HTTPEndpoint):
    async def get(self, request: Request) -> Response:
        return PlainTextResponse("pong")

    async def post(self, request: Request) -> Response:
        return PlainTextResponse(await request.body())


routes: list[BaseRoute] = [
    Route("/version", version),
    Route("/ping", Ping),
]
