"""Whether an expression can be one thing only: everything that it was made of is bound once, and returned once.

What infers classes from the first or last of several values is right where there is only one.
"""

from __future__ import annotations

import ast
from collections.abc import Sequence

from splice.mutation import owner_of_self
from splice.outbound.members import yields
from splice.outbound.sure import Sure
from splice.symbols import Binding, Definition, Module, Scope
from splice.values import ClassRef, External, FuncRef, Instance, ModuleRef, Value

_VIEWS = frozenset({"values", "pop", "get", "popleft", "copy", "setdefault", "items", "popitem"})
_DEPTH = 12


class Settled:
    """Asked for one expression at a time."""

    def __init__(self, sure: Sure) -> None:
        self.sure = sure
        self.project = sure.project

    def is_settled(self, node: ast.expr, scope: Scope, depth: int = _DEPTH) -> bool:
        """Whether an expression has one meaning wherever the program goes."""
        if depth == 0:
            return False
        match node:
            case ast.Name():
                home = self.project.scopes.home(node.id, scope)
                bindings = home.bindings[node.id] if home is not None else []
                if home is not None and home.kind == "module" and self._set_elsewhere(home.module, node.id):
                    return False
                return self._bound_once(node.id, bindings, depth - 1)
            case ast.Attribute():
                return self._attribute(node, scope, depth - 1)
            case ast.Call(func=ast.Attribute(value=owner, attr=attr)) if attr in _VIEWS and not self._made(node, scope):
                return self.is_settled(owner, scope, depth - 1)
            case ast.Call():
                return self._call(node, scope, depth - 1)
            case ast.Subscript(value=value) | ast.Await(value=value) | ast.NamedExpr(value=value):
                return self.is_settled(value, scope, depth - 1)
            case ast.ListComp(elt=element) | ast.SetComp(elt=element) | ast.GeneratorExp(elt=element):
                return self._made(element, scope)
            case ast.DictComp(value=element):
                return self._made(element, scope)
            case ast.List(elts=elements) | ast.Tuple(elts=elements) | ast.Set(elts=elements):
                return self._alike(elements, scope)
            case ast.Dict(values=elements):
                return self._alike(elements, scope)
        return False

    def _set_elsewhere(self, module: Module, name: str) -> bool:
        return self.sure.bindings.set_from_outside(module, name)

    def _made(self, node: ast.expr, scope: Scope) -> bool:
        """A call of a class, whatever its arguments."""
        callees = self.sure.values(node.func, scope) if isinstance(node, ast.Call) else ()
        return len(callees) == 1 and isinstance(callees[0], (External, ClassRef))

    def _alike(self, elements: Sequence[ast.expr], scope: Scope) -> bool:
        """Elements of one class, so that it does not matter which of them is meant."""
        found: set[Value] = set()
        for element in elements:
            for value in self.sure.values(element, scope):
                found.add(value.cls if isinstance(value, Instance) else value)
        return len(found) == 1

    def _bound_once(self, name: str, bindings: Sequence[Binding], depth: int) -> bool:
        if len(bindings) != 1 or depth < 0:  # imports may go in a circle
            return False
        binding = bindings[0]
        scope, module = binding.scope, binding.scope.module
        match binding.kind:
            case "def" | "class" | "import":
                return True
            case "from":
                dotted = self.project.names.resolve(module.file, binding.module or None, binding.level)
                origin = self.project.module_ref(dotted, module.file)
                other = self.project.file(origin.file) if isinstance(origin, ModuleRef) and origin.file else None
                if other is None:
                    return isinstance(origin, External)
                if self._set_elsewhere(other, binding.name):
                    return False
                return self._bound_once(binding.name, other.scope.bindings.get(binding.name, ()), depth - 1)
            case "param":
                return binding.target is not None and name in documentation(binding.target)
        if "# type:" in module.source.line_text(binding.line):
            return True
        if binding.unpacks is not None:
            return self._unpacked(binding.unpacks, scope, depth)
        source = binding.value or binding.enters
        return source is not None and self.is_settled(source, scope, depth)

    def _unpacked(self, node: ast.expr, scope: Scope, depth: int) -> bool:
        """A tuple of which each position has one meaning."""
        if isinstance(node, ast.Tuple):
            return not any(isinstance(element, ast.Starred) for element in node.elts)
        if isinstance(node, ast.Await):
            return self._unpacked(node.value, scope, depth)
        if isinstance(node, ast.Call):
            callees = self.sure.values(node.func, scope)
            if len(callees) == 1 and isinstance(callees[0], FuncRef):
                inner = callees[0].definition.inner
                return self._plain(callees[0].definition) and len(inner.returns) == 1 and not inner.yields
        return False

    def _attribute(self, node: ast.Attribute, scope: Scope, depth: int) -> bool:
        owner = owner_of_self(node.value, scope)
        if owner is None:
            bases = self.sure.values(node.value, scope)
            module = self.project.file(bases[0].file) if len(bases) == 1 and isinstance(bases[0], ModuleRef) else None
            return module is not None and self.is_settled(ast.Name(node.attr, ast.Load()), module.scope, depth)
        definition = next((d for d in owner.module.definitions.values() if d.inner is owner), None)
        if definition is None or self.project.changes.stored(owner, node.attr):
            return False
        around = [*self.project.bases(ClassRef(definition)), *self.project.classes.heirs(definition)]
        scopes = {id(c.definition.inner): c.definition.inner for c in around if isinstance(c, ClassRef)}
        bindings = [
            b for s in scopes.values() for table in (s.bindings, s.attributes) for b in table.get(node.attr, ())
        ]
        return self._bound_once(node.attr, bindings, depth)

    def _call(self, node: ast.Call, scope: Scope, depth: int) -> bool:
        callees = self.sure.values(node.func, scope)
        if len(callees) != 1:
            return False
        if not isinstance(callees[0], FuncRef):
            return isinstance(callees[0], (External, ClassRef))
        definition = callees[0].definition
        given = [*definition.inner.returns, *(yields(definition) if definition.inner.yields else ())]
        if len(given) != 1 or given[0] is None or not self._plain(definition):
            return False
        return ":rtype:" in documentation(definition) or self.is_settled(given[0], definition.inner, depth)

    def _plain(self, definition: Definition) -> bool:
        """A function that gives what its body says."""
        return not definition.node.decorator_list


def documentation(definition: Definition) -> str:
    """The docstring of a function, "" where there is none."""
    return ast.get_docstring(definition.node, clean=False) or ""
