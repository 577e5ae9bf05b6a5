"""Django: its resolver, walked to the ends, asked by its own test client; the database is a fresh one for tests."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from itertools import product
from typing import Any

_WORDS = ("1", "a", "2024", "en", "a/b", "6f1e4f6e-0000-4000-8000-000000000001", "abc-def", "x" * 40, "png", "1-a1")
_KNOWN = {"int": "1", "uuid": "6f1e4f6e-0000-4000-8000-000000000001"}


def start(where: str, shown: Any) -> tuple[list[Any], list[str]]:
    """`[(table, [(route, path, is websocket, endpoint)], ask)]`, and the patterns that no path here leads to."""
    settings_module, _, urls = where.partition(":")
    os.environ["DJANGO_SETTINGS_MODULE"] = settings_module
    import django

    django.setup()
    from django.conf import settings
    from django.db import connections
    from django.test import Client
    from django.test.runner import DiscoverRunner
    from django.test.utils import setup_test_environment
    from django.urls import get_resolver

    setup_test_environment(debug=False)
    if urls:
        settings.ROOT_URLCONF = urls
    for connection in connections.all():
        connection.settings_dict["TEST"]["MIGRATE"] = False
    DiscoverRunner(verbosity=0, interactive=False).setup_databases()
    exec(os.environ.get("CORPUS_PREPARE", ""), {})
    resolver = get_resolver()
    routes, unasked = [], []
    for pattern, above in _walk(resolver, ()):
        shape = "/" + "".join(map(_shape, above))
        path = _path(resolver, pattern, above)
        if path is None:
            unasked.append(shape)
        else:
            view = pattern.callback
            routes.append((shape, path, False, f"{view.__module__}.{getattr(view, '__qualname__', type(view))}"))

    def ask(method: str, path: str, headers: Any) -> Any:
        client = Client(raise_request_exception=False)
        given = {f"HTTP_{name.upper()}": value for name, value in headers.items()}
        done = client.generic(method, path, **given)
        body = b"".join(done.streaming_content) if done.streaming and not done.is_async else None
        return shown(done.status_code, done.items(), done.content if body is None else body)

    return [(where, routes, ask)], unasked


def _walk(resolver: Any, above: tuple[Any, ...]) -> Iterator[tuple[Any, tuple[Any, ...]]]:
    for entry in resolver.url_patterns:
        here = (*above, entry.pattern)
        if hasattr(entry, "url_patterns"):
            yield from _walk(entry, here)
        else:
            yield entry, here


def _shape(pattern: Any) -> str:
    if hasattr(pattern, "language_prefix"):
        return "{language}/"
    text = re.sub(r"\(\?P<(\w+)>(?:[^()]|\([^()]*\))*\)", r"{\1}", str(pattern))
    text = text if hasattr(pattern, "_route") else text.removeprefix("^").removesuffix("$").replace("\\", "")
    return re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", text)


def _path(resolver: Any, entry: Any, above: tuple[Any, ...]) -> str | None:
    """A path that is resolved to this entry."""
    for word in _WORDS:
        for parts in product(*(_spelled(pattern, word) for pattern in above)):
            path = "/" + "".join(parts)
            try:
                match = resolver.resolve(path)
            except Exception:
                continue
            if match.func == entry.callback:
                return path
    return None


def _spelled(pattern: Any, word: str) -> list[str]:
    from django.utils.regex_helper import normalize

    if hasattr(pattern, "language_prefix"):
        return [pattern.language_prefix]
    route = getattr(pattern, "_route", None)
    if route is not None:
        return [re.sub(r"<(?:(\w+):)?\w+>", lambda match: _known(match[1] or "", word), str(route))]
    first = dict(re.findall(r"\(\?P<(\w+)>([\w-]+)\|", str(pattern)))  # of several words
    found = normalize(re.sub(r"\(\?P<(\w+)>[\w-]+\|[^()]*\)", r"(?P<\1>x)", str(pattern)))
    return [text % (dict.fromkeys(names, word) | first) for text, names in found]


def _known(converter: str, word: str) -> str:
    return ".json" if converter.startswith("drf_format_suffix") else _KNOWN.get(converter, word)
