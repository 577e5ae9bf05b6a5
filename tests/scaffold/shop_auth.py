"""How the services of these tests know who calls: a bearer token that says what it is good for."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Any

READER = {"Authorization": "Bearer orders:read"}
WRITER = {"Authorization": "Bearer orders:read,orders:write"}
NOBODY = {"Authorization": "Bearer "}
BROKEN = {"Authorization": "Bearer broken s3cret"}


@dataclass(frozen=True)
class Principal:
    scopes: frozenset[str]


def principal_of(header: str | None) -> Principal | None:
    """`Bearer a,b` has the scopes a and b; an empty token is nobody's."""
    token = (header or "").removeprefix("Bearer ")
    if token.startswith("broken"):
        raise RuntimeError(f"cannot read {token}")
    return Principal(frozenset(token.split(","))) if token else None


def current_principal(request: Any) -> Principal | None:
    return principal_of(request.headers.get("Authorization"))


async def current_principal_async(request: Any) -> Principal | None:
    await asyncio.sleep(0)
    return principal_of(request.headers.get("Authorization"))
