"""What a scaffold is told of a policy opens nothing that the policy closes, for routes that nobody has seen either."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from splice.model import Access, JoinPoint
from splice.parts.v1 import unguarded
from splice.parts.v1.guards import _listed
from splice.patterns import operation_matches
from splice.policies import AuthPolicy, AuthRule
from splice.policies.handed import Handed, handed, options_patterns
from splice.policies.requirements import Public, requirement

State = Literal["guarded", "public", "unguarded", "unknown"]
STATES: tuple[State, ...] = ("guarded", "public")


def point(operation: str, *answers: str, symbol: str = "f") -> JoinPoint:
    return JoinPoint(
        "app.py", 1, symbol, "handler", "flask", operation, answers=tuple((operation, each) for each in answers)
    )


def opened(given: Handed) -> Callable[[str, str], bool]:
    """What a scaffold with these settings takes for open: its own code."""

    def asked(operation: str, name: str) -> bool:
        settings = {"_PUBLIC": given.patterns, "_DECIDED": frozenset((*given.public, *given.guarded))}
        before = {key: getattr(unguarded, key) for key in settings}
        vars(unguarded).update(settings)
        try:
            return unguarded._is_open(operation, name)
        finally:
            vars(unguarded).update(before)

    return asked


def told(auth: AuthPolicy, points: Sequence[JoinPoint], **states: State) -> Handed:
    """What is handed over where nothing guards; `states`: of functions by their symbol, instead."""
    access: dict[tuple[str, str, str, str], Access] = {}
    for each in points:
        for operation in each.operations:
            public = isinstance(requirement(auth, each, operation), Public)
            state = states.get(each.symbol, "public" if public else "unguarded")
            access[each.file, each.symbol, each.kind, operation] = Access(state)
    return handed(auth, points, access)


def test_patterns_are_handed_over_where_no_rule_could_win() -> None:
    auth = AuthPolicy(
        public=("GET /healthz", "GET /docs/**", "* /webhooks/**"),
        rules=(AuthRule("* /**", ("staff",)), AuthRule("* /webhooks/admin/**", ("admin",))),
    )
    points = [
        point("POST /webhooks/{name}", symbol="w"),
        point("POST /webhooks/admin/x", symbol="a"),
        point("GET /docs/x", symbol="d"),
        point("GET /x", symbol="x"),
    ]
    assert told(auth, points) == Handed(("GET /docs/**", "GET /healthz"), ("POST /webhooks/{name}",), ())


def test_a_function_is_open_at_the_routes_that_it_is_known_to_answer() -> None:
    auth = AuthPolicy(public=("app.status", "app.open"), rules=(AuthRule("* /admin/**", ("admin",)),))
    points = [
        point("app.status", "GET /status", "GET /admin/status", symbol="status"),
        point("app.open", "GET|HEAD /open", "POST|PUT /opened", symbol="open"),
    ]
    opened = ("GET /open", "POST /opened", "PUT /opened")
    assert told(auth, points) == Handed((), opened, ())
    assert told(auth, points, open="guarded") == Handed((), (), opened)
    assert "GET /status" in told(AuthPolicy(public=auth.public), points).public


def test_a_function_whose_routes_are_not_known_is_open_by_its_name_where_that_names_only_it() -> None:
    auth = AuthPolicy(public=("app.*",))
    points = [
        point("app.f", "", symbol="f"),
        point("app.g", "GET /g", "", symbol="g"),
        point("GET /admin", symbol="g#2"),
    ]
    assert told(auth, points).public == ("app.f",)


def test_dotted_patterns_are_never_handed_over() -> None:
    """The plan asks functions with one known route by that route; a scaffold would ask all of them by their names."""
    auth = AuthPolicy(public=("app.*", "**", "app.admin"))
    assert told(auth, [point("GET /admin", symbol="admin")]) == Handed((), (), ())


@pytest.mark.parametrize("path", ["/*", "/**", "/a*", "/x ", " /x", "/admin/**"])
def test_a_route_that_looks_like_a_pattern_is_none(path: str) -> None:
    points = [point(f"GET {path}", symbol="odd")]
    for state in STATES:
        opens = opened(told(AuthPolicy(), points, odd=state))
        assert opens(f"GET {path}", "app.odd")
        for other in ("/x", "/admin", "/admin/x", "/abc", "/"):
            assert not opens(f"GET {other}", "app.f"), state


def test_below_a_part_of_a_library_the_services_own_stay_shut() -> None:
    admin = replace(point("* /admin/**", symbol="<path>"), below=True)
    points = [
        admin,
        point("GET /admin/x", symbol="x"),
        point("GET|POST /admin/y", symbol="y"),
        point("GET /z", symbol="z"),
    ]
    points.append(point("app.f", "", symbol="f"))
    states: dict[str, State] = {"<path>": "guarded", "y": "guarded"}
    given = told(AuthPolicy(), points, **states)
    assert given.below == (("* /admin/**", ("GET /admin/x", "app.f")),)
    others: tuple[State, ...] = ("public", "unknown", "unguarded")
    for state in others:
        assert told(AuthPolicy(), points, **{"<path>": state}).below == ()


def test_an_operation_is_open_where_every_place_that_may_serve_it_is() -> None:
    points = [point("* /a", symbol="any"), point("POST /a", symbol="post"), point("app.f", "GET /b", symbol="f")]
    points.append(point("GET /b", symbol="b"))
    states: dict[str, State] = {"any": "public", "post": "unguarded", "f": "guarded", "b": "unguarded"}
    assert told(AuthPolicy(), points, **states) == Handed((), (), ())
    assert told(AuthPolicy(), points, **{**states, "post": "guarded"}) == Handed((), ("* /a",), ("POST /a",))
    assert told(AuthPolicy(), points, **{**states, "b": "unknown"}).guarded == ()


def test_two_public_patterns_are_no_tie() -> None:
    auth = AuthPolicy(public=("GET /a/*", "GET /*/b"))
    assert requirement(auth, point("GET /a/b")) == Public("GET /*/b")


def test_only_rules_that_name_options_reach_it() -> None:
    auth = AuthPolicy(rules=(AuthRule("* /a"), AuthRule("GET|OPTIONS /b"), AuthRule("app.f")), public=("OPTIONS /c",))
    assert options_patterns(auth) == ("GET|OPTIONS /b",)


PATH = st.lists(st.sampled_from(["a", "b", "*", "**", "a*"]), max_size=3).map(lambda parts: "/" + "/".join(parts))
PATTERN = st.one_of(
    st.builds(lambda m, p: f"{m} {p}", st.sampled_from(["GET", "POST", "GET|POST", "*"]), PATH),
    st.sampled_from(["app.f", "app.*"]),
)
SEEN = [
    point("GET /a", symbol="a"),
    point("GET|POST /a/b", symbol="ab"),
    point("* /b", symbol="b"),
    point("app.f", "GET /a", "POST /b", symbol="f"),
    point("app.g", "", symbol="g"),
]
UNSEEN = [f"{m} /{p}" for m in ("GET", "POST", "PUT") for p in ("", "a", "ab", "a/b", "b/a", "a/a/b", "c")]


@given(st.lists(PATTERN, unique=True, max_size=5), st.integers(0, 5))
def test_whatever_is_open_at_run_time_is_public(patterns: list[str], cut: int) -> None:
    auth = AuthPolicy(public=tuple(patterns[:cut]), rules=tuple(AuthRule(p, ("x",)) for p in patterns[cut:]))
    opens = opened(told(auth, SEEN))
    for operation in UNSEEN:
        if any(operation_matches(p.operation, operation) for p in SEEN):
            continue
        for name in ("app.elsewhere.h", "app.a", "app.f"):
            if opens(operation, name):
                assert isinstance(requirement(auth, point(operation)), Public), name
    for each in SEEN[:3]:
        methods, _, path = each.operation.partition(" ")
        if all(opens(f"{m} {path}", f"app.{each.symbol}") for m in methods.replace("*", "PUT").split("|")):
            shown = point(each.operation.replace("*", "PUT"))
            assert isinstance(requirement(auth, each), Public) or isinstance(requirement(auth, shown), Public)


@given(PATTERN, st.sampled_from(UNSEEN))
def test_the_scaffold_reads_patterns_as_we_do(pattern: str, operation: str) -> None:
    if " " in pattern:
        assert _listed((pattern,), operation) == operation_matches(pattern, operation)
    else:  # of OPTIONS
        assert _listed((pattern,), operation, "app.f") == operation_matches(pattern, "app.f")
