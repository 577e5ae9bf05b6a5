"""What conditions say of a request without credentials: nobody is logged in, and no header names anybody.

Three answers: true, false, or None for what the source does not tell. Conditions are evaluated, never run.
"""

from __future__ import annotations

import ast
from collections.abc import Callable

from splice.frameworks._django_guard_names import SAFE, SAFE_METHODS, permits
from splice.frameworks._django_orders import Orders
from splice.frameworks._django_roles import Asked, Bound, Place, Role
from splice.resolve import Project
from splice.symbols import Definition
from splice.values import ClassRef, Const, External, FuncRef, Instance, Items, Member, Value

_FALSE = frozenset({"is_authenticated", "is_staff", "is_superuser", "is_active", "pk", "id"})
_ASKED = frozenset({"has_perm", "has_perms", "has_module_perms"})
_HEADER = frozenset({"authorization", "http_authorization"})
_USERS = frozenset({"django.contrib.auth.get_user", "django.contrib.auth.aget_user"})
_NOBODY = "django.contrib.auth.models.AnonymousUser"


class Conditions:
    """Evaluates conditions of one request; `returns` says what a call of a function of the project comes to."""

    def __init__(
        self,
        project: Project,
        orders: Orders,
        asked: Asked,
        returns: Callable[[Definition, ast.Call, Place, ClassRef | None], bool | None],
    ) -> None:
        self.project, self.orders, self.asked, self._returns = project, orders, asked, returns

    def role(self, node: ast.expr, at: Place) -> Role | None:
        """What an expression stands for, if it is one of these things."""
        match node:
            case ast.Name(id=name):
                known = at.names.get(name)
                return self.role(known.node, known.at) if isinstance(known, Bound) else known
            case ast.Attribute(value=value, attr="user"):
                return Role.USER if self.role(value, at) is Role.REQUEST else None
            case ast.Attribute(value=value, attr="request"):
                return Role.REQUEST if self.role(value, at) in (Role.SELF, Role.VIEW) else None
            case ast.Attribute(value=value, attr="_request"):
                return Role.REQUEST if self.role(value, at) is Role.REQUEST else None
            case ast.NamedExpr(value=value) | ast.Await(value=value):
                return self.role(value, at)
            case ast.Call(func=ast.Attribute(value=value, attr="auser")):
                return Role.USER if self.role(value, at) is Role.REQUEST else None
            case ast.Call(func=ast.Name(id="getattr"), args=[value, ast.Constant(value=str(attr)), *_]):
                return self.role(ast.Attribute(value, attr), at)
            case ast.Call(args=[given]) if self.role(given, at) is Role.REQUEST:
                values = self.project.values(node.func, at.scope)
                named = {value.name for value in values if isinstance(value, External)}
                return Role.USER if named and named <= _USERS else None
        return None

    def truth(self, node: ast.expr, at: Place) -> bool | None:
        """Whether a condition holds."""
        match node:
            case ast.Constant(value=value):
                return bool(value)
            case ast.Name(id=name) if name in at.names:
                known = at.names[name]
                if isinstance(known, Bound):
                    return self.truth(known.node, known.at)
                return True if known is Role.REQUEST else self._user() if known is Role.USER else None
            case ast.UnaryOp(op=ast.Not(), operand=operand):
                inner = self.truth(operand, at)
                return None if inner is None else not inner
            case ast.BoolOp(op=op, values=values):
                return _joined([self.truth(value, at) for value in values], all_of=isinstance(op, ast.And))
            case ast.NamedExpr(value=value) | ast.Await(value=value):
                return self.truth(value, at)
            case ast.IfExp(test=test, body=body, orelse=orelse):
                return self._either(self.truth(test, at), body, orelse, at)
            case ast.Compare(left=left, ops=[op], comparators=[right]):
                return self._compared(left, op, right, at)
            case ast.Attribute():
                return self._attribute(node, at)
            case ast.Call():
                return self._call(node, at)
            case ast.Tuple(elts=elts) | ast.List(elts=elts):
                return bool(elts) if not any(isinstance(one, ast.Starred) for one in elts) else None
        return self._constant(node, at)

    def _constant(self, node: ast.expr, at: Place) -> bool | None:
        found = None if _local(node, at) else self.project.value(node, at.scope)
        return bool(found.value) if isinstance(found, Const) else None

    def _user(self) -> bool | None:
        return None if self.asked.rest else True

    def _either(self, test: bool | None, body: ast.expr, orelse: ast.expr, at: Place) -> bool | None:
        if test is not None:
            return self.truth(body if test else orelse, at)
        first, second = self.truth(body, at), self.truth(orelse, at)
        return first if first == second else None

    def _attribute(self, node: ast.Attribute, at: Place) -> bool | None:
        role, attr = self.role(node.value, at), node.attr
        if role is Role.USER:
            return False if attr in _FALSE else True if attr == "is_anonymous" else None
        if role is Role.REQUEST:
            return False if attr == "auth" and self.asked.rest else self._user() if attr == "user" else None
        return self._constant(node, at)

    def _compared(self, left: ast.expr, op: ast.cmpop, right: ast.expr, at: Place) -> bool | None:
        if isinstance(op, (ast.In, ast.NotIn)):
            one, several = self.text(left, at), self.texts(right, at)
            if one is None or several is None:
                return None
            return (one in several) == isinstance(op, ast.In)
        if not isinstance(op, (ast.Is, ast.IsNot, ast.Eq, ast.NotEq)):
            return None
        same = isinstance(op, (ast.Is, ast.Eq))
        if isinstance(right, ast.Constant) and (right.value is None or isinstance(right.value, bool)):
            found = self._plain(left, at) if right.value is None else self.truth(left, at)
            if right.value is None:
                return None if found is None else found == same
            return None if found is None or not self._is_flag(left, at) else (found == right.value) == same
        one, other = self.text(left, at), self.text(right, at)
        return None if one is None or other is None else (one == other) == same

    def _plain(self, node: ast.expr, at: Place) -> bool | None:
        """Whether something is None."""
        if self.role(node, at) is Role.USER:
            return None if self.asked.rest else False
        if isinstance(node, ast.Attribute) and self.role(node.value, at) is Role.USER and node.attr in ("pk", "id"):
            return True
        return True if self._is_header(node, at) and isinstance(node, ast.Call) and len(node.args) == 1 else None

    def _is_flag(self, node: ast.expr, at: Place) -> bool:
        """Whether something is a flag of the user's: of other things that are not true it is not said what they are."""
        flag = isinstance(node, ast.Attribute) and node.attr.startswith("is_")
        return flag and isinstance(node, ast.Attribute) and self.role(node.value, at) is Role.USER

    def _is_header(self, node: ast.expr, at: Place) -> bool:
        """`request.headers.get("Authorization")`, and as it stands in `META`."""
        match node:
            case ast.Call(
                func=ast.Attribute(value=ast.Attribute(value=value, attr="headers" | "META"), attr="get"),
                args=[ast.Constant(value=str(name)), *_],
            ):
                return self.role(value, at) is Role.REQUEST and name.lower().replace("-", "_") in _HEADER
        return False

    def _call(self, node: ast.Call, at: Place) -> bool | None:
        match node:
            case ast.Call(func=ast.Name(id="bool"), args=[inner]):
                return self.truth(inner, at)
            case ast.Call(func=ast.Name(id="all" | "any" as name), args=[ast.List(elts=elts) | ast.Tuple(elts=elts)]):
                if not any(isinstance(one, ast.Starred) for one in elts):
                    return _joined([self.truth(one, at) for one in elts], all_of=name == "all")
            case ast.Call(func=ast.Name(id="isinstance"), args=[one, cls]) if self.role(one, at) is Role.USER:
                return True if self.project.value(cls, at.scope) == External(_NOBODY) else None
            case ast.Call(func=ast.Attribute(value=value, attr=attr), args=args) if self.role(value, at) is Role.USER:
                if attr == "has_perms" and not (args and self.truth(args[0], at)):
                    return None  # of no permissions everybody has all
                return False if attr in _ASKED and len(args) == 1 else None  # another user may stand in for objects
            case ast.Call(func=ast.Attribute(value=value, attr="exists" | "count")) if self._in_groups(value, at):
                return False
        if self._is_header(node, at):
            return False if len(node.args) == 1 else self.truth(node.args[1], at)
        answers = {self._answer(value, node, at) for value in self.called(node, at)}
        return answers.pop() if len(answers) == 1 else None

    def _in_groups(self, node: ast.expr, at: Place) -> bool:
        """`user.groups.filter(...)`: nobody is in no group."""
        while isinstance(node, (ast.Call, ast.Attribute)):
            if isinstance(node, ast.Attribute) and node.attr == "groups" and self.role(node.value, at) is Role.USER:
                return True
            node = node.func if isinstance(node, ast.Call) else node.value
        return False

    def above(self, node: ast.expr, at: Place) -> Definition | None:
        """The class behind whose place `super()` looks; None for any other expression."""
        if not isinstance(node, ast.Call) or getattr(node.func, "id", "") != "super":
            return None
        if not node.args:
            return at.owner
        value = self.project.value(node.args[0], at.scope)
        return value.definition if isinstance(value, ClassRef) else None

    def called(self, node: ast.Call, at: Place) -> tuple[Value, ...]:
        """What a call calls; methods of `self` and `super()` are those of the class that the request meets."""
        func = node.func
        if isinstance(func, ast.Attribute) and self.asked.cls is not None:
            if (owner := self.above(func.value, at)) is not None:
                return (self.orders.method(self.asked.cls, func.attr, owner),)
            if self.role(func.value, at) is Role.SELF:
                return (self.orders.method(self.asked.cls, func.attr),)
        return () if _local(func, at) else self.project.values(func, at.scope)

    def class_of(self, node: ast.Call, at: Place) -> ClassRef | None:
        """The class of the object whose method is called; None where it is not known."""
        if not isinstance(node.func, ast.Attribute):
            return None
        owner = node.func.value
        if self.role(owner, at) is Role.SELF or self.above(owner, at) is not None:
            return self.asked.cls
        value = None if _local(owner, at) else self.project.value(owner, at.scope)
        return value.cls if isinstance(value, Instance) and isinstance(value.cls, ClassRef) else None

    def _answer(self, value: Value, node: ast.Call, at: Place) -> bool | None:
        name, _, attr = value.name.rpartition(".") if isinstance(value, External) else ("", "", "")
        if isinstance(value, Member) and isinstance(value.of.cls, External):
            name, attr = value.of.cls.name, value.attr
        if attr == "has_permission":
            return permits(name, self.asked.method)
        if not isinstance(value, FuncRef):
            return None
        return self._returns(value.definition, node, at, self.class_of(node, at))

    # -- texts ---------------------------------------------------------------------------------------

    def text(self, node: ast.expr, at: Place) -> str | None:
        """The text of an expression: the method of the request, the action of a viewset, a constant."""
        match node:
            case ast.Name(id=name) if isinstance(known := at.names.get(name), Bound):
                return self.text(known.node, known.at)
            case ast.Attribute(value=value, attr="method") if self.role(value, at) is Role.REQUEST:
                return self.asked.method or None
            case ast.Attribute(value=value, attr="action") if self.role(value, at) in (Role.SELF, Role.VIEW):
                return self.asked.action or None
            case ast.Call(func=ast.Attribute(value=value, attr="lower" | "upper" as case), args=[]):
                inner = self.text(value, at)
                return None if inner is None else getattr(inner, case)()
        return None if _local(node, at) else self.project.text(node, at.scope)

    def texts(self, node: ast.expr, at: Place) -> list[str] | None:
        """The texts of a constant list; None when it is none."""
        if isinstance(node, ast.Name) and isinstance(known := at.names.get(node.id), Bound):
            return self.texts(known.node, known.at)
        if isinstance(node, (ast.List, ast.Tuple, ast.Set)):
            found = [self.text(one, at) for one in node.elts]
        elif _local(node, at):
            return None
        else:
            value = self.project.value(node, at.scope)
            if value == External(SAFE_METHODS):
                return list(SAFE)
            if not isinstance(value, Items) or value.keys or value.unsure:
                return None
            found = [self.project.text(one, scope) for one, scope in value.elements]
        return None if None in found else [text for text in found if text is not None]


def _joined(parts: list[bool | None], *, all_of: bool) -> bool | None:
    """The truth of `and` (`all_of`) or `or`."""
    if (not all_of) in parts:
        return not all_of
    return None if None in parts else all_of


def _local(node: ast.expr, at: Place) -> bool:
    """Whether an expression uses a name that means something of its own here."""
    return any(isinstance(part, ast.Name) and part.id in at.names for part in ast.walk(node))
