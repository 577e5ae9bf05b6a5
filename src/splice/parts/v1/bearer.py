"""Bearer tokens are JSON Web Tokens of the issuer in `_JWT`, verified with PyJWT: signature (algorithms
from `_JWT`, never from the token), `exp`, `iss` and `aud`. Addresses and keys inside a token (`jku`,
`x5u`, `jwk`, `x5c`) are never looked at. ID tokens say who logged in somewhere, not who may call
here: they are refused. An issuer that marks neither kind tells them apart by the audience alone: it
must be the name of this service, never the id of a client.
"""

from __future__ import annotations

import concurrent.futures
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from splice.parts.v1.keys import (
    _ALGORITHMS,
    _FETCH_SECONDS,
    _JWT,
    _configured,
    _key_set,
)
from splice.parts.v1.switch import _failed, _log

_NEEDED = ("issuer", "audience", "jwks")  # or a variable each: `issuer_env`
_MAX_TOKEN = 16_384  # characters, before anything is parsed

# What only ID tokens carry (OpenID Connect Core 2 and 3.3.2.11).
_ID_TOKEN_CLAIMS = {"nonce", "at_hash", "c_hash", "s_hash"}


class _UnavailableError(Exception):
    """Nobody can say now whether a token is good: answer 503, never pass."""


@dataclass(frozen=True)
class Principal:
    """Who calls, and what they may do. The claims of the token stay out of its repr."""

    subject: str
    scopes: frozenset[str]
    claims: Mapping[str, Any] = field(repr=False)


def _bearer(headers: Mapping[str, str]) -> Principal | None:
    """The caller that `Authorization: Bearer` proves; None (answer 401) if it does not.

    `headers` are the request's, as its framework gives them: names in any case. It may
    wait 3 seconds for keys: on an event loop use `_bearer_on_loop`. Raises
    _UnavailableError (answer 503) if there are no keys to verify with, or no library.
    """
    token = _claimed(headers)
    if token is None:
        return None
    fetch = _key_set.awaited(token.kid, token.algorithm)
    if fetch is not None:
        concurrent.futures.wait([fetch], _FETCH_SECONDS)
    return _verified(token)


async def _bearer_on_loop(
    headers: Mapping[str, str],
) -> Principal | None:
    """The same as `_bearer`; it never blocks the event loop."""
    token = _claimed(headers)
    if token is None:
        return None
    fetch = _key_set.awaited(token.kid, token.algorithm)
    if fetch is not None:
        import asyncio

        await asyncio.wait([asyncio.wrap_future(fetch)], timeout=_FETCH_SECONDS)
    return _verified(token)


@dataclass(frozen=True)
class _Token:
    """A token as it claims to be: nothing in it is proven."""

    text: str = field(repr=False)
    kid: str
    algorithm: str
    is_typed: bool  # says that it is an access token (RFC 9068)


def _claimed(headers: Mapping[str, str]) -> _Token | None:
    """The request's token if it is one that can be verified at all."""
    every = getattr(headers, "getlist", None)
    if every is not None and len(every("authorization")) > 1:
        return None
    scheme, _, text = (headers.get("authorization") or "").partition(" ")
    if scheme.lower() != "bearer" or not text or len(text) > _MAX_TOKEN:
        return None
    library = _library()
    try:
        header = library.get_unverified_header(text)
    except Exception:
        return None
    kind = str(header.get("typ", "JWT")).lower()
    kid, algorithm = header.get("kid", ""), header.get("alg")
    if kind not in ("at+jwt", "application/at+jwt", "jwt") or "crit" in header:
        return None
    if not isinstance(kid, str) or algorithm not in _ALGORITHMS:
        return None
    return _Token(text, kid, algorithm, kind != "jwt")


def _library() -> Any:
    """PyJWT. Raises _UnavailableError without it, and if `_JWT` is not complete."""
    missing = [name for name in _NEEDED if not _configured(name)]
    unset = [str(_JWT[f"{name}_env"]) for name in missing if f"{name}_env" in _JWT]
    if unset:
        problem = f"the environment variable {', '.join(unset)} is not set"
    elif _ALGORITHMS and not missing:
        try:
            import jwt
            import jwt.algorithms
        except ImportError:
            problem = "PyJWT is not installed"
        else:
            if jwt.algorithms.has_crypto:
                return jwt
            problem = "PyJWT lacks `cryptography`"
    else:
        problem = "no issuer, audience, key set or asymmetric algorithm is configured"
    if problem not in _failed:
        _failed.add(problem)
        _log.error("scaffold: every token is refused: %s", problem)
    raise _UnavailableError


def _verified(token: _Token) -> Principal | None:
    key = _key_set.find(token.kid, token.algorithm)
    if key is None:
        if not _key_set.keys:
            raise _UnavailableError
        return None
    library = _library()
    try:
        claims = library.decode(
            token.text,
            key,
            algorithms=[token.algorithm],  # one of ours, and this key's
            issuer=_configured("issuer"),
            audience=_configured("audience"),
            leeway=_JWT.get("leeway", 30),
            options={"require": ["exp", "iss", "aud"]},
        )
    except Exception as exc:  # its text may quote the token
        _log.debug("scaffold: a token is refused: %s", type(exc).__name__)
        return None
    scopes = claims.get(_JWT.get("scope_claim", "scope"))
    if not token.is_typed and not _is_access_token(claims, scopes):
        return None
    if isinstance(scopes, str):
        scopes = scopes.split()
    if not isinstance(scopes, list):
        scopes = []
    names = frozenset(name for name in scopes if isinstance(name, str))
    return Principal(str(claims.get("sub", "")), names, claims)


def _is_access_token(claims: Any, scopes: Any) -> bool:
    """Whether a token whose header is silent grants access: it has scopes, and no mark
    of an ID token (Cognito writes `token_use`, Keycloak `typ`)."""
    if scopes is None or _ID_TOKEN_CLAIMS & set(claims):
        return False
    marks = (claims.get("token_use", "access"), claims.get("typ", "Bearer"))
    return marks == ("access", "Bearer")
