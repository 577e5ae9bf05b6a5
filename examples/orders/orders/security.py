"""Who may call what."""

from __future__ import annotations

import functools
import hashlib
import hmac
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar, cast

from flask import Request, abort, current_app, request

F = TypeVar("F", bound=Callable[..., Any])


def require_api_key(view: F) -> F:
    """Let a request pass only with the shop's key in ``X-API-Key``."""

    @functools.wraps(view)
    def wrapper(*args, **kwargs):
        given = request.headers.get("X-API-Key", "")
        if not hmac.compare_digest(given, current_app.config["API_KEY"]):
            abort(401, "an API key is needed")
        return view(*args, **kwargs)

    return cast(F, wrapper)


def require_admin() -> None:
    """A ``before_request`` hook for whole blueprints."""
    given = request.headers.get("Authorization", "")
    expected = f"Bearer {current_app.config['ADMIN_TOKEN']}"
    if not hmac.compare_digest(given, expected):
        abort(401, "admins only")


def signature(body: bytes) -> str:
    secret = current_app.config["PAYMENT_SECRET"].encode()
    return hmac.new(secret, body, hashlib.sha256).hexdigest()


@dataclass(frozen=True)
class Principal:
    """Who calls, and what they may do."""

    name: str
    scopes: frozenset[str]


def current_principal(request: Request) -> Principal | None:
    """Who calls, by their bearer token; None if nobody knows it."""
    kind, _, token = request.headers.get("Authorization", "").partition(" ")
    scopes = current_app.config["TOKENS"].get(token) if kind == "Bearer" else None
    return None if scopes is None else Principal(token, frozenset(scopes.split()))
