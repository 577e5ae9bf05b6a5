"""Scaffolds with guards, and what they have counted."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol, TypeVar, cast

import pytest
from conftest import Load, Telemetry

_F = TypeVar("_F")
PARTS = ("guard", "guarded", "guarded_view", "observed", "observed_view", "protect")
MODES = ("observe", "enforce")


class Guards(Protocol):
    """What the tests use of a scaffold with guards."""

    def observed(self, operation: str) -> Callable[[_F], _F]: ...
    def observed_view(self, **operations: str) -> Callable[[_F], _F]: ...
    def guarded(self, *scopes: str, any_of: bool = False) -> Callable[[_F], _F]: ...
    def guarded_view(self, **members: Any) -> Callable[[_F], _F]: ...
    def guard(self, authenticate: Any = None, *scopes: str, any_of: bool = False) -> Any: ...
    def protect(self, app: Any) -> None: ...


LoadGuards = Callable[..., Guards]


@pytest.fixture
def guards(load: Load, telemetry: Telemetry) -> LoadGuards:
    """`guards(mode, _PUBLIC=("GET /x",), ...)` loads a scaffold with these settings."""

    def loaded(mode: str, **settings: Any) -> Guards:
        values = {"_GUARD_MODE": mode, "_AUTHENTICATE": "shop_auth:current_principal", **settings}
        literals = tuple(sorted((name, repr(value)) for name, value in values.items()))
        return cast(Guards, load(parts=PARTS, instruments=(), settings=literals))

    return loaded


def decisions(telemetry: Telemetry) -> dict[tuple[str, str], int]:
    """How often each decision was counted for each operation; announced series of 0 left out."""
    return {
        (str(point.attributes["operation"]), str(point.attributes["decision"])): point.value
        for point in telemetry.points("guard.decisions")
        if point.value
    }
