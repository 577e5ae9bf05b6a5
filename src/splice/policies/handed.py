"""What a scaffold is told of a policy: it meets routes that no analysis of the source has seen.

At run time there are no rules, only what is open. So a pattern of routes is handed over only where no rule could win
against it, and one of dotted names never: a policy asks a function by its name only where its routes do not decide, and
a scaffold cannot tell. Everything else is open by operations that the plan has decided, each as it is: a star in one is
no star of a pattern.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from splice.model import Access, JoinPoint
from splice.patterns import operation_matches
from splice.policies import AuthPolicy
from splice.policies.specificity import narrower, overlaps, shape
from splice.policies.unchecked import Key, point_of


@dataclass(frozen=True, slots=True)
class Handed:
    """What is open at run time, each sorted: by a pattern, by decision without one, by a guard of the service's own."""

    patterns: tuple[str, ...]
    public: tuple[str, ...]
    guarded: tuple[str, ...]
    #: Patterns below which a part of a library guards by itself, each with the operations there that are the service's.
    below: tuple[tuple[str, tuple[str, ...]], ...] = ()


def handed(auth: AuthPolicy, points: Sequence[JoinPoint], access: Mapping[Key, Access]) -> Handed:
    """What nobody is asked for. An operation is open where every place that may serve it is."""
    rules = [rule.operation for rule in auth.rules]
    routes = [pattern for pattern in auth.public if not shape(pattern).dotted]
    patterns = [p for p in routes if not any(overlaps(p, rule) and not narrower(p, rule) for rule in rules)]
    known = {(point.file, point.symbol, str(point.kind)): point for point in points}
    again = {(point.file, _bare(point.symbol)) for point in points if "#" in point.symbol}
    states: dict[str, set[str]] = {}
    below: dict[str, set[str]] = {}
    for key, one in access.items():
        point = point_of(key, known)
        if point.below:
            for name in _served(point, key[3], unique=False):
                below.setdefault(name, set()).add(one.state)
            continue
        unique = (point.file, _bare(point.symbol)) not in again
        for name in _served(point, key[3], unique=unique):
            states.setdefault(name, set()).add(one.state)
    closed = {name.partition(" ")[2] for name, found in states.items() if not _is_open(found)}
    decided = {
        name: found
        for name, found in states.items()
        if _is_open(found) and not (name.startswith("* ") and name.partition(" ")[2] in closed)
    }
    public = {name for name, found in decided.items() if "public" in found}
    told = {name for name in public if any(operation_matches(pattern, name) for pattern in patterns)}
    shut = sorted(states.keys() - decided.keys())
    inner = {
        pattern: tuple(name for name in shut if " " not in name or operation_matches(pattern, name, overlap=True))
        for pattern, found in sorted(below.items())
        if found == {"guarded"}
    }
    guarded = tuple(sorted(decided.keys() - public))
    return Handed(tuple(sorted(patterns)), tuple(sorted(public - told)), guarded, tuple(inner.items()))


def _is_open(states: set[str]) -> bool:
    return states <= {"public", "guarded"}


def _bare(symbol: str) -> str:
    """A symbol without the `#2` of a redefinition, as it reads at run time."""
    return symbol.partition("#")[0]


def _served(point: JoinPoint, operation: str, *, unique: bool) -> Iterator[str]:
    """The names of an operation at run time, a method each; its dotted name only where a route of it is not known."""
    answers = [operation] if " " in operation else [each for name, each in point.answers if name == operation]
    if not answers or not all(answers):
        yield from [operation] if unique and " " not in operation else ()
        return
    for answer in answers:
        methods, _, path = answer.partition(" ")
        yield from dict.fromkeys(f"{'GET' if m == 'HEAD' else m} {path}" for m in methods.split("|"))


def options_patterns(auth: AuthPolicy) -> tuple[str, ...]:
    """Rules that name OPTIONS: elsewhere it passes, as browsers need it."""
    return tuple(sorted(rule.operation for rule in auth.rules if "OPTIONS" in (shape(rule.operation).methods or ())))
