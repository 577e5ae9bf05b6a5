"""Public keys come from the issuer's key set (https only). It is fetched in a thread of its own, within 3 seconds, at most every 30 whatever tokens ask for, and kept: while the issuer is
down the keys that we have go on serving. Until there are any, callers with a token get a 503.
"""

from __future__ import annotations

import json
import os
import ssl
import threading
import urllib.request
from concurrent.futures import Future
from time import monotonic
from typing import Any

from splice.parts.v1.switch import _log

_JWT: dict[str, Any] = {}

_FETCH_SECONDS = 3.0
_FETCH_EVERY = 30.0
_FRESH_SECONDS = 300.0  # then they are fetched anew; twice as old, before they are used
_MAX_KEY_SET = 262_144  # bytes

# Kind of key -> algorithms that it may verify. Shared secrets (HS256) are no kind: who
# verifies with such a key can sign with it, and a public key would pass for one.
_VERIFIERS = {
    "RSA": ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512"),
    "P-256": ("ES256",),
    "P-384": ("ES384",),
    "P-521": ("ES512",),
    "Ed25519": ("EdDSA",),
    "Ed448": ("EdDSA",),
}
_ALGORITHMS = set(_JWT.get("algorithms", ())) & set(sum(_VERIFIERS.values(), ()))


def _configured(name: str) -> Any:
    """A value of `_JWT`, or what the environment variable holds that stands for it."""
    variable = _JWT.get(f"{name}_env")
    if not variable:
        return _JWT.get(name)
    value = os.environ.get(variable, "").strip()
    if name != "audience":
        return value
    return [one.strip() for one in value.split(",") if one.strip()]


class _KeySet:
    """The issuer's public keys by id and algorithm, and the fetch that is under way."""

    def __init__(self) -> None:
        self.keys: dict[tuple[str, str], Any] = {}
        self.fetched = self.begun = float("-inf")
        self.fetch: Future[None] = Future()
        self.lock = threading.Lock()

    def find(self, kid: str, algorithm: str) -> Any:
        """The key that a token names; if it names none, the only one there is."""
        keys = self.keys
        if kid:
            return keys.get((kid, algorithm))
        fitting = [key for (_, name), key in keys.items() if name == algorithm]
        return fitting[0] if len(fitting) == 1 else None

    def awaited(self, kid: str, algorithm: str) -> Future[None] | None:
        """A fetch to wait for before `find`; None if there is no need to wait."""
        now = monotonic()
        with self.lock:
            age = now - self.fetched
            known = self.find(kid, algorithm) is not None
            if known and age < _FRESH_SECONDS:
                return None
            if now - self.begun >= _FETCH_EVERY:
                self.begun = now
                self.fetch = Future()
                threading.Thread(target=self._renew, daemon=True).start()
            return None if known and age < 2 * _FRESH_SECONDS else self.fetch

    def _renew(self) -> None:
        fetch = self.fetch
        try:
            keys = _usable(_download(_configured("jwks")))
            if not keys:
                raise ValueError("no key that can be used")
            self.keys, self.fetched = keys, monotonic()
        except Exception as exc:  # its text may hold the address
            kind = type(exc).__name__
            _log.warning("scaffold: no keys from the token issuer: %s", kind)
        finally:
            fetch.set_result(None)


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *args: Any, **kwargs: Any) -> None:
        """Whoever answers for the issuer cannot send us elsewhere."""


def _download(url: str) -> Any:
    if not url.startswith("https://"):
        raise ValueError("keys are fetched over https only")
    until = monotonic() + _FETCH_SECONDS
    https = urllib.request.HTTPSHandler(context=ssl.create_default_context())
    opener = urllib.request.build_opener(https, _NoRedirect)
    body = b""
    with opener.open(url, timeout=_FETCH_SECONDS) as answer:
        while chunk := answer.read1(65_536):
            body += chunk
            if len(body) > _MAX_KEY_SET or monotonic() > until:
                raise ValueError("too long")
    return json.loads(body)


def _usable(document: Any) -> dict[tuple[str, str], Any]:
    """The keys of a key set that may verify signatures with an algorithm of ours."""
    keys: dict[tuple[str, str], Any] = {}
    for jwk in document["keys"]:
        try:
            keys.update(_verifiers(jwk))
        except Exception as exc:
            _log.debug("scaffold: the issuer has an odd key: %s", type(exc).__name__)
    return keys


def _verifiers(jwk: Any) -> dict[tuple[str, str], Any]:
    from jwt import PyJWK

    if jwk.get("use", "sig") != "sig" or "verify" not in jwk.get("key_ops", ["verify"]):
        return {}
    if "d" in jwk:
        return {}  # its private half is public: anybody can sign with it
    keys = {}
    for algorithm in _VERIFIERS.get(jwk.get("crv") or jwk.get("kty"), ()):
        if algorithm in _ALGORITHMS and jwk.get("alg", algorithm) == algorithm:
            key = PyJWK(jwk, algorithm).key
            if jwk["kty"] != "RSA" or key.key_size >= 2048:
                keys[jwk.get("kid", ""), algorithm] = key
    return keys


_key_set = _KeySet()
