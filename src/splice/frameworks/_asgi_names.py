"""The classes of FastAPI and Starlette, by every name that they can be imported under."""

from __future__ import annotations

Paths = tuple[str | None, ...]  # every path that something may be; None for one that is not static

FASTAPI = frozenset({"fastapi.FastAPI", "fastapi.applications.FastAPI"})
API_ROUTER = frozenset(
    {
        "fastapi.APIRouter",
        "fastapi.routing.APIRouter",
        "fastapi_utils.inferring_router.InferringRouter",
        "fastapi_restful.inferring_router.InferringRouter",
    }
)
STARLETTE = frozenset({"starlette.applications.Starlette"})
ROUTER = frozenset({"starlette.routing.Router"})
APPS = FASTAPI | STARLETTE
ANY = APPS | API_ROUTER | ROUTER
API = FASTAPI | API_ROUTER
API_ROUTE = frozenset({"fastapi.routing.APIRoute"})
ROUTE = frozenset({"starlette.routing.Route", "fastapi.routing.Route"}) | API_ROUTE
WEBSOCKET_ROUTE = frozenset({"starlette.routing.WebSocketRoute", "fastapi.routing.APIWebSocketRoute"})
MOUNT = frozenset({"starlette.routing.Mount", "fastapi.routing.Mount"})
HOST = frozenset({"starlette.routing.Host"})
