"""Tokens of an issuer: a good one, and each that must be refused."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Callable
from typing import Any

import jwt
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from jwt.algorithms import RSAAlgorithm

ISSUER = "https://login.acme.example/"
AUDIENCE = "orders"


def public_jwk(key: rsa.RSAPrivateKey, **fields: str) -> dict[str, Any]:
    """A key of a key set."""
    return {**RSAAlgorithm.to_jwk(key.public_key(), as_dict=True), "use": "sig", "alg": "RS256", **fields}


def public_pem(key: rsa.RSAPrivateKey) -> bytes:
    return key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)


def claims(**changes: Any) -> dict[str, Any]:
    """The claims of a good access token; None takes one away."""
    now = int(time.time())
    good = {
        "iss": ISSUER,
        "aud": AUDIENCE,
        "exp": now + 600,
        "iat": now,
        "sub": "lovelace",
        "scope": "orders:read orders:write",
    }
    return {name: value for name, value in {**good, **changes}.items() if value is not None}


def sign(key: Any, payload: dict[str, Any], algorithm: str = "RS256", **header: Any) -> str:
    return jwt.encode(payload, key, algorithm, {"kid": "one", **header})


RSA_KEY = rsa.generate_private_key(65537, 2048)
OTHER_KEY = rsa.generate_private_key(65537, 2048)


def alg_none() -> str:
    return jwt.encode(claims(), "", algorithm="none", headers={"kid": "one"})


def by_hand(header: dict[str, Any], signed: Callable[[bytes], bytes]) -> str:
    """A token that no library would write."""

    def text(value: bytes) -> bytes:
        return base64.urlsafe_b64encode(value).rstrip(b"=")

    header = {"kid": "one", "typ": "at+jwt", **header}
    body = text(json.dumps(header).encode()) + b"." + text(json.dumps(claims()).encode())
    return (body + b"." + text(signed(body))).decode()


def public_key_as_secret() -> str:
    """A token signed with HS256, its secret the issuer's public key as a file."""
    secret = public_pem(RSA_KEY)
    return by_hand({"alg": "HS256"}, lambda body: hmac.new(secret, body, hashlib.sha256).digest())


def critical() -> str:
    """A token with an extension that PyJWT understands; nothing else is wrong with it."""

    def signed(body: bytes) -> bytes:
        return RSA_KEY.sign(body, padding.PKCS1v15(), hashes.SHA256())

    return by_hand({"alg": "RS256", "crit": ["b64"], "b64": True}, signed)


def truncated() -> str:
    return sign(RSA_KEY, claims())[:-40]


def huge() -> str:
    return sign(RSA_KEY, claims(note="x" * 1_000_000))


BAD_TOKENS: dict[str, Callable[[], str]] = {
    "expired": lambda: sign(RSA_KEY, claims(exp=int(time.time()) - 31)),
    "no exp": lambda: sign(RSA_KEY, claims(exp=None)),
    "exp is no number": lambda: sign(RSA_KEY, claims(exp="soon")),
    "not yet": lambda: sign(RSA_KEY, claims(nbf=int(time.time()) + 600)),
    "wrong audience": lambda: sign(RSA_KEY, claims(aud="invoices")),
    "no audience": lambda: sign(RSA_KEY, claims(aud=None)),
    "wrong issuer": lambda: sign(RSA_KEY, claims(iss="https://evil.example/")),
    "no issuer": lambda: sign(RSA_KEY, claims(iss=None)),
    "alg none": alg_none,
    "HS256 with the public key": public_key_as_secret,
    "another algorithm of the key": lambda: sign(RSA_KEY, claims(), "RS512"),
    "an elliptic key of the attacker": lambda: sign(ec.generate_private_key(ec.SECP256R1()), claims(), "ES256"),
    "another key": lambda: sign(OTHER_KEY, claims()),
    "unknown kid": lambda: sign(RSA_KEY, claims(), kid="two"),
    "a key of its own": lambda: sign(OTHER_KEY, claims(), jwk=public_jwk(OTHER_KEY, kid="one")),
    "a critical extension": critical,
    "typ of an ID token": lambda: sign(RSA_KEY, claims(), typ="id_token+jwt"),
    "ID token by nonce": lambda: sign(RSA_KEY, claims(nonce="n")),
    "ID token by at_hash": lambda: sign(RSA_KEY, claims(at_hash="h")),
    "ID token by token_use": lambda: sign(RSA_KEY, claims(token_use="id")),
    "ID token by typ": lambda: sign(RSA_KEY, claims(typ="ID")),
    "ID token without marks": lambda: sign(RSA_KEY, claims(scope=None)),
    "truncated": truncated,
    "1 MB": huge,
    "no token": lambda: "",
    "no JWT": lambda: "sesame",
    "not ASCII": lambda: sign(RSA_KEY, claims()) + "é",
    "deep": lambda: base64.urlsafe_b64encode(b"[" * 6000).decode() + ".e30.e30",
}
