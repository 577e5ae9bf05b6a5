"""What a scaffold is told of a policy opens nothing that the policy closes, for routes that nobody has seen either."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from splice.model import JoinPoint
from splice.parts.v1.guards import _listed
from splice.patterns import operation_matches
from splice.policies import AuthPolicy, AuthRule
from splice.policies.handed import options_patterns, public_patterns
from splice.policies.requirements import Public, requirement


def point(operation: str, *answers: str) -> JoinPoint:
    return JoinPoint(
        "a.py", 1, "f", "handler", "flask", operation, answers=tuple((operation, each) for each in answers)
    )


def test_patterns_are_handed_over_where_no_rule_could_win() -> None:
    auth = AuthPolicy(
        public=("GET /healthz", "GET /docs/**", "* /webhooks/**"),
        rules=(AuthRule("* /**", ("staff",)), AuthRule("* /webhooks/admin/**", ("admin",))),
    )
    points = [point("POST /webhooks/{name}"), point("POST /webhooks/admin/x"), point("GET /docs/x"), point("GET /x")]
    assert public_patterns(auth, points) == ("GET /docs/**", "GET /healthz", "POST /webhooks/{name}")


def test_a_dotted_name_is_handed_over_where_no_route_of_it_is_closed() -> None:
    auth = AuthPolicy(public=("app.status", "app.open"), rules=(AuthRule("* /admin/**", ("admin",)),))
    points = [point("app.status", "GET /status", "GET /admin/status"), point("app.open", "GET /open", "GET /opened")]
    assert public_patterns(auth, points) == ("app.open",)
    assert public_patterns(AuthPolicy(public=auth.public), points) == ("app.open", "app.status")


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
SEEN = [point("GET /a"), point("GET|POST /a/b"), point("* /b"), point("app.f", "GET /a", "POST /b"), point("app.g", "")]
UNSEEN = [f"{m} /{p}" for m in ("GET", "POST", "PUT") for p in ("", "a", "ab", "a/b", "b/a", "a/a/b", "c")]


@given(st.lists(PATTERN, unique=True, max_size=5), st.integers(0, 5))
def test_whatever_is_open_at_run_time_is_public(patterns: list[str], cut: int) -> None:
    auth = AuthPolicy(public=tuple(patterns[:cut]), rules=tuple(AuthRule(p, ("x",)) for p in patterns[cut:]))
    handed = public_patterns(auth, SEEN)
    for operation in UNSEEN:
        seen = [p for p in SEEN if operation_matches(p.operation, operation)]
        if _listed(handed, operation, "app.elsewhere.h") and not seen:
            assert isinstance(requirement(auth, point(operation)), Public)
    for each in SEEN[:3]:
        methods, _, path = each.operation.partition(" ")
        if all(_listed(handed, f"{m} {path}") for m in methods.replace("*", "PUT").split("|")):
            shown = point(each.operation.replace("*", "PUT"))
            assert isinstance(requirement(auth, each), Public) or isinstance(requirement(auth, shown), Public)


@given(PATTERN, st.sampled_from(UNSEEN))
def test_the_scaffold_reads_patterns_as_we_do(pattern: str, operation: str) -> None:
    if " " in pattern:
        assert _listed((pattern,), operation) == operation_matches(pattern, operation)
    else:
        assert _listed((pattern,), operation, "app.f") == operation_matches(pattern, "app.f")
