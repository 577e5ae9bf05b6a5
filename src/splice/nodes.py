"""Which kinds of nodes have what below them: tables for those who look at millions of nodes.

`ast.iter_child_nodes` asks every field of every node; most of them are names, marks and numbers.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)


def _kinds(cls: type[ast.AST]) -> Iterator[type[ast.AST]]:
    yield cls
    for below in cls.__subclasses__():
        yield from _kinds(below)


_LEAF = (ast.Constant, ast.Name, ast.expr_context, ast.operator, ast.unaryop, ast.boolop, ast.cmpop)
#: Kinds of expressions with nothing below them; of these a table of numbers has thousands.
LEAVES = frozenset({kind for leaf in _LEAF for kind in _kinds(leaf)} | {type(None)})
#: The blocks of statements that have any.
BLOCKS = {
    kind: tuple(name for name in ("body", "orelse", "finalbody") if name in kind._fields) for kind in _kinds(ast.stmt)
}
_TEXT = {"arg", "asname", "attr", "id", "kind", "module", "name", "names", "tag", "type_comment", "type_ignores"}
_MARKS = {"conversion", "ctx", "is_async", "level", "op", "ops", "simple"}
_STATEMENTS = {"body", "cases", "finalbody", "handlers", "orelse"}
#: Fields that hold expressions, or parts of such, of the same statement.
FIELDS = {
    kind: tuple(name for name in kind._fields if name not in _TEXT | _MARKS | _STATEMENTS) for kind in _kinds(ast.AST)
}
FIELDS |= {ast.IfExp: ("test", "body", "orelse"), ast.Lambda: ("args", "body")}


def below(node: ast.AST) -> list[ast.AST]:
    """What stands directly below a node in expressions of the same statement, leaves among them."""
    found: list[ast.AST] = []
    for name in FIELDS[type(node)]:
        value = getattr(node, name)
        if type(value) is list:
            found += value
        elif value is not None:
            found.append(value)
    return found
