"""Requests go by the template of their route, as in `GET /orders/{order_id}`, never by their path."""

from __future__ import annotations

import re
from typing import Any

_FLASK_PARAMETER = re.compile(r"<(?:[a-zA-Z_]\w*(?:\(.*?\))?:)?([a-zA-Z_]\w*)>")
_DJANGO_PARAMETER = re.compile(r"<(?:[^>:]+:)?([^>]+)>")
_DJANGO_SUFFIX = re.compile(r"/?<drf_format_suffix\w*:format>$|\\.\(\?P<format>.*$")
_STARLETTE_PARAMETER = re.compile(r"\{(\w+):\w+\}")


def _flask_route(rule: str) -> str:
    return _FLASK_PARAMETER.sub(r"{\1}", rule)


def _starlette_route(path: str) -> str:
    return _STARLETTE_PARAMETER.sub(r"{\1}", path)


def _django_route(route: str) -> str:
    """`books/<int:pk>/` reads `/books/{pk}/`, and so does `^books/(?P<pk>[0-9]+)/$`.

    "" for a regular expression that stands for several paths.
    """
    route, suffixes = _DJANGO_SUFFIX.subn("/", route)
    if not re.search(r"\(\?|[\\^$]", route):
        return "/" + _DJANGO_PARAMETER.sub(r"{\1}", route)
    text, at, out = route.lstrip("^"), 0, []
    text = re.sub(r"(?:\$|\\Z)$", "", text)
    text = text[:-1] if text.endswith(("/?", "/*")) else text
    while at < len(text):
        end = _closing(text, at)
        if end:
            name = re.match(r"\((?:\?P<(\w+)>|(?!\?))", text[at:])
            if name is None or text[end : end + 1] in ("?", "*", "+", "{"):
                return ""
            out.append(f"{{{name[1] or 'var'}}}")
            at = end
            continue
        if text[at] == "\\" and text[at + 1 : at + 2] in (".", "-", "/"):
            at += 1
        elif not re.match(r"[\w/.~<>:@ -]", text[at]) or text[at + 1 :].startswith("?"):
            return ""
        out.append(text[at])
        at += 1
    return "/" + _DJANGO_PARAMETER.sub(r"{\1}", "".join(out))


def _joined(above: str, below: str) -> str:
    """A route of Django's below another, as its resolver shows it."""
    return above + (below[1:] if above and below.startswith("^") else below)


def _closing(text: str, start: int) -> int:
    """Where the group that opens at `start` has closed; 0 if none opens there."""
    depth, at, in_set = 0, start, False
    while text[start] == "(" and at < len(text):
        char = text[at]
        if char == "\\":
            at += 1
        elif in_set:
            in_set = char != "]"
        elif char == "[":
            in_set = True
        else:
            depth += (char == "(") - (char == ")")
            if not depth:
                return at + 1
        at += 1
    return 0


def _dotted(function: Any) -> str:
    """The dotted name of a function or a class."""
    module = getattr(function, "__module__", None) or type(function).__module__
    name = getattr(function, "__qualname__", None) or type(function).__qualname__
    return f"{module}.{name}"
