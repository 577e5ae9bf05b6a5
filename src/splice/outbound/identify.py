"""What one call is: everything of a library that its callee may be, and whether that is one thing and nothing else."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from splice.config import Config
from splice.forms import dotted
from splice.outbound import multicallables
from splice.outbound.catalogue import Named, method, named
from splice.outbound.inference import Inference
from splice.outbound.library import Function, Style
from splice.outbound.sure import NOTHING, Sure
from splice.outbound.surroundings import Surroundings
from splice.outbound.suspects import Suspects
from splice.outbound.traces import Traces
from splice.patterns import dotted_matches
from splice.symbols import CallSite, Definition
from splice.values import External, FuncRef, Instance, Member, Unknown, Value


@dataclass(frozen=True, slots=True)
class Identified:
    """What a call is, or may be. `why` says what it may be beside, "" when it is surely that.

    `owners`: the objects that it is called on; `functions`: of the project, where the policy names one.
    """

    named: Named
    owners: tuple[Instance, ...] = ()
    functions: tuple[Definition, ...] = ()
    why: str = ""


class Identifier:
    """Answers for one callee at a time; made when all files are read."""

    def __init__(
        self, sure: Sure, around: Surroundings, config: Config, root: Path | None, unsaved: Mapping[str, bytes]
    ) -> None:
        self.sure, self.around, self.config = sure, around, config
        self.inference = Inference(sure, root, unsaved)
        self._suspects = Suspects(sure.project)
        self._unary = frozenset(multicallables.method_names(multicallables.generated(sure.project)))
        self._traces = Traces(sure.project, self._unary | set(self._repeated()))

    def identify(self, callee: ast.expr, site: CallSite) -> Identified | None:
        """What a callee is, None when it is nothing of a library."""
        if not self._traces.may_go_out(callee):
            return self._suspected(callee, site)
        found: dict[str, Named] = {}
        owners: list[Instance] = []
        functions: list[Definition] = []
        others: list[Value] = []
        for value in self._values(callee, site):
            if isinstance(value, multicallables.Unary):
                found[value.named.name] = value.named
                owners.append(value.stub)
            elif (known := self._named(value)) is not None:
                found[known.name] = known
                owners += [value.of] if isinstance(value, Member) else []
                functions += [value.definition] if isinstance(value, FuncRef) else []
            elif value != NOTHING:
                others.append(value)
        if not found and (inferred := self._inferred(callee, site)) is not None:
            found, owners, others = {inferred[0].name: inferred[0]}, [inferred[1]], []
        if not found:
            return self._suspected(callee, site)
        first = found[min(found)]
        why = "" if len(found) == 1 and not others else _why(others)
        return Identified(first, tuple(owners), tuple(functions), why)

    def _suspected(self, callee: ast.expr, site: CallSite) -> Identified | None:
        """What looks like a request of something that is not known."""
        if not isinstance(callee, ast.Attribute) or not self._suspects.may_be(callee, site):
            return None
        values = self._values(callee, site)
        why = next((value.why for value in values if isinstance(value, Unknown)), "")
        return Identified(Named(dotted(callee), "", ""), why=why) if why and dotted(callee) else None

    def _inferred(self, callee: ast.expr, site: CallSite) -> tuple[Named, Instance] | None:
        """A method of an object whose class only rope can say."""
        if not isinstance(callee, ast.Attribute) or self.around.local_names(site):
            return None
        if not all(isinstance(value, Unknown) for value in self.sure.values(callee.value, site.scope)):
            return None
        cls = self.inference.class_of(callee.value, site.scope)
        known = method(cls, callee.attr) if cls else None
        place = (site.scope.module.file, site.node.lineno, -1)
        return (known, Instance(External(cls), place)) if known is not None else None

    def _values(self, callee: ast.expr, site: CallSite) -> Iterator[Value | multicallables.Unary]:
        if self.around.local_names(site) & {n.id for n in ast.walk(callee) if isinstance(n, ast.Name)}:
            yield Unknown("a variable of a comprehension or a lambda")
        elif isinstance(callee, ast.Attribute) and callee.attr in self._unary:
            awaited = self.around.used(site) == "awaited"
            for base in self.sure.values(callee.value, site.scope):
                yield multicallables.unary(self.sure, base, callee.attr, awaited) or Unknown("no stub that is known")
        else:
            yield from self.sure.values(callee, site.scope)

    def _named(self, value: Value) -> Named | None:
        """What of a library a value is, or which function that the policy names; None for anything else."""
        if isinstance(value, FuncRef):
            style: Style = "async" if value.definition.colour == "async" else "sync"
            repeated = self._is_repeated(value.definition)
            return Named(value.definition.dotted, "", "", Function(style=style, repeatable=True)) if repeated else None
        if isinstance(value, External):
            return named(value.name)
        cls, _, attr = self.sure.members.outside(value).rpartition(".")
        return method(cls, attr) if cls else None

    def _repeated(self) -> Iterator[str]:
        """The names of the functions that the policy says may be repeated."""
        for module in self.sure.project.modules() if self.config.retry.functions else ():
            yield from (d.name for d in module.functions() if self._is_repeated(d))

    def _is_repeated(self, definition: Definition) -> bool:
        return any(dotted_matches(pattern, definition.dotted) for pattern in self.config.retry.functions)


def _why(others: list[Value]) -> str:
    why = (value.why for value in others if isinstance(value, Unknown))
    return next(why, "it may be one of several things")
