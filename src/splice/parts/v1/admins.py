"""Django's admin guards what it wraps, and nothing else that somebody puts among its URLs."""

from __future__ import annotations

import functools
import inspect
from typing import Any

_ADMIN = "django.contrib.admin."


@functools.lru_cache(maxsize=1024)
def _is_admins(view: Any, depth: int = 5) -> bool:
    """Whether the admin asks who calls before a view runs, or it is its login page."""
    site = type(getattr(view, "__self__", None)).__mro__
    names = [f"{base.__module__}.{base.__qualname__}" for base in site]
    if f"{_ADMIN}sites.AdminSite" in names:
        return bool(view.__name__ == "login")
    if not inspect.isfunction(view):
        return False
    home = view.__globals__.get("__name__", "")
    if home.startswith(_ADMIN) and view.__code__.co_name in ("inner", "wrapper"):
        return True  # `AdminSite.admin_view` and `wrap` of the admin's own `get_urls`
    held = inspect.getclosurevars(view).nonlocals.values() if depth else ()
    return any(_is_admins(one, depth - 1) for one in held if inspect.isfunction(one))
