"""Opting out in place: what counts, where, until when, and what is said about a comment that does not."""

from __future__ import annotations

from datetime import date

import pytest

from splice.source import Source
from splice.suppress import Suppression, applies, suppressions

KNOWN = ("spans", "metrics", "retry")
TODAY = date(2026, 6, 1)


def found(text: str) -> tuple[Suppression, ...]:
    return suppressions(Source.decode(text.encode()), KNOWN)


def one(comment: str) -> Suppression:
    (only,) = found(comment + "\n")
    return only


@pytest.mark.parametrize(
    ("comment", "codemods", "until", "reason"),
    [
        ("# codemod: ignore[spans] -- too hot", ("spans",), None, "too hot"),
        ("#codemod:ignore[spans]--why", ("spans",), None, "why"),
        (
            "# codemod: ignore[spans, metrics,spans] until=2027-01-31 -- a -- b",
            ("spans", "metrics"),
            date(2027, 1, 31),
            "a -- b",
        ),
        ("# codemod: ignore -- all of it", (), None, "all of it"),
        ("# codemod: ignore[retry]", ("retry",), None, ""),
        ("# codemod: ignore until=2027-01-31", (), date(2027, 1, 31), ""),
        ("# noqa: E501 # codemod: ignore[spans] -- long", ("spans",), None, "long"),
    ],
)
def test_well_formed(comment: str, codemods: tuple[str, ...], until: date | None, reason: str) -> None:
    suppression = one(comment)
    assert (suppression.codemods, suppression.until, suppression.reason) == (codemods, until, reason)
    assert not suppression.problem


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("ignore[", "not of the form"),
        ("ignore[spans", "not of the form"),
        ("ignore spans", "not of the form"),
        ("ignore[spans] because", "not of the form"),
        ("ignored[spans] -- x", "not of the form"),
        ("disable[spans] -- x", "not of the form"),
        ("", "not of the form"),
        ("ignore[] -- x", "no codemod ''"),
        ("ignore[spams] -- x", "did you mean spans?"),
        ("ignore[spans;rm] -- x", "no codemod 'spans;rm'"),
        ("ignore[spans] since=2027-01-31 -- x", "no option 'since'"),
        ("ignore[spans] until=2027-02-31 -- x", "no date"),
        ("ignore[spans] until=20270131 -- x", "no date"),
        ("ignore[spans] until= -- x", "no date"),
        ("ignore[spans] until=2027-01-31 until=2028-01-31 -- x", "twice"),
        ("ignore[\x1b[2J] -- x", "\\x1b"),
        ("ignore[\u202espans] -- x", "\\u202e"),
        ("ignore[" + "a" * 100_000, "not of the form"),
    ],
)
def test_malformed_comments_suppress_nothing_and_say_why(body: str, words: str) -> None:
    suppression = one("# codemod: " + body)
    assert words in suppression.problem
    assert suppression.problem.isprintable() and len(suppression.problem) < 200
    assert not suppression.counts("spans", TODAY)


def test_unknown_names_pass_where_the_names_are_not_known() -> None:
    (only,) = suppressions(Source.decode(b"# codemod: ignore[custom] -- x\n"))
    assert only.codemods == ("custom",) and not only.problem


def test_strings_with_the_words_are_no_suppressions() -> None:
    assert found('x = "# codemod: ignore"\ny = """\n# codemod: ignore -- no\n"""\nz = f"# codemod: ignore {x}"\n') == ()
    (only,) = found('x = """\n# codemod: ignore -- no\n"""  # codemod: ignore[spans] -- yes\n')
    assert (only.line, only.above, only.reason) == (3, 0, "yes")


HANDLERS = '''\
"""Orders."""
x = 1  # codemod: ignore[spans] -- 2: ends the line before a definition
@app.get(
    "/a",  # codemod: ignore[spans] -- 4: in the decorator
)
def a(
    x,
):  # codemod: ignore[spans] -- 8: at the colon
    return x  # codemod: ignore[spans] -- 9: in the body

# codemod: ignore[spans] -- 11: a blank line follows

# codemod: ignore[spans] -- 13: first of two above
# codemod: ignore[metrics] -- 14: directly above
@app.get("/b")
def b():
    # codemod: ignore[spans] -- 17: in the body
    def c(): ...
'''


def test_a_comment_covers_the_header_it_stands_on_or_directly_above() -> None:
    all_found = found(HANDLERS)
    assert [one.line for one in all_found] == [2, 4, 8, 9, 11, 13, 14, 17]
    headers = {"a": (3, 8), "b": (15, 16), "c": (18, 18)}
    covered = {name: [one.line for one in all_found if applies(one, *lines)] for name, lines in headers.items()}
    assert covered == {"a": [4, 8], "b": [13, 14], "c": [17]}


def test_it_counts_to_its_last_day_and_for_its_codemods_only() -> None:
    suppression = one("# codemod: ignore[spans] until=2026-06-01 -- x")
    assert suppression.counts("spans", date(2026, 6, 1))
    assert not suppression.counts("spans", date(2026, 6, 2)) and suppression.expired(date(2026, 6, 2))
    assert not suppression.counts("metrics", TODAY)
    assert one("# codemod: ignore -- x").counts("metrics", date(9999, 12, 31))


def test_a_whole_file_opts_out_in_its_leading_comments_only() -> None:
    text = "#!/usr/bin/env python\n# codemod: ignore-file[spans] -- legacy\n\n'''Doc.'''\n{}\n"
    (only,) = found(text.format("x = 1"))
    assert only.whole_file and applies(only, 400, 402) and only.counts("spans", TODAY)
    late = found(text.format("# codemod: ignore-file -- late"))[1]
    assert "top of the file" in late.problem and not applies(late, 400, 402) and not late.counts("spans", TODAY)


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_lines_count_as_everywhere_else(newline: str) -> None:
    text = "\ufeffé = 1\f\n\x0c# codemod: ignore[spans] -- é\ndef f(): pass\n".replace("\n", newline)
    (only,) = found(text)
    assert (only.line, only.above, only.reason) == (2, 3, "é")


def test_latin_1_is_read_as_such() -> None:
    raw = b"# coding: latin-1\nx = '\xe9'  # codemod: ignore -- caf\xe9\n"
    assert [one.reason for one in suppressions(Source.decode(raw), KNOWN)] == ["café"]


@pytest.mark.parametrize("broken", ["x = (", "'''", "  x\n y", "x = 'a\n", "$ ?", "(\\"])
def test_a_file_that_is_not_python_does_not_raise(broken: str) -> None:
    assert [one.line for one in found("# codemod: ignore -- x\n" + broken)] in ([], [1])


def test_a_file_without_the_word_is_not_tokenized() -> None:
    assert suppressions(Source.decode(b"'''never closed\n")) == ()
