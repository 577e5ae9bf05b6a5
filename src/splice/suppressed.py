"""Which codemods are turned off where, by comments in the source, and which of these comments do not count.

Guards are turned off only where an outer policy says so, and under `--policy-ref` a comment counts only where the
same place had one before: whoever writes the source must not be able to weaken the gate that judges it.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from pathlib import Path

from splice.aspects import known as known_codemods
from splice.codemod import Codemod
from splice.config import Config
from splice.model import Finding, JoinPoint, Refused
from splice.parse import module_of
from splice.resolve import Project
from splice.sources import committed
from splice.suppress import Suppression, applies, suppressions
from splice.symbols import Module

Before = Callable[[str], "tuple[Module, tuple[Suppression, ...]] | None"]  # a file as it was, and its comments


def suppressed_by(
    root: Path, project: Project, points: Sequence[JoinPoint], config: Config, today: date
) -> tuple[dict[tuple[str, str, str], str], list[Finding]]:
    """(file, symbol, codemod) -> reason as written; what is wrong, expired, unused or does not count is a finding."""
    known = known_codemods(config)
    before = _before(root, config, known) if config.commit else None
    found: dict[tuple[str, str, str], str] = {}
    findings: list[Finding] = []
    by_file: dict[str, list[JoinPoint]] = {}
    for point in points:
        by_file.setdefault(point.file, []).append(point)
    for module in project.modules():
        for comment in suppressions(module.source, known):
            used, refused = False, dict[str, None]()
            for point in by_file.get(module.file, ()):
                first, last = header(module, point)
                if not applies(comment, first, last):
                    continue
                for name in config.codemods:
                    if not known[name].pointcut.matches(point) or not comment.counts(name, today):
                        continue
                    used = True
                    if not config.may_suppress(name):
                        refused[
                            f"{name} is turned off only where the outer policy says allow-suppress = [{name!a}]"
                        ] = None
                    elif before is not None and not _was(before, module, point, name, today):
                        refused[f"{name} was not turned off here in the commit of --policy-ref"] = None
                    else:
                        found[(point.file, point.symbol, name)] = comment.reason
            findings += [_refusal(module.file, comment, why) for why in refused]
            findings += _comment_findings(module.file, comment, used, config, today)
    return found, findings


def header(module: Module, point: JoinPoint) -> tuple[int, int]:
    """The first and the last line of a join point's header: from its first `@`, which `ast` may put a line below."""
    if point.kind == "call":
        return point.line, point.calls[0][0]
    if point.symbol not in module.definitions or point.kind == "app":
        return point.line, point.anchor.end_line if point.anchor else point.line
    return _defined(module, point.symbol)


def _defined(module: Module, symbol: str) -> tuple[int, int]:
    node = module.definitions[symbol].node
    first = min([node.lineno, *(d.lineno for d in node.decorator_list)])
    while node.decorator_list and first > 1 and not module.source.line_text(first).lstrip(" \t\f").startswith("@"):
        first -= 1
    return first, max(node.lineno, node.body[0].lineno - 1)


def _before(root: Path, config: Config, known: Mapping[str, Codemod]) -> Before:
    tree = committed(root, config.commit)

    @functools.cache
    def before(file: str) -> tuple[Module, tuple[Suppression, ...]] | None:
        raw = tree.read(file)
        if raw is None or b"codemod:" not in raw:
            return None
        try:
            module = module_of(file, "", raw)
        except Refused:
            return None
        return module, suppressions(module.source, known)

    return before


def _was(before: Before, module: Module, point: JoinPoint, name: str, today: date) -> bool:
    """Whether a codemod was turned off at the same place: the same symbol, or the same line of text."""
    there = before(point.file)
    if there is None:
        return False
    old, comments = there
    counting = [comment for comment in comments if comment.counts(name, today)]
    if point.symbol in module.definitions and point.kind not in ("app", "call"):
        places = [_defined(old, point.symbol)] if point.symbol in old.definitions else []
    else:
        text = module.source.line_text(point.line).split("#")[0].strip()
        lines = range(1, len(old.source.starts) + 1)
        places = [(line, line) for line in lines if old.source.line_text(line).split("#")[0].strip() == text]
    return any(applies(comment, *place) for comment in counting for place in places)


def _refusal(file: str, comment: Suppression, why: str) -> Finding:
    level = "error" if comment.codemods else "warning"  # a bare `ignore` may mean the others only
    text = f"this suppression does not count: {why}"
    fix = "remove it, or let the owner of the policy decide"
    return Finding("error" if level == "error" else "warning", "suppression-refused", text, file, comment.line, fix)


def _comment_findings(file: str, comment: Suppression, used: bool, config: Config, today: date) -> list[Finding]:
    if comment.problem:
        return [Finding("error", "suppression-wrong", comment.problem, file, comment.line)]
    if comment.expired(today):
        text = f"this suppression counted until {comment.until}"
        return [Finding("error", "suppression-expired", text, file, comment.line, "remove it, or set a new date")]
    relevant = not comment.codemods or set(comment.codemods) & set(config.codemods)
    if not used and relevant:
        return [Finding("warning", "suppression-unused", "nothing is suppressed here", file, comment.line, "remove it")]
    return []
