"""What the codemod `auth` decides for a handler: from the policy, and from what the service itself does."""

from __future__ import annotations

import ast
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from splice import config as configs
from splice import testing
from splice.codemod import AddArgument, AddDecorator, AddStatement, Circumstances, Declined, Satisfied
from splice.codemods.auth import codemod
from splice.config import Config
from splice.model import Access, Anchor, JoinPoint, Reason
from splice.pipeline import Request, plan
from splice.policies import AuthPolicy, AuthRule, JwtPolicy
from splice.registry import codemods

POINT = JoinPoint("main.py", 3, "read", "handler", "flask", "GET /orders/{id}", ("GET",), ("/orders/<id>",), slot=1)
RULE = AuthRule("* /orders/**", require=("orders:read",))
AUTH = AuthPolicy(mode="enforce", authenticate="auth:who", public=("GET /healthz",), rules=(RULE,))
UNGUARDED = Access("unguarded")
LOGIN = Access("guarded", "login_required", "main.py", 2)


def advise(point: JoinPoint = POINT, access: Access | None = UNGUARDED, auth: AuthPolicy = AUTH) -> Any:
    found: dict[tuple[str, str, str, str], Access] = {}
    found |= {(point.file, point.symbol, point.kind, name): access for name in point.operations if access is not None}
    assert codemod.advise is not None
    return codemod.advise(point, Circumstances(replace(Config(), auth=auth), found))


def text(advice: Any, point: JoinPoint = POINT) -> str:
    assert isinstance(advice, AddArgument | AddDecorator | AddStatement)
    return advice.text(point, advice.part_at(point))


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        (RULE, 'guarded("orders:read")'),
        (AuthRule("* /orders/**"), "guarded()"),
        (AuthRule("* /orders/**", require=("a", "b")), 'guarded("a", "b")'),
        (AuthRule("* /orders/**", require_any=("a", "b")), 'guarded("a", "b", any_of=True)'),
        (AuthRule("* /orders/**", require=("a{x}",)), 'guarded("a{x}")'),
        (AuthRule("* /other/**", require=("a",)), "guarded()"),  # by default: everybody who is known
    ],
)
def test_the_demand_of_the_policy_stands_at_the_handler(rule: AuthRule, expected: str) -> None:
    assert text(advise(auth=replace(AUTH, rules=(rule,)))) == expected


def test_fastapi_takes_it_where_the_handler_is_registered() -> None:
    point = replace(POINT, framework="fastapi", declared=True, calls=((2, 20),))
    advice = advise(point)
    assert isinstance(advice, AddArgument) and advice.keyword == "dependencies" and advice.element
    assert text(advice, point) == 'guard("orders:read")'


def test_what_another_file_registers_is_left_to_protect() -> None:
    declined = advise(replace(POINT, framework="fastapi", declared=True))
    assert isinstance(declined, Declined) and declined.reason is Reason.REGISTERED_ELSEWHERE


def test_inherited_methods_are_named_at_their_class() -> None:
    members = (("create", "POST /orders"), ("list", "GET /orders"), ("retrieve", "GET /healthz"))
    point = replace(POINT, operation="main.View", members=members)
    rules = (RULE, AuthRule("POST /orders", require_any=("b", "a")))
    advice = advise(point, auth=replace(AUTH, rules=rules))
    assert text(advice, point) == 'guarded_view(create={"a", "b"}, list=("orders:read",))'


@pytest.mark.parametrize("access", [Access("unknown", reason="its middleware may guard"), None])
def test_unknown_is_never_missing(access: Access | None) -> None:
    declined = advise(access=access)
    assert isinstance(declined, Declined) and declined.reason is Reason.ACCESS_UNKNOWN


def test_a_guard_of_the_services_own_is_enough_where_a_known_caller_is() -> None:
    found = advise(access=LOGIN, auth=replace(AUTH, rules=()))
    assert isinstance(found, Satisfied) and found.by == "guarded by login_required at main.py:2"


def test_scopes_that_nobody_is_known_to_check_are_no_decision_for_a_second_guard() -> None:
    declined = advise(access=LOGIN)
    assert isinstance(declined, Declined) and declined.reason is Reason.SCOPES_UNCHECKED and declined.stays
    assert declined.detail == "guarded by login_required at main.py:2, which is not known to check orders:read"


def test_public_is_a_decision() -> None:
    point = replace(POINT, operation="GET /healthz")
    assert isinstance(advise(point), Satisfied)
    assert isinstance(advise(replace(point, operation="POST /healthz")), AddDecorator)


def test_a_policy_that_says_two_things_is_left_to_its_owner() -> None:
    rules = (AuthRule("* /orders/*", require=("a",)), AuthRule("GET /*/{id}", require=("b",)))
    declined = advise(auth=replace(AUTH, rules=rules))
    assert isinstance(declined, Declined) and declined.reason is Reason.POLICY_UNDECIDED


def test_without_a_way_to_ask_who_calls_nothing_is_inserted() -> None:
    declined = advise(auth=AuthPolicy())
    assert isinstance(declined, Declined) and declined.reason is Reason.NO_POLICY


@pytest.mark.parametrize(
    ("kind", "framework", "expected"),
    [
        ("app", "flask", "protect(app)"),
        ("app", "fastapi", "protect(app)"),
        ("urlconf", "django", "protect(app)"),
        ("app", "django", None),  # its URLs are closed, not its WSGI application
    ],
)
def test_apps_are_closed(kind: Any, framework: str, expected: str | None) -> None:
    point = replace(POINT, kind=kind, framework=framework, anchor=Anchor(1, 1, "app"))
    advice = advise(point)
    assert advice is None if expected is None else text(advice, point) == expected


def test_an_app_that_cannot_be_closed_fails_the_gate_unless_the_policy_names_it() -> None:
    point = replace(POINT, kind="app", symbol="app", operation="main.app", skip=True, reason=Reason.APP_WITHOUT_NAME)
    assert codemod.findings is not None
    around = Circumstances(replace(Config(), auth=AUTH), {})
    (finding,) = codemod.findings([point], around)
    assert finding.level == "error" and "main:app" in finding.fix
    named = replace(Config(), auth=replace(AUTH, unprotected_apps=("main:app",)))
    assert not list(codemod.findings([point], replace(around, config=named)))


def test_the_scaffold_is_told_the_mode_and_who_is_public() -> None:
    assert codemod.settings is not None
    access = {
        ("a.py", "a", "handler", "GET /login"): Access("public", "login_not_required"),
        ("a.py", "b", "handler", "GET /admin"): Access("guarded", "login_required"),
        ("a.py", "c", "handler", "GET /both"): Access("guarded", "login_required"),
        ("b.py", "c", "handler", "GET /both"): Access("unguarded"),
    }
    settings = codemod.settings(Circumstances(replace(Config(), auth=AUTH), access))
    assert settings["_GUARD_MODE"] == '"enforce"'
    assert settings["_PUBLIC"] == '("GET /healthz",)'
    assert settings["_PUBLIC_OPERATIONS"] == '("GET /login",)'
    assert settings["_GUARDED_ELSEWHERE"] == '("GET /admin",)'


def test_a_scaffold_reads_from_the_environment_what_the_policy_names_there() -> None:
    assert codemod.settings is not None
    jwt = JwtPolicy("https://id", jwks_env="KEYS", audience_env="AUDIENCE")
    auth = replace(AUTH, authenticate="", preset="jwt", jwt=jwt)
    settings = codemod.settings(Circumstances(replace(Config(), auth=auth), {}))
    assert ast.literal_eval(settings["_JWT"]) == {
        "issuer": "https://id",
        "audience_env": "AUDIENCE",
        "jwks_env": "KEYS",
        "algorithms": ["RS256"],
        "leeway": 30,
        "scope_claim": "scope",
    }


def test_a_doubt_about_one_member_takes_no_guard_of_another_away(tmp_path: Path) -> None:
    """What stands for a method that nobody understands any more stays, beside what is still wanted."""
    root = tmp_path / "library"
    shutil.copytree(Path(__file__).parent.parent / "examples/library", root)
    policy = 'codemods = ["auth"]\n[auth]\nmode = "enforce"\npreset = "django"\npublic = ["GET /healthz"]\n'
    testing.put(root, {"codemod.toml": policy})
    testing.run(root, rules=False)
    file = root / "catalogue/api.py"
    text = file.read_text()
    whole = "@guarded_view(list=(), retrieve=())\nclass Author"
    assert whole in text
    decorated = '@method_decorator(mystery, name="retrieve")\n' + whole
    imports = "from django.utils.decorators import method_decorator\nfrom somewhere import mystery\n"
    edited = text.replace(whole, decorated).replace("from django", imports + "from django", 1)
    file.write_text(edited)
    states = {
        operation: access.state
        for (_, symbol, _, operation), access in plan(
            Request(root, configs.load(root, None, codemods()), testing.TODAY)
        ).survey.access.items()
        if symbol.startswith("Author")
    }
    assert sorted(states.values()) == ["unguarded", "unknown"]
    assert not testing.run(root, rules=False).changes
    assert file.read_text() == edited
    testing.run(root, strip=True, rules=False)
    assert "guarded_view" not in file.read_text()
