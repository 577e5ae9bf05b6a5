"""What decorators of views do to a request without credentials: Django's, those of libraries, the project's own."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from splice.access.names import Named
from splice.frameworks._django_guard_names import (
    GUARDS,
    LOGIN_NOT_REQUIRED,
    METHOD_DECORATOR,
    PERMISSION_REQUIRED,
    USER_PASSES_TEST,
    is_cache,
    is_harmless,
)
from splice.frameworks._django_layers import Layer, State, layer, spelled
from splice.frameworks._django_names import ADMIN
from splice.frameworks._django_orders import Orders
from splice.frameworks._django_own import Own
from splice.frameworks._django_parts import parameter_names
from splice.frameworks._django_roles import Asked, Place, Role
from splice.frameworks._django_ways import Ways
from splice.resolve import Project
from splice.resolve.arguments import Argument, passed
from splice.symbols import Scope
from splice.values import NONE, ClassRef, Const, External, FuncRef, Function, Instance, Items, Member, Value

_PLAIN = frozenset({"staticmethod", "classmethod", "property"})


class Decorators:
    """Reads decorators. `named`: what the configuration calls a guard, and what is ours."""

    def __init__(self, project: Project, orders: Orders, named: Named) -> None:
        self.project, self.orders, self.named = project, orders, named
        self.own = Own(project, orders, self.layers)

    def layers(self, at: Argument, asked: Asked, *, method: bool = False) -> list[Layer]:
        """What a decorator puts in the way, none where it lets everybody pass; `method`: it is put on a method."""
        node = at.node
        if (isinstance(node, ast.Name) and node.id in _PLAIN) or self.named.is_ours(node, at.scope):
            return []
        callee = self.project.values(node.func, at.scope, at.env) if isinstance(node, ast.Call) else ()
        if callee and all(isinstance(value, FuncRef) for value in callee):  # a factory of the project's
            found = [self._of_value(value, at, asked, method=method) for value in callee]
        else:
            found = [self._of_value(v, at, asked, method=method) for v in self.project.values(node, at.scope, at.env)]
        if all(one == found[0] for one in found):
            return found[0]
        return [self._unknown(at, "may be one of several decorators")]

    def of_test(self, node: ast.expr, at: Argument, asked: Asked) -> bool | None:
        """Whether a test of a user, `lambda user: user.is_staff`, lets somebody pass who is not logged in."""
        value = self.project.value(node, at.scope, at.env)
        ways = Ways(self.project, self.orders, asked)
        if isinstance(value, Function):
            names = [a.arg for a in value.node.args.args]
            return ways.conditions.truth(value.node.body, Place(at.scope, dict.fromkeys(names[:1], Role.USER)))
        if not isinstance(value, FuncRef) or isinstance(value.definition.node, ast.ClassDef):
            return None
        if value.definition.node.decorator_list:
            return None
        names = parameter_names(value.definition.node)
        return ways.answer(ways.through(value.definition, dict.fromkeys(names[:1], Role.USER)))

    def _of_value(self, value: Value, at: Argument, asked: Asked, *, method: bool) -> list[Layer]:
        if self.is_named(value, at.scope):
            return [self._layer("guarded", at)]
        match value:
            case External():
                return self._outside(value.name, at, None, asked, method=method)
            case Instance(cls=External(name=outside)):
                return self._outside(outside, at, value, asked, method=method)
            case Member(of=of, attr="admin_view") if self.is_admin(of):
                return [self._layer("guarded", at)]
            case FuncRef(definition=definition):
                return self.own.layers(definition, at, asked)
        return [self._unknown(at, f"{spelled(at.node)} may guard: what it does is not known")]

    def _outside(self, name: str, at: Argument, made: Instance | None, asked: Asked, *, method: bool) -> list[Layer]:
        """A decorator that is defined outside the project, `made` by a call where it has arguments."""
        last = name.rpartition(".")[2]
        if name in METHOD_DECORATOR and made is not None:
            return [one for inner in self.inner(made) for one in self.layers(inner, asked)]
        if name == LOGIN_NOT_REQUIRED:
            return [self._layer("public", at)]
        if name in GUARDS or name in (USER_PASSES_TEST, PERMISSION_REQUIRED):
            if method:  # `self` takes the place of the request there
                return [self._unknown(at, f"{last} is made for functions, and stands on a method")]
            if name in GUARDS:
                return [self._layer("guarded", at)]
            return self._asking(name, at, made, asked)
        if last == "admin_view" and name.startswith("django.contrib.admin."):
            return [self._layer("guarded", at)]
        if is_harmless(name):
            return []
        why = f"{spelled(at.node)} may guard: it is defined outside this project"
        return [layer("unknown", spelled(at.node), at.scope, at.node, why, hides=is_cache(name))]

    def _asking(self, name: str, at: Argument, made: Instance | None, asked: Asked) -> list[Layer]:
        """`user_passes_test(test)` and `permission_required(permissions)`."""
        if made is None or made.call is None or made.scope is None:
            return [self._unknown(at, f"{spelled(at.node)} is not called")]
        given = passed(self.project, made.call, made.scope, made.env or NONE)
        argument = given.get("test_func" if name == USER_PASSES_TEST else "perm", 0)
        if argument is None:
            return [self._unknown(at, "its arguments are hidden")]
        if name == USER_PASSES_TEST:
            passes = self.of_test(argument.node, argument, asked)
            why = "its test may let everybody pass"
        else:
            needed = needs_permission(self.project, argument)
            passes, why = None if needed is None else not needed, "its permissions may be none"
        state: State = "unknown" if passes is None else "open" if passes else "guarded"
        return [layer(state, spelled(at.node), at.scope, at.node, why if passes is None else "")]

    def keeps(self, at: Argument) -> bool:
        """Whether what a decorator gives back keeps the attributes of the function, as `functools.wraps` does."""
        if self.named.is_ours(at.node, at.scope):
            return True
        values = self.project.values(at.node, at.scope, at.env)
        outside = [v.cls if isinstance(v, Instance) else v for v in values]
        return all(
            (isinstance(v, External) and (is_harmless(v.name) or v.name.startswith("django.contrib.auth.")))
            for v in outside
        )

    def is_named(self, value: Value, scope: Scope) -> bool:
        """Whether the configuration calls something a guard, or what makes it."""
        what = value.cls if isinstance(value, Instance) else value
        return bool(self.named.configured([what], scope.module.file))

    def inner(self, made: Instance) -> Iterator[Argument]:
        """The decorators that `method_decorator(...)` is given, outermost first."""
        if made.call is None or made.scope is None:
            return
        given = passed(self.project, made.call, made.scope, made.env or NONE)
        argument = given.get("decorator", 0)
        if argument is None:
            return
        value = self.project.value(argument.node, argument.scope, argument.env)
        if isinstance(value, Items) and not value.keys and not value.unsure:
            yield from (Argument(node, scope) for node, scope in value.elements)
        else:
            yield argument

    def is_admin(self, site: Instance) -> bool:
        """Whether an object is a site of the admin that asks for what Django's own asks for."""
        bases = self.project.bases(site.cls)
        own = {name for base in bases if isinstance(base, ClassRef) for name in base.definition.inner.bindings}
        outside = {base.name.rpartition(".")[2] for base in bases if isinstance(base, External)}
        return bool(outside & ADMIN) and not own & {"has_permission", "admin_view"}

    def _layer(self, state: State, at: Argument) -> Layer:
        return layer(state, spelled(at.node), at.scope, at.node)

    def _unknown(self, at: Argument, why: str) -> Layer:
        return layer("unknown", spelled(at.node), at.scope, at.node, why)


def needs_permission(project: Project, argument: Argument) -> bool | None:
    """Whether permissions, a text or several, are more than none; None where that is not known."""
    node = argument.node
    if isinstance(node, ast.JoinedStr) or (
        isinstance(node, ast.BinOp) and isinstance(node.left, (ast.Constant, ast.JoinedStr))
    ):
        return True
    value = project.value(node, argument.scope, argument.env)
    if isinstance(value, Const):
        return True if isinstance(value.value, str) else None
    if isinstance(value, Items) and not value.keys and not value.unsure:
        starred = any(isinstance(one, ast.Starred) for one, _ in value.elements)
        return None if starred else bool(value.elements)
    return None
