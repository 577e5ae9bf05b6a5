"""One module's symbol table as data: scopes, bindings, definitions, calls.

`tables.py` makes it; `resolve/` answers what a name means, across files.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

from splice.model import Colour
from splice.source import Source

FunctionNode = ast.FunctionDef | ast.AsyncFunctionDef
Loop = ast.For | ast.AsyncFor | ast.comprehension


@dataclass(eq=False, slots=True)
class Binding:
    """One way a name gets its value in a scope. `path` walks into tuple targets of a loop."""

    kind: Literal["import", "from", "assign", "augment", "def", "class", "param", "item", "other"]
    line: int
    scope: Scope
    value: ast.expr | None = None
    annotation: ast.expr | None = None
    module: str = ""  # import: the module; from: the module as written
    name: str = ""  # from: the imported name
    level: int = 0
    path: tuple[int, ...] = ()
    target: Definition | None = None
    conditional: bool = False  # in a branch or a loop of its scope: it may not have happened
    enters: ast.expr | None = None  # other: `with enters as name`
    unpacks: ast.expr | None = None  # other: `name, more = unpacks`


@dataclass(eq=False, slots=True)
class Scope:
    """A module, class or function body. `symbol` is the dotted name inside the file, "" for the module."""

    kind: Literal["module", "class", "function"]
    node: ast.AST
    parent: Scope | None
    module: Module
    symbol: str
    bindings: dict[str, list[Binding]] = field(default_factory=dict)
    stars: list[Binding] = field(default_factory=list)
    attributes: dict[str, list[Binding]] = field(default_factory=dict)  # class: what methods assign to self
    returns: list[ast.expr] = field(default_factory=list)
    outer: dict[str, bool] = field(default_factory=dict)  # names declared global (true) or nonlocal
    yields: bool = False

    def function(self) -> Scope | None:
        """The nearest enclosing function scope, this one included."""
        scope: Scope | None = self
        while scope is not None and scope.kind != "function":
            scope = scope.parent
        return scope


@dataclass(eq=False, slots=True)
class Definition:
    """A function or class. `scope` is where it stands, `inner` is its body."""

    symbol: str  # unique in its module: `Owner.method`, `make.inner`, `f#2`
    node: FunctionNode | ast.ClassDef
    scope: Scope
    inner: Scope
    loops: tuple[Loop, ...] = ()

    @property
    def name(self) -> str:
        return self.node.name

    @property
    def owner(self) -> Scope | None:
        """The class scope that holds this method."""
        return self.scope if self.scope.kind == "class" else None

    @property
    def colour(self) -> Colour:
        if isinstance(self.node, ast.AsyncFunctionDef):
            return "async generator" if self.inner.yields else "async"
        return "generator" if self.inner.yields else "sync"

    @property
    def dotted(self) -> str:
        """The name at run time: module, qualified name; without the `#2` of a redefinition."""
        return f"{self.scope.module.name}.{self.symbol.split('#')[0]}"


@dataclass(eq=False, slots=True)
class CallSite:
    """A call, where its names are looked up, and the loops around it (outermost first)."""

    node: ast.Call
    scope: Scope
    loops: tuple[Loop, ...]
    statement: ast.stmt


@dataclass(eq=False, slots=True)
class Mutation:
    """A change of the elements of an object: all of them where `key` is None."""

    owner: ast.expr | None
    scope: Scope | None
    kind: str  # "set", "drop", "default" (set where it is not there) or "grow" (what was there stays)
    key: object = None


@dataclass(eq=False, slots=True)
class Module:
    """A parsed file with its tables. `name` is the dotted import name."""

    file: str
    name: str
    source: Source
    tree: ast.Module
    is_package: bool = False
    scope: Scope = field(init=False)
    definitions: dict[str, Definition] = field(default_factory=dict)
    calls: list[CallSite] = field(default_factory=list)
    in_lambdas: list[CallSite] = field(default_factory=list)  # calls that run when somebody calls the lambda
    stores: dict[str, list[tuple[ast.expr, Scope]]] = field(default_factory=dict)  # `x.attr = ...`, by attr
    mutations: dict[str, list[Mutation]] = field(default_factory=dict)  # by the (last) name of the object that changes
    given: dict[str, list[tuple[ast.expr, CallSite]]] = field(default_factory=dict)  # arguments, by (last) name
    through_globals: set[str] = field(default_factory=set)  # names set by `globals()["name"] = ...`
    calls_by_name: dict[str, list[CallSite]] = field(default_factory=dict)
    aliases: list[tuple[str, str]] = field(default_factory=list)  # a name, and the (last) name of what it stands for
    computed: set[str] = field(default_factory=set)  # names and attributes that may stand for what no name says

    def functions(self) -> Iterator[Definition]:
        """Every function of the file, in order of appearance."""
        return (d for d in self.definitions.values() if not isinstance(d.node, ast.ClassDef))

    def classes(self) -> Iterator[Definition]:
        """Every class of the file, in order of appearance."""
        return (d for d in self.definitions.values() if isinstance(d.node, ast.ClassDef))
