"""Comments by which a developer opts out in place: `# codemod: ignore[spans] -- reason`.

Found by tokens, so that a string with the same words is none. A comment that is not exactly right
suppresses nothing and says what is wrong with it. What counts on which day, the caller decides.
"""

from __future__ import annotations

import re
import tokenize
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date

from splice.patterns import nearest
from splice.source import Source

_COMMENT = re.compile(r"#\s*codemod:(?P<body>.*)", re.DOTALL)
_BODY = re.compile(
    r"\s*(?P<verb>ignore(?:-file)?)(?:\[(?P<codemods>[^\]]*)\])?(?P<options>(?:\s+[\w-]+=\S*)*)\s*(?:--\s*(?P<reason>.*))?"
)
_REASON = 500  # characters of a reason: it is shown in one line
_NAME = re.compile(r"[a-z][a-z0-9_-]*")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_LAYOUT = (tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT, tokenize.ENCODING)


@dataclass(frozen=True, slots=True)
class Suppression:
    """One comment. With a `problem` it suppresses nothing. `reason` is the repository's text: escape it to show it."""

    line: int
    codemods: tuple[str, ...] = ()  # empty: all
    until: date | None = None  # the last day on which it counts
    reason: str = ""
    problem: str = ""
    above: int = 0  # the line that a comment on its own line stands above; 0: it shares its line with code
    whole_file: bool = False

    def names(self, codemod: str) -> bool:
        """Whether it speaks of this codemod."""
        return not self.codemods or codemod in self.codemods

    def expired(self, today: date) -> bool:
        return self.until is not None and self.until < today

    def counts(self, codemod: str, today: date) -> bool:
        """Whether it suppresses this codemod on this day, at the places to which it `applies`."""
        return not self.problem and self.names(codemod) and not self.expired(today)


def suppressions(source: Source, known: Collection[str] = ()) -> tuple[Suppression, ...]:
    """All suppressions of a file, by line, also those with a problem; `known` are the names of all codemods.

    Of a file that Python cannot tokenize, those before the error: such a file is not changed anyway.
    """
    if b"codemod:" not in source.raw:
        return ()
    comments = list(_comments(source))
    alone = {line for line, _, own_line, _ in comments if own_line}
    found = []
    for line, text, own_line, leading in comments:
        if match := _COMMENT.search(text):
            above = 0
            if own_line:
                above = line + 1
                while above in alone:  # several comments may stand above one definition
                    above += 1
            found.append(_parse(match["body"], line, above, leading, known))
    return tuple(found)


def applies(suppression: Suppression, first_line: int, last_line: int) -> bool:
    """Whether it covers a header from its first decorator's line to the line of its colon.

    It does on any line of the header, in the comments directly above, or for the whole file.
    """
    if suppression.whole_file:
        return True
    return first_line <= suppression.line <= last_line or suppression.above == first_line


def _comments(source: Source) -> Iterator[tuple[int, str, bool, bool]]:
    """Each comment: line, text, whether it has the line to itself, whether it stands before all code."""
    numbers = iter(range(1, len(source.starts) + 1))

    def readline() -> str:
        number = next(numbers, 0)
        return source.line_text(number).rstrip("\r\n") + "\n" if number else ""

    leading = True
    try:
        for token in tokenize.generate_tokens(readline):
            if token.type == tokenize.COMMENT:
                line, column = token.start
                yield line, token.string, not source.line_text(line)[:column].strip(), leading
            elif token.type not in _LAYOUT:
                leading = False
    except (tokenize.TokenError, SyntaxError):
        return


def _parse(body: str, line: int, above: int, leading: bool, known: Collection[str]) -> Suppression:
    """What follows `codemod:` in a comment."""

    def wrong(problem: str) -> Suppression:
        return Suppression(line, above=above, problem=problem)

    match = _BODY.fullmatch(body.rstrip())
    if not match:
        return wrong(f"{_cut(body)} is not of the form `ignore[spans] until=2027-01-31 -- reason`")
    codemods: tuple[str, ...] = ()
    if match["codemods"] is not None:
        codemods = tuple(dict.fromkeys(name.strip() for name in match["codemods"].split(",")))
        for name in codemods:
            if not _NAME.fullmatch(name) or (known and name not in known):
                meant = nearest(name, known)
                return wrong(f"there is no codemod {_cut(name)}" + (f": did you mean {meant}?" if meant else ""))
    until = None
    for option in match["options"].split():
        key, _, value = option.partition("=")
        if key != "until":
            return wrong(f"there is no option {_cut(key)}: only until=YYYY-MM-DD")
        if until is not None:
            return wrong("until stands twice")
        try:
            until = date.fromisoformat(value if _DATE.fullmatch(value) else "")
        except ValueError:
            return wrong(f"until={_cut(value)} is no date: write until=YYYY-MM-DD")
    whole_file = match["verb"] == "ignore-file"
    if whole_file and not leading:
        return wrong("ignore-file must stand in the comments at the top of the file")
    return Suppression(line, codemods, until, (match["reason"] or "").strip()[:_REASON], "", above, whole_file)


def _cut(text: str) -> str:
    """A piece of the file, safe to print."""
    return ascii(text.strip()[:60])
