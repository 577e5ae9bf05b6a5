"""What web frameworks share: who is mounted where, and how an operation is named.

A framework reports apps, mounts and registrations; this module works out every full path of every function
and makes one join point of each function. Names follow the grammar in the README: `GET /orders/{order_id}`,
`GET|POST /x`, `* /x`, `WEBSOCKET /x`, and the dotted name where there are several routes or none.
"""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from splice.leaks import leak
from splice.model import Anchor, JoinPoint, Kind, Reason
from splice.refusals import refusal_of
from splice.resolve.arguments import Argument, Passed
from splice.symbols import CallSite, Definition
from splice.values import Instance

Site = tuple[str, int, int]
ANY = ("*",)
_DEEPEST = 50  # mounts below mounts
_LONGEST = 2000  # characters of an operation: a name on a dashboard, not a place for data
_MOST = 100  # prefixes of one object: where more come together, code multiplies them, and nobody reads them


@dataclass(frozen=True, slots=True)
class Origin:
    """How a route came to its function: what stands around this beside its own decorators.

    `calls`: the call that registers it, and a `partial` that gave some of its arguments. `wrappers`: the calls around
    the function where it is registered, outermost first, as in `view_func=login_required(f)`. `cls`: the class whose
    view it is, which may inherit the method. `around`: a function of the project that wraps it and is registered in
    its place, and the first of its decorators that runs. `site`: as that of the registration, also where the path is
    complete. Of a class of Django's: `called` is the method that answers, `given` what `as_view` gets, `action` the
    action of a viewset whose keywords a router passes on.
    """

    calls: tuple[Argument, ...] = ()
    wrappers: tuple[Argument, ...] = ()
    cls: Definition | None = None
    around: tuple[Definition, int] | None = None
    site: Site | None = None
    called: str = ""
    given: Passed | None = None
    action: str = ""


@dataclass(frozen=True, slots=True)
class Registration:
    """One route that leads to one function.

    `path` is native and relative to the receiver, None when it is not static. `methods` is sorted, `ANY` for
    every method, empty for a websocket. `slot`: where a new outermost decorator goes (see JoinPoint).
    `site` is the object it was registered on; None when the path is complete already. With a `member` the
    definition is a class, and what answers is a method of that name which it inherits from outside the project.
    """

    definition: Definition
    site: Site | None
    path: str | None
    methods: tuple[str, ...]
    slot: int = 0
    kind: Kind = "handler"
    why: str = "its path is not a constant"  # what to say where `path` is None
    member: str = ""
    declared: bool = False  # see JoinPoint
    call: tuple[str, int, int] | None = None  # file and end of the call that registers, where that can be added to
    origin: Origin = Origin()


@dataclass(frozen=True, slots=True)
class _Served:
    """What the routes of one function come to."""

    operation: str
    methods: tuple[str, ...]
    routes: tuple[str, ...]
    reason: Reason | None = None
    detail: str = ""
    skip: bool = False
    answers: tuple[tuple[str, str], ...] = ()


@dataclass(slots=True)
class Routing:
    """The graph of apps, routers and blueprints of one framework.

    `open_world` becomes true when something is mounted that could not be resolved: then a router that nobody
    seems to mount may be mounted after all. So may those in `open_sites`, whatever else is known.
    """

    framework: str
    plain: Callable[[str], str | None]  # a native path with parameters written `{name}`; None: not one path
    apps: set[Site] = field(default_factory=set)
    mounts: dict[Site, list[tuple[Site, str | None]]] = field(default_factory=dict)
    registrations: list[Registration] = field(default_factory=list)
    refused: list[JoinPoint] = field(default_factory=list)
    open_world: bool = False
    open_sites: set[Site] = field(default_factory=set)
    join: Callable[[str, str], str] = operator.add  # a path below a prefix
    _users: dict[tuple[str, int, int] | None, set[int]] | None = None  # what each call registers

    def mount(self, child: Site, parent: Site, prefix: str | None) -> None:
        """`child` answers below `parent` at `prefix` (None: not static)."""
        edge = (parent, prefix)
        if edge not in self.mounts.setdefault(child, []):
            self.mounts[child].append(edge)

    def prefixes(self, site: Site) -> list[str | None]:
        """Every path below which an object answers, None for one that is not static; empty when no app mounts it."""
        return self._prefixes(site, frozenset(), {})

    def _prefixes(self, site: Site, below: frozenset[Site], known: dict[Site, list[str | None]]) -> list[str | None]:
        if site in below:
            return []
        if len(below) > _DEEPEST:
            return [None]
        if site not in known:
            found: list[str | None] = []
            for parent, prefix in self.mounts.get(site, ()):
                for above in self._prefixes(parent, below | {site}, known):
                    full = None if above is None or prefix is None else self.join(above, prefix)
                    if full not in found:
                        found.append(full)
            if not found and site in self.apps:
                found = [""]
            known[site] = found if len(found) <= _MOST else [None]
        return known[site]

    def _may_be_mounted(self, site: Site | None) -> bool:
        """Whether an object that nothing is seen to mount, or one that mounts it, may be mounted all the same."""
        if self.open_world or not self.apps:
            return True
        seen: set[Site | None] = set()
        queue = [site]
        while queue:
            at = queue.pop()
            if at in self.open_sites:
                return True
            if at is not None and at not in seen:
                seen.add(at)
                queue += (parent for parent, _ in self.mounts.get(at, ()))
        return False

    def refuse(
        self, module_file: str, line: int, symbol: str, reason: Reason, detail: str, kind: Kind = "handler"
    ) -> None:
        """Something that registers a route which cannot be instrumented: listed, never silently missed."""
        self.refused.append(
            JoinPoint(module_file, line, symbol, kind, self.framework, symbol, reason=reason, detail=detail, skip=True)
        )

    def join_points(self) -> Iterator[JoinPoint]:
        """One join point per function, in order of file and line."""
        grouped: dict[int, list[Registration]] = {}
        for registration in self.registrations:
            grouped.setdefault(id(registration.definition), []).append(registration)
        found = [self._join_point(group) for group in grouped.values()]
        yield from sorted([*found, *self.refused], key=lambda p: (p.file, p.line, p.symbol))

    def _join_point(self, group: list[Registration]) -> JoinPoint:
        definition = group[0].definition
        kind: Kind = "websocket" if all(r.kind == "websocket" for r in group) else "handler"
        by_member: dict[str, list[Registration]] = {}
        for registration in group:
            by_member.setdefault(registration.member, []).append(registration)
        by_member.pop("", None)
        served = self._served(group, kind, definition.dotted)
        members = {name: self._served(some, kind, f"{definition.dotted}.{name}") for name, some in by_member.items()}
        operation, slot = served.operation, max(innermost(definition), *(r.slot for r in group))
        if members:  # innermost, so that decorators of the class meet methods that are covered already
            operation, slot = definition.dotted, len(definition.node.decorator_list)
        reason, detail, skip = served.reason, served.detail, served.skip
        if refusal := refusal_of(definition):
            (reason, detail), skip = refusal, True
        return JoinPoint(
            file=definition.scope.module.file,
            line=definition.node.lineno,
            symbol=definition.symbol,
            kind=kind,
            framework=self.framework,
            operation=operation,
            methods=served.methods,
            routes=served.routes,
            colour=definition.colour,
            slot=slot,
            reason=reason,
            detail=detail,
            skip=skip,
            members=tuple(sorted((name, one.operation) for name, one in members.items())),
            calls=self._calls(group),
            declared=any(r.declared for r in group),
            answers=tuple(sorted({a for one in members.values() for a in one.answers})) if members else served.answers,
        )

    def _calls(self, group: list[Registration]) -> tuple[tuple[int, int], ...]:
        """Where the calls that register one function end; none unless all stand in its file and register it alone."""
        file = group[0].definition.scope.module.file
        if self._users is None:
            self._users = {}
            for one in self.registrations:
                self._users.setdefault(one.call, set()).add(id(one.definition))
        alone = all(r.call is not None and r.call[0] == file and len(self._users[r.call]) == 1 for r in group)
        return tuple(sorted({r.call[1:] for r in group if r.call is not None})) if alone else ()

    def _served(self, group: list[Registration], kind: Kind, dotted: str) -> _Served:
        """The operation of one function, `dotted` where it has no single route, and what stands behind that."""
        routes: set[str] = set()
        answers: set[str] = set()
        verbs: set[str] = set()
        reason, detail, skip = None, "", False
        mounted = elsewhere = False
        for registration in group:
            prefixes = [""] if registration.site is None else self.prefixes(registration.site)
            mounted = mounted or bool(prefixes)
            elsewhere = elsewhere or (not prefixes and self._may_be_mounted(registration.site))
            verbs.update(registration.methods if prefixes else ())
            for prefix in prefixes:
                if prefix is None or registration.path is None:
                    why = registration.why if registration.path is None else "its prefix is not a constant"
                    reason, detail = Reason.ROUTE_NOT_STATIC, why
                    answers.add("")
                else:
                    route = self.join(prefix, registration.path)
                    path = self.plain(route)
                    routes.add(route)
                    answers.add("" if path is None else f"{_verb(registration.kind, registration.methods)} {path}")
        if elsewhere or not mounted:  # mounted in one place, and perhaps in another: its path is not known either
            reason = Reason.NOT_MOUNTED
            detail = "no app of this project mounts its router"
            answers.add("")
            if elsewhere:
                detail += " in a way that can be followed; its path is not known"
            else:
                skip = True
        verbs = verbs or {m for r in group for m in r.methods}
        methods = ["*"] if "*" in verbs else sorted(verbs)
        paths = {self.plain(route) for route in routes}
        operation = dotted
        if None in paths and reason is None:
            reason, detail = Reason.ROUTE_NOT_STATIC, "its pattern stands for several paths"
        if len(paths) == 1 and reason is None:
            operation = f"{_verb(kind, methods)} {next(iter(paths))}"
        size = max([len(operation), *map(len, routes)])
        if size > _LONGEST:
            operation, routes, methods = dotted, set(), methods[:_MOST]
            reason, detail = Reason.ROUTE_NOT_STATIC, f"a route of {size} characters is no name for an operation"
            answers = {""}
        elif secret := next(filter(None, map(leak, (operation, *sorted(routes)))), ""):
            operation, routes, answers = dotted, set(), {""}
            reason, detail = Reason.LEAK, f"its route holds what looks like {secret}: named after the function"
        behind = tuple((dotted, answer) for answer in sorted(answers)) if operation == dotted else ()
        return _Served(operation, tuple(methods), tuple(sorted(routes)), reason, detail, skip, behind)


def _verb(kind: Kind, methods: Sequence[str]) -> str:
    return "WEBSOCKET" if kind == "websocket" else "*" if "*" in methods else "|".join(methods) or "*"


def innermost(definition: Definition) -> int:
    """The slot below `@staticmethod` and `@classmethod`: above them a wrapper gets no callable."""
    slot = 0
    for index, decorator in enumerate(definition.node.decorator_list):
        if isinstance(decorator, ast.Name) and decorator.id in ("staticmethod", "classmethod"):
            slot = index + 1
    return slot


def app_points(routing: Routing, made: Iterator[tuple[CallSite, Instance]]) -> Iterator[JoinPoint]:
    """A join point for each place where an app object is made: `app = Flask(__name__)`."""
    for call, _ in made:
        module = call.scope.module
        statement = call.statement
        target: ast.expr | None = None
        if isinstance(statement, ast.Assign) and statement.value is call.node and len(statement.targets) == 1:
            target = statement.targets[0]
        elif isinstance(statement, ast.AnnAssign) and statement.value is call.node:
            target = statement.target
        named = isinstance(target, (ast.Name, ast.Attribute))
        text = module.source.segment(target) if target is not None and named else ""
        owner = call.scope.symbol
        symbol = f"{owner}.{text or 'app'}" if owner else text or "app"
        yield JoinPoint(
            file=module.file,
            line=statement.lineno,
            symbol=symbol,
            kind="app",
            framework=routing.framework,
            operation=f"{module.name}.{symbol}",
            anchor=Anchor(statement.lineno, statement.end_lineno or statement.lineno, text) if named else None,
            reason=None if named else Reason.APP_WITHOUT_NAME,
            detail="" if named else "the app is not assigned to a name",
            skip=not named,
        )
