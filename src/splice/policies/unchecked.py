"""Scopes that a rule asks for and nobody checks: a guard of the service's own stands there and counts as one.

A second guard is never put beside it, and nothing tells from the source what it asks of a caller beyond a name. So the
demand of the policy is not met as far as anybody can see, and its owner is told, for each operation.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence

from splice.config import Config
from splice.model import Access, Finding, JoinPoint
from splice.policies import AuthPolicy
from splice.policies.requirements import Requires, requirement
from splice.tomlfile import show

Key = tuple[str, str, str, str]  # file, symbol, kind, operation


def unchecked(auth: AuthPolicy, point: JoinPoint, operation: str, access: Access) -> Requires | None:
    """What the policy asks of one operation beyond a known caller, where the service guards that by itself."""
    asked = requirement(auth, point, operation) if access.state == "guarded" else None
    return asked if isinstance(asked, Requires) and asked.scopes else None


def point_of(key: Key, points: Mapping[tuple[str, str, str], JoinPoint]) -> JoinPoint:
    """The join point of an operation; of one that a framework serves itself (kind "app"), one made for it."""
    file, symbol, kind, operation = key
    return points.get((file, symbol, kind)) or JoinPoint(file, 0, symbol, "app", "", operation)


def findings(
    config: Config,
    points: Sequence[JoinPoint],
    access: Mapping[Key, Access],
    suppressed: Collection[tuple[str, str, str]] = (),
) -> Iterator[Finding]:
    """One for each operation. While guards only observe nothing is refused anyway, and the gate stays open."""
    known = {(point.file, point.symbol, str(point.kind)): point for point in points}
    level = config.auth.mode == "enforce"
    for key, one in access.items():
        file, symbol, _, operation = key
        point = point_of(key, known)
        asked = unchecked(config.auth, point, operation, one)
        if asked is None or (file, symbol, "auth") in suppressed:
            continue
        rule = asked.rule
        assert rule is not None  # by default a known caller is enough
        by = f"{one.by} ({one.file}:{one.line})" if one.line else f"{one.by} ({one.file})" if one.file else one.by
        asks = f"{show(rule.operation)} ({rule.file}:{rule.line})" if rule.line else show(rule.operation)
        text = f"{show(operation)} is guarded by {by}, which is not known to check {asked.needed}, as {asks} asks"
        fix = "remove that guard, so that ours checks; or, if it does, write a rule for the operation without scopes"
        place = (file, point.line) if point.line else (one.file, one.line)
        yield Finding("error" if level else "warning", "scopes-unchecked", text, *place, fix)
