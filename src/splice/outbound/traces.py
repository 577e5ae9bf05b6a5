"""Which names may hold something of a library at all: a cheap sieve before any of them is resolved.

Goes by last names, over the whole project and without scopes, so that it lets far too much through and holds
nothing back: of ten thousand calls of a `.get(...)` some dozens remain. `name()` is what calling `name` may give.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator

from splice.mutation import last_name
from splice.outbound.catalogue import seeds
from splice.outbound.members import yields
from splice.outbound.names import parsed
from splice.outbound.settled import documentation
from splice.outbound.state import assigned
from splice.resolve import Project
from splice.symbols import Binding, Definition, Module, Scope

_THROUGH = frozenset({"enter_context", "enter_async_context", "closing", "aclosing"})
_VIEWS = frozenset({"values", "items", "pop", "popleft", "popitem", "copy"})
_WORD = re.compile(r"\w+")
_DEPENDS = frozenset({"Depends", "Security"})


class Traces:
    """The names of one project that something of a library may have reached."""

    def __init__(self, project: Project, others: Iterable[str] = ()) -> None:
        self._seeds = seeds()
        self._edges: dict[str, set[str]] = {}
        self._parameters: dict[str, set[tuple[str, ...]]] = {}
        modules = list(project.modules())
        for module in modules:
            for definition in module.functions():
                self._signature(definition)
        for module in modules:
            self._module(module)
        self.names = self._reached(self._seeds | set(others))
        self._others = frozenset(others)

    def may_go_out(self, callee: ast.expr) -> bool:
        """Whether a callee may be something of a library (or one of the `others`), going by names."""
        if not isinstance(callee, ast.Attribute):
            return isinstance(callee, ast.Name) and self.may_be(callee)
        root: ast.expr = callee.value
        while isinstance(root, ast.Attribute) and not self.may_be(root):
            root = root.value
        return self.may_be(callee) and (self.may_be(root) or callee.attr in self._others)

    def may_be(self, node: ast.expr) -> bool:
        """Whether an expression may be something of a library."""
        return any(word in self.names for word in _flow(node))

    def _reached(self, start: Iterable[str]) -> frozenset[str]:
        found, queue = set(start), list(start)
        while queue:
            for name in self._edges.get(queue.pop(), ()):
                if name not in found:
                    found.add(name)
                    queue.append(name)
        return frozenset(found)

    def _edge(self, sources: Iterable[str], name: str) -> None:
        for source in sources:
            self._edges.setdefault(source, set()).add(name)

    # -- where names come from -----------------------------------------------------------------------

    def _module(self, module: Module) -> None:
        self._commented = b"# type:" in module.source.raw
        self._scope(module.scope)
        for definition in module.definitions.values():
            self._definition(definition)
            self._scope(definition.inner)
        for call in (*module.calls, *module.in_lambdas):
            self._passed(call.node)
        for name, value, _ in assigned(module):
            self._edge(_flow(value), name)

    def _scope(self, scope: Scope) -> None:
        for table in (scope.bindings, scope.attributes):
            for name, bindings in table.items():
                for binding in bindings:
                    self._binding(name, binding)

    def _binding(self, name: str, binding: Binding) -> None:
        if binding.kind in ("import", "from"):
            original = binding.name or binding.module
            self._alias({original, original.partition(".")[0], original.rpartition(".")[2]}, name)
        for node in (binding.value, binding.enters, binding.unpacks):
            if node is not None:
                self._alias(_flow(node), name)
        if isinstance(binding.value, (ast.Subscript, ast.BinOp)):  # a name for an annotation
            self._edge(_declared(binding.value), f"{name}()")
        if binding.annotation is not None:
            self._edge(_declared(binding.annotation), name)
        if self._commented and "# type:" in (line := binding.scope.module.source.line_text(binding.line)):
            self._edge((f"{word}()" for word in _WORD.findall(line)), name)

    def _alias(self, sources: Iterable[str], name: str) -> None:
        for source in sources:
            self._edge([source], name)
            self._edge([f"{source}()"], f"{name}()")

    def _definition(self, definition: Definition) -> None:
        node, name = definition.node, definition.name
        made = f"{name}()"
        if isinstance(node, ast.ClassDef):
            bases = [f"{word}()" for base in node.bases for word in _flow(base)]
            self._edge(bases, made)
            self._edge(bases, "super()")
            return
        given = [value for value in yields(definition) if value is not None] if definition.inner.yields else []
        for value in (*definition.inner.returns, *given):
            self._edge(_flow(value), made)
        if node.returns is not None:
            self._edge(_declared(node.returns), made)
        self._edge([made], name)  # a property
        self._documented(definition)
        arguments = node.args
        positional = [*arguments.posonlyargs, *arguments.args]
        if definition.owner is not None and positional:
            self._edge([f"{definition.owner.symbol.rpartition('.')[2].split('#')[0]}()"], positional[0].arg)
        defaults = [*zip(reversed(positional), reversed(arguments.defaults), strict=False)]
        for argument, default in (*defaults, *zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True)):
            if default is not None:
                self._edge(_flow(default), argument.arg)

    def _documented(self, definition: Definition) -> None:
        """Parameters and results whose class only the docstring says."""
        words = set(_WORD.findall(documentation(definition)))
        classes = [f"{word}()" for word in words if f"{word}()" in self._seeds]
        if classes:
            self._edge(classes, f"{definition.name}()")
            for name in words & set(definition.inner.bindings):
                self._edge(classes, name)

    def _signature(self, definition: Definition) -> None:
        node, owner = definition.node, definition.owner
        assert not isinstance(node, ast.ClassDef)
        names = [a.arg for a in (*node.args.posonlyargs, *node.args.args)]
        called = definition.name
        if owner is not None and called == "__init__":
            called = owner.symbol.rpartition(".")[2].split("#")[0]
        self._parameters.setdefault(called, set()).add(tuple(names[1:] if owner is not None else names))

    def _passed(self, node: ast.Call) -> None:
        for word in node.keywords:
            if word.arg:
                self._edge(_flow(word.value), word.arg)
        signatures = self._parameters.get(last_name(node.func), ()) if node.args else ()
        if signatures:
            flows = [frozenset(_flow(argument)) for argument in node.args]
            for names in signatures:
                for name, flow in zip(names, flows, strict=False):
                    self._edge(flow, name)


def _flow(node: ast.expr) -> Iterator[str]:
    """The names whose value an expression may have."""
    queue: list[ast.expr] = [node]
    while queue:
        item = queue.pop()
        match item:
            case ast.Name(id=name) | ast.Attribute(attr=name):
                yield name
            case ast.Call(func=func, args=args):
                name = last_name(func)
                yield f"{name}()"
                if isinstance(func, ast.Attribute) and name in _VIEWS:
                    queue.append(func.value)
                if args and name in _THROUGH:
                    queue.append(args[0])
                elif args and name in _DEPENDS:
                    yield from (f"{word}()" for word in _flow(args[0]))
                elif name == "cast" and args:
                    yield from _declared(args[0])
                elif name == "getattr" and len(args) > 1 and isinstance(args[1], ast.Constant):
                    yield str(args[1].value)
            case ast.BoolOp(values=values):
                queue += values
            case ast.IfExp(body=one, orelse=other):
                queue += (one, other)
            case ast.NamedExpr(value=value) | ast.Await(value=value) | ast.Subscript(value=value):
                queue.append(value)
            case ast.ListComp(elt=element) | ast.SetComp(elt=element) | ast.GeneratorExp(elt=element):
                queue.append(element)
            case ast.DictComp(value=element):
                queue.append(element)
            case ast.List(elts=elements) | ast.Tuple(elts=elements) | ast.Set(elts=elements):
                queue += elements
            case ast.Dict(values=values):
                queue += values


def _declared(node: ast.expr) -> Iterator[str]:
    """Objects of the classes that an annotation names, and what is depended on in it."""
    for part in ast.walk(node):
        if isinstance(part, (ast.Name, ast.Attribute)):
            yield f"{last_name(part)}()"
        elif isinstance(part, ast.Constant) and isinstance(part.value, str) and (inner := parsed(part.value)):
            yield from _declared(inner)
