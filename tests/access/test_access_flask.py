"""Who may call a function of a Flask service: what is said, shape by shape, and what the running service does."""

from __future__ import annotations

from pathlib import Path

import pytest
from access_kit import FLASK, answers, compare, said
from flask_shapes import SHAPES

Answered = dict[str, dict[str, int]]


@pytest.fixture(scope="module")
def answered(tmp_path_factory: pytest.TempPathFactory) -> Answered:
    """What the running services answer to a request without a credential."""
    return answers(tmp_path_factory.mktemp("running"), SHAPES, FLASK)


@pytest.mark.parametrize("name", SHAPES)
def test_what_is_said_is_what_runs(name: str, tmp_path: Path, answered: Answered) -> None:
    text, expected = SHAPES[name]
    compare(said(tmp_path, text), expected, answered[name])
