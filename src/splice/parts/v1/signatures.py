"""Decorated functions keep their types."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:  # pragma: no cover
    from typing_extensions import ParamSpec

    _P = ParamSpec("_P")
_R = TypeVar("_R")
_C = TypeVar("_C", bound=type)
