"""`protect(app)` looks at each request before your code does: what has no guard, is not public by
decision and has no guard of your own is counted as `unguarded`, or refused. So routes are closed
that nobody could see in the source. OPTIONS and what leads nowhere (404) pass.
"""

from __future__ import annotations

import sys
from typing import Any

from splice.parts.v1.guards import _ENFORCING
from splice.parts.v1.protect_asgi import _protect_asgi
from splice.parts.v1.protect_django import _protect_django
from splice.parts.v1.protect_flask import _protect_flask
from splice.parts.v1.switch import _log


def protect(app: Any) -> None:
    """Close an application of Flask's, Starlette's or FastAPI's, or Django's URLs."""
    for module, name, attach in (
        ("flask", "Flask", _protect_flask),
        ("starlette.applications", "Starlette", _protect_asgi),
    ):
        known = getattr(sys.modules.get(module), name, None)
        if known is not None and isinstance(app, known):
            return attach(app)
    if isinstance(app, (list, tuple)) and all(hasattr(one, "resolve") for one in app):
        return _protect_django(app)
    text = f"scaffold: nothing here can protect {type(app)}"
    if _ENFORCING:
        raise TypeError(text)
    return _log.error(text)
