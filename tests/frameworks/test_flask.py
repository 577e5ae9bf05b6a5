"""What Splice finds in a Flask project is what its running app serves: nothing more, nothing less."""

from __future__ import annotations

from pathlib import Path

import pytest

from flask_projects import PROJECTS
from flask_table import found, points, put, running


@pytest.mark.parametrize("name", PROJECTS)
def test_the_routes_found_are_those_of_the_running_app(name: str, tmp_path: Path) -> None:
    root = put(tmp_path, PROJECTS[name])
    where = name.partition("@")[2] or ("main:apps" if "\napps = " in PROJECTS[name] else "main:app")
    assert found(root) == running(root, where)
