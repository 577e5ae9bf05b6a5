"""Services in folders of their own, in an environment without semgrep, so that each story takes a second."""

from __future__ import annotations

from pathlib import Path

import pytest

from files.kit import APP, put, without_semgrep


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A service with one handler; what is odd is put beside it."""
    without_semgrep(tmp_path, monkeypatch)
    return put(tmp_path / "service", {"app.py": APP})
