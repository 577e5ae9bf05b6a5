"""What stands around the handlers of a class: its `as_view`, its `setup`, each `dispatch` down its bases, mixins."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import replace

from splice.access.findings import BEHIND_THE_VIEW
from splice.frameworks._django_classes import arguments
from splice.frameworks._django_decorators import Decorators, needs_permission
from splice.frameworks._django_guard_names import (
    ACCESS_MIXIN,
    GUARDED_VIEWS,
    LOGIN_MIXIN,
    MARKED_VIEWS,
    METHOD_DECORATOR,
    PERMISSION_MIXIN,
    TEST_MIXIN,
    is_harmless,
)
from splice.frameworks._django_hooks import Hooks
from splice.frameworks._django_layers import Layer, layer, spelled
from splice.frameworks._django_orders import REST_VIEW, VIEW, Base, Orders
from splice.frameworks._django_roles import Asked, Bound, Role
from splice.frameworks._django_ways import Ways
from splice.frameworks._drf_guards import RestGuards
from splice.frameworks._routing import Origin
from splice.resolve import Project
from splice.resolve.arguments import Argument
from splice.symbols import Definition
from splice.values import ClassRef, External, FuncRef, Instance

_KNOWN = ("django.", "rest_framework.", "rest_framework_nested.", "abc.", "typing.", "typing_extensions.", "builtins.")
_NOTES = frozenset({"append", "add", "register", "setdefault", "update", "debug", "info"})


class ViewLayers:
    """Reads classes of views."""

    def __init__(self, project: Project, orders: Orders, decorators: Decorators, rest: RestGuards) -> None:
        self.project, self.orders, self.decorators, self.rest = project, orders, decorators, rest

    def layers(self, cls: ClassRef, origin: Origin, asked: Asked) -> list[Layer]:
        """Everything that a request to one method of a class passes, outermost first."""
        order = self.orders.of(cls)
        found = [one for base in order for one in self._class_decorators(base)]
        changed = bool(found)
        if unclear := self.orders.unclear(cls):
            found.append(self._unknown(cls, f"what {unclear} is, is not known"))
        for base in order:
            found += self._as_view(base, asked)
        for base in order:
            found += self._setup(base, asked)
        for one in self._dispatch(cls, order, origin, asked, changed=changed):
            doubted = one.state == "guarded" and (unclear or changed)
            found.append(replace(one, state="unknown", why=f"{one.by} may not be asked") if doubted else one)
        found += (one for one in self._method(order, origin.called, asked) if one.state != "public")
        return [*found, *self._behind(cls, order)]

    def _unknown(self, cls: ClassRef, why: str) -> Layer:
        return layer("unknown", cls.definition.name, cls.definition.scope, cls.definition.node, why)

    # -- decorators of classes -----------------------------------------------------------------------

    def _made(self, base: Base) -> Iterator[tuple[ast.expr, Instance]]:
        """The `method_decorator(...)` of a class, outermost first."""
        for node in base.definition.node.decorator_list if isinstance(base, ClassRef) else ():
            for value in self.project.values(node, base.definition.scope):  # type: ignore[union-attr]
                if (
                    isinstance(value, Instance)
                    and isinstance(value.cls, External)
                    and value.cls.name in METHOD_DECORATOR
                ):
                    yield node, value

    def _class_decorators(self, base: Base) -> list[Layer]:
        """Decorators of a class that are not known: they may do anything to it."""
        if not isinstance(base, ClassRef):
            return []
        known = {id(node) for node, _ in self._made(base)}
        found: list[Layer] = []
        for node in base.definition.node.decorator_list:
            at = Argument(node, base.definition.scope)
            if id(node) in known:
                continue
            own = [v.definition for v in self.project.values(node, at.scope) if isinstance(v, FuncRef)]
            unsure = [one for one in self.decorators.layers(at, Asked()) if one.state == "unknown"]
            if not own:
                found += unsure
            elif not self.decorators.named.is_ours(node, at.scope) and not all(
                _notes(p) for d in own for p in ast.walk(d.node)
            ):
                found.append(layer("unknown", spelled(node), at.scope, node, f"{spelled(node)} may change the class"))
        return found

    def _on(self, base: Base, name: str, asked: Asked) -> list[Layer]:
        """What decorators of a class put around one of its methods."""
        found: list[Layer] = []
        for node, made in self._made(base):
            texts = arguments(self.project, made).texts("name", 1)
            if texts == (name,):
                for inner in self.decorators.inner(made):
                    found += self.decorators.layers(inner, asked)
            elif None in texts and isinstance(base, ClassRef):
                why = "which method it decorates is not constant"
                found.append(layer("unknown", "method_decorator", base.definition.scope, node, why))
        return found

    # -- before dispatch -----------------------------------------------------------------------------

    def _own(self, base: Base, name: str) -> tuple[Definition | None, bool]:
        """The method that a class itself defines, and whether it binds the name at all."""
        if not isinstance(base, ClassRef):
            return None, False
        bindings = base.definition.inner.bindings.get(name, ())
        target = bindings[-1].target if len(bindings) == 1 else None
        return (None if target is None or isinstance(target.node, ast.ClassDef) else target), bool(bindings)

    def _as_view(self, base: Base, asked: Asked) -> list[Layer]:
        """An `as_view` of the project's own that wraps what `super()` gives back."""
        target, bound = self._own(base, "as_view")
        if not bound or not isinstance(base, ClassRef):
            return []
        found = [self._wrapped(node, target, asked) for node in target.inner.returns] if target is not None else []
        if len(found) == 1 and found[0] is not None:
            return found[0]
        return [
            replace(
                self._unknown(base, f"{base.definition.name}.as_view makes the view in a way of its own"), hides=True
            )
        ]

    def _wrapped(self, node: ast.expr, of: Definition, asked: Asked) -> list[Layer] | None:
        """The calls around `super().as_view(...)`; None where that is not what it is."""
        found: list[Layer] = []
        for _ in range(8):
            if isinstance(node, ast.Name):
                bindings = of.inner.bindings.get(node.id, [])
                if len(bindings) != 1 or bindings[0].value is None or bindings[0].kind != "assign":
                    return None
                node = bindings[0].value
            if not isinstance(node, ast.Call):
                return None
            func = node.func
            if isinstance(func, ast.Attribute) and func.attr == "as_view":
                return found if getattr(getattr(func.value, "func", None), "id", "") == "super" else None
            if len(node.args) != 1 or node.keywords:
                return None
            found += self.decorators.layers(Argument(func, of.inner), asked)
            node = node.args[0]
        return None

    def _setup(self, base: Base, asked: Asked) -> list[Layer]:
        target, bound = self._own(base, "setup")
        if not bound or not isinstance(base, ClassRef):
            return []
        plain = target is not None and not target.node.decorator_list
        effect = Hooks(self.project, self.orders, asked).setup(target) if plain and target is not None else "perhaps"
        if effect == "passes":
            return []
        if effect == "refuses" and target is not None:
            return [layer("guarded", f"{base.definition.name}.setup", target.scope, target.node)]
        return [self._unknown(base, f"{base.definition.name}.setup may refuse")]

    # -- dispatch ------------------------------------------------------------------------------------

    def _dispatch(
        self, cls: ClassRef, order: tuple[Base, ...], origin: Origin, asked: Asked, *, changed: bool
    ) -> list[Layer]:
        """What every `dispatch` does, as far as each hands on to the next."""
        found: list[Layer] = []
        marked = True  # Django looks for its mark on the first `dispatch` only
        for base in order:
            around = self._on(base, "dispatch", asked)
            target, bound = self._own(base, "dispatch")
            if target is not None:
                for node in target.node.decorator_list:
                    around += self.decorators.layers(Argument(node, target.scope), asked, method=True)
            found += [one for one in around if marked or one.state != "public"]
            if isinstance(base, ClassRef):
                if not bound:
                    continue
                marked = False
                if origin.called == "dispatch":
                    return found  # it is the handler
                effect = Hooks(self.project, self.orders, asked).dispatch(target) if target is not None else "own way"
                name = f"{base.definition.name}.dispatch"
                if effect == "refuses" and target is not None:
                    return [*found, layer("guarded", name, target.scope, target.node)]
                if effect != "passes":
                    why = f"{name} may refuse" if effect == "perhaps" else f"{name} answers in a way of its own"
                    found.append(self._unknown(base, why))
                if effect == "own way":
                    return found
                continue
            if base == VIEW:
                break
            if base == REST_VIEW:
                return [*found, *self.rest.of_class(cls, origin, asked, changed=changed)]
            found += [one for one in self._mixin(base, cls, asked) if marked or one.state != "public"]
        return found

    def _behind(self, cls: ClassRef, order: tuple[Base, ...]) -> list[Layer]:
        """Mixins that stand to the right of the view: its `dispatch` is the last one that is asked."""
        at, node = cls.definition.scope, cls.definition.node
        behind = order[order.index(VIEW) + 1 :] if VIEW in order else ()
        for base in behind:
            if isinstance(base, ClassRef):
                guards = External(ACCESS_MIXIN) in self.orders.of(base) and self._own(base, "dispatch")[1]
                name = base.definition.name
            else:
                guards = base.name in LOGIN_MIXIN or base.name in (PERMISSION_MIXIN, TEST_MIXIN)
                guards, name = guards or self.decorators.is_named(base, at), base.name.rpartition(".")[2]
            if guards:
                return [layer("idle", name, at, node, BEHIND_THE_VIEW)]
        return []

    def _mixin(self, base: External, cls: ClassRef, asked: Asked) -> list[Layer]:
        """What a class from outside does in its `dispatch`."""
        at, node = cls.definition.scope, cls.definition.node
        last = base.name.rpartition(".")[2]
        if self.decorators.is_named(base, at):
            return [layer("guarded", last, at, node)]
        if base.name in LOGIN_MIXIN or base.name in (PERMISSION_MIXIN, TEST_MIXIN):
            if not Hooks(self.project, self.orders, asked).refuses("handle_no_permission"):
                return [self._unknown(cls, f"{cls.definition.name}.handle_no_permission may let the request through")]
            passes = self._tested(base, cls, asked) if base.name in (PERMISSION_MIXIN, TEST_MIXIN) else False
            if passes is None:
                return [self._unknown(cls, f"what {last} asks for may be nothing")]
            why = f"{last} lets everybody through here" if passes else ""
            return [layer("open" if passes else "guarded", last, at, node, why)]
        if base.name.startswith("django.") and last in GUARDED_VIEWS:
            return [layer("guarded", last, at, node)]
        if base.name.startswith("django.") and last in MARKED_VIEWS:
            return [layer("public", last, at, node)]
        if base.name.startswith(_KNOWN) or is_harmless(base.name):
            return []
        why = f"methods that {base.name} defines are outside this project"
        return [layer("unknown", base.name, at, node, why, hides="cache" in last.lower())]

    def _tested(self, mixin: External, cls: ClassRef, asked: Asked) -> bool | None:
        """Whether a mixin that tests its user lets somebody through who is not logged in."""
        name = "has_permission" if mixin.name == PERMISSION_MIXIN else "test_func"
        method = self.orders.method(cls, name)
        if isinstance(method, FuncRef):
            node = method.definition.node
            if isinstance(node, ast.ClassDef) or node.decorator_list:
                return None
            names: dict[str, Role | Bound | None] = dict.fromkeys([a.arg for a in node.args.args][:1], Role.SELF)
            ways = Ways(self.project, self.orders, asked)
            chosen = isinstance(self.orders.method(cls, "get_test_func"), FuncRef)
            return None if chosen else ways.answer(ways.through(method.definition, names))
        if name == "test_func" or isinstance(self.orders.method(cls, "get_permission_required"), FuncRef):
            return None
        for base in self.orders.of(cls):
            bindings = base.definition.inner.bindings.get("permission_required") if isinstance(base, ClassRef) else None
            if bindings and isinstance(base, ClassRef):
                value = bindings[0].value if len(bindings) == 1 else None
                at = Argument(value, base.definition.inner) if value is not None else None
                needs = needs_permission(self.project, at) if at is not None else None
                return None if needs is None else not needs
        return None

    # -- the method ----------------------------------------------------------------------------------

    def _method(self, order: tuple[Base, ...], name: str, asked: Asked) -> list[Layer]:
        """The decorators of the method that answers, and what decorators of classes put around it."""
        found: list[Layer] = []
        for base in order:
            if name != "dispatch":
                found += self._on(base, name, asked)
            target, bound = self._own(base, name)
            if bound:
                for node in target.node.decorator_list if target is not None and name != "dispatch" else ():
                    found += self.decorators.layers(Argument(node, target.scope), asked, method=True)  # type: ignore[union-attr]
                return found
        return found


def _notes(part: ast.AST) -> bool:
    """Whether a part of a decorator of classes leaves the class as it is."""
    match part:
        case ast.Call(func=ast.Attribute(attr=attr)):
            return attr in _NOTES
        case ast.Call():
            return False
        case ast.Attribute(ctx=ast.Store() | ast.Del()):
            return False
    return not isinstance(part, (ast.Lambda, ast.Delete))
