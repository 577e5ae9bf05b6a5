"""Copies of the example services, the engine over them, and the instrumented result in processes of its own.

Nothing here stands in for a part of ours: real services, real frameworks, the real SDK with exporters in memory.
"""

from __future__ import annotations

import ast
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from splice import testing
from splice.landing import Done
from splice.lock import read

HERE = Path(__file__).parent
EXAMPLES = HERE.parent.parent / "examples"
SERVE = HERE / "serve.py"
INSTRUMENTED = 'codemods = ["spans", "metrics", "instrument"]\n'
_SERVICES = ("DJANGO_", "FLASK_", "LIBRARY_", "ORDERS_", "SHOP_")
_OUTER = ("PYTEST_", "PYTHONPATH", "OTEL_", "SCAFFOLD_", "COV_", "MYPY", *_SERVICES)


@dataclass(frozen=True)
class Service:
    """A copy of a service, and what the engine made of it."""

    root: Path
    before: Mapping[str, bytes]
    done: Done

    @property
    def codegen_id(self) -> str:
        (row,) = [row for row in read((self.root / "codemod.lock").read_bytes()).rows if row.kind == "scaffold"]
        return dict(row.extra)["codegen_id"]

    def operations(self) -> set[str]:
        """The operations that stand in the lock."""
        rows = read((self.root / "codemod.lock").read_bytes()).rows
        texts = ("".join(row.text).strip().removeprefix("@") for row in rows if row.kind == "decorator")
        return {name for text in texts for name in _named(ast.parse(text, mode="eval").body)}


def copy(name: str, root: Path) -> None:
    """A copy of an example service."""
    shutil.copytree(EXAMPLES / name, root, ignore=shutil.ignore_patterns("__pycache__", ".*_cache", "*.sqlite3"))


def fresh(service: Service, folder: Path) -> Path:
    """A copy of an instrumented service that a test may change."""
    shutil.copytree(service.root, folder / "copy", ignore=shutil.ignore_patterns("__pycache__", ".*_cache"))
    return folder / "copy"


def engine(root: Path, config: str = "") -> Service:
    """The engine over a folder, as `codemod run` does it; `before` is the folder with its configuration."""
    if config:
        (root / "codemod.toml").write_text(config)
    before = testing.tree(root)
    return Service(root, before, testing.run(root))


def environment(*path: Path, **more: str) -> dict[str, str]:
    """This process's environment without what would change the outcome, and `path` before all else."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith(_OUTER)}
    more = {"PYTHONDONTWRITEBYTECODE": "1", **more}
    return {**kept, "PYTHONPATH": os.pathsep.join(map(str, path)), **more}


def command(
    root: Path, *words: str, path: Sequence[Path] = (), env: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """`python -m ...` in a folder."""
    return subprocess.run(
        [sys.executable, "-m", *words],
        cwd=root,
        env=environment(*path, **(env or {})),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )


def codemod(root: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """The command as a user calls it."""
    return command(root, "splice.cli", *words)


@dataclass(frozen=True)
class Span:
    """One finished span, as the exporter got it."""

    name: str
    kind: str
    status: str
    description: str
    scope: str
    codegen_id: str
    attributes: Mapping[str, Any]
    events: tuple[str, ...]
    remote_parent: str


@dataclass(frozen=True)
class Answer:
    """What one request came to: its response, and the spans that ended until the next request."""

    status: int
    body: str
    spans: tuple[Span, ...]

    @property
    def ours(self) -> list[Span]:
        return [span for span in self.spans if span.scope == "splice"]

    @property
    def servers(self) -> list[Span]:
        return [span for span in self.spans if span.kind == "SERVER"]


@dataclass(frozen=True)
class Served:
    """All answers of one process, the points of its duration metric, and what it wrote to stderr."""

    answers: tuple[Answer, ...]
    points: tuple[Mapping[str, Any], ...]
    log: str
    counts: Mapping[tuple[str, str], int] = field(default_factory=dict)


@dataclass(frozen=True)
class Ask:
    """One request to a service, and what is expected of it.

    `operation` is empty when the request is answered before the handler; `error` is the expected `error.type`.
    """

    method: str
    path: str
    status: int
    operation: str = ""
    error: str = ""
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)
    files: Mapping[str, str] = field(default_factory=dict)


def serve(
    root: Path,
    app: str,
    asks: Sequence[Ask],
    *,
    path: str = ".",
    setup: str = "",
    before: str = "",
    launcher: Sequence[str] = (),
    **env: str,
) -> Served:
    """Serve requests to `module:app` (or `module:factory()`) one after the other, in a process with an SDK.

    `before` is run when the SDK is there and the app is not; `launcher` is what the process is started with, such as
    `opentelemetry-instrument`.
    """
    requests = [
        {"method": a.method, "path": a.path, "body": a.body, "headers": dict(a.headers), "files": dict(a.files)}
        for a in asks
    ]
    done = subprocess.run(
        [*launcher, sys.executable, str(SERVE)],
        cwd=root,
        env=environment(root / path, **env),
        input=json.dumps({"app": app, "setup": setup, "before": before, "requests": requests}),
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    told = json.loads(done.stdout.splitlines()[-1])
    answers = tuple(
        Answer(a["status"], a["body"], tuple(Span(**{**s, "events": tuple(s["events"])}) for s in a["spans"]))
        for a in told["answers"]
    )
    counts = {(p["labels"].get("operation", ""), p["labels"].get("error.type", "")): p["count"] for p in told["points"]}
    return Served(answers, tuple(p["labels"] for p in told["points"]), done.stderr, counts)


def literals(root: Path) -> set[str]:
    """The operations that stand as literals in calls of `observed` and `observed_view` in a service's source."""
    return {
        name
        for file in sorted(root.rglob("*.py"))
        for node in ast.walk(ast.parse(file.read_bytes()))
        for name in _named(node)
    }


def _named(node: ast.AST) -> set[str]:
    """The operations that a call of ours names."""
    if not isinstance(node, ast.Call) or not ast.unparse(node.func).endswith(("observed", "observed_view")):
        return set()
    values = [*node.args, *(word.value for word in node.keywords)]
    return {one.value for one in values if isinstance(one, ast.Constant) and isinstance(one.value, str)}
