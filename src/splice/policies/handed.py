"""What a scaffold is told of a policy: it meets routes that no analysis of the source has seen.

At run time there are no rules, only operations that are public. So a pattern is handed over as it is only where no rule
could win against it; elsewhere the operations that it makes public are, one by one.
"""

from __future__ import annotations

from collections.abc import Sequence

from splice.model import JoinPoint
from splice.policies import AuthPolicy
from splice.policies.requirements import Public, requirement
from splice.policies.specificity import narrower, overlaps, shape


def public_patterns(auth: AuthPolicy, points: Sequence[JoinPoint]) -> tuple[str, ...]:
    """Patterns and operations that anybody may call, sorted."""
    rules = [rule.operation for rule in auth.rules]
    whole = [p for p in auth.public if not any(overlaps(p, rule) and not narrower(p, rule) for rule in rules)]
    found = set(whole)
    for point in points:
        for operation in point.operations if point.kind in ("handler", "websocket") else ():
            decided = requirement(auth, point, operation)
            if isinstance(decided, Public) and decided.pattern not in found and decided.pattern:
                found.add(operation)
    return tuple(sorted(found))


def options_patterns(auth: AuthPolicy) -> tuple[str, ...]:
    """Rules that name OPTIONS: elsewhere it passes, as browsers need it."""
    return tuple(sorted(rule.operation for rule in auth.rules if "OPTIONS" in (shape(rule.operation).methods or ())))
