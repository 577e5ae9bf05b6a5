"""Flask: `app.url_map`, asked by its own test client."""

from __future__ import annotations

import importlib
import os
import re
from typing import Any

_WORDS = ("a", "1", "x1", "a/b")


def start(where: str, shown: Any) -> tuple[list[Any], list[str]]:
    """`[(table, [(route, path, is websocket, endpoint)], ask)]`, and the rules that nothing leads to."""
    module, _, expression = where.partition(":")
    app = eval(expression, vars(importlib.import_module(module)))
    app.config["PROPAGATE_EXCEPTIONS"] = False
    exec(os.environ.get("CORPUS_PREPARE", ""), {"app": app})
    routes, unasked = [], []
    for rule in app.url_map.iter_rules():
        if rule.build_only or rule.websocket:
            continue
        path = _path(app, rule)
        if path is None:
            unasked.append(rule.rule)
        else:
            shape = re.sub(r"<(?:[^<>]*:)?(\w+)>", r"{\1}", rule.rule)
            routes.append((shape, path, False, rule.endpoint))

    def ask(method: str, path: str, headers: Any) -> Any:
        client = app.test_client(use_cookies=False)
        with client.open(path, method=method, headers=headers, buffered=True) as done:
            return shown(done.status_code, done.headers, done.get_data())

    return [(where, routes, ask)], unasked


def _path(app: Any, rule: Any) -> str | None:
    """A path that leads to a rule."""
    adapter = app.url_map.bind("localhost")
    method = min((rule.methods or {"GET"}) - {"OPTIONS"}, default="OPTIONS")
    for word in _WORDS:
        values = {name: _value(converter, word) for name, converter in rule._converters.items()}
        try:
            built = rule.build(values, append_unknown=False)
            found, _ = adapter.match(built[1], method=method, return_rule=True)
        except Exception:
            continue
        if found is rule:
            return str(built[1])
    return None


def _value(converter: Any, word: str) -> Any:
    kind = type(converter).__name__
    if kind == "AnyConverter":
        return min(converter.items)
    known = {
        "IntegerConverter": 1,
        "FloatConverter": 1.5,
        "PathConverter": "a/b",
        "UUIDConverter": "6f1e4f6e-0000-4000-8000-000000000001",
    }
    return known.get(kind, word)
