"""Finds the outbound calls of a project: what each is, surely, and what is known about it.

A call is a join point when its callee is one thing of one library, whichever way it got there. Where it may be that
and something else, it is listed with its reason and left alone; what says nothing of a library is no join point.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import replace
from pathlib import Path

from splice.config import Config
from splice.model import JoinPoint, Reason
from splice.outbound.calls import Calls, Key
from splice.outbound.facts import Facts, Match
from splice.outbound.identify import Identified, Identifier
from splice.outbound.ours import inside
from splice.outbound.sure import Sure
from splice.outbound.surroundings import Surroundings
from splice.resolve import Project
from splice.symbols import CallSite, Module

_FRAMES = 6000  # a chain of names of one resolver within one of the other; each has a limit of its own
_IN_LAMBDA = "it runs when somebody calls the lambda"


def find(
    project: Project,
    config: Config,
    editable: Callable[[str], bool] = bool,
    handlers: Collection[tuple[str, str]] = (),
    root: Path | None = None,
    unsaved: Mapping[str, bytes] | None = None,
) -> Calls:
    """Every outbound call in files that are `editable`. `handlers`: file and symbol of what answers requests.

    `root`: where the files are on the disk, for rope, but for those in `unsaved`; without it rope is not asked.
    """
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(max(limit, _FRAMES))
    try:
        return _find(project, config, editable, handlers, root, unsaved or {})
    finally:
        sys.setrecursionlimit(limit)


def _find(
    project: Project,
    config: Config,
    editable: Callable[[str], bool],
    handlers: Collection[tuple[str, str]],
    root: Path | None,
    unsaved: Mapping[str, bytes],
) -> Calls:
    sure, around = Sure(project), Surroundings()
    facts = Facts(sure, around, config, handlers)
    identifier = Identifier(sure, around, config, root, unsaved)
    points: list[JoinPoint] = []
    matches: dict[Key, Match] = {}
    for module in project.modules():
        if not editable(module.file):
            continue
        for site, found, wrapped, symbol in _identified(module, identifier, facts):
            point = _point(site, found, symbol, facts)
            if around.in_lambda(site):
                point = replace(point, skip=True, reason=Reason.LAMBDA, detail=_IN_LAMBDA)
            elif found.why:
                point = replace(point, skip=True, reason=Reason.RECEIVER_UNKNOWN, detail=found.why)
            else:
                matches[point.file, symbol] = Match(site, found.named, found.owners, found.functions, wrapped)
            points.append(point)
    return Calls(tuple(points), facts.of(matches))


def _identified(
    module: Module, identifier: Identifier, facts: Facts
) -> Iterator[tuple[CallSite, Identified, bool, str]]:
    """The outbound calls of a module in their order, whether each is wrapped already, and its symbol."""
    counts: dict[str, int] = {}
    sites = [*module.calls, *module.in_lambdas]
    for site in sorted(sites, key=lambda s: (s.node.lineno, s.node.col_offset, -(s.node.end_col_offset or 0))):
        callee, wrapped = inside(identifier.sure.project, site.node, site.scope, facts.stem)
        found = identifier.identify(callee, site)
        if found is None or _takes_nothing(found):
            continue
        plain = f"{site.scope.symbol}:{found.named.name}"
        count = counts[plain] = counts.get(plain, 0) + 1
        yield site, found, wrapped, plain if count == 1 else f"{plain}#{count}"


def _takes_nothing(found: Identified) -> bool:
    """Whether it makes a client that takes no timeout: there is nothing to add to it."""
    return found.named.client is not None and found.named.client.limit is None


def _point(site: CallSite, found: Identified, symbol: str, facts: Facts) -> JoinPoint:
    node, named = site.node, found.named
    assert node.end_lineno is not None and node.end_col_offset is not None
    verb = facts.method(site, named)
    return JoinPoint(
        file=site.scope.module.file,
        line=node.lineno,
        symbol=symbol,
        kind="call",
        framework=named.package,
        operation=named.name,
        methods=(verb,) if verb else (),
        colour=facts.colour(site),
        calls=((node.end_lineno, node.end_col_offset),),
    )
