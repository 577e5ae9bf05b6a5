"""Names of guards: whether one surely means what it seems to, which of them the configuration names, which are ours."""

from __future__ import annotations

import ast
import builtins
from collections.abc import Collection, Iterable, Iterator

from splice.forms import dotted
from splice.ours import is_ours
from splice.resolve import Project
from splice.symbols import Module, Scope
from splice.values import ClassRef, External, Instance, Member, ModuleRef, Unknown, Value

_DEPTH = 8  # modules that hand a name on


class Named:
    """What the configuration names (`module:object`), and what a scaffold of ours is called (`stem`)."""

    def __init__(self, project: Project, guards: Iterable[str], stem: str) -> None:
        self.project, self.stem = project, stem
        self._guards = tuple(name for name in guards if ":" in name)
        self._meant: dict[str, dict[Value, str]] = {}

    def configured(self, values: Iterable[Value], near: str) -> str:
        """The name under which the configuration calls one of these a guard; "" for none."""
        if not self._guards:
            return ""
        if near not in self._meant:
            self._meant[near] = {value: name for name in self._guards for value in values_of(self.project, name, near)}
        meant = self._meant[near]
        found = [meant.get(value, "") for value in values if not isinstance(value, Unknown)]
        return found[0] if found and all(found) else ""

    def is_ours(self, node: ast.expr, scope: Scope) -> bool:
        """Whether an expression is a part of a scaffold, or a call of one, also of a scaffold that is not there now."""
        return is_ours(self.project, node, scope, self.stem)


def values_of(project: Project, name: str, near: str) -> tuple[Value, ...]:
    """What `module:object` means to a file."""
    module, _, path = name.partition(":")
    found: tuple[Value, ...] = (project.module_ref(module, near),)
    for attr in path.split("."):
        found = tuple(v for base in found for v in project.classes.attribute(base, attr))
    return tuple(value for value in found if not isinstance(value, Unknown))


def names_of(project: Project, value: Value) -> list[str]:
    """The dotted names, outside the project, of what a value means; of an object's attribute, by each of its bases."""
    if isinstance(value, External):
        return [value.name]
    if isinstance(value, Member):
        return [f"{b.name}.{value.attr}" for b in project.bases(value.of.cls) if isinstance(b, External)]
    if isinstance(value, Instance):
        return [f"{b.name}.__call__" for b in project.bases(value.cls) if isinstance(b, External)]
    return []


def spelled(node: ast.expr) -> str:
    """A name as it is written, cut where it is no name."""
    callee = node.func if isinstance(node, ast.Call) else node
    return dotted(callee) or ast.unparse(callee)[:60]


def mentioned(module: Module, word: str) -> int:
    """The line in which a program names a setting: as a name, a text or a keyword; 0 where it does not."""
    for node in ast.walk(module.tree) if word.encode() in module.source.raw else ():
        names = (
            getattr(node, "value", ""),
            getattr(node, "id", ""),
            getattr(node, "attr", ""),
            getattr(node, "arg", ""),
        )
        if word in [name for name in names if isinstance(name, str)]:
            return getattr(node, "lineno", 1)
    return 0


def settled(project: Project, node: ast.expr, scope: Scope) -> bool:
    """Whether what a name means is bound once, surely, and set by nobody else: a guard that may be something else
    is none."""
    attrs: list[str] = []
    while isinstance(node, (ast.Attribute, ast.Call)):
        if isinstance(node, ast.Attribute):
            attrs.insert(0, node.attr)
        node = node.value if isinstance(node, ast.Attribute) else node.func
    if not isinstance(node, ast.Name):
        return False
    home = project.scopes.home(node.id, scope)
    if home is None:
        if hasattr(builtins, node.id):
            return not scope.module.scope.stars
        return len(scope.module.scope.stars) == 1 and node.id not in scope.module.scope.bindings
    return _bound(project, home, node.id, attrs, 0)


def _bound(project: Project, home: Scope, name: str, attrs: list[str], depth: int) -> bool:
    bindings = home.bindings.get(name, ())
    if len(bindings) != 1 or depth > _DEPTH:
        return False
    (binding,) = bindings
    if binding.conditional or binding.scope is not home or project.changes.stored(home, name):
        return False
    file = home.module.file
    match binding.kind:
        case "import":
            return _through(project, project.module_ref(binding.module, file), attrs, depth)
        case "from":
            above = project.names.resolve(file, binding.module or None, binding.level)
            origin = project.module_ref(above, file)
            return _through(project, origin, [binding.name, *attrs], depth)
        case "assign" if binding.value is not None and isinstance(binding.value, (ast.Name, ast.Attribute)):
            return settled(project, binding.value, binding.scope)
        case "assign" | "def" | "class":
            return not (attrs and _stored(project, home, name, attrs[0]))
    return binding.kind == "param" and name in ("self", "cls")


def _through(project: Project, origin: Value, attrs: list[str], depth: int) -> bool:
    """`attrs` of a module: each bound once there."""
    if not isinstance(origin, ModuleRef) or not attrs:
        return True
    module = project.file(origin.file) if origin.file else None
    if module is None or attrs[0] not in module.scope.bindings:
        inner = project.module_ref(f"{origin.name}.{attrs[0]}", origin.file or origin.origin)
        if isinstance(inner, ModuleRef) and inner.file != origin.file:
            return _through(project, inner, attrs[1:], depth + 1)
        return module is None or len(module.scope.stars) == 1
    return _bound(project, module.scope, attrs[0], attrs[1:], depth + 1)


def _stored(project: Project, home: Scope, name: str, attr: str) -> bool:
    """Whether something puts an attribute of an object in its place: `auth.login_required = nothing`."""
    for value in project.scopes.of_name(home, home.bindings[name]):
        if isinstance(value, Instance) and project.reassigned(value, attr):
            return True
        if isinstance(value, ClassRef) and project.changes.stored(value.definition.inner, attr):
            return True
    return False


def attributes(module: Module, names: Collection[str]) -> Iterator[tuple[ast.Attribute, Scope]]:
    """Every `x.name` of a module, and where its names mean something."""
    return ((node, scope) for node, scope in scoped(module) if isinstance(node, ast.Attribute) and node.attr in names)


def assigned(module: Module, attr: str) -> Iterator[tuple[ast.Assign, Scope]]:
    """Every `x.attr = value` of a module."""
    for node, scope in scoped(module) if attr.encode() in module.source.raw else ():
        if isinstance(node, ast.Assign) and any(getattr(target, "attr", "") == attr for target in node.targets):
            yield node, scope


def scoped(module: Module) -> Iterator[tuple[ast.AST, Scope]]:
    """Every node of a module, with the scope that it stands in."""
    inner = {id(d.node): d.inner for d in module.definitions.values()}
    queue: list[tuple[ast.AST, Scope]] = [(module.tree, module.scope)]
    while queue:
        node, scope = queue.pop()
        scope = inner.get(id(node), scope)
        yield node, scope
        queue += ((child, scope) for child in ast.iter_child_nodes(node))
