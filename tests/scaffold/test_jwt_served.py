"""Guards whose preset is jwt, in served requests: refused is refused, and what is secret stays so."""

from __future__ import annotations

import logging
import ssl
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from conftest import Load, Telemetry
from fastapi import FastAPI
from fastapi.testclient import TestClient
from flask import Flask
from guarding import Guards, decisions
from issuer import Server, issuer, serving, tls
from tokens import AUDIENCE, BAD_TOKENS, ISSUER, OTHER_KEY, RSA_KEY, claims, public_jwk, sign

__all__ = ["issuer", "tls"]


def flask_service(scaffold: Guards) -> Callable[[dict[str, str]], tuple[int, str]]:
    app = Flask("shop")

    @app.get("/orders")
    @scaffold.observed("GET /orders")
    @scaffold.guarded("orders:read")
    def orders() -> str:
        return "orders of somebody"

    def ask(headers: dict[str, str]) -> tuple[int, str]:
        answer = app.test_client().get("/orders", headers=headers)
        return answer.status_code, answer.text + str(answer.headers)

    return ask


def fastapi_service(scaffold: Guards) -> Callable[[dict[str, str]], tuple[int, str]]:
    app = FastAPI()

    @app.get("/orders", dependencies=[scaffold.guard("orders:read")])
    @scaffold.observed("GET /orders")
    async def orders() -> str:
        return "orders of somebody"

    def ask(headers: dict[str, str]) -> tuple[int, str]:
        answer = TestClient(app).get("/orders", headers=headers)
        return answer.status_code, answer.text + str(answer.headers)

    return ask


@pytest.fixture(params=[flask_service, fastapi_service], ids=["flask", "fastapi"])
def serve(request: pytest.FixtureRequest, load: Load, issuer: Server, telemetry: Telemetry) -> Any:
    """`serve(mode)`: a service with one guarded route; ask it with headers, it gives status and text."""

    def make(mode: str = "enforce") -> Any:
        jwt = {"issuer": ISSUER, "audience": (AUDIENCE,), "jwks": issuer.url, "algorithms": ("RS256",)}
        settings = {"_GUARD_MODE": mode, "_PRESET": "jwt", "_JWT": jwt}
        literals = tuple((name, repr(value).replace("'", '"')) for name, value in settings.items())
        scaffold = load(parts=("guard", "guarded", "observed"), instruments=(), settings=literals)
        return request.param(scaffold)

    return make


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def told(telemetry: Telemetry, caplog: pytest.LogCaptureFixture) -> str:
    """Whatever has left the process."""
    spans = [span.to_json() for span in telemetry.spans()]
    data = telemetry.reader.get_metrics_data()
    return "\n".join([*spans, data.to_json() if data else "", caplog.text])


def test_the_right_token_is_served_and_the_wrong_scope_is_not(serve: Any, telemetry: Telemetry) -> None:
    ask = serve()
    assert ask(bearer(sign(RSA_KEY, claims())))[0] == 200
    assert ask(bearer(sign(RSA_KEY, claims(scope="orders:write"))))[0] == 403
    assert ask({})[0] == 401
    assert sorted(decision for _, decision in decisions(telemetry)) == ["allowed", "forbidden", "unauthenticated"]


@pytest.mark.parametrize("name", sorted(set(BAD_TOKENS) - {"not ASCII"}))
def test_a_bad_token_is_refused_without_a_word_about_it(
    name: str, serve: Any, telemetry: Telemetry, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    token = BAD_TOKENS[name]()
    status, text = serve()(bearer(token))
    assert status == 401
    assert "orders of somebody" not in text
    assert "Traceback" not in text
    left = told(telemetry, caplog) + text
    assert ISSUER not in left
    assert "lovelace" not in left
    for part in token.split("."):
        assert len(part) < 12 or part not in left
    assert not [record for record in caplog.records if record.exc_info]


def test_an_address_in_the_token_is_not_visited(serve: Any, tls: tuple[Path, ssl.SSLContext]) -> None:
    with serving(tls[1]) as attacker:
        attacker.publish(public_jwk(OTHER_KEY, kid="one"))
        ask = serve()
        for header in ("jku", "x5u"):
            assert ask(bearer(sign(OTHER_KEY, claims(), **{header: attacker.url})))[0] == 401
        assert attacker.hits == 0


def test_an_issuer_that_is_down(
    serve: Any, issuer: Server, telemetry: Telemetry, caplog: pytest.LogCaptureFixture
) -> None:
    warm, cold = serve(), serve()
    token = sign(RSA_KEY, claims())
    assert warm(bearer(token))[0] == 200
    issuer.status = 500
    assert warm(bearer(token))[0] == 200
    status, text = cold(bearer(token))
    assert status == 503
    assert cold({})[0] == 401
    left = told(telemetry, caplog) + text
    assert "Traceback" not in left
    assert issuer.url not in left
    assert token.split(".")[1] not in left


def test_observing_lets_everybody_through(serve: Any, issuer: Server, telemetry: Telemetry) -> None:
    ask = serve("observe")
    issuer.status = 500
    for headers in ({}, bearer("x"), bearer(sign(RSA_KEY, claims()))):
        assert ask(headers)[0] == 200
    counts = {decision: count for (_, decision), count in decisions(telemetry).items()}
    assert counts == {"unauthenticated": 2, "error": 1}
