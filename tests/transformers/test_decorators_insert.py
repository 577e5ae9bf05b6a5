"""A decorator goes on one new line of its own, wherever `def` stands and however the file is written."""

from __future__ import annotations

import ast
import sys

import pytest

from splice.model import Reason, Refused
from splice.source import Source
from splice.transformers import decorators

Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


def definition(text: str, name: str = "f") -> Definition:
    nodes = [n for n in ast.walk(ast.parse(text)) if isinstance(n, Definition)]
    return next(n for n in nodes if n.name == name)


def inserted(text: str, slot: int, new: str = "o(1)", name: str = "f") -> str:
    source = Source.decode(text.encode())
    placed = decorators.insert(source, definition(source.text, name), slot, new)
    after = source.apply(placed.edits)
    ast.parse(after)
    assert placed.text in after.decode()
    again = Source.decode(after)
    gone = decorators.remove(again, definition(again.text, name), slot, placed.text)
    assert again.apply((gone,)) == source.raw, "strip gives the bytes back"
    assert again.apply((decorators.remove(again, definition(again.text, name), slot),)) == source.raw
    return after.decode()


CASES = [
    ("beneath the route", "@r\ndef f(): ...\n", 1, "@r\n@o(1)\ndef f(): ...\n"),
    ("above all", "@r\ndef f(): ...\n", 0, "@o(1)\n@r\ndef f(): ...\n"),
    ("no decorators", "def f(): ...\n", 0, "@o(1)\ndef f(): ...\n"),
    ("between two", "@r\n@g\ndef f(): ...\n", 1, "@r\n@o(1)\n@g\ndef f(): ...\n"),
    ("one-line def, no final newline", "@r\ndef f(): return 1", 1, "@r\n@o(1)\ndef f(): return 1"),
    ("only a def without a newline", "def f(): return 1", 0, "@o(1)\ndef f(): return 1"),
    ("backslash in the header", "@r\ndef \\\n  f(): ...\n", 1, "@r\n@o(1)\ndef \\\n  f(): ...\n"),
    ("comment before the next", "@r\n# why g\n@g\ndef f(): ...\n", 1, "@r\n@o(1)\n# why g\n@g\ndef f(): ...\n"),
    ("comment before def", "@r\n# about f\ndef f(): ...\n", 1, "@r\n@o(1)\n# about f\ndef f(): ...\n"),
    ("comment before the first", "# top\n@r\ndef f(): ...\n", 0, "# top\n@o(1)\n@r\ndef f(): ...\n"),
    ("comment before a bare def", "# top\ndef f(): ...\n", 0, "# top\n@o(1)\ndef f(): ...\n"),
    ("trailing comment", "@r  # x\ndef f(): ...\n", 1, "@r  # x\n@o(1)\ndef f(): ...\n"),
    ("comment left of the block", "if 1:\n  @r\n# low\n  def f(): ...\n", 1, "if 1:\n  @r\n  @o(1)\n# low\n  def f(): ...\n"),
    ("tabs", "class A:\n\t@r\n\tdef f(self): ...\n", 1, "class A:\n\t@r\n\t@o(1)\n\tdef f(self): ...\n"),
    ("CRLF", "@r\r\ndef f(): ...\r\n", 1, "@r\r\n@o(1)\r\ndef f(): ...\r\n"),
    ("lone CR", "@r\rdef f():\r  pass\r", 1, "@r\r@o(1)\rdef f():\r  pass\r"),
    ("mixed newlines follow the place", "x = 1\n@r\r\ndef f(): ...\n", 1, "x = 1\n@r\r\n@o(1)\r\ndef f(): ...\n"),
    ("form-feed line", "@r\n\f\ndef f(): ...\n", 1, "@r\n@o(1)\n\f\ndef f(): ...\n"),
    ("form feed before @, beneath", "x = 1\n\f@r\ndef f(): ...\n", 1, "x = 1\n\f@r\n@o(1)\ndef f(): ...\n"),
    ("form feed before @, above", "x = 1\n\f@r\ndef f(): ...\n", 0, "x = 1\n\f@o(1)\n@r\ndef f(): ...\n"),
    ("form feed before def", "@r\n\fdef f(): ...\n", 1, "@r\n@o(1)\n\fdef f(): ...\n"),
    ("form feed in the indentation", "if 1:\n    \f  @r\n  def f(): ...\n", 1, "if 1:\n    \f  @r\n  @o(1)\n  def f(): ...\n"),
    ("in if", "if x:\n    @r\n    def f(): ...\n", 1, "if x:\n    @r\n    @o(1)\n    def f(): ...\n"),
    ("in try", "try:\n  def f(): ...\nfinally: pass\n", 0, "try:\n  @o(1)\n  def f(): ...\nfinally: pass\n"),
    ("in else", "if x: y\nelse:\n  def f(): ...\n", 0, "if x: y\nelse:\n  @o(1)\n  def f(): ...\n"),
    ("in with", "with x:\n  @r\n  def f(): ...\nz\n", 1, "with x:\n  @r\n  @o(1)\n  def f(): ...\nz\n"),
    ("in match", "match x:\n  case 1:\n    def f(): ...\n", 0, "match x:\n  case 1:\n    @o(1)\n    def f(): ...\n"),
    ("method, odd class header", "class A: \n  @x\n  def f(self): ...\n", 1, "class A: \n  @x\n  @o(1)\n  def f(self): ...\n"),
    ("nested", "def g():\n    @r\n    def f():\n        return 1\n    return f\n", 1, "def g():\n    @r\n    @o(1)\n    def f():\n        return 1\n    return f\n"),
    ("async", "@r\nasync def f(): ...\n", 1, "@r\n@o(1)\nasync def f(): ...\n"),
    ("async over lines", "@r\nasync \\\ndef f(): ...\n", 1, "@r\n@o(1)\nasync \\\ndef f(): ...\n"),
    ("class", "@r\nclass f(A, metaclass=M): ...\n", 1, "@r\n@o(1)\nclass f(A, metaclass=M): ...\n"),
    ("multi-line decorator", "@r(\n    1,  # one\n)\ndef f(): ...\n", 1, "@r(\n    1,  # one\n)\n@o(1)\ndef f(): ...\n"),
    ("multi-line string", '@r("""a\n@z\n""")\ndef f(): ...\n', 1, '@r("""a\n@z\n""")\n@o(1)\ndef f(): ...\n'),
    ("multi-line string with CRLF", '@r("""a\r\n\fb""")\r\ndef f(): ...\r\n', 1, '@r("""a\r\n\fb""")\r\n@o(1)\r\ndef f(): ...\r\n'),
    ("space after @", "@ r\ndef f(): ...\n", 1, "@ r\n@o(1)\ndef f(): ...\n"),
    ("parenthesised over lines", '@(\n    # @ here\n    r("/x")\n)\ndef f(): ...\n', 1, '@(\n    # @ here\n    r("/x")\n)\n@o(1)\ndef f(): ...\n'),
    ("parenthesised, above", '@(\n    r("/x")\n)\ndef f(): ...\n', 0, '@o(1)\n@(\n    r("/x")\n)\ndef f(): ...\n'),
    ("backslash and a blank line", "@r \\\n\ndef f(): ...\n", 1, "@r \\\n\n@o(1)\ndef f(): ...\n"),
    ("lambda as return annotation", "@r\ndef f() -> lambda: 0: ...\n", 1, "@r\n@o(1)\ndef f() -> lambda: 0: ...\n"),
    ("lambda in parentheses", "def f(a=lambda: 0, *, b: {1: 2}) -> (lambda: 0): ...\n", 0, "@o(1)\ndef f(a=lambda: 0, *, b: {1: 2}) -> (lambda: 0): ...\n"),
    ("comments in the header", "@r\ndef f(  # a:\n    x,  # b:\n): # c\n    pass\n", 1, "@r\n@o(1)\ndef f(  # a:\n    x,  # b:\n): # c\n    pass\n"),
    ("non-ASCII before", "é = 'é\u2028'\n@r('é')\ndef f(): ...\n", 1, "é = 'é\u2028'\n@r('é')\n@o(1)\ndef f(): ...\n"),
    ("U+2028 in a comment", "@r  # a\u2028b\x0bc\ndef f(): ...\n", 1, "@r  # a\u2028b\x0bc\n@o(1)\ndef f(): ...\n"),
    ("matrix product", "@(\n  a\n  @ b\n)\ndef f(): ...\n", 1, "@(\n  a\n  @ b\n)\n@o(1)\ndef f(): ...\n"),
    ("after a weird line", "if 1: x = 1;\n@r\ndef f(): ...\n", 1, "if 1: x = 1;\n@r\n@o(1)\ndef f(): ...\n"),
    ("walrus and await", "async def g():\n @(y := await x)\n async def f(): ...\n", 1, "async def g():\n @(y := await x)\n @o(1)\n async def f(): ...\n"),
]  # fmt: skip


@pytest.mark.parametrize(("before", "slot", "after"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_it_stands_on_its_own_line(before: str, slot: int, after: str) -> None:
    assert inserted(before, slot) == after


@pytest.mark.skipif(sys.version_info < (3, 12), reason="PEP 695 needs Python 3.12")
def test_type_parameters() -> None:
    assert inserted("@r\ndef f[T: (int, str)](x: T): ...\n", 1) == "@r\n@o(1)\ndef f[T: (int, str)](x: T): ...\n"


@pytest.mark.parametrize(
    "raw",
    [
        "# coding: latin-1\nx = 'é'\n@r('é')\ndef f(): return 'ü'\n".encode("latin-1"),
        b"\xef\xbb\xbf@r\ndef f(): ...\n",
        "x = 'é'; \n@r('\u2028é')\ndef f(): ...\n".encode(),
    ],
)
def test_other_bytes_stay(raw: bytes) -> None:
    source = Source.decode(raw)
    placed = decorators.insert(source, definition(source.text), 1, "o(1)")
    after = source.apply(placed.edits)
    assert after.replace(b"@o(1)\n", b"") == raw
    assert len(after) == len(raw) + 6


@pytest.mark.parametrize(
    ("text", "line_length", "lines"),
    [
        ('observed("GET /x")', 19, ['@observed("GET /x")']),
        ('observed("GET /x")', 18, ["@observed(", '    "GET /x"', ")"]),
        ('g(who, "a", k="b")', 14, ["@g(", "    who,", '    "a",', '    k="b",', ")"]),
        ('guard(who, "a", k="b")', 20, ["@guard(", '    who, "a", k="b"', ")"]),
    ],
)
def test_a_long_call_is_wrapped_as_black_does(text: str, line_length: int, lines: list[str]) -> None:
    source = Source.decode(b"def f():\n    pass\n")
    placed = decorators.insert(source, definition(source.text), 0, text, line_length)
    assert placed.text == "\n".join(lines) + "\n"


def test_wrapping_counts_the_indentation() -> None:
    source = Source.decode(b"class A:\r\n\tdef f(self):\r\n\t\tpass\r\n")
    placed = decorators.insert(source, definition(source.text), 0, 'observed("GET /x")', 22)
    assert placed.text == '\t@observed(\r\n\t\t"GET /x"\r\n\t)\r\n'


def test_the_header_ends_after_its_colon() -> None:
    source = Source.decode(b"x\n@r\n@(\n g)\ndef f(a=lambda: 1) -> lambda: 0: return {1: 2}\n")
    start, end = decorators.header(source, definition(source.text))
    assert source.text[start:end] == "@r\n@(\n g)\ndef f(a=lambda: 1) -> lambda: 0:"


def test_a_backslash_above_is_refused() -> None:
    source = Source.decode(b"\\\n@r\ndef f(): ...\n")
    with pytest.raises(Refused) as refused:
        decorators.insert(source, definition(source.text), 0, "o(1)")
    assert refused.value.reason is Reason.HEADER


def test_a_node_of_another_text_is_refused() -> None:
    node = definition("@r\n@g\ndef f(): ...\n")
    with pytest.raises(Refused) as refused:
        decorators.insert(Source.decode(b"@r\nx = 1\ndef f(): ...\n"), node, 1, "o(1)")
    assert refused.value.reason is Reason.HEADER


@pytest.mark.parametrize(
    "expression",
    [
        "(" * 150 + "x" + ")" * 150,
        "+".join(["x"] * 900),
        "not " * 900 + "x",
        "x" + ".a" * 900,
        " or ".join(["x"] * 2000),
        " ".join(["'a'"] * 2000),
        "x(" + "'" + "a" * 200_000 + "')",
        "x" + "(1, 2)" * 900,
    ],
    ids=["brackets", "sum", "not", "attributes", "or", "strings", "length", "calls"],
)
def test_what_could_end_the_process_is_refused(expression: str) -> None:
    text = f"@{expression}\ndef f(): ...\n"
    node = definition("@x\ndef f(): ...\n")
    try:
        node = definition(text)
    except (RecursionError, MemoryError, SyntaxError):
        pytest.skip("this Python cannot parse it either")
    with pytest.raises(Refused) as refused:
        decorators.insert(Source.decode(text.encode()), node, 1, "o(1)")
    assert refused.value.reason is Reason.TOO_DEEP


def test_five_thousand_parentheses_do_not_reach_libcst() -> None:
    # ast refuses them as well, so the node is that of a harmless text with the same shape
    deep = "@(" + "(" * 5000 + "x" + ")" * 5000 + ")\ndef f(): ...\n"
    node = definition("@(x)\ndef f(): ...\n")
    node.decorator_list[0].col_offset = deep.index("x")
    node.decorator_list[0].end_col_offset = deep.index("x") + 1
    with pytest.raises(Refused) as refused:
        decorators.insert(Source.decode(deep.encode()), node, 1, "o(1)")
    assert refused.value.reason is Reason.TOO_DEEP


def test_a_function_of_nine_hundred_terms_in_its_body_is_no_obstacle() -> None:
    body = " + ".join(["x"] * 900)
    assert inserted(f"@r\ndef f(): return {body}\n", 1).startswith("@r\n@o(1)\ndef f()")
