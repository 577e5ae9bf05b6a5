"""What a name stands for in code that a request without credentials runs through, and what is known of the request."""

from __future__ import annotations

import ast
import enum
from collections.abc import Mapping
from dataclasses import dataclass, field

from splice.symbols import Definition, Scope
from splice.values import ClassRef


class Role(enum.Enum):
    """What a name stands for in code that a request runs through."""

    USER = "user"
    REQUEST = "request"
    SELF = "self"  # the object whose method it is: a view, as a rule
    VIEW = "view"
    NEXT = "next"  # what is called when the request may pass


@dataclass(frozen=True, slots=True)
class Bound:
    """A name that stands for an expression, and what the names in that stood for then."""

    node: ast.expr
    at: Place = field(compare=False, repr=False)


Names = Mapping[str, Role | Bound | None]  # None: something that is not known


@dataclass(frozen=True, slots=True)
class Asked:
    """One request without credentials. `method` of HTTP, `action` of a viewset: empty where they are not known.

    `rest`: REST framework hands it on, whose `request.user` may be None. `cls`: the class of `self`.
    """

    method: str = ""
    action: str = ""
    rest: bool = False
    cls: ClassRef | None = None


@dataclass(frozen=True, slots=True)
class Place:
    """Where an expression is evaluated: what its names mean, and whose method it stands in."""

    scope: Scope
    names: Names
    owner: Definition | None = None  # the class that `super()` starts behind
