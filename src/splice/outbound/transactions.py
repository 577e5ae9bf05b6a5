"""Whether a call stands in an open transaction, whose locks it would hold while it waits and tries again.

A name alone is enough here: to leave a call alone is always safe.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable
from dataclasses import dataclass

from splice.forms import dotted
from splice.mutation import last_name
from splice.outbound.blocks import Blocks
from splice.outbound.sure import Sure
from splice.symbols import CallSite, Definition, Module, Scope
from splice.values import External, Instance

_NAMES = frozenset(
    {
        *("atomic", "transaction", "begin", "begin_nested", "in_transaction", "start_transaction", "db_session"),
        *("commit_on_success", "transactional", "begin_transaction", "xact"),
    }
)
#: `with connection:` is a transaction.
_CONNECTIONS = frozenset(
    {"psycopg2.connect", "psycopg.connect", "psycopg.AsyncConnection.connect", "sqlite3.connect", "aiosqlite.connect"}
)
_OTHERS = ("sentry_sdk.", "elasticapm.", "newrelic.", "opentelemetry.")  # whose transactions are traces
_SETTING = "ATOMIC_REQUESTS"


@dataclass(frozen=True, slots=True)
class Transaction:
    """What opens it, and where."""

    text: str
    file: str
    line: int

    def __str__(self) -> str:
        return f"{self.text}, {self.file}:{self.line}"


class Transactions:
    """Answers for one call, one function, or Django's handlers at a time."""

    def __init__(self, sure: Sure, blocks: Blocks) -> None:
        self.sure, self.blocks = sure, blocks

    def of_site(self, site: CallSite) -> Transaction | None:
        """The `with` around a call that opens one."""
        for node in self.blocks.around(site):
            for item in node.items if isinstance(node, (ast.With, ast.AsyncWith)) else ():
                if text := self._opens(item.context_expr, site.scope):
                    return Transaction(text, site.scope.module.file, node.lineno)
        return None

    def of_decorators(self, definition: Definition) -> Transaction | None:
        """The decorator of a function that opens one."""
        for node in definition.node.decorator_list:
            if text := self._opens(node, definition.scope, decorator=True):
                return Transaction(f"@{text}", definition.scope.module.file, node.lineno)
        return None

    def _opens(self, node: ast.expr, scope: Scope, decorator: bool = False) -> str:
        callee = node.func if isinstance(node, ast.Call) else node
        if last_name(callee) in _NAMES and (decorator or isinstance(node, ast.Call) or last_name(callee) == "atomic"):
            names = [v.name for v in self.sure.values(callee, scope) if isinstance(v, External)]
            if not any(name.startswith(_OTHERS) for name in names):
                return dotted(callee) or last_name(callee)
        if not decorator:
            values = self.sure.values(node, scope)
            classes = [v.cls for v in values if isinstance(v, Instance)]
            if any(isinstance(cls, External) and cls.name in _CONNECTIONS for cls in classes):
                return dotted(node) or dotted(callee)
        return ""

    def of_requests(self, modules: Iterable[Module]) -> Transaction | None:
        """Django's ATOMIC_REQUESTS, unless it is surely off."""
        for module in modules:
            if _SETTING.encode() not in module.source.raw:
                continue
            for node in ast.walk(module.tree):
                value = _setting(node)
                if value is not None and not (isinstance(value, ast.Constant) and not value.value):
                    return Transaction(_SETTING, module.file, value.lineno)
        return None

    def is_exempt(self, definition: Definition) -> bool:
        """Whether a handler is `@transaction.non_atomic_requests`."""
        nodes = definition.node.decorator_list
        return any(last_name(d.func if isinstance(d, ast.Call) else d) == "non_atomic_requests" for d in nodes)


def _setting(node: ast.AST) -> ast.expr | None:
    """The value that a dict, an assignment or a keyword gives the setting."""
    match node:
        case ast.Dict():
            pairs = zip(node.keys, node.values, strict=True)
            return next((v for k, v in pairs if isinstance(k, ast.Constant) and k.value == _SETTING), None)
        case ast.Assign(targets=[ast.Subscript(slice=ast.Constant(value="ATOMIC_REQUESTS"))], value=value):
            return value
        case ast.keyword(arg="ATOMIC_REQUESTS", value=value):
            return value
    return None
