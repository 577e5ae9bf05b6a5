"""What a request has to pass, layer by layer from the outside, and what that comes to for one operation."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from splice.model import Access
from splice.symbols import Scope

State = Literal["guarded", "public", "unknown", "open", "idle"]


@dataclass(frozen=True, slots=True)
class Layer:
    """One thing that a request has to pass: a decorator, a mixin, a middleware, the permissions of a view.

    `open` lets everybody pass and says so (`AllowAny`), `idle` would guard and never runs where it stands; what merely
    lets pass is no layer at all. `why`: why it is
    unknown. `hides`: what stands below may not be asked, since it keeps answers, or gives them in a way of its own.
    """

    state: State
    by: str
    file: str = ""
    line: int = 0
    why: str = ""
    hides: bool = False


def layer(state: State, by: str, scope: Scope, node: ast.AST, why: str = "", *, hides: bool = False) -> Layer:
    """A layer that stands in a file."""
    return Layer(state, by, scope.module.file, getattr(node, "lineno", 0), why, hides)


def spelled(node: ast.expr) -> str:
    """How an expression reads, on one line and not too long."""
    text = " ".join(ast.unparse(node).split())
    return text if len(text) <= 60 else f"{text[:57]}..."


def through(layers: Sequence[Layer]) -> Access:
    """Who gets through all of these, outermost first."""
    keeps: Layer | None = None
    for one in layers:
        if one.state == "guarded":
            if keeps is None:
                return Access("guarded", one.by, one.file, one.line)
            return Access("unknown", keeps.by, keeps.file, keeps.line, f"{keeps.why}, and {one.by} need not be asked")
        keeps = keeps or (one if one.hides else None)
    for state in ("public", "unknown"):
        for one in layers:
            if one.state == state:
                return Access(state, one.by, one.file, one.line, one.why if state == "unknown" else "")
    for one in layers:
        if one.state == "idle":
            return Access("unguarded", one.by, one.file, one.line, one.why)
        if one.state == "open":
            place = f" at {one.file}:{one.line}" if one.file else ""
            return Access("unguarded", reason=f"{one.by}{place}: {one.why}")
    return Access("unguarded")


def weakest(found: Iterable[Access]) -> Access:
    """What several ways to one operation come to: it is as open as the most open of them."""
    order = ("unguarded", "unknown", "public", "guarded")
    ranked = sorted(dict.fromkeys(found), key=lambda one: order.index(one.state))
    return ranked[0] if ranked else Access("unknown", reason="nothing is known to lead here")
