"""What a decorator does to who may call the function below it.

Guards of libraries are known by name; a decorator of the project is followed: it guards when no request without a
credential reaches the function through it. Whatever else may refuse makes the answer unknown.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping, Sequence

from splice.access.absent import OPEN, Seen
from splice.access.flow import Flow, Outcome
from splice.access.gates import PLAIN, Gate, may
from splice.access.known import CACHES, CALLS, DECORATORS, Known, is_plain
from splice.access.names import Named, names_of, settled, spelled
from splice.access.uses import use_of
from splice.resolve import Project
from splice.resolve.arguments import defaults, passed, positional_names
from splice.symbols import Definition, Scope
from splice.values import NONE, Const, Env, External, FuncRef, Function, Instance, Member, Unknown, Value

_AROUND = frozenset({"typing.cast", "functools.update_wrapper", "typing_extensions.cast"})
_DEPTH = 4  # decorators made of decorators
_PERMISSION = "flask_principal.Permission.require"


class Decorators:
    """The gates that decorators are, for one project."""

    def __init__(self, project: Project, flow: Flow, named: Named) -> None:
        self.project, self.flow, self.named = project, flow, named
        self.doubted: Mapping[str, str] = {}  # guards by dotted name that something in this project may undo, and what

    def gates(self, nodes: Iterable[ast.expr], scope: Scope, env: Env = NONE) -> Iterator[Gate]:
        """The gates of decorators in one scope, outermost first."""
        return (self.gate(node, scope, env) for node in nodes)

    def gate(self, node: ast.expr, scope: Scope, env: Env = NONE, depth: int = 0) -> Gate:
        """What one decorator does."""
        callee = node.func if isinstance(node, ast.Call) else node
        name, file, line = spelled(node), scope.module.file, node.lineno
        if self.named.is_ours(node, scope):
            return PLAIN
        values = self.project.values(callee, scope, env)
        if self.named.configured(values, file):
            return Gate("guard", name, file, line)
        found = [self._of(value, node, scope, env, depth) for value in values]
        if all(gate.kind == "plain" for gate in found):
            return found[0] if len(found) == 1 else Gate("plain", name, answers=any(g.answers for g in found))
        if len(found) == 1 and (found[0].kind == "may" or settled(self.project, callee, scope)):
            return found[0]
        if all(gate.kind == "guard" for gate in found) and settled(self.project, callee, scope):
            return found[0]
        return may(name, file, line, f"what {name} is depends on the run", answers=True)

    def _of(self, value: Value, node: ast.expr, scope: Scope, env: Env, depth: int) -> Gate:
        name, file, line = spelled(node), scope.module.file, node.lineno
        match value:
            case FuncRef(definition=definition):
                given = self._closure(definition, node, scope, env) if isinstance(node, ast.Call) else {}
                return self._own(definition, node, scope, given, int(isinstance(node, ast.Call)), depth)
            case Instance(call=ast.Call() as call, scope=Scope() as where) if not isinstance(node, ast.Call):
                inner = value.factory.env if value.factory is not None else value.env or NONE
                return self.gate(call, where, inner, depth + 1) if depth < _DEPTH else self._unknown(node, scope)
            case Function(node=ast.Lambda(args=spec, body=ast.Name(id=body))) if [a.arg for a in spec.args] == [body]:
                return PLAIN
            case Unknown(why=why):
                return may(name, file, line, f"what {name} is, is not known: {why}", answers=True)
        for dotted in names_of(self.project, value):
            if known := DECORATORS.get(dotted):
                return self._known(known, dotted, value, node, scope, env)
        for dotted in names_of(self.project, value)[:1]:
            if CACHES.fullmatch(dotted):
                return Gate("plain", name, file, line, answers=True)
            if is_plain(dotted):
                return PLAIN
        return self._unknown(node, scope)

    def _unknown(self, node: ast.expr, scope: Scope) -> Gate:
        name = spelled(node)
        why = f"what {name} does is not in this project"
        return may(name, scope.module.file, node.lineno, why, answers=True)

    def _known(self, known: Known, dotted: str, value: Value, node: ast.expr, scope: Scope, env: Env) -> Gate:
        """A guard of a library, as it is used here."""
        name, file, line = spelled(node), scope.module.file, node.lineno
        use, why = use_of(self.project, known, node, scope, env)
        if use == "guards" and dotted == _PERMISSION and not self._has_needs(value):
            use, why = "unsure", "what the permission needs is not seen"
        if use == "guards" and dotted in self.doubted:
            use, why = "unsure", self.doubted[dotted]
        if use == "guards":
            return Gate("guard", name, file, line)
        return PLAIN if use == "nothing" else may(name, file, line, f"{name}: {why}")

    def _has_needs(self, value: Value) -> bool:
        """Whether a `Permission(...)` of Flask-Principal needs anything: one that needs nothing lets everybody pass."""
        made = value.of if isinstance(value, Member) else None
        if (
            made is None
            or made.call is None
            or made.scope is None
            or made.cls != External("flask_principal.Permission")
        ):
            return False
        return bool(passed(self.project, made.call, made.scope, made.env or NONE).positional)

    def call(self, node: ast.expr, scope: Scope, by: str) -> Gate:
        """What something outside the project does, when it is called as it is: `before_request(verify_jwt)`."""
        file, line = scope.module.file, node.lineno
        values = self.project.values(node, scope)
        known = [CALLS.get(name) for value in values for name in names_of(self.project, value)[:1]]
        if (
            known
            and all(one is not None and one.form == "called" for one in known)
            and settled(self.project, node, scope)
        ):
            return Gate("guard", by, file, line)
        return may(by, file, line, f"what {spelled(node)} does is not in this project", answers=True)

    # -- decorators of the project -------------------------------------------------------------------

    def _closure(self, definition: Definition, node: ast.Call, scope: Scope, env: Env) -> dict[str, Seen]:
        """The constants that a decorator factory is called with: what its inner functions see."""
        given = passed(self.project, node, scope, env)
        if not given.complete or isinstance(definition.node, ast.ClassDef):
            return {}
        found: dict[str, Seen] = {}
        names = positional_names(definition)
        pairs = [*zip(names, given.positional, strict=False), *((n, a) for n, a in given.named.items())]
        for name, argument in pairs:
            value = self.project.value(argument.node, argument.scope, argument.env)
            found[name] = Seen(True, value.value) if isinstance(value, Const) else OPEN
        for name, default in defaults(definition).items():
            if name not in found and isinstance(default, ast.Constant):
                found[name] = Seen(True, default.value)
        return {name: seen for name, seen in found.items() if len(definition.inner.bindings.get(name, ())) == 1}

    def _own(
        self, definition: Definition, node: ast.expr, scope: Scope, given: dict[str, Seen], level: int, depth: int
    ) -> Gate:
        name, file, line = spelled(node), scope.module.file, node.lineno
        gate = self.applied(definition, given, level, depth)
        if gate.kind == "plain":
            return Gate("plain", name, file, line, answers=gate.answers)
        if gate.kind == "guard":
            return Gate("guard", name, file, line)
        return Gate("may", name, file, line, f"{name}: {gate.why}", gate.answers)

    def applied(self, definition: Definition, given: dict[str, Seen], level: int, depth: int) -> Gate:
        """A function of the project, applied to the function (`level` 0) or called to make such a function (1)."""
        if depth > _DEPTH or isinstance(definition.node, ast.ClassDef) or definition.node.decorator_list:
            return may("", "", 0, "it is made in a way that is not followed", answers=True)
        positional = positional_names(definition)
        wrapped = positional[0] if positional and level == 0 else ""
        found = [
            g for r in definition.inner.returns for g in self._returned(r, definition, wrapped, given, level, depth)
        ]
        if not found:
            return may("", "", 0, "what it returns is not known", answers=True)
        return self._chain_of(found)

    def _chain_of(self, found: Sequence[Gate]) -> Gate:
        """Several ways to be decorated: all of them guard, or none does, or nobody knows."""
        kinds = {gate.kind for gate in found}
        if len(kinds) == 1 and "may" not in kinds:
            return Gate(found[0].kind, answers=any(gate.answers for gate in found))
        why = next((gate.why for gate in found if gate.why), "it guards in some cases only")
        return may("", "", 0, why, answers=any(gate.answers for gate in found))

    def _returned(
        self, node: ast.expr, maker: Definition, wrapped: str, given: dict[str, Seen], level: int, depth: int
    ) -> Iterator[Gate]:
        """What a decorator returns: the function itself, a wrapper around it, or another decorator's work on it."""
        node, scope = self._inside(node, maker.inner), maker.inner
        if isinstance(node, ast.IfExp):
            yield from self._returned(node.body, maker, wrapped, given, level, depth)
            yield from self._returned(node.orelse, maker, wrapped, given, level, depth)
        elif isinstance(node, ast.Name) and node.id == wrapped:
            yield PLAIN
        elif isinstance(node, ast.Name) and (inner := self._nested(node, scope)) is not None:
            makes = self._makes_decorators(inner)
            if level > 0:
                yield from [self.applied(inner, given, level - 1, depth + 1)] if makes or level > 1 else ()
            elif not makes:
                yield self.wrapper(inner, wrapped, given, depth)
        elif isinstance(node, ast.Call) and node.args and not node.keywords:
            callee = self._nested(node.func, scope) if isinstance(node.func, ast.Name) else None
            if level > 0:  # how it works where it is not called
                makes = callee is not None and self._makes_decorators(callee)
                yield from () if makes else [may("", "", 0, "what it returns is not known", answers=True)]
                return
            below = list(self._returned(node.args[0], maker, wrapped, given, level, depth))
            if callee is not None and self._makes_decorators(callee):
                yield self.applied(callee, given, 0, depth + 1)
            else:
                yield stacked([self.gate(node.func, scope, NONE, depth + 1), *below])
        else:
            yield may("", "", 0, "what it returns is not known", answers=True)

    def _inside(self, node: ast.expr, scope: Scope) -> ast.expr:
        """The function in `cast(F, wrapper)`, `update_wrapper(wrapper, f)` and `wraps(f)(wrapper)`."""
        while isinstance(node, ast.Call):
            names = [v.name for v in self.project.values(node.func, scope) if isinstance(v, External)]
            if _AROUND.intersection(names) and node.args:
                node = node.args[1 if names[0].endswith("cast") and len(node.args) > 1 else 0]
            elif isinstance(node.func, ast.Call) and node.args and self._is_wraps(node.func, scope):
                node = node.args[0]
            else:
                break
        return node

    def _is_wraps(self, node: ast.expr, scope: Scope) -> bool:
        made = node.func if isinstance(node, ast.Call) else node
        return External("functools.wraps") in self.project.values(made, scope)

    def _nested(self, node: ast.Name, scope: Scope) -> Definition | None:
        """The one function that a name in a decorator's body stands for, if that is made there."""
        bindings = scope.bindings.get(node.id, ())
        return bindings[0].target if len(bindings) == 1 and bindings[0].kind == "def" else None

    def _makes_decorators(self, definition: Definition) -> bool:
        """Whether a function returns a function that is made in it."""
        names = [self._inside(node, definition.inner) for node in definition.inner.returns]
        return any(isinstance(n, ast.Name) and self._nested(n, definition.inner) is not None for n in names)

    def wrapper(
        self, definition: Definition, wrapped: str, given: dict[str, Seen], depth: int = 0, slot: int = 0
    ) -> Gate:
        """A function that stands in for the one that it wraps; its decorators count from `slot` on."""
        node = definition.node
        assert not isinstance(node, ast.ClassDef)
        around = [d for d in node.decorator_list[slot:] if not self._is_wraps(d, definition.scope)]
        gates = [self.gate(each, definition.scope, NONE, depth + 1) for each in around]
        names = {a.arg for a in (*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs)}
        env = {name: seen for name, seen in given.items() if name not in definition.inner.bindings}
        env |= dict.fromkeys(names, OPEN)
        env = self.flow.typed(definition, env)
        return stacked([*gates, gate_of(self.flow.outcome(definition, env, wrapped))])


def stacked(gates: Sequence[Gate]) -> Gate:
    """Gates one behind the other, as one."""
    answers = False
    for gate in gates:
        if gate.kind == "guard":
            return may("", "", 0, "something before it may answer", answers=True) if answers else gate
        answers = answers or gate.answers
    unsure = next((gate for gate in gates if gate.kind == "may"), None)
    if unsure is not None:
        return Gate("may", unsure.by, unsure.file, unsure.line, unsure.why, answers)
    return Gate("plain", answers=answers)


def gate_of(outcome: Outcome) -> Gate:
    """What a wrapper around a function does, going by what becomes of a call of it."""
    refusals, answers = refusals_of(outcome), False
    for each in outcome.returns:
        answers = answers or not (each.refuses(alone=False) or each.seen.passed or each.seen.status >= 400)
    return _gate(outcome, refusals, outcome.passed, answers)


def gate_of_view(outcome: Outcome) -> Gate:
    """What a function that answers by itself does to who may call it."""
    served = any(not each.refuses(alone=True) and each.seen.status < 400 for each in outcome.returns)
    return _gate(outcome, refusals_of(outcome, alone=True), served, False)


def gate_of_hook(outcome: Outcome) -> Gate:
    """What a function does that runs before the one that answers, and answers itself when it returns anything."""
    passes = answers = False
    for each in outcome.returns:
        nothing = each.seen.known and each.seen.value is None
        passes = passes or nothing or (not each.seen.known and not each.seen.status)
        answers = answers or not (nothing or each.refuses(alone=False) or each.seen.status >= 400)
    return _gate(outcome, refusals_of(outcome), passes, answers)


def gate_of_dependency(outcome: Outcome) -> Gate:
    """What a function does whose result is handed on, or that is only called: it refuses by not coming back."""
    refusals = [f"{what}, {file}:{line}" for file, line, what in outcome.refusals]
    return _gate(outcome, refusals, outcome.value is not None, False)


def refusals_of(outcome: Outcome, *, alone: bool = False) -> list[str]:
    """Where a function refuses, in words."""
    found = [f"{what}, {file}:{line}" for file, line, what in outcome.refusals]
    return found + [f"status {r.seen.status}, line {r.line}" for r in outcome.returns if r.refuses(alone=alone)]


def _gate(outcome: Outcome, refusals: Sequence[str], passes: bool, answers: bool) -> Gate:
    if refusals and not passes and not answers and not outcome.cut:
        return Gate("guard")
    if refusals:
        return may("", "", 0, f"it may refuse ({refusals[0]})", answers=answers)
    return Gate("plain", answers=answers)
