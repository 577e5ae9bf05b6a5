"""What a codemod is: a pointcut, the advice inserted there, and examples. Pure data, no libcst.

A codemod is one file in `codemods/` that assigns a `Codemod` to the name `codemod`; its id is the file's name.
Two codemods that want the same text at the same place share one insertion.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from splice.forms import literal
from splice.model import Example, Finding, JoinPoint, Kind, NoChange, Reason, Safety

if TYPE_CHECKING:
    from splice.config import Config
    from splice.frameworks import AccessMap
    from splice.outbound.calls import Outbound


@dataclass(frozen=True, slots=True)
class Pointcut:
    """A predicate over join points; combine with `&`, `|` and `~`."""

    matches: Callable[[JoinPoint], bool]
    text: str
    kinds: frozenset[Kind] = frozenset()  # that it speaks of by name: some are looked for only when somebody asks

    def __and__(self, other: Pointcut) -> Pointcut:
        both, kinds = f"({self.text} & {other.text})", self.kinds | other.kinds
        return Pointcut(lambda p: self.matches(p) and other.matches(p), both, kinds)

    def __or__(self, other: Pointcut) -> Pointcut:
        either, kinds = f"({self.text} | {other.text})", self.kinds | other.kinds
        return Pointcut(lambda p: self.matches(p) or other.matches(p), either, kinds)

    def __invert__(self) -> Pointcut:
        return Pointcut(lambda p: not self.matches(p), f"~{self.text}", self.kinds)


def _kind(kind: Kind) -> Pointcut:
    return Pointcut(lambda p: p.kind == kind, f"{kind}s", frozenset({kind}))


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


def urlconfs() -> Pointcut:
    """Django's root URL configurations: the last statement that changes `urlpatterns`."""
    return _kind("urlconf")


def calls() -> Pointcut:
    """Outbound calls: requests to another service, and the making of clients for them."""
    return _kind("call")


@dataclass(frozen=True, slots=True)
class AddDecorator:
    """Decorate the join point. `template` is a call of a scaffold part; `{operation}` becomes a literal.

    `class_part` is called instead on a class that stands for inherited methods: `part(list="GET /books/")`. An
    advice without one leaves such classes alone. `rank`: of several, the higher stands further inside.
    """

    template: str
    part: str  # the name that the scaffold must export
    class_part: str = ""
    rank: int = 0
    partial: bool = False  # of some members it is in doubt: what stands for them stays

    kind = "decorator"

    @property
    def parts(self) -> tuple[str, ...]:
        """Every part that this advice may insert."""
        return (self.part, self.class_part) if self.class_part else (self.part,)

    def part_at(self, point: JoinPoint) -> str:
        """The part for this join point, "" where the advice has none."""
        return self.class_part if point.members else self.part

    def text(self, point: JoinPoint, local: str) -> str:
        """The expression to insert, with the part under its local name in that file."""
        if point.members and "{operation}" in self.template:
            return members_call(local, point.members)
        return self.template.format(part=local, operation=literal(point.operation))


class _OnePart:
    """Advice that inserts one part, whatever the join point."""

    __slots__ = ()
    part: str

    @property
    def parts(self) -> tuple[str, ...]:
        """Every part that this advice may insert."""
        return (self.part,)

    def part_at(self, _point: JoinPoint) -> str:
        """The part for this join point."""
        return self.part


@dataclass(frozen=True, slots=True)
class AddStatement(_OnePart):
    """Add a statement beside the one that makes the app: after it, or before where its anchor says so.

    `{target}` becomes the app's name, or what the anchor hands over instead.
    """

    template: str
    part: str
    rank: int = 0

    kind = "statement"

    def text(self, point: JoinPoint, local: str) -> str:
        """The statement to insert, with the part under its local name in that file."""
        assert point.anchor is not None
        return self.template.format(part=local, target=point.anchor.argument or point.anchor.target)


@dataclass(frozen=True, slots=True)
class AddArgument(_OnePart):
    """Add `keyword=template` to each call of the join point; with `element`, `keyword=[template]`.

    Where the call has that keyword with a list already, an element becomes the first of that list.
    """

    keyword: str
    template: str
    part: str
    element: bool = False
    rank: int = 0

    kind = "argument"

    def text(self, _point: JoinPoint, local: str) -> str:
        """The value or element to insert, with the part under its local name in that file."""
        return self.template.format(part=local)


@dataclass(frozen=True, slots=True)
class WrapCallee(_OnePart):
    """Wrap what is called: `fetch(url)` becomes `part(fetch)(url)`."""

    part: str
    rank: int = 0

    kind = "wrap"

    def text(self, _point: JoinPoint, local: str) -> str:
        """What is called with the callee."""
        return local


Advice = AddDecorator | AddStatement | AddArgument | WrapCallee


@dataclass(frozen=True, slots=True)
class Declined:
    """A codemod speaks of a join point and inserts nothing there: why."""

    reason: Reason
    detail: str = ""
    stays: bool = False  # what it has inserted there before stays: a doubt is no reason to take a guard away


@dataclass(frozen=True, slots=True)
class Satisfied:
    """A join point has what the codemod is for: by what, in words for the user."""

    by: str


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What an advice may depend on beside its join point: the policy, and what the service does itself."""

    config: Config
    access: AccessMap
    points: Sequence[JoinPoint] = ()
    outbound: Mapping[tuple[str, str], Outbound] = field(default_factory=dict)  # (file, symbol) of a call -> its facts
    suppressed: Collection[tuple[str, str, str]] = ()  # (file, symbol, codemod) that a comment turns off


Decision = Advice | Declined | Satisfied


def members_call(part: str, members: Iterable[tuple[str, str]]) -> str:
    """A call with one keyword per inherited method: `observed_view(list="GET /books/")`."""
    return f"{part}({', '.join(f'{name}={literal(operation)}' for name, operation in members)})"


@dataclass(frozen=True, slots=True)
class Codemod:
    """A named pointcut and its advice.

    `advice` is the same everywhere, or `advise` chooses one for a join point from the policy (None: the codemod has
    nothing to say there); `shapes` are then all that it may choose, with any literals as arguments.
    `version` counts up when the inserted text changes; `previous` keeps the advice of older versions, since
    `run` leaves an insertion at the version in the lock and only `upgrade` moves it.
    `signal`: which signal the part emits because of this codemod. `rule`: stem of its file in `rules/`.
    `settings`: assignments of the scaffold that the policy fills in, name -> literal; `requires`: which of its
    `requirements` have to be installed for the parts in use. `findings`: what the owner is told beside that.
    """

    summary: str
    pointcut: Pointcut
    why: str  # one sentence for `codemod explain`
    examples: tuple[Example | NoChange, ...]
    advice: Advice | None = None
    advise: Callable[[JoinPoint, Circumstances], Decision | None] | None = None
    shapes: tuple[Advice, ...] = ()
    settings: Callable[[Circumstances], Mapping[str, str]] | None = None
    requires: Callable[[Config, frozenset[str]], Sequence[str]] | None = None
    requirements: tuple[str, ...] = ()
    findings: Callable[[Sequence[JoinPoint], Circumstances], Iterable[Finding]] | None = None
    done: str = "decorated"  # what has been done to a join point, for the summary of a run
    rule: str = ""
    guards: bool = False  # what it inserts closes something: it goes only where the codemod decides so
    signal: str = ""
    safety: Safety = Safety.SAFE
    version: int = 1
    previous: Mapping[int, Advice] = field(default_factory=dict)

    @property
    def parts(self) -> frozenset[str]:
        """Every part of the scaffold that this codemod may insert, or has inserted in an older version."""
        fixed = (self.advice,) if self.advice is not None else ()
        return frozenset(p for advice in (*fixed, *self.shapes, *self.previous.values()) for p in advice.parts)

    def advice_at(self, version: int, point: JoinPoint, circumstances: Circumstances) -> Decision | None:
        """What one version inserts at a join point; KeyError when this Splice does not know the version."""
        if version != self.version:
            return self.previous[version]
        return self.advice if self.advise is None else self.advise(point, circumstances)
