"""What repeats a call already: decorators, loops over attempts, objects that carry a number to a client."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Sequence

from splice.forms import dotted
from splice.mutation import last_name
from splice.outbound.blocks import Blocks, leaves
from splice.outbound.calls import OURS, Attempts, Layer
from splice.outbound.ours import RETRIED, part_here
from splice.outbound.retriers import CARRIERS, RETRIERS, WORDS, Retrier
from splice.outbound.sure import Sure
from splice.symbols import CallSite, Definition, Scope
from splice.values import Const, External, Instance, Value

_STOPS = frozenset({"tenacity.stop_after_attempt", "tenacity.stop.stop_after_attempt"})
_COUNTERS = frozenset({"range", "count"})


class Layers:
    """Finds layers; `attempts` are what our own `retried` makes, `stem` is the last name of the scaffold."""

    def __init__(self, sure: Sure, stem: str, attempts: int) -> None:
        self.sure, self.stem, self.attempts = sure, stem, attempts
        self.blocks = Blocks()

    def of_decorators(self, definition: Definition) -> Iterator[Layer]:
        """The decorators of a function (and of a task's class) that repeat it, the outermost first."""
        file, scope = definition.scope.module.file, definition.scope
        for node in definition.node.decorator_list:
            call = node if isinstance(node, ast.Call) else None
            callee = call.func if call is not None else node
            times = self._times(self._names(callee, scope), call, scope)
            if times is None and any(word in dotted(callee).lower() for word in WORDS):
                times = (None,)
            if times is not None and times[0] != 1:
                yield Layer(f"@{dotted(callee)}", times[0], file, node.lineno)
        if any(last_name(site.node.func) == "retry" for site in _in_task(definition)):
            yield Layer("self.retry()", None, file, definition.node.lineno)

    def of_site(self, site: CallSite) -> Iterator[Layer]:
        """Loops of attempts around a call, the outermost first, and `retried(...)` of ours at it."""
        file = site.scope.module.file
        for loop, between in reversed(list(self.blocks.loops(site))):
            times = None
            if isinstance(loop, (ast.For, ast.AsyncFor)):
                times = self._times_of_values(self.sure.values(loop.iter, site.scope))
            if times is None and _is_by_hand(loop, between, site):
                times = (self._counted(loop, site.scope),)
            if times is not None and times[0] != 1:
                yield Layer("a loop of attempts", times[0], file, loop.lineno)
        wrap = site.node.func
        if isinstance(wrap, ast.Call) and part_here(self.sure.project, wrap.func, site.scope, self.stem) == RETRIED:
            yield Layer(OURS, self.attempts, file, site.node.lineno)

    def of_caller(self, site: CallSite) -> Iterator[Layer]:
        """What calls a function that it is passed as an argument, again and again: `Retrying(...)(fetch, url)`."""
        times = self._times_of_values(self.sure.values(site.node.func, site.scope))
        if times is not None and times[0] != 1:
            yield Layer(dotted(site.node.func) or "a caller", times[0], site.scope.module.file, site.node.lineno)

    def carried(self, node: ast.expr, scope: Scope) -> Attempts:
        """How often a client tries with this argument: a number, `Retry(3)`, an adapter, a transport."""
        values = self.sure.values(node, scope)
        found = [self._carried(value) for value in values]
        return None if not found or None in found else max(n for n in found if n is not None)

    # -- numbers -------------------------------------------------------------------------------------

    def _carried(self, value: Value) -> Attempts:
        if isinstance(value, Const):
            number = value.value
            return 1 if not number else number + 1 if type(number) is int else None
        if isinstance(value, Instance) and isinstance(value.cls, External) and value.cls.name in CARRIERS:
            return self._number(CARRIERS[value.cls.name], value.call, value.scope)
        return None

    def _names(self, node: ast.expr, scope: Scope) -> list[str]:
        values = self.sure.values(node, scope)
        return [v.name if isinstance(v, External) else self.sure.members.outside(v) for v in values]

    def _times(self, names: Sequence[str], call: ast.Call | None, scope: Scope) -> tuple[Attempts] | None:
        """The attempts of the first of these names that repeats, None when none does."""
        for name in names:
            if name in RETRIERS:
                return (self._number(RETRIERS[name], call, scope),)
        return None

    def _times_of_values(self, values: Iterable[Value]) -> tuple[Attempts] | None:
        for value in values:
            if isinstance(value, Instance) and isinstance(value.cls, External) and value.cls.name in RETRIERS:
                return (self._number(RETRIERS[value.cls.name], value.call, value.scope),)
        return None

    def _number(self, retrier: Retrier, call: ast.Call | None, scope: Scope | None) -> Attempts:
        if call is None or scope is None:
            return 1 if retrier.only_with else retrier.default
        named = {keyword.arg: keyword.value for keyword in call.keywords}
        if retrier.only_with and not set(retrier.only_with) & set(named):
            return 1
        node = named.get(retrier.keyword)
        if node is None and 0 <= retrier.position < len(call.args):
            node = call.args[retrier.position]
        if node is None:
            return None if None in named else retrier.default
        if retrier.keyword == "stop":
            return self._stop(node, scope)
        if retrier.extra:
            return self.carried(node, scope)
        return self._count(node, scope)

    def _stop(self, node: ast.expr, scope: Scope) -> Attempts:
        """`stop_after_attempt(3) | stop_after_delay(10)` stops at three attempts at the latest."""
        if isinstance(node, ast.BinOp):
            both = [self._stop(part, scope) for part in (node.left, node.right)]
            known = [n for n in both if n is not None]
            return None if not known or isinstance(node.op, ast.BitAnd) else min(known)
        for value in self.sure.values(node, scope):
            stops = isinstance(value, Instance) and isinstance(value.cls, External) and value.cls.name in _STOPS
            if stops and isinstance(value, Instance) and value.call and value.scope and value.call.args:
                return self._count(value.call.args[0], value.scope)
        return None

    def _count(self, node: ast.expr, scope: Scope) -> Attempts:
        """A constant whole number."""
        found = self.sure.values(node, scope)
        constant = found[0].value if len(found) == 1 and isinstance(found[0], Const) else None
        return constant if isinstance(constant, int) and not isinstance(constant, bool) else None

    def _counted(self, loop: ast.stmt, scope: Scope) -> Attempts:
        """The turns of `for _ in range(3)`."""
        call = loop.iter if isinstance(loop, (ast.For, ast.AsyncFor)) else None
        if not isinstance(call, ast.Call) or last_name(call.func) != "range" or not 1 <= len(call.args) <= 2:
            return None
        *first, last = (self._count(argument, scope) for argument in call.args)
        start = first[0] if first else 0
        return None if last is None or start is None else last - start


def _in_task(definition: Definition) -> list[CallSite]:
    """The calls on the first parameter of a bound task, `self.retry(...)`."""
    node = definition.node
    if isinstance(node, ast.ClassDef) or not any("task" in ast.dump(d) for d in node.decorator_list):
        return []
    first = next((a.arg for a in (*node.args.posonlyargs, *node.args.args)), "")
    calls = definition.scope.module.calls_by_name.get("retry", ())
    return [
        call
        for call in calls
        if call.scope is definition.inner
        and isinstance(call.node.func, ast.Attribute)
        and isinstance(call.node.func.value, ast.Name)
        and call.node.func.value.id == first
    ]


def _is_by_hand(loop: ast.stmt, between: Sequence[ast.stmt], site: CallSite) -> bool:
    """A loop that a success leaves and a failure does not: `for _ in range(3): try: return get(u) except E: ...`."""
    if not leaves(loop):
        return False
    tried = [node for node in between if isinstance(node, ast.Try)]
    goes_on = any(not _ends(handler) for node in tried for handler in node.handlers)
    if isinstance(loop, (ast.For, ast.AsyncFor)):
        counts = isinstance(loop.iter, ast.Call) and last_name(loop.iter.func) in _COUNTERS
        turns = {n.id for n in ast.walk(loop.target) if isinstance(n, ast.Name)}
        used = {n.id for n in ast.walk(site.node) if isinstance(n, ast.Name)}
        return counts and not turns & used and (goes_on or not tried)
    return goes_on


def _ends(handler: ast.ExceptHandler) -> bool:
    """Whether a handler surely ends the loop around it."""
    return bool(handler.body) and isinstance(handler.body[-1], (ast.Raise, ast.Return, ast.Break))
