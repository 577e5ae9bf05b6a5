"""Makes a module's symbol table, in a single traversal of its `ast`.

Expressions are walked with a queue, not by recursion, so that a sum of 500 terms cannot overflow the stack.
"""

from __future__ import annotations

import ast
from typing import Literal

from splice.mutation import last_name, note_call, note_target, owner_of_self
from splice.nodes import BLOCKS, COMPREHENSIONS, LEAVES, below
from splice.source import Source
from splice.symbols import Binding, CallSite, Definition, FunctionNode, Loop, Module, Scope

_SPECIAL = frozenset({ast.NamedExpr, ast.Yield, ast.YieldFrom, ast.Lambda, *COMPREHENSIONS})
#: Values that are neither a class nor a function.
_PLAIN = frozenset({ast.Constant, ast.Dict, ast.DictComp, ast.JoinedStr, ast.List, ast.ListComp, ast.Set, ast.Tuple})
_BRANCHES = frozenset({ast.If, ast.For, ast.AsyncFor, ast.While, ast.Match, ast.Try, getattr(ast, "TryStar", ast.Try)})


def build(file: str, name: str, source: Source, tree: ast.Module) -> Module:
    """The tables of one parsed file."""
    module = Module(file, name, source, tree, file.endswith("__init__.py"))
    module.scope = Scope("module", tree, None, module, "")
    _Builder(module).body(tree.body, module.scope, ())
    for call in module.calls:
        module.calls_by_name.setdefault(last_name(call.node.func), []).append(call)
        note_call(module, call)
    return module


class _Builder:
    """The traversal: recursion over statements only (Python itself allows 100 levels of blocks)."""

    def __init__(self, module: Module) -> None:
        self.module = module
        self.seen: dict[str, int] = {}
        self.blocks = 0  # branches and loops around the current statement, in its own scope

    def body(self, statements: list[ast.stmt], scope: Scope, loops: tuple[Loop, ...]) -> None:
        for statement in statements:
            if isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
                self.define(statement, scope, loops)
                continue
            chained = self.one(statement, scope, loops)
            while chained is not None:  # a chain of `elif` may be very long
                chained = self.one(chained, scope, loops)

    def one(self, node: ast.stmt, scope: Scope, loops: tuple[Loop, ...]) -> ast.stmt | None:
        """One statement with its blocks; comes back with the next of a chain of `elif`."""
        kind = type(node)
        if kind is ast.Expr or kind is ast.Return:  # most statements are one of these or an assignment
            value = node.value  # type: ignore[attr-defined]
            if kind is ast.Return and value is not None:
                scope.returns.append(value)
            if type(value) not in LEAVES:
                self.expressions([value], scope, loops, node)
            return None
        if isinstance(node, ast.Assign):
            for target in node.targets:
                self.assign(scope, target, node.value, node)
            self.expressions([*node.targets, node.value], scope, loops, node)
            return None
        chained: ast.stmt | None = None
        inside = (*loops, node) if isinstance(node, (ast.For, ast.AsyncFor)) else loops
        branches = kind in _BRANCHES
        self.blocks += branches
        match node:
            case ast.Import():
                for alias in node.names:
                    bound = alias.asname or alias.name.split(".")[0]
                    self.bind(scope, bound, "import", node, module=alias.name if alias.asname else bound)
            case ast.ImportFrom():
                for alias in node.names:
                    binding = Binding("from", node.lineno, scope, module=node.module or "", level=node.level)
                    binding.name = alias.name
                    if alias.name == "*":
                        scope.stars.append(binding)
                    else:
                        self.add(scope, alias.asname or alias.name, binding)
            case ast.AnnAssign():
                self.assign(scope, node.target, node.value, node, annotation=node.annotation)
            case ast.AugAssign(target=ast.Name(id=name)):
                self.bind(scope, name, "augment", node, value=node.value)
            case ast.AugAssign():
                note_target(self.module, node.target, scope, grows=True)
            case ast.Delete():
                for target in node.targets:
                    note_target(self.module, target, scope, deleted=True)
            case ast.For() | ast.AsyncFor():
                self.item(scope, node.target, node.iter, node, ())
            case ast.With() | ast.AsyncWith():
                for with_item in node.items:
                    if isinstance(with_item.optional_vars, ast.Name):
                        enters = with_item.context_expr
                        self.bind(scope, with_item.optional_vars.id, "other", node, enters=enters)
                    elif with_item.optional_vars is not None:
                        self.assign(scope, with_item.optional_vars, None, node)
            case ast.Global() | ast.Nonlocal():
                scope.outer.update(dict.fromkeys(node.names, isinstance(node, ast.Global)))
            case ast.Match():
                for case in node.cases:
                    for part in ast.walk(case.pattern):
                        captured = getattr(part, "name", None) or getattr(part, "rest", None)
                        if captured:
                            self.bind(scope, captured, "other", node)
                    self.body(case.body, scope, loops)
            case _ if isinstance(node, ast.Try) or type(node).__name__ == "TryStar":
                for handler in node.handlers:  # type: ignore[attr-defined]
                    if handler.name:
                        self.bind(scope, handler.name, "other", node)
                    self.body(handler.body, scope, loops)
        self.expressions(below(node), scope, inside, node)
        for name in BLOCKS.get(kind, ()):
            block = getattr(node, name)
            if (
                name == "orelse"
                and isinstance(node, ast.If)
                and len(node.orelse) == 1
                and type(node.orelse[0]) is ast.If
            ):
                chained = node.orelse[0]
            elif block:
                self.body(block, scope, inside)
        self.blocks -= branches
        return chained

    def expressions(self, roots: list[ast.AST], scope: Scope, loops: tuple[Loop, ...], home: ast.stmt) -> None:
        """Calls, walrus bindings and yields in expressions that belong to one statement, level by level.

        Of a large service this sees millions of nodes: what has nothing below it is not even put into the queue.
        """
        queue = [node for node in roots if type(node) not in LEAVES]
        if not queue:
            return
        around: dict[int, tuple[Loop, ...]] = {}  # comprehensions around a node: few statements have any
        calls = self.module.calls
        for item in queue:  # grows while it is iterated
            kind = type(item)
            if kind is ast.Attribute:
                inner: list[ast.AST] = [item.value]  # type: ignore[attr-defined]
            elif kind is ast.Call:
                inside = around.get(id(item), loops) if around else loops
                calls.append(CallSite(item, scope, inside, home))  # type: ignore[arg-type]
                inner = [item.func, *item.args, *item.keywords]  # type: ignore[attr-defined]
            else:
                inner = below(item)
                if kind in _SPECIAL:
                    inside = around.get(id(item), loops)
                    inner = self._special(item, inner, scope, inside, home)
                    if isinstance(item, COMPREHENSIONS):
                        inside = (*inside, *item.generators)
                        around.update((id(node), inside) for node in inner)
                        queue += [node for node in inner if type(node) not in LEAVES]
                        continue
            inner = [node for node in inner if type(node) not in LEAVES]
            if around and (known := around.get(id(item))) is not None:
                around.update((id(node), known) for node in inner)
            queue += inner

    def _special(
        self, item: ast.AST, inner: list[ast.AST], scope: Scope, loops: tuple[Loop, ...], home: ast.stmt
    ) -> list[ast.AST]:
        """What binds a name, yields, or runs later; gives back what is below it."""
        if isinstance(item, ast.NamedExpr):
            self.bind(scope, item.target.id, "assign", item, value=item.value)
        elif isinstance(item, (ast.Yield, ast.YieldFrom)):
            scope.yields = True
        elif isinstance(item, ast.Lambda):
            inside = (node for node in ast.walk(item.body) if isinstance(node, ast.Call))
            self.module.in_lambdas += (CallSite(call, scope, loops, home) for call in inside)
            return [item.args]
        return inner

    def define(self, node: FunctionNode | ast.ClassDef, scope: Scope, loops: tuple[Loop, ...]) -> None:
        plain = f"{scope.symbol}.{node.name}" if scope.symbol else node.name
        count = self.seen[plain] = self.seen.get(plain, 0) + 1
        symbol = plain if count == 1 else f"{plain}#{count}"
        is_class = isinstance(node, ast.ClassDef)
        inner = Scope("class" if is_class else "function", node, scope, self.module, symbol)
        definition = Definition(symbol, node, scope, inner, loops)
        self.module.definitions[symbol] = definition
        self.bind(scope, node.name, "class" if is_class else "def", node, target=definition)
        for decorator in node.decorator_list:
            if type(decorator) not in LEAVES:
                self.expressions([decorator], scope, loops, node)
        if not isinstance(node, ast.ClassDef):
            arguments = node.args
            named = (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs)
            for argument in named:
                self.bind(inner, argument.arg, "param", node, annotation=argument.annotation, target=definition)
            for rest in (arguments.vararg, arguments.kwarg):
                if rest is not None:
                    self.bind(inner, rest.arg, "other", node)
            for default in (*arguments.defaults, *(d for d in arguments.kw_defaults if d is not None)):
                self.expressions([default], scope, loops, node)
        else:
            for base in (*node.bases, *(keyword.value for keyword in node.keywords)):
                self.expressions([base], scope, loops, node)
        blocks, self.blocks = self.blocks, 0
        self.body(node.body, inner, ())
        self.blocks = blocks

    def assign(
        self,
        scope: Scope,
        target: ast.expr,
        value: ast.expr | None,
        node: ast.stmt,
        annotation: ast.expr | None = None,
        unpacks: ast.expr | None = None,
    ) -> None:
        match target:
            case ast.Name():
                kind: Literal["assign", "other"] = "assign" if value is not None or annotation is not None else "other"
                self.bind(scope, target.id, kind, node, value=value, annotation=annotation, unpacks=unpacks)
            case ast.Attribute(attr=attr):
                note_target(self.module, target, scope)
                owner = owner_of_self(target.value, scope)
                if owner is not None:
                    binding = Binding("assign", node.lineno, scope, value=value, annotation=annotation)
                    owner.attributes.setdefault(attr, []).append(binding)
                    self.alias(attr, binding)
            case ast.Tuple() | ast.List():
                values = value.elts if isinstance(value, (ast.Tuple, ast.List)) else []
                paired = len(values) == len(target.elts) and not any(isinstance(v, ast.Starred) for v in values)
                for index, part in enumerate(target.elts):
                    whole = None if paired else value or unpacks
                    self.assign(scope, part, values[index] if paired else None, node, unpacks=whole)
            case _:
                note_target(self.module, target, scope)

    def item(
        self, scope: Scope, target: ast.expr, source: ast.expr, node: ast.For | ast.AsyncFor, path: tuple[int, ...]
    ) -> None:
        if isinstance(target, ast.Name):
            self.bind(scope, target.id, "item", node, value=source, path=path)
        elif isinstance(target, (ast.Tuple, ast.List)):
            for index, part in enumerate(target.elts):
                self.item(scope, part, source, node, (*path, index))
        else:
            note_target(self.module, target, scope)

    def bind(
        self,
        scope: Scope,
        name: str,
        kind: Literal["import", "assign", "augment", "def", "class", "param", "item", "other"],
        node: ast.stmt | ast.expr,
        *,
        value: ast.expr | None = None,
        annotation: ast.expr | None = None,
        module: str = "",
        path: tuple[int, ...] = (),
        target: Definition | None = None,
        enters: ast.expr | None = None,
        unpacks: ast.expr | None = None,
    ) -> None:
        binding = Binding(kind, node.lineno, scope, value, annotation, module, path=path, target=target, enters=enters)
        binding.unpacks = unpacks
        self.add(scope, name, binding)

    def add(self, scope: Scope, name: str, binding: Binding) -> None:
        home = scope
        binding.conditional = self.blocks > 0 or name in scope.outer
        if name in scope.outer:  # `global app` in a factory binds the module's name
            home = _outer(scope, name)
        home.bindings.setdefault(name, []).append(binding)
        self.alias(name, binding)

    def alias(self, name: str, binding: Binding) -> None:
        original = ""
        if binding.kind == "from":
            original = binding.name
        elif binding.kind == "assign" and binding.value is not None:
            value = binding.value
            if isinstance(value, ast.Call) and last_name(value.func) == "partial" and value.args:
                value = value.args[0]
            original = last_name(value)
            if not original and type(value) not in _PLAIN:
                self.module.computed.add(name)
        if original and original != name:
            self.module.aliases.append((name, original))


def _outer(scope: Scope, name: str) -> Scope:
    """Where a name that is declared global or nonlocal lives."""
    around: list[Scope] = []
    home = scope
    while home.parent is not None:
        home = home.parent
        around.append(home)
    if not scope.outer[name]:
        functions = [s for s in around if s.kind == "function"]
        return next((s for s in functions if name in s.bindings), (*functions, around[-1])[0])
    return around[-1] if around else scope
