"""What a function does in a request that carries no credential: whether it comes to an end, refuses, or may do either.

Every branch that the absence of credentials does not decide is taken; what a function of the project is called with
decides there in turn. A function that cannot come to its end, and refuses on the way, is a guard: nothing less is.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import dataclass, field

from splice.access.absent import OPEN, UNSURE, Absent, Ended, Frame, Seen, joined
from splice.access.calls import Calls, typed
from splice.access.catches import catches, swallows
from splice.access.known import CREDENTIAL, DENIES
from splice.access.statuses import REFUSED
from splice.resolve import Project
from splice.symbols import Definition

_DEPTH = 5  # functions that call each other
_STEPS = 4000  # statements looked at for one answer
Place = tuple[str, int, str]  # file, line, what stands there


@dataclass(frozen=True, slots=True)
class Returned:
    """A `return`: what it gives, and whether who the caller is led there (`by`, `after`: see Frame)."""

    seen: Seen
    line: int = 0
    by: bool = False
    after: bool = False

    def refuses(self, *, alone: bool) -> bool:
        """Whether it says to the caller that he must not. A redirect does where who he is led to it.

        `alone`: nobody else answers the request, so that a redirect after such a question may be the answer.
        """
        by = self.by or self.seen.credential or (self.after and not alone)
        return self.seen.status in REFUSED or (300 <= self.seen.status < 400 and by)


@dataclass(slots=True)
class Outcome:
    """What may become of a call: what it gives, where it refuses.

    `failed`: it may also end in an error. `passed`: it has called the function that it wraps.
    """

    returns: list[Returned] = field(default_factory=list)
    refusals: list[Place] = field(default_factory=list)
    failed: bool = False
    passed: bool = False
    cut: bool = False  # it was too much to look at all

    @property
    def value(self) -> Seen | None:
        """What it gives; None when it never comes back."""
        return joined(*(each.seen for each in self.returns)) if self.returns else None


class Flow:
    """Follows functions of one project. `mapped`: exception classes and the status of their handler."""

    def __init__(self, project: Project, mapped: Mapping[str, int]) -> None:
        self.project, self.mapped = project, mapped
        self._known: dict[tuple[int, tuple[tuple[str, Seen], ...], str], Outcome] = {}
        self._running: list[int] = []
        self._steps = 0

    def outcome(self, definition: Definition, env: Mapping[str, Seen], wrapped: str = "") -> Outcome:
        """What becomes of a call of a function with these arguments; `wrapped` names the function inside it."""
        try:
            key = (id(definition), tuple(sorted(env.items())), wrapped)
            hash(key)
        except TypeError:
            key = (id(definition), (), wrapped)
            env = {}
        if key in self._known:
            return self._known[key]
        if id(definition) in self._running or len(self._running) > _DEPTH or isinstance(definition.node, ast.ClassDef):
            return Outcome([Returned(OPEN)], cut=True)
        if not self._running:
            self._steps = 0
        self._running.append(id(definition))
        try:
            found = _Walk(self, definition, dict(env), wrapped).run()
        finally:
            self._running.pop()
        if not found.cut or not self._running:
            self._known[key] = found
        return found

    def typed(self, definition: Definition, env: dict[str, Seen]) -> dict[str, Seen]:
        """Arguments, with those parameters that are declared to be the request."""
        return typed(self.project, definition, env)

    def spend(self) -> bool:
        """Whether there is still time for another statement."""
        self._steps += 1
        return self._steps <= _STEPS


class _Walk:
    """One function, statement by statement."""

    def __init__(self, flow: Flow, definition: Definition, env: dict[str, Seen], wrapped: str) -> None:
        self.flow, self.definition, self.wrapped = flow, definition, wrapped
        self.file = definition.scope.module.file
        self.end = Outcome()
        self.calls = Calls(flow, self.end, self.file, wrapped)
        self.look = Absent(flow.project, self.calls.called)
        self.frame = Frame(definition.inner, env)

    def run(self) -> Outcome:
        node = self.definition.node
        assert not isinstance(node, ast.ClassDef)
        if self.block(node.body, self.frame):
            self.end.returns.append(Returned(Seen(True, None), node.lineno))
        return self.end

    def block(self, body: list[ast.stmt], at: Frame) -> bool:
        """Whether a request comes to the end of these statements."""
        return all(self.statement(statement, at) for statement in body)

    def statement(self, node: ast.stmt, at: Frame) -> bool:
        if not self.flow.spend():
            self.end.cut = True
            self.end.returns.append(Returned(OPEN, node.lineno))
            self.end.passed = True
            return False
        try:
            return self._one(node, at)
        except Ended:
            return False

    def _one(self, node: ast.stmt, at: Frame) -> bool:
        value = self.look.value
        match node:
            case ast.Return():
                seen = value(node.value, at) if node.value is not None else Seen(True, None)
                self.end.returns.append(Returned(seen, node.lineno, at.by, at.after))
                return False
            case ast.Raise():
                self.calls.raised(node.exc, node.lineno, at, self.look)
                return False
            case ast.If():
                return self._fork(node, at)
            case ast.Expr():
                if isinstance(node.value, (ast.Yield, ast.YieldFrom)):
                    given = value(node.value.value, at) if node.value.value is not None else Seen(True, None)
                    self.end.returns.append(Returned(given, node.lineno, at.by, at.after))
                else:
                    value(node.value, at)
            case ast.Assign():
                self._assigned(node.targets, value(node.value, at), at)
            case ast.AnnAssign(value=ast.expr() as given):
                self._assigned([node.target], value(given, at), at)
            case ast.AugAssign():
                self._assigned([node.target], Seen(credential=value(node.value, at).credential), at)
            case ast.For() | ast.AsyncFor() | ast.While():
                return self._loop(node, at)
            case ast.With() | ast.AsyncWith():
                return self._with(node, at)
            case ast.Match():
                return self._match(node, at)
            case ast.Break() | ast.Continue():
                return False
            case ast.Assert():
                value(node.test, at)
            case _ if isinstance(node, ast.Try) or type(node).__name__ == "TryStar":
                return self._try(node, at)  # type: ignore[arg-type]
        return True

    def _assigned(self, targets: list[ast.expr], seen: Seen, at: Frame) -> None:
        for target in targets:
            if isinstance(target, ast.Name):
                at.env[target.id] = seen
            elif isinstance(target, ast.Attribute) and target.attr in ("status_code", "status"):
                if isinstance(target.value, ast.Name) and target.value.id in at.env:
                    number = seen.value if seen.known and isinstance(seen.value, int) else 0
                    at.env[target.value.id] = Seen(status=number)
            else:
                for part in ast.walk(target):
                    if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Store):
                        at.env[part.id] = Seen(credential=seen.credential)

    # -- branches ------------------------------------------------------------------------------------

    def _fork(self, node: ast.If, at: Frame) -> bool:
        test = self.look.value(node.test, at)
        sides = {True: (node.body,), False: (node.orelse,), None: (node.body, node.orelse)}[test.truth]
        frames = [at.branch(test) for _ in sides]
        ways = [f for side, f in zip(sides, frames, strict=True) if self.block(side, f)]
        at.after = at.after or (test.credential and (len(sides) == 1 or len(ways) < len(sides)))
        return self._go_on(at, ways)

    def _go_on(self, at: Frame, ways: list[Frame]) -> bool:
        """Go on from where these branches came to their end; false when none did."""
        if not ways:
            return False
        at.env.clear()
        at.env.update(ways[0].env)
        at.learn(*ways[1:])
        return True

    def _loop(self, node: ast.For | ast.AsyncFor | ast.While, at: Frame) -> bool:
        head = self.look.value(node.test if isinstance(node, ast.While) else node.iter, at)
        self._forget(node, at)
        inner = at.branch(head)
        if self.block(node.body, inner):
            at.learn(inner)
        self._forget(node, at)
        rest = at.branch(OPEN)
        whole = self.block(node.orelse, rest) if node.orelse else True
        at.learn(rest)
        return whole or any(isinstance(part, ast.Break) for statement in node.body for part in ast.walk(statement))

    def _forget(self, node: ast.AST, at: Frame) -> None:
        """The names that a statement binds may be anything, whenever it stops."""
        for part in ast.walk(node):
            if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Store):
                at.env[part.id] = UNSURE

    def _match(self, node: ast.Match, at: Frame) -> bool:
        subject = self.look.value(node.subject, at)
        ways = [at.branch(subject)]
        for case in node.cases:
            inner = at.branch(subject)
            for part in ast.walk(case.pattern):
                name = getattr(part, "name", None) or getattr(part, "rest", None)
                if isinstance(name, str):
                    inner.env[name] = Seen(credential=subject.credential)
            if self.block(case.body, inner):
                ways.append(inner)
        return self._go_on(at, ways)

    def _with(self, node: ast.With | ast.AsyncWith, at: Frame) -> bool:
        quiet = False
        for item in node.items:
            at.runs.add(id(item.context_expr))
            seen = self.look.value(item.context_expr, at)
            if item.optional_vars is not None:
                self._assigned([item.optional_vars], Seen(credential=seen.credential, thing=seen.thing), at)
            made = item.context_expr.func if isinstance(item.context_expr, ast.Call) else item.context_expr
            quiet = quiet or any(swallows(value) for value in self.flow.project.values(made, at.scope))
        if not quiet:
            return self.block(node.body, at)
        before = list(self.end.refusals)
        self.block(node.body, at)
        self.end.refusals[:] = before
        self._forget(node, at)
        return True

    def _try(self, node: ast.Try, at: Frame) -> bool:
        before, inner = list(self.end.refusals), at.branch(OPEN)
        ways = [inner] if self.block([*node.body, *node.orelse], inner) else []
        if any(catches(self.flow.project, handler.type, at.scope) for handler in node.handlers):
            self.end.refusals[:] = before  # whoever catches them decides
        for handler in node.handlers:
            caught = ast.unparse(handler.type) if handler.type is not None else ""
            names = bool(DENIES.search(caught) or CREDENTIAL.search(caught))
            here = at.branch(Seen(credential=names))
            for statement in node.body:
                self._forget(statement, here)
            if handler.name:
                here.env[handler.name] = Seen(credential=names)
            if self.block(handler.body, here):
                ways.append(here)
        falls = self._go_on(at, ways)
        return self.block(node.finalbody, at) and falls if node.finalbody else falls
