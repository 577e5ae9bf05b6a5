"""Removing and exchanging a decorator takes our own text only: comments and neighbours stay."""

from __future__ import annotations

import ast

import pytest

from splice.source import Source
from splice.transformers import decorators


def node_of(source: Source) -> ast.FunctionDef:
    return next(n for n in ast.walk(ast.parse(source.text)) if isinstance(n, ast.FunctionDef))


def removed(text: str, index: int, piece: str | None = None) -> str:
    source = Source.decode(text.encode())
    after = source.apply((decorators.remove(source, node_of(source), index, piece),)).decode()
    ast.parse(after)
    return after


@pytest.mark.parametrize(
    ("before", "index", "after"),
    [
        ("@r\n@o(1)\ndef f(): ...\n", 1, "@r\ndef f(): ...\n"),
        ("@o(1)\ndef f(): ...", 0, "def f(): ..."),
        ("@o(1)\n@r\ndef f(): ...\n", 0, "@r\ndef f(): ...\n"),
        ("# a\n@o(1)\n# b\n@r\n# c\ndef f(): ...\n", 0, "# a\n# b\n@r\n# c\ndef f(): ...\n"),
        ("# a\n@r\n# b\n@o(1)\n# c\ndef f(): ...\n", 1, "# a\n@r\n# b\n# c\ndef f(): ...\n"),
        ("@r\n@o(1)  # mine\ndef f(): ...\n", 1, "@r\n# mine\ndef f(): ...\n"),
        ("@o(1)  # mine\ndef f(): ...\n", 0, "# mine\ndef f(): ...\n"),
        ("@r\n@o(  # a\n    # b\n    1,  # c\n)\n\n@g\ndef f(): ...\n", 1, "@r\n# a\n# b\n# c\n\n@g\ndef f(): ...\n"),
        ("if 1:\n\t@r\r\n\t@o(\r\n\t\t1 # x\r\n\t)\r\n\tdef f(): ...\n", 1, "if 1:\n\t@r\r\n\t# x\r\n\tdef f(): ...\n"),
        ("@r\n@(\n    o(1)\n)\ndef f(): ...\n", 1, "@r\ndef f(): ...\n"),
        ("@r\n@o(1) \\\n\ndef f(): ...\n", 1, "@r\ndef f(): ...\n"),
        ("x\n\f@o(1)\n@r\ndef f(): ...\n", 0, "x\n\f@r\ndef f(): ...\n"),
        ("@r\n\f@o(1)\ndef f(): ...\n", 1, "@r\n\fdef f(): ...\n"),
        ("@r\r@o(1)\r@g\rdef f(): ...\r", 1, "@r\r@g\rdef f(): ...\r"),
        ("@r\n@o('''\n# no comment\n''')\ndef f(): ...\n", 1, "@r\ndef f(): ...\n"),
    ],
)
def test_only_its_own_lines_go(before: str, index: int, after: str) -> None:
    assert removed(before, index) == after


def test_a_piece_never_takes_more_than_the_decorator() -> None:
    # a forged lock row: the piece reaches into the service's own code
    text = "@o(1)\n@login_required\ndef f(): ...\n"
    assert removed(text, 0, "@o(1)\n@login_required\n") == "@login_required\ndef f(): ...\n"


def test_a_comment_is_a_humans_whatever_the_piece_says() -> None:
    assert removed("@o(1)  # keep\ndef f(): ...\n", 0, "@o(1)  # keep\n") == "# keep\ndef f(): ...\n"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("@r\n@o(1)  # c\ndef f(): ...\n", "@r\n@o(2)  # c\ndef f(): ...\n"),
        ("@r\n@(\n  # c\n  o(1)\n)\ndef f(): ...\n", "@r\n@(\n  # c\n  o(2)\n)\ndef f(): ...\n"),
        ("if 1:\n  @r\n  @ o(\n    1,\n  )\n  def f(): ...\n", "if 1:\n  @r\n  @ o(2)\n  def f(): ...\n"),
        ("é=1\r@r('é')\r@sc . o(1)\rdef f(): ...", "é=1\r@r('é')\r@o(2)\rdef f(): ..."),
    ],
)
def test_replace_exchanges_the_expression_only(before: str, after: str) -> None:
    source = Source.decode(before.encode())
    edit = decorators.replace(source, node_of(source), 1, "o(2)")
    assert source.apply((edit,)).decode() == after


@pytest.mark.parametrize(("newline", "unit"), [("\n", "    "), ("\r\n", "\t"), ("\r", "        ")])
def test_replace_wraps_a_call_that_is_too_long_in_the_block_where_it_stands(newline: str, unit: str) -> None:
    lines = ["class A:", "@r", "@o(1)", "def f(self): ...", ""]
    before = newline.join(unit + line if 0 < number < 4 else line for number, line in enumerate(lines))
    source = Source.decode(before.encode())
    edit = decorators.replace(source, node_of(source), 1, "o('a name that is too long')", 20)
    long = newline.join(unit + line for line in ("@o(", f"{unit[:4]}'a name that is too long'", ")"))
    assert source.apply((edit,)).decode() == before.replace(f"{unit}@o(1)", long)
