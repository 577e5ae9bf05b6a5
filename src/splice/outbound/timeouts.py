"""Whether a call ends by itself: by its own argument, its client's, or the library's default."""

from __future__ import annotations

import ast
from dataclasses import dataclass

from splice.outbound.calls import Waits
from splice.outbound.library import Limit
from splice.outbound.ours import part_here
from splice.outbound.sure import Sure
from splice.resolve.arguments import Passed, passed
from splice.symbols import Scope
from splice.values import Const


@dataclass(frozen=True, slots=True)
class Given:
    """What the arguments of one call say: how long it waits, and the argument that could still be added."""

    waits: Waits
    keyword: str = ""


def given(sure: Sure, node: ast.Call, scope: Scope, limit: Limit, stem: str) -> Given:
    """What a call's own arguments say about its timeout. `stem`: the last name of the scaffold."""
    arguments = passed(sure.project, node, scope)
    file, line = scope.module.file, node.lineno
    first = limit.keyword
    if first in arguments.named:
        argument = arguments.named[first]
        values = sure.values(argument.node, argument.scope)
        if values == (Const(None),):
            return Given(Waits("off", f"{first}=None", file, line))
        part = part_here(sure.project, argument.node, argument.scope, stem)
        return Given(Waits("ours" if part else "own", f"{first}={part}", file, line), first if part else "")
    if limit.position is not None and len(arguments.positional) > limit.position:
        return Given(Waits("own", f"argument {limit.position + 1}", file, line))
    for other in limit.also:
        if other in arguments.named:
            return Given(Waits("own", f"{other}=", file, line))
    said = _text(arguments, limit) if limit.text else ""
    if said:
        return Given(Waits("own", said, file, line))
    if said is None:
        return Given(Waits("unknown", f"its text may hold {limit.text}", file, line))
    if not arguments.complete:
        return Given(Waits("unknown", "arguments behind * or ** may hold it", file, line))
    if limit.default is not None:
        return Given(Waits("default", f"{limit.default:g} s", file, line), "" if limit.milliseconds else first)
    return Given(Waits("missing", "", file, line), first)


def _text(arguments: Passed, limit: Limit) -> str | None:
    """What a URL or DSN says about it, "" for nothing; None where that cannot be read and would matter."""
    argument = arguments.get("dsn", 0) or arguments.get("conninfo") or arguments.get("url")
    if argument is None:
        return ""
    text = arguments.project.text(argument.node, argument.scope, argument.env)
    if text is not None:
        return f"{limit.text} in its text" if limit.text in text else ""
    return "" if limit.text_wins else None
