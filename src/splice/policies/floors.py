"""An outer policy is a floor: a configuration may tighten it and never loosen it.

`tighten(outer, inner)` is what holds for both. Where the inner one says less than the outer one asks, it is an
error that names both places: nothing is silently mended. What tighter means, key by key:

* `codemods`, `functions`, `aspects`: what either says.
* `min-coverage`: at least what the outer one asks for.
* numbers, dates, `auth.mode`, `spans.record-messages`, `timeouts.httpx`: no further than the outer one.
* who a caller is: as the outer one says, where it says so. Audiences, algorithms, `auth.guards`, `exclude` and the
  like: nothing that the outer one does not list, unless its `allow` names the key.
* `public`: only what a pattern of the outer one contains. Rules of the outer one stay, and one that may meet them asks
  for at least as much as the one that wins there.
* everything else: the inner one, where it says something.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import fields, replace
from typing import Any

from splice.model import SpliceError
from splice.policies import ENV_KEYS, AuthPolicy, AuthRule
from splice.policies.requirements import book_of
from splice.policies.specificity import contains, narrower, overlaps
from splice.settings import Config
from splice.tomlfile import show

#: Keys of which an outer policy may say that a repository may list more.
LISTS = (
    "auth.guards",
    "auth.jwt.algorithms",
    "auth.jwt.audience",
    "auth.unprotected-apps",
    "exclude",
    "observed-by",
    "retry.functions",
    "retry.post",
)
_WHO = ("auth.authenticate", "auth.guard", "auth.preset")
_FIXED = (
    *(*_WHO, "auth.jwt.issuer", "auth.jwt.jwks", "auth.jwt.scope-claim"),
    *(f"auth.jwt.{key}-env" for key in ENV_KEYS),
)
#: Of two keys that exclude each other the one that the outer policy gives, and the other one.
_INSTEAD = tuple(pair for key in ENV_KEYS for pair in ((key, f"{key}-env"), (f"{key}-env", key)))
_AT_MOST = (
    *("auth.jwt.leeway", "auth.observe-until", "default-excludes", "metrics.max-series", "spans.record-messages"),
    *("retry.attempts", "retry.budget", "retry.burst", "retry.max-amplification", "retry.total"),
    *("timeouts.connect", "timeouts.read", "timeouts.total"),
)
_AT_LEAST = ("timeouts.httpx",)
#: A table or codemod of the outer policy without which the lists of a key are nobody else's business.
_CONCERN: Mapping[str, tuple[str, ...]] = {
    "auth": ("auth",),
    "retry": ("retry",),
    "exclude": ("codemods", "auth"),
    "observed-by": ("codemods",),
}
_TABLES = ("auth", "metrics", "retry", "spans", "timeouts")


def tighten(outer: Config, inner: Config) -> Config:
    """The inner configuration with all that the outer one asks. Raises SpliceError where it is looser."""
    for key in (*_AT_MOST, *_AT_LEAST, *_FIXED, "auth.mode"):
        if outer.has(key) and inner.has(key) and _looser(key, _value(inner, key), _value(outer, key)):
            raise _loosened(outer, inner, key)
    if any(outer.has(key) for key in _WHO):
        for key in _WHO:
            if inner.has(key) and not outer.has(key):
                raise _loosened(outer, inner, key, next(k for k in _WHO if outer.has(k)))
    for given, other in _INSTEAD:
        if outer.has(f"auth.jwt.{given}") and inner.has(f"auth.jwt.{other}"):
            raise _loosened(outer, inner, f"auth.jwt.{other}", f"auth.jwt.{given}")
    for key in LISTS:
        _listed(outer, inner, key)
    for name, least in outer.min_coverage:
        if dict(inner.min_coverage).get(name, least) < least:
            key = f"min-coverage.{name}"
            text = f"{key}: the outer policy asks for {least:g}, {_where(outer, key)}"
            raise inner.error(key, text, fix="remove it: the outer policy then counts")
    _waits(outer, inner)
    keep_floor(outer, inner.auth, inner)
    return _merged(outer, inner)


def _looser(key: str, inner: Any, outer: Any) -> bool:
    if key == "auth.mode":
        return bool(outer == "enforce" and inner != "enforce")
    if key in _FIXED:
        return bool(inner != outer)
    return bool(inner < outer) if key in _AT_LEAST else bool(inner > outer)


def _listed(outer: Config, inner: Config, key: str) -> None:
    """Nothing in a list that the outer policy does not list."""
    concern = _CONCERN.get(key) or _CONCERN.get(key.split(".")[0], ())
    asked = any(outer.has(name) or (outer.has("codemods") and name in outer.codemods) for name in concern)
    if key.startswith("auth.jwt."):
        asked = outer.has(key)
    if not asked or not inner.has(key) or key in outer.allow:
        return
    for item in _value(inner, key):
        if item not in _value(outer, key):
            text = f"{key}: {show(item)} is not in the outer policy, {_where(outer, key)}"
            raise inner.error(key, text, item=item, fix=f'let the outer policy list it, or allow = ["{key}"] there')


def _waits(outer: Config, inner: Config) -> None:
    """A limit for the whole call is one for each part of it, too, and the other way round."""
    total, parts = outer.timeouts.total, outer.timeouts.connect + outer.timeouts.read
    for key, limit, of in (
        ("timeouts.connect", total if not outer.has("timeouts.connect") else 0, "timeouts.total"),
        ("timeouts.read", total if not outer.has("timeouts.read") else 0, "timeouts.total"),
        ("timeouts.total", parts if outer.has("timeouts.read") and not total else 0, "timeouts.read"),
    ):
        if limit and inner.has(key) and _value(inner, key) > limit:
            raise _loosened(outer, inner, key, of)


def keep_floor(outer: Config, auth: AuthPolicy, inner: Config, at: Mapping[str, tuple[str, int]] | None = None) -> None:
    """Raises SpliceError for a decision of `auth` that lets somebody in whom the outer policy refuses.

    `at`: where its public patterns stand, if not in the inner configuration.
    """
    if not outer.speaks_of_guards:
        return
    for pattern in auth.public:
        file, line = (at or {}).get(pattern) or inner.public_place(pattern)
        if not any(contains(wide, pattern) for wide in _meeting(outer.auth, pattern) if wide in outer.auth.public):
            text = f"auth.public: {show(pattern)} is not public in the outer policy, {_where(outer, 'auth.public')}"
            raise SpliceError(text, file=file, line=line, fix="remove it, or let the outer policy allow it")
        _at_least(outer, pattern, None, (file, line))
    for rule in auth.rules:
        _at_least(outer, rule.operation, rule, (rule.file, rule.line))


def _at_least(outer: Config, pattern: str, rule: AuthRule | None, place: tuple[str, int]) -> None:
    """One decision, None for public, against those of the outer policy that may win where it applies."""
    theirs = book_of(outer.auth).rules
    meets = [other for other in _meeting(outer.auth, pattern) if overlaps(other, pattern)]
    around = [other for other in meets if contains(other, pattern)]
    for other in meets:
        if any(narrower(between, other) for between in around) or _asks(rule, theirs.get(other)):
            continue
        their = theirs.get(other)
        where = f"{their.file}:{their.line}" if their is not None and their.line else _where(outer, "auth.rules")
        text = f"auth: {show(pattern)} asks for less than {show(other)} in the outer policy, {where}"
        raise SpliceError(
            text, file=place[0], line=place[1], fix="ask for at least as much, or change the outer policy"
        )


def _meeting(auth: AuthPolicy, pattern: str) -> tuple[str, ...]:
    """The patterns of a policy that may meet one: without the many that plainly name another route."""
    book = book_of(auth)
    path = pattern.partition(" ")[2]
    return (*book.near(path), *book.dotted) if path and "*" not in path else book.patterns


def _asks(rule: AuthRule | None, floor: AuthRule | None) -> bool:
    """Whether everybody whom `rule` lets in is let in by `floor`; None lets everybody in."""
    if floor is None or rule is None:
        return floor is None
    alternatives = [{scope} for scope in rule.require_any] or [set(rule.require)]
    if floor.require_any:
        return all(scopes & set(floor.require_any) for scopes in alternatives)
    return all(scopes >= set(floor.require) for scopes in alternatives)


def _merged(outer: Config, inner: Config) -> Config:
    said: dict[str, Any] = {}
    for each in fields(Config):
        key = each.name.replace("_", "-")
        if each.name in _TABLES:
            mine, theirs = getattr(inner, each.name), getattr(outer, each.name)
            said[each.name] = _table(outer, inner, each.name, mine, theirs)
        elif not inner.has(key) and outer.has(key):
            said[each.name] = getattr(outer, each.name)
    rules = {rule.operation: rule for rule in (*outer.auth.rules, *inner.auth.rules)}
    public = inner.auth.public if inner.has("auth.public") else outer.auth.public
    public = tuple(pattern for pattern in public if pattern not in rules)
    said["auth"] = replace(said["auth"], public=public, rules=tuple(rules.values()))
    asked = outer.codemods if outer.has("codemods") else ()
    asked = _all(asked, inner.codemods if inner.has("codemods") or not asked else ())
    said["functions"] = _all(outer.functions, inner.functions)
    said["min_coverage"] = tuple(sorted({**dict(outer.min_coverage), **dict(inner.min_coverage)}.items()))
    said["aspects"] = _aspects(outer, inner)
    said["codemods"] = _all(asked, (aspect.name for aspect in said["aspects"]))
    said |= {name: _allowed(outer, inner, name) for name in ("allow", "allow_suppress")}
    said["document"] = inner.document or outer.document
    said |= {"outers": (*inner.outers, outer, *outer.outers), "file": inner.file or outer.file}
    return replace(inner, **said)


def _allowed(outer: Config, inner: Config, name: str) -> tuple[str, ...]:
    """What a repository may do all the same: of two policies that care, what both allow."""
    mine, theirs = getattr(inner, name), getattr(outer, name)
    if not inner.has(name.replace("_", "-")):
        return tuple(theirs)
    return _both(theirs, mine) if outer.speaks_of_guards or outer.has("codemods") else tuple(mine)


def _table(outer: Config, inner: Config, name: str, mine: Any, theirs: Any) -> Any:
    """One table, key by key: the inner one's where it says so."""
    said = {}
    for each in fields(theirs):
        key = f"{name}.{each.name.replace('_', '-')}"
        if key == "auth.jwt":
            said[each.name] = _table(outer, inner, key, mine.jwt, theirs.jwt)
        elif not inner.has(key) and outer.has(key):
            said[each.name] = getattr(theirs, each.name)
    return replace(mine, **said)


def _aspects(outer: Config, inner: Config) -> tuple[Any, ...]:
    theirs = {aspect.name: aspect for aspect in outer.aspects}
    for aspect in inner.aspects:
        if theirs.get(aspect.name, aspect) != aspect:
            line = theirs[aspect.name].line
            text = f"aspects: {show(aspect.name)} is the name of an aspect in the outer policy, {outer.file}:{line}"
            raise SpliceError(text, file=inner.file, line=aspect.line, fix="give it another name")
    return (*outer.aspects, *(aspect for aspect in inner.aspects if aspect.name not in theirs))


def _value(config: Config, key: str) -> Any:
    at: Any = config
    for part in key.split("."):
        at = getattr(at, part.replace("-", "_"))
    return at


def _all(*lists: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(item for each in lists for item in each))


def _both(one: Iterable[str], other: Iterable[str]) -> tuple[str, ...]:
    there = set(other)
    return tuple(item for item in one if item in there)


def _where(outer: Config, key: str) -> str:
    file, line = outer.place(key)
    return f"{file}:{line}" if line else file


def _loosened(outer: Config, inner: Config, key: str, floor: str = "") -> SpliceError:
    floor = floor or key
    said, theirs = show(_value(inner, key)), show(_value(outer, floor))
    text = f"{key}: {said} is looser than {floor} = {theirs} in the outer policy, {_where(outer, floor)}"
    return inner.error(key, text, fix="remove it: the outer policy then counts")
