"""Telemetry never keeps a request from being served: without OpenTelemetry its decorators return
your function itself, and an error inside of them is logged once and forgotten. To switch them off,
start the service with `SCAFFOLD_DISABLE=observed` (names of `__all__`, separated by commas).
"""

from __future__ import annotations

import logging
import os
from collections.abc import Callable
from typing import Any

__all__: list[str] = []

_GUARDS = {"guard", "guarded", "guarded_view", "protect"}

_log = logging.getLogger(__name__)
_failed: set[str] = set()


def _warn(function: Callable[..., Any]) -> None:
    """Log the exception at hand: loudly the first time that `function` fails."""
    name = getattr(function, "__qualname__", "?")
    level = logging.DEBUG if name in _failed else logging.WARNING
    _failed.add(name)
    _log.log(level, "scaffold: %s failed, your code runs on", name, exc_info=True)


def _safely(function: Callable[..., Any], *args: Any) -> Any:
    """Call `function`; None if that fails."""
    try:
        return function(*args)
    except Exception:
        return _warn(function)


def _switched_off() -> set[str]:
    """The names in SCAFFOLD_DISABLE. Guards protect the service and stay on."""
    off = set()
    for name in os.environ.get("SCAFFOLD_DISABLE", "").split(","):
        name = name.strip()
        if name in _GUARDS:
            _log.error("SCAFFOLD_DISABLE: `%s` is a guard and stays on", name)
        elif name in __all__ and not name.isupper():  # timeouts are constants
            off.add(name)
        elif name:
            _log.warning("SCAFFOLD_DISABLE: nothing to switch off is `%s`", name)
    return off


_OFF = _switched_off()
