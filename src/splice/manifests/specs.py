"""What a declared requirement allows: names as PEP 503 normalises them, PEP 440 and Poetry constraints.

The question is always the same: may a version that we need be installed next to what stands there? What
cannot be understood (a URL, a path) counts as allowing it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from packaging.requirements import InvalidRequirement, Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

_LEADING_NAME = re.compile(r"\s*([A-Za-z0-9](?:[\w.-]*[A-Za-z0-9])?)")
_BARE_VERSION = re.compile(r"=?\s*(v?\d[\w.+!-]*(?:\.\*)?)")


@dataclass(frozen=True, slots=True)
class Declared:
    """One requirement of a manifest. `allows` are alternatives; without any, every version will do."""

    name: str
    text: str  # as written
    allows: tuple[SpecifierSet, ...] = ()

    def forbids(self, wanted: SpecifierSet) -> bool:
        """Whether no version can satisfy both this and what we want."""
        try:
            return bool(self.allows) and not any(_meet(one, wanted) for one in self.allows)
        except ValueError:  # numbers of thousands of digits
            return False


def name_of(requirement: str) -> str:
    """The normalised name of a requirement string; "" when it has none."""
    match = _LEADING_NAME.match(requirement)
    return canonicalize_name(match[1]) if match else ""


def parse(text: str) -> Declared:
    """A PEP 508 requirement; of what is none, at least the name."""
    try:
        found = Requirement(text)
    except (InvalidRequirement, ValueError):
        return Declared(name_of(text), text)
    return Declared(canonicalize_name(found.name), text, (found.specifier,) if str(found.specifier) else ())


def wanted(requirement: str) -> SpecifierSet:
    """The versions that a requirement of ours asks for."""
    return Requirement(requirement).specifier


def same(one: str, other: str) -> bool:
    """Whether two requirement strings say the same, however a formatter wrote them."""
    if one == other:
        return True
    try:
        a, b = Requirement(one), Requirement(other)
    except (InvalidRequirement, ValueError):
        return False
    return (
        canonicalize_name(a.name) == canonicalize_name(b.name)
        and a.extras == b.extras
        and a.specifier == b.specifier
        and str(a.marker) == str(b.marker)
        and a.url == b.url
    )


def in_order(names: Iterable[str]) -> bool:
    """Whether a list is kept sorted: two or more names, in order."""
    rows = list(names)
    return len(rows) > 1 and rows == sorted(rows)


def poetry(name: str, value: object) -> Declared:
    """An entry of Poetry's or Pipenv's dependency table."""
    constraint = value.get("version") if isinstance(value, Mapping) else value
    if not isinstance(constraint, str):
        return Declared(canonicalize_name(name), name)
    text = f'{name} = "{constraint}"'
    try:
        allows = tuple(_constraint(part) for part in re.split(r"\|\|?", constraint))
    except ValueError:  # InvalidSpecifier and InvalidVersion are
        return Declared(canonicalize_name(name), text)
    return Declared(canonicalize_name(name), text, allows)


def _constraint(text: str) -> SpecifierSet:
    """`^1.2`, `~1.2`, `1.2.*`, `1.2` and PEP 440 specifiers, joined by commas or spaces."""
    parts = []
    for part in re.split(r"[,\s]+", re.sub(r"([\^~<>=!])\s+", r"\1", text.strip())):
        if part in {"", "*"}:
            continue
        if part.startswith("^") or (part.startswith("~") and not part.startswith("~=")):
            parts.append(_range(part))
        elif match := _BARE_VERSION.fullmatch(part):
            parts.append(f"=={match[1]}")
        else:
            parts.append(part)
    return SpecifierSet(",".join(parts))


def _range(part: str) -> str:
    low = Version(part[1:].strip())
    numbers = list(low.release)
    if part[0] == "^":
        at = next((i for i, number in enumerate(numbers) if number), len(numbers) - 1)
    else:
        at = min(1, len(numbers) - 1)
    high = [*numbers[:at], numbers[at] + 1]
    return f">={low},<{'.'.join(map(str, high))}"


def _meet(one: SpecifierSet, other: SpecifierSet) -> bool:
    """Whether a version satisfies both. The bounds themselves and their next neighbours are enough to try."""
    tried: set[Version] = set()
    for spec in (*one, *other):
        try:
            base = Version(spec.version.removesuffix(".*"))
        except InvalidVersion:
            return True  # `===` with something that is no version
        tried.add(base)
        release = (*base.release, 0, 0)[: max(3, len(base.release))]
        for at in range(len(release)):
            tried.add(Version(".".join(map(str, (*release[:at], release[at] + 1, *(0 for _ in release[at + 1 :]))))))
        tried.add(Version(f"{base.base_version}.post1"))
        tried.add(Version(base.base_version))
    return any(
        one.contains(version, prereleases=True) and other.contains(version, prereleases=True) for version in tried
    )
