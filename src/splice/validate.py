"""Prove a change before it is written: what is there must be the service as it was, plus insertions.

The proofs know nothing of how a change was made. They read its bytes before and after and its edits, and
compare two syntax trees once the nodes that lie in inserted (or taken back) text are left out of them.
"""

from __future__ import annotations

import ast
import warnings
from bisect import bisect_right
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from splice.model import Change, Reason, Refused
from splice.source import Positioned, Source

_Span = tuple[int, int]
_DEFS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
_SCOPES = (ast.Module, *_DEFS)
# Where a node of ours may stand. Not in parameters, defaults, bases or type parameters: those are signatures.
_LISTS = frozenset({"body", "orelse", "finalbody", "decorator_list"})
_PLACES = frozenset({(ast.Import, "names"), (ast.ImportFrom, "names"), (ast.List, "elts")}) | frozenset(
    {(ast.Call, "args"), (ast.Call, "keywords")}
)


@dataclass(frozen=True, slots=True)
class Proof:
    """What a proven change looks like from outside: for `semgrep.judge` and for reports."""

    inserted: frozenset[int] = frozenset()  # lines of the file as it will be that hold something of ours
    defs: Mapping[int, int] = field(default_factory=dict)  # a line of a def's head before: its `def` line afterwards


@dataclass(frozen=True, slots=True)
class _Text:
    """A file's tree and the character spans in it that are Splice's."""

    source: Source
    tree: ast.Module
    spans: tuple[_Span, ...]
    starts: tuple[int, ...]
    lines: frozenset[int]

    @classmethod
    def of(cls, raw: bytes, spans: tuple[_Span, ...]) -> _Text:
        source = Source.decode(raw)
        tree = _parse(raw)
        lines: set[int] = set()
        for start, end in spans:
            text = source.text[start:end].rstrip()  # a line end that came along does not make the next line ours
            first = source.line_at(start + len(text) - len(text.lstrip()))
            lines.update(range(first, source.line_at(start + max(0, len(text) - 1)) + 1))
        return cls(source, tree, spans, tuple(start for start, _ in spans), frozenset(lines))

    def owns(self, node: ast.AST) -> bool:
        """Whether a node lies wholly in a span of ours."""
        if not isinstance(node, ast.expr | ast.stmt | ast.alias | ast.keyword) or node.lineno not in self.lines:
            return False
        start, end = self.source.span(_positioned(node))
        at = bisect_right(self.starts, start) - 1
        return at >= 0 and end <= self.spans[at][1]

    def kept(self, parent: ast.AST, name: str, items: list[object]) -> list[object]:
        """The items of a list field that are the service's."""
        if not self.spans or (name not in _LISTS and (type(parent), name) not in _PLACES):
            return items
        return [item for item in items if not (isinstance(item, ast.AST) and self.owns(item))]

    def bare(self, node: object) -> object:
        """A node without a wrap of ours: `retried(f)` is `f`."""
        while isinstance(node, ast.Call) and self.owns(node.func):
            rest = [*self.kept(node, "args", [*node.args]), *self.kept(node, "keywords", [*node.keywords])]
            if len(rest) != 1 or not isinstance(rest[0], ast.expr):
                break
            node = rest[0]
        return node


def prove(
    change: Change,
    *,
    stripped_before: bytes | None = None,
    stripped_after: bytes | None = None,
    slots: Mapping[int, int] | None = None,
) -> Proof:
    """Prove one change; raises Refused (proof-failed, or syntax-error / too-deep / encoding) when it does not hold.

    `stripped_before`, `stripped_after`: what `strip` makes of both sides; they must be the same service.
    `slots`: for the line of a def in the file before (as `JoinPoint.line`), `JoinPoint.slot`: no decorator
    of ours may end up above it, where a framework would never run it.

    A file that is new need only compile; a file that goes and one that is not Python have nothing to prove. A
    scaffold that is written anew is a generated whole, not an edited service file: `compiles` is for that.
    """
    if change.after is None or not change.file.endswith(".py"):
        return Proof()
    if change.before is None:
        compiles(change.after, change.file)
        return Proof(frozenset(range(1, len(Source.decode(change.after).starts) + 1)))
    inserted, removed = _spliced(change, change.before, change.after)
    _strips_back(change.before, stripped_before, stripped_after)
    before = _Text.of(change.before, removed)
    try:
        compiles(change.after, change.file)
        after = _Text.of(change.after, inserted)
    except Refused as refused:
        if refused.reason is Reason.TOO_DEEP:
            raise
        compiles(change.before, change.file)  # a file that never compiled is refused for its own sake
        raise Refused(Reason.PROOF_FAILED, f"would not compile: {refused.detail}", refused.line) from None
    if after.source.encoding != before.source.encoding:
        raise Refused(Reason.PROOF_FAILED, "the file would be read in another encoding")
    defs: dict[int, int] = {}
    for old, new in _pairs(before, after):
        if isinstance(old, _SCOPES) and isinstance(new, _SCOPES):
            _same_docstring(old, new)
        if isinstance(old, _DEFS) and isinstance(new, _DEFS):
            head = range(min([old.lineno, *(d.lineno for d in old.decorator_list)]), old.lineno + 1)
            defs.update(dict.fromkeys(head, new.lineno))
            for line in head:
                if slots and line in slots:
                    _in_order(before, after, old, new, slots[line])
    return Proof(after.lines, defs)


def compiles(raw: bytes, file: str) -> None:
    """Compile in memory, execute nothing; raises Refused with the line of the error."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the service's own invalid escapes are not our news
        try:
            compile(raw, file.encode("utf-8", "backslashreplace").decode(), "exec", dont_inherit=True)
        except (SyntaxError, ValueError) as error:
            raise Refused(Reason.SYNTAX, str(error), getattr(error, "lineno", 0) or 0) from None
        except (RecursionError, MemoryError):
            raise Refused(Reason.TOO_DEEP, "the file cannot be compiled") from None


def _parse(raw: bytes) -> ast.Module:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return ast.parse(raw)
        except (SyntaxError, ValueError) as error:
            raise Refused(Reason.SYNTAX, str(error), getattr(error, "lineno", 0) or 0) from None
        except (RecursionError, MemoryError):
            raise Refused(Reason.TOO_DEEP, "the file cannot be parsed") from None


def _spliced(change: Change, before: bytes, after: bytes) -> tuple[tuple[_Span, ...], tuple[_Span, ...]]:
    """That the bytes are the old ones with the edits in them; the spans inserted (after) and removed (before)."""
    source = Source.decode(before)
    inserted, removed, shift, rest, at = [], [], 0, [], 0
    for edit in sorted(change.edits, key=lambda e: (e.start, e.end)):
        if not at <= edit.start <= edit.end <= len(source.text):
            raise Refused(Reason.PROOF_FAILED, "edits overlap or lie outside the file")
        start = edit.start + shift
        inserted.append((start, start + len(edit.text)))
        removed.append((edit.start, edit.end))
        rest.append(source.text[at : edit.start])
        at, shift = edit.end, shift + len(edit.text) - (edit.end - edit.start)
    rest.append(source.text[at:])
    try:
        new = Source.decode(after)
    except Refused as refused:
        raise Refused(Reason.PROOF_FAILED, f"the result cannot be read: {refused.detail}") from None
    position, left = 0, []
    for start, end in inserted:
        left.append(new.text[position:start])
        position = end
    left.append(new.text[position:])
    if left != rest or new.bom != source.bom or source.apply(change.edits) != after:
        raise Refused(Reason.PROOF_FAILED, "the result is not the file plus the planned edits")
    return _joined(inserted), _joined(removed)


def _joined(spans: list[_Span]) -> tuple[_Span, ...]:
    """Spans that are not empty, with neighbours made one: a node may lie in two edits that touch."""
    joined: list[_Span] = []
    for start, end in spans:
        if joined and joined[-1][1] == start:
            start = joined.pop()[0]
        if start < end:
            joined.append((start, end))
    return tuple(joined)


def _strips_back(before: bytes, stripped_before: bytes | None, stripped_after: bytes | None) -> None:
    """That without our insertions both sides are one service: its bytes, or after a formatter its tree."""
    original = before if stripped_before is None else stripped_before
    if stripped_after is None or stripped_after == original:
        return
    if original == before:
        raise Refused(Reason.PROOF_FAILED, "strip would not give the original bytes back")
    for _ in _pairs(_Text.of(original, ()), _Text.of(stripped_after, ())):
        pass


def _pairs(before: _Text, after: _Text) -> Iterator[tuple[ast.AST, ast.AST]]:
    """Corresponding nodes of two trees, ours left out; raises Refused where they differ.

    With a stack of its own: a sum of 500 terms is a deep tree, and no reason to refuse a file.
    """
    stack: list[tuple[object, object]] = [(before.tree, after.tree)]
    place = 0
    while stack:
        old, new = (text.bare(node) for text, node in zip((before, after), stack.pop(), strict=True))
        place = getattr(new, "lineno", place)
        if type(old) is not type(new):
            raise _differs(place)
        if isinstance(old, ast.AST) and isinstance(new, ast.AST):
            yield old, new
            for name in old._fields:
                left, right = getattr(old, name, None), getattr(new, name, None)
                if isinstance(left, list) and isinstance(right, list):
                    left, right = before.kept(old, name, left), after.kept(new, name, right)
                    if len(left) != len(right):
                        raise _differs(place)
                    stack.extend(zip(left, right, strict=True))
                else:
                    stack.append((left, right))
        elif old != new:
            raise _differs(place)


def _differs(line: int) -> Refused:
    return Refused(Reason.PROOF_FAILED, "the service's own code would change its meaning", line)


def _same_docstring(old: ast.AST, new: ast.AST) -> None:
    """That no statement of ours stands before a docstring, which would then be none."""
    assert isinstance(old, _SCOPES) and isinstance(new, _SCOPES)
    if ast.get_docstring(old, clean=False) != ast.get_docstring(new, clean=False):
        raise Refused(Reason.PROOF_FAILED, "a docstring would be lost", getattr(new, "lineno", 1))


def _in_order(before: _Text, after: _Text, old: ast.AST, new: ast.AST, slot: int) -> None:
    """That every decorator of ours stands at `slot` or below: semgrep, which ignores their order, cannot tell."""
    assert isinstance(old, _DEFS) and isinstance(new, _DEFS)
    kept = [index for index, decorator in enumerate(old.decorator_list) if not before.owns(decorator)]
    above = 0
    for decorator in new.decorator_list:
        if not after.owns(decorator):
            above += 1
            continue
        following = kept[above] if above < len(kept) else len(old.decorator_list)
        if following < slot:
            detail = "a decorator of ours would stand above one that registers: it would never run"
            raise Refused(Reason.PROOF_FAILED, detail, decorator.lineno)


def _positioned(node: ast.expr | ast.stmt | ast.alias | ast.keyword) -> Positioned:
    return node
