"""What the policy asks of one operation: it is public, or what a caller must have, or that nobody can say.

The most specific rule wins (specificity.py), and what no rule and no `public` names must be guarded all the same.
Whatever is not certain is `Undecided`: then nothing is inserted, a finding names both places, and `protect` closes it.

* HEAD follows GET. OPTIONS passes unless a pattern names it.
* An operation of several methods, or of several routes, is decided for each; where the answers differ it is undecided.
* A route that cannot be read from the source may be one that any rule names: only a rule by the dotted name decides.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

from splice.model import JoinPoint
from splice.patterns import operation_matches
from splice.policies import AuthPolicy, AuthRule
from splice.policies.specificity import most_specific, rivals, shape
from splice.tomlfile import show


@dataclass(frozen=True, slots=True)
class Public:
    """Open to everybody, because `pattern` says so ("" for OPTIONS, which says so itself)."""

    pattern: str = ""


@dataclass(frozen=True, slots=True)
class Requires:
    """A caller with all of these scopes, or `any_of` them; none: anybody who is known. `rule` None: by default."""

    scopes: tuple[str, ...] = ()
    any_of: bool = False
    rule: AuthRule | None = None

    def demand(self) -> tuple[object, ...]:
        return frozenset(self.scopes), self.any_of and len(self.scopes) > 1

    @property
    def needed(self) -> str:
        """In words for the user: `orders:read and admin`."""
        return (" or " if self.any_of else " and ").join(self.scopes) or "a known caller"


@dataclass(frozen=True, slots=True)
class Undecided:
    """The policy gives no one answer; in words for the user. `rule` is one of those that are meant."""

    message: str
    fix: str
    rule: AuthRule | None = None


@dataclass(frozen=True, slots=True)
class Book:
    """A policy, for many look-ups: an OpenAPI document makes a rule of each of a thousand operations."""

    rules: Mapping[str, AuthRule]
    exact: Mapping[str, tuple[str, ...]]  # path or dotted name -> the patterns that name it without a star
    starred: tuple[str, ...]

    @property
    def patterns(self) -> tuple[str, ...]:
        return (*(pattern for patterns in self.exact.values() for pattern in patterns), *self.starred)

    @property
    def dotted(self) -> tuple[str, ...]:
        """The dotted names without a star."""
        return tuple(pattern for patterns in self.exact.values() for pattern in patterns if " " not in pattern)

    def near(self, path: str) -> tuple[str, ...]:
        """All patterns that may fit a path, or a dotted name."""
        return (*self.exact.get(path, ()), *self.starred)


Requirement = Public | Requires | Undecided
OPTIONS_PASS = Public()


_books: list[tuple[AuthPolicy, Book]] = []  # of the last few: what is asked once is asked of every operation


def book_of(auth: AuthPolicy) -> Book:
    for known, book in _books:
        if known is auth:
            return book
    rules = {rule.operation: rule for rule in auth.rules}
    exact: dict[str, tuple[str, ...]] = {}
    for pattern in (*auth.public, *rules):
        path = pattern.partition(" ")[2].strip() or pattern
        exact[path] = (*exact.get(path, ()), pattern)
    starred = tuple(pattern for path, patterns in exact.items() if "*" in path for pattern in patterns)
    book = Book(rules, {path: patterns for path, patterns in exact.items() if "*" not in path}, starred)
    _books[:] = [(auth, book), *_books[:3]]
    return book


def requirement(auth: AuthPolicy, point: JoinPoint, operation: str = "") -> Requirement:
    """What the policy asks of one operation of a handler or a websocket, its own where none of `members` is given."""
    operation, book = operation or point.operation, book_of(auth)
    if not shape(operation).dotted:
        return _joined(book, operation, [operation])
    return _joined(book, operation, [answer for name, answer in point.answers if name == operation] or [""])


def _joined(book: Book, operation: str, answers: Collection[str]) -> Requirement:
    """One requirement of everything that an operation answers, or why there is none."""
    found: list[tuple[str, Public | Requires]] = []
    for one in dict.fromkeys(single for answer in answers for single in _singles(book, answer)):
        decided = _one(book, one, operation) if one else _unknown(book, operation)
        if isinstance(decided, Undecided):
            return decided
        found.append((one, decided))
    if not found:
        return OPTIONS_PASS
    first, told = found[0]
    for other, differs in found[1:]:
        if _demand(differs) != _demand(told):
            rule = next((d.rule for d in (told, differs) if isinstance(d, Requires) and d.rule), None)
            message = (
                f"{show(operation)} is one function, and the policy says two things of it: "
                f"{show(first)} {_said(told)}, {show(other)} {_said(differs)}"
            )
            return Undecided(message, "give each its own function, or put them under one rule", rule)
    return told


def _singles(book: Book, answer: str) -> Iterator[str]:
    """An operation, one method at a time: of any method, those that the policy names, and all others."""
    if not answer:
        yield ""
        return
    methods, _, path = answer.partition(" ")
    names = {"GET" if method == "HEAD" else method for method in methods.split("|")}
    named = {m for p in book.near(path) for m in shape(p).methods or () if operation_matches(p, f"{m} {path}")}
    if "*" in names:
        names |= named
    if "OPTIONS" not in named:
        names.discard("OPTIONS")
    for name in sorted(names):
        yield f"{name} {path}"


def _one(book: Book, single: str, operation: str) -> Requirement:
    """Of one method of one path; `operation` is the name under which it runs."""
    by_path = _winner(book, single, single)
    if operation == single or not shape(operation).dotted:
        return by_path or Requires()
    by_name = _winner(book, operation, operation)
    for undecided in (by_path, by_name):
        if isinstance(undecided, Undecided):
            return undecided
    if by_path is None or by_name is None:
        return by_path or by_name or Requires()
    if _demand(by_path) != _demand(by_name):
        message = f"{show(operation)} {_said(by_name)} by its name, and by its route {show(single)} {_said(by_path)}"
        return Undecided(message, "decide by its routes alone", _rule_of(by_name) or _rule_of(by_path))
    return by_name


def _unknown(book: Book, operation: str) -> Requirement:
    """Of a route that cannot be read from the source: its name decides, or a rule for everything."""
    if (by_name := _winner(book, operation, operation)) is not None:
        return by_name
    rules = [rule for rule in book.rules.values() if not shape(rule.operation).dotted]
    general = [rule for rule in rules if shape(rule.operation).everything and shape(rule.operation).methods is None]
    usual = _required(general[0]) if general else Requires()
    for rule in rules:
        if _demand(_required(rule)) != _demand(usual):
            message = f"the route of {show(operation)} is not known, and {show(rule.operation)} may be meant for it"
            return Undecided(message, f'write a rule with operation = "{operation}"', rule)
    return usual


def _winner(book: Book, single: str, shown: str) -> Requirement | None:
    """What the most specific pattern that fits says; None when none fits."""
    fitting = [
        pattern for pattern in book.near(single.partition(" ")[2] or single) if operation_matches(pattern, single)
    ]
    if not fitting:
        return None
    rules, won = book.rules, most_specific(fitting)
    if not won:
        best = rivals(fitting)
        if not any(pattern in rules for pattern in best):  # they say the same
            return Public(best[0])
        where = " and ".join(_place(pattern, rules) for pattern in best[:3])
        message = f"{where} fit {show(shown)}, and neither is more specific"
        rule = next((rules[pattern] for pattern in best if pattern in rules), None)
        return Undecided(message, f'write a rule with operation = "{shown}"', rule)
    return _required(rules[won]) if won in rules else Public(won)


def _place(pattern: str, rules: Mapping[str, AuthRule]) -> str:
    rule = rules.get(pattern)
    return f"{show(pattern)} (line {rule.line})" if rule and rule.line else f"{show(pattern)} (public)"


def _required(rule: AuthRule) -> Requires:
    return Requires(rule.require_any or rule.require, bool(rule.require_any), rule)


def _rule_of(decided: Requirement) -> AuthRule | None:
    return decided.rule if isinstance(decided, (Requires, Undecided)) else None


def _demand(decided: Requirement) -> tuple[object, ...]:
    return decided.demand() if isinstance(decided, Requires) else ("public",)


def _said(decided: Requirement) -> str:
    """The words of messages: `is public`, `requires admin (line 7)`."""
    if isinstance(decided, Public):
        return f"is public ({show(decided.pattern)})"
    assert isinstance(decided, Requires)
    return f"requires {decided.needed}" + (f" (line {decided.rule.line})" if decided.rule and decided.rule.line else "")
