"""Arguments, elements and wraps: what is written, and that taking it away gives the same bytes back."""

from __future__ import annotations

import ast
from collections.abc import Sequence

import pytest

from splice.model import Edit, Reason, Refused
from splice.source import Source
from splice.transformers import arguments, callees

T = "timeout=T"
ARGUMENTS = {
    "f()": "f(timeout=T)",
    "f(a)": "f(a, timeout=T)",
    "f(a, b=1)": "f(a, b=1, timeout=T)",
    "f(a,)": "f(a, timeout=T,)",
    "f(*a)": "f(*a, timeout=T)",
    "f((a))": "f((a), timeout=T)",
    "f((x for x in y))": "f((x for x in y), timeout=T)",
    "f(g(a, b))": "f(g(a, b), timeout=T)",
    "f(\n    a,\n)": "f(\n    a,\n    timeout=T,\n)",
    "f(\r\n    a,\r\n)": "f(\r\n    a,\r\n    timeout=T,\r\n)",
    "f(\n\ta,\n\tb,\n\t)": "f(\n\ta,\n\tb,\n\ttimeout=T,\n\t)",
    "f(\n    a,  # why\n)": "f(\n    a,  # why\n    timeout=T,\n)",
    "f(\n    a,\n    # last\n)": "f(\n    a,\n    timeout=T,\n    # last\n)",
    "f(\n    a,\n    b\n)": "f(\n    a,\n    b, timeout=T\n)",
    "f(\n    a  # why\n)": "f(\n    a, timeout=T  # why\n)",
    "f(\n    a, b,\n)": "f(\n    a, b, timeout=T,\n)",
    "f(  # nothing\n)": "f(  # nothing\ntimeout=T)",
    "f(a,\n  b)": "f(a,\n  b, timeout=T)",
    "f(a, g(\n    1,\n))": "f(a, g(\n    1,\n), timeout=T)",
    "f('''\n''', a)": "f('''\n''', a, timeout=T)",
    "(x\n .f)(a)": "(x\n .f)(a, timeout=T)",
    "f('ü', a)": "f('ü', a, timeout=T)",
    "f(a)(b)": "f(a)(b, timeout=T)",
    'f(f"{a(1)}")': 'f(f"{a(1)}", timeout=T)',
}
ELEMENTS = {
    "f(a)": "f(a, deps=[g()])",
    "f(a, deps=[])": "f(a, deps=[g()])",
    "f(a, deps=[x])": "f(a, deps=[g(), x])",
    "f(a, deps=[*x, y], b=1)": "f(a, deps=[g(), *x, y], b=1)",
    "f(deps=[\n    x,\n])": "f(deps=[\n    g(),\n    x,\n])",
    "f(deps=[  # ours\n    # first\n    x\n])": "f(deps=[  # ours\n    g(),\n    # first\n    x\n])",
    "f(deps=[\n    x, y])": "f(deps=[\n    g(),\n    x, y])",
}


def last_call(text: str) -> tuple[Source, ast.Call]:
    source = Source.decode(text.encode())
    node = ast.parse(text).body[-1]
    assert isinstance(node, ast.Expr) and isinstance(node.value, ast.Call)
    return source, node.value


def apply(source: Source, edits: Sequence[Edit]) -> str:
    return source.apply(tuple(edits)).decode()


@pytest.mark.parametrize("before", ARGUMENTS)
@pytest.mark.parametrize("prefix", ["", "# ü\n\n"])
def test_an_argument_comes_and_goes(before: str, prefix: str) -> None:
    source, call = last_call(prefix + before)
    placed = arguments.insert(source, call, "timeout", "T")
    after = apply(source, placed.edits)
    assert after == prefix + ARGUMENTS[before]
    source, call = last_call(after)
    value = next(word.value for word in call.keywords if word.arg == "timeout")
    assert apply(source, [arguments.remove(source, call, value, placed.text)]) == prefix + before


@pytest.mark.parametrize("before", ELEMENTS)
def test_an_element_comes_and_goes(before: str) -> None:
    source, call = last_call(before)
    placed = arguments.insert(source, call, "deps", "g()", element=True)
    after = apply(source, placed.edits)
    assert after == ELEMENTS[before]
    source, call = last_call(after)
    value = next(word.value for word in call.keywords if word.arg == "deps")
    assert isinstance(value, ast.List)
    assert apply(source, [arguments.remove(source, call, value.elts[0], placed.text)]) == before


@pytest.mark.parametrize(
    "text",
    ["f(**options)", "f(x for x in y)", "f(a, timeout=3)", "f(a, timeout=[1])", "f(" + "(" * 150 + ")" * 150 + ")"],
)
def test_what_cannot_be_added_right_is_refused(text: str) -> None:
    source, call = last_call(text)
    with pytest.raises(Refused) as refused:
        arguments.insert(source, call, "timeout", "T")
    assert refused.value.reason in (Reason.ARGUMENT, Reason.TOO_DEEP)


@pytest.mark.parametrize("text", ["f(deps=DEPS)", "f(deps=(a,))", "f(**options)"])
def test_an_element_needs_a_list(text: str) -> None:
    source, call = last_call(text)
    with pytest.raises(Refused):
        arguments.insert(source, call, "deps", "g()", element=True)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("f(timeout=T, b=1)", "f(b=1)"),  # a human added one
        ("f(\n    timeout=T,  # fast\n)", "f(\n      # fast\n)"),
        ("f(\n    a,  # why\n    timeout=T\n)", "f(\n    a,  # why\n    \n)"),
        ("f(a, timeout=(T))", "f(a)"),
        ("f(\n    timeout=T,\n    a=1,\n)", "f(\n    a=1,\n)"),
    ],
)
def test_a_humans_text_around_it_stays(text: str, expected: str) -> None:
    source, call = last_call(text)
    value = next(word.value for word in call.keywords if word.arg == "timeout")
    after = apply(source, [arguments.remove(source, call, value)])
    assert after == expected
    ast.parse(after)


WRAPS = {
    "f(a)": "w(f)(a)",
    "a.b.c(x)": "w(a.b.c)(x)",
    "(f)(a)": "(w(f))(a)",
    "(a\n .b)(x)": "(w(a\n .b))(x)",
    "f(a)(b)": "w(f(a))(b)",
    "f(\n    a,\n)": "w(f)(\n    a,\n)",
    "'ü'.f(a)": "w('ü'.f)(a)",
}


@pytest.mark.parametrize("before", WRAPS)
def test_a_wrap_comes_and_goes(before: str) -> None:
    source, call = last_call(before)
    after = apply(source, callees.wrap(source, call, "w"))
    assert after == WRAPS[before]
    source, call = last_call(after)
    assert apply(source, callees.unwrap(source, call)) == before


def test_parentheses_in_a_wrap_stay_and_a_comment_keeps_it() -> None:
    source, call = last_call("w((a.f))(x)")
    assert apply(source, callees.unwrap(source, call)) == "(a.f)(x)"
    source, call = last_call("w(  # twice\n    f\n)(x)")
    with pytest.raises(Refused):
        callees.unwrap(source, call)
