"""Every example of every codemod: the exact result, idempotence, strip, and its semgrep rule."""

from __future__ import annotations

from pathlib import Path

import pytest

from splice import semgrep, testing
from splice.model import Example, NoChange
from splice.registry import codemods

EXAMPLES = [
    pytest.param(name, example, id=f"{name}: {example.title}")
    for name, codemod in codemods().items()
    for example in codemod.examples
]


@pytest.mark.parametrize(("name", "example"), EXAMPLES)
def test_example(tmp_path: Path, name: str, example: Example | NoChange) -> None:
    testing.check(tmp_path, name, example)


@pytest.mark.parametrize("name", list(codemods()))
def test_every_codemod_shows_what_it_does_and_what_it_leaves_alone(name: str) -> None:
    kinds = {type(example) for example in codemods()[name].examples}
    assert kinds == {Example, NoChange}


def test_rules_fire_on_what_is_missing_and_are_silent_on_what_was_inserted() -> None:
    before, after = {}, {}
    for name, codemod in codemods().items():
        for number, example in enumerate(codemod.examples):
            if codemod.rule and isinstance(example, Example) and not example.config:
                before[f"{name}_{number}.py"] = example.before.encode()
                after[f"{name}_{number}.py"] = example.after.encode()
    configs = semgrep.rule_files({codemod.rule for codemod in codemods().values() if codemod.rule})
    missed = set(before) - {match.file for match in semgrep.scan(before, configs).matches}
    assert not missed
    assert [m for m in semgrep.scan(after, configs).matches if m.rule.endswith("-not-observed")] == []
