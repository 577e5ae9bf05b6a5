"""A small Flask service for tests of the command: as files, as a fixture, and the command in a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from splice.testing import put

SHOP = {
    "shop/__init__.py": "",
    "shop/app.py": (
        "from flask import Flask\n\nfrom shop import views\n\napp = Flask(__name__)\napp.register_blueprint(views.bp)\n"
        '\n\n@app.get("/healthz")\ndef health():\n    return "ok"\n'
    ),
    "shop/views.py": (
        'from flask import Blueprint\n\nbp = Blueprint("shop", __name__, url_prefix="/carts")\n\n\n'
        '@bp.get("/<int:cart_id>")\ndef read_cart(cart_id):\n    return {"id": cart_id}\n\n\n'
        '@bp.post("/")\ndef create_cart():\n    return {}, 201\n'
    ),
    "pyproject.toml": '[project]\nname = "shop"\nversion = "1"\ndependencies = ["flask"]\n',
}


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A small service in a git repository, and the working directory in it."""
    root = tmp_path / "shop-service"
    put(root, SHOP)
    subprocess.run(["git", "init", "-q"], cwd=root, check=True)
    monkeypatch.chdir(root)
    for name in ("NO_COLOR", "FORCE_COLOR", "CODEMOD_TRACEBACK"):
        monkeypatch.delenv(name, raising=False)
    return root


def command(*arguments: str, cwd: Path, **env: str) -> subprocess.CompletedProcess[str]:
    """The command in a process of its own."""
    return subprocess.run(
        [sys.executable, "-m", "splice.cli", *arguments],
        cwd=cwd,
        env={**os.environ, **env},
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
