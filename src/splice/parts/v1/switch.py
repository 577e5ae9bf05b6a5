"""Nothing in here keeps a request from being served: without OpenTelemetry the decorators return
your function itself, and an error inside of them is logged once and forgotten. To switch parts off,
start the service with `SCAFFOLD_DISABLE=observed` (names of `__all__`, separated by commas).
"""

from __future__ import annotations

import logging
import os

__all__: list[str] = []

_GUARDS = {"guard", "guarded"}

_log = logging.getLogger(__name__)
_warned: set[str] = set()


def _warn(what: str) -> None:
    """Log the exception that is being handled, the first time that `what` fails."""
    level = logging.DEBUG if what in _warned else logging.WARNING
    _warned.add(what)
    _log.log(level, "scaffold: %s failed; your code runs on", what, exc_info=True)


def _switched_off() -> frozenset[str]:
    """The names in SCAFFOLD_DISABLE. Guards protect the service: they cannot be switched off."""
    asked = os.environ.get("SCAFFOLD_DISABLE", "").split(",")
    off = set()
    for name in sorted({name.strip() for name in asked} - {""}):
        if name in _GUARDS:
            _log.error("SCAFFOLD_DISABLE: `%s` is a guard and stays on", name)
        elif name in __all__:
            off.add(name)
        else:
            _log.warning("SCAFFOLD_DISABLE: nothing here is called `%s`", name)
    return frozenset(off)


_OFF = _switched_off()
