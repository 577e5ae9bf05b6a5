"""Guards of well-known libraries, by dotted name, and what is known to guard nothing. Data only.

A row here is a claim that a request without a credential is refused (401, 403 or a redirect), read in the library's
source and run where `tests/access` can. Whatever depends on arguments says so: `optional=True` guards nothing.
"""

from __future__ import annotations

import re
import sys
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Known:
    """A callable that refuses whoever brings no credential.

    `form`: used as it is, called first, or either. `off`: an argument (name, position) that makes it let everybody
    pass unless it is false. `needs`: it demands what it is given, so that without anything it demands nothing.
    `disabled`: a setting of the service that switches it off.
    """

    form: Literal["bare", "called", "either"] = "either"
    off: tuple[str, int] | None = None
    needs: bool = False
    disabled: str = ""


_LOGIN = Known("bare", disabled="LOGIN_DISABLED")
_DEMANDS = Known("called", needs=True)

#: Decorators, by every dotted name that they have.
DECORATORS: dict[str, Known] = {
    **{f"flask_login.{where}login_required": _LOGIN for where in ("", "utils.")},
    **{f"flask_login.{where}fresh_login_required": _LOGIN for where in ("", "utils.")},
    **{f"flask_jwt_extended.{at}jwt_required": Known("called", ("optional", 0)) for at in ("", "view_decorators.")},
    **{
        f"flask_httpauth.{cls}.login_required": Known("either", ("optional", 2))
        for cls in ("HTTPAuth", "HTTPBasicAuth", "HTTPDigestAuth", "HTTPTokenAuth", "MultiAuth")
    },
    **{f"flask_security.{at}auth_required": Known("called") for at in ("", "decorators.")},
    **{f"flask_security.{at}auth_token_required": Known("bare") for at in ("", "decorators.")},
    **{f"flask_security.{at}http_auth_required": Known("either") for at in ("", "decorators.")},
    **{
        f"flask_security.{at}{what}_{how}": _DEMANDS
        for at in ("", "decorators.")
        for what in ("roles", "permissions")
        for how in ("required", "accepted")
    },
    "flask_basicauth.BasicAuth.required": Known("bare"),
    "starlette.authentication.requires": _DEMANDS,
    **{
        f"authlib.{where}ResourceProtector.__call__": Known("called", ("optional", 1))
        for where in ("integrations.flask_oauth2.", "integrations.flask_oauth2.resource_protector.", "flask.oauth2.")
    },
    "flask_principal.Permission.require": Known("called"),
}

#: Functions that raise where no credential is, when they are called.
CALLS: dict[str, Known] = {
    **{
        f"flask_jwt_extended.{where}verify_jwt_in_request": Known("called", ("optional", 0))
        for where in ("", "view_decorators.")
    },
    **{
        f"authlib.integrations.flask_oauth2.{where}ResourceProtector.{name}": Known("called")
        for where in ("", "resource_protector.")
        for name in ("acquire", "acquire_token")
    },
}

#: Methods that give a dependency which raises where no credential is.
DEPENDENCIES: dict[str, Known] = {
    f"fastapi_users.{where}.current_user": Known("called", ("optional", 0))
    for where in ("FastAPIUsers", "fastapi_users.FastAPIUsers")
}
_SCHEMES = {
    "http": ("HTTPBase", "HTTPBasic", "HTTPBearer", "HTTPDigest"),
    "oauth2": ("OAuth2", "OAuth2PasswordBearer", "OAuth2AuthorizationCodeBearer"),
    "api_key": ("APIKeyHeader", "APIKeyQuery", "APIKeyCookie"),
    "open_id_connect_url": ("OpenIdConnect",),
}
#: FastAPI's security schemes: as a dependency each refuses, unless it is made with `auto_error=False`.
SCHEMES = frozenset(
    f"fastapi.security.{where}{name}"
    for part, names in _SCHEMES.items()
    for name in names
    for where in ("", f"{part}.")
)
#: Decorators that may answer in the function's place, from what they remember.
CACHES = re.compile(
    r"flask_caching\.(.*\.)?Cache\.(cached|memoize)|fastapi_cache(\.\w+)*\.cache|aiocache(\.\w+)*\.(multi_)?cached\w*"
    r"|cachetools\.(\w+\.)?(cached|cachedmethod)|functools\.(lru_cache|cache)|cashews\..*|cache(\.\w+)+"
)
# Whole libraries whose decorators and middlewares say nothing about who the caller is.
_PLAIN = frozenset(
    [
        "argon2",
        "bcrypt",
        "cryptography",
        "itsdangerous",
        "jose",
        "jwt",
        "passlib",
        "pwdlib",
        "a2wsgi",
        "aiocache",
        "apispec",
        "asgi_correlation_id",
        "asgiref",
        "backoff",
        "brotli_asgi",
        "cachetools",
        "celery",
        "ddtrace",
        "deprecated",
        "elasticapm",
        "fastapi_cache",
        "fastapi_limiter",
        "fastapi_pagination",
        "fastapi_versioning",
        "flasgger",
        "flask_apispec",
        "flask_babel",
        "flask_bcrypt",
        "flask_caching",
        "flask_compress",
        "flask_cors",
        "flask_limiter",
        "flask_mail",
        "flask_migrate",
        "flask_pydantic",
        "flask_restful",
        "flask_restx",
        "flask_session",
        "flask_socketio",
        "flask_sqlalchemy",
        "flask_sslify",
        "flask_talisman",
        "flask_wtf",
        "gunicorn",
        "jinja2",
        "logfire",
        "loguru",
        "mangum",
        "newrelic",
        "opentelemetry",
        "prometheus_client",
        "prometheus_fastapi_instrumentator",
        "prometheus_flask_exporter",
        "pydantic",
        "pytest",
        "redis",
        "retrying",
        "secure",
        "sentry_sdk",
        "slowapi",
        "spectree",
        "sqlalchemy",
        "sse_starlette",
        "stamina",
        "starlette_context",
        "starlette_exporter",
        "starlette_prometheus",
        "structlog",
        "tenacity",
        "timing_asgi",
        "uvicorn",
        "webargs",
        "werkzeug",
        "whitenoise",
        "wrapt",
    ]
)
# Parts of libraries that hold guards as well. Apps and routers give back what they register.
_PLAIN_PARTS = tuple(
    f"{name}."
    for name in [
        "starlette.middleware.cors",
        "starlette.middleware.gzip",
        "starlette.middleware.httpsredirect",
        "starlette.middleware.sessions",
        "starlette.middleware.trustedhost",
        "starlette.middleware.errors",
        "starlette.middleware.exceptions",
        "starlette.middleware.wsgi",
        "starlette.middleware.authentication",
        "starlette.responses",
        "starlette.requests",
        "fastapi.middleware",
        "fastapi.responses",
        "fastapi.encoders",
        "fastapi.security.OAuth2PasswordRequestForm",
        "fastapi.security.OAuth2PasswordRequestFormStrict",
        "fastapi.security.SecurityScopes",
        "flask.stream_with_context",
        "flask.templating",
        "flask.json",
        "flask.after_this_request",
        "flask.copy_current_request_context",
        "flask_login.LoginManager",
        "flask_jwt_extended.JWTManager",
        "flask_principal.Principal",
        "flask_security.Security",
        "authlib.integrations.flask_client",
        "flask.Flask",
        "flask.app.Flask",
        "flask.sansio",
        "flask.Blueprint",
        "flask.blueprints.Blueprint",
        "builtins",
        "fastapi.FastAPI",
        "fastapi.applications.FastAPI",
        "fastapi.APIRouter",
        "fastapi.routing.APIRouter",
        "starlette.applications.Starlette",
        "starlette.routing.Router",
    ]
)


def is_plain(name: str) -> bool:
    """Whether something outside the project is known to have nothing to do with who the caller is."""
    top = name.partition(".")[0]
    return top in sys.stdlib_module_names or top in _PLAIN or f"{name}.".startswith(_PLAIN_PARTS)


#: Names of functions that may refuse a caller, where nothing more is known of them.
REFUSES = re.compile(
    r"(?:^|[._])(?:require|verify|validate_token|authori[sz]|authentic|protect|enforce|ensure_(?:auth|user|login|perm)"
    r"|check_(?:perm|auth|access|token|login|user|role|scope)|jwt_\w*required|login_required|unauthorized|forbidden)",
    re.IGNORECASE,
)
#: Names that speak of credentials: of headers, of arguments, of attributes of `g`.
CREDENTIAL = re.compile(
    r"auth|token|key|secret|sig|session|cookie|passw|pwd|user|credential|jwt|bearer|identity|principal|login|account",
    re.IGNORECASE,
)
#: Names of exceptions that say to the caller who he is not.
DENIES = re.compile(r"unauth|forbid|permission|denied|credential|login|token|notallowed|jwt", re.IGNORECASE)
