"""The modules of a run and what their expressions mean: the one object that frameworks ask."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Protocol

from splice.mutation import ANY
from splice.mutation import last_name as name_of
from splice.resolve.callers import Callers, last_name
from splice.resolve.changes import Changes
from splice.resolve.classes import Classes
from splice.resolve.expressions import Expressions
from splice.resolve.scopes import Scopes
from splice.symbols import CallSite, Definition, Loop, Module, Scope
from splice.values import (
    NONE,
    ClassRef,
    Const,
    Env,
    External,
    Instance,
    ModuleRef,
    Unknown,
    Value,
)

STAND_IN = "<argument>"  # a name that no program has
_SPELLINGS = 300  # more names than this do not stand for one thing
_NAMED = frozenset({"import", "from", "def", "class", "assign"})  # bindings of which the tables know what they name
_DEPTH = 40  # alias chains longer than this are not code that people write


class Names(Protocol):
    """Where modules live (see layout.py)."""

    def module_of(self, file: str) -> str: ...
    def file_of(self, module: str, near: str | None = None) -> str | None: ...
    def resolve(self, file: str, module: str | None, level: int) -> str: ...


class Project:
    """All modules of a run: those that may hold join points, and what they refer to, loaded on demand."""

    def __init__(
        self,
        names: Names,
        load: Callable[[str], Module | None],
        seeds: Iterable[str],
        imports: Callable[[str], bool] = bool,
        mentions: Callable[[str], tuple[str, int] | None] = lambda _: None,
    ) -> None:
        self.names = names
        self.mentions = mentions  # where the repository names a setting first
        self.imports = imports  # whether any file of the repository, loaded or not, may import a package
        self._load = load
        self._modules: dict[str, Module | None] = {}
        self.memo: dict[tuple[int, int], tuple[Value, ...]] = {}
        self.made: list[ast.AST] = []  # nodes that we made: kept, since the memo goes by identity
        self.analyses: dict[str, object] = {}  # what frameworks have found out, for who asks again
        self.loaded: list[Module] = []
        self.calls_named: dict[str, list[CallSite]] = {}
        self._stores: dict[
            str, tuple[int, set[tuple[str, int, int]]]
        ] = {}  # attribute -> modules looked at, objects that have it set
        self._active: set[tuple[int, int]] = set()
        self._nested = 0
        self._aliases: dict[str, set[str]] = {}
        self._computed: set[str] = set()  # names that may stand for what no name says
        self._derived: dict[str, set[str]] = {}  # names of classes by the (last) names of their bases
        self.expressions = Expressions(self)
        self.scopes = Scopes(self)
        self.classes = Classes(self)
        self.callers = Callers(self)
        self.changes = Changes(self)
        for file in seeds:
            self.file(file)

    def file(self, file: str) -> Module | None:
        """The module of a file, parsed at most once; None when there is none or it does not parse."""
        if file not in self._modules:
            module = self._modules[file] = self._load(file)
            if module is not None:
                self.loaded.append(module)
                for name, calls in module.calls_by_name.items():
                    self.calls_named.setdefault(name, []).extend(calls)
                for call in module.calls_by_name.get("__init__", ()):  # by the class that says `super().__init__`
                    function = call.scope.function()
                    owner = function.parent.symbol if function is not None and function.parent is not None else ""
                    self.calls_named.setdefault(f"{last_name(owner)}.__init__", []).append(call)
                self._computed |= module.computed | module.stores.keys()
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
        yield from self.loaded  # a list may grow while it is iterated

    def calls(self, *names: str) -> Iterator[tuple[Module, CallSite]]:
        """Every call whose callee's last name is one of these, in order of appearance."""
        for module in self.modules():
            found = [call for name in names for call in module.calls_by_name.get(name, ())]
            found.sort(key=lambda call: (call.node.lineno, call.node.col_offset))
            yield from ((module, call) for call in found)

    def spellings(self, *names: str, classes: bool = False) -> frozenset[str]:
        """These names and all that stand for one of them somewhere; with `classes` also classes derived from one."""
        found = self.every_spelling(*names, classes=classes)
        if found is None:  # names like `value` lead everywhere: one step is all that says something
            tables = (self._aliases, self._derived) if classes else (self._aliases,)
            return frozenset(names).union(*(table.get(name, set()) for table in tables for name in names))
        return found

    def every_spelling(self, *names: str, classes: bool = False) -> frozenset[str] | None:
        """As `spellings`; None where there are so many that names tell nothing apart."""
        found, queue = set(names), list(names)
        while queue:
            name = queue.pop()
            more = self._aliases.get(name, set()) | (self._derived.get(name, set()) if classes else set())
            queue += more - found
            found |= more
            if len(found) > _SPELLINGS:
                return None
        return frozenset(found)

    def may_mean(self, node: ast.expr, scope: Scope, names: frozenset[str] | None) -> bool:
        """Whether a name or an attribute may stand for something that has one of these (`every_spelling`).

        By names alone, for whoever would else evaluate each of a hundred thousand calls.
        """
        last = name_of(node)
        if names is None or last in names or last in self._computed:
            return True
        home = self.scopes.home(last, scope) if isinstance(node, ast.Name) else None
        return home is not None and any(b.kind not in _NAMED for b in home.bindings[last])

    def module_ref(self, dotted: str, origin: str) -> Value:
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

    def values(self, node: ast.expr, scope: Scope, env: Env = NONE) -> tuple[Value, ...]:
        """Every value that an expression may have, seen from `scope`; never empty.

        `env` gives names values of their own: the variables of a loop that `unroll` took apart.
        """
        if env:
            if self._nested + len(self._active) > _DEPTH:
                return (Unknown("too deeply nested"),)
            self._nested += 1
            try:
                return self.expressions.evaluate(node, scope, env)
            finally:
                self._nested -= 1
        key = (id(node), id(scope))
        if key in self.memo:
            return self.memo[key]
        if key in self._active or self._nested + len(self._active) > _DEPTH:
            return (Unknown("defined in terms of itself"),)
        self._active.add(key)
        try:
            found = self.expressions.evaluate(node, scope, env)
        finally:
            self._active.discard(key)
        self.memo[key] = found
        return found

    def value(self, node: ast.expr, scope: Scope, env: Env = NONE) -> Value:
        """The one value of an expression, or Unknown when there are several."""
        found = self.values(node, scope, env)
        return found[0] if len(found) == 1 else Unknown("has several values")

    def text(self, node: ast.expr, scope: Scope, env: Env = NONE) -> str | None:
        """The text of an expression that is a constant string, however it is put together; else None."""
        value = self.value(node, scope, env)
        return value.value if isinstance(value, Const) and isinstance(value.value, str) else None

    def stand_in(self, node: ast.expr, scope: Scope, found: tuple[Value, ...]) -> ast.expr:
        """A node that has these values in this scope: what an expression meant to one caller."""
        made = ast.copy_location(ast.Name(STAND_IN, ast.Load()), node)
        self.made.append(made)
        self.memo[(id(made), id(scope))] = found
        return made

    def reassigned(self, instance: Instance, attr: str) -> bool:
        """Whether something sets this attribute of an object after it was made: `router.prefix = settings.prefix`."""
        return any(instance.site in self._stored_on(name) for name in (attr, ANY))

    def _stored_on(self, attr: str) -> set[tuple[str, int, int]]:
        """Where the objects were made of which something sets this attribute. Asked of every router there is."""
        found: set[tuple[str, int, int]]
        count, found = self._stores.get(attr, (0, set()))
        while count < len(self.loaded):  # what is read meanwhile counts
            module, count = self.loaded[count], count + 1
            self._stores[attr] = (count, found)
            values = (v for node, scope in module.stores.get(attr, ()) for v in self.values(node, scope))
            found |= {value.site for value in values if isinstance(value, Instance)}
        return found

    # What frameworks ask of the parts.

    def bases(self, value: Value) -> tuple[External | ClassRef, ...]:
        """A class and all its bases, nearest first."""
        return self.classes.bases(value)

    def is_a(self, value: Value, names: frozenset[str]) -> bool:
        """Whether an object (or a class) is one of these classes, by dotted name, or a subclass of one."""
        return self.classes.is_a(value, names)

    def class_attribute(self, cls: ClassRef, attr: str, instance: Instance | None) -> tuple[Value, ...]:
        """An attribute of a class of the project: its own, its instances', its bases'."""
        return self.classes.class_attribute(cls, attr, instance)

    def calls_of(self, definition: Definition) -> list[CallSite]:
        """The calls of a function, as far as they resolve."""
        return self.callers.calls_of(definition)

    def explicit_self(self, call: CallSite) -> bool:
        """Whether a method is called as `Base.method(self, ...)`."""
        return self.callers.explicit_self(call)

    def unroll(self, loops: Sequence[Loop], scope: Scope, outer: Env = NONE) -> tuple[Env, ...]:
        """One environment per turn of the loops around a call, when they run over constant sequences."""
        return self.expressions.unroll(loops, scope, outer)
