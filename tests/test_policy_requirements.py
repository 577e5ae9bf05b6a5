"""What the policy asks of one operation. Whatever is not certain is undecided, never public."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from splice.config import Config, load
from splice.model import JoinPoint, Kind
from splice.patterns import operation_matches
from splice.policies import AuthPolicy, AuthRule
from splice.policies.findings import findings
from splice.policies.requirements import Public, Requirement, Requires, Undecided, requirement
from splice.survey import survey
from splice.testing import put

KNOWN = ("auth", "metrics", "retry", "spans", "timeouts")
TODAY = date(2026, 11, 24)

POLICY = AuthPolicy(
    public=("GET /healthz", "* /webhooks/**", "orders.views.status"),
    rules=(
        AuthRule("* /admin/**", ("admin",), line=7),
        AuthRule("POST /admin/keys", ("admin", "root"), line=9),
        AuthRule("GET /orders/**", ("orders:read",), line=11),
        AuthRule("DELETE|POST /orders/**", require_any=("orders:write", "admin"), line=13),
        AuthRule("* /me", line=15),
        AuthRule("orders.legacy.*", ("legacy",), line=17),
        AuthRule("OPTIONS /secret", ("admin",), line=19),
    ),
)


def point(operation: str, *answers: str, kind: Kind = "handler") -> JoinPoint:
    return JoinPoint("a.py", 1, "f", kind, "flask", operation, answers=tuple((operation, each) for each in answers))


def asked(operation: str, *answers: str) -> Requirement:
    return requirement(POLICY, point(operation, *answers))


@pytest.mark.parametrize(
    ("operation", "scopes", "any_of", "line"),
    [
        ("GET /admin", ("admin",), False, 7),
        ("GET /admin/users/{id}", ("admin",), False, 7),
        ("POST /admin/keys", ("admin", "root"), False, 9),
        ("WEBSOCKET /admin/feed", ("admin",), False, 7),
        ("GET /orders/{id}", ("orders:read",), False, 11),
        ("HEAD /orders/{id}", ("orders:read",), False, 11),
        ("GET|HEAD|OPTIONS /orders", ("orders:read",), False, 11),
        ("DELETE|POST /orders", ("orders:write", "admin"), True, 13),
        ("* /me", (), False, 15),
        ("OPTIONS /secret", ("admin",), False, 19),
    ],
)
def test_the_most_specific_rule_wins(operation: str, scopes: tuple[str, ...], any_of: bool, line: int) -> None:
    found = asked(operation)
    assert isinstance(found, Requires)
    assert (found.scopes, found.any_of, found.rule and found.rule.line) == (scopes, any_of, line)


@pytest.mark.parametrize("operation", ["GET /x", "PUT /orders", "WEBSOCKET /orders/feed", "POST /healthz", "* /x"])
def test_what_nothing_names_must_be_guarded_all_the_same(operation: str) -> None:
    assert asked(operation) == Requires()


@pytest.mark.parametrize(
    ("operation", "pattern"),
    [
        ("GET /healthz", "GET /healthz"),
        ("HEAD /healthz", "GET /healthz"),
        ("GET|HEAD|OPTIONS /healthz", "GET /healthz"),
        ("* /webhooks/{name}", "* /webhooks/**"),
        ("OPTIONS /orders", ""),
    ],
)
def test_public_is_what_is_named(operation: str, pattern: str) -> None:
    assert asked(operation) == Public(pattern)


@pytest.mark.parametrize(
    ("operation", "words"),
    [
        ("GET|POST /healthz", "'GET /healthz' is public ('GET /healthz'), 'POST /healthz' requires a known caller"),
        ("* /healthz", "requires a known caller, 'GET /healthz' is public"),
        ("GET|POST /orders", "requires orders:read (line 11), 'POST /orders' requires orders:write or admin (line 13)"),
        ("* /orders", "'* /orders' requires a known caller, 'DELETE /orders' requires orders:write or admin (line 13)"),
        ("* /admin/keys", "requires admin (line 7), 'POST /admin/keys' requires admin and root (line 9)"),
        ("GET|OPTIONS /secret", "'OPTIONS /secret' requires admin (line 19)"),
    ],
)
def test_methods_under_different_rules_are_undecided(operation: str, words: str) -> None:
    found = asked(operation)
    assert isinstance(found, Undecided) and words in found.message


@pytest.mark.parametrize(
    ("answers", "expected"),
    [
        (("GET /orders", "GET /orders/{id}"), ("orders:read",)),
        (("GET /x", "POST /y"), ()),
        (("GET /admin/a", "POST /admin/b"), ("admin",)),
    ],
)
def test_several_routes_of_one_function_are_decided_by_each(
    answers: tuple[str, ...], expected: tuple[str, ...]
) -> None:
    found = asked("orders.views.index", *answers)
    assert isinstance(found, Requires) and found.scopes == expected


@pytest.mark.parametrize(
    ("operation", "answers", "words"),
    [
        ("orders.views.index", ("GET /healthz", "GET /x"), "one function, and the policy says two things"),
        ("orders.views.index", ("GET /admin", "GET /orders"), "requires admin (line 7)"),
        ("orders.views.status", ("GET /status", "GET /admin/status"), "is public ('orders.views.status') by its name"),
        ("orders.legacy.index", ("GET /admin",), "requires legacy (line 17) by its name"),
        ("orders.views.index", ("GET /healthz", ""), "may be meant for it"),
        ("orders.views.index", ("",), "may be meant for it"),
        ("orders.views.index", (), "may be meant for it"),
    ],
)
def test_routes_under_different_rules_are_undecided(operation: str, answers: tuple[str, ...], words: str) -> None:
    found = asked(operation, *answers)
    assert isinstance(found, Undecided) and words in found.message


def test_a_name_decides_where_no_route_says_otherwise() -> None:
    assert asked("orders.views.status", "GET /status") == Public("orders.views.status")
    assert asked("orders.views.status", "") == Public("orders.views.status")
    legacy = asked("orders.legacy.index", "GET /x", "")
    assert isinstance(legacy, Requires) and legacy.scopes == ("legacy",)


def test_an_unknown_route_is_no_trouble_where_all_rules_ask_the_same() -> None:
    staff = AuthPolicy(rules=(AuthRule("* /**", ("staff",)), AuthRule("GET /me/**", ("staff",))))
    found = requirement(staff, point("orders.views.index", ""))
    assert isinstance(found, Requires) and found.scopes == ("staff",)
    assert requirement(AuthPolicy(public=("GET /x",)), point("orders.views.index", "")) == Requires()


def test_a_tie_is_undecided_and_names_both() -> None:
    policy = AuthPolicy(rules=(AuthRule("* /a/*", ("x",), line=3), AuthRule("* /*/b", ("y",), line=5)))
    found = requirement(policy, point("GET /a/b"))
    assert isinstance(found, Undecided) and found.rule is not None
    assert "'* /*/b' (line 5) and '* /a/*' (line 3) fit 'GET /a/b'" in found.message
    assert found.fix == 'write a rule with operation = "GET /a/b"'
    solved = AuthPolicy(rules=(*policy.rules, AuthRule("GET /a/b", ("z",))))
    decided = requirement(solved, point("GET /a/b"))
    assert isinstance(decided, Requires) and decided.scopes == ("z",)


def test_members_of_a_class_are_decided_one_by_one() -> None:
    books = JoinPoint(
        "a.py", 1, "Books", "handler", "django", "books.Books",
        members=(("create", "POST /orders"), ("list", "books.Books.list")),
        answers=(("books.Books.list", "GET /orders"), ("books.Books.list", "GET /orders/all")),
    )  # fmt: skip
    found = [requirement(POLICY, books, operation) for operation in books.operations]
    assert [each.scopes for each in found if isinstance(each, Requires)] == [
        ("orders:write", "admin"),
        ("orders:read",),
    ]


METHODS = st.sampled_from(["GET", "POST", "GET|POST", "*", "OPTIONS", "GET|OPTIONS"])
PATH = st.lists(st.sampled_from(["a", "b", "*", "**"]), max_size=3).map(lambda parts: "/" + "/".join(parts))
PATTERNS = st.lists(st.builds(lambda m, p: f"{m} {p}", METHODS, PATH), unique=True, max_size=6)
SERVED = st.builds(
    lambda methods, path: "|".join(sorted(methods)) + " /" + "/".join(path),
    st.one_of(st.just({"*"}), st.sets(st.sampled_from(["DELETE", "GET", "HEAD", "OPTIONS", "POST"]), min_size=1)),
    st.lists(st.sampled_from(["a", "b", "c"]), max_size=3),
)


@given(PATTERNS, st.integers(0, 6), SERVED)
def test_public_needs_a_pattern_for_every_method(patterns: list[str], cut: int, operation: str) -> None:
    """Whatever the rules: what comes out as public is named for each method, and no rule for it is narrower."""
    policy = AuthPolicy(public=tuple(patterns[:cut]), rules=tuple(AuthRule(p, (p,)) for p in patterns[cut:]))
    found = requirement(policy, point(operation))
    methods, _, path = operation.partition(" ")
    for method in methods.split("|"):
        if method == "OPTIONS":
            continue
        single = f"{method.replace('HEAD', 'GET')} {path}"
        hits = [p for p in patterns if operation_matches(p, single)]
        if isinstance(found, Public):
            assert any(p in policy.public for p in hits)
        elif isinstance(found, Requires) and found.scopes:
            assert found.scopes[0] in hits
        elif isinstance(found, Requires):
            assert not hits


SERVICE = {
    "app.py": """\
from flask import Flask
app = Flask(__name__)

@app.get("/orders/<int:order_id>")
def read(order_id):
    return "read"

@app.route("/orders", methods=["GET", "POST"])
def orders():
    return "orders"

@app.get("/a")
@app.get("/admin/a")
def both():
    return "both"
"""
}
HEAD = """\
codemods = ["auth"]
[auth]
mode = "observe"
observe-until = "2026-12-31"
authenticate = "auth:who"
"""


def told(root: Path, text: str, today: date = TODAY) -> list[tuple[str, str, int, str]]:
    """Level, code, line and message of each finding about a policy for the service above."""
    put(root, {**SERVICE, "codemod.toml": text})
    config = load(root, None, KNOWN)
    points = survey(root, Config(), today).matched.points
    found = findings(config, points, today)
    return [(each.level, each.code, each.line, f"{each.message}; {each.fix}") for each in found]


def test_a_policy_that_fits_tells_nothing(tmp_path: Path) -> None:
    assert told(tmp_path, HEAD + "public = ['GET|POST /orders']\n[[auth.rules]]\noperation = 'HEAD /orders/*'".replace("HEAD", "GET")) == []  # fmt: skip


def test_observing_has_an_end(tmp_path: Path) -> None:
    assert told(tmp_path, HEAD, date(2026, 12, 31)) == []
    ((level, code, line, text),) = told(tmp_path, HEAD, date(2027, 1, 1))
    assert (level, code, line) == ("error", "observe-expired", 4) and "enforce" in text
    assert told(tmp_path, HEAD.replace('"observe"', '"enforce"'), date(2027, 1, 1)) == []


def test_a_rule_that_matches_nothing_is_an_error(tmp_path: Path) -> None:
    ((level, code, line, text),) = told(tmp_path, HEAD + "[[auth.rules]]\noperation = '* /zzz/zzz/**'\n")
    assert (level, code, line) == ("error", "policy-unmatched", 6) and "codemod list" in text
    ((level, _, line, text),) = told(tmp_path, HEAD + "[[auth.rules]]\noperation = 'PUT /orders'\n")
    assert (level, line) == ("error", 6) and "did you mean 'GET|POST /orders'?" in text


def test_a_public_pattern_may_open_what_only_the_framework_serves(tmp_path: Path) -> None:
    found = told(tmp_path, HEAD + "public = [\n'GET /static/**',\n'get /order',\n]\n")
    assert [(level, code, line) for level, code, line, _ in found] == [
        ("warning", "policy-unmatched", 7),
        ("error", "policy-unmatched", 8),
    ]


def test_a_route_that_is_not_known_may_be_the_one_that_is_meant(tmp_path: Path) -> None:
    hidden = SERVICE["app.py"] + "\nimport os\n@app.get(os.environ['X'])\ndef hidden():\n    return ''\n"
    put(tmp_path, {"app.py": hidden, "codemod.toml": HEAD + "[[auth.rules]]\noperation = '* /zzz/zzz/**'\n"})
    config = load(tmp_path, None, KNOWN)
    found = findings(config, survey(tmp_path, Config(), TODAY).matched.points, TODAY)
    assert [(each.level, each.code) for each in found] == [("warning", "policy-unmatched")]


def test_an_operation_of_which_two_things_are_said_is_an_error_with_both_lines(tmp_path: Path) -> None:
    found = told(tmp_path, HEAD + "public = ['GET /a']\n[[auth.rules]]\noperation = 'GET /orders'\nrequire = ['x']\n")
    assert [(level, code, line) for level, code, line, _ in found] == [
        ("error", "policy-undecided", 7),
        ("error", "policy-undecided", 14),
    ]
    assert "(app.py:9)" in found[0][3] and "is public ('GET /a')" in found[1][3]


def test_nothing_is_told_where_no_guards_are_asked_for(tmp_path: Path) -> None:
    assert told(tmp_path, HEAD.replace('["auth"]', '["spans"]') + "public = ['GET /zzz']\n") == []
