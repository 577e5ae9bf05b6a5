"""Permission classes of REST framework: whom each lets through without credentials, alone and put together."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from splice.access.names import Named
from splice.frameworks._django_guard_names import ALWAYS, DEFAULT_PERMISSIONS, READING, permits
from splice.frameworks._django_layers import Layer, layer, spelled
from splice.frameworks._django_listed import configured, element, is_configured
from splice.frameworks._django_orders import Orders
from splice.frameworks._django_roles import Asked, Bound, Place, Role
from splice.frameworks._django_search import named
from splice.frameworks._django_ways import Ways
from splice.resolve import Project
from splice.resolve.arguments import Argument
from splice.symbols import Scope
from splice.values import NONE, ClassRef, Const, Env, External, FuncRef, Items, ModuleRef, Value

_KEY = "DEFAULT_PERMISSION_CLASSES"
_LISTS = frozenset({"list", "create"})  # actions that ask for the permissions of no object
_MODEL = frozenset({"authenticated_users_only", "perms_map"})


class Permissions:
    """Reads permissions; `named`: what the configuration calls a guard."""

    def __init__(self, project: Project, orders: Orders, named: Named) -> None:
        self.project, self.orders, self.named = project, orders, named
        self._passing: dict[tuple[ClassRef, Asked], bool | None] = {}

    def listed(self, at: Argument, asked: Asked) -> list[Layer]:
        """What a list of permission classes puts in the way; it is all of them that must agree."""
        values = self.project.values(at.node, at.scope, at.env)
        if len(values) == 1 and values[0] == External(DEFAULT_PERMISSIONS):
            return self.default(asked)
        value = values[0] if len(values) == 1 else None
        if not isinstance(value, Items) or value.keys or value.unsure:
            return [layer("unknown", "permission_classes", at.scope, at.node, "permission_classes is not constant")]
        if not value.elements:
            return [layer("open", "permission_classes = []", at.scope, at.node, "no permission is asked for")]
        return self.together([self.of(Argument(node, scope), asked) for node, scope in value.elements])

    def together(self, found: list[Layer]) -> list[Layer]:
        """Several permissions that must all agree."""
        for state in ("guarded", "unknown"):
            for one in found:
                if one.state == state:
                    return [one]
        return found[:1]

    def of(self, at: Argument, asked: Asked) -> Layer:
        """One permission class, or several that `&`, `|` and `~` put together."""
        passes = self.passes(at, asked)
        if passes is None:
            return layer("unknown", spelled(at.node), at.scope, at.node, f"{spelled(at.node)} may refuse")
        state = "open" if passes else "guarded"
        reads = passes and any(
            isinstance(v, External) and v.name in READING for v in self.project.values(at.node, at.scope)
        )
        why = f"{spelled(at.node)} lets everybody {'read' if reads else 'through'}" if passes else ""
        return layer("open" if state == "open" else "guarded", spelled(at.node), at.scope, at.node, why)

    def passes(self, at: Argument, asked: Asked, depth: int = 0) -> bool | None:
        """Whether a request without credentials passes."""
        node, scope, env = self._expression(at)
        if isinstance(node, ast.BinOp) and isinstance(node.op, (ast.BitAnd, ast.BitOr)) and depth < 20:
            sides = [self.passes(Argument(side, scope, env), asked, depth + 1) for side in (node.left, node.right)]
            decisive = isinstance(node.op, ast.BitOr)
            return decisive if decisive in sides else None if None in sides else not decisive
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Invert):
            inner = self.passes(Argument(node.operand, scope, env), asked, depth + 1)
            return None if inner is None else not inner
        value = self.project.value(node, scope, env)
        if self.named.configured([value], scope.module.file):
            return False
        if isinstance(value, External):
            return permits(value.name, asked.method)
        return self._own(value, asked) if isinstance(value, ClassRef) else None

    def _expression(self, at: Argument) -> tuple[ast.expr, Scope, Env]:
        """What a name stands for that is bound once: `IsOwner = A & B`, here or where it is imported from."""
        node, scope, env = at.node, at.scope, at.env
        for _ in range(10):
            if not isinstance(node, ast.Name) or node.id in env:
                break
            home = self.project.scopes.home(node.id, scope)
            bindings = home.bindings[node.id] if home is not None else []
            if len(bindings) != 1:
                break
            (only,) = bindings
            if only.kind == "assign" and only.value is not None:
                node, scope, env = only.value, only.scope, NONE
                continue
            dotted = self.project.names.resolve(scope.module.file, only.module or None, only.level)
            ref = self.project.module_ref(dotted, scope.module.file) if only.kind == "from" else None
            module = self.project.file(ref.file) if isinstance(ref, ModuleRef) and ref.file else None
            if module is None or only.name not in module.scope.bindings:
                break
            node, scope, env = named(self.project, only.name, module.scope).node, module.scope, NONE
        return node, scope, env

    def _own(self, cls: ClassRef, asked: Asked) -> bool | None:
        """A permission class of the project's."""
        key = (cls, asked)
        if key not in self._passing:
            self._passing[key] = None  # for one that asks itself
            self._passing[key] = self._method(cls, asked)
        return self._passing[key]

    def _method(self, cls: ClassRef, asked: Asked) -> bool | None:
        value = self.orders.method(cls, "has_permission")
        own = {n for base in self.orders.of(cls) if isinstance(base, ClassRef) for n in base.definition.inner.bindings}
        if isinstance(value, FuncRef):
            definition = value.definition
            if isinstance(definition.node, ast.ClassDef) or definition.node.decorator_list or definition.inner.yields:
                return None
            parameters = [a.arg for a in (*definition.node.args.posonlyargs, *definition.node.args.args)]
            ways = Ways(self.project, self.orders, Asked(asked.method, asked.action, asked.rest, cls))
            roles = (Role.SELF, Role.REQUEST, Role.VIEW)
            found = ways.answer(ways.through(definition, dict(zip(parameters, roles, strict=False))))
        elif isinstance(value, External):
            name = value.name.removesuffix(".has_permission")
            found = None if own & _MODEL and name not in ALWAYS else permits(name, asked.method)
        else:
            return None
        if found and "has_object_permission" in own and asked.action not in _LISTS:
            return None  # which is asked where there is one object
        return found

    # -- settings ------------------------------------------------------------------------------------

    def default(self, asked: Asked) -> list[Layer]:
        """What the settings ask for where a view says nothing."""
        found = [self._default(where, value, asked) for where, value in self._settings()]
        if not found:
            if not is_configured(self.project):
                return [Layer("unknown", _KEY, why="the settings are not in this project")]
            return [Layer("open", "AllowAny", why="AllowAny is the default of REST framework")]
        first = found[0]
        if any(other.state != first.state for other in found):
            places = " and ".join(sorted({f"{one.file}:{one.line}" for one in found if one.file}))
            return [Layer("unknown", _KEY, first.file, first.line, f"settings do not agree on {_KEY}: {places}")]
        return [first]

    def _settings(self) -> Iterator[tuple[Argument, Value]]:
        """Every value of `REST_FRAMEWORK`."""
        for module in list(self.project.modules()):
            if any(binding.kind != "from" for binding in module.scope.bindings.get("REST_FRAMEWORK", ())):
                at = named(self.project, "REST_FRAMEWORK", module.scope)
                line = module.scope.bindings["REST_FRAMEWORK"][-1].line
                for value in self.project.values(at.node, at.scope):
                    yield Argument(ast.Constant(None, lineno=line, col_offset=0), module.scope), value
            else:
                for change in module.mutations.get("REST_FRAMEWORK", ()):
                    if isinstance(change.owner, ast.Name) and change.key in (None, _KEY, "UNAUTHENTICATED_USER"):
                        yield Argument(change.owner, module.scope), Const(None)
        for _, node, scope in configured(self.project, "REST_FRAMEWORK"):
            for value in self.project.values(node, scope):
                yield Argument(node, scope), value

    def _default(self, where: Argument, value: Value, asked: Asked) -> Layer:
        try:
            found = element(self.project, value, _KEY)
            nobody = element(self.project, value, "UNAUTHENTICATED_USER")
        except LookupError:
            return layer("unknown", _KEY, where.scope, where.node, "REST_FRAMEWORK is not constant")
        if nobody is not None and self.project.value(*nobody) != Const(None):
            return layer("unknown", _KEY, where.scope, where.node, "UNAUTHENTICATED_USER may be somebody")
        if found is None:
            return layer("open", "AllowAny", where.scope, where.node, "AllowAny is the default of REST framework")
        listed = self.project.value(*found)
        if not isinstance(listed, Items) or listed.keys or listed.unsure:
            return layer("unknown", _KEY, found[1], found[0], f"{_KEY} is not constant")
        if not listed.elements:
            return layer("open", f"{_KEY} = []", found[1], found[0], "no permission is asked for")
        return self.together([self._named(node, scope, asked) for node, scope in listed.elements])[0]

    def _named(self, node: ast.expr, scope: Scope, asked: Asked) -> Layer:
        """A permission class by its dotted name in the settings."""
        text = self.project.text(node, scope)
        if text is None:
            return layer("unknown", _KEY, scope, node, f"{_KEY} is not constant")
        module, _, last = text.rpartition(".")
        ref = self.project.module_ref(module, scope.module.file)
        value: Value = External(text)
        if isinstance(ref, ModuleRef):
            values = self.project.classes.attribute(ref, last)
            value = values[0] if len(values) == 1 else External("?")
        passes = permits(text, asked.method) if isinstance(value, External) else None
        if isinstance(value, ClassRef):
            passes = self._own(value, asked)
        if self.named.configured([value], scope.module.file):
            passes = False
        if passes is None:
            return layer("unknown", last, scope, node, f"{last} may refuse")
        why = f"{last} lets everybody {'read' if text in READING else 'through'}" if passes else ""
        return layer("open" if passes else "guarded", last, scope, node, why)

    # -- get_permissions -----------------------------------------------------------------------------

    def instances(
        self, node: ast.expr, at: Place, asked: Asked, own: list[Layer], depth: int = 0
    ) -> list[Layer] | None:
        """What a list of objects, as `get_permissions` gives it back, puts in the way; None where that is not known.

        `own`: what the class's own list does.
        """
        match node:
            case ast.Name(id=name) if isinstance(known := at.names.get(name), Bound):
                return self.instances(known.node, known.at, asked, own, depth + 1) if depth < 10 else None
            case ast.List(elts=elts) | ast.Tuple(elts=elts):
                if not elts:
                    return [layer("open", "get_permissions", at.scope, node, "no permission is asked for")]
                found = [self._instance(one, at, asked) for one in elts]
                return None if None in found else self.together([one for one in found if one is not None])
            case ast.ListComp(elt=ast.Call(func=ast.Name(id=name), args=[]), generators=[part]) if not part.ifs:
                return (
                    self._classes(part.iter, at, asked, own, depth) if getattr(part.target, "id", "") == name else None
                )
            case ast.BinOp(op=ast.Add(), left=left, right=right):
                sides = [self.instances(side, at, asked, own, depth + 1) for side in (left, right)]
                return None if None in sides else self.together([one for side in sides for one in side or ()])
            case ast.Call(func=ast.Attribute(value=ast.Call(func=ast.Name(id="super")), attr="get_permissions")):
                return own
        return None

    def _instance(self, node: ast.expr, at: Place, asked: Asked) -> Layer | None:
        if not isinstance(node, ast.Call) or node.args or node.keywords:
            return None
        return self.of(Argument(node.func, at.scope), asked)

    def _classes(self, node: ast.expr, at: Place, asked: Asked, own: list[Layer], depth: int) -> list[Layer] | None:
        """The classes that `[permission() for permission in ...]` runs over."""
        match node:
            case ast.Name(id=name) if isinstance(known := at.names.get(name), Bound):
                return self._classes(known.node, known.at, asked, own, depth + 1) if depth < 10 else None
            case ast.Attribute(value=ast.Name(id="self"), attr="permission_classes"):
                return own
            case ast.List() | ast.Tuple() | ast.Name() | ast.Attribute():
                return self.listed(Argument(node, at.scope), asked)
        return None
