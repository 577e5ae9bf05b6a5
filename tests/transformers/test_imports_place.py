"""An import line goes where a sorter wants it: after docstring, `__future__` and barriers, in its section."""

from __future__ import annotations

import ast
from dataclasses import replace

import pytest

from splice.model import Reason, Refused
from splice.source import Source
from splice.transformers import imports
from splice.transformers.imports import ImportStyle

OURS = "from .scaffold import o"
STYLE = ImportStyle(first_party=("orders",))


def added(text: str, module: str = ".scaffold", style: ImportStyle = STYLE, first_use: int = 0) -> str:
    source = Source.decode(text.encode())
    placed = imports.add(source, ast.parse(source.text), module, ("o",), style, first_use or len(source.starts) + 1)
    after = source.apply(placed.edits)
    again = Source.decode(after)
    node = next(
        n for n in ast.parse(again.text).body if isinstance(n, ast.ImportFrom) and [a.name for a in n.names] == ["o"]
    )
    gone = imports.remove(again, node, ("o",), placed.text, placed.blank)
    assert again.apply((gone,)) == source.raw, "strip gives the bytes back"
    return after.decode()


RELATIVE = [
    ("new last section", "import os\n\nimport flask\n\nx = 1\n", "import os\n\nimport flask\n\nfrom .scaffold import o\n\nx = 1\n"),
    ("after a sibling", "from .models import M\n\nx = 1\n", "from .models import M\nfrom .scaffold import o\n\nx = 1\n"),
    ("before a sibling", "from .views import M\n\nx = 1\n", "from .scaffold import o\nfrom .views import M\n\nx = 1\n"),
    ("parents first", "from ..a import b\nfrom .t import c\n", "from ..a import b\nfrom .scaffold import o\nfrom .t import c\n"),
    ("package itself first", "from . import z\nfrom .t import c\n", "from . import z\nfrom .scaffold import o\nfrom .t import c\n"),
    ("numbers count", "from .scaff2 import z\nfrom .scaffold2 import c\n", "from .scaff2 import z\nfrom .scaffold import o\nfrom .scaffold2 import c\n"),
    ("case does not", "from .Models import z\nfrom .Views import c\n", "from .Models import z\nfrom .scaffold import o\nfrom .Views import c\n"),
    ("docstring", '"""Doc."""\n\nimport os\n\nx = 1\n', '"""Doc."""\n\nimport os\n\nfrom .scaffold import o\n\nx = 1\n'),
    ("future", "from __future__ import annotations\n\nimport os\n", "from __future__ import annotations\n\nimport os\n\nfrom .scaffold import o\n"),
    ("future only", "from __future__ import annotations\n\nx = 1\n", "from __future__ import annotations\n\nfrom .scaffold import o\n\nx = 1\n"),
    ("docstring only", '"""Doc.\n\nMore.\n"""\n', '"""Doc.\n\nMore.\n"""\n\nfrom .scaffold import o\n'),
    ("docstring, then a def", '"""Doc."""\n\n\ndef f(): ...\n', '"""Doc."""\n\nfrom .scaffold import o\n\n\ndef f(): ...\n'),
    ("docstring, crowded", '"""Doc."""\ndef f(): ...\n', '"""Doc."""\n\nfrom .scaffold import o\n\n\ndef f(): ...\n'),
    ("docstring with a backslash", '"""Doc.""" \\\n\nx = 1\n', '"""Doc.""" \\\n\n\nfrom .scaffold import o\n\nx = 1\n'),
    ("nothing at all", "", "from .scaffold import o\n"),
    ("no imports", "x = 1\n", "from .scaffold import o\n\nx = 1\n"),
    ("no imports, decorated", "@r\ndef f(): ...\n", "from .scaffold import o\n\n\n@r\ndef f(): ...\n"),
    ("no imports, parenthesised decorator", "@(\n    r\n)\ndef f(): ...\n", "from .scaffold import o\n\n\n@(\n    r\n)\ndef f(): ...\n"),
    ("shebang and coding", "#!/usr/bin/env python\n# coding: utf-8\nx = 1\n", "#!/usr/bin/env python\n# coding: utf-8\nfrom .scaffold import o\n\nx = 1\n"),
    ("licence", "# Licence\n# text\n\nx = 1\n", "# Licence\n# text\n\nfrom .scaffold import o\n\nx = 1\n"),
    ("licence, comment above code", "# Licence\n\n# about x\nx = 1\n", "# Licence\n\nfrom .scaffold import o\n\n# about x\nx = 1\n"),
    ("licence above the first import", "# Licence\nfrom .t import c\n", "# Licence\nfrom .scaffold import o\nfrom .t import c\n"),
    ("comment above a sibling", "import os\n\n# models\nfrom .t import c\n", "import os\n\nfrom .scaffold import o\n\n# models\nfrom .t import c\n"),
    ("comment between siblings", "from .m import c\n\n# t\nfrom .t import c\n", "from .m import c\nfrom .scaffold import o\n\n# t\nfrom .t import c\n"),
    ("trailing comment", "import os  # c\n\nx = 1\n", "import os  # c\n\nfrom .scaffold import o\n\nx = 1\n"),
    ("parenthesised", "from .m import (\n    a,  # c\n    b,\n)\n\nx = 1\n", "from .m import (\n    a,  # c\n    b,\n)\nfrom .scaffold import o\n\nx = 1\n"),
    ("semicolons", "import a; import b\n\nx = 1\n", "import a; import b\n\nfrom .scaffold import o\n\nx = 1\n"),
    ("a lonely semicolon", "import a;\n\nx = 1\n", "import a;\n\nfrom .scaffold import o\n\nx = 1\n"),
    ("backslash", "from .m import a, \\\n    b\nx = 1\n", "from .m import a, \\\n    b\nfrom .scaffold import o\nx = 1\n"),
    ("trailing backslash", "from .m import a \\\n\nx = 1\n", "from .m import a \\\n\nfrom .scaffold import o\nx = 1\n"),
    ("joined by a backslash", "from .m import a; \\\nfrom .n import b\nx = 1\n", "from .m import a; \\\nfrom .n import b\nfrom .scaffold import o\nx = 1\n"),
    ("if TYPE_CHECKING first", "if TYPE_CHECKING:\n    import a\n\nfrom .m import b\n\nx = 1\n", "if TYPE_CHECKING:\n    import a\n\nfrom .m import b\nfrom .scaffold import o\n\nx = 1\n"),
    ("TYPE_CHECKING ends the run", "import a\n\nif TYPE_CHECKING:\n    from .m import b\n", "import a\n\nfrom .scaffold import o\n\nif TYPE_CHECKING:\n    from .m import b\n"),
    ("try ends the run", "import a\n\ntry:\n    import b\nexcept ImportError:\n    b = None\nfrom .z import c\n", "import a\n\nfrom .scaffold import o\n\ntry:\n    import b\nexcept ImportError:\n    b = None\nfrom .z import c\n"),
    ("code ends the run", "import a\n\nx = 1\n\nfrom .t import c\n", "import a\n\nfrom .scaffold import o\n\nx = 1\n\nfrom .t import c\n"),
    ("version first", '__version__ = "1"\n\nimport a\n\nx = 1\n', '__version__ = "1"\n\nimport a\n\nfrom .scaffold import o\n\nx = 1\n'),
    ("split", "import a\n\n# isort: split\nfrom .t import c\n", "import a\n\nfrom .scaffold import o\n\n# isort: split\nfrom .t import c\n"),
    ("off and on", "# x\n\n# isort: off\nimport b\n# isort: on\nimport a\n\nx = 1\n", "# x\n\n# isort: off\nimport b\n# isort: on\nimport a\n\nfrom .scaffold import o\n\nx = 1\n"),
    ("skip", "import b  # isort: skip\nimport a\n\nx = 1\n", "import b  # isort: skip\nimport a\n\nfrom .scaffold import o\n\nx = 1\n"),
    ("star", "from .m import *\n\nx = 1\n", "from .m import *\nfrom .scaffold import o\n\nx = 1\n"),
    ("CRLF", "import a\r\n\r\nx = 1\r\n", "import a\r\n\r\nfrom .scaffold import o\r\n\r\nx = 1\r\n"),
    ("lone CR", "import a\r\rx = 1\r", "import a\r\rfrom .scaffold import o\r\rx = 1\r"),
    ("form feed", "import a\n\f\nx = 1\n", "import a\n\nfrom .scaffold import o\n\f\nx = 1\n"),
    ("no final newline", "import a", "import a\n\nfrom .scaffold import o"),
    ("docstring, no final newline", '"""D."""', '"""D."""\n\nfrom .scaffold import o'),
    ("not sorted", "from .z import a\nimport os\nfrom .b import a\nimport sys\n", "from .z import a\nimport os\nfrom .b import a\nfrom .scaffold import o\nimport sys\n"),
    ("section not sorted", "import os\n\nfrom .z import a\nfrom .b import a\n\nx = 1\n", "import os\n\nfrom .z import a\nfrom .b import a\nfrom .scaffold import o\n\nx = 1\n"),
    ("unsorted without siblings", "import os\nimport flask\nimport re\n\nx = 1\n", "import os\nimport flask\nimport re\n\nfrom .scaffold import o\n\nx = 1\n"),
]  # fmt: skip

ABSOLUTE = [
    ("among siblings", "import os\n\nimport flask\n\nfrom orders.a import b\nfrom orders.z import c\n", "import os\n\nimport flask\n\nfrom orders.a import b\nfrom orders.scaffold import o\nfrom orders.z import c\n"),
    ("plain imports first", "import orders.z\n\nx = 1\n", "import orders.z\nfrom orders.scaffold import o\n\nx = 1\n"),
    ("new last section", "import flask\n\nx = 1\n", "import flask\n\nfrom orders.scaffold import o\n\nx = 1\n"),
    ("before the relative ones", "import flask\n\nfrom .a import b\n", "import flask\n\nfrom orders.scaffold import o\n\nfrom .a import b\n"),
    ("only relative ones", "from .a import b\n", "from orders.scaffold import o\n\nfrom .a import b\n"),
    ("section not sorted", "from orders.z import b\nfrom orders.a import b\n\nx = 1\n", "from orders.z import b\nfrom orders.a import b\nfrom orders.scaffold import o\n\nx = 1\n"),
    ("not sorted", "from orders.z import b\nimport os\nimport flask\n", "from orders.z import b\nfrom orders.scaffold import o\nimport os\nimport flask\n"),
]  # fmt: skip

BARRIERS = [
    ("sys.path", "import sys\n\nsys.path.insert(0, '.')\n\nimport a\n\nx = 1\n", "import sys\n\nsys.path.insert(0, '.')\n\nimport a\n\nfrom .scaffold import o\n\nx = 1\n"),
    ("sys.path without imports below", "import sys\n\nsys.path += ['.']\n\nx = 1\n", "import sys\n\nsys.path += ['.']\n\nfrom .scaffold import o\n\nx = 1\n"),
    ("crowded", "import sys\nsys.path[:0] = ['.']\nx = 1\n", "import sys\nsys.path[:0] = ['.']\n\nfrom .scaffold import o\n\nx = 1\n"),
    ("alias", "from sys import path as p\n\np.append('.')\n\nimport a\n", "from sys import path as p\n\np.append('.')\n\nimport a\n\nfrom .scaffold import o\n"),
    ("gevent", "from gevent import monkey\n\nmonkey.patch_all()\n\nimport a\n", "from gevent import monkey\n\nmonkey.patch_all()\n\nimport a\n\nfrom .scaffold import o\n"),
    ("gevent on one line", "from gevent import monkey; monkey.patch_socket()\nimport a\n", "from gevent import monkey; monkey.patch_socket()\nimport a\n\nfrom .scaffold import o\n"),
    ("django", "import django\n\ndjango.setup()\n\nimport a\n", "import django\n\ndjango.setup()\n\nimport a\n\nfrom .scaffold import o\n"),
    ("django by name", "from django import setup\n\nsetup()\n\nimport a\n", "from django import setup\n\nsetup()\n\nimport a\n\nfrom .scaffold import o\n"),
    ("eventlet in an if", "import eventlet\n\nif 1:\n    eventlet.monkey_patch()\n\nimport a\n", "import eventlet\n\nif 1:\n    eventlet.monkey_patch()\n\nimport a\n\nfrom .scaffold import o\n"),
    ("two of them", "import a\n\nsite.addsitedir('x')\n\nimport b\n\nimport sys; sys.path.append('')\n\nimport c\n", "import a\n\nsite.addsitedir('x')\n\nimport b\n\nimport sys; sys.path.append('')\n\nimport c\n\nfrom .scaffold import o\n"),
    ("not executed", "import a\n\n\ndef f():\n    sys.path.append('')\n", "import a\n\nfrom .scaffold import o\n\n\ndef f():\n    sys.path.append('')\n"),
    ("a script's own", "import a\n\nif __name__ == '__main__':\n    sys.path.append('')\n", "import a\n\nfrom .scaffold import o\n\nif __name__ == '__main__':\n    sys.path.append('')\n"),
    ("E402", "sys.path.append('')\n\nimport a  # noqa: E402\n\nx = 1\n", "sys.path.append('')\n\nimport a  # noqa: E402\n\nfrom .scaffold import o  # noqa: E402\n\nx = 1\n"),
    ("E402 among others", "sys.path.append('')\n\nimport a  # noqa: F401,E402\n", "sys.path.append('')\n\nimport a  # noqa: F401,E402\n\nfrom .scaffold import o  # noqa: E402\n"),
]  # fmt: skip


@pytest.mark.parametrize(("before", "after"), [c[1:] for c in RELATIVE], ids=[c[0] for c in RELATIVE])
def test_a_relative_import_finds_its_place(before: str, after: str) -> None:
    assert added(before) == after


@pytest.mark.parametrize(("before", "after"), [c[1:] for c in ABSOLUTE], ids=[c[0] for c in ABSOLUTE])
def test_an_absolute_import_finds_its_place(before: str, after: str) -> None:
    assert added(before, "orders.scaffold") == after


@pytest.mark.parametrize(("before", "after"), [c[1:] for c in BARRIERS], ids=[c[0] for c in BARRIERS])
def test_nothing_goes_before_a_barrier(before: str, after: str) -> None:
    assert added(before) == after


def test_a_flat_module_is_third_party_unless_the_sorter_finds_it() -> None:
    text = "import flask\nimport zzz\n\nx = 1\n"
    third = added(text, "scaffold", ImportStyle())
    assert third == "import flask\nimport zzz\nfrom scaffold import o\n\nx = 1\n"
    first = added(text, "scaffold", ImportStyle(first_party=("scaffold",)))
    assert first == "import flask\nimport zzz\n\nfrom scaffold import o\n\nx = 1\n"


def test_a_note_on_a_wrapped_import_stands_behind_the_bracket() -> None:
    text = "sys.path.append('')\n\nimport a  # noqa: E402\n"
    assert added(text, style=ImportStyle(line_length=30)).endswith(
        "\n\nfrom .scaffold import (  # noqa: E402\n    o,\n)\n"
    )


def test_a_long_import_is_wrapped_and_a_single_line_style_splits_it() -> None:
    source = Source.decode(b"import flask\n\nx = 1\n")
    tree = ast.parse(source.text)
    names = ("retried", "Guard", "observed", "observed", "LIMIT")
    long = imports.add(source, tree, "orders.scaffold", names, replace(STYLE, line_length=40), 3)
    assert long.text == ("from orders.scaffold import (\n    LIMIT,\n    Guard,\n    observed,\n    retried,\n)\n")
    assert long.blank == 1
    single = imports.add(source, tree, "orders.scaffold", names, replace(STYLE, force_single_line=True), 3)
    assert single.text.splitlines() == [
        f"from orders.scaffold import {n}" for n in ("LIMIT", "Guard", "observed", "retried")
    ]
    again = Source.decode(source.apply(single.edits))
    ours = [n for n in ast.parse(again.text).body if isinstance(n, ast.ImportFrom)]
    assert again.apply((imports.remove_all(again, ours, single.text, single.blank),)) == source.raw


@pytest.mark.parametrize(
    "text",
    [
        "@o\ndef f(): ...\n\n\nimport a\n",
        "@o\ndef f(): ...\n\n\nsys.path.append('')\n",
    ],
)
def test_a_place_behind_the_first_use_is_refused(text: str) -> None:
    with pytest.raises(Refused) as refused:
        added(text, first_use=1)
    assert refused.value.reason is Reason.IMPORT_AFTER_USE


def test_a_place_right_before_the_first_use_is_fine() -> None:
    assert added("@o\ndef f(): ...\n", first_use=1).startswith(OURS)


@pytest.mark.parametrize(
    "text",
    [
        "# isort: skip_file\nimport a\n",
        "import a\n# ruff: isort: skip_file\n",
        '"""D.\n\nisort:skip_file\n"""\nimport a\n',
        "# isort:skip_file\n",
    ],
)
def test_a_file_that_sorters_skip_is_refused(text: str) -> None:
    with pytest.raises(Refused) as refused:
        added(text)
    assert refused.value.reason is Reason.SKIP_FILE
