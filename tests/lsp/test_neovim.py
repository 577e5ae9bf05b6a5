"""A real editor: Neovim, headless, sees a diagnostic, takes the quick-fix and saves; the file is what `run` writes."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from splice import testing

SHOP = Path(__file__).resolve().parents[2] / "examples" / "shop"
SCRIPT = Path(__file__).with_name("editor.lua")
NVIM = shutil.which("nvim")
OFF = "# codemod: ignore -- another handler"
PLACE = "src/shop/routers/products.py"


@pytest.mark.skipif(NVIM is None, reason="nvim is not installed: apt-get install neovim")
def test_neovim_takes_the_quick_fix_of_one_handler(tmp_path: Path) -> None:
    for name in ("here", "there"):
        shutil.copytree(SHOP, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
    before = (tmp_path / "here" / PLACE).read_text()
    line = before.splitlines().index("def list_products(db: Db, limit: Annotated[int, Query(ge=1, le=100)] = 20):") + 1
    env = {
        **os.environ,
        "CODEMOD": json.dumps([sys.executable, "-m", "splice.cli", "lsp"]),
        "ROOT": str(tmp_path / "here"),
        "FILE": str(tmp_path / "here" / PLACE),
        "LINE": str(line),
        "OUT": str(tmp_path / "seen.json"),
        "PATIENCE": "240000",  # milliseconds; nothing depends on how soon it answers
        **{f"XDG_{name}_HOME": str(tmp_path / name) for name in ("STATE", "CACHE", "DATA", "CONFIG")},
    }
    command = [str(NVIM), "--headless", "-u", "NONE", "-c", f"luafile {SCRIPT}"]
    done = subprocess.run(command, env=env, capture_output=True, text=True, timeout=900, check=False)
    seen = json.loads((tmp_path / "seen.json").read_text())
    assert done.returncode == 0, (seen, done.stderr)
    assert {"line": line, "code": "spans-missing", "source": "codemod"} in seen["diagnostics"]
    assert seen["titles"][0] == 'codemod: insert @observed("GET /api/products") (spans, metrics)'
    assert seen["left"] == len(seen["diagnostics"]) - 2

    # What `run` writes for that handler: all others are turned off, and then the comments are gone again.
    there = tmp_path / "there"
    for path in (there / "src").rglob("*.py"):
        path.write_text(turned_off(path.read_text(), keep="def list_products("))
    testing.run(there, rules=False)
    for path in (there / "src").rglob("*.py"):
        path.write_text("".join(row for row in path.read_text().splitlines(True) if row.strip() != OFF))
    assert (tmp_path / "here" / PLACE).read_text() == (there / PLACE).read_text() != before
    assert testing.tree(tmp_path / "here") == testing.tree(there)


def turned_off(text: str, keep: str) -> str:
    """A module with a comment at every function but one that turns all codemods off."""
    rows: list[str] = []
    for row in text.splitlines(True):
        if row.lstrip().startswith(("def ", "async def ")) and not row.lstrip().startswith(keep):
            rows.append(row[: len(row) - len(row.lstrip())] + OFF + "\n")
        rows.append(row)
    return "".join(rows)
