"""Decorators of the service's own that the configuration asks for are looked up in
`_ASPECTS` by the module that imports them from here."""

from __future__ import annotations

import importlib
from functools import reduce
from typing import Any

_ASPECTS: dict[str, str] = {}


def __getattr__(name: str) -> Any:
    """One of these decorators, itself."""
    if name not in _ASPECTS:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    module, _, path = _ASPECTS[name].partition(":")
    return reduce(getattr, path.split("."), importlib.import_module(module))
