"""Services with a scaffold: copies of an example, as `codemod run` leaves them."""

from __future__ import annotations

import importlib
import importlib.util
import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

#: The name of a copy -> what is switched on in it.
COPIES = {"spans": ["spans"], "metrics": ["metrics"], "all": ["auth", "metrics", "retry", "spans"]}


def generate(example: Path, folder: Path) -> None:
    """Write the copies below a folder."""
    for name, codemods in COPIES.items():
        root = folder / name
        shutil.copytree(example, root)
        policy = (root / "policy.toml").read_text("utf-8").splitlines()
        lines = [f"codemods = {json.dumps(codemods)}" if line.startswith("codemods") else line for line in policy]
        (root / "policy.toml").write_text("\n".join(lines), "utf-8")
        command = [sys.executable, "-m", "splice.cli", "run", "--config", "policy.toml"]
        done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
        if not (root / "orders" / "scaffold.py").exists():
            raise SystemExit(done.stdout + done.stderr)


def scaffolds(folder: Path) -> dict[str, Any]:
    """The scaffold of each copy; that of `all` as a module of its service, which can be imported."""
    sys.path.insert(0, str(folder / "all"))
    found: dict[str, Any] = {"all": importlib.import_module("orders.scaffold")}
    for name in ("spans", "metrics"):
        spec = importlib.util.spec_from_file_location(f"scaffold_{name}", folder / name / "orders" / "scaffold.py")
        assert spec is not None and spec.loader is not None
        found[name] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(found[name])
    return found
