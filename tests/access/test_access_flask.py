"""Who may call a function of a Flask service: what is said, shape by shape, and what the running service does."""

from __future__ import annotations

from pathlib import Path

import pytest
from access_kit import FLASK, REFUSED, answers, said
from flask_shapes import SHAPES


@pytest.fixture(scope="module")
def answered(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, int]]:
    """What the running services answer to a request without a credential."""
    texts = {name: text for name, (text, _) in SHAPES.items()}
    return answers(tmp_path_factory.mktemp("running"), texts, FLASK)


@pytest.mark.parametrize("name", SHAPES)
def test_what_is_said_is_what_runs(name: str, tmp_path: Path, answered: dict[str, dict[str, int]]) -> None:
    text, expected = SHAPES[name]
    found = said(tmp_path, text)
    assert {operation: access.state for operation, access in found.items()} == expected
    for operation, status in answered[name].items():
        access = found.get(operation)
        if access is not None and access.state == "guarded":
            assert status in REFUSED, f"{operation} is said to be guarded by {access.by} and answers {status}"
        if access is not None and access.state == "unguarded":
            assert status == 200, f"{operation} is said to be unguarded and answers {status}"
    for access in found.values():
        assert bool(access.reason) == (access.state == "unknown" or bool(access.by and access.state == "unguarded"))
        assert access.state != "guarded" or (access.by and access.file and access.line)
