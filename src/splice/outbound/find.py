"""Finds the outbound calls of a project: what each is, surely, and what is known about it.

A call is a join point when its callee is one thing of one library, whichever way it got there. Where it may be that
and something else, it is listed with its reason and left alone; what says nothing of a library is no join point.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from splice.config import Config
from splice.model import Colour, JoinPoint, Reason
from splice.outbound.calls import Calls, Key, Outbound, Waits
from splice.outbound.catalogue import Named, libraries, method, named
from splice.outbound.ours import inside
from splice.outbound.sure import NOTHING, Sure
from splice.outbound.surroundings import Surroundings
from splice.outbound.timeouts import Given, given
from splice.outbound.traces import Traces
from splice.resolve import Project
from splice.symbols import CallSite, Module
from splice.values import External, Instance, Member, Unknown, Value


@dataclass(frozen=True, slots=True)
class Match:
    """A call that is a library's: what it is, and the objects that it is called on."""

    site: CallSite
    named: Named
    owners: tuple[Instance, ...]
    wrapped: bool


def find(project: Project, config: Config, editable: Callable[[str], bool] = bool) -> Calls:
    """Every outbound call in files that are `editable`."""
    return _Finder(project, config, editable).run()


class _Finder:
    def __init__(self, project: Project, config: Config, editable: Callable[[str], bool]) -> None:
        self.project, self.config, self.editable = project, config, editable
        self.sure = Sure(project)
        self.around = Surroundings()
        self.stem = config.scaffold.rpartition(".")[2]
        self.points: list[JoinPoint] = []
        self.matches: dict[Key, Match] = {}

    def run(self) -> Calls:
        traces = Traces(self.project)
        for module in self.project.modules():
            if self.editable(module.file):
                self._module(module, traces)
        keys = {_place(match.site): key for key, match in self.matches.items()}
        facts = {key: self._facts(key, match, keys) for key, match in self.matches.items()}
        return Calls(tuple(self.points), facts)

    # -- which calls ---------------------------------------------------------------------------------

    def _module(self, module: Module, traces: Traces) -> None:
        counts: dict[str, int] = {}
        sites = [*module.calls, *module.in_lambdas]
        for site in sorted(sites, key=lambda s: (s.node.lineno, s.node.col_offset, -(s.node.end_col_offset or 0))):
            callee, wrapped = inside(self.project, site.node, site.scope, self.stem)
            if not _may_go_out(callee, traces):
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
                self.matches[point.file, symbol] = Match(site, known[callee_name], owners, wrapped)
            else:
                point = replace(point, skip=True, reason=Reason.RECEIVER_UNKNOWN, detail=_unsure(values))
            self.points.append(point)

    def _values(self, callee: ast.expr, site: CallSite) -> tuple[Value, ...]:
        if self.around.local_names(site) & {n.id for n in ast.walk(callee) if isinstance(n, ast.Name)}:
            return (Unknown("a variable of a comprehension or a lambda"),)
        return self.sure.values(callee, site.scope)

    def _named(self, value: Value) -> Named | None:
        """What of a library a value is, None for anything else."""
        if isinstance(value, External):
            return named(value.name)
        cls, _, attr = self.sure.members.outside(value).rpartition(".")
        return method(cls, attr) if cls else None

    def _point(self, site: CallSite, found: Named, symbol: str) -> JoinPoint:
        node, module = site.node, site.scope.module
        assert node.end_lineno is not None and node.end_col_offset is not None
        verb = self._method(site, found)
        return JoinPoint(
            file=module.file,
            line=node.lineno,
            symbol=symbol,
            kind="call",
            framework=found.package,
            operation=found.name,
            methods=(verb,) if verb else (),
            colour=self._colour(site),
            calls=((node.end_lineno, node.end_col_offset),),
        )

    def _colour(self, site: CallSite) -> Colour:
        function = site.scope.function()
        if function is None or self.around.in_lambda(site):
            return "sync"
        return function.module.definitions[function.symbol].colour

    def _method(self, site: CallSite, found: Named) -> str | None:
        """The HTTP method of a call: "" where an argument says and it is no constant."""
        function = found.function
        if function is None or function.method is None:
            return None
        node = site.node
        if function.post_if and (len(node.args) > 1 or any(k.arg in (function.post_if, None) for k in node.keywords)):
            return ""
        if function.verb is None:
            return function.method
        keyword, position = function.verb
        argument = next((k.value for k in node.keywords if k.arg == keyword), None)
        before = node.args[: position + 1]
        if argument is None and len(before) > position and not any(isinstance(a, ast.Starred) for a in before):
            argument = node.args[position]
        if argument is None or self.around.local_names(site):
            return ""
        return (self.project.text(argument, site.scope) or "").upper()

    # -- what is known about them --------------------------------------------------------------------

    def _facts(self, key: Key, match: Match, keys: dict[tuple[str, int, int], Key]) -> Outbound:
        found, site = match.named, match.site
        said = self._given(match)
        made = (keys.get(owner.site) for owner in match.owners if owner.call is not None)
        clients = tuple(dict.fromkeys(key for key in made if key is not None))
        point = next(p for p in self.points if (p.file, p.symbol) == key)
        return Outbound(
            file=key[0],
            symbol=key[1],
            line=site.node.lineno,
            library=found.library,
            callee=found.name,
            role="client" if found.client is not None else "request",
            method=self._method(site, found),
            style=found.function.style if found.function is not None else "sync",
            colour=point.colour,
            waits=said.waits,
            keyword=said.keyword,
            constant=libraries()[found.library].constant,
            clients=clients,
            clients_known=all(owner.call is not None for owner in match.owners),
            wrapped=match.wrapped,
            used=self.around.used(site),
        )

    def _given(self, match: Match) -> Given:
        """What a call says about its timeout, else what its client object says."""
        site, found = match.site, match.named
        place = (site.scope.module.file, site.node.lineno)
        entry = found.client or found.function
        assert entry is not None
        said = Given(Waits("missing", "", *place))
        if entry.limit is not None:
            said = given(self.sure, site.node, site.scope, entry.limit, self.stem)
        if said.waits.state not in ("missing", "default") or not match.owners:
            return said
        by_client = self._by_clients(match)
        return said if by_client is None else by_client

    def _by_clients(self, match: Match) -> Given | None:
        """What the objects say that a call is made on; None where their class takes no timeout."""
        outcomes: list[Waits] = []
        for owner in match.owners:
            owned = self._client(owner)
            if owned is None or owned.client is None or owned.client.limit is None:
                return None
            place = (match.site.scope.module.file, match.site.node.lineno)
            if owner.call is None or owner.scope is None or not isinstance(owner.cls, External):
                limit = owned.client.limit
                state = Waits("unknown", f"where the {owned.name} is made is not known", *place)
                outcomes.append(Waits("default", f"{limit.default:g} s", *place) if limit.default else state)
                continue
            waits = given(self.sure, owner.call, owner.scope, owned.client.limit, self.stem).waits
            outcomes.append(replace(waits, state="client") if waits.state == "own" else waits)
        worst = min(outcomes, key=lambda waits: _BEST.index(waits.state))
        return Given(worst)

    def _client(self, owner: Instance) -> Named | None:
        bases = [b.name for b in self.project.bases(owner.cls) if isinstance(b, External)]
        return next((found for name in bases if (found := named(name)) is not None), None)


_BEST = ("off", "missing", "unknown", "default", "client", "own", "ours")


def _may_go_out(callee: ast.expr, traces: Traces) -> bool:
    """Whether a callee may be something of a library, going by names."""
    if isinstance(callee, ast.Attribute):
        root: ast.expr = callee.value
        while isinstance(root, ast.Attribute) and not traces.may_be(root):
            root = root.value
        return traces.may_be(callee) and traces.may_be(root)
    return isinstance(callee, ast.Name) and traces.may_be(callee)


def _place(site: CallSite) -> tuple[str, int, int]:
    return site.scope.module.file, site.node.lineno, site.node.col_offset


def _unsure(values: list[Value]) -> str:
    why: Iterator[str] = (value.why for value in values if isinstance(value, Unknown))
    return next(why, "it may be one of several things")
