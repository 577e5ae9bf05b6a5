"""A statement goes on its own line after or before another; shared lines and only statements are refused."""

from __future__ import annotations

import ast
from collections.abc import Iterator

import pytest

from splice.model import Reason, Refused
from splice.source import Source
from splice.transformers import statements


def named(source: Source, word: str) -> ast.stmt:
    def all_statements(node: ast.AST) -> Iterator[ast.stmt]:
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.stmt):
                yield child
            yield from all_statements(child)

    simple = [n for n in all_statements(ast.parse(source.text)) if not hasattr(n, "body")]
    return next(n for n in simple if source.segment(n).startswith(word))


CASES = [
    ("one line", "app = F()\n", "app = F()\ni(app)\n"),
    ("several lines", "app = F(\n    1,\n)\nx = 2\n", "app = F(\n    1,\n)\ni(app)\nx = 2\n"),
    ("trailing comment", "app = F()  # c\nx\n", "app = F()  # c\ni(app)\nx\n"),
    ("in a function", "def make():\n    app = F()\n    return app\n", "def make():\n    app = F()\n    i(app)\n    return app\n"),
    ("tabs and CRLF", "if 1:\r\n\tapp = F()\r\n\tx\r\n", "if 1:\r\n\tapp = F()\r\n\ti(app)\r\n\tx\r\n"),
    ("lone CR", "app = F()\rx\r", "app = F()\ri(app)\rx\r"),
    ("no final newline", "x\napp = F()", "x\napp = F()\ni(app)"),
    ("no newline at all", "app = F()", "app = F()\ni(app)"),
    ("backslash", "app = \\\n  F() \\\n\nx\n", "app = \\\n  F() \\\n\ni(app)\nx\n"),
    ("multi-line string", 'app = F("""\na;b\n""")\nx\n', 'app = F("""\na;b\n""")\ni(app)\nx\n'),
    ("form feed before", "x\n\fapp = F()\ny\n", "x\n\fapp = F()\ni(app)\ny\n"),
    ("a lonely semicolon", "app = F();\nx\n", "app = F();\ni(app)\nx\n"),
    ("parenthesised", "app = (\n    F()  # c\n)\n\n\nx\n", "app = (\n    F()  # c\n)\ni(app)\n\n\nx\n"),
    ("class body", "class A:\n    app = F()\n", "class A:\n    app = F()\n    i(app)\n"),
    ("non-ASCII", "é = 'é'\napp = F('é\u2028é')\nx\n", "é = 'é'\napp = F('é\u2028é')\ni(app)\nx\n"),
]  # fmt: skip


@pytest.mark.parametrize(("before", "after"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_it_follows_on_its_own_line_and_goes_again(before: str, after: str) -> None:
    source = Source.decode(before.encode())
    placed = statements.insert_after(source, named(source, "app"), "i(app)")
    assert source.apply(placed.edits).decode() == after
    again = Source.decode(after.encode())
    gone = statements.remove(again, named(again, "i(app)"), placed.text)
    assert again.apply((gone,)).decode() == before


BEFORE = [
    ("one line", "x\n# why\napp = F()  # c\ny\n", "x\n# why\ni(app)\napp = F()  # c\ny\n"),
    ("the first line", "app = F(\n)\n", "i(app)\napp = F(\n)\n"),
    ("in a function, CRLF", "def make():\r\n\tapp = F()\r\n", "def make():\r\n\ti(app)\r\n\tapp = F()\r\n"),
    ("no newline at all", "app = F()", "i(app)\napp = F()"),
]  # fmt: skip


@pytest.mark.parametrize(("before", "after"), [case[1:] for case in BEFORE], ids=[case[0] for case in BEFORE])
def test_it_precedes_on_its_own_line_and_goes_again(before: str, after: str) -> None:
    source = Source.decode(before.encode())
    placed = statements.insert_before(source, named(source, "app"), "i(app)")
    assert source.apply(placed.edits).decode() == after
    again = Source.decode(after.encode())
    gone = statements.remove(again, named(again, "i(app)"), placed.text)
    assert again.apply((gone,)).decode() == before


@pytest.mark.parametrize(
    "text",
    [
        "app = F(); x = 1\n",
        "x = 1; app = F()\n",
        "if x: app = F()\n",
        "class A: app = F()\n",
        "if x: \\\n  app = F()\n",
    ],
)
def test_a_shared_line_is_refused(text: str) -> None:
    source = Source.decode(text.encode())
    with pytest.raises(Refused) as refused:
        statements.insert_after(source, named(source, "app"), "i(app)")
    assert refused.value.reason is Reason.HEADER


BLOCKS = [
    ("if", "if x:\n    u += y\nz\n", "if x:\n    u += y\ni(app)\nz\n"),
    ("else", "if x:\n    u\nelif y:\n    v\nelse:\n    w(\n      1)\n\n\nz\n", "if x:\n    u\nelif y:\n    v\nelse:\n    w(\n      1)\ni(app)\n\n\nz\n"),
    ("try", "try:\n  u\nexcept E:\n  v\n", "try:\n  u\nexcept E:\n  v\ni(app)\n"),
    ("finally", "try:\n  u\nexcept E:\n  v\nfinally:\n  w\nz", "try:\n  u\nexcept E:\n  v\nfinally:\n  w\ni(app)\nz"),
    ("a block in a block", "if x:\n  for y in z:\n    u\n  else:\n    v; w\n", "if x:\n  for y in z:\n    u\n  else:\n    v; w\ni(app)\n"),
    ("one line", "if x: u += y\n", "if x: u += y\ni(app)\n"),
    ("comments that end the block", "if x:\n    u\n    # c\n\n    # d\n\n# e\nz\n", "if x:\n    u\n    # c\n\n    # d\ni(app)\n\n# e\nz\n"),
    ("no final newline", "with x:\r\n\tu", "with x:\r\n\tu\r\ni(app)"),
    ("a string over lines", 'if x:\n  u = """\na\n  b"""  # c\nz\n', 'if x:\n  u = """\na\n  b"""  # c\ni(app)\nz\n'),
    ("match", "match x:\n  case 1:\n    u\n  case _:\n    v\nz\n", "match x:\n  case 1:\n    u\n  case _:\n    v\ni(app)\nz\n"),
    ("a function inside", "if x:\n  def f():\n    return 1\n", "if x:\n  def f():\n    return 1\ni(app)\n"),
]  # fmt: skip


@pytest.mark.parametrize(("before", "after"), [case[1:] for case in BLOCKS], ids=[case[0] for case in BLOCKS])
def test_it_follows_the_blocks_of_a_compound_statement_and_goes_again(before: str, after: str) -> None:
    source = Source.decode(before.encode())
    placed = statements.insert_after(source, ast.parse(source.text).body[0], "i(app)")
    assert source.apply(placed.edits).decode() == after
    again = Source.decode(after.encode())
    gone = statements.remove(again, named(again, "i(app)"), placed.text)
    assert again.apply((gone,)).decode() == before


@pytest.mark.parametrize("text", ["def f():\n    app = F()\n", "class C:\n    app = F()\n"])
def test_a_definition_has_no_neighbour(text: str) -> None:
    source = Source.decode(text.encode())
    with pytest.raises(Refused):
        statements.insert_after(source, ast.parse(source.text).body[0], "i(app)")


def test_nothing_goes_above_a_compound_statement() -> None:
    source = Source.decode(b"with x:\n    app = F()\n")
    with pytest.raises(Refused):
        statements.insert_before(source, ast.parse(source.text).body[0], "i(app)")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("x\ni(app)  # human\ny\n", "x\n# human\ny\n"),
        ("if 1:\n  i(  # a\n    app,  # b\n  )\n  y\n", "if 1:\n  # a\n  # b\n  y\n"),
        ("x\ni(app)", "x\n"),
        ("i(app)\n", ""),
    ],
)
def test_comments_of_humans_stay(before: str, after: str) -> None:
    source = Source.decode(before.encode())
    assert source.apply((statements.remove(source, named(source, "i("), None),)).decode() == after


@pytest.mark.parametrize("text", ["def f():\n    i(app)\n", "if x:\n    y\nelse:\n    i(app)\n", "x = 1; i(app)\n"])
def test_the_only_statement_of_a_block_stays(text: str) -> None:
    source = Source.decode(text.encode())
    with pytest.raises(Refused) as refused:
        statements.remove(source, named(source, "i("))
    assert refused.value.reason is Reason.HEADER


def test_a_long_call_is_wrapped() -> None:
    source = Source.decode(b"def f():\n    app = F()\n    return app\n")
    placed = statements.insert_after(source, named(source, "app"), 'instrument(app, "svc")', 20)
    assert placed.text == '    instrument(\n        app, "svc"\n    )\n'
