"""What one value of a policy must look like (see checks.py): operations, scopes, objects, dates, addresses, seconds."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from urllib.parse import urlsplit

from splice import checks
from splice.checks import WrongError
from splice.patterns import nearest
from splice.tomlfile import show

#: What an operation may begin with. HEAD is left out on purpose: it follows GET.
METHODS = ("CONNECT", "DELETE", "GET", "OPTIONS", "PATCH", "POST", "PUT", "QUERY", "TRACE", "WEBSOCKET")
#: Signatures that a holder of the public key cannot make. HS* would need a secret, which belongs in no configuration.
ALGORITHMS = ("ES256", "ES384", "ES512", "EdDSA", "PS256", "PS384", "PS512", "RS256", "RS384", "RS512")

_DOTTED = r"[^\W\d]\w*(\.[^\W\d]\w*)*"
_SCOPE = re.compile(r"[\x21\x23-\x5b\x5d-\x7e]{1,200}")  # a scope-token of RFC 6749: one with a blank never matches


def choice(*names: str) -> Callable[[object], str]:
    def check(value: object) -> str:
        if checks.text(value) not in names:
            meant = nearest(str(value), names)
            said = " or ".join(f'"{name}"' for name in names)
            raise WrongError(f"must be {said}, not {show(value)}", fix=f"did you mean {meant}?" if meant else "")
        return str(value)

    return check


def thing(value: object) -> str:
    """One object of a module."""
    if not re.fullmatch(rf"{_DOTTED}:{_DOTTED}", checks.text(value)) or len(str(value)) > checks.MOST:
        raise WrongError(f'must be an object such as "orders.auth:current_principal", not {show(value)}')
    return str(value)


def some_of(*names: str) -> Callable[[object], tuple[str, ...]]:
    def check(value: object) -> tuple[str, ...]:
        for item in checks.texts(value):
            if item not in names:
                meant = nearest(item, names)
                fix = f"did you mean {meant}?" if meant else "it may hold " + ", ".join(names)
                raise WrongError(f"must not hold {show(item)}", item=item, fix=fix)
        return checks.texts(value)

    return check


def functions(value: object) -> tuple[str, ...]:
    """Functions by name, no patterns: what is named here is declared safe."""
    for item in checks.texts(value):
        if "." not in item or not re.fullmatch(_DOTTED, item):
            raise WrongError(f'must hold dotted names such as "orders.rates.fetch", not {show(item)}', item=item)
    return checks.texts(value)


def operation(value: object) -> str:
    """A pattern of operations in its one spelling: `GET|POST /orders/**`, methods sorted, `*` alone, or dotted."""
    said = checks.text(value)
    methods, blank, path = said.strip().partition(" ")
    path = path.strip()
    example = 'such as "GET /orders/**" or "orders.tasks.*"'
    if not said.strip() or len(said) > checks.MOST or not said.isprintable():
        raise WrongError(f"must be a pattern of operations {example}, not {show(said)}", item=said)
    if not blank:
        if "/" in methods:
            raise WrongError(f"must name methods: {show(said)}", item=said, fix=f'write "* {methods}" for all of them')
        if methods.isalpha() and methods.upper() in METHODS:
            raise WrongError(f"must name a path: {show(said)}", item=said, fix=f'write "{methods} **" for all of them')
        if not re.fullmatch(r"[\w*]+(\.[\w*]+)*", methods):
            raise WrongError(f"must be a pattern of operations {example}, not {show(said)}", item=said)
        return methods
    names = methods.upper().split("|")
    for name in () if names == ["*"] else names:
        if name == "HEAD":
            raise WrongError(f"must not name HEAD: {show(said)}", item=said, fix="HEAD follows GET: write GET")
        if name not in METHODS:
            meant = nearest(name, METHODS)
            raise WrongError(
                f"holds no method: {show(name)} in {show(said)}",
                item=said,
                fix=f"did you mean {meant}?" if meant else "",
            )
    if not path.startswith(("/", "**")):
        raise WrongError(f'must hold a path that begins with "/" or "**": {show(said)}', item=said)
    return f"{'|'.join(sorted(set(names)))} {path}"


def operations(value: object) -> tuple[str, ...]:
    """Patterns of operations, each once."""
    found: dict[str, str] = {}
    for item in checks.texts(value):
        pattern = operation(item)
        if pattern in found:
            raise WrongError(f"names {show(pattern)} twice", item=item)
        found[pattern] = item
    return tuple(found)


def scopes(value: object) -> tuple[str, ...]:
    for item in checks.texts(value):
        if not _SCOPE.fullmatch(item):
            raise WrongError(f'must hold scopes or roles such as "orders:read", not {show(item)}', item=item)
    return checks.texts(value)


def some_scopes(value: object) -> tuple[str, ...]:
    if not scopes(value):
        raise WrongError("must not be empty: nobody has one of none", fix="leave it out to ask for identity only")
    return scopes(value)


def day(value: object) -> str:
    """An ISO date, as a string or as TOML's own."""
    if type(value) is date:
        return value.isoformat()
    said = value if isinstance(value, str) else ""
    try:
        return date.fromisoformat(said if re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", said) else "").isoformat()
    except ValueError:
        raise WrongError(f'must be a date such as "2027-01-31", not {show(value)}') from None


def address(value: object) -> str:
    """An https URL, without credentials in it."""
    said = checks.text(value)
    try:
        parts = urlsplit(said)
        fits = parts.scheme == "https" and bool(parts.hostname) and parts.username is None and (parts.port or 1) > 0
    except ValueError:
        fits = False
    if not fits or not re.fullmatch(r"[\x21-\x7e]+", said) or "\\" in said or len(said) > checks.MOST:
        raise WrongError(f'must be an https URL such as "https://id.example.com/jwks.json", not {show(value)}')
    return said


def algorithms(value: object) -> tuple[str, ...]:
    for item in checks.texts(value):
        if item not in ALGORITHMS:
            fix = "the algorithms are " + ", ".join(ALGORITHMS)
            if re.fullmatch(r"HS[0-9]+", item):
                fix = "HS* needs a secret that every service shares, which belongs in no configuration; " + fix
            raise WrongError(f"must hold algorithms with a public key, not {show(item)}", item=item, fix=fix)
    if not value:
        raise WrongError("must not be empty")
    return checks.texts(value)


def audiences(value: object) -> tuple[str, ...]:
    found = checks.texts([value] if isinstance(value, str) else value)
    for item in found:
        if not item.isprintable():
            raise WrongError(f"must be printable, not {show(item)}", item=item)
    if not found:
        raise WrongError("must not be empty")
    return found


def word(value: object) -> str:
    said = checks.text(value)
    if not said.strip() or not said.isprintable() or len(said) > checks.MOST:
        raise WrongError(f"must be a printable string, not {show(value)}")
    return said


def variable(value: object) -> str:
    """The name of an environment variable."""
    if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]{0,199}", checks.text(value)):
        raise WrongError(f'must name an environment variable such as "OIDC_ISSUER", not {show(value)}')
    return str(value)


def file(value: object) -> str:
    """The path of a file below the root."""
    found = checks.folder(value)
    if not found or not found.isprintable():
        raise WrongError(f'must be a file below the root such as "openapi.yaml", not {show(value)}')
    return found


def policy(value: object) -> str:
    """An outer policy: a file below the root, or `package:file`."""
    package, colon, inside = checks.text(value).partition(":")
    if not colon:
        return file(value)
    if not re.fullmatch(_DOTTED, package) or not inside or ":" in inside:
        example = '"policy/codemod.toml" or "acme_policy:codemod.toml"'
        raise WrongError(f"must be a file below the root or in a package, such as {example}, not {show(value)}")
    return f"{package}:{file(inside)}"


def number(low: float, high: float, *, whole: bool = False) -> Callable[[object], float]:
    """A number from `low` to `high`; 0 is never meant where `low` is 0 and the number is no whole one."""

    def check(value: object) -> float:
        what = "a whole number" if whole else "a number"
        kinds = (int,) if whole else (int, float)
        if (
            not isinstance(value, kinds)
            or isinstance(value, bool)
            or not low <= value <= high
            or (not whole and not value)
        ):
            above = f"above {low:g} and up to {high:g}" if not whole and not low else f"from {low:g} to {high:g}"
            raise WrongError(f"must be {what} {above}, not {show(value)}")
        return value if whole else float(value)

    return check


def tables(value: object) -> object:
    """An array of tables."""
    if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
        raise WrongError("must be an array of tables")
    if len(value) > checks.MOST:
        raise WrongError(f"must hold no more than {checks.MOST} tables")
    return value
