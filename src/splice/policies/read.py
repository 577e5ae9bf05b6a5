"""`[auth]`, `[retry]`, `[timeouts]` and `[[aspects]]` of a configuration, strictly checked."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from splice import checks
from splice.model import SpliceError
from splice.policies import ENV_KEYS, Aspect, AuthPolicy, AuthRule, JwtPolicy, RetryPolicy, TimeoutsPolicy, kinds
from splice.strict import Places, Rules
from splice.tomlfile import show

_AUTH: Rules = {
    "mode": kinds.choice("observe", "enforce"),
    "observe-until": kinds.day,
    "authenticate": kinds.thing,
    "guard": kinds.thing,
    "preset": kinds.choice("jwt", "flask-login", "django"),
    "public": kinds.operations,
    "guards": checks.objects,
    "unprotected-apps": checks.objects,
    "policy": kinds.file,
    "rules": kinds.tables,
    "jwt": checks.settings,
}
_RULE: Rules = {"operation": kinds.operation, "require": kinds.scopes, "require-any": kinds.some_scopes}
_JWT: Rules = {
    "issuer": kinds.word,
    "issuer-env": kinds.variable,
    "audience": kinds.audiences,
    "audience-env": kinds.variable,
    "jwks": kinds.address,
    "jwks-env": kinds.variable,
    "algorithms": kinds.algorithms,
    "leeway": kinds.number(0, 300, whole=True),
    "scope-claim": kinds.word,
}
_TIMEOUTS: Rules = {
    "connect": kinds.number(0, 3600),
    "read": kinds.number(0, 3600),
    "total": kinds.number(0, 3600),
    "httpx": checks.flag,
}
_RETRY: Rules = {
    "attempts": kinds.number(1, 10, whole=True),
    "total": kinds.number(0, 600),
    "budget": kinds.number(0, 1),
    "burst": kinds.number(0, 10_000, whole=True),
    "functions": kinds.functions,
    "post": kinds.functions,
    "max-amplification": kinds.number(1, 10_000, whole=True),
}
_ASPECT: Rules = {
    "name": checks.matching(r"[a-z][a-z0-9_-]{0,63}", "audit"),
    "where": checks.settings,
    "decorator": kinds.thing,
    "order": kinds.choice("outside", "inside"),
}
_WHERE: Rules = {"kind": kinds.choice("handler", "websocket", "function"), "operation": kinds.operation}


def auth(values: Mapping[str, Any], at: Places) -> AuthPolicy:
    fields = at.table(values, _AUTH, ("auth",))
    who = [key for key in ("authenticate", "guard", "preset") if fields.get(key)]
    if len(who) > 1:
        raise at.error(("auth", who[1]), f"and auth.{who[0]} exclude each other", fix="keep one of them")
    if "jwt" in values:
        for key in ENV_KEYS:
            if key in values["jwt"] and f"{key}-env" in values["jwt"]:
                raise at.error(("auth", "jwt", f"{key}-env"), f"and {key} exclude each other", fix="keep one of them")
        fields["jwt"] = JwtPolicy(**at.table(values["jwt"], _JWT, ("auth", "jwt")))
    rules = tuple(_rule(each, index, at) for index, each in enumerate(values.get("rules", ())))
    fields["rules"] = rules
    _each_once(values.get("public", ()), rules, at)
    return AuthPolicy(**fields)


def _rule(values: Mapping[str, Any], index: int, at: Places) -> AuthRule:
    path = ("auth", "rules", str(index))
    line = at.lines.get(path) or at.line(("auth", "rules"), str(values.get("operation", "")))
    inline = Places(at.file, {**at.lines, path: line})  # an inline table has no lines of its own
    fields = inline.table(values, _RULE, path)
    if "operation" not in fields:
        raise inline.error(path, "needs an operation", fix='operation = "* /admin/**"')
    if "require" in fields and "require_any" in fields:
        raise inline.error(
            (*path, "require-any"), "and require exclude each other", fix="keep one: all of them, or any of them"
        )
    return AuthRule(**fields, file=at.file, line=line)


def _each_once(public: list[str], rules: tuple[AuthRule, ...], at: Places) -> None:
    """Nothing is decided twice: whoever reads the first would not know of the second."""
    lines = {kinds.operation(item): at.line(("auth", "public"), item) for item in public}
    for rule in rules:
        if rule.operation in lines:
            there = lines[rule.operation]
            message = f"auth.rules: {show(rule.operation)} is decided already, in line {there}"
            raise SpliceError(message, file=at.file, line=rule.line, fix="keep one of them")
        lines[rule.operation] = rule.line


def timeouts(values: Mapping[str, Any], at: Places) -> TimeoutsPolicy:
    return TimeoutsPolicy(**at.table(values, _TIMEOUTS, ("timeouts",)))


def retry(values: Mapping[str, Any], at: Places) -> RetryPolicy:
    return RetryPolicy(**at.table(values, _RETRY, ("retry",)))


def aspects(values: list[Mapping[str, Any]], at: Places) -> tuple[Aspect, ...]:
    found: dict[str, Aspect] = {}
    for index, each in enumerate(values):
        path = ("aspects", str(index))
        line = at.lines.get(path) or at.line(("aspects",), str(each.get("name", "")))
        inline = Places(at.file, {**at.lines, path: line})
        fields = inline.table(each, _ASPECT, path)
        where = inline.table(fields.pop("where", {}), _WHERE, (*path, "where"))
        for key, there in (("name", fields), ("decorator", fields), ("kind", where), ("operation", where)):
            if key not in there:
                fix = 'where = { kind = "handler", operation = "POST **" }, decorator = "orders.audit:audited"'
                raise inline.error(path, f"needs {'where.' if there is where else ''}{key}", fix=fix)
        if fields["name"] in found:
            message = f"is the name of the aspect in line {found[fields['name']].line}, too: {show(fields['name'])}"
            raise inline.error((*path, "name"), message, fix="give it another name")
        found[fields["name"]] = Aspect(**fields, **where, line=line)
    return tuple(found.values())


#: What the tables must be before they are read, and who reads them.
KINDS: Rules = {
    "auth": checks.settings,
    "retry": checks.settings,
    "timeouts": checks.settings,
    "aspects": kinds.tables,
}
READERS: Mapping[str, Callable[[Any, Places], object]] = {
    "auth": auth,
    "retry": retry,
    "timeouts": timeouts,
    "aspects": aspects,
}
