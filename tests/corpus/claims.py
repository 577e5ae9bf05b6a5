"""What is claimed of a project, whether it held, and the counts that stand in the table."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field


@dataclass(frozen=True, slots=True)
class Claim:
    """One sentence about Splice on this project. It holds when there are no differences."""

    text: str
    differences: tuple[str, ...] = ()

    @property
    def holds(self) -> bool:
        return not self.differences


@dataclass(slots=True)
class Result:
    """Everything found about one project. `notes` are listed by name and are no failures."""

    project: str
    figures: dict[str, str] = field(default_factory=dict)
    claims: list[Claim] = field(default_factory=list)
    notes: dict[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def holds(self) -> bool:
        return all(claim.holds for claim in self.claims)

    def claim(self, text: str, differences: Iterable[str] = ()) -> None:
        self.claims.append(Claim(text, tuple(differences)))

    def note(self, text: str, names: Iterable[str]) -> None:
        """Remember names that a reader should see, if there are any."""
        if found := tuple(names):
            self.notes[text] = found


def kept(result: Result) -> str:
    """A result as JSON."""
    return json.dumps(asdict(result), indent=1)


def again(text: str) -> Result:
    """The result that was kept."""
    told = json.loads(text)
    claims = [Claim(one["text"], tuple(one["differences"])) for one in told["claims"]]
    return Result(told["project"], told["figures"], claims, {name: tuple(said) for name, said in told["notes"].items()})


def unlike(before: Mapping[str, object], after: Mapping[str, object]) -> list[str]:
    """The keys whose values differ, each with both."""
    keys = sorted(before.keys() | after.keys())
    return [f"{k}: {before.get(k)} -> {after.get(k)}" for k in keys if before.get(k) != after.get(k)]


def files_unlike(before: Mapping[str, object], after: Mapping[str, object]) -> list[str]:
    """The files that differ, came or went."""
    return sorted(name for name in before.keys() | after.keys() if before.get(name) != after.get(name))
