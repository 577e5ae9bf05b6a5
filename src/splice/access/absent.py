"""What an expression is in a request that carries no credential: no header that names one, no cookie, no session.

Values are known, or not; either may depend on who the caller is. `flow` follows statements and calls; this module is
the part that looks at one expression. What cannot be told is not known: nothing is guessed in either direction.
"""

from __future__ import annotations

import ast
from collections.abc import Callable
from dataclasses import dataclass, field

from splice.access.known import CREDENTIAL
from splice.resolve import Project
from splice.symbols import Scope
from splice.values import Const, External


@dataclass(frozen=True, slots=True)
class Seen:
    """A value in such a request. `thing`: what of the request it is; `status`: of a response, 0 when not known.

    `passed`: it is what the function that a decorator wraps has returned.
    """

    known: bool = False
    value: object = None
    credential: bool = False
    thing: str = ""
    status: int = 0
    passed: bool = False

    @property
    def truth(self) -> bool | None:
        return bool(self.value) if self.known else None


class Ended(Exception):
    """What was called does not come back: it has refused, or failed."""


OPEN = Seen()
UNSURE = Seen(credential=True)
NOTHING = Seen(True, None, True)
THINGS = {
    **{f"flask.{where}request": "request" for where in ("", "globals.")},
    **{f"flask.{where}session": "session" for where in ("", "globals.")},
    **{f"flask.{where}g": "holder" for where in ("", "globals.")},
    **{f"flask_login.{where}current_user": "user" for where in ("", "utils.")},
    "flask_security.current_user": "user",
}
_OF_REQUEST = {
    "headers": "headers",
    "cookies": "cookies",
    "session": "session",
    "state": "holder",
    "query_params": "arguments",
    "args": "arguments",
    "values": "arguments",
    "form": "arguments",
}
_TEXT = frozenset(
    ("strip", "lower", "upper", "startswith", "endswith", "removeprefix", "removesuffix", "split", "partition")
)
_COMPARE: dict[type[ast.cmpop], Callable[[object, object], bool]] = {
    ast.Is: lambda a, b: a is b,
    ast.IsNot: lambda a, b: a is not b,
    ast.Eq: lambda a, b: a == b,
    ast.NotEq: lambda a, b: a != b,
}


@dataclass(slots=True)
class Frame:
    """A function at work: where its names mean something, and what its local ones are so far."""

    scope: Scope
    env: dict[str, Seen] = field(default_factory=dict)
    by: bool = False  # whether who the caller is has led here: this is a branch that asks for it
    after: bool = False  # whether such a branch lies behind, and others have not come back from it
    runs: set[int] = field(default_factory=set)  # calls that are awaited, or entered by `with`

    def branch(self, test: Seen) -> Frame:
        """The same function where a condition has decided."""
        return Frame(self.scope, dict(self.env), self.by or test.credential, self.after, self.runs)

    def learn(self, *others: Frame) -> None:
        """Names are, from here on, whatever they are in one of these branches, or here."""
        for name in sorted({name for other in others for name in other.env}):
            self.env[name] = joined(*(frame.env.get(name, OPEN) for frame in (self, *others)))


def joined(*found: Seen) -> Seen:
    """What is true of all these values."""
    first = found[0]
    if all(one == first for one in found):
        return first
    status = first.status if all(one.status == first.status for one in found) else 0
    return Seen(credential=any(one.credential for one in found), status=status)


class Absent:
    """Looks at expressions. `call` says what a call of something outside this module's knowledge gives."""

    def __init__(self, project: Project, call: Callable[[ast.Call, Frame, list[Seen]], Seen | None]) -> None:
        self.project, self.call = project, call

    def value(self, node: ast.expr, at: Frame) -> Seen:
        """What an expression is; what is called on the way happens."""
        match node:
            case ast.Constant():
                return Seen(True, node.value)
            case ast.Name():
                return at.env[node.id] if node.id in at.env else self._named(node, at)
            case ast.Attribute():
                return self._attribute(node, at)
            case ast.Call():
                return self._called(node, at)
            case ast.Await():
                at.runs.add(id(node.value))
                return self.value(node.value, at)
            case ast.Starred() | ast.FormattedValue() | ast.YieldFrom():
                return self.value(node.value, at)
            case ast.NamedExpr():
                at.env[node.target.id] = found = self.value(node.value, at)
                return found
            case ast.UnaryOp(op=ast.Not()):
                inner = self.value(node.operand, at)
                return Seen(inner.known, not inner.value if inner.known else None, inner.credential)
            case ast.BoolOp():
                return self._either(node, at)
            case ast.IfExp():
                return self._chosen(node, at)
            case ast.Compare():
                return self._compared(node, at)
            case ast.Subscript():
                base = self.value(node.value, at)
                self.value(node.slice, at)
                return UNSURE if base.credential or base.thing in ("session", "cookies", "headers") else OPEN
            case ast.Tuple():
                parts = [self.value(part, at) for part in node.elts]
                status = _status(parts[1]) if len(parts) > 1 else 0
                first = parts[0].status if parts else 0
                passed = any(part.passed for part in parts)
                return Seen(credential=any(p.credential for p in parts), status=status or first, passed=passed)
            case ast.Lambda() | ast.ListComp() | ast.SetComp() | ast.DictComp() | ast.GeneratorExp():
                return OPEN
        parts = [self.value(part, at) for part in ast.iter_child_nodes(node) if isinstance(part, ast.expr)]
        return UNSURE if any(part.credential for part in parts) else OPEN

    def _named(self, node: ast.expr, at: Frame) -> Seen:
        """A name of the module's: a constant that nothing else sets, or a part of the request."""
        if isinstance(node, ast.Name) and node.id not in ("self", "cls"):
            home = self.project.scopes.home(node.id, at.scope)
            if home is not None and (home.kind == "function" or len(home.bindings[node.id]) != 1):
                return OPEN
        values = self.project.values(node, at.scope)
        if len(values) != 1:
            return OPEN
        if isinstance(values[0], External):
            return Seen(thing=THINGS.get(values[0].name, ""))
        constant = isinstance(values[0], Const) and not isinstance(node, ast.Attribute)
        return Seen(True, values[0].value) if constant and isinstance(values[0], Const) else OPEN

    def _attribute(self, node: ast.Attribute, at: Frame) -> Seen:
        base, attr = self.value(node.value, at), node.attr
        if base.thing == "request":
            if attr == "authorization":
                return NOTHING
            return Seen(thing=_OF_REQUEST[attr]) if attr in _OF_REQUEST else _by_name(attr)
        if base.thing == "user":
            known = {"is_authenticated": False, "is_anonymous": True}
            return Seen(True, known[attr], True) if attr in known else UNSURE
        if base.thing == "holder":
            return _by_name(attr)
        if base.credential:
            return UNSURE
        found = self._named(node, at) if not base.known else OPEN
        return found if found.thing else OPEN

    # -- calls ---------------------------------------------------------------------------------------

    def _called(self, node: ast.Call, at: Frame) -> Seen:
        base = self.value(node.func.value, at) if isinstance(node.func, ast.Attribute) else OPEN
        given = [self.value(part, at) for part in (*node.args, *(word.value for word in node.keywords))]
        if isinstance(node.func, ast.Attribute):
            found = self._method(node.func.attr, base, given)
        else:
            found = self._builtin(node, given, at)
        if found is None:
            found = self.call(node, at, given)
        if found is not None:
            return found
        if any(part.passed for part in given):
            return Seen(passed=True)
        return UNSURE if base.credential or bool(base.thing) or any(part.credential for part in given) else OPEN

    def _method(self, name: str, base: Seen, given: list[Seen]) -> Seen | None:
        """A method of a part of the request, or of a text that is known."""
        if base.thing in ("headers", "arguments", "cookies", "session"):
            if name not in ("get", "pop", "getlist"):
                return UNSURE
            asked = given[0] if given else OPEN
            names = base.thing in ("cookies", "session") or (asked.known and CREDENTIAL.search(str(asked.value)))
            if not names:
                return OPEN if asked.known else UNSURE
            if name == "getlist":
                return Seen(True, (), True)
            default = given[1] if len(given) > 1 else NOTHING
            return Seen(default.known, default.value, True)
        text = base.known and isinstance(base.value, (str, bytes)) and name in _TEXT and all(g.known for g in given)
        if text:
            try:
                return Seen(True, getattr(base.value, name)(*(g.value for g in given)), base.credential)
            except (TypeError, ValueError):
                return None
        return None

    def _builtin(self, node: ast.Call, given: list[Seen], at: Frame) -> Seen | None:
        name = node.func.id if isinstance(node.func, ast.Name) else ""
        if self.project.scopes.home(name, at.scope) is not None:
            return None
        if name == "bool" and len(given) == 1:
            return Seen(given[0].known, bool(given[0].value) if given[0].known else None, given[0].credential)
        if name in ("getattr", "hasattr") and len(given) > 1 and given[0].thing and isinstance(given[1].value, str):
            found = self._attribute(ast.Attribute(node.args[0], given[1].value, ast.Load()), at)
            return found if name == "getattr" else Seen(credential=found.credential)
        return None

    # -- conditions ----------------------------------------------------------------------------------

    def _either(self, node: ast.BoolOp, at: Frame) -> Seen:
        """`a or b`, `a and b`: what follows is looked at where it is asked."""
        stops, here, credential, certain = isinstance(node.op, ast.Or), at, False, True
        found: list[Seen] = []
        for part in node.values:
            try:
                one = self.value(part, here)
            except Ended:
                if certain:
                    raise
                break
            credential = credential or one.credential
            if one.truth is None or one.truth == stops or part is node.values[-1]:
                found.append(one)
            if one.truth == stops:
                break
            certain = certain and one.truth is not None
            if here is not at:
                at.learn(here)
            here = at.branch(one)
        end = joined(*found)
        return Seen(end.known, end.value, credential, end.thing, end.status, end.passed)

    def _chosen(self, node: ast.IfExp, at: Frame) -> Seen:
        test = self.value(node.test, at)
        sides = {True: (node.body,), False: (node.orelse,), None: (node.body, node.orelse)}[test.truth]
        found: list[Seen] = []
        for side in sides:
            try:
                found.append(self.value(side, at.branch(test)))
            except Ended:
                if side is sides[-1] and not found:
                    raise
        end = joined(*found)
        return Seen(end.known, end.value, end.credential or test.credential, end.thing, end.status, end.passed)

    def _compared(self, node: ast.Compare, at: Frame) -> Seen:
        sides = [self.value(part, at) for part in (node.left, *node.comparators)]
        credential = any(side.credential for side in sides)
        if len(sides) != 2:
            return Seen(credential=credential)
        left, right = sides
        op = type(node.ops[0])
        if op in (ast.In, ast.NotIn) and right.thing in ("headers", "arguments", "cookies", "session"):
            named = right.thing in ("cookies", "session") or (left.known and CREDENTIAL.search(str(left.value)))
            return Seen(True, op is ast.NotIn, True) if named else Seen(credential=not left.known)
        if left.known and right.known and op in _COMPARE:
            return Seen(True, _COMPARE[op](left.value, right.value), credential)
        return Seen(credential=credential or any(s.thing in ("user", "session", "cookies") for s in sides))


def _by_name(attr: str) -> Seen:
    """Something that the service keeps for one request: who the caller is, by its name, or something else."""
    return UNSURE if CREDENTIAL.search(attr) else OPEN


def _status(part: Seen) -> int:
    return part.value if part.known and isinstance(part.value, int) and not isinstance(part.value, bool) else 0
