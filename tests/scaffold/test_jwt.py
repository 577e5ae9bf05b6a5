"""Bearer tokens: what is refused, what is served while the issuer is down, and what nobody gets to see."""

from __future__ import annotations

import asyncio
import logging
import ssl
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import jwt
import pytest
from conftest import Telemetry
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from issuer import Server, issuer, serving, tls
from tokens import (
    AUDIENCE,
    BAD_TOKENS,
    ISSUER,
    OTHER_KEY,
    RSA_KEY,
    alg_none,
    claims,
    public_jwk,
    public_key_as_secret,
    sign,
)

from splice import compose

__all__ = ["issuer", "tls"]


class Clock:
    """The verifier's clock: it stands still until it is moved."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.step = 0.0  # by which it moves whenever somebody looks

    def __call__(self) -> float:
        self.now += self.step
        return self.now


Verifier = Callable[..., Any]


@pytest.fixture
def verifier(issuer: Server, telemetry: Telemetry) -> Verifier:
    """`verifier(**changes of _JWT)`: the part as a module, with a clock of its own."""

    def make(**changes: Any) -> Any:
        settings = {
            "issuer": ISSUER,
            "audience": (AUDIENCE,),
            "jwks": issuer.url,
            "algorithms": ("RS256", "ES256", "HS256"),
            "leeway": 30,
            "scope_claim": "scope",
            **changes,
        }
        module: Any = ModuleType("verifier")
        sys.modules["verifier"] = module
        exec(compose.body(("bearer",), 1, {"_JWT": repr(settings)}), vars(module))
        module.monotonic = Clock()
        return module

    return make


def bearer(token: str) -> dict[str, str]:
    return {"authorization": f"Bearer {token}"}


def ask(module: Any, token: str) -> str:
    """What a caller with this token gets, on the way of threads and on that of event loops: who it is, or a status."""
    answers = []
    for called in (module._bearer, lambda headers: asyncio.run(module._bearer_on_loop(headers))):
        try:
            principal = called(bearer(token))
        except module._UnavailableError:
            answers.append("503")
        else:
            answers.append(principal.subject if principal else "401")
    assert answers[0] == answers[1]
    return str(answers[0])


def test_a_good_token_says_who_calls(verifier: Verifier, issuer: Server) -> None:
    module = verifier()
    principal = module._bearer(bearer(sign(RSA_KEY, claims())))
    assert principal.subject == "lovelace"
    assert principal.scopes == {"orders:read", "orders:write"}
    assert principal.claims["iss"] == ISSUER
    assert ISSUER not in repr(principal)
    assert (
        module._bearer({"authorization": f"bEARER {sign(RSA_KEY, claims(aud=['x', AUDIENCE]))}"}).subject == "lovelace"
    )
    assert issuer.hits == 1


@pytest.mark.parametrize("name", sorted(BAD_TOKENS))
def test_a_bad_token_is_refused(name: str, verifier: Verifier, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    module, token = verifier(), BAD_TOKENS[name]()
    assert ask(module, token) == "401"
    assert not [record for record in caplog.records if record.exc_info or record.levelno >= logging.WARNING]
    assert not token or token not in caplog.text
    assert ask(module, sign(RSA_KEY, claims())) == "lovelace"


def test_leeway_is_30_seconds(verifier: Verifier) -> None:
    assert ask(verifier(), sign(RSA_KEY, claims(exp=int(time.time()) - 20))) == "lovelace"


def test_other_headers_are_no_bearer_token(verifier: Verifier, issuer: Server) -> None:
    module = verifier()
    token = sign(RSA_KEY, claims())
    for headers in ({}, {"authorization": token}, {"authorization": f"Basic {token}"}, {"cookie": f"token={token}"}):
        assert module._bearer(headers) is None
    assert issuer.hits == 0


def test_two_authorization_headers_are_refused(verifier: Verifier) -> None:
    from starlette.datastructures import Headers

    one = (b"authorization", b"Bearer " + sign(RSA_KEY, claims()).encode())
    module = verifier()
    assert module._bearer(Headers(raw=[one])).subject == "lovelace"
    assert module._bearer(Headers(raw=[one, (b"authorization", b"Bearer x")])) is None


@pytest.mark.parametrize("header", ["jku", "x5u"])
def test_addresses_in_a_token_are_never_visited(
    header: str, verifier: Verifier, tls: tuple[Path, ssl.SSLContext]
) -> None:
    with serving(tls[1]) as attacker:
        attacker.publish(public_jwk(OTHER_KEY, kid="one"))
        module = verifier()
        assert ask(module, sign(OTHER_KEY, claims(), **{header: attacker.url})) == "401"
        assert ask(module, sign(OTHER_KEY, claims(), **{header: attacker.url, "kid": "evil"})) == "401"
        assert attacker.hits == 0


def test_an_access_token_by_its_type_needs_no_scope(verifier: Verifier) -> None:
    module = verifier()
    for kind in ("at+jwt", "application/at+jwt", "AT+JWT"):
        assert ask(module, sign(RSA_KEY, claims(scope=None, nonce="n"), typ=kind)) == "lovelace"


@pytest.mark.parametrize(
    ("value", "scopes"),
    [("a b", {"a", "b"}), ("", set()), (["a", "b c"], {"a", "b c"}), (["a", 1, None], {"a"}), (7, set()), ({}, set())],
)
def test_scopes_are_a_string_or_a_list(value: Any, scopes: set[str], verifier: Verifier) -> None:
    module = verifier(scope_claim="permissions")
    assert module._bearer(bearer(sign(RSA_KEY, claims(permissions=value)))).scopes == scopes


def test_elliptic_keys_and_keys_without_alg(verifier: Verifier, issuer: Server) -> None:
    elliptic = ec.generate_private_key(ec.SECP256R1())
    public = jwt.algorithms.ECAlgorithm.to_jwk(elliptic.public_key(), as_dict=True)
    rsa_jwk = public_jwk(RSA_KEY, kid="one")
    del rsa_jwk["alg"], rsa_jwk["use"]
    issuer.publish(rsa_jwk, {**public, "kid": "e"})
    module = verifier(algorithms=("PS256", "ES256"))
    assert ask(module, sign(elliptic, claims(), "ES256", kid="e")) == "lovelace"
    assert ask(module, sign(RSA_KEY, claims(), "PS256")) == "lovelace"
    assert ask(module, sign(RSA_KEY, claims())) == "401"


def test_a_key_serves_the_algorithm_that_it_was_made_for(verifier: Verifier) -> None:
    assert ask(verifier(algorithms=("RS256", "PS256")), sign(RSA_KEY, claims(), "PS256")) == "401"


def test_an_address_that_cannot_be_asked_is_not_logged(verifier: Verifier, caplog: pytest.LogCaptureFixture) -> None:
    assert ask(verifier(jwks="https://localhost/a secret"), sign(RSA_KEY, claims())) == "503"
    assert "no keys from the token issuer" in caplog.text
    assert "secret" not in caplog.text


def test_a_token_without_kid_takes_the_only_key(verifier: Verifier, issuer: Server) -> None:
    token = jwt.encode(claims(), RSA_KEY, "RS256")
    assert ask(verifier(), token) == "lovelace"
    issuer.publish(public_jwk(RSA_KEY, kid="one"), public_jwk(OTHER_KEY, kid="two"))
    assert ask(verifier(), token) == "401"


@pytest.mark.parametrize(
    "jwk",
    [
        public_jwk(RSA_KEY, kid="one", use="enc"),
        {**public_jwk(RSA_KEY, kid="one"), "key_ops": ["encrypt"]},
        {**jwt.algorithms.RSAAlgorithm.to_jwk(RSA_KEY, as_dict=True), "kid": "one", "key_ops": ["verify"]},
        public_jwk(rsa.generate_private_key(65537, 1024), kid="one"),
        {"kty": "oct", "k": "c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0", "kid": "one", "alg": "HS256"},
        {"kty": "RSA", "kid": "one"},
        {"kty": "RSA", "crv": "P-256", "kid": "one"},
        "no key",
    ],
    ids=["for encryption", "key_ops", "private", "short", "secret", "empty", "mixed", "text"],
)
def test_odd_keys_verify_nothing(jwk: Any, verifier: Verifier, issuer: Server) -> None:
    issuer.publish(jwk)
    assert ask(verifier(), sign(RSA_KEY, claims())) == "503"
    issuer.publish(jwk, public_jwk(OTHER_KEY, kid="two"))
    module = verifier()
    assert ask(module, sign(OTHER_KEY, claims(), kid="two")) == "lovelace"
    assert ask(module, sign(RSA_KEY, claims())) == "401"
    assert ask(module, public_key_as_secret()) == "401"


@pytest.mark.parametrize(
    "change",
    [
        {"jwks": ""},
        {"issuer": ""},
        {"audience": ()},
        {"algorithms": ()},
        {"algorithms": ("none", "HS256")},
    ],
    ids=str,
)
def test_without_configuration_every_token_is_refused(
    change: dict[str, Any], verifier: Verifier, issuer: Server, caplog: pytest.LogCaptureFixture
) -> None:
    module = verifier(**change)
    for token in (sign(RSA_KEY, claims()), sign(RSA_KEY, claims(iss="", aud="")), alg_none(), public_key_as_secret()):
        assert ask(module, token) == "503"
    assert module._bearer({}) is None
    assert issuer.hits == 0
    assert [record.levelname for record in caplog.records] == ["ERROR"]


ENV = {"issuer_env": "OIDC_ISSUER", "audience_env": "OIDC_AUDIENCE", "jwks_env": "OIDC_KEYS"}


@pytest.fixture
def from_environment(verifier: Verifier, issuer: Server, monkeypatch: pytest.MonkeyPatch) -> Any:
    """A verifier that takes issuer, audience and the address of the keys from the environment."""
    monkeypatch.setenv("OIDC_ISSUER", ISSUER)
    monkeypatch.setenv("OIDC_AUDIENCE", f"other, {AUDIENCE}")
    monkeypatch.setenv("OIDC_KEYS", issuer.url)
    return verifier(issuer="", audience=(), jwks="", **ENV)


def test_the_environment_may_say_who_issues_for_whom(from_environment: Any) -> None:
    assert ask(from_environment, sign(RSA_KEY, claims())) == "lovelace"
    assert ask(from_environment, sign(RSA_KEY, claims(aud="other"))) == "lovelace"
    assert ask(from_environment, sign(RSA_KEY, claims(aud=f"other, {AUDIENCE}"))) == "401"
    assert ask(from_environment, sign(RSA_KEY, claims(iss="https://evil.example/"))) == "401"


@pytest.mark.parametrize("value", [None, "", " "])
@pytest.mark.parametrize("name", ENV.values())
def test_a_variable_that_is_not_set_refuses_every_token(
    name: str,
    value: str | None,
    from_environment: Any,
    issuer: Server,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.delenv(name) if value is None else monkeypatch.setenv(name, value)
    for token in (
        sign(RSA_KEY, claims()),
        sign(RSA_KEY, claims(iss="", aud="")),
        sign(RSA_KEY, claims(aud=[])),
        alg_none(),
    ):
        assert ask(from_environment, token) == "503"
    assert from_environment._bearer({}) is None
    assert issuer.hits == 0
    assert [record.getMessage() for record in caplog.records] == [
        f"scaffold: every token is refused: the environment variable {name} is not set"
    ]


def test_an_address_of_the_environment_is_held_to_https(from_environment: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    with serving(None) as plain:
        plain.publish(public_jwk(RSA_KEY, kid="one"))
        monkeypatch.setenv("OIDC_KEYS", plain.url)
        assert ask(from_environment, sign(RSA_KEY, claims())) == "503"
        assert plain.hits == 0


@pytest.mark.parametrize("missing", ["jwt", "jwt.algorithms"])
def test_without_the_library_every_token_is_refused(
    missing: str, verifier: Verifier, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    module, token = verifier(), sign(RSA_KEY, claims())
    monkeypatch.setitem(sys.modules, missing, None)
    assert ask(module, token) == "503"
    assert [record.getMessage() for record in caplog.records] == [
        "scaffold: every token is refused: PyJWT is not installed"
    ]


def test_without_cryptography_every_token_is_refused(
    verifier: Verifier, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    module, token = verifier(), sign(RSA_KEY, claims())
    monkeypatch.setattr("jwt.algorithms.has_crypto", False)
    assert ask(module, token) == "503"
    assert "PyJWT lacks `cryptography`" in caplog.text


def down_refused(server: Server) -> None:
    server.server_close()


def down_500(server: Server) -> None:
    server.status = 500


def down_no_json(server: Server) -> None:
    server.body = b"<html>"


def down_no_keys(server: Server) -> None:
    server.publish()


def down_redirect(server: Server) -> None:
    server.status, server.headers = 302, {"Location": server.url.replace("/keys", "/elsewhere")}


def down_endless(server: Server) -> None:
    server.body = b" " * 300_000 + server.body


@pytest.mark.parametrize("break_it", [down_refused, down_500, down_no_json, down_no_keys, down_redirect, down_endless])
def test_while_the_issuer_is_down_cached_keys_serve(
    break_it: Callable[[Server], None], verifier: Verifier, issuer: Server, caplog: pytest.LogCaptureFixture
) -> None:
    cold, warm, token = verifier(), verifier(), sign(RSA_KEY, claims())
    assert ask(warm, token) == "lovelace"
    break_it(issuer)
    assert ask(cold, token) == "503"
    assert ask(cold, sign(OTHER_KEY, claims(), kid="x")) == "503"
    assert ask(cold, alg_none()) == ask(cold, public_key_as_secret()) == "401"
    warm.monotonic.now += 86_400
    assert ask(warm, token) == "lovelace"
    assert ask(warm, sign(OTHER_KEY, claims())) == "401"
    assert {record.levelname for record in caplog.records} == {"WARNING"}
    assert not [record for record in caplog.records if record.exc_info]
    assert "localhost" not in caplog.text


def test_a_stalled_issuer_is_waited_for_only_so_long(verifier: Verifier, issuer: Server) -> None:
    module, token = verifier(), sign(RSA_KEY, claims())
    module._FETCH_SECONDS = 0.2
    issuer.gate.clear()
    assert ask(module, token) == "503"
    issuer.gate.set()
    assert ask(module, token) == "503"  # the next look is 30 seconds away
    module.monotonic.now += 30
    assert ask(module, token) == "lovelace"


def test_keys_that_drip_in_are_not_waited_for(verifier: Verifier) -> None:
    module, token = verifier(), sign(RSA_KEY, claims())
    module.monotonic.step = 4
    assert ask(module, token) == "503"


def test_keys_are_fetched_at_most_every_30_seconds(verifier: Verifier, issuer: Server) -> None:
    module = verifier()
    assert ask(module, sign(RSA_KEY, claims())) == "lovelace"
    for number in range(5):
        assert ask(module, sign(OTHER_KEY, claims(), kid=f"no-{number}")) == "401"
    module.monotonic.now += 29.9
    issuer.publish(public_jwk(OTHER_KEY, kid="two"))
    assert ask(module, sign(OTHER_KEY, claims(), kid="two")) == "401"
    assert issuer.hits == 1
    module.monotonic.now += 0.1
    assert ask(module, sign(OTHER_KEY, claims(), kid="two")) == "lovelace"
    assert ask(module, sign(RSA_KEY, claims())) == "401"
    assert issuer.hits == 2


def test_keys_grow_old(verifier: Verifier, issuer: Server) -> None:
    module, token = verifier(), sign(RSA_KEY, claims())
    assert ask(module, token) == "lovelace"
    issuer.publish(public_jwk(OTHER_KEY, kid="two"))
    module.monotonic.now += 299
    assert ask(module, token) == "lovelace"
    assert issuer.hits == 1
    module.monotonic.now += 301
    assert ask(module, token) == "401"  # the issuer has withdrawn it, and they are too old to be used unseen
    assert issuer.hits == 2


def test_old_keys_are_renewed_behind_the_scenes(verifier: Verifier, issuer: Server) -> None:
    module, token = verifier(), sign(RSA_KEY, claims())
    assert ask(module, token) == "lovelace"
    issuer.publish(public_jwk(OTHER_KEY, kid="two"))
    issuer.gate.clear()
    module.monotonic.now += 301
    assert ask(module, token) == "lovelace"  # the fetch is still under way
    issuer.gate.set()
    module._key_set.fetch.result(5)
    assert ask(module, token) == "401"


def test_many_callers_share_one_fetch_and_the_event_loop_runs_on(verifier: Verifier, issuer: Server) -> None:
    module, token = verifier(), sign(RSA_KEY, claims())
    issuer.gate.clear()

    async def main() -> list[Any]:
        callers = [asyncio.create_task(module._bearer_on_loop(bearer(token))) for _ in range(20)]
        await asyncio.sleep(0)
        callers[0].cancel()  # a client that hangs up takes nothing from the others
        await asyncio.sleep(0)  # it comes back although nobody has keys
        issuer.gate.set()
        return await asyncio.gather(*callers, return_exceptions=True)

    answers = asyncio.run(main())
    assert isinstance(answers[0], asyncio.CancelledError)
    assert {answer.subject for answer in answers[1:]} == {"lovelace"}
    assert issuer.hits == 1


def test_threads_share_one_fetch(verifier: Verifier, issuer: Server) -> None:
    module, token, answers = verifier(), sign(RSA_KEY, claims()), []
    issuer.gate.clear()
    threads = [threading.Thread(target=lambda: answers.append(module._bearer(bearer(token)).subject)) for _ in range(8)]
    for thread in threads:
        thread.start()
    issuer.gate.set()
    for thread in threads:
        thread.join()
    assert answers == ["lovelace"] * 8
    assert issuer.hits == 1


def test_plain_http_is_never_asked(verifier: Verifier) -> None:
    with serving(None) as plain:
        plain.publish(public_jwk(RSA_KEY, kid="one"))
        assert ask(verifier(jwks=plain.url), sign(RSA_KEY, claims())) == "503"
        assert plain.hits == 0


def test_an_issuer_that_no_ca_vouches_for_is_not_believed(
    verifier: Verifier, issuer: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SSL_CERT_FILE")
    assert ask(verifier(), sign(RSA_KEY, claims())) == "503"
    assert issuer.hits == 0
