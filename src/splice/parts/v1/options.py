"""OPTIONS passes guards, because browsers ask it without credentials. It must not lead into code that
would answer it as it does a GET.
"""

from __future__ import annotations

import inspect
from typing import Any

_FRAMEWORKS_OWN = ("django.", "flask.", "rest_framework.", "starlette.")
# Whose `dispatch` hands each method to the member of its name, and refuses all others.
_HAND_ON = frozenset(
    (
        "django.contrib.auth.mixins",
        "django.views.generic.base",
        "flask.views",
        "rest_framework.views",
        "starlette.endpoints",
    )
)


def _answers_options(function: Any) -> bool:
    """Whether a function tells OPTIONS from other methods: it names it."""
    function = inspect.unwrap(function, stop=_is_telling)
    return _is_telling(function)


def _is_telling(function: Any) -> bool:
    function = getattr(function, "__func__", function)
    if getattr(function, "__globals__", None) is globals():
        return False  # a wrapper of ours
    named = _names_options(getattr(function, "__code__", None))
    is_whole = getattr(function, "__name__", "").startswith("dispatch")
    own = _hands_on(function) if is_whole else _is_frameworks(function)
    return named or own


def _is_frameworks(function: Any) -> bool:
    """Whether its code is a framework's, and no decorator's: that may be a cache."""
    home = getattr(function, "__globals__", {}).get("__name__", "") + "."
    return home.startswith(_FRAMEWORKS_OWN) and "decorators" not in home


def _hands_on(dispatch: Any) -> bool:
    """Whether members of a class answer. Some views of Django's do it themselves."""
    return getattr(dispatch, "__globals__", {}).get("__name__") in _HAND_ON


def _names_options(value: Any) -> bool:
    """Whether a constant is OPTIONS, or holds it, as the code of a function does."""
    if isinstance(value, str):
        return value.upper() == "OPTIONS"
    held = value if isinstance(value, (tuple, frozenset)) else ()
    return any(_names_options(one) for one in getattr(value, "co_consts", held))
