"""Finds the outbound calls of a project: what each is, surely, and what is known about it.

A call is a join point when its callee is one thing of one library, whichever way it got there. Where it may be that
and something else, it is listed with its reason and left alone; what says nothing of a library is no join point.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Collection, Iterator
from dataclasses import replace

from splice.config import Config
from splice.model import JoinPoint, Reason
from splice.outbound.calls import Calls, Key
from splice.outbound.catalogue import Named, method, named
from splice.outbound.facts import Facts, Match
from splice.outbound.library import Function, Style
from splice.outbound.ours import inside
from splice.outbound.sure import NOTHING, Sure
from splice.outbound.surroundings import Surroundings
from splice.outbound.traces import Traces
from splice.patterns import dotted_matches
from splice.resolve import Project
from splice.symbols import CallSite, Definition, Module
from splice.values import External, FuncRef, Member, Unknown, Value


def find(
    project: Project,
    config: Config,
    editable: Callable[[str], bool] = bool,
    handlers: Collection[tuple[str, str]] = (),
) -> Calls:
    """Every outbound call in files that are `editable`. `handlers`: file and symbol of what answers requests."""
    return _Finder(project, config, editable, handlers).run()


class _Finder:
    def __init__(
        self,
        project: Project,
        config: Config,
        editable: Callable[[str], bool],
        handlers: Collection[tuple[str, str]],
    ) -> None:
        self.project, self.config, self.editable = project, config, editable
        self.sure = Sure(project)
        self.around = Surroundings()
        self.facts = Facts(self.sure, self.around, config, handlers)
        self.points: list[JoinPoint] = []
        self.matches: dict[Key, Match] = {}

    def run(self) -> Calls:
        traces = Traces(self.project, set(self._repeated()))
        for module in self.project.modules():
            if self.editable(module.file):
                self._module(module, traces)
        return Calls(tuple(self.points), self.facts.of(self.matches))

    def _repeated(self) -> Iterator[str]:
        """The names of the functions that the policy says may be repeated."""
        for module in self.project.modules() if self.config.retry.functions else ():
            yield from (d.name for d in module.functions() if self._is_repeated(d))

    def _module(self, module: Module, traces: Traces) -> None:
        counts: dict[str, int] = {}
        sites = [*module.calls, *module.in_lambdas]
        for site in sorted(sites, key=lambda s: (s.node.lineno, s.node.col_offset, -(s.node.end_col_offset or 0))):
            callee, wrapped = inside(self.project, site.node, site.scope, self.facts.stem)
            if not traces.may_go_out(callee):
                continue
            values = [v for v in self._values(callee, site) if v != NOTHING]
            known = {found.name: found for v in values if (found := self._named(v)) is not None}
            if not known or all(found.client is not None and found.client.limit is None for found in known.values()):
                continue
            sure = len(known) == 1 and all(self._named(v) is not None for v in values)
            callee_name = min(known)
            scope = site.scope.symbol
            plain = f"{scope}:{callee_name}"
            count = counts[plain] = counts.get(plain, 0) + 1
            symbol = plain if count == 1 else f"{plain}#{count}"
            point = self._point(site, known[callee_name], symbol)
            if self.around.in_lambda(site):
                point = replace(point, skip=True, reason=Reason.LAMBDA, detail="it runs when somebody calls the lambda")
            elif sure:
                owners = tuple(v.of for v in values if isinstance(v, Member))
                functions = tuple(v.definition for v in values if isinstance(v, FuncRef))
                self.matches[point.file, symbol] = Match(site, known[callee_name], owners, functions, wrapped)
            else:
                point = replace(point, skip=True, reason=Reason.RECEIVER_UNKNOWN, detail=_unsure(values))
            self.points.append(point)

    def _values(self, callee: ast.expr, site: CallSite) -> tuple[Value, ...]:
        if self.around.local_names(site) & {n.id for n in ast.walk(callee) if isinstance(n, ast.Name)}:
            return (Unknown("a variable of a comprehension or a lambda"),)
        return self.sure.values(callee, site.scope)

    def _named(self, value: Value) -> Named | None:
        """What of a library a value is, or which function that the policy names; None for anything else."""
        if isinstance(value, FuncRef):
            style: Style = "async" if value.definition.colour == "async" else "sync"
            repeated = self._is_repeated(value.definition)
            return Named(value.definition.dotted, "", "", Function(style=style, repeatable=True)) if repeated else None
        if isinstance(value, External):
            return named(value.name)
        cls, _, attr = self.sure.members.outside(value).rpartition(".")
        return method(cls, attr) if cls else None

    def _is_repeated(self, definition: Definition) -> bool:
        return any(dotted_matches(pattern, definition.dotted) for pattern in self.config.retry.functions)

    def _point(self, site: CallSite, found: Named, symbol: str) -> JoinPoint:
        node, module = site.node, site.scope.module
        assert node.end_lineno is not None and node.end_col_offset is not None
        verb = self.facts.method(site, found)
        return JoinPoint(
            file=module.file,
            line=node.lineno,
            symbol=symbol,
            kind="call",
            framework=found.package,
            operation=found.name,
            methods=(verb,) if verb else (),
            colour=self.facts.colour(site),
            calls=((node.end_lineno, node.end_col_offset),),
        )


def _unsure(values: list[Value]) -> str:
    why: Iterator[str] = (value.why for value in values if isinstance(value, Unknown))
    return next(why, "it may be one of several things")
