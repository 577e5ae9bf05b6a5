"""FastAPI and Starlette: `app.routes` through every mount and included router, asked by Starlette's test client."""

from __future__ import annotations

import importlib
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from starlette.routing import Host, Mount, Router, WebSocketRoute
from starlette.testclient import TestClient
from starlette.websockets import WebSocketDisconnect

try:
    from fastapi import routing
except ImportError:  # Starlette alone
    _contexts: Any = list
else:
    _contexts = getattr(routing, "iter_route_contexts", list)

_WORDS = {"int": "1", "float": "1.5", "path": "a/b", "uuid": "6f1e4f6e-0000-4000-8000-000000000001"}


def start(where: str, shown: Any) -> tuple[list[Any], list[str]]:
    """`[(table, [(route, path, is websocket, endpoint)], ask)]` for each app of the modules."""
    tables: list[Any] = []
    unasked: list[str] = []
    for name in _modules(where):
        try:
            module = importlib.import_module(name)
        except BaseException as error:
            unasked.append(f"{name}: {type(error).__name__}: {error}".splitlines()[0][:100])
            continue
        apps = {id(app): app for app in vars(module).values() if isinstance(app, Starlette)}
        mounted = {id(route.app) for app in apps.values() for route in app.routes if isinstance(route, Mount)}
        for at, app in enumerate(one for number, one in apps.items() if number not in mounted):
            routes = list(_walk(app.routes, ""))
            tables.append((f"{name}#{at}", routes, _asking(app, shown)))
    return tables, unasked


def _modules(where: str) -> list[str]:
    if not where.endswith(".*"):
        return [where]
    folder = where.removesuffix(".*")
    names = (path.with_suffix("").as_posix() for path in Path(folder.replace(".", "/")).rglob("*.py"))
    return sorted(name.removesuffix("/__init__").replace("/", ".") for name in names)


def _walk(routes: Any, prefix: str) -> Iterator[tuple[str, str, bool, str]]:
    for context in _contexts(routes):
        route: Any = getattr(context, "_effective_route", context)
        route = getattr(route, "starlette_route", None) or route
        kind: Any = getattr(context, "original_route", route)
        if isinstance(kind, Host):
            yield from _walk(route.routes or [], prefix)
        elif isinstance(kind, Mount):
            inner = getattr(getattr(route, "app", None), "routes", None)
            if inner is not None or isinstance(getattr(route, "app", None), Router):
                yield from _walk(inner or [], prefix + route.path)
            else:
                yield _row(prefix + route.path + "/{path:path}", False, route.app)
        else:
            yield _row(prefix + route.path, isinstance(kind, WebSocketRoute), route.endpoint)


def _row(path: str, websocket: bool, endpoint: Any) -> tuple[str, str, bool, str]:
    filled = re.sub(r"{\w+(?::(\w+))?}", lambda match: _WORDS.get(match[1] or "", "1"), path)
    shape = re.sub(r"{(\w+)(?::\w+)?}", r"{\1}", path)
    name = getattr(endpoint, "__qualname__", type(endpoint).__qualname__)
    return shape, filled or "/", websocket, f"{getattr(endpoint, '__module__', '')}.{name}"


def _asking(app: Any, shown: Any) -> Any:
    # As from outside: some refuse other hosts than this, or send everybody to https.
    client = TestClient(app, "https://example.com", raise_server_exceptions=False, follow_redirects=False)
    client.__enter__()  # for good: what starts with the app stays until the process ends

    def ask(method: str, path: str, headers: Any) -> Any:
        client.cookies.clear()
        if method != "WEBSOCKET":
            done = client.request(method, path, headers=headers)
            return shown(done.status_code, done.headers.items(), done.content)
        try:
            with client.websocket_connect(path, headers=headers):
                return shown(101, (), b"")
        except WebSocketDisconnect as closed:
            return shown(closed.code, (), closed.reason.encode() if closed.reason else b"")

    return ask
