"""What every request of a site has to pass before its view is asked: the middleware, as the settings list it."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from splice.frameworks._django_decorators import Decorators
from splice.frameworks._django_guard_names import LOGIN_MIDDLEWARE, MIDDLEWARE
from splice.frameworks._django_layers import Layer
from splice.frameworks._django_listed import Lists, is_configured
from splice.frameworks._django_orders import Orders
from splice.frameworks._django_refusals import Refusals
from splice.frameworks._django_roles import Asked, Bound, Place, Role
from splice.frameworks._django_ways import Onward, Ways
from splice.resolve import Project
from splice.resolve.arguments import Argument
from splice.symbols import Definition
from splice.values import ClassRef, External, FuncRef, ModuleRef, Value

_CACHE = "django.middleware.cache.FetchFromCacheMiddleware"
_KEPT = frozenset({"process_view", "handle_no_permission", "__call__", "process_request"})
_BASES = ("django.utils.deprecation.MiddlewareMixin", LOGIN_MIDDLEWARE)


class Site:
    """The middleware of a project, which all its views share."""

    def __init__(self, project: Project, orders: Orders, decorators: Decorators) -> None:
        self.project, self.orders, self.decorators = project, orders, decorators
        self.lists = Lists(project, "MIDDLEWARE").all()
        self.is_here = is_configured(project) or bool(self.lists)
        self._known: dict[tuple[str, Asked], list[Layer]] = {}

    def layers(self, asked: Asked) -> list[Layer]:
        """What all requests have to pass but for `login_required`'s middleware, which views may turn off."""
        if not self.is_here:
            return [Layer("unknown", "MIDDLEWARE", why="the settings are not in this project")]
        found: list[Layer] = []
        for text, (file, line) in self._possible().items():
            if self._is_login(text):
                continue
            for one in self._entry(text, asked):
                everywhere = all(text in listed.certain for listed in self.lists)
                if one.state == "guarded" and not everywhere:
                    found.append(Layer("unknown", text, file, line, f"not all settings have the middleware {text}"))
                elif text != _CACHE or asked.rest:
                    found.append(Layer(one.state, text, file, line, one.why, one.hides))
        why = "MIDDLEWARE is not constant"
        unclear = [listed for listed in self.lists if not listed.complete]
        return found + [Layer("unknown", "MIDDLEWARE", listed.file, listed.line, why) for listed in unclear]

    def login(self) -> Layer | None:
        """The middleware that asks for a login, whatever the view."""
        texts = [text for text in self._possible() if self._is_login(text)]
        if not texts:
            return None
        file, line = self._possible()[texts[0]]
        by, why = texts[0].rpartition(".")[2], ""
        if not all(any(text in listed.certain for text in texts) for listed in self.lists):
            why = f"not all settings have {by}"
        elif any(not self._is_login(text, whole=True) for text in texts):
            why = f"{texts[0]} decides in a way of its own"
        elif where := self._turned_off():
            why = f"{where} sets login_required of some view"
        return Layer("unknown" if why else "guarded", by, file, line, why)

    def _possible(self) -> dict[str, tuple[str, int]]:
        found: dict[str, tuple[str, int]] = {}
        for listed in self.lists:
            found |= {text: place for text, place in listed.possible.items() if text not in found}
        return found

    def _turned_off(self) -> str:
        """Where an attribute `login_required` is set by hand, which the middleware goes by."""
        for module in self.project.modules():
            for node, scope in module.stores.get("login_required", ()):
                return f"{scope.module.file}:{node.lineno}"
        return ""

    def _is_login(self, text: str, *, whole: bool = False) -> bool:
        """Whether a middleware is Django's `LoginRequiredMiddleware` or derived from it; `whole`: deciding as that."""
        if text == LOGIN_MIDDLEWARE:
            return True
        value = self._object(text)
        if not isinstance(value, ClassRef):
            return False
        order = self.orders.of(value)
        own = {name for base in order if isinstance(base, ClassRef) for name in base.definition.inner.bindings}
        return External(LOGIN_MIDDLEWARE) in order and not (whole and own & _KEPT)

    def _object(self, text: str) -> Value:
        """What a dotted name in the settings stands for."""
        module, _, name = text.rpartition(".")
        files = [listed.file for listed in self.lists]
        ref = self.project.module_ref(module, files[0] if files else "")
        if not isinstance(ref, ModuleRef) or not name:
            return External(text)
        found = self.project.classes.attribute(ref, name)
        return found[0] if len(found) == 1 else External(text)

    def _entry(self, text: str, asked: Asked) -> list[Layer]:
        if (text, asked) not in self._known:
            self._known[text, asked] = self._of(text, asked)
        return self._known[text, asked]

    def _of(self, text: str, asked: Asked) -> list[Layer]:
        value = self._object(text)
        if self.decorators.named.configured([value], self.lists[0].file if self.lists else ""):
            return [Layer("guarded", text)]
        if isinstance(value, ClassRef):
            known = self._class(value, asked)
        elif isinstance(value, FuncRef):
            at = Argument(ast.Name(value.definition.name), value.definition.scope)
            layers = self.decorators.own.layers(value.definition, at, asked)
            known = None if any(one.state == "unknown" for one in layers) else layers
        elif text == _CACHE:
            return [Layer("unknown", text, why=f"{text} may answer from its cache", hides=True)]
        elif text.startswith(MIDDLEWARE):
            return []
        else:
            known = None
        return [Layer("unknown", text, why=f"the middleware {text} may guard")] if known is None else known

    def _class(self, cls: ClassRef, asked: Asked) -> list[Layer] | None:
        """A middleware of the project's own: what its methods do before the view is asked; None: not known."""
        order = self.orders.of(cls)
        if any(isinstance(base, External) and base.name not in _BASES for base in order) or self.orders.unclear(cls):
            return None
        nexts = set(self._nexts(order)) or {"get_response"}
        found: list[Layer] = []
        for name in ("__call__", "__acall__", "process_request", "process_view"):
            value = self.orders.method(cls, name)
            if not isinstance(value, FuncRef):
                if not isinstance(value, External) and any(
                    name in base.definition.inner.bindings for base in order if isinstance(base, ClassRef)
                ):
                    return None
                continue
            layers = self._method(cls, value.definition, name, nexts, asked)
            if layers is None:
                return None
            found += layers
        return found

    def _nexts(self, order: tuple[External | ClassRef, ...]) -> Iterator[str]:
        """The attributes that `__init__` gives what stands behind a middleware."""
        for base in order:
            inner = base.definition.inner if isinstance(base, ClassRef) else None
            for attr, bindings in inner.attributes.items() if inner is not None else ():
                if any(isinstance(b.value, ast.Name) and b.value.id == "get_response" for b in bindings):
                    yield attr

    def _method(
        self, cls: ClassRef, definition: Definition, name: str, nexts: set[str], asked: Asked
    ) -> list[Layer] | None:
        node = definition.node
        if isinstance(node, ast.ClassDef) or node.decorator_list or definition.inner.yields:
            return None
        parameters = [a.arg for a in (*node.args.posonlyargs, *node.args.args)]
        roles = (Role.SELF, Role.REQUEST, Role.NEXT)
        names: dict[str, Role | Bound | None] = dict(zip(parameters, roles, strict=False))

        def onward(part: ast.AST, at: Place) -> Onward:
            if isinstance(part, ast.Call) and isinstance(part.func, ast.Attribute):
                own = ways.conditions.role(part.func.value, at) is Role.SELF and part.func.attr in nexts
                above = part.func.attr == name and ways.conditions.above(part.func.value, at) is not None
                if own or above:
                    return "next"
            if isinstance(part, ast.Attribute) and part.attr in nexts:
                return "beyond"
            return "beyond" if isinstance(part, ast.Name) and at.names.get(part.id) is Role.NEXT else ""

        own = Asked(asked.method, cls=cls)
        ways = Ways(self.project, self.orders, own, onward)
        ends = ways.through(definition, names)
        if name.startswith("process_"):
            passes = all(end.sure and end.how in ("fall", "return") and _is_none(end.node) for end in ends)
        else:
            passes = all(end.sure and end.how == "next" for end in ends)
        if passes:
            return []
        return [Layer("guarded", "")] if Refusals(ways).all_of(ends) else None


def _is_none(node: ast.expr | None) -> bool:
    return node is None or (isinstance(node, ast.Constant) and node.value is None)
