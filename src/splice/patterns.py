"""The pattern languages of the configuration: dotted names, operations, gitignore paths, and "did you mean".

Patterns come from the repository, so none may take exponential time: globs are matched by two pointers,
and path patterns, which become regular expressions, may hold only so many stars.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Sequence

MAX_STARS = 4  # in one segment of a path pattern: each more multiplies the time by the length of a name


def nearest(name: str, choices: Collection[str], likeness: float = 0.6) -> str:
    """The choice that `name` most likely meant, or "" when none is as like it."""
    import difflib

    folded = {choice.casefold(): choice for choice in sorted(choices)}
    found = difflib.get_close_matches(name[:200].casefold(), list(folded), n=1, cutoff=likeness)
    return folded[found[0]] if found else ""


def dotted_matches(pattern: str, name: str) -> bool:
    """Whether a dotted name fits: `*` stands for one segment or a part of one, `**` for any number, also none."""
    return glob_matches(pattern.split("."), name.split("."), "**", _segment_matches)


def operation_matches(pattern: str, operation: str, *, overlap: bool = False) -> bool:
    """Whether an operation fits `GET|POST /admin/**`, `* /x`, `POST **` or a dotted pattern.

    The pattern must name every method of the operation, so that `public = ["GET /x"]` never opens POST;
    with `overlap` one method in common is enough, as a rule that demands something needs it.
    `/admin/**` covers `/admin` too.
    """
    methods, blank, path = pattern.strip().partition(" ")
    served, spaced, route = operation.partition(" ")
    if not blank or not spaced:
        return blank == spaced and dotted_matches(methods, operation)
    wanted, found = set(methods.upper().split("|")), set(served.split("|"))
    fits = "*" in wanted or found <= wanted or (overlap and ("*" in found or bool(found & wanted)))
    return fits and glob_matches(path.strip().split("/"), route.split("/"), "**", _segment_matches)


def matcher(patterns: Iterable[str]) -> Callable[[str], bool]:
    """A test of `/`-separated relative paths against gitignore patterns; the last one that matches decides.

    Raises ValueError for a pattern that has a `refusal`.
    """
    lines = list(patterns)
    if not lines:
        return lambda _path: False
    import pathspec

    for line in lines:
        if why := refusal(line):
            raise ValueError(why)
    return pathspec.GitIgnoreSpec.from_lines(lines).match_file


def refusal(pattern: str) -> str:
    """Why a gitignore pattern cannot be used, in words for the user, or ""."""
    import pathspec

    if any(segment.count("*") > MAX_STARS for segment in pattern.split("/")) or pattern.count("**") > MAX_STARS:
        return f"holds a pattern with more than {MAX_STARS} stars, which may take minutes: {pattern[:80]!a}"
    try:
        pathspec.GitIgnoreSpec.from_lines([pattern])
    except (ValueError, re.error):
        return f"holds what is no gitignore pattern: {pattern[:80]!a}"
    return ""


def _segment_matches(pattern: str, segment: str) -> bool:
    return glob_matches(pattern, segment, "*", str.__eq__)


def glob_matches(pattern: Sequence[str], subject: Sequence[str], star: str, same: Callable[[str, str], bool]) -> bool:
    """The two-pointer match of a pattern whose `star` takes any number of elements."""
    at, here, mark, resume = 0, 0, -1, 0
    while here < len(subject):
        if at < len(pattern) and pattern[at] == star:
            mark, resume, at = at, here, at + 1
        elif at < len(pattern) and same(pattern[at], subject[here]):
            at, here = at + 1, here + 1
        elif mark >= 0:
            resume += 1
            at, here = mark + 1, resume
        else:
            return False
    return all(rest == star for rest in pattern[at:])
