"""Wrap what a call calls, `fetch(url)` to `retried(fetch)(url)`, or take a wrap of ours away again."""

from __future__ import annotations

import ast

import libcst as cst

from splice.model import Edit, Reason, Refused
from splice.source import Source
from splice.transformers import fragment


def wrap(source: Source, call: ast.Call, text: str) -> tuple[Edit, Edit]:
    """Call `text` with the callee, and call what that gives. Raises Refused where libcst reads something else."""
    start, end = source.span(call.func)
    edits = (Edit(start, start, f"{text}("), Edit(end, end, ")"))
    fragment.bounded(source.segment(call), [call], call.lineno)
    head, callee = source.text[source.span(call)[0] : start], source.segment(call.func)
    rest = source.text[end : source.span(call)[1]]
    code = cst.Module([]).code_for_node
    try:
        old = cst.parse_expression(f"({fragment.normal(head + callee + rest)})")
        new = cst.parse_expression(f"({fragment.normal(f'{head}{text}({callee}){rest}')})")
        assert isinstance(old, cst.Call) and isinstance(new, cst.Call) and isinstance(new.func, cst.Call)
        inner = new.func.args[0].value.with_changes(lpar=old.func.lpar, rpar=old.func.rpar)
        same = code(new.with_changes(func=inner)) == code(old)
    except (cst.ParserSyntaxError, RecursionError, AssertionError) as error:
        raise Refused(Reason.HEADER, f"libcst: {type(error).__name__}", call.lineno) from None
    if not same:
        raise Refused(Reason.HEADER, "libcst reads this call differently", call.lineno)
    return edits


def unwrap(source: Source, call: ast.Call) -> tuple[Edit, Edit]:
    """Take the wrap around the callee away. Raises Refused where a comment stands in it."""
    around = call.func
    assert isinstance(around, ast.Call)
    (start, end), (first, last) = source.span(around), source.span(around.args[0])
    while source.text[first - 1] == "(" and source.text[last] == ")" and first - 1 > source.span(around.func)[1]:
        first, last = first - 1, last + 1
    if "#" in source.text[start:first] or "#" in source.text[last:end]:
        raise Refused(Reason.HEADER, "a comment stands in the wrap", call.lineno)
    return Edit(start, first, ""), Edit(last, end, "")
