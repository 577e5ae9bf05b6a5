"""What is wrong with a policy once the operations of the project are known, for `check` to fail on."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from datetime import date

from splice.config import Config
from splice.model import Finding, JoinPoint
from splice.patterns import nearest, operation_matches
from splice.policies.requirements import Undecided, requirement
from splice.tomlfile import show

_LIKE = 0.75  # how like an operation a pattern is that most likely means it


def findings(
    config: Config, points: Sequence[JoinPoint], today: date, others: Callable[[], Collection[str]] = tuple
) -> list[Finding]:
    """Patterns that match nothing, operations of which the policy says two things, observing beyond its end.

    About guards only where these are asked for. `others`: operations that frameworks serve by themselves.
    """
    unmatched = list(_unmatched_aspects(config, points))
    if "auth" not in config.codemods:
        return unmatched
    served = [point for point in points if point.kind in ("handler", "websocket")]
    return [*unmatched, *_expired(config, today), *_unmatched(config, served, others), *_undecided(config, served)]


def _unmatched_aspects(config: Config, points: Sequence[JoinPoint]) -> Iterator[Finding]:
    for aspect in config.aspects:
        names = [name for point in points if point.kind == aspect.kind for name in point.names]
        if aspect.name in config.codemods and not any(
            operation_matches(aspect.operation, name, overlap=True) for name in names
        ):
            meant = nearest(aspect.operation, names, _LIKE)
            fix = f"did you mean {show(meant)}?" if meant else "codemod list shows every operation"
            text = f"aspect {aspect.name}: {show(aspect.operation)} matches no {aspect.kind}"
            yield Finding("error", "aspect-unmatched", text, config.file, aspect.line, fix)


def _expired(config: Config, today: date) -> Iterator[Finding]:
    auth = config.auth
    if auth.mode == "observe" and auth.observe_until and date.fromisoformat(auth.observe_until) < today:
        where = config.error("auth.observe-until", f"guards were to observe until {auth.observe_until} only")
        fix = 'set mode = "enforce", or a new date'
        yield Finding("error", "observe-expired", where.message, where.file, where.line, fix)


def _unmatched(config: Config, served: Sequence[JoinPoint], others: Callable[[], Collection[str]]) -> Iterator[Finding]:
    """Patterns of this file that match no operation.

    `public` may also open what only the framework serves (documentation, static files, mounted apps): such a pattern
    is an error only where it looks like a misspelt operation. A route that is not known may be the one that is meant.
    """
    names = {name for point in served for name in point.names}
    paths = {_path(name): name for name in sorted(names)}
    certain = all(answer for point in served for _, answer in point.answers)
    for pattern, public, file, line in _own_patterns(config):
        if any(operation_matches(pattern, name.replace("HEAD", "GET", 1), overlap=True) for name in names):
            continue
        if public and any(operation_matches(pattern, name, overlap=True) for name in others()):
            continue
        meant = paths.get(nearest(_path(pattern), paths, _LIKE), "")
        fix = f"did you mean {show(meant)}?" if meant else "codemod list shows every operation"
        level = "error" if (meant or not public) and certain else "warning"
        text = f"{'auth.public' if public else 'auth.rules'}: {show(pattern)} matches no operation"
        yield Finding("error" if level == "error" else "warning", "policy-unmatched", text, file, line, fix)


def _path(operation: str) -> str:
    return operation.rpartition(" ")[2]


def _own_patterns(config: Config) -> Iterator[tuple[str, bool, str, int]]:
    """Each pattern of the configuration itself: whether it makes public, and where it stands."""
    for pattern in config.auth.public:
        file, line = config.public_place(pattern)
        if file == config.file:
            yield pattern, True, file, line
    for rule in config.auth.rules:
        if rule.file == config.file:
            yield rule.operation, False, rule.file, rule.line


def _undecided(config: Config, served: Sequence[JoinPoint]) -> Iterator[Finding]:
    for point in served:
        for operation in point.operations if not point.skip else ():  # nothing can be inserted: `protect` closes it
            decided = requirement(config.auth, point, operation)
            if isinstance(decided, Undecided):
                file, line = point.file, point.line
                if decided.rule is not None and decided.rule.line:
                    file, line = decided.rule.file, decided.rule.line
                text = f"{decided.message} ({point.file}:{point.line})"
                yield Finding("error", "policy-undecided", text, file, line, decided.fix)
