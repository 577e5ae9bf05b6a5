"""Specs that between them use every word of the template, and the tools that services run over the result."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from splice.scaffold import PARTS, Spec

_CODEMODS = (("metrics", 1), ("spans", 1))
SPECS = {
    "everything": Spec(
        parts=PARTS,
        own=(("audited", "shop.audit:audited"),),
        codemods=_CODEMODS,
        config="{}",
        mapped=(("shop.errors.Broken", 503), ("shop.errors.Missing", 404)),
        traced=(("GET /traced", "logfire.instrument"),),
        instruments=("django", "fastapi", "flask", "starlette"),
        record_messages=True,
        settings=(
            ("_RETRY", "{'attempts': 3, 'total': 10.0, 'budget': 0.1, 'burst': 10}"),
            ("_TIMEOUTS", "{'read': 1.5}"),
        ),
    ),
    "guards": Spec(
        parts=("guard", "guarded", "guarded_view", "protect"),
        codemods=(("auth", 1),),
        config="{}",
        settings=(
            ("_GUARD_MODE", '"enforce"'),
            ("_JWT", repr({"issuer": "https://issuer.example", "audience": ["a" * 40, "b" * 40], "leeway": 30})),
            ("_GUARDED_ELSEWHERE", repr(tuple(f"GET /a/long/path/number/{number}" for number in range(5)))),
            ("_GUARDED_BELOW", repr({"* /admin/**": ("GET /admin/x", "a.b" * 30)})),
            ("_PRESET", '"jwt"'),
            ("_PUBLIC", '("GET /healthz",)'),
            ("_PUBLIC_OPERATIONS", repr(tuple(f"GET /another/path/number/{number}" for number in range(5)))),
        ),
    ),
    "observed": Spec(parts=("observed",), codemods=_CODEMODS, config="{}"),
    "instrument": Spec(parts=("instrument",), codemods=(("instrument", 1),), config="{}", instruments=("flask",)),
    "long names": Spec(
        parts=("observed",),
        codemods=_CODEMODS,
        config="{}",
        signals=("metrics",),
        mode="child",
        metric_name="app." + "very_long_name_" * 4 + "duration",
        mapped=(("shop." + "a_module_with_a_long_name." * 4 + "Missing", 0),),
    ),
}

_COMMANDS = {
    "black": ("black", "-q"),
    "black -l 60": ("black", "-q", "-l", "60"),
    "ruff format": ("ruff", "format", "--isolated", "-q"),
    "ruff I": ("ruff", "check", "--isolated", "--select", "I", "--fix", "-q"),
    "isort": ("isort", "-q"),
    "isort black": ("isort", "-q", "--profile", "black"),
}


def tool(name: str, *arguments: str) -> None:
    """Run a tool of this environment; its complaints become the failure's text."""
    done = subprocess.run([sys.executable, "-m", name, *arguments], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def formatted(text: str, formatter: str, folder: Path) -> str:
    """The text after a formatter; ruff is not allowed to skip the file."""
    file = folder / "scaffold.py"
    file.write_text(text.replace("# ruff: noqa\n", ""), "utf-8")
    name, *arguments = _COMMANDS[formatter]
    tool(name, *arguments, str(file))
    head, mark, tail = file.read_text("utf-8").partition("# flake8: noqa\n")
    return head + "# ruff: noqa\n" + mark + tail
