"""What Splice finds in a Django project is what its running resolver reaches: nothing more, nothing less."""

from __future__ import annotations

from pathlib import Path

import pytest
from django_projects import PROJECTS
from django_resolver import differences, points, put
from django_table import running


def entry(name: str) -> tuple[str, tuple[str, ...]]:
    """The settings module of a project, and the folders below it that are on `sys.path`."""
    settings, _, paths = (name.partition("@")[2] or "settings").partition(":")
    return settings, (".", *paths.split(",")) if paths else (".",)


@pytest.mark.parametrize("name", PROJECTS)
def test_the_routes_found_are_those_of_the_running_resolver(name: str, tmp_path: Path) -> None:
    root = put(tmp_path, PROJECTS[name])
    found = points(root)
    settings, paths = entry(name)
    assert differences(root, found, running(root, settings, roots=paths)) == []
    assert len({(p.file, p.symbol, p.kind) for p in found}) == len(found), "symbols are unique in their file"
