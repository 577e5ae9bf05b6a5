"""The values that an expression of the project may have, as data (see resolve.py)."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from splice.symbols import Definition, Scope

EVERY, GROWN = object(), object()


@dataclass(frozen=True, slots=True)
class External:
    """Something outside the project, by its dotted name: `flask.Flask`."""

    name: str


@dataclass(frozen=True, slots=True)
class ModuleRef:
    """A module or namespace package of the project. `file` is empty for a namespace package."""

    name: str
    file: str
    origin: str  # the file that imported it: where siblings are looked for


@dataclass(frozen=True, slots=True)
class ClassRef:
    definition: Definition


@dataclass(frozen=True, slots=True)
class FuncRef:
    definition: Definition


@dataclass(frozen=True, slots=True)
class Factory:
    """The calls, outermost first, of the functions of the project that made and returned an object."""

    calls: tuple[tuple[str, int, int], ...]
    scope: Scope  # where the outermost call stands
    env: Env  # what the names of the innermost function were


@dataclass(frozen=True, slots=True)
class Instance:
    """An object; two are the same when they were made at the same place (`site`).

    Who needs to tell the objects of one factory apart looks at `factory`.
    """

    cls: External | ClassRef
    site: tuple[str, int, int]
    call: ast.Call | None = field(default=None, compare=False, repr=False)
    scope: Scope | None = field(default=None, compare=False, repr=False)
    env: Env | None = field(default=None, compare=False, repr=False)
    factory: Factory | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Member:
    """An attribute of an object from outside the project: `app.route`, `app.router`."""

    of: Instance
    attr: str


@dataclass(frozen=True, slots=True)
class Const:
    value: object  # str | bytes | int | float | bool | None


@dataclass(frozen=True, slots=True)
class Items:
    """A list, tuple, set or the values of a dict; each element with the place where it is evaluated.

    `unsure`: the keys whose element something changes; EVERY for all of them, GROWN where there may be more.
    """

    elements: tuple[tuple[ast.expr, Scope], ...] = field(hash=False)
    keys: tuple[ast.expr | None, ...] = field(default=(), hash=False)
    unsure: frozenset[object] = frozenset()

    def certain(self) -> tuple[tuple[ast.expr, Scope], ...]:
        """The elements that nothing changes, in their order: not all that there are where it is `unsure`."""
        if EVERY in self.unsure:
            return ()
        if not self.keys or not self.unsure:
            return self.elements
        pairs = zip(self.keys, self.elements, strict=True)
        return tuple(e for k, e in pairs if not (isinstance(k, ast.Constant) and k.value in self.unsure))


@dataclass(frozen=True, slots=True)
class Function:
    """A lambda: callable, but nothing that a decorator can be put on."""

    node: ast.Lambda = field(hash=False)


@dataclass(frozen=True, slots=True)
class Unknown:
    why: str


Value = External | ModuleRef | ClassRef | FuncRef | Instance | Member | Const | Items | Function | Unknown
Env = Mapping[str, tuple[Value, ...]]
NONE: Env = {}
_MOST = 300  # twenty times `if x: query = query.filter(...)` are a million queries


def unique(values: Iterable[Value]) -> tuple[Value, ...]:
    """The values in their order, each once; one Unknown when there are none, or more than code that people read."""
    found: dict[Value, None] = {}
    for value in values:
        found[value] = None
        if len(found) > _MOST:
            return (Unknown("has too many values"),)
    return tuple(found) or (Unknown("nothing"),)
