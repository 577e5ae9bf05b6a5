"""The most specific pattern: exactly one, or none at all, and never one that lets less specific ones decide."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from splice.patterns import operation_matches
from splice.policies.specificity import most_specific, narrower, rivals, shape


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("* /admin/**", "* /**"),
        ("* /admin/**", "GET **"),  # the path goes before the methods
        ("GET /admin/users", "GET /admin/*"),
        ("GET /admin/*", "GET /admin/**"),
        ("GET /admin", "GET /admin/**"),
        ("GET /a/*/c", "GET /a/**/c"),
        ("GET /v1/x", "GET /v*/x"),
        ("GET /v1*/x", "GET /v*/x"),
        ("GET /v*/x", "GET /*/x"),
        ("GET /x", "* /x"),
        ("GET /x", "GET|POST /x"),
        ("GET|POST /x", "* /x"),
        ("GET /x/{id}", "GET /x/*"),
        ("orders.views.index", "orders.views.*"),
        ("orders.views.*", "orders.**"),
    ],
)
def test_one_is_narrower(one: str, other: str) -> None:
    assert narrower(one, other) and not narrower(other, one)
    assert most_specific([other, one]) == most_specific([one, other]) == one


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("GET /a/*/c", "GET /a/b/*"),
        ("* /**/b", "* /a/**"),
        ("GET|POST /x", "POST|PUT /x"),
        ("GET **", "GET /**"),
        ("GET /**/*", "GET /*/**"),
        ("GET /a**b", "GET /a*b"),
        ("GET /x", "GET /x"),
        ("orders.views.*", "* /**"),
        ("orders.*.read", "orders.views.*"),
    ],
)
def test_neither_is(one: str, other: str) -> None:
    assert not narrower(one, other) and not narrower(other, one)
    assert most_specific([one, other]) == ""


def test_one_alone_wins_and_none_does_not() -> None:
    assert most_specific(["* /x"]) == "* /x"
    assert most_specific([]) == ""


def test_everything_is_everything_however_it_is_written() -> None:
    assert all(shape(f"* {path}").everything for path in ("**", "/**", "**/**", "/**/**"))
    assert not any(shape(pattern).everything for pattern in ("* /*", "* /**/x", "**", "* /*/**"))


SEGMENT = st.sampled_from(["a", "b", "*", "**", "a*", "*b", "{id}"])
PATTERN = st.builds(
    lambda methods, path: "|".join(sorted(methods)) + " /" + "/".join(path),
    st.one_of(st.just({"*"}), st.sets(st.sampled_from(["GET", "POST", "PUT"]), min_size=1)),
    st.lists(SEGMENT, max_size=4),
)
OPERATIONS = [
    f"{method} /{'/'.join(path)}"
    for method in ("GET", "POST", "PUT", "DELETE")
    for size in range(4)
    for path in itertools.product(("a", "b", "ab", "{id}"), repeat=size)
]


@given(PATTERN, PATTERN)
def test_narrower_means_that_its_paths_are_among_the_others(one: str, other: str) -> None:
    if narrower(one, other):
        assert not narrower(other, one)
        path, wider = f"* {one.partition(' ')[2]}", f"* {other.partition(' ')[2]}"
        for operation in OPERATIONS:
            assert not operation_matches(path, operation) or operation_matches(wider, operation)


@given(st.lists(PATTERN, max_size=5, unique=True))
def test_there_is_one_winner_or_none(patterns: list[str]) -> None:
    winners = [p for p in patterns if all(narrower(p, q) for q in patterns if q != p)]
    assert len(winners) <= 1
    assert most_specific(patterns) == (winners[0] if winners else "")
    for order in itertools.islice(itertools.permutations(patterns), 6):
        assert most_specific(order) == most_specific(patterns)


@given(st.lists(PATTERN, max_size=6, unique=True))
def test_rivals_are_those_that_nothing_beats(patterns: list[str]) -> None:
    expected = tuple(sorted(p for p in patterns if not any(narrower(q, p) for q in patterns)))
    assert rivals(patterns) == expected
    assert most_specific(patterns) in ("", *expected)


def test_a_thousand_patterns_cost_little() -> None:
    patterns = [f"* /**/{'*/' * (n % 40)}a{n}*/**" for n in range(1000)]
    assert most_specific(patterns) == ""
    assert len(rivals(patterns)) > 100


@given(PATTERN, PATTERN, PATTERN)
def test_narrower_is_an_order(a: str, b: str, c: str) -> None:
    assert not narrower(a, a)
    if narrower(a, b) and narrower(b, c):
        assert narrower(a, c)
