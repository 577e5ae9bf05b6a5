"""Which of several patterns of operations is the most specific one, or that none is.

A pattern is narrower than another when its path is: every path that fits it fits the other, and not the other way
round. So a literal segment is narrower than `*`, and `*` than `**`. Where both have the same paths, the methods
decide: `GET` is narrower than `GET|POST`, and that than `*`. Where neither is narrower (`/a/*/c` and `/a/b/*`,
`GET|POST /x` and `POST|PUT /x`) there is no most specific one, and whoever asks must refuse rather than guess.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from splice.patterns import glob_matches

_MOST = 100  # patterns that are compared with each other, pair by pair


@dataclass(frozen=True, slots=True)
class Shape:
    """A pattern taken apart: `methods` is None for `*`, and for a dotted name; equal languages have equal paths."""

    methods: frozenset[str] | None
    path: tuple[str, ...]
    dotted: bool

    @property
    def everything(self) -> bool:
        """Whether every path fits."""
        return self.path == ("", "**")


@functools.lru_cache(maxsize=4096)
def shape(pattern: str) -> Shape:
    methods, blank, path = pattern.strip().partition(" ")
    if not blank:
        return Shape(None, _canonical(methods.split(".")), True)
    names = frozenset(methods.upper().split("|"))
    segments = path.strip().split("/")
    if segments[0] == "**":  # every path begins with a slash
        segments.insert(0, "")
    return Shape(None if "*" in names else names, _canonical(segments), False)


def narrower(one: str, other: str) -> bool:
    """Whether `one` goes before `other` where both fit."""
    a, b = shape(one), shape(other)
    if a.dotted != b.dotted:
        return False
    inside, around = _within(a.path, b.path), _within(b.path, a.path)
    if inside and around:
        return a.methods is not None and (b.methods is None or a.methods < b.methods)
    return inside


def contains(wide: str, narrow: str) -> bool:
    """Whether every operation that fits `narrow` fits `wide`."""
    a, b = shape(wide), shape(narrow)
    methods = a.methods is None or (b.methods is not None and b.methods <= a.methods)
    return a.dotted == b.dotted and methods and _within(b.path, a.path)


def overlaps(one: str, other: str) -> bool:
    """Whether some operation may fit both. A dotted name may be that of any route."""
    a, b = shape(one), shape(other)
    if a.dotted != b.dotted:
        return True
    methods = a.methods is None or b.methods is None or bool(a.methods & b.methods)
    return methods and _meet(a.path, b.path, "**", lambda x, y: _meet(x, y, "*", str.__eq__))


def most_specific(patterns: Iterable[str]) -> str:
    """The pattern that is narrower than every other one, "" when there is none."""
    best = ""
    found = list(patterns)
    for one in found:  # whoever beats all others beats the best so far, and nobody beats him
        if not best or narrower(one, best):
            best = one
    return best if sum(narrower(best, other) for other in found) == len(found) - 1 else ""


def rivals(patterns: Iterable[str]) -> tuple[str, ...]:
    """Those patterns than which none is narrower, sorted; of very many some others may be among them."""
    found = sorted(patterns)
    best = ""
    for one in found:
        if not best or narrower(one, best):
            best = one
    left = [one for one in found if one == best or not narrower(best, one)]
    if len(left) > _MOST:
        return tuple(left)
    return tuple(one for one in left if not any(narrower(other, one) for other in left))


def _canonical(segments: list[str]) -> tuple[str, ...]:
    """`*` and `**` say the same in any order: first all `*`, then one `**`."""
    out: list[str] = []
    any_number = False
    for segment in segments:
        plain = segment if segment == "**" else re.sub(r"\*+", "*", segment)
        if plain == "**":
            any_number = True
            continue
        if any_number and plain != "*":
            out.append("**")
            any_number = False
        out.append(plain)
    return (*out, "**") if any_number else tuple(out)


def _within(inner: tuple[str, ...], outer: tuple[str, ...]) -> bool:
    """Whether whatever fits `inner` fits `outer`: the stars of `inner` are taken as text that only a star fits."""
    return glob_matches(outer, inner, "**", lambda seg, sub: sub != "**" and glob_matches(seg, sub, "*", str.__eq__))


def _meet(one: Sequence[str], other: Sequence[str], star: str, same: Callable[[str, str], bool]) -> bool:
    """Whether something fits both of two patterns whose `star` takes any number of elements."""
    reached = {(0, 0)}
    todo = [(0, 0)]
    while todo:
        i, j = todo.pop()
        if (i, j) == (len(one), len(other)):
            return True
        steps = []
        if i < len(one) and one[i] == star:
            steps += [(i + 1, j), *([(i, j + 1)] if j < len(other) else [])]
        if j < len(other) and other[j] == star:
            steps += [(i, j + 1), *([(i + 1, j)] if i < len(one) else [])]
        if not steps and i < len(one) and j < len(other) and same(one[i], other[j]):
            steps.append((i + 1, j + 1))
        todo += [step for step in steps if step not in reached]
        reached.update(steps)
    return False
