"""What a codemod is: a pointcut, the advice inserted there, and examples. Pure data, no libcst.

A codemod is one file in `codemods/` that assigns a `Codemod` to the name `codemod`; its id is the file's name.
Two codemods that want the same text at the same place share one insertion.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from splice.forms import literal
from splice.model import Example, JoinPoint, Kind, NoChange, Safety


@dataclass(frozen=True, slots=True)
class Pointcut:
    """A predicate over join points; combine with `&`, `|` and `~`."""

    matches: Callable[[JoinPoint], bool]
    text: str

    def __and__(self, other: Pointcut) -> Pointcut:
        return Pointcut(lambda p: self.matches(p) and other.matches(p), f"({self.text} & {other.text})")

    def __or__(self, other: Pointcut) -> Pointcut:
        return Pointcut(lambda p: self.matches(p) or other.matches(p), f"({self.text} | {other.text})")

    def __invert__(self) -> Pointcut:
        return Pointcut(lambda p: not self.matches(p), f"~{self.text}")


def _kind(kind: Kind) -> Pointcut:
    return Pointcut(lambda p: p.kind == kind, f"{kind}s")


def handlers() -> Pointcut:
    """Functions that answer an HTTP request."""
    return _kind("handler")


def websockets() -> Pointcut:
    """Functions that serve a websocket."""
    return _kind("websocket")


def functions() -> Pointcut:
    """Functions that the configuration names (`functions = [...]`)."""
    return _kind("function")


def apps() -> Pointcut:
    """Statements that make an app object: `app = Flask(__name__)`."""
    return _kind("app")


@dataclass(frozen=True, slots=True)
class AddDecorator:
    """Decorate the join point. `template` is a call of a scaffold part; `{operation}` becomes a literal.

    `class_part` is called instead on a class that stands for inherited methods: `part(list="GET /books/")`. An
    advice without one leaves such classes alone.
    """

    template: str
    part: str  # the name that the scaffold must export
    class_part: str = ""

    @property
    def parts(self) -> tuple[str, ...]:
        """Every part that this advice may insert."""
        return (self.part, self.class_part) if self.class_part else (self.part,)

    def part_at(self, point: JoinPoint) -> str:
        """The part for this join point, "" where the advice has none."""
        return self.class_part if point.members else self.part

    def text(self, point: JoinPoint, local: str) -> str:
        """The expression to insert, with the part under its local name in that file."""
        if point.members:
            return members_call(local, point.members)
        return self.template.format(part=local, operation=literal(point.operation))


@dataclass(frozen=True, slots=True)
class AddStatement:
    """Add a statement beside the one that makes the app: after it, or before where its anchor says so.

    `{target}` becomes the app's name, or what the anchor hands over instead.
    """

    template: str
    part: str

    @property
    def parts(self) -> tuple[str, ...]:
        """Every part that this advice may insert."""
        return (self.part,)

    def part_at(self, _point: JoinPoint) -> str:
        """The part for this join point."""
        return self.part

    def text(self, point: JoinPoint, local: str) -> str:
        """The statement to insert, with the part under its local name in that file."""
        assert point.anchor is not None
        return self.template.format(part=local, target=point.anchor.argument or point.anchor.target)


Advice = AddDecorator | AddStatement


def members_call(part: str, members: Iterable[tuple[str, str]]) -> str:
    """A call with one keyword per inherited method: `observed_view(list="GET /books/")`."""
    return f"{part}({', '.join(f'{name}={literal(operation)}' for name, operation in members)})"


@dataclass(frozen=True, slots=True)
class Codemod:
    """A named pointcut and its advice.

    `version` counts up when the inserted text changes; `previous` keeps the advice of older versions, since
    `run` leaves an insertion at the version in the lock and only `upgrade` moves it.
    `signal`: which signal the part emits because of this codemod. `rule`: stem of its file in `rules/`.
    """

    summary: str
    pointcut: Pointcut
    advice: Advice
    why: str  # one sentence for `codemod explain`
    examples: tuple[Example | NoChange, ...]
    rule: str = ""
    signal: str = ""
    safety: Safety = Safety.SAFE
    version: int = 1
    previous: Mapping[int, Advice] = field(default_factory=dict)

    def advice_at(self, version: int) -> Advice:
        """The advice of one version; KeyError when this Splice does not know it."""
        return self.advice if version == self.version else self.previous[version]
