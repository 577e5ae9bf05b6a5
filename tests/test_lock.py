"""The lock says the same in the same bytes, survives merges, and is never believed further than it may be."""

from __future__ import annotations

import json
import pickle
import random
import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from splice.lock import Lock, gitattributes, read, strip_gitattributes, write
from splice.model import Row, SpliceError

TEXT = '@observed("GET /orders/{order_id}")'
FORM = "Call(func=observed,args=[Constant(value='GET /orders/{order_id}')])"


def row(file: str = "orders/api.py", symbol: str = "read", **more: object) -> Row:
    values = {"kind": "decorator", "codemods": ("metrics", "spans"), "form": FORM, "text": (TEXT,), **more}
    return Row(file, symbol, **values)  # type: ignore[arg-type]


ROWS = [
    row(operation="GET /orders/{order_id}", extra=(("codegen_id", "0123456789ab"), ("routes", "/orders/<id>"))),
    row(symbol="write", version=2, text=("a(", ")"), blank=1),
    row(file="caf\udce9.py", symbol="naïve\u2028"),
    Row("orders/scaffold.py", "", "scaffold"),
]


def refused(raw: bytes, **versions: int) -> SpliceError:
    with pytest.raises(SpliceError) as caught:
        read(raw, versions)
    assert caught.value.file == "codemod.lock" and caught.value.fix
    return caught.value


def test_the_bytes_of_a_lock() -> None:
    first, *lines = write(ROWS[:1] + ROWS[3:]).decode().split("\n")
    assert first == "format = 1"
    assert lines == [
        '{"codemods":["metrics","spans"],"extra":{"codegen_id":"0123456789ab","routes":"/orders/<id>"},'
        '"file":"orders/api.py","form":"Call(func=observed,args=[Constant(value=\'GET /orders/{order_id}\')])",'
        '"kind":"decorator","operation":"GET /orders/{order_id}","symbol":"read",'
        '"text":["@observed(\\"GET /orders/{order_id}\\")"],"version":1}',
        '{"file":"orders/scaffold.py","kind":"scaffold","version":1}',
        "",
    ]


def test_order_and_repetition_do_not_show() -> None:
    shuffled = ROWS * 2
    random.Random(3).shuffle(shuffled)
    assert write(shuffled) == write(ROWS)
    assert write(ROWS).isascii()


words = st.text(st.characters(), max_size=5)
names = words.filter(lambda name: name.strip(".") and "/" not in name and "\0" not in name)
rows = st.builds(
    Row,
    file=st.lists(names, min_size=1, max_size=2).map("/".join),
    symbol=words,
    kind=st.sampled_from(["decorator", "import"]),
    codemods=st.lists(words, max_size=2).map(tuple),
    version=st.integers(1, 3),
    operation=words,
    form=words,
    text=st.lists(words, max_size=2).map(tuple),
    blank=st.integers(0, 2),
    extra=st.dictionaries(words, words, max_size=2).map(lambda pairs: tuple(sorted(pairs.items()))),
)


@given(st.lists(rows, max_size=4))
def test_what_is_written_is_read_again(some: list[Row]) -> None:
    lock = read(write(some))
    assert set(lock.rows) == set(some)
    assert write(lock.rows) == write(some)


def test_no_lock_is_not_an_empty_lock() -> None:
    assert read(None) == read(b"") == read(b"\n \r\n") == Lock()
    assert read(write([])) == Lock((), True)


def test_what_merges_and_checkouts_do_to_a_lock_does_not_matter() -> None:
    first, *lines = write(ROWS).splitlines()
    raw = b"\r\n".join([b"\xef\xbb\xbf" + lines[2], first, b"", lines[1], lines[0], lines[1], b"format=1", lines[3]])
    assert read(raw) == read(write(ROWS))


@pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")
def test_two_branches_that_each_add_a_handler_merge_without_a_conflict(tmp_path: Path) -> None:
    def git(*arguments: str) -> None:
        who = ("-c", "user.name=a", "-c", "user.email=a@example.org")
        subprocess.run(["git", *who, *arguments], cwd=tmp_path, check=True, capture_output=True)

    def commit(some: list[Row]) -> None:
        (tmp_path / "codemod.lock").write_bytes(write(some))
        git("add", ".")
        git("commit", "-q", "-m", "x")

    git("init", "-q", "-b", "main")
    (tmp_path / ".gitattributes").write_bytes(gitattributes(None))
    commit([row(symbol="m")])
    git("checkout", "-q", "-b", "other")
    commit([row(symbol="m"), row(symbol="a")])
    git("checkout", "-q", "main")
    commit([row(symbol="m"), row(symbol="b")])
    git("merge", "-q", "other")
    assert [one.symbol for one in read((tmp_path / "codemod.lock").read_bytes()).rows] == ["a", "b", "m"]


@pytest.mark.parametrize(
    ("lines", "number", "words"),
    [
        (["<<<<<<< HEAD", "{}"], 2, "both sides"),
        (['{"file":"a","kind":"x"}', "======="], 3, "conflict"),
        ([">>>>>>> 1234 (x)"], 2, "conflict"),
        (["||||||| base"], 2, "conflict"),
        (["{"], 2, "is not a row"),
        (["[]"], 2, "is not a row"),
        (["null"], 2, "is not a row"),
        (["[" * 100_000], 2, "is not a row"),
        (['{"version":' + "9" * 5000 + "}"], 2, "is not a row"),
        (["format = one"], 2, "is not a row"),
        (["", '{"file":"a","kind":"x","line":3}'], 3, "wrong field: 'line'"),
        (['{"file":"a","kind":"x","version":"1"}'], 2, "'version'"),
        (['{"file":"a","kind":"x","version":true}'], 2, "'version'"),
        (['{"file":"a","kind":"x","version":0}'], 2, "'version'"),
        (['{"file":"a","kind":"x","version":1e3}'], 2, "'version'"),
        (['{"file":"a","kind":"x","blank":-1}'], 2, "'blank'"),
        (['{"file":"a","kind":"x","text":"@a"}'], 2, "'text'"),
        (['{"file":"a","kind":"x","text":[1]}'], 2, "'text'"),
        (['{"file":"a","kind":"x","extra":{"a":1}}'], 2, "'extra'"),
        (['{"file":"a","kind":null}'], 2, "'kind'"),
        (['{"file":"a"}'], 2, "no kind"),
        (['{"kind":"x"}'], 2, "no file"),
        (['{"file":"../a.py","kind":"x"}'], 2, "below the root"),
        (['{"file":"/etc/passwd","kind":"x"}'], 2, "below the root"),
        (['{"file":"a/./b","kind":"x"}'], 2, "below the root"),
        (['{"file":"a\\u0000","kind":"x"}'], 2, "below the root"),
        (['{"\\u001b[2J":1}'], 2, "'\\x1b[2J'"),
        (["\x1b[2J\u202e" * 50_000], 2, "is not a row"),
    ],
)
def test_a_line_that_is_no_row_is_named(lines: list[str], number: int, words: str) -> None:
    error = refused("\n".join(["format = 1", *lines]).encode())
    assert error.line == number
    assert words in str(error) and len(str(error)) < 500
    assert str(error).replace("\n", "").isprintable()


def test_bytes_that_are_no_utf8_and_a_lost_first_line_are_refused() -> None:
    assert refused(b"format = 1\n\xff\n").line == 2
    assert "format = 1" in refused(b'{"file":"a","kind":"x"}\n').message


def test_a_lock_of_a_newer_format_is_refused_even_when_its_lines_mean_nothing_here() -> None:
    error = refused(b"format = 1\n<what a later format holds>\nformat = 2\n")
    assert (error.line, "written by a newer" in error.message) == (3, True)


def test_a_row_of_a_newer_codemod_is_refused() -> None:
    raw = write([row(version=3)])
    assert "written by a newer" in refused(raw, spans=2, metrics=1).message
    assert read(raw, {"spans": 3, "metrics": 1}).rows == read(raw, {"other": 1}).rows == read(raw).rows


def test_lookup_goes_from_the_place_to_the_file_to_the_project() -> None:
    here, file, project = row("a.py", "f"), row("a.py", "g"), row("b.py", "f")
    other = row("a.py", "f", codemods=("auth",), form="Call(guarded)")

    def found(*some: Row, codemod: str = "") -> Row | None:
        return Lock(tuple(some), True).lookup("a.py", "f", "decorator", FORM, codemod)

    assert found(project, file, here, other) == here
    assert found(project, file, other) == file
    assert found(project, other) == project
    assert found(other) is None
    assert found(row("a.py", "f", kind="import")) is None
    assert found(here, codemod="spans") == here
    assert found(here, codemod="auth") is None
    assert found(here, row("a.py", "f", version=2)) == row("a.py", "f", version=2)


def test_the_indexes_hold_every_row_and_survive_pickling() -> None:
    lock = read(write(ROWS))
    assert lock.by_file["orders/api.py"] == (ROWS[0], ROWS[1])
    assert lock.by_form["decorator", FORM] == lock.rows[:3]
    again = pickle.loads(pickle.dumps(lock))
    assert again == lock and again.lookup("orders/api.py", "read", "decorator", FORM) == ROWS[0]


def test_many_rows_of_one_form_are_looked_up_without_a_scan() -> None:
    raw = b"format = 1\n" + b"\n".join(
        json.dumps({"file": f"f{n}.py", "kind": "decorator", "form": "x", "symbol": "s"}).encode()
        for n in range(20_000)
    )
    lock = read(raw)
    found = [lock.lookup(f"f{n}.py", "s", "decorator", "x") for n in range(20_000)]
    assert [one.file for one in found if one] == [f"f{n}.py" for n in range(20_000)]


OURS = b"codemod.lock merge=union"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (None, OURS + b"\n"),
        (b"", OURS),
        (b"*.py text\n", b"*.py text\n" + OURS + b"\n"),
        (b"*.py text", b"*.py text\n" + OURS),
        (b"*.py text\r\n", b"*.py text\r\n" + OURS + b"\r\n"),
        (b"a b\r\n*.py text", b"a b\r\n*.py text\r\n" + OURS),
        (b"codemod.lock -diff\n", b"codemod.lock -diff\n" + OURS + b"\n"),
        (b"# codemod.lock merge=union\n", b"# codemod.lock merge=union\n" + OURS + b"\n"),
    ],
)
def test_gitattributes_gains_one_line_and_gives_it_back(before: bytes | None, after: bytes) -> None:
    assert gitattributes(before) == after
    assert gitattributes(after) == after
    assert strip_gitattributes(after) == before


@pytest.mark.parametrize(
    "theirs", [b"codemod.lock merge=ours\n", b"/codemod.lock  text -merge", b"codemod.lock\tmerge\n"]
)
def test_what_a_human_says_about_merging_the_lock_stands(theirs: bytes) -> None:
    assert gitattributes(theirs) == strip_gitattributes(theirs) == theirs


@given(st.none() | st.text("a #\n\r\t*", max_size=12).map(str.encode))
def test_any_gitattributes_comes_back_byte_for_byte(raw: bytes | None) -> None:
    assert strip_gitattributes(gitattributes(raw)) == raw


def test_a_line_that_moved_is_still_taken_back() -> None:
    assert strip_gitattributes(b"a b\r\n" + OURS + b"\r\n*.py text") == b"a b\r\n*.py text"
