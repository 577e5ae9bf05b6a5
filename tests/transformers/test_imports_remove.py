"""Taking names out of an import leaves the rest of it, its comments and its neighbours as they are."""

from __future__ import annotations

import ast

import pytest

from splice.source import Source
from splice.transformers import imports


def removed(text: str, names: tuple[str, ...], piece: str | None = None, blank: int = 0) -> str:
    source = Source.decode(text.encode())
    node = next(n for n in ast.walk(ast.parse(text)) if isinstance(n, ast.ImportFrom) and n.module == "s")
    after = source.apply((imports.remove(source, node, names, piece, blank),)).decode()
    ast.parse(after)
    return after


@pytest.mark.parametrize(
    ("before", "names", "after"),
    [
        ("from s import a, b, c\n", ("b",), "from s import a, c\n"),
        ("from s import a, b, c\n", ("a", "b"), "from s import c\n"),
        ("from s import a, b, c\n", ("b", "c"), "from s import a\n"),
        ("from s import a, b as x, c  # k\n", ("b",), "from s import a, c  # k\n"),
        ("from s import a, a as x\n", ("a as x",), "from s import a\n"),
        ("from s import a, a as x\n", ("a",), ""),
        ("from s import a, \\\n    b\n", ("b",), "from s import a\n"),
        ("from s import a, \\\n    b\n", ("a",), "from s import b\n"),
        ("from s import (a, b)\n", ("b",), "from s import (a)\n"),
        ("from s import (a, b,)\n", ("b",), "from s import (a,)\n"),
        ("from s import (a, b)\n", ("a",), "from s import (b)\n"),
        ("from s import (\n    a,\n    b,\n    c,\n)\n", ("b",), "from s import (\n    a,\n    c,\n)\n"),
        ("from s import (\n    a,\n    b,\n    c,\n)\n", ("a", "c"), "from s import (\n    b,\n)\n"),
        ("from s import (\n    a,\n    b\n)\n", ("b",), "from s import (\n    a,\n)\n"),
        ("from s import (\n    a,  # x\n    b,  # y\n)\n", ("b",), "from s import (\n    a,  # x\n    # y\n)\n"),
        ("from s import (\r\n    # a\r\n    a,\r\n    # b\r\n    b,\r\n)\r\n", ("a",), "from s import (\r\n    # a\r\n    # b\r\n    b,\r\n)\r\n"),
        ("from s import (a,  # x\n    b)\n", ("a",), "from s import (  # x\n    b)\n"),
        ("from s import (a,  # x\n    b)\n", ("b",), "from s import (a,  # x\n    )\n"),
        ("from s import (a,\n    b, c,\n    d)\n", ("c", "d"), "from s import (a,\n    b,\n    )\n"),
        ("if x:\n    from s import a\n    y\n", ("a",), "if x:\n    y\n"),
        ("from s import a  # why\nx\n", ("a",), "# why\nx\n"),
        ("from s import a  # noqa: E402\nx\n", ("a",), "# noqa: E402\nx\n"),
        ("from s import (  # why\n    a,\n    b,\n)\nx\n", ("a", "b"), "# why\nx\n"),
    ],
)  # fmt: skip
def test_only_our_names_go(before: str, names: tuple[str, ...], after: str) -> None:
    assert removed(before, names) == after


def test_a_comment_of_our_own_goes() -> None:
    assert removed("from s import a  # noqa: E402\nx\n", ("a",), "from s import a  # noqa: E402\n") == "x\n"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("import x\n\nfrom s import a\n\ny = 1\n", "import x\n\ny = 1\n"),
        ("import x\n\nfrom s import a\n", "import x\n"),
        ("from s import a\n\nfrom .m import b\n", "from .m import b\n"),
        # neighbours that came later keep the blank line between the sections
        ("import x\n\nfrom s import a\nfrom t import b\n", "import x\n\nfrom t import b\n"),
        ("import x\n\nfrom a import b\nfrom s import a\n\ny = 1\n", "import x\n\nfrom a import b\n\ny = 1\n"),
        # a line with a form feed or spaces is not ours
        ("import x\n\f\nfrom s import a\n\f\ny = 1\n", "import x\n\f\n\f\ny = 1\n"),
        ("import x\nfrom s import a\n\ny = 1\n", "import x\n\ny = 1\n"),
    ],
)
def test_a_blank_line_goes_only_where_it_came_with_the_line(before: str, after: str) -> None:
    assert removed(before, ("a",), blank=1) == after
