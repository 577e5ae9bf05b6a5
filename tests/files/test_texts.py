"""Encodings, newlines, blanks and what does not parse: one service full of them, read and written by the real command.

Each file holds a handler; what can be read is instrumented and given back byte for byte, the rest is named with what to do.
"""

from __future__ import annotations

import sys
import warnings
from pathlib import Path

import pytest

from files.kit import APP, ODD, Answer, codemod, put, snapshot, story

E = ODD.replace('""', '"é"')
P2 = ODD.replace('return ""', 'print "x"\n    return ""')


def cookie(line: str, text: str, encoding: str) -> bytes:
    return (line + "\n" + text).encode(encoding)


GOOD: dict[str, bytes] = {
    "bom": b"\xef\xbb\xbf" + E.encode(),
    "bom_and_cookie": b"\xef\xbb\xbf# coding: utf-8\n" + E.encode(),
    "latin1": cookie("# -*- coding: latin-1 -*-", E, "latin-1"),
    "cp1252": cookie("# coding: cp1252", E.replace("é", "€"), "cp1252"),
    "koi8": cookie("# vim: set fileencoding=koi8-r :", E.replace("é", "ж"), "koi8-r"),
    "second_line": cookie("#!/usr/bin/python\n# coding: cp1251", E.replace("é", "ж"), "cp1251"),
    "shift_jis": cookie("# coding: shift_jis", E.replace("é", "表"), "shift_jis"),
    "gbk": cookie("# coding: gbk", E.replace("é", "表"), "gbk"),
    "iso2022": cookie("# coding: iso-2022-jp", E.replace("é", "表"), "iso2022_jp"),
    "cookie_too_late": b"#\n#\n# coding: klingon\n" + E.encode(),
    "crlf": ODD.replace("\n", "\r\n").encode(),
    "lone_cr": ODD.replace("\n", "\r").encode(),
    "mixed": ODD.replace("\n\n", "\r\n\n").replace('dd")\n', 'dd")\r').encode(),
    "tabs": ODD.replace("    ", "\t").encode(),
    "form_feed_first": b"\f" + ODD.encode(),
    "form_feed_decorator": ODD.replace("@odd", "\f@odd").encode(),
    "form_feed_def": ODD.replace("def h", "\fdef h").encode(),
    "form_feed_inside": ODD.replace("def h()", "def\fh()").encode(),
    "form_feed_import": ODD.replace("import F", "import\fF").encode(),
    "form_feed_lines": ODD.replace("\n\n\n", "\n\f\n\f\n").encode(),
    "form_feed_last": ODD.encode() + b"\f",
    "line_separators": ODD.encode() + "# \v\x1c\x1d\x85\u2028\n".encode(),
    "no_final_newline": ODD.rstrip("\n").encode(),
    "import_last": ODD.encode() + b"import os",
    "parentheses": ODD.encode() + b"x = " + b"(" * 150 + b"1" + b")" * 150,
    "sum_of_500": ODD.encode() + b"x = " + b" + ".join([b"1"] * 500),
    "strings_5000": ODD.encode() + b"x = (" + b" ".join([b"'a'"] * 5000) + b")",
    "elif_700": ODD.encode() + b"if x: pass\n" + b"elif y: pass\n" * 700,
    "if_90": ODD.encode() + b"".join(b" " * n + b"if x:\n" for n in range(90)) + b" " * 90 + b"pass\n",
    "def_90": ODD.encode() + b"".join(b" " * n + b"def f():\n" for n in range(90)) + b" " * 90 + b"pass\n",
    "attributes_500": ODD.encode() + b"x = a" + b".b" * 500,
}
NOTHING: dict[str, bytes] = {  # no handler, and no word about them
    "empty": b"",
    "only_bom": b"\xef\xbb\xbf",
    "nul": b"x\0",
    "python2_script": b"print 'x'\nexec 'y'\n",
    "broken": b"def (:\n",
    "klingon": b"# coding: klingon\n",
}
DEEP = ("too-deeply-nested", "", "take the expression apart")
NEWER = (
    "syntax-error",
    "",
    f"newer than Python {sys.version_info[0]}.{sys.version_info[1]}: run codemod on a Python at least as new",
)
ENCODING = "save it as UTF-8"
BAD: dict[str, tuple[bytes, int, str, str, str]] = {  # line, reason, detail, what to do
    "sig_cookie": (cookie("# coding: utf-8-sig", E, "utf-8"), 1, "encoding-not", "utf-8-sig does not give the same", ENCODING),
    "bom_latin1": (b"\xef\xbb\xbf# coding: latin-1\n" + E.encode(), 1, "encoding-not", "says iso8859-1", ENCODING),
    "unknown": (cookie("# coding: klingon", E, "utf-8"), 1, "encoding-not", "unknown encoding 'klingon'", ENCODING),
    "utf16": (E.encode("utf-16"), 1, "encoding-not", "UTF-16", ENCODING),
    "utf16_cookie": (cookie("# coding: utf-16", E, "utf-8"), 1, "encoding-not", "no superset of ASCII", ENCODING),
    "utf32": (E.encode("utf-32"), 1, "encoding-not", "UTF-32", ENCODING),
    "utf7": (cookie("# coding: utf-7", ODD + "# a+b\n", "ascii"), 2, "encoding-not", "is not utf-7", ENCODING),
    "rot13": (cookie("# coding: rot13", ODD, "ascii"), 1, "encoding-not", "not a text encoding", ENCODING),
    "idna": (cookie("# coding: idna", ODD, "ascii"), 1, "encoding-not", "", ENCODING),
    "punycode": (cookie("# coding: punycode", ODD, "ascii"), 1, "encoding-not", "", ENCODING),
    "escapes": (cookie("# coding: unicode_escape", ODD.replace('""', '"\\n"'), "ascii"), 1, "encoding-not", "", ENCODING),
    "not_utf8": (E.encode("latin-1"), 8, "encoding-not", "byte 0xe9 is not utf-8", ENCODING),
    "with_nul": (ODD.encode() + b"\0", 9, "syntax-error", "NUL byte", "take the NUL byte out"),
    "control_z": (ODD.encode() + b"\x1a", 9, "syntax-error", "U+001A", "correct it"),
    "half_a_def": (ODD.encode() + b"def (\n", 9, "syntax-error", "", "correct it"),
    "python2": (P2.encode(), 8, "syntax-error", "print", "this looks like Python 2: port it"),
    "parentheses_5000": (ODD.encode() + b"x = " + b"(" * 5000 + b")" * 5000, 9, *DEEP),
    "lists_5000": (ODD.encode() + b"x = " + b"[" * 5000 + b"]" * 5000, 9, *DEEP),
    "unary_5000": (ODD.encode() + b"x = " + b"-" * 5000 + b"1", 0, *DEEP),
    "attributes_50000": (ODD.encode() + b"x = a" + b".b" * 50000, 0, *DEEP),
    "calls_5000": (ODD.encode() + b"x = a" + b"()" * 5000, 0, *DEEP),
    "sum_of_5000": (ODD.encode() + b"x = " + b"+".join([b"1"] * 5000), 0, *DEEP),
    "sum_of_50000": (ODD.encode() + b"x = " + b"+".join([b"1"] * 50000), 0, *DEEP),
    "lambdas_3000": (ODD.encode() + b"x = " + b"lambda: " * 3000 + b"1", 0, *DEEP),
    "if_200": (ODD.encode() + b"".join(b" " * n + b"if x:\n" for n in range(200)) + b" " * 200 + b"pass\n", 109, "syntax-error", "too many levels", "correct it"),
}  # fmt: skip
if sys.version_info < (3, 12):
    BAD["pep695"] = (ODD.encode() + b"type X = int\n", 9, *NEWER)
    BAD["pep695_def"] = (ODD.encode() + b"def f[T](x: T) -> T: return x\n", 9, *NEWER)
    BAD["pep701"] = (ODD.encode() + b"x = f'{f\"{'a'}\"}'\n", 9, *NEWER)
if sys.version_info < (3, 14):
    BAD["pep750"] = (ODD.encode() + b"x = t'{a}'\n", 9, *NEWER)


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> list[Answer]:
    """The whole story of one service that holds every file of the tables, with real semgrep."""
    root = put(tmp_path_factory.mktemp("texts"), {"app.py": APP})
    put(root, {f"{name}.py": raw for name, raw in {**GOOD, **NOTHING}.items()})
    put(root, {f"{name}.py": raw for name, (raw, *_) in BAD.items()})
    return story(root, code=3)


@pytest.fixture(scope="module")
def after(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The files of the first tables alone, after `run`."""
    root = put(tmp_path_factory.mktemp("good"), {"app.py": APP})
    put(root, {f"{name}.py": raw for name, raw in {**GOOD, **NOTHING}.items()})
    assert codemod(root, "run").code == 0
    return root


@pytest.mark.parametrize("name", GOOD)
def test_what_can_be_read_is_instrumented(name: str, after: Path, told: list[Answer]) -> None:
    raw = (after / f"{name}.py").read_bytes()
    assert raw.count(b"observed") == 2
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        compile(raw, name, "exec")  # Python's own reading of cookie and BOM
    rest = iter(raw)
    assert all(byte in rest for byte in GOOD[name]), "something was taken away"
    assert f"\n{name}.py:" not in told[3].text


@pytest.mark.parametrize("name", NOTHING)
def test_what_holds_no_handler_is_no_complaint(name: str, after: Path, told: list[Answer]) -> None:
    assert (after / f"{name}.py").read_bytes() == NOTHING[name]
    assert all(f"\n{name}.py" not in answer.text for answer in told)


@pytest.mark.parametrize("name", BAD)
@pytest.mark.parametrize("word", ["check", "list", "run"])
def test_what_cannot_be_read_is_named_with_line_reason_and_what_to_do(word: str, name: str, told: list[Answer]) -> None:
    _, line, reason, detail, fix = BAD[name]
    text = told[{"check": 0, "list": 1, "run": 3}[word]].text.splitlines()
    place = f"{name}.py:{line}: " if line else f"{name}.py: "
    (found,) = (number for number, row in enumerate(text) if row.startswith(place))
    assert f"not handled: {reason}" in text[found]
    assert detail in text[found]
    fixes = [row for row in text[found:] if row.startswith("  fix: ")]
    assert fix in fixes[0]


def test_everything_else_is_done_where_one_file_cannot(root: Path) -> None:
    put(root, {"odd.py": P2, "pkg/__init__.py": "", "pkg/more.py": ODD})
    before = snapshot(root)
    assert codemod(root, "run").code == 3
    now = snapshot(root)
    assert {name for name in before if now[name] != before[name]} == {b"app.py", b"pkg/more.py"}
