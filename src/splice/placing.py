"""Where a new insertion goes among those of ours that stand beside it already."""

from __future__ import annotations

import ast
from collections.abc import Sequence

from splice.recognise import Node
from splice.wants import Insert, Want

Found = dict[tuple[str, str, str], list[Node]]  # what stands there, by kind, part and place


def inserted(want: Want, local: str, found: Found, wants: Sequence[Want]) -> Insert:
    """What is there already does not decide the order: two insertions of one place stand as if they came together."""
    if want.kind == "decorator":
        return Insert(want, local, _above(want, found, wants))
    return Insert(want, local, beneath=_beneath(want, found, wants))


def _beneath(want: Want, found: Found, wants: Sequence[Want]) -> ast.stmt | None:
    """The last of the statements of ours directly below the app that come before this one."""
    anchor = want.point.anchor
    if want.kind != "statement" or anchor is None or anchor.before:
        return None
    earlier = [w for w in wants[: wants.index(want)] if w.kind == "statement" and w.point.anchor == anchor]
    nodes = [n for w in earlier for n in found.get((w.kind, w.part, w.place), ()) if n.form == w.form]
    below, last = anchor.end_line + 1, None
    for statement in sorted((n.statement for n in nodes if n.statement is not None), key=lambda one: one.lineno):
        if statement.lineno == below:
            below, last = (statement.end_lineno or below) + 1, statement
    return last


def _above(want: Want, found: Found, wants: Sequence[Want]) -> int:
    """How many decorators of ours, directly below what registers, this one goes beneath: observation stays outside."""
    symbol = want.point.symbol
    parts = {w.part for w in wants if w.advice.rank < want.advice.rank and w.point.symbol == symbol} if found else ()
    taken = {n.index for part in parts for n in found.get(("decorator", part, symbol), ())}
    count = 0
    while want.point.slot + count in taken:
        count += 1
    return count


def in_place(node: Node, want: Want) -> bool:
    """Below the decorator that registers. A place is not fixed where nothing registers: a function's, a class's."""
    return want.kind == "statement" or not want.is_placed or node.index >= want.point.slot
