"""Finds the outbound calls of a project: what each is, surely, and what is known about it.

A call is a join point when its callee is one thing of one library, whichever way it got there. Where it may be that
and something else, it is listed with its reason and left alone; what says nothing of a library is no join point.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import replace
from pathlib import Path

from splice.config import Config
from splice.model import JoinPoint, Reason
from splice.mutation import last_name
from splice.outbound.calls import Calls, Key
from splice.outbound.facts import Facts, Match
from splice.outbound.identify import Identified, Identifier
from splice.outbound.ours import inside
from splice.outbound.sure import Sure
from splice.outbound.surroundings import Surroundings
from splice.resolve import Project
from splice.symbols import CallSite, Module

_FRAMES = 6000  # a chain of names of one resolver within one of the other; each has a limit of its own
#: What calls a function that it is given, by its last name -> where among the arguments that stands.
_CALLERS = {"partial": 0, "to_thread": 0, "run_sync": 0, "run_in_threadpool": 0, "submit": 0, "run_in_executor": 1}
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
        found = identifier.identify(callee, site) or _handed_on(identifier, site)
        if found is None or _takes_nothing(found):
            continue
        plain = f"{site.scope.symbol}:{found.named.name}"
        count = counts[plain] = counts.get(plain, 0) + 1
        yield site, found, wrapped, plain if count == 1 else f"{plain}#{count}"


def _handed_on(identifier: Identifier, site: CallSite) -> Identified | None:
    """What a call is given to call, in `partial(requests.get, url)` and `asyncio.to_thread(requests.get, url)`.

    Listed and left alone: the timeout would be one of the arguments of another function, and who repeats is elsewhere.
    """
    by = last_name(site.node.func)
    at = _CALLERS.get(by)
    if at is None or len(site.node.args) <= at or not isinstance(site.node.args[at], ast.Attribute | ast.Name):
        return None
    found = identifier.identify(site.node.args[at], site)
    if found is None or found.named.client is not None:
        return None
    return replace(found, why=f"it is handed to {by}, which calls it")


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
