"""The ways that a request without credentials takes through a function: is it refused, or does it come through?

Statements are followed, never run. Where a condition is not known both branches are; what may happen besides (a loop
that is not entered, an exception that is caught) counts as a way of its own.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from splice.frameworks._django_anonymous import Conditions
from splice.frameworks._django_harmless import is_harmless
from splice.frameworks._django_orders import Orders
from splice.frameworks._django_parts import captured, mentions, parameter_names, parts, passed_to, stored
from splice.frameworks._django_roles import Asked, Bound, Names, Place, Role
from splice.resolve import Project
from splice.symbols import Definition
from splice.values import ClassRef, FuncRef

#: What stands behind a function: called as it should be, or used in some other way.
Onward = Literal["", "next", "beyond"]
How = Literal["return", "raise", "fall", "next", "beyond"]
_MOST = 64  # ways that are told apart
_DEEPEST = 4  # functions that call each other
_PLAIN = frozenset({"staticmethod", "classmethod", "classonlymethod"})
_FIXED = frozenset({"def", "class", "import", "from"})  # names that stand for one thing all through a function


@dataclass(frozen=True, slots=True)
class End:
    """How a way ends: with what stands behind, or with a value or an exception, and what its names mean there.

    `sure`: nothing was called on the way that may have refused the request. `passed`: what stands behind was called.
    """

    how: How
    node: ast.expr | None
    at: Place
    sure: bool
    passed: bool = False


@dataclass(frozen=True, slots=True)
class _State:
    at: Place
    sure: bool = True
    passed: bool = False

    def end(self, how: How, node: ast.expr | None = None) -> End:
        return End(how, node, self.at, self.sure, self.passed)

    def knowing(self, names: Names) -> _State:
        return replace(self, at=replace(self.at, names={**self.at.names, **names}))

    def without(self, *nodes: ast.AST) -> _State:
        """The same where these statements may have bound names."""
        return self.knowing(stored(nodes))


Step = tuple[list[End], list[_State]]


def nothing(_: ast.AST, __: Place) -> Onward:
    """For functions that nothing stands behind."""
    return ""


class Ways:
    """Follows functions for one request; `onward` says which expression leads to what stands behind.

    A way ends there, or with `after` goes on: what stands behind is asked then, but does not answer.
    """

    def __init__(
        self,
        project: Project,
        orders: Orders,
        asked: Asked,
        onward: Callable[[ast.AST, Place], Onward] = nothing,
        *,
        after: bool = False,
    ) -> None:
        self.project, self.orders, self.asked, self.onward, self.after = project, orders, asked, onward, after
        self.conditions = Conditions(project, orders, asked, self.returned)
        self._running: list[Definition] = []

    def through(self, definition: Definition, names: Names) -> list[End]:
        """Every way through a function; `names`: what its parameters stand for, those left out are not known."""
        assert not isinstance(definition.node, ast.ClassDef)
        owner = definition.owner
        holder = owner.module.definitions.get(owner.symbol) if owner is not None else None
        unknown = dict.fromkeys(parameter_names(definition.node))
        local = {n: None for n, bs in definition.inner.bindings.items() if any(b.kind not in _FIXED for b in bs)}
        state = _State(Place(definition.inner, {**local, **unknown, **names}, holder))
        ends, states = self._block(definition.node.body, [state])
        return ends + [state.end("fall") for state in states]

    def returned(self, definition: Definition, call: ast.Call, at: Place, cls: ClassRef | None) -> bool | None:
        """The truth of what a call of a function of the project gives back."""
        return self._for(cls).answer(self._called(definition, call, at, cls))

    def answer(self, ends: Sequence[End]) -> bool | None:
        """The truth of what a function gives back, where all ways agree that give something back."""
        if any(end.how in ("next", "beyond") for end in ends):
            return None
        truths = {
            end.node is not None and self.conditions.truth(end.node, end.at) for end in ends if end.how != "raise"
        }
        return truths.pop() if len(truths) == 1 else None if truths else False

    def _for(self, cls: ClassRef | None) -> Ways:
        """The same for methods of another class."""
        if cls is None or cls == self.asked.cls:
            return self
        other = Ways(self.project, self.orders, replace(self.asked, cls=cls), self.onward, after=self.after)
        other._running = self._running
        return other

    def _called(self, definition: Definition, call: ast.Call, at: Place, cls: ClassRef | None) -> list[End]:
        """The ways through a function that is called; one that is not known where it is decorated, or calls itself."""
        node = definition.node
        plain = not isinstance(node, ast.ClassDef) and all(getattr(d, "id", "") in _PLAIN for d in node.decorator_list)
        if cls is None and definition.owner is not None:
            plain = False
        if not plain or definition.inner.yields or definition in self._running or len(self._running) >= _DEEPEST:
            return [End("beyond", None, at, False)]
        inside = {n: k for n, k in at.names.items() if k is Role.NEXT} if definition.scope.kind == "function" else {}
        self._running.append(definition)
        try:
            return self._for(cls).through(definition, {**inside, **passed_to(definition, call, at)})
        finally:
            self._running.pop()

    def inside(self, definition: Definition, call: ast.Call, at: Place) -> list[End]:
        """The ways through a function that is called."""
        return self._called(definition, call, at, self.conditions.class_of(call, at))

    # -- statements ----------------------------------------------------------------------------------

    def _block(self, body: Sequence[ast.stmt], states: list[_State]) -> Step:
        ends: list[End] = []
        for statement in body:
            running: list[_State] = []
            for state in states:
                ended, goes_on = self._statement(statement, state)
                ends += ended
                running += goes_on
            states = running
            if len(states) + len(ends) > _MOST:
                return [*ends, End("beyond", None, states[0].at if states else ends[0].at, False)], []
        return ends, states

    def _statement(self, node: ast.stmt, state: _State) -> Step:
        match node:
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():  # whoever calls it may go on
                leads = any(self.onward(part, state.at) for part in ast.walk(node))
                return ([state.end("beyond")], []) if leads else ([], [state])
            case ast.If():
                yes, no = node.body, node.orelse
                return self._branches(node.test, lambda s: self._block(yes, [s]), lambda s: self._block(no, [s]), state)
            case ast.Return(value=ast.IfExp(test=test, body=body, orelse=orelse)):
                first, second = ast.copy_location(ast.Return(body), node), ast.copy_location(ast.Return(orelse), node)
                return self._branches(
                    test, lambda s: self._statement(first, s), lambda s: self._statement(second, s), state
                )
            case ast.Return(value=value):
                ends, states = self._expression(value, state)
                return [*ends, *(s.end("return", value) for s in states)], []
            case ast.Raise(exc=raised):
                ends, states = self._expression(raised, state)
                return [*ends, *(s.end("raise", raised) for s in states)], []
            case ast.Assign(targets=targets, value=value):
                return self._assigned(targets, value, state)
            case ast.AnnAssign(target=target, value=ast.expr() as value):
                return self._assigned([target], value, state)
            case ast.For() | ast.AsyncFor() | ast.While():
                head = node.test if isinstance(node, ast.While) else node.iter
                return self._loop(head, [*node.body, *node.orelse], state)
            case ast.With() | ast.AsyncWith():
                return self._with(node, state)
            case ast.Match(subject=subject, cases=cases):
                ends, states = self._expression(subject, state)
                inner = [self._block(case.body, [s.knowing(captured(case.pattern))]) for s in states for case in cases]
                return [*ends, *(e for es, _ in inner for e in es)], [*states, *(s for _, ss in inner for s in ss)]
            case ast.Try():
                return self._try(node, state)
            case ast.Assert():
                return self._assert(node, state)
        if hasattr(node, "handlers"):  # `try` with `except*`
            return [state.end("beyond")], []
        step: Step = ([], [state.without(node)])
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.expr):
                step = self._then(step, child)
        return step

    def _then(self, step: Step, node: ast.expr | None) -> Step:
        ends, states = step
        more = [self._expression(node, state) for state in states]
        return [*ends, *(e for es, _ in more for e in es)], [s for _, ss in more for s in ss]

    def _branches(
        self, test: ast.expr, yes: Callable[[_State], Step], no: Callable[[_State], Step], state: _State
    ) -> Step:
        ends, states = self._expression(test, state)
        running: list[_State] = []
        for s in states:
            truth = self.conditions.truth(test, s.at)
            for taken in [yes] * (truth is not False) + [no] * (truth is not True):
                ended, goes_on = taken(s)
                ends, running = [*ends, *ended], [*running, *goes_on]
        return ends, running

    def _assigned(self, targets: Sequence[ast.expr], value: ast.expr, state: _State) -> Step:
        ends, states = self._expression(value, state)
        found = []
        for s in states:
            bound = {t.id: Bound(value, s.at) for t in targets if isinstance(t, ast.Name)}
            found.append(s.without(*targets).knowing(bound))
        return ends, found

    def _loop(self, head: ast.expr, body: Sequence[ast.stmt], state: _State) -> Step:
        ends, states = self._expression(head, state.without(*body))
        inner, _ = self._block([s for s in body if not isinstance(s, (ast.Break, ast.Continue))], states)
        return [*ends, *inner], [replace(s, sure=s.sure and not inner) for s in states]

    def _with(self, node: ast.With | ast.AsyncWith, state: _State) -> Step:
        step: Step = ([], [state.without(node)])
        for item in node.items:
            step = self._then(step, item.context_expr)
        ends, states = step
        inner, goes_on = self._block(node.body, states)
        swallowed = [s.without(*node.body) for s in states] if any(end.how == "raise" for end in inner) else []
        return [*ends, *inner], [*goes_on, *swallowed]  # a context manager may swallow exceptions

    def _assert(self, node: ast.Assert, state: _State) -> Step:
        ends, states = self._expression(node.test, state)
        failing = [s for s in states if self.conditions.truth(node.test, s.at) is not True]
        return ends, [replace(s, sure=False) if s in failing else s for s in states]  # `python -O` skips it

    def _try(self, node: ast.Try, state: _State) -> Step:
        inner, goes_on = self._block(node.body, [state])
        caught = state.without(*node.body)  # it may have come to any place in there
        ends = [end for end in inner if end.how != "raise" or not node.handlers]
        handled = [self._block(handler.body, [caught.without(handler)]) for handler in node.handlers]
        otherwise, after = self._block(node.orelse, goes_on)
        ends += [*otherwise, *(e for es, _ in handled for e in es)]
        ends += [end for end in inner if end.how == "raise" and node.handlers]  # of a class that nobody catches
        running = [*after, *(s for _, ss in handled for s in ss)]
        last, running = self._block(node.finalbody, running)
        if any(isinstance(part, ast.Return) for one in node.finalbody for part in ast.walk(one)):
            return [state.end("beyond")], []
        return [*ends, *last], running

    # -- expressions ---------------------------------------------------------------------------------

    def _expression(self, node: ast.AST | None, state: _State) -> Step:
        """Whether evaluating an expression leads on, or raises for certain."""
        if node is None:
            return [], [state]
        found: set[How] = set()
        skipped: set[int] = set()
        inside = list(parts(node))
        for part, unsure in inside:
            if id(part) in skipped:
                continue
            how: How | Literal["", "perhaps"] = self.onward(part, state.at)
            if how == "next" and isinstance(part, ast.Call):
                skipped |= {id(inner) for inner in ast.walk(part.func)}
            elif not how and isinstance(part, ast.Call):
                how = self._call(part, state.at)
            if how == "perhaps" or (how == "raise" and unsure):
                state = replace(state, sure=False)
            elif how == "next" and self.after and not unsure:
                state = replace(state, passed=True)
            elif how:
                found.add("beyond" if unsure else how)
        if found:
            return [state.end(found.pop() if len(found) == 1 else "beyond")], []
        named = [part for part, _ in inside if isinstance(part, ast.NamedExpr)]
        return [], [state.knowing({part.target.id: Bound(part.value, state.at) for part in named})]

    def _call(self, call: ast.Call, at: Place) -> Literal["", "perhaps", "raise", "beyond"]:
        """What a call does to the request: nothing, perhaps something, it always raises, or it may lead on."""
        values = self.conditions.called(call, at)
        if not values or not all(isinstance(value, FuncRef) for value in values):
            return "" if is_harmless(self.conditions, call, values, at) else "perhaps"
        cls = self.conditions.class_of(call, at)
        ends = [e for v in values if isinstance(v, FuncRef) for e in self._called(v.definition, call, at, cls)]
        if any(end.how in ("next", "beyond") or end.passed for end in ends):
            return "beyond" if mentions(call, at) else ""
        if all(end.how == "raise" for end in ends):
            return "raise"
        return "perhaps" if any(end.how == "raise" or not end.sure for end in ends) else ""
