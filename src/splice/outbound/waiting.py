"""Clients that wait on purpose: a timeout would cut short `redis.blpop("queue")`, which waits for the next job."""

from __future__ import annotations

import ast

from splice.outbound.library import Client
from splice.outbound.sure import Sure
from splice.symbols import CallSite
from splice.values import Instance, Unknown, Value


class Waiting:
    """Finds the calls of a project that wait for as long as it takes."""

    def __init__(self, sure: Sure) -> None:
        self.sure = sure
        self._found: dict[str, list[tuple[CallSite, tuple[Value, ...]]]] = {}

    def on(self, client: Client, site: tuple[str, int, int]) -> str:
        """Where an object made at `site` may wait on purpose, as file:line; "" when nowhere."""
        for name in sorted(client.waits):
            for call, receivers in self._calls(name, client.waits[name]):
                if any(isinstance(v, Unknown) or (isinstance(v, Instance) and v.site == site) for v in receivers):
                    return f"{name}, {call.scope.module.file}:{call.node.lineno}"
        return ""

    def _calls(self, name: str, keyword: str) -> list[tuple[CallSite, tuple[Value, ...]]]:
        if name not in self._found:
            self._found[name] = [
                (call, self.sure.values(call.node.func.value, call.scope))
                for _, call in self.sure.project.calls(name)
                if isinstance(call.node.func, ast.Attribute)
                and (not keyword or any(word.arg == keyword for word in call.node.keywords))
            ]
        return self._found[name]
