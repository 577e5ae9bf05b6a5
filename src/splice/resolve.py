"""What an expression means, across the files of a project: an abstract evaluator that never runs anything.

Frameworks ask `project.values(expression, scope)` and get every value it may have: which class an object was
made from, which function a name stands for, which text a prefix has. What it cannot know is `Unknown` with why.
"""

from __future__ import annotations

import ast
import builtins
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Protocol

from splice.arguments import bind, defaults, passed, used
from splice.symbols import Binding, CallSite, Definition, Loop, Module, Scope
from splice.values import (
    NONE,
    ClassRef,
    Const,
    Env,
    External,
    Factory,
    FuncRef,
    Function,
    Instance,
    Items,
    Member,
    ModuleRef,
    Unknown,
    Value,
)

_CALLERS = 3  # calls within calls that are told apart; deeper ones are all callers' values at once
_TURNS = 1000  # turns of nested loops that are told apart; of more, a variable is all its values at once
_DEPTH = 40  # alias chains longer than this are not code that people write
# The constants in a class of these are defaults only.
_FROM_ENVIRONMENT = frozenset({"pydantic_settings.BaseSettings", "pydantic.BaseSettings", "pydantic.v1.BaseSettings"})


class Names(Protocol):
    """Where modules live (see layout.py)."""

    def module_of(self, file: str) -> str: ...
    def file_of(self, module: str, near: str | None = None) -> str | None: ...
    def resolve(self, file: str, module: str | None, level: int) -> str: ...


class Project:
    """All modules of a run: those that may hold join points, and what they refer to, loaded on demand."""

    def __init__(self, names: Names, load: Callable[[str], Module | None], seeds: Iterable[str]) -> None:
        self.names = names
        self._load = load
        self._modules: dict[str, Module | None] = {}
        self._memo: dict[tuple[int, int], tuple[Value, ...]] = {}
        self._active: set[tuple[int, int]] = set()
        self._loaded: list[Module] = []
        self._calls: dict[str, list[CallSite]] = {}
        self._aliases: dict[str, set[str]] = {}
        self._derived: dict[str, set[str]] = {}  # names of classes by the (last) names of their bases
        self._callers: dict[int, tuple[int, list[CallSite]]] = {}
        self._parameters: dict[tuple[int, str], tuple[Value, ...]] = {}
        self._results: dict[tuple[int, tuple[tuple[str, tuple[Value, ...]], ...]], tuple[Value, ...]] = {}
        self._running: list[Definition] = []  # functions whose returns are being evaluated
        self._importing: set[int] = set()
        self._heirs: tuple[int, dict[Definition, list[ClassRef]]] = (-1, {})  # for so many modules
        self._nested = 0
        self._made: list[ast.AST] = []  # nodes that we made: kept, since the memo goes by identity
        for file in seeds:
            self.file(file)

    # -- modules -------------------------------------------------------------------------------------

    def file(self, file: str) -> Module | None:
        """The module of a file, parsed at most once; None when there is none or it does not parse."""
        if file not in self._modules:
            module = self._modules[file] = self._load(file)
            if module is not None:
                self._loaded.append(module)
                for name, calls in module.calls_by_name.items():
                    self._calls.setdefault(name, []).extend(calls)
                for name, original in module.aliases:
                    self._aliases.setdefault(original, set()).add(name)
                for definition in module.classes():
                    for base in definition.node.bases if isinstance(definition.node, ast.ClassDef) else ():
                        base = base.value if isinstance(base, ast.Subscript) else base
                        last = base.attr if isinstance(base, ast.Attribute) else getattr(base, "id", "")
                        self._derived.setdefault(last, set()).add(definition.name)
        return self._modules[file]

    def modules(self) -> Iterator[Module]:
        """Every module loaded so far, in the order of loading; more may load while you iterate."""
        yield from self._loaded  # a list may grow while it is iterated

    def calls(self, *names: str) -> Iterator[tuple[Module, CallSite]]:
        """Every call whose callee's last name is one of these, in order of appearance."""
        for module in self.modules():
            found = [call for name in names for call in module.calls_by_name.get(name, ())]
            found.sort(key=lambda call: (call.node.lineno, call.node.col_offset))
            yield from ((module, call) for call in found)

    def spellings(self, *names: str, classes: bool = False) -> frozenset[str]:
        """These names and all that stand for one of them somewhere; with `classes` also classes derived from one."""
        found, queue = set(names), list(names)
        while queue:
            name = queue.pop()
            more = self._aliases.get(name, set()) | (self._derived.get(name, set()) if classes else set())
            queue += more - found
            found |= more
        return frozenset(found)

    def _module_ref(self, dotted: str, origin: str) -> Value:
        """A dotted module name as seen from a file: of the project, beside that file, or outside."""
        file = self.names.file_of(dotted, origin)
        if file is None:
            folder = origin.rpartition("/")[0]
            beside = (f"{folder}/" if folder else "") + dotted.replace(".", "/")
            for candidate in (f"{beside}.py", f"{beside}/__init__.py"):
                if candidate != origin and self.file(candidate) is not None:
                    file = candidate
        if file is not None:
            return ModuleRef(dotted, file, origin)
        return External(dotted)

    # -- values --------------------------------------------------------------------------------------

    def values(self, node: ast.expr, scope: Scope, env: Env = NONE) -> tuple[Value, ...]:
        """Every value that an expression may have, seen from `scope`; never empty.

        `env` gives names values of their own: the variables of a loop that `unroll` took apart.
        """
        if env:
            if self._nested + len(self._active) > _DEPTH:
                return (Unknown("too deeply nested"),)
            self._nested += 1
            try:
                return self._evaluate(node, scope, env)
            finally:
                self._nested -= 1
        key = (id(node), id(scope))
        if key in self._memo:
            return self._memo[key]
        if key in self._active or self._nested + len(self._active) > _DEPTH:
            return (Unknown("defined in terms of itself"),)
        self._active.add(key)
        try:
            found = self._evaluate(node, scope, env)
        finally:
            self._active.discard(key)
        self._memo[key] = found
        return found

    def value(self, node: ast.expr, scope: Scope, env: Env = NONE) -> Value:
        """The one value of an expression, or Unknown when there are several."""
        found = self.values(node, scope, env)
        return found[0] if len(found) == 1 else Unknown("has several values")

    def text(self, node: ast.expr, scope: Scope, env: Env = NONE) -> str | None:
        """The text of an expression that is a constant string, however it is put together; else None."""
        value = self.value(node, scope, env)
        return value.value if isinstance(value, Const) and isinstance(value.value, str) else None

    def _evaluate(self, node: ast.expr, scope: Scope, env: Env) -> tuple[Value, ...]:
        match node:
            case ast.Constant():
                return (Const(node.value),)
            case ast.Name():
                return env.get(node.id) or self.lookup(node.id, scope, node.lineno)
            case ast.Attribute():
                return _unique(
                    v for base in self.values(node.value, scope, env) for v in self.attribute(base, node.attr)
                )
            case ast.Call(func=ast.Name(id="super"), args=[]) if supers := self._super(scope):
                return supers
            case ast.Call(func=ast.Name(id="dict"), args=[], keywords=keywords) if all(k.arg for k in keywords):
                keys = [ast.Constant(keyword.arg) for keyword in keywords]
                return (Items(tuple((keyword.value, scope) for keyword in keywords), tuple(keys)),)
            case ast.Call(func=ast.Name(id="getattr"), args=[owner, name, *_]):
                attr = self.text(name, scope, env)
                found = (v for base in self.values(owner, scope, env) if attr for v in self.attribute(base, attr))
                return _unique(found)
            case ast.Call():
                return _unique(
                    v for callee in self.values(node.func, scope, env) for v in self._called(callee, node, scope, env)
                )
            case ast.List() | ast.Tuple() | ast.Set():
                return (Items(tuple(self._elements(node.elts, scope))),)
            case ast.ListComp() | ast.SetComp() | ast.GeneratorExp():
                return (self._comprehension(node, scope, env),)
            case ast.Dict():
                return (Items(tuple((value, scope) for value in node.values), tuple(node.keys)),)
            case ast.JoinedStr() | ast.BinOp(op=ast.Add()):
                return (self._joined(node, scope, env),)
            case ast.IfExp():
                return _unique((*self.values(node.body, scope, env), *self.values(node.orelse, scope, env)))
            case ast.BoolOp():
                return _unique(v for part in node.values for v in self.values(part, scope, env))
            case ast.NamedExpr():
                return self.values(node.value, scope, env)
            case ast.Await():
                return self.values(node.value, scope, env)
            case ast.Lambda():
                return (Function(node),)
            case ast.Subscript(slice=ast.Constant(value=key)):
                return self._subscript(node.value, key, scope, env)
        return (Unknown(f"{type(node).__name__} is not evaluated"),)

    def _elements(self, nodes: Sequence[ast.expr], scope: Scope) -> Iterator[tuple[ast.expr, Scope]]:
        for node in nodes:
            if isinstance(node, ast.Starred):
                inner = self.value(node.value, scope)
                if isinstance(inner, Items):
                    yield from inner.elements
                    continue
            yield node, scope

    def _comprehension(self, node: ast.ListComp | ast.SetComp | ast.GeneratorExp, scope: Scope, env: Env) -> Value:
        """`[Route(path, view) for path, view in PAIRS]`: each turn's element stands in for what it means there."""
        if any(part.ifs or not self.elements(part.iter, scope, env) for part in node.generators):
            return Unknown("a comprehension that is not over constants")
        turns = self.unroll(node.generators, scope, env)
        return Items(tuple((self.stand_in(node.elt, scope, self.values(node.elt, scope, t)), scope) for t in turns))

    def _joined(self, node: ast.expr, scope: Scope, env: Env) -> Value:
        """Text or list put together from constant pieces: `PREFIX + "/x"`, `f"{PREFIX}/x"`, `[...] + more`."""
        pieces: list[ast.expr] = []
        while isinstance(node, ast.BinOp):  # left-leaning: a loop, since 500 terms would overflow a recursion
            pieces.append(node.right)
            node = node.left
        pieces.append(node)
        texts: list[str] = []
        elements: list[tuple[ast.expr, Scope]] = []
        for piece in reversed(pieces):
            parts = piece.values if isinstance(piece, ast.JoinedStr) else [piece]
            for part in parts:
                plain = isinstance(part, ast.FormattedValue) and part.conversion == -1 and part.format_spec is None
                value = self.value(part.value if plain else part, scope, env)  # type: ignore[attr-defined]
                if isinstance(value, Items) and not value.keys:
                    elements += value.elements
                elif isinstance(value, Const) and isinstance(value.value, (str, int) if plain else str):
                    texts.append(str(value.value))
                else:
                    return Unknown(value.why if isinstance(value, Unknown) else "text that is not constant")
        if elements and texts:
            return Unknown("text added to a list")
        return Items(tuple(elements)) if elements else Const("".join(texts))

    def _subscript(self, node: ast.expr, key: object, scope: Scope, env: Env) -> tuple[Value, ...]:
        for value in self.values(node, scope, env):
            if not isinstance(value, Items):
                continue
            if value.keys:
                for name, (element, where) in zip(value.keys, value.elements, strict=True):
                    if isinstance(name, ast.Constant) and name.value == key:
                        return self.values(element, where)
            elif isinstance(key, int) and -len(value.elements) <= key < len(value.elements):
                return self.values(*value.elements[key])
        return (Unknown("an element that is not constant"),)

    # -- names ---------------------------------------------------------------------------------------

    def lookup(self, name: str, scope: Scope, line: int = 0) -> tuple[Value, ...]:
        """What a name stands for at a line of a scope: Python's own order, class bodies only for themselves."""
        home: Scope | None = scope
        while home is not None:
            if (home is scope or home.kind != "class") and name in home.bindings:
                bindings = home.bindings[name]
                before = [b for b in bindings if b.line < line] if home is scope and line else []
                return self._bound(before or bindings)
            home = home.parent
        module = scope.module
        for star in module.scope.stars:
            origin = self._module_ref(self.names.resolve(module.file, star.module or None, star.level), module.file)
            if isinstance(origin, External):
                return (External(f"{origin.name}.{name}"),)
            found = self.attribute(origin, name)
            if not isinstance(found[0], Unknown):
                return found
        builtin = getattr(builtins, name, None)
        if isinstance(builtin, type) and issubclass(builtin, BaseException):
            return (External(f"builtins.{builtin.__name__}"),)
        return (Unknown(f"{name} is not defined in this file"),)

    def _bound(self, bindings: Sequence[Binding]) -> tuple[Value, ...]:
        """The value of the last binding that says something; `x = None` before a real one says nothing."""
        found: tuple[Value, ...] = ()
        extended = any(binding.kind == "augment" for binding in bindings)
        if extended:
            return self._extended(bindings)
        for binding in reversed(bindings):
            found = self._binding(binding)
            if not all(isinstance(value, Unknown) or value == Const(None) for value in found):
                return found
        return self._binding(bindings[-1])

    def _extended(self, bindings: Sequence[Binding]) -> tuple[Value, ...]:
        """`routes = [...]` followed by `routes += [...]`."""
        elements: list[tuple[ast.expr, Scope]] = []
        for binding in bindings:
            value = self.value(binding.value, binding.scope) if binding.value is not None else Unknown("")
            if not isinstance(value, Items) or value.keys:
                return (Unknown("added to with something that is no list"),)
            elements = [*(elements if binding.kind == "augment" else ()), *value.elements]
        return (Items(tuple(elements)),)

    def _binding(self, binding: Binding) -> tuple[Value, ...]:
        module = binding.scope.module
        match binding.kind:
            case "import":
                return (self._module_ref(binding.module, module.file),)
            case "from":
                if id(binding) in self._importing:
                    return (Unknown(f"{binding.name} is imported in a circle"),)
                dotted = self.names.resolve(module.file, binding.module or None, binding.level)
                origin = self._module_ref(dotted, module.file)
                self._importing.add(id(binding))
                try:
                    return self.attribute(origin, binding.name)
                finally:
                    self._importing.discard(id(binding))
            case "def":
                assert binding.target is not None
                return (FuncRef(binding.target),)
            case "class":
                assert binding.target is not None
                return (ClassRef(binding.target),)
            case "param":
                assert binding.target is not None
                return self._parameter(binding)
            case "item":
                assert binding.value is not None
                return _unique(
                    v
                    for element, where in self.elements(binding.value, binding.scope)
                    for v in self._path(element, where, binding.path)
                )
            case "assign" if binding.value is not None:
                found = self.values(binding.value, binding.scope)
                if binding.annotation is not None and all(isinstance(v, Unknown) for v in found):
                    return self._annotated(binding)
                return found
            case "assign" if binding.annotation is not None:
                return self._annotated(binding)
        return (Unknown("assigned in a way that is not evaluated"),)

    def _path(self, element: ast.expr, scope: Scope, path: tuple[int, ...]) -> tuple[Value, ...]:
        for index in path:
            inner = self.value(element, scope)
            if not isinstance(inner, Items) or index >= len(inner.elements):
                return (Unknown("a tuple that is not constant"),)
            element, scope = inner.elements[index]
        return self.values(element, scope)

    def _annotated(self, binding: Binding) -> tuple[Value, ...]:
        """An object known only by its declared class."""
        annotation = binding.annotation
        if isinstance(annotation, ast.Constant) and isinstance(annotation.value, str):
            try:
                annotation = ast.parse(annotation.value, mode="eval").body
            except SyntaxError:
                return (Unknown("an annotation that does not parse"),)
            self._made.append(annotation)
        if annotation is None:
            return (Unknown("no annotation"),)
        site = (binding.scope.module.file, binding.line, id(binding) % 1_000_003)
        found = [
            Instance(value, (*site[:2], -1 - index))
            for index, value in enumerate(self.values(annotation, binding.scope.parent or binding.scope))
            if isinstance(value, (External, ClassRef))
        ]
        return tuple(found) or (Unknown("a parameter of unknown class"),)

    def _parameter(self, binding: Binding) -> tuple[Value, ...]:
        """A parameter: `self`, else what the project's own calls pass, else its annotation."""
        definition = binding.target
        assert definition is not None and not isinstance(definition.node, ast.ClassDef)
        arguments = definition.node.args
        positional = [a.arg for a in (*arguments.posonlyargs, *arguments.args)]
        name = next(n for n, bs in definition.inner.bindings.items() if binding in bs)
        key = (id(definition), name)
        if key in self._parameters:
            return self._parameters[key]
        self._parameters[key] = (Unknown("a parameter passed on to itself"),)
        static = any(isinstance(d, ast.Name) and d.id == "staticmethod" for d in definition.node.decorator_list)
        owner = definition.owner
        if owner is not None and not static and positional[:1] == [name]:
            cls = next(d for d in owner.module.definitions.values() if d.inner is owner)
            found: tuple[Value, ...] = (Instance(ClassRef(cls), (owner.module.file, cls.node.lineno, -9)),)
        else:
            found = _known(self._passed(definition, name, positional))
            default = defaults(definition).get(name)
            if not found and default is not None and not (isinstance(default, ast.Constant) and default.value is None):
                found = _known(self.values(default, definition.scope))
            found = found or (self._annotated(binding) if binding.annotation else (Unknown(f"parameter {name}"),))
        self._parameters[key] = found
        return found

    def _passed(self, definition: Definition, name: str, positional: list[str]) -> Iterator[Value]:
        in_class = definition.owner is not None
        for call in self.calls_of(definition):
            if any(isinstance(a, ast.Starred) for a in call.node.args):
                continue
            keyword = next((k.value for k in call.node.keywords if k.arg == name), None)
            shift = 1 if in_class and not self.explicit_self(call) else 0
            index = positional.index(name) - shift if name in positional else -1
            if keyword is None and 0 <= index < len(call.node.args):
                keyword = call.node.args[index]
            if keyword is not None:
                yield from self.values(keyword, call.scope)
            elif name in defaults(definition) and all(k.arg for k in call.node.keywords):
                yield from self.values(defaults(definition)[name], definition.scope)

    # -- attributes, calls, classes ------------------------------------------------------------------

    def attribute(self, base: Value, attr: str) -> tuple[Value, ...]:
        """`base.attr`."""
        match base:
            case External():
                return (External(f"{base.name}.{attr}"),)
            case ModuleRef():
                return self._module_attribute(base, attr)
            case ClassRef():
                return self.class_attribute(base, attr, None)
            case Instance(cls=ClassRef() as cls):
                return self.class_attribute(cls, attr, base)
            case Instance():
                return (Member(base, attr),)
            case Items() if attr in ("values", "items"):
                return (base,)
            case Const() if attr == "value":  # of an Enum's member, whose value stands for it
                return (base,)
        return (Unknown(f"attribute {attr} of something unknown"),)

    def _module_attribute(self, base: ModuleRef, attr: str) -> tuple[Value, ...]:
        module = self.file(base.file) if base.file else None
        if module is not None and attr in module.scope.bindings:
            found = self._bound(module.scope.bindings[attr])
            if not all(isinstance(value, Unknown) for value in found):
                return found
        inner = self._module_ref(f"{base.name}.{attr}", base.file or base.origin)
        if isinstance(inner, ModuleRef) and inner.file != base.file:
            return (inner,)
        if module is not None:
            if attr in module.scope.bindings or module.scope.stars:
                return self.lookup(attr, module.scope)
            return (Unknown(f"{base.name} has no {attr}"),)
        return (External(f"{base.name}.{attr}"),)

    def class_attribute(self, cls: ClassRef, attr: str, instance: Instance | None) -> tuple[Value, ...]:
        """An attribute of a class of the project: its own, its instances', its bases'."""
        external: External | None = None
        for base in self.bases(cls):
            if isinstance(base, External):
                external = external or base
                continue
            inner = base.definition.inner
            bindings = inner.attributes.get(attr) or inner.bindings.get(attr)
            if bindings:
                found = self._bound(bindings)
                if instance is not None:
                    found = _unique(w for v in self._inherited(cls, instance, attr, found) for w in self._read(v))
                if any(isinstance(b, External) and b.name in _FROM_ENVIRONMENT for b in self.bases(cls)):
                    return tuple(Unknown("the environment decides") if isinstance(v, Const) else v for v in found)
                return found
        if external is not None and instance is not None:
            return (Member(instance, attr),)
        return (External(f"{external.name}.{attr}"),) if external else (Unknown(f"no attribute {attr}"),)

    def _inherited(self, cls: ClassRef, instance: Instance, attr: str, own: tuple[Value, ...]) -> tuple[Value, ...]:
        """`self.attr` in a method: what subclasses put in its place counts, too."""
        if instance.site[2] != -9:
            return own
        found: list[Value] = []
        name = cls.definition.symbol.rpartition(".")[2].split("#")[0]
        kept = any(cls in self.values(call.node.func, call.scope) for call in self._calls.get(name, ()))
        for heir in self._subclasses(cls.definition):
            order = [base for base in self.bases(heir) if isinstance(base, ClassRef)]
            scopes = (base.definition.inner for base in order[: order.index(cls)])
            others = next((bs for s in scopes if (bs := s.attributes.get(attr) or s.bindings.get(attr))), None)
            found += self._bound(others) if others else ()
            kept = kept or not others
        return _unique((*own, *found)) if kept or not found else _unique(found)

    def _subclasses(self, definition: Definition) -> list[ClassRef]:
        if self._heirs[0] != len(self._modules):
            heirs: dict[Definition, list[ClassRef]] = {}
            self._heirs = (len(self._modules), heirs)  # half-made, for whoever asks while it is made
            for cls in [ClassRef(d) for module in self.modules() for d in module.classes()]:
                for base in self.bases(cls):
                    if isinstance(base, ClassRef) and base != cls:
                        heirs.setdefault(base.definition, []).append(cls)
        return self._heirs[1].get(definition, [])

    def _read(self, value: Value) -> tuple[Value, ...]:
        """What an object's attribute gives: for a property, what it returns."""
        if isinstance(value, FuncRef):
            names = [getattr(d, "attr", getattr(d, "id", "")) for d in value.definition.node.decorator_list]
            if "property" in names or "cached_property" in names:
                inner = value.definition.inner
                return _unique(v for node in inner.returns for v in self.values(node, inner))
        return (value,)

    def bases(self, value: Value) -> tuple[External | ClassRef, ...]:
        """A class and all its bases, nearest first (depth-first: enough to ask what it is)."""
        order: list[External | ClassRef] = []
        stack: list[Value] = [value]
        while stack:
            item = stack.pop(0)
            if not isinstance(item, (External, ClassRef)) or item in order:
                continue
            order.append(item)
            if isinstance(item, ClassRef) and isinstance(item.definition.node, ast.ClassDef):
                scope = item.definition.scope
                nodes = (b.value if isinstance(b, ast.Subscript) else b for b in item.definition.node.bases)
                stack[0:0] = [v for node in nodes for v in self.values(node, scope)]
        return tuple(order)

    def is_a(self, value: Value, names: frozenset[str]) -> bool:
        """Whether an object (or a class) is one of these classes, by dotted name, or a subclass of one."""
        cls = value.cls if isinstance(value, Instance) else value
        return any(
            (base.name if isinstance(base, External) else base.definition.dotted) in names for base in self.bases(cls)
        )

    def _called(self, callee: Value, node: ast.Call, scope: Scope, env: Env) -> tuple[Value, ...]:
        site = (scope.module.file, node.lineno, node.col_offset)
        match callee:
            case External() | ClassRef():
                return (Instance(callee, site, node, scope, env),)
            case Member(of=Instance(cls=External(name=name)), attr=attr):
                return (Instance(External(f"{name}.{attr}"), site, node, scope, env),)
            case Member(of=Instance(cls=ClassRef() as cls), attr=attr):
                outside = next((b for b in self.bases(cls) if isinstance(b, External)), External("?"))
                return (Instance(External(f"{outside.name}.{attr}"), site, node, scope, env),)
            case FuncRef(definition=definition):
                return self._returned(definition, node, scope, env)
            case Items():  # .values() or .items()
                return (callee,)
        return (Unknown("a call of something unknown"),)

    def _returned(self, definition: Definition, node: ast.Call, scope: Scope, env: Env) -> tuple[Value, ...]:
        """What a function of the project returns to this call of it."""
        inner = definition.inner
        if not inner.returns or inner.yields:
            return (Unknown(f"{definition.name} returns nothing that is known"),)
        if definition in self._running:
            return (Unknown(f"{definition.name} calls itself"),)
        given = passed(self, node, scope, env)
        self._running.append(definition)
        try:
            near = len(self._running) <= _CALLERS
            bound = bind(definition, given, used(inner, inner.returns)) if near else NONE
            key = (id(definition), tuple(sorted(bound.items())))
            if key not in self._results:
                self._results[key] = _unique(v for value in inner.returns for v in self.values(value, inner, bound))
            found = self._results[key]
        finally:
            self._running.pop()
        site = (scope.module.file, node.lineno, node.col_offset)
        return tuple(_made_by(v, site, scope, inner, bound) if isinstance(v, Instance) else v for v in found)

    def _super(self, scope: Scope) -> tuple[Value, ...]:
        """`super()` in a method: the object, as its bases see it."""
        function = scope.function()
        owner = function.parent if function is not None else None
        if owner is None or not isinstance(owner.node, ast.ClassDef) or owner.parent is None:
            return ()
        site = (owner.module.file, owner.node.lineno, -9)
        bases = (v for base in owner.node.bases for v in self.values(base, owner.parent))
        return tuple(Instance(base, site) for base in bases if isinstance(base, (External, ClassRef)))

    def calls_of(self, definition: Definition) -> list[CallSite]:
        """The calls of a function (for `__init__`, of its class and of `super().__init__`), as far as they resolve."""
        count, found = self._callers.get(id(definition), (-1, []))
        if count == len(self._loaded):
            return found
        found = []
        self._callers[id(definition)] = (len(self._loaded), found)  # half-made, for whoever asks while it is made
        names = self.spellings(definition.name)
        owner = definition.owner
        makes = owner is not None and definition.name == "__init__"
        if makes and owner is not None:
            names |= self.spellings(owner.symbol.rpartition(".")[2].split("#")[0], classes=True)
        for call in [call for name in sorted(names) for call in self._calls.get(name, ())]:
            for value in self.values(call.node.func, call.scope):
                if isinstance(value, ClassRef) and makes:
                    value = self.class_attribute(value, "__init__", None)[0]
                if isinstance(value, FuncRef) and value.definition is definition:
                    found.append(call)
                    break
        return found

    def explicit_self(self, call: CallSite) -> bool:
        """Whether a method is called as `Base.method(self, ...)`."""
        func = call.node.func
        return isinstance(func, ast.Attribute) and any(
            isinstance(value, ClassRef) and func.attr in value.definition.inner.bindings and func.attr == "__init__"
            for value in self.values(func.value, call.scope)
        )

    def stand_in(self, node: ast.expr, scope: Scope, found: tuple[Value, ...]) -> ast.expr:
        """A node that has these values in this scope: what an expression meant to one caller."""
        made = ast.copy_location(ast.Name("<argument>", ast.Load()), node)
        self._made.append(made)
        self._memo[(id(made), id(scope))] = found
        return made

    # -- loops ---------------------------------------------------------------------------------------

    def elements(self, node: ast.expr, scope: Scope, env: Env = NONE) -> tuple[tuple[ast.expr, Scope], ...]:
        """The elements of a constant sequence (or of a dict's `.items()` as tuples); empty when it is not one."""
        value = self.value(node, scope, env)
        if not isinstance(value, Items):
            return ()
        if not value.keys:
            return value.elements
        called = node.func.attr if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) else ""
        if called == "values":
            return value.elements
        keys = [key for key in value.keys if key is not None]
        if called == "items":
            pairs = zip(keys, value.elements, strict=False)
            made = [(ast.copy_location(ast.Tuple([k, v], ast.Load()), k), where) for k, (v, where) in pairs]
            self._made += (node for node, _ in made)
            return tuple(made)
        return tuple((key, scope) for key in keys)

    def unroll(self, loops: Sequence[Loop], scope: Scope, outer: Env = NONE) -> tuple[Env, ...]:
        """One environment (with `outer`) per turn of the loops around a call, when they run over constant sequences.

        A loop over something unknown gives one turn with its variables unknown.
        """
        envs: list[dict[str, tuple[Value, ...]]] = [{**outer}]
        for loop in loops:
            envs = [
                {**env, **(self._targets(loop.target, *turn) if turn is not None else {})}
                for env in envs
                for turn in self.elements(loop.iter, scope, env) or (None,)
            ]
            if len(envs) > _TURNS:
                return (dict(outer),)
        return tuple(envs)

    def _targets(self, target: ast.expr, element: ast.expr, scope: Scope) -> dict[str, tuple[Value, ...]]:
        if isinstance(target, ast.Name):
            return {target.id: self.values(element, scope)}
        found: dict[str, tuple[Value, ...]] = {}
        if isinstance(target, (ast.Tuple, ast.List)):
            inner = self.value(element, scope)
            if isinstance(inner, Items) and len(inner.elements) == len(target.elts):
                for part, (value, where) in zip(target.elts, inner.elements, strict=True):
                    found |= self._targets(part, value, where)
        return found


def _made_by(value: Instance, site: tuple[str, int, int], scope: Scope, inner: Scope, bound: Env) -> Instance:
    """An object as the caller of the function that returns it sees it."""
    factory = value.factory
    if factory is not None and factory.scope is inner:
        return replace(value, factory=Factory((site, *factory.calls), scope, factory.env))
    if factory is None and value.scope is inner:
        return replace(value, env=NONE, factory=Factory((site,), scope, value.env or bound))
    return value


def _known(values: Iterable[Value]) -> tuple[Value, ...]:
    return tuple(dict.fromkeys(v for v in values if not isinstance(v, Unknown)))


def _unique(values: Iterable[Value]) -> tuple[Value, ...]:
    found: list[Value] = []
    for value in values:
        if value not in found:
            found.append(value)
    return tuple(found) or (Unknown("nothing"),)
