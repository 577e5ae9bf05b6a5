"""Outer policies are floors: a repository may tighten them and never loosen them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from splice.config import Config, load
from splice.model import JoinPoint, SpliceError
from splice.patterns import operation_matches
from splice.policies import AuthPolicy, AuthRule
from splice.policies.floors import tighten
from splice.policies.requirements import Public, Requires, Undecided, requirement
from splice.policies.specificity import contains, narrower, overlaps

KNOWN = ("auth", "instrument", "metrics", "retry", "spans", "timeouts")
OUTER = """\
codemods = ["auth", "spans"]
exclude = ["legacy/**"]
allow-suppress = ["auth"]
[metrics]
max-series = 500
[spans]
record-messages = false
[auth]
mode = "enforce"
preset = "jwt"
public = ["GET /healthz", "* /webhooks/**"]
guards = ["acme.auth:login_required"]
jwt = { issuer = "https://id", jwks = "https://id/jwks", algorithms = ["RS256", "ES256"], leeway = 30 }
[[auth.rules]]
operation = "* /admin/**"
require = ["admin"]
[[auth.rules]]
operation = "* /orders/**"
require-any = ["orders:read", "orders:write"]
[retry]
attempts = 3
[timeouts]
total = 10
"""
AUDIENCE = '[auth.jwt]\naudience = "orders"\n'


def both(root: Path, outer: str, own: str) -> Config:
    (root / "outer.toml").write_text(outer)
    (root / "codemod.toml").write_text(own)
    return load(root, None, KNOWN, policy=root / "outer.toml")


def refused(root: Path, own: str, outer: str = OUTER) -> SpliceError:
    with pytest.raises(SpliceError) as caught:
        both(root, outer, own)
    return caught.value


def test_what_the_repository_leaves_out_the_outer_policy_says(tmp_path: Path) -> None:
    config = both(tmp_path, OUTER, AUDIENCE)
    assert config.codemods == ("auth", "spans")
    assert (config.auth.mode, config.auth.preset) == ("enforce", "jwt")
    assert config.auth.public == ("GET /healthz", "* /webhooks/**")
    assert [rule.operation for rule in config.auth.rules] == ["* /admin/**", "* /orders/**"]
    assert {rule.file for rule in config.auth.rules} == {str(tmp_path / "outer.toml")}
    assert (config.auth.jwt.issuer, config.auth.jwt.audience) == ("https://id", ("orders",))
    assert (config.exclude, config.metrics.max_series) == (("legacy/**",), 500)
    assert (config.retry.attempts, config.timeouts.total) == (3, 10.0)
    assert config.may_suppress("auth")


def test_a_repository_may_tighten(tmp_path: Path) -> None:
    own = """\
codemods = ["metrics"]
functions = ["orders.**"]
[metrics]
max-series = 100
[auth]
mode = "enforce"
public = ["POST /webhooks/stripe"]
[[auth.rules]]
operation = "DELETE /admin/users/*"
require = ["root", "admin"]
[[auth.rules]]
operation = "* /orders/**"
require-any = ["orders:write"]
[[auth.rules]]
operation = "* /me"
[auth.jwt]
audience = "orders"
algorithms = ["RS256"]
leeway = 0
[retry]
attempts = 2
[timeouts]
connect = 3
read = 7
"""
    config = both(tmp_path, OUTER, own)
    assert config.codemods == ("auth", "spans", "metrics")
    assert config.auth.public == ("POST /webhooks/stripe",)
    assert [(rule.operation, rule.require or rule.require_any) for rule in config.auth.rules] == [
        ("* /admin/**", ("admin",)),
        ("* /orders/**", ("orders:write",)),
        ("DELETE /admin/users/*", ("root", "admin")),
        ("* /me", ()),
    ]
    assert (config.auth.jwt.algorithms, config.auth.jwt.leeway) == (("RS256",), 0)
    assert (config.retry.attempts, config.timeouts.read, config.timeouts.total) == (2, 7.0, 10.0)


@pytest.mark.parametrize(
    ("own", "line", "words"),
    [
        ("[auth]\nmode = 'observe'\n", 2, "auth.mode: 'observe' is looser than auth.mode = 'enforce'"),
        ("auth = { mode = 'observe' }\n", 1, "is looser than"),
        ("[auth]\nauthenticate = 'a:b'\n", 2, "is looser than auth.preset = 'jwt'"),
        ("[auth]\npreset = 'django'\n", 2, "is looser than auth.preset = 'jwt'"),
        ("[auth]\npreset = 'jwt'\n[auth.jwt]\nissuer = 'https://evil'\n", 4, "is looser than auth.jwt.issuer"),
        ("[auth.jwt]\njwks = 'https://evil/jwks'\n", 2, "is looser than auth.jwt.jwks"),
        ("[auth.jwt]\njwks-env = 'EVIL'\n", 2, "jwks-env: 'EVIL' is looser than auth.jwt.jwks"),
        ("[auth.jwt]\nissuer-env = 'EVIL'\n", 2, "issuer-env: 'EVIL' is looser than auth.jwt.issuer"),
        ("[auth.jwt]\nalgorithms = ['PS256']\n", 2, "'PS256' is not in the outer policy"),
        ("[auth.jwt]\nleeway = 31\n", 2, "is looser than auth.jwt.leeway = 30"),
        ("[auth]\npublic = ['GET /healthz', 'GET /x']\n", 2, "'GET /x' is not public in the outer policy"),
        ("[auth]\npublic = ['* /healthz']\n", 2, "is not public in the outer policy"),
        ("[auth]\npublic = [\n'get /healthz',\n'GET **']\n", 4, "'GET **' is not public"),
        ("[auth]\nguards = ['orders.auth:mine']\n", 2, "'orders.auth:mine' is not in the outer policy"),
        ("[auth]\nunprotected-apps = ['orders.app:app']\n", 2, "is not in the outer policy"),
        ("[[auth.rules]]\noperation = '* /admin/**'\n", 1, "asks for less than '* /admin/**'"),
        ("[[auth.rules]]\noperation = 'GET /admin/users'\nrequire = ['users']\n", 1, "asks for less than"),
        ("[[auth.rules]]\noperation = 'GET /admin/x'\nrequire-any = ['admin', 'y']\n", 1, "asks for less than"),
        ("[[auth.rules]]\noperation = 'GET /*/users'\nrequire = ['users']\n", 1, "asks for less than"),
        ("[[auth.rules]]\noperation = 'GET **'\n", 1, "asks for less than"),
        ("[[auth.rules]]\noperation = 'GET /orders/x'\nrequire = ['x']\n", 1, "asks for less than '* /orders/**'"),
        ("[[auth.rules]]\noperation = 'GET /orders/x'\nrequire-any = ['orders:read', 'x']\n", 1, "asks for less than"),
        ("[[auth.rules]]\noperation = 'orders.views.x'\nrequire = ['x']\n", 1, "asks for less than"),
        ("exclude = ['orders/**']\n", 1, "'orders/**' is not in the outer policy"),
        ("observed-by = ['orders.x:y']\n", 1, "is not in the outer policy"),
        ("[metrics]\nmax-series = 501\n", 2, "metrics.max-series: 501 is looser than metrics.max-series = 500"),
        ("[spans]\nrecord-messages = true\n", 2, "spans.record-messages: True is looser"),
        ("[retry]\nattempts = 4\n", 2, "is looser than retry.attempts = 3"),
        ("[retry]\nfunctions = ['orders.x']\n", 2, "is not in the outer policy"),
        ("[timeouts]\ntotal = 11\n", 2, "is looser than timeouts.total = 10.0"),
        ("[timeouts]\nread = 11\n", 2, "timeouts.read: 11.0 is looser than timeouts.total = 10.0"),
        ("allow-suppress = ['auth']\n", 1, "belongs to an outer policy"),
        ("allow = ['exclude']\n", 1, "belongs to an outer policy"),
    ],
)
def test_a_loosening_is_an_error_that_names_both_places(tmp_path: Path, own: str, line: int, words: str) -> None:
    error = refused(tmp_path, own)
    assert (error.file, error.line) == ("codemod.toml", line), str(error)
    assert words in str(error)
    assert "outer.toml" in error.message or "belongs to" in error.message
    assert error.fix


def test_the_place_in_the_outer_policy_has_its_line(tmp_path: Path) -> None:
    assert refused(tmp_path, "[auth]\nmode = 'observe'\n").message.endswith("outer.toml:9")
    assert refused(tmp_path, "[[auth.rules]]\noperation = '* /admin/**'\n").message.endswith("outer.toml:14")


@pytest.mark.parametrize("own", ["audience-env = 'MINE'", "audience = 'orders'", "audience = ['orders', 'x']"])
def test_where_a_value_of_a_token_comes_from_is_the_outer_policys(tmp_path: Path, own: str) -> None:
    outer = OUTER.replace("leeway = 30", 'leeway = 30, audience-env = "OIDC_AUDIENCE"')
    assert both(tmp_path, outer, "").auth.jwt.audience_env == "OIDC_AUDIENCE"
    assert both(tmp_path, outer, "[auth.jwt]\naudience-env = 'OIDC_AUDIENCE'\n").auth.jwt.audience == ()
    assert "is looser than auth.jwt.audience-env = 'OIDC_AUDIENCE'" in str(
        refused(tmp_path, f"[auth.jwt]\n{own}\n", outer)
    )


def test_observing_may_end_sooner_and_not_later(tmp_path: Path) -> None:
    outer = "[auth]\nmode = 'observe'\nobserve-until = '2027-01-31'\n"
    assert both(tmp_path, outer, "[auth]\nobserve-until = '2026-12-31'\n").auth.observe_until == "2026-12-31"
    assert both(tmp_path, outer, "[auth]\nmode = 'enforce'\n").auth.mode == "enforce"
    assert "looser" in str(refused(tmp_path, "[auth]\nobserve-until = '2027-02-01'\n", outer))


def test_an_outer_policy_may_let_a_repository_list_more(tmp_path: Path) -> None:
    outer = 'allow = ["auth.guards", "exclude"]\n' + OUTER
    own = "exclude = ['x/**']\n[auth]\nguards = ['orders.auth:mine']\n" + AUDIENCE
    config = both(tmp_path, outer, own)
    assert (config.exclude, config.auth.guards) == (("x/**",), ("orders.auth:mine",))
    error = refused(tmp_path, "", 'allow = ["auth.guard"]\n')
    assert (error.line, error.fix) == (1, "did you mean auth.guards?")


def test_a_policy_without_auth_says_nothing_of_it(tmp_path: Path) -> None:
    config = both(tmp_path, "codemods = ['spans']\n", "[auth]\npublic = ['GET /x']\nguards = ['a:b']\n")
    assert config.auth.public == ("GET /x",)


def test_an_outer_policy_describes_no_service(tmp_path: Path) -> None:
    error = refused(tmp_path, "", "[auth]\npolicy = 'openapi.yaml'\n")
    assert "belongs to a service" in error.message and error.file.endswith("outer.toml")


def test_what_is_missing_after_all_is_an_error_where_it_could_be(tmp_path: Path) -> None:
    error = refused(tmp_path, "")
    assert "needs auth.jwt.audience" in error.message


def test_a_rule_that_the_outer_policy_makes_public_may_be_closed(tmp_path: Path) -> None:
    config = both(tmp_path, OUTER, AUDIENCE + "[[auth.rules]]\noperation = 'GET /healthz'\nrequire = ['ops']\n")
    found = requirement(config.auth, JoinPoint("a.py", 1, "f", "handler", "flask", "GET /healthz"))
    assert isinstance(found, Requires) and found.scopes == ("ops",)


def test_aspects_of_both_stay(tmp_path: Path) -> None:
    def aspect(name: str, decorator: str) -> str:
        where = "{ kind = 'handler', operation = '* /**' }"
        return f"[[aspects]]\nname = '{name}'\ndecorator = '{decorator}'\nwhere = {where}\n"

    config = both(tmp_path, aspect("audit", "acme:audited"), aspect("quota", "orders:quota"))
    assert [each.name for each in config.aspects] == ["audit", "quota"]
    assert sorted(config.codemods) == ["audit", "metrics", "quota", "spans"]
    error = refused(tmp_path, aspect("audit", "orders:nothing"), aspect("audit", "acme:audited"))
    assert error.line == 1 and "outer.toml:1" in error.message


# --- never looser, whatever both say

METHODS = st.sampled_from(["GET", "POST", "GET|POST", "*", "OPTIONS"])
PATH = st.lists(st.sampled_from(["a", "b", "*", "**", "a*"]), max_size=2).map(lambda parts: "/" + "/".join(parts))
DOTTED = st.sampled_from(["app.f", "app.*", "app.g"])
PATTERN = st.one_of(st.builds(lambda m, p: f"{m} {p}", METHODS, PATH), DOTTED)
SCOPES = st.lists(st.sampled_from(["r", "w", "x"]), unique=True, max_size=2)
RULE = st.builds(
    lambda pattern, scopes, any_of: AuthRule(pattern, () if any_of else tuple(scopes), tuple(scopes) if any_of else ()),
    PATTERN,
    SCOPES,
    st.booleans(),
)


@st.composite
def policies(draw: Any) -> Config:
    rules = draw(st.lists(RULE, max_size=3, unique_by=lambda rule: rule.operation))
    taken = {rule.operation for rule in rules}
    public = tuple(p for p in draw(st.lists(PATTERN, max_size=2, unique=True)) if p not in taken)
    given = {"auth", "auth.rules"} | ({"auth.public"} if public or draw(st.booleans()) else set())
    return Config(auth=AuthPolicy(public=public, rules=tuple(rules)), given=frozenset(given))


POINTS = [
    JoinPoint("a.py", 1, "f", "handler", "flask", operation, answers=tuple((operation, each) for each in answers))
    for operation, *answers in (
        ("GET /a",),
        ("POST /a",),
        ("GET|POST /a/b",),
        ("* /b",),
        ("GET /",),
        ("HEAD|OPTIONS /b/a",),
        ("GET /ab/c",),
        ("app.f", "GET /a", "GET /b"),
        ("app.f", "POST /a/b"),
        ("app.g", ""),
        ("app.g", "GET /a", ""),
        ("app.h", ""),
    )
]
CALLERS = [None, *(frozenset(s) for s in ("", "r", "w", "rw", "wx"))]


def lets_in(decision: AuthRule | None, caller: frozenset[str] | None) -> bool:
    """Whether one decision, None for public, lets in who has these scopes; None is nobody who is known."""
    if decision is None:
        return True
    if caller is None:
        return False
    return bool(caller & set(decision.require_any)) if decision.require_any else caller >= set(decision.require)


def admits(config: Config, point: JoinPoint, caller: frozenset[str] | None) -> bool:
    """By what the guard would do."""
    decided = requirement(config.auth, point)
    if isinstance(decided, Undecided):
        return False
    if isinstance(decided, Public):
        return True
    return lets_in(
        AuthRule("", () if decided.any_of else decided.scopes, decided.scopes if decided.any_of else ()), caller
    )


def wanted(config: Config, point: JoinPoint, caller: frozenset[str] | None) -> bool:
    """By what the policy says, taken literally: of each method of each route, every decision that none outdoes."""
    decisions = {**dict.fromkeys(config.auth.public), **{rule.operation: rule for rule in config.auth.rules}}

    def one(operation: str) -> bool:
        fitting = [p for p in decisions if operation_matches(p, operation)]
        best = [p for p in fitting if not any(narrower(q, p) for q in fitting)]
        return all(lets_in(decisions[p], caller) for p in best) if best else caller is not None

    named = [p for p in decisions if operation_matches(p, point.operation)]
    if " " not in point.operation and named:
        if not one(point.operation):
            return False
        if all(not answer for _, answer in point.answers):
            return True
    answers = [answer for _, answer in point.answers] or [point.operation]
    for answer in answers:
        methods, _, path = answer.partition(" ")
        if not answer:
            rules = [rule for rule in config.auth.rules if " " in rule.operation]
            if not named and not all(lets_in(rule, caller) for rule in rules if rule.require or rule.require_any):
                return False
            continue
        for method in ("GET", "POST", "*") if methods == "*" else methods.replace("HEAD", "GET").split("|"):
            single = f"{method} {path}"
            fits = any(operation_matches(p, single) for p in decisions)
            if (method != "OPTIONS" and (fits or not named)) and not one(single):
                return False
    return True


@settings(max_examples=100)
@given(policies(), policies())
def test_nobody_gets_in_whom_the_outer_policy_refuses(outer: Config, inner: Config) -> None:
    try:
        merged = tighten(outer, inner)
    except SpliceError:
        assume(False)
    for point in POINTS:
        for caller in CALLERS:
            if admits(merged, point, caller):
                assert wanted(outer, point, caller), (point.operation, point.answers, caller, outer.auth, merged.auth)


@given(policies())
def test_the_guard_does_what_the_policy_says(policy: Config) -> None:
    for point in POINTS:
        for caller in CALLERS:
            assert not admits(policy, point, caller) or wanted(policy, point, caller), (point, caller, policy.auth)


@given(policies())
def test_a_policy_tightens_itself_and_nothing_changes(policy: Config) -> None:
    try:
        again = tighten(policy, policy)
    except SpliceError as error:
        # A rule that another of its own outdoes somewhere without being narrower is not certain to be as strict.
        assert "asks for less" in error.message
        return
    for point in POINTS:
        assert requirement(again.auth, point) == requirement(policy.auth, point)


@given(policies())
def test_nothing_said_changes_nothing(policy: Config) -> None:
    silent = Config()
    assert tighten(policy, silent).auth == replace(policy.auth)
    assert tighten(silent, policy).auth == policy.auth


OPERATIONS = [f"{m} /{p}" for m in ("GET", "POST") for p in ("", "a", "b", "ab", "a/b", "b/a", "a/b/c", "c")]


@given(st.builds(lambda m, p: f"{m} {p}", METHODS, PATH), st.builds(lambda m, p: f"{m} {p}", METHODS, PATH))
def test_patterns_that_share_an_operation_overlap(one: str, other: str) -> None:
    shared = [o for o in OPERATIONS if operation_matches(one, o) and operation_matches(other, o)]
    assert overlaps(one, other) == overlaps(other, one)
    assert not shared or overlaps(one, other)
    if contains(one, other):
        assert overlaps(one, other)
        assert all(operation_matches(one, o) for o in OPERATIONS if operation_matches(other, o))


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("GET /a", "POST /a", False),
        ("GET /a/**", "GET /b/**", False),
        ("GET /a/*", "GET /a", False),
        ("GET /a/**", "GET /a", True),
        ("GET /*/b", "GET /a/*", True),
        ("GET /a*/x", "GET /*b/x", True),
        ("GET /a*/x", "GET /b*/x", False),
        ("GET /**/x", "GET /**/y", False),
        ("app.f", "GET /a", True),
        ("app.f", "app.g", False),
    ],
)
def test_overlaps(one: str, other: str, expected: bool) -> None:
    assert overlaps(one, other) is expected
