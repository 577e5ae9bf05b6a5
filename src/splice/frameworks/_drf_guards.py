"""What REST framework asks for before a view of its own: the permissions of the route, the class, the settings."""

from __future__ import annotations

import ast

from splice.frameworks._django_classes import ACTION, arguments
from splice.frameworks._django_guard_names import OPEN_VIEWS, is_rest
from splice.frameworks._django_hooks import Hooks
from splice.frameworks._django_layers import Layer, layer
from splice.frameworks._django_orders import Orders
from splice.frameworks._django_roles import Asked, Bound, Role
from splice.frameworks._django_ways import Ways
from splice.frameworks._drf_permissions import Permissions
from splice.frameworks._routing import Origin
from splice.resolve import Project
from splice.resolve.arguments import Argument, Passed, passed
from splice.symbols import Definition, Scope
from splice.values import NONE, ClassRef, External, FuncRef, Instance

API_VIEW = "rest_framework.decorators.api_view"
_PERMISSIONS = "rest_framework.decorators.permission_classes"
_KNOWN = ("django.", "rest_framework.", "rest_framework_nested.", "abc", "typing", "builtins", "django_filters.")
_KNOWN_MIXINS = ("drf_spectacular.", "drf_yasg.", "rest_framework_gis.", "drf_writable_nested.", "url_filter.")
_KEY = "permission_classes"


class RestGuards:
    """The permissions of views of REST framework."""

    def __init__(self, project: Project, orders: Orders, permissions: Permissions) -> None:
        self.project, self.orders, self.permissions = project, orders, permissions

    def of_class(self, cls: ClassRef, origin: Origin, asked: Asked, *, changed: bool) -> list[Layer]:
        """What a class asks for; `changed`: by something that is not known, so that it may ask for less."""
        hooks = Hooks(self.project, self.orders, asked)
        found: list[Layer] = []
        for name in ("initial", "check_permissions"):
            for base in self.orders.of(cls):
                bindings = base.definition.inner.bindings.get(name) if isinstance(base, ClassRef) else None
                if not bindings or not isinstance(base, ClassRef):
                    continue
                target = bindings[-1].target
                effect = hooks.before(target) if target is not None and not target.node.decorator_list else "own way"
                if effect == "refuses" and target is not None:
                    return [*found, layer("guarded", name, target.scope, target.node)]
                if effect != "passes":
                    why = f"{base.definition.name}.{name} asks in a way of its own"
                    found.append(layer("unknown", name, base.definition.scope, base.definition.node, why))
                if effect == "own way":
                    return found
        asks = self._asks(cls, origin, asked)
        if any(one.state == "guarded" for one in asks) and (why := self._doubt(cls, hooks, changed=changed)):
            asks = [Layer("unknown", one.by, one.file, one.line, why) for one in asks]
        return [*found, *asks]

    def _doubt(self, cls: ClassRef, hooks: Hooks, *, changed: bool) -> str:
        """Why the permissions of a class may not be asked, "" where they are."""
        if changed:
            return f"a decorator of {cls.definition.name} may change its permissions"
        for base in self.orders.of(cls):
            if isinstance(base, External) and not base.name.startswith((*_KNOWN, *_KNOWN_MIXINS)):
                return f"methods that {base.name} defines are outside this project"
        if unclear := self.orders.unclear(cls):
            return f"what {unclear} is, is not known"
        return "" if hooks.refuses("permission_denied") else "permission_denied may let the request through"

    def _asks(self, cls: ClassRef, origin: Origin, asked: Asked) -> list[Layer]:
        """What `get_permissions` gives back."""
        value = self.orders.method(cls, "get_permissions")
        own = self._listed(cls, origin, asked)
        return self._overridden(value.definition, cls, own, asked) if isinstance(value, FuncRef) else own

    def _overridden(self, definition: Definition, cls: ClassRef, own: list[Layer], asked: Asked) -> list[Layer]:
        node = definition.node
        by = f"{cls.definition.name}.get_permissions"
        unknown = [layer("unknown", by, definition.scope, node, f"{by} decides")]
        if isinstance(node, ast.ClassDef) or node.decorator_list or definition.inner.yields:
            return unknown
        parameters = [a.arg for a in node.args.args]
        names: dict[str, Role | Bound | None] = dict.fromkeys(parameters[:1], Role.SELF)
        found: list[list[Layer] | None] = []
        for end in Ways(self.project, self.orders, asked).through(definition, names):
            if end.how == "raise":
                found.append([layer("guarded", by, definition.scope, node)])
            elif end.how == "return" and end.node is not None:
                found.append(self.permissions.instances(end.node, end.at, asked, own))
            else:
                found.append(None)
        states = {None if one is None else tuple(part.state for part in one) for one in found}
        return unknown if len(states) != 1 or found[0] is None else found[0]

    def _listed(self, cls: ClassRef, origin: Origin, asked: Asked) -> list[Layer]:
        """The list `permission_classes` of a route, an action, a class."""
        for given in (self._action(cls, origin), origin.given):
            if given is None:
                continue
            if _KEY in given.named:
                return self.permissions.listed(given.named[_KEY], asked)
            if not given.complete:
                why = "what the route passes to the view is not known"
                return [layer("unknown", _KEY, cls.definition.scope, cls.definition.node, why)]
        for base in self.orders.of(cls):
            if isinstance(base, ClassRef):
                if bindings := base.definition.inner.bindings.get(_KEY):
                    return self._bound(base, bindings[-1].value, asked)
            elif base.name.rpartition(".")[2] in OPEN_VIEWS:
                name = base.name.rpartition(".")[2]
                return [layer("open", name, cls.definition.scope, cls.definition.node, f"{name} asks for nothing")]
            elif is_rest(base):
                return self.permissions.default(asked)
            elif not base.name.startswith((*_KNOWN, *_KNOWN_MIXINS)):
                why = f"what {base.name} asks for is outside this project"
                return [layer("unknown", base.name, cls.definition.scope, cls.definition.node, why)]
        return self.permissions.default(asked)

    def _bound(self, base: ClassRef, node: ast.expr | None, asked: Asked) -> list[Layer]:
        inner = base.definition.inner
        found = self.project.class_attribute(base, _KEY, None)
        if node is None or len(found) != 1:
            why = f"{base.definition.name}.{_KEY} is not constant"
            return [layer("unknown", _KEY, inner, base.definition.node, why)]
        stand_in = self.project.stand_in(node, inner, found)
        return self.permissions.listed(Argument(stand_in, inner), asked)

    def _action(self, cls: ClassRef, origin: Origin) -> Passed | None:
        """The keywords of the `@action` whose route it is."""
        value = self.orders.method(cls, origin.action) if origin.action else None
        if not isinstance(value, FuncRef):
            return None
        for decorator in value.definition.node.decorator_list:
            for made in self.project.values(decorator, value.definition.scope):
                if isinstance(made, Instance) and isinstance(made.cls, External) and made.cls.name in ACTION:
                    return arguments(self.project, made)
        return None

    # -- functions -----------------------------------------------------------------------------------

    def of_function(self, below: list[Argument], at: Argument, asked: Asked) -> list[Layer]:
        """What `@api_view` asks for; `below`: the decorators under it, outermost first."""
        for decorator in below:
            given = self._permission_classes(decorator)
            if given is not None:
                listed = given.get("permission_classes", 0)
                if listed is None:
                    return [layer("unknown", _KEY, at.scope, decorator.node, "its permissions are hidden")]
                return self.permissions.listed(listed, asked)
        return self.permissions.default(asked)

    def hiding(self, below: list[Argument], harmless: list[bool]) -> str:
        """A decorator between `@api_view` and `@permission_classes` that may lose what the latter notes, else ""."""
        for decorator, is_harmless in zip(below, harmless, strict=True):
            if self._permission_classes(decorator) is not None:
                return ""
            if not is_harmless:
                return ast.unparse(decorator.node)[:60]
        return ""

    def has_permission_classes(self, below: list[Argument]) -> bool:
        return any(self._permission_classes(decorator) is not None for decorator in below)

    def _permission_classes(self, decorator: Argument) -> Passed | None:
        for value in self.project.values(decorator.node, decorator.scope, decorator.env):
            if isinstance(value, Instance) and value.cls == External(_PERMISSIONS) and value.call is not None:
                scope: Scope | None = value.scope
                return passed(self.project, value.call, scope or decorator.scope, value.env or NONE)
        return None
