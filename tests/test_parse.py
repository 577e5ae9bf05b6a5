"""Whether a repository may import a framework: told by its text alone, and never wrongly no."""

from __future__ import annotations

from pathlib import Path

import pytest

from splice.parse import Files, imports


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("import fastapi\n", True),
        ("from fastapi.routing import APIRouter", True),
        ("x = 1; import os, fastapi as f\n", True),
        ("if 1: from fastapi import FastAPI\n", True),
        ("def f():\r\timport fastapi\r", True),
        ("import \\\n    os, \\\n    fastapi\n", True),
        ("\ufeffimport fastapi\n", True),
        ("# fastapi\nx = 'fastapi'\n", False),
        ("from fastapi_users import FastAPIUsers\n", True),
        ("import os\nfastapi = 1\n", False),
        ("we = 'import it from fastapi'\n", False),
    ],
)
def test_imports_are_seen_in_the_text(tmp_path: Path, text: str, expected: bool) -> None:
    (tmp_path / "a.py").write_bytes(text.encode())
    assert imports(Files(tmp_path, ["a.py", "gone.py"]))("fastapi") is expected
