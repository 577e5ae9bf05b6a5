"""The policy that a platform team would write for a service on its first day: every codemod on, guards that observe.

Who calls is said by what the service has already, where it has something; elsewhere by bearer tokens of an issuer
whose keys cannot be had yet, or by a function that stands beside the service.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from splice.testing import put

from .identity import IDENTITY, MODULE
from .place import Place

#: In the order in which they are taken away one by one.
CODEMODS = ("retry", "timeouts", "spans", "instrument", "auth", "metrics")
JWT = """\
preset = "jwt"

[auth.jwt]
issuer = "https://id.invalid"
audience = ["this-service"]
jwks = "https://id.invalid/jwks.json"
"""
DJANGO = 'preset = "django"\n'
FUNCTION = 'authenticate = "splice_identity:authenticate"\n'


@dataclass(frozen=True, slots=True)
class Policy:
    """Who says who calls, and what anybody may ask. `unprotected`: apps that nothing can close, by decision."""

    who: str
    public: tuple[str, ...] = ()
    unprotected: tuple[str, ...] = ()
    left_to_do: tuple[str, ...] = ()  # errors that only a human can mend, so that `check` fails after `run`
    doubles: tuple[str, ...] = ()  # own tests whose doubles take, or expect, exactly the arguments of today


#: By the name of the service; elsewhere: a function, and nothing is public.
POLICIES = {
    "dj-rest-auth": Policy(
        DJANGO,
        left_to_do=("setup.py is code and is not edited; its install_requires lacks opentelemetry-api>=1.30",),
    ),
    "flask-monitoringdashboard": Policy('guard = "flask_monitoringdashboard.core.auth:secure"\n'),
    "flask-tutorial": Policy('guard = "flaskr.auth:login_required"\n', ("GET /", "GET|POST /auth/**")),
    "httpbin": Policy(JWT, ("GET /", "GET /legacy", "* /status/**")),
    "isso": Policy(JWT),
    "library": Policy(DJANGO),
    "pretalx": Policy(DJANGO),
    "twine": Policy(
        FUNCTION,
        doubles=tuple(
            f"tests/test_repository.py::test_{name}"
            for name in (
                "disable_progress_bar_is_forwarded_to_rich[False]",
                "disable_progress_bar_is_forwarded_to_rich[True]",
                "package_is_registered",
                "package_is_uploaded_200s_with_no_releases",
                "package_is_uploaded_404s",
                "package_is_uploaded_different_filenames",
                "package_is_uploaded_with_releases_not_using_cache",
                "upload_retry",
            )
        ),
    ),
}


def left_to_do(name: str) -> tuple[str, ...]:
    """What `check` says after `run` of a service: exactly these, which only a human can mend."""
    return POLICIES[name].left_to_do if name in POLICIES else ()


def doubles(name: str) -> tuple[str, ...]:
    """The service's own tests that fail, exactly these, because their doubles know of no `timeout=`."""
    return POLICIES[name].doubles if name in POLICIES else ()


def give(place: Place, name: str, codemods: Sequence[str] = CODEMODS) -> None:
    """Put the policy into a copy, with some of the codemods, and what it needs."""
    policy = POLICIES.get(place.project.name, Policy(FUNCTION))
    auth = f"""\
public = {json.dumps(policy.public)}
guards = {json.dumps(place.project.guards)}
unprotected-apps = {json.dumps(policy.unprotected)}
{policy.who}"""
    text = f"""\
codemods = {json.dumps(sorted(codemods))}

[timeouts]
connect = 5.0
read = 30.0

[auth]
mode = "observe"
observe-until = "2030-01-01"
{auth}"""
    put(place[name], {"codemod.toml": text})
    if policy.who == FUNCTION:
        put(Path(place[name], place.project.roots[0]), {MODULE: IDENTITY})
