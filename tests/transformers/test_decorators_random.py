"""Whatever newlines, indentation and comments surround a function: one decorator more, then the bytes again."""

from __future__ import annotations

import ast

from hypothesis import given, settings
from hypothesis import strategies as st

from splice.model import Refused
from splice.source import Source
from splice.transformers import decorators

COMMENTS = st.sampled_from(["", "# c", "# @x", "    # é\u2028", "\f", "\t# def g(): ..."])
DECORATORS = st.sampled_from(
    ["@a", "@ a.b", "@a(1)  # t", "@a(\n  1, # :\n)", "@(\n# @\na\n)", "@a \\\n", '@a("""\n@z\n""")', "@a[1:2]"]
)
HEADERS = st.sampled_from(
    [
        "def f(): ...",
        "async def f(x=lambda: 1, *, y: int = {1: 2}[1]) -> (lambda: 0):  # c\n{indent} return x",
        "def f() -> lambda: 0: ...",
        "def \\\n f(\n a, # :\n b): ...",
        "class f(A, metaclass=M): x: int = 1",
    ]
)


@settings(max_examples=300, deadline=None, derandomize=True, database=None)
@given(
    lines=st.lists(st.tuples(COMMENTS, DECORATORS), max_size=4),
    last=COMMENTS,
    header=HEADERS,
    indent=st.sampled_from(["", "  ", "    ", "\t"]),
    newline=st.sampled_from(["\n", "\r\n", "\r"]),
    end=st.sampled_from(["", "\n", "\n\n# end"]),
    data=st.data(),
)
def test_insert_then_remove_is_nothing(
    lines: list[tuple[str, str]],
    last: str,
    header: str,
    indent: str,
    newline: str,
    end: str,
    data: st.DataObject,
) -> None:
    rows = [row for comment, text in lines for row in (comment, indent + text)]
    opening = "if 1:" if indent else "x = 1"
    text = "\n".join([opening, *rows, last, indent + header.replace("{indent}", indent)])
    source = Source.decode((text + end).replace("\n", newline).encode())
    node = _definition(source.text)
    slot = data.draw(st.integers(0, len(node.decorator_list)))
    try:
        placed = decorators.insert(source, node, slot, "o('é')")
    except Refused:
        # only what a backslash leaves open, and never without saying so
        assert "\\" in text
        return
    after = Source.decode(source.apply(placed.edits))
    again = _definition(after.text)
    wanted = [ast.dump(item) for item in node.decorator_list]
    wanted.insert(slot, ast.dump(ast.parse("o('é')", mode="eval").body))
    assert [ast.dump(item) for item in again.decorator_list] == wanted
    assert after.apply((decorators.remove(after, again, slot, placed.text),)) == source.raw
    assert after.apply((decorators.remove(after, again, slot),)) == source.raw


def _definition(text: str) -> ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef:
    nodes = ast.walk(ast.parse(text))
    return next(n for n in nodes if isinstance(n, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)))
