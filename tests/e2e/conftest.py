"""Copies of the example services on which the engine has run once, for all tests of a session."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from e2e.kit import INSTRUMENTED, Service, copy, engine

Instrumented = Callable[[str, str], Service]


@pytest.fixture(scope="session")
def instrumented(tmp_path_factory: pytest.TempPathFactory) -> Instrumented:
    """`instrumented(example, codemods)`: a copy after `run`, with the defaults or with `instrument` too; read only."""
    made: dict[tuple[str, str], Service] = {}

    def get(name: str, config: str = "") -> Service:
        if (name, config) not in made:
            root = tmp_path_factory.mktemp("e2e") / name
            copy(name, root)
            made[name, config] = engine(root, config)
        return made[name, config]

    return get


@pytest.fixture(params=["", INSTRUMENTED], ids=["decorators", "instrumentor"])
def config(request: pytest.FixtureRequest) -> str:
    """The two ways to trace: our decorators alone, and with the official instrumentor."""
    return str(request.param)
