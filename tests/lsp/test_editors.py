"""Real editors, set up as docs/editors.md says: they see a diagnostic, take the quick-fix and save what `run` writes."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from splice import testing

SHOP = Path(__file__).resolve().parents[2] / "examples" / "shop"
HERE = Path(__file__).resolve().parent
DOCUMENT = HERE.parents[1] / "docs" / "editors.md"
NVIM = shutil.which("nvim")
EMACS = shutil.which("emacs")
STARTUP = Path("/usr/share/emacs/site-lisp/debian-startup.el")  # Debian's packages of Emacs lie where only this looks
OFF = "# codemod: ignore -- another handler"
PLACE = "src/shop/routers/products.py"


def setup(language: str) -> str:
    """The first block of code in this language of the document."""
    found = re.search(rf"^```{language}\n(.*?)^```", DOCUMENT.read_text(), re.MULTILINE | re.DOTALL)
    assert found is not None
    return found[1]


@pytest.mark.skipif(NVIM is None, reason="nvim is not installed: apt-get install neovim")
def test_neovim_takes_the_quick_fix_of_one_handler(tmp_path: Path) -> None:
    for name in ("here", "there"):
        shutil.copytree(SHOP, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
    before = (tmp_path / "here" / PLACE).read_text()
    line = before.splitlines().index("def list_products(db: Db, limit: Annotated[int, Query(ge=1, le=100)] = 20):") + 1
    env = {
        **os.environ,
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "SETUP": str(tmp_path / "setup.lua"),
        "FILE": str(tmp_path / "here" / PLACE),
        "LINE": str(line),
        "OUT": str(tmp_path / "seen.json"),
        "PATIENCE": "240000",  # milliseconds; nothing depends on how soon it answers
        **{f"XDG_{name}_HOME": str(tmp_path / name) for name in ("STATE", "CACHE", "DATA", "CONFIG")},
    }
    (tmp_path / "setup.lua").write_text(setup("lua"))
    command = [str(NVIM), "--headless", "-u", "NONE", "-c", f"luafile {HERE / 'editor.lua'}"]
    at = tmp_path / "here"
    done = subprocess.run(command, cwd=at, env=env, capture_output=True, text=True, timeout=900, check=False)
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


def has_eglot() -> bool:
    probe = [str(EMACS), "--batch", *started(), "--eval", "(require 'eglot)"]
    return EMACS is not None and subprocess.run(probe, capture_output=True, check=False).returncode == 0


def started() -> list[str]:
    return ["-l", str(STARTUP), "-f", "package-initialize"] if STARTUP.exists() else []


def test_emacs_takes_the_quick_fix_of_one_handler(tmp_path: Path) -> None:
    if not has_eglot():
        pytest.skip("emacs with eglot is not installed: apt-get install emacs-nox elpa-eglot")
    app = "from flask import Flask\n\napp = Flask(__name__)\n\n\n@app.get('/healthz')\ndef health():\n    return 'ok'\n"
    for name in ("here", "there"):
        testing.put(tmp_path / name, {"app.py": app, "codemod.toml": "", "requirements.txt": "flask\n"})
        subprocess.run(["git", "init", "-q"], cwd=tmp_path / name, check=True)
    testing.run(tmp_path / "there", rules=False)
    (tmp_path / "setup.el").write_text(setup("elisp"))
    env = {
        **os.environ,
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "HOME": str(tmp_path),
        "SETUP": str(tmp_path / "setup.el"),
        "FILE": str(tmp_path / "here" / "app.py"),
        "MARK": "def health",
    }
    command = [str(EMACS), "--batch", *started(), "-l", str(HERE / "editor.el")]
    at = tmp_path / "here"
    done = subprocess.run(command, cwd=at, env=env, capture_output=True, text=True, timeout=900, check=False)
    assert done.returncode == 0, done.stderr
    assert "2 diagnostics" in done.stdout and 'insert @observed(\\"GET /healthz\\")' in done.stdout
    assert testing.tree(tmp_path / "here") == testing.tree(tmp_path / "there")


def turned_off(text: str, keep: str) -> str:
    """A module with a comment at every function but one that turns all codemods off."""
    rows: list[str] = []
    for row in text.splitlines(True):
        if row.lstrip().startswith(("def ", "async def ")) and not row.lstrip().startswith(keep):
            rows.append(row[: len(row) - len(row.lstrip())] + OFF + "\n")
        rows.append(row)
    return "".join(rows)
