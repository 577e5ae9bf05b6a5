"""Guards stay in doubt: what closes an operation goes only when the policy decides so of the very place it was put.

A registration that cannot be read any more, a guard that somebody has copied to another route, to a router or an app:
nobody asks for it there, and taking it away would open something. So it stays, and is told.
"""

from __future__ import annotations

import ast
from collections.abc import Collection

from splice.model import Finding, Row
from splice.pieces import host
from splice.recognise import Node
from splice.symbols import Module
from splice.wants import Known, Want

Twin = tuple[str, str, str, str]


def twin(node: Node) -> Twin:
    """The same for insertions of one place that say the same: of several, one is enough."""
    return node.kind, node.part, node.place, node.form


def stays(module: Module, node: Node, row: Row | None, known: Known, kept: Collection[Twin]) -> bool:
    """Whether a guard that nobody asks for stays. `kept`: what stays anyway."""
    if node.part not in known.guarding or twin(node) in kept:
        return False
    if node.kind == "statement":  # of an app that is not one any more; where there is no such name, it closes nothing
        target = row.symbol.partition(".")[0] if row is not None else ""
        return not _is_settled(module, row, known) and bool(module.scope.bindings.get(target))
    return not is_here(module, node, row) or not _is_settled(module, row, known)


def is_here(module: Module, node: Node, row: Row | None) -> bool:
    """Whether the lock says that we put it there; else somebody has copied or moved it."""
    if row is None or row.file != module.file:
        return False
    call = host(module, node)
    return row.symbol == node.symbol or (bool(call) and dict(row.extra).get("host") == call) or node.kind == "statement"


def _is_settled(module: Module, row: Row | None, known: Known) -> bool:
    return row is not None and (module.file, row.symbol) in known.settled


def told(module: Module, node: Node) -> Finding:
    """What people are told of a guard that stays."""
    text = (
        f"{node.part} stands here, and the policy does not ask for it: it stays, since taking it away opens something"
    )
    fix = "delete it by hand if that is what you want"
    return Finding("warning", "guard-stays", text, module.file, node.expression.lineno, fix)


def asks_less(node: Node, want: Want) -> bool:
    """Whether a guard that was written by hand lacks something that the policy asks for, as far as its text says."""
    wanted = ast.parse(want.advice.text(want.point, want.part), mode="eval").body
    there = node.expression
    if not isinstance(wanted, ast.Call) or not isinstance(there, ast.Call):
        return True
    given = {ast.dump(argument) for argument in there.args}
    same = {ast.dump(word) for word in there.keywords} == {ast.dump(word) for word in wanted.keywords}
    return not same or not {ast.dump(argument) for argument in wanted.args} <= given
