"""`[auth]`, `[retry]`, `[timeouts]` and `[[aspects]]`: every key is read, and what is wrong has its line and a fix."""

from __future__ import annotations

import pickle
from dataclasses import replace
from pathlib import Path

import pytest
import tomlkit

from splice.config import Config, load
from splice.model import SpliceError
from splice.policies import Aspect, AuthPolicy, AuthRule, JwtPolicy, RetryPolicy, TimeoutsPolicy
from splice.tomlfile import key_lines

KNOWN = ("auth", "metrics", "retry", "spans", "timeouts")

FULL = """\
codemods = ["auth", "retry", "timeouts"]
[auth]
mode = "observe"
observe-until = 2027-01-31
preset = "jwt"
public = ["get /healthz", "POST|GET /webhooks/**", "orders.views.*"]
guards = ["orders.auth:login_required"]
unprotected-apps = ["orders.legacy:app"]
[auth.jwt]
issuer = "https://id.example.com/"
audience = "orders"
jwks = "https://id.example.com/jwks.json"
algorithms = ["RS256", "EdDSA"]
leeway = 5
scope-claim = "scp"
[[auth.rules]]
operation = "* /admin/**"
require = ["admin"]
[[auth.rules]]  # the second
operation = "DELETE|GET /orders/*"
require-any = ["orders:write", "admin"]
[[auth.rules]]
operation = "* /me"
[retry]
attempts = 2
total = 5
budget = 0.2
burst = 0
functions = ["orders.rates.fetch"]
post = ["orders.pay.charge"]
max-amplification = 4
[timeouts]
connect = 3.05
read = 10
total = 12
httpx = true
[[aspects]]
name = "audit"
where = { kind = "handler", operation = "POST **" }
decorator = "orders.audit:audited"
order = "outside"
"""


def own(root: Path, text: str) -> Config:
    (root / "codemod.toml").write_text(text, encoding="utf-8", newline="")
    return load(root, None, KNOWN)


def refused(root: Path, text: str) -> SpliceError:
    with pytest.raises(SpliceError) as caught:
        own(root, text)
    return caught.value


def test_every_key_is_read(tmp_path: Path) -> None:
    config = own(tmp_path, FULL)
    assert config.auth == AuthPolicy(
        mode="observe",
        observe_until="2027-01-31",
        preset="jwt",
        public=("GET /healthz", "GET|POST /webhooks/**", "orders.views.*"),
        guards=("orders.auth:login_required",),
        unprotected_apps=("orders.legacy:app",),
        rules=(
            AuthRule("* /admin/**", require=("admin",)),
            AuthRule("DELETE|GET /orders/*", require_any=("orders:write", "admin")),
            AuthRule("* /me"),
        ),
        jwt=JwtPolicy(
            "https://id.example.com/",
            ("orders",),
            "https://id.example.com/jwks.json",
            ("RS256", "EdDSA"),
            5,
            "scp",
        ),
    )
    assert [(rule.file, rule.line) for rule in config.auth.rules] == [
        ("codemod.toml", 16),
        ("codemod.toml", 19),
        ("codemod.toml", 22),
    ]
    assert config.retry == RetryPolicy(2, 5.0, 0.2, 0, ("orders.rates.fetch",), ("orders.pay.charge",), 4)
    assert config.timeouts == TimeoutsPolicy(3.05, 10.0, 12.0, True)
    assert config.aspects == (Aspect("audit", "handler", "POST **", "orders.audit:audited", "outside"),)
    assert config.aspects[0].line == 37
    assert pickle.loads(pickle.dumps(config)) == config


def test_pyproject_says_the_same(tmp_path: Path) -> None:
    plain = own(tmp_path, FULL)
    (tmp_path / "codemod.toml").unlink()
    nested = tomlkit.dumps({"tool": {"codemod": tomlkit.parse(FULL)}})
    (tmp_path / "pyproject.toml").write_text(nested)
    config = load(tmp_path, None, KNOWN)
    assert config == plain
    assert "operation" in nested.splitlines()[config.auth.rules[1].line]
    assert nested.splitlines()[config.auth.rules[1].line - 1].startswith("[[")


def test_rules_in_one_line_know_their_lines(tmp_path: Path) -> None:
    text = '[auth]\nrules = [\n  { operation = "* /a" },\n  { operation = "* /b", require = ["x"] },\n]\n'
    assert [rule.line for rule in own(tmp_path, text).auth.rules] == [3, 4]
    error = refused(tmp_path, text.replace('require = ["x"]', 'requires = ["x"]'))
    assert (error.line, error.fix) == (4, "did you mean require?")


AUTH = '[auth]\nguard = "flask_login:login_required"\n'
JWT = '[auth]\npreset = "jwt"\n[auth.jwt]\nissuer = "i"\naudience = "a"\njwks = "https://x/y"\n'


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("[auth]\nmod = 'observe'\n", 2, "did you mean mode?"),
        ("[auth]\nmode = 'enforced'\n", 2, "did you mean enforce?"),
        ("auth = 1\n", 1, "must be a table"),
        ("[auth]\nobserve-until = 'soon'\n", 2, "2027-01-31"),
        ("[auth]\nobserve-until = '2027-02-30'\n", 2, "must be a date"),
        ("[auth]\nobserve-until = 2027-01-31T00:00:00\n", 2, "must be a date"),
        ("[auth]\nauthenticate = 'orders.auth.current'\n", 2, "must be an object"),
        ("[auth]\nauthenticate = 'os:system(1)'\n", 2, "must be an object"),
        ("[auth]\npreset = 'JWT'\n", 2, "did you mean jwt?"),
        (AUTH + "authenticate = 'a:b'\n", 2, "auth.guard and auth.authenticate exclude each other"),
        (AUTH + "preset = 'django'\n", 3, "auth.preset and auth.guard exclude each other"),
        (AUTH + "[auth.jwt]\nissuer = 'x'\n", 3, 'belongs to preset = "jwt"'),
        ("[auth]\npreset = 'jwt'\n", 2, "needs auth.jwt.issuer"),
        (JWT.replace('jwks = "https://x/y"\n', ""), 3, "needs auth.jwt.jwks"),
        ("[auth]\npolicy = 'openapi.yaml'\n", 2, "there is no file 'openapi.yaml'"),
        (JWT.replace("https:", "http:"), 6, "https URL"),
        (JWT.replace("//x/y", "//user:secret@x/y"), 6, "https URL"),
        (JWT.replace("//x/y", ""), 6, "https URL"),
        (JWT.replace("//x/y", "//x:port/y"), 6, "https URL"),
        (JWT + "algorithms = ['none']\n", 7, "public key"),
        (JWT + "algorithms = [\n'RS256',\n'HS256']\n", 9, "secret"),
        (JWT + "algorithms = []\n", 7, "empty"),
        (JWT + "jwks-env = 'KEYS'\n", 7, "jwks-env and jwks exclude each other"),
        (JWT.replace('issuer = "i"', "issuer-env = 'a b'"), 4, "environment variable"),
        (JWT.replace('issuer = "i"\n', ""), 3, "needs auth.jwt.issuer"),
        (JWT + "leeway = 3600\n", 7, "from 0 to 300"),
        (JWT + "leeway = true\n", 7, "whole number"),
        (JWT + "audience2 = 'x'\n", 7, "did you mean audience?"),
        ("[auth]\npublic = ['/healthz']\n", 2, 'write "* /healthz"'),
        ("[auth]\npublic = ['GET']\n", 2, 'write "GET **"'),
        ("[auth]\npublic = [\n'GET /a',\n'GTE /b',\n]\n", 4, "did you mean GET?"),
        ("[auth]\npublic = ['HEAD /x']\n", 2, "HEAD follows GET"),
        ("[auth]\npublic = ['GET x']\n", 2, 'begins with "/"'),
        ("[auth]\npublic = ['GET|POST /x', 'post|get /x']\n", 2, "twice"),
        ('[auth]\npublic = ["GET /\\u0000"]\n', 2, "pattern of operations"),
        ("[auth]\npublic = ['a-b']\n", 2, "pattern of operations"),
        ("[auth]\npolicy = '../openapi.yaml'\n", 2, "below the root"),
        ("[auth]\npolicy = ''\n", 2, "below the root"),
        ("[auth]\nrules = 'x'\n", 2, "array of tables"),
        ("[[auth.rules]]\nrequire = ['x']\n", 1, "auth.rules[1] needs an operation"),
        ("[[auth.rules]]\noperation = '* /a'\n[[auth.rules]]\noperation = '* b'\n", 4, "auth.rules[2].operation must"),
        ("[[auth.rules]]\noperation = '* /a'\nrequire = ['a b']\n", 3, "scopes or roles"),
        ("[[auth.rules]]\noperation = '* /a'\nrequire = ['a\"b']\n", 3, "scopes or roles"),
        ("[[auth.rules]]\noperation = '* /a'\nrequire-any = []\n", 3, "must not be empty"),
        ("[[auth.rules]]\noperation = '* /a'\nrequire = ['x']\nrequire-any = ['y']\n", 4, "exclude each other"),
        ("[[auth.rules]]\noperation = 'get /a'\n[[auth.rules]]\noperation = 'GET /a'\n", 3, "already, in line 1"),
        ("[auth]\npublic = ['GET /a']\n[[auth.rules]]\noperation = 'GET /a'\n", 3, "already, in line 2"),
        ("[retry]\nattempts = 0\n", 2, "from 1 to 10"),
        ("[retry]\nattempts = 2.5\n", 2, "whole number"),
        ("[retry]\ntotal = 0\n", 2, "above 0 and up to 600"),
        ("[retry]\nbudget = 1.5\n", 2, "above 0 and up to 1"),
        ("[retry]\nfunctions = ['orders.*']\n", 2, "dotted names"),
        ("[retry]\ntries = 3\n", 2, "unknown key 'retry.tries'"),
        ("[timeouts]\nread = -1\n", 2, "above 0"),
        ("[timeouts]\nread = nan\n", 2, "above 0"),
        ("[timeouts]\nread = inf\n", 2, "above 0"),
        ("[timeouts]\nread = '10'\n", 2, "must be a number"),
        ("[timeouts]\nconect = 1\n", 2, "did you mean connect?"),
        ("[aspects]\nname = 'x'\n", 1, "array of tables"),
        ("[[aspects]]\nname = 'Audit'\n", 2, 'must look like "audit"'),
        ("[[aspects]]\nname = 'audit'\n", 1, "needs decorator"),
        ("[[aspects]]\nname = 'audit'\ndecorator = 'a:b'\n", 1, "needs where.kind"),
        ("[[aspects]]\nname = 'x'\nwhere = { kind = 'app', operation = '* /x' }\n", 3, "handler"),
        ("[[aspects]]\nname = 'x'\nwhere = { kinds = 'app' }\n", 3, "did you mean kind?"),
        ("codemods = ['spans', 'auth']\n", 1, "nothing says who a caller is"),
        ("codemods = ['auth']\n" + AUTH, 2, "observe-until is missing"),
    ],
)
def test_what_is_wrong_is_named_with_its_line(tmp_path: Path, text: str, line: int, words: str) -> None:
    error = refused(tmp_path, text)
    assert (error.file, error.line) == ("codemod.toml", line), str(error)
    assert words in str(error)
    assert str(error).replace("\n", "").isprintable() and len(str(error)) < 600


def test_an_aspect_has_a_name_of_its_own(tmp_path: Path) -> None:
    aspect = FULL[FULL.index("[[aspects]]") :]
    assert "too: 'audit'" in str(refused(tmp_path, aspect * 2))
    taken = refused(tmp_path, aspect.replace('"audit"', '"spans"'))
    assert (taken.line, "is the name of a codemod" in taken.message) == (1, True)


def test_two_decorators_of_one_name_are_one_too_many(tmp_path: Path) -> None:
    aspect = FULL[FULL.index("[[aspects]]") :]
    other = aspect.replace('"audit"', '"other"')
    assert len(own(tmp_path, aspect + other).aspects) == 2
    error = refused(tmp_path, aspect + other.replace("orders.audit:", "orders.more:"))
    assert (error.line, "has the name of 'orders.audit:audited'" in error.message) == (6, True)


def test_enforcing_needs_no_date(tmp_path: Path) -> None:
    assert own(tmp_path, "codemods = ['auth']\n" + AUTH + "mode = 'enforce'\n").auth.mode == "enforce"


def test_a_policy_for_later_demands_nothing(tmp_path: Path) -> None:
    """`list --auth` reads public operations before anybody has decided to guard the others."""
    config = own(tmp_path, "[auth]\npublic = ['GET /healthz']\n")
    assert not config.auth.is_set and config.has("auth") and not config.has("retry")


def test_the_codegen_id_changes_with_what_a_policy_says_and_only_where_its_codemod_is_on(tmp_path: Path) -> None:
    config = own(tmp_path, FULL)
    auth, retry = config.auth, config.retry
    others = [
        replace(config, auth=replace(auth, mode="enforce")),
        replace(config, auth=replace(auth, public=())),
        replace(config, auth=replace(auth, rules=auth.rules[1:])),
        replace(config, auth=replace(auth, rules=(AuthRule("* /me", ("x",)), *auth.rules[:2]))),
        replace(config, auth=replace(auth, preset="", guard="a:b")),
        replace(config, auth=replace(auth, jwt=replace(auth.jwt, leeway=6))),
        replace(config, retry=replace(retry, attempts=3)),
        replace(config, timeouts=replace(config.timeouts, read=9.0)),
        replace(config, aspects=()),
        replace(config, codemods=("auth", "retry")),
    ]
    assert len({each.normalised() for each in others} | {config.normalised()}) == len(others) + 1
    same = [
        replace(config, auth=replace(auth, guards=(), unprotected_apps=(), rules=auth.rules[::-1])),
        replace(config, retry=replace(retry, functions=(), post=(), max_amplification=9)),
        replace(config, codemods=config.codemods[::-1]),
    ]
    assert {each.normalised() for each in same} == {config.normalised()}
    assert replace(config, codemods=("spans",), aspects=()).normalised() == Config(codemods=("spans",)).normalised()


def test_tables_of_arrays_have_lines() -> None:
    lines = key_lines("[[a.b]]\nx = [\n1]\n[ [c] ]\n".replace("[ [c] ]", "[[a.b]] # again") + "x = 1\n[a.c]\n[['d']]\n")
    assert lines == {
        ("a", "b"): 1,
        ("a", "b", "0"): 1,
        ("a", "b", "0", "x"): 2,
        ("a", "b", "1"): 4,
        ("a", "b", "1", "x"): 5,
        ("a", "c"): 6,
        ("d",): 7,
        ("d", "0"): 7,
    }
